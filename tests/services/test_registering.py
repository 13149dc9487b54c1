"""Registering: a body stands once under its DID, on the chain as in the store, through a crash."""

import pytest
from crashes import Interrupted, interrupt

from creditbank.anchoring import issuer_id
from creditbank.services import reads
from creditbank.services.records import Role
from creditbank.services.registering import DidTaken, ForeignDidKey

ASKED = {"name": "Sample School", "roles": {Role.PROVIDER}, "frameworks": ["in-ncrf"], "country": "IN"}
DID = "did:web:school.sample.example"


def test_registering_again_finishes_what_was_cut_short(world, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "build", after=1)
        with pytest.raises(Interrupted):
            world.bank.registering.register_organisation(did=DID, **ASKED)
    bank = world.reopen()
    first = bank.registering.register_organisation(did=DID, **ASKED)
    assert bank.registering.register_organisation(did=DID, **ASKED) == first
    assert reads.issuer_state(bank.chain, issuer_id(DID)).admitted
    assert len(reads.issuer_keys(bank.chain, issuer_id(DID))) == 1
    assert list(reads.issuer_banks(bank.chain, issuer_id(DID))) == [bank.vault.chain_account("bank")]


def test_a_crash_is_finished_by_resuming_too(world, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send")
        with pytest.raises(Interrupted):
            world.bank.registering.register_organisation(did=DID, **ASKED)
    bank = world.reopen()
    bank.resume()
    assert reads.issuer_state(bank.chain, issuer_id(DID)).admitted


def test_another_body_cannot_take_a_did(world):
    world.bank.registering.register_organisation(did=DID, **ASKED)
    with pytest.raises(DidTaken):
        world.bank.registering.register_organisation(did=DID, **{**ASKED, "name": "Another"})


def test_a_did_key_that_the_bank_does_not_hold_is_refused_before_anything_is_made(world):
    foreign = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    with world.bank.store.transaction() as tx:
        before = tx.organisations()
    with pytest.raises(ForeignDidKey) as refusal:
        world.bank.registering.register_organisation(did=foreign, **ASKED)
    assert "creditbank key register" in refusal.value.next_step
    with world.bank.store.transaction() as tx:
        assert (tx.organisations(), tx.find_document(foreign)) == (before, None)
    assert reads.issuer_state(world.bank.chain, issuer_id(foreign)) is None


def test_a_did_key_of_a_body_of_this_bank_finishes_its_registration(world):
    made = world.bank.registering.register_organisation(**ASKED)
    assert made.did.startswith("did:key:")
    assert world.bank.registering.register_organisation(did=made.did, **ASKED) == made


def test_a_body_without_a_did_is_finished_by_the_same_words_and_another_one_is_made_after_that(world, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send")
        with pytest.raises(Interrupted):
            world.bank.registering.register_organisation(**ASKED)
    bank = world.reopen()
    with bank.store.transaction() as tx:
        (begun,) = [one for one in tx.organisations() if one.name == ASKED["name"]]
    assert bank.registering.register_organisation(**{**ASKED, "country": "KR"}) != begun
    assert bank.registering.register_organisation(**ASKED, sample=True) != begun
    assert bank.registering.register_organisation(**ASKED) == begun
    assert reads.issuer_state(bank.chain, issuer_id(begun.did)).admitted
    assert bank.registering.register_organisation(**ASKED) != begun
