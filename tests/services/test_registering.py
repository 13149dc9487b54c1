"""Registering: a body stands once under its DID, on the chain as in the store, through a crash."""

import pytest
from crashes import Interrupted, interrupt

from creditbank.anchoring import issuer_id
from creditbank.services import reads
from creditbank.services.records import Role
from creditbank.services.registering import DidTaken

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
