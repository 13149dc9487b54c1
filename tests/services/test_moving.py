"""A bank goes over to another chain: from the embedded one to a node, with every old receipt still true."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from nodes import RICH, Control, anvil
from worlds import World, unit

from creditbank.anchoring import Receipt
from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.canonical import load_object
from creditbank.config import Settings
from creditbank.services import calls, reads
from creditbank.services.anchoring import BANK
from creditbank.services.dids import REGISTRAR
from creditbank.services.moving import NotElsewhere
from creditbank.services.moving_records import FormerPlace
from creditbank.services.records import BatchState, KeyState
from creditbank.services.registering import OPERATOR
from creditbank.verification import LIVE, KeyFact, Verdict, verify_credential


def receipts_of(bank: Bank, credential: str) -> list[Receipt]:
    with bank.store.transaction() as tx:
        return [Receipt.parse(one.document) for one in tx.every_receipt(credential)]


@contextmanager
def moved(world: World, url: str, control: Control) -> Iterator[Bank]:
    """The same home and database, and a node's chain with contracts of its own."""
    accounts = [world.bank.vault.chain_account(name) for name in (OPERATOR, REGISTRAR, BANK)]
    for account in (*accounts, world.university.account, world.rival.account):
        control("anvil_setBalance", account, hex(RICH))
    world.bank.close()
    node = {"CREDITBANK_CHAIN": "rpc", "CREDITBANK_CHAIN_URL": url, "CREDITBANK_CHAIN_ID": "31337"}
    env = {**node, "CREDITBANK_FINALITY_DEPTH": "0", "CREDITBANK_FETCH_DOCUMENTS": "false"}
    init_bank(Settings.load(env, world.home))
    world.bank = open_bank(Settings.load(env, world.home))
    yield world.bank


def test_a_batch_on_the_chain_in_use_is_not_anchored_again(world: World) -> None:
    world.fill(1)
    with world.bank.store.transaction() as tx:
        (batch,) = tx.batches()
    with pytest.raises(NotElsewhere):
        world.bank.moving.again([batch.id])
    assert world.bank.moving.again() == []
    with world.bank.store.transaction() as tx:
        assert tx.get_batch(batch.id) == batch


def test_what_a_batch_leaves_behind_a_second_time_takes_the_place_of_what_it_left_before(world: World) -> None:
    """A chain that was left, gone back to, and left again may have taken the block of the first time back meanwhile."""
    (issued,) = world.fill(1)
    with world.bank.store.transaction() as tx:
        (batch,) = tx.batches()
        assert batch.transaction is not None
        assert batch.block_hash is not None
        assert batch.block_time is not None
        old = FormerPlace(batch.id, 5, batch.transaction, 7, "0x" + "11" * 32, batch.block_time)
        for place in (old, replace(old, block_number=9, block_hash="0x" + "22" * 32)):
            (standing, *_) = tx.every_receipt(issued.id)
            document = {**standing.document, "block": {"number": place.block_number}}
            tx.drop_receipts(batch.id)
            tx.put_receipts([replace(standing, document=document)])
            tx.keep_place(place)
            tx.keep_receipt(issued.id, 5)
        assert tx.former_places(batch.id) == [place]
        assert [one.document for one in tx.former_receipts([issued.id])] == [document]
        assert [one.document for one in tx.former_receipts_in(batch.id)] == [document]


@pytest.mark.anvil
def test_a_bank_moves_to_another_chain_and_every_receipt_stays_true(world: World) -> None:
    (issued,) = world.fill(1)
    before = world.bank.keys.of(world.university.id)[0]
    signing = world.bank.keys.rotate(world.university.id)
    world.bank.keys.retire(world.university.id, before.multikey)
    world.bank.anchoring.seal()
    old_trust = world.bank.trusting.export()
    (old,) = receipts_of(world.bank, issued.id)
    with world.bank.store.transaction() as tx:
        sealed = [one for one in tx.batches() if one.state is BatchState.FINAL]
    with anvil() as (url, control), moved(world, url, control) as bank:
        again = bank.moving.again()
        assert [(one.id, one.root, one.state) for one in again] == [
            (one.id, one.root, BatchState.SEALED) for one in sealed
        ]
        shown = bank.transparency.anchorings(again[0].id)
        assert [(one.chain.id, one.transaction) for one in shown] == [(old.chain.id, old.transaction)]
        assert receipts_of(bank, issued.id) == [old], "until it is final there, the former receipt is handed out"
        bank.resume()
        bank.anchoring.settle()
        new, former = receipts_of(bank, issued.id)
        assert former == old
        shown = bank.transparency.anchorings(again[0].id)
        assert [one.chain.id for one in shown] == [new.chain.id, old.chain.id], "a former chain can be audited still"
        assert (new.root, new.size, new.path, new.salt) == (old.root, old.size, old.path, old.salt)
        assert (new.chain.id, new.chain.test) == (31337, False)
        _verified(bank, issued.signed, new, old, old_trust)
        _keys_are_as_they_were(bank, world, before.multikey, signing.multikey)
        assert bank.moving.again() == []
        with bank.store.transaction() as tx:
            (place,) = tx.former_places(again[0].id)
        assert (place.transaction, place.block_hash) == (old.transaction, old.block.hash)
        kit = bank.kits.of_credential(issued.id)
        chains = {
            Receipt.parse(load_object(content)).chain.id
            for name, content in kit.files.items()
            if name.startswith("credential.receipt")
        }
        assert chains == {new.chain.id, old.chain.id}


def _verified(bank: Bank, signed: bytes, new: Receipt, old: Receipt, old_trust: object) -> None:
    """Under what the new chain says by the new receipt, and under what the former one said by the old."""
    document, now = load_object(signed), bank.clock.now()
    evidence = bank.verifying.evidence([document])
    assert {one.chain.id for one in evidence.receipts} == {new.chain.id, old.chain.id}
    report = verify_credential(document, evidence, policy=LIVE, now=now)
    assert report.verdict is Verdict.ACCEPTED, report
    assert "chain 31337" in report.check("anchor.on-chain").sentence
    former = bank.verifying.evidence([document], trust=old_trust)  # type: ignore[arg-type]
    report = verify_credential(document, former, policy=LIVE, now=now)
    assert report.check("anchor.on-chain").outcome == "passed"
    assert "embedded" in report.check("anchor.on-chain").sentence
    assert report.check("anchor.key-valid").outcome == "passed"
    assert report.check("issuer.registered").outcome == "passed"
    assert evidence.trust is not None
    both = bank.verifying.evidence([document], trust=evidence.trust.merge(old_trust))  # type: ignore[arg-type]
    assert both.trust is not None
    for receipts in ((new, old), (new,), (old,)):
        report = verify_credential(document, replace(both, receipts=receipts), policy=LIVE, now=now)
        assert report.verdict is Verdict.ACCEPTED, "each receipt is judged by the register of its own chain"
    month = timedelta(days=30)
    younger = [
        replace(one, admitted=one.admitted and one.admitted + month, keys=_later(one.keys, month))
        if one.chain == new.chain.id
        else one
        for one in both.trust.issuers
    ]
    apart = replace(both, receipts=(old,), trust=replace(both.trust, issuers=tuple(younger)))
    report = verify_credential(document, apart, policy=LIVE, now=now)
    assert {report.check(name).outcome for name in ("anchor.key-valid", "issuer.registered")} == {"passed"}
    blind = replace(both.trust, issuers=tuple(replace(one, chain=None) for one in younger))
    report = verify_credential(document, replace(apart, trust=blind), policy=LIVE, now=now)
    assert report.verdict is Verdict.REJECTED, "two registers of one chain would speak against each other"


def _later(keys: tuple[KeyFact, ...], by: timedelta) -> tuple[KeyFact, ...]:
    return tuple(replace(key, starts=key.starts + by) for key in keys)


def _keys_are_as_they_were(bank: Bank, world: World, retired: str, signing: str) -> None:
    """On the new register too the key that was rotated away has its end, after what it signed was anchored there."""
    from creditbank.anchoring import issuer_id

    issuer = issuer_id(world.university.did)
    old, new = (reads.key_state(bank.chain, issuer, calls.key_id(key)) for key in (retired, signing))
    assert old is not None
    assert old.until is None, "it is closed once everything stands here, at the next start"
    bank.resume()
    old = reads.key_state(bank.chain, issuer, calls.key_id(retired))
    assert old is not None
    assert old.until is not None
    assert new is not None
    assert new.until is None


@pytest.mark.anvil
def test_a_revoked_key_is_revoked_on_the_new_chain_too(world: World) -> None:
    """Else whoever stole it could have signed anew under the new register."""
    stolen = world.bank.keys.of(world.university.id)[0]
    world.bank.keys.rotate(world.university.id)
    world.bank.keys.revoke(world.university.id, stolen.multikey)
    assert world.bank.keys.of(world.university.id)[0].state is KeyState.REVOKED
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "r")
    world.bank.anchoring.seal()
    world.bank.anchoring.advance()
    with anvil() as (url, control), moved(world, url, control) as bank:
        bank.moving.again()
        bank.resume()
        from creditbank.anchoring import issuer_id

        state = reads.key_state(bank.chain, issuer_id(world.university.did), calls.key_id(stolen.multikey))
        assert state is not None
        assert state.revoked is not None
        (final,) = bank.anchoring.settle()
        assert final.chain_id == 31337, "what was half way on the former chain is anchored on this one"
