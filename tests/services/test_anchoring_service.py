"""Anchoring: what is final is on the chain, once, and what is damaged is never sent."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.anchoring import Receipt
from creditbank.anchoring.evidence import check_evidence
from creditbank.canonical import canonical_json, load_object, sha256
from creditbank.services import calls
from creditbank.services.anchoring import BANK, BatchDamaged, LeaseLost
from creditbank.services.ports import ChainUnavailable, FeeAboveCap
from creditbank.services.records import BatchState


def test_an_empty_batch_is_never_sealed(world):
    assert world.bank.anchoring.seal() is None


def test_a_final_receipt_proves_inclusion_and_block_without_the_bank(world):
    (issued,) = world.fill(1)
    with world.bank.store.transaction() as tx:
        receipt = Receipt.parse(tx.find_receipt(issued.id).document)
    receipt.check_inclusion(sha256(canonical_json(load_object(issued.signed))), world.university.did)
    evidence = receipt.evidence
    proven = check_evidence(evidence.header, evidence.receipt_proof, evidence.key)
    assert receipt.root in [event.root for event in proven.anchored]
    assert receipt.chain.test, "the embedded chain is labelled as a test chain"


def test_a_crash_after_recording_sends_the_same_transaction_and_anchors_once(world, monkeypatch):
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "r")
    batch = world.bank.anchoring.seal()
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send")
        with pytest.raises(Interrupted):
            world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        (recorded,) = tx.attempts(f"batch:{batch.id}")
    (final,) = world.reopen().anchoring.settle()
    assert final.state is BatchState.FINAL
    assert final.transaction == recorded.hash


def test_a_crash_after_sending_finds_what_was_sent(world, monkeypatch):
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "r")
    world.bank.anchoring.seal()
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "mined")
        with pytest.raises(Interrupted):
            world.bank.anchoring.advance()
    (final,) = world.reopen().anchoring.settle()
    with world.bank.store.transaction() as tx:
        attempts = tx.attempts(f"batch:{final.id}")
    assert [attempt.hash for attempt in attempts] == [final.transaction]


def test_a_flipped_byte_between_sealing_and_sending_stops_the_batch(world):
    """Threat 21: what is stored is hashed anew before a root is sent, and compared with what was sealed."""
    achievement = unit("a")
    world.publish(achievement)
    issued = world.issue(achievement, "r")
    batch = world.bank.anchoring.seal()
    flip(world, issued, b"Unit b")
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        assert tx.get_batch(batch.id).state is BatchState.SEALED
        assert tx.attempts(f"batch:{batch.id}") == []


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE leaves SET salt = zeroblob(16) WHERE credential = (SELECT min(credential) FROM leaves)",
        "DELETE FROM leaves WHERE credential = (SELECT min(credential) FROM leaves)",
    ],
)
def test_a_leaf_that_is_another_or_gone_since_the_sealing_stops_the_batch(world, done):
    """Threat 21: each credential is as it was signed, and their tree is not the one that was sealed."""
    one(world)
    one(world, "z")
    batch = world.bank.anchoring.seal()
    with sqlite3.connect(world.home / "store.db") as database:
        assert database.execute(done).rowcount == 1
    database.close()
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        assert tx.attempts(f"batch:{batch.id}") == []


def flip(world, issued, name):
    """Write another name into the stored bytes of a credential."""
    with sqlite3.connect(world.home / "store.db") as database:
        database.execute(
            "UPDATE credentials SET signed = ? WHERE id = ?", (issued.signed.replace(b"Unit a", name), issued.id)
        )
    database.close()


def one(world, slug="a"):
    """One credential of a unit, waiting."""
    achievement = unit(slug)
    world.publish(achievement)
    return world.issue(achievement, f"request {slug}")


def standing(world, batch):
    with world.bank.store.transaction() as tx:
        return tx.get_batch(batch.id)


def test_a_damaged_batch_is_set_aside_and_the_others_go_on(world):
    """Threat 21: and an alarm tells, until the record is restored and the batch released."""
    damaged = one(world)
    first = world.bank.anchoring.seal()
    one(world, "z")
    second = world.bank.anchoring.seal()
    flip(world, damaged, b"Unit b")
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.advance()
    for _ in range(4):
        world.bank.chain.advance()
        world.bank.anchoring.advance()
    assert standing(world, second).state is BatchState.FINAL
    aside = standing(world, first)
    assert (aside.state, aside.quarantined is None) == (BatchState.SEALED, False)
    assert world.bank.watching.figures().batches_set_aside == 1
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.release(first.id)
    with sqlite3.connect(world.home / "store.db") as database:
        database.execute("UPDATE credentials SET signed = ? WHERE id = ?", (damaged.signed, damaged.id))
    database.close()
    assert world.bank.anchoring.release(first.id).quarantined is None
    assert [batch.state for batch in world.bank.anchoring.settle()] == [BatchState.FINAL]
    assert world.bank.watching.figures().batches_set_aside == 0


def test_a_byte_that_flips_while_the_root_is_on_its_way_keeps_receipts_back(world):
    """Threat 21: hashed anew after confirmation too."""
    issued = one(world)
    batch = world.bank.anchoring.seal()
    world.bank.anchoring.advance()
    flip(world, issued, b"Unit b")
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.settle()
    assert standing(world, batch).quarantined is not None
    with world.bank.store.transaction() as tx:
        assert tx.find_receipt(issued.id) is None


@pytest.mark.parametrize(("size", "age", "sealed"), [(1, 3600, 1), (5, 3600, None), (5, 0, 2), (2, 3600, 2)])
def test_a_batch_closes_by_size_or_by_age(world, size, age, sealed):
    assert world.bank.anchoring.seal_due(size=size, age=timedelta(seconds=age)) is None, "an empty batch never exists"
    one(world)
    one(world, "z")
    batch = world.bank.anchoring.seal_due(size=size, age=timedelta(seconds=age))
    assert (None if batch is None else batch.size) == sealed


def test_a_worker_that_lost_its_lease_records_nothing(world, monkeypatch):
    """Threat 28: it slept over its time, and another one holds the batch now, with a higher fence."""
    one(world)
    batch = world.bank.anchoring.seal()
    build, began = world.bank.chain.build, []

    def slow(*asked, **named):
        if not began:
            began.append(True)
            with world.bank.store.transaction() as tx:
                later = world.bank.clock.now() + timedelta(minutes=1)
                assert tx.take_lease(f"batch:{batch.id}", "another", now=later, until=later).fence == 2
        return build(*asked, **named)

    monkeypatch.setattr(world.bank.chain, "build", slow)
    with pytest.raises(LeaseLost):
        world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        assert tx.attempts(f"batch:{batch.id}") == []
        tx.give_lease_back(f"batch:{batch.id}", "another")
    assert world.bank.anchoring.settle()[0].state is BatchState.FINAL


def test_while_one_worker_begins_a_batch_another_leaves_it_alone(world):
    one(world)
    batch = world.bank.anchoring.seal()
    now = world.bank.clock.now()
    with world.bank.store.transaction() as tx:
        tx.take_lease(f"batch:{batch.id}", "another", now=now, until=now + timedelta(seconds=30))
    assert [found.state for found in world.bank.anchoring.advance()] == [BatchState.SEALED]
    with world.bank.store.transaction() as tx:
        assert tx.attempts(f"batch:{batch.id}") == []


def test_a_batch_above_the_fee_cap_holds_up_no_other_and_stays_sealed(world, monkeypatch):
    """Threat 26."""
    one(world)
    dear = world.bank.anchoring.seal()
    one(world, "z")
    cheap = world.bank.anchoring.seal()
    build = world.bank.chain.build

    def priced(account, call, **named):
        if call.arguments[0] == dear.root:
            raise FeeAboveCap(9, 8)
        return build(account, call, **named)

    with monkeypatch.context() as patch:
        patch.setattr(world.bank.chain, "build", priced)
        with pytest.raises(FeeAboveCap):
            world.bank.anchoring.advance()
        assert world.bank.watching.figures().fee_waits == 1
    assert (standing(world, dear).state, standing(world, cheap).state) == (BatchState.SEALED, BatchState.CONFIRMED)
    assert {batch.state for batch in world.bank.anchoring.settle()} == {BatchState.FINAL}
    assert world.bank.watching.figures().fee_waits == 0


def test_a_root_that_stands_on_the_chain_already_is_found_and_not_sent_again(world):
    """A database restored from a backup of before the sending: the contract tells, and the receipt is of then."""
    issued = one(world)
    batch = world.bank.anchoring.seal()
    account = world.bank.vault.chain_account(BANK)
    nonce = world.bank.chain.nonce(account)
    built = world.bank.chain.build(account, calls.anchor(batch.root, batch.size), nonce=nonce)
    raw, hash = world.bank.vault.sign_transaction(BANK, built)
    world.bank.chain.send(raw)
    (final,) = world.bank.anchoring.settle()
    assert (final.state, final.transaction) == (BatchState.FINAL, hash)
    assert world.bank.chain.nonce(account) == nonce + 1
    with world.bank.store.transaction() as tx:
        assert tx.attempts(f"batch:{batch.id}") == []
        assert tx.find_receipt(issued.id).final


def test_a_receipt_that_the_contract_does_not_know_makes_nothing_final(world, monkeypatch):
    """Threat 24: the node contradicts itself."""
    one(world)
    batch = world.bank.anchoring.seal()
    world.bank.anchoring.advance()
    for _ in range(3):
        world.bank.chain.advance()
    with monkeypatch.context() as patch:
        patch.setattr("creditbank.services.reads.anchored_at", lambda *_: None)
        with pytest.raises(ChainUnavailable, match="does not know"):
            world.bank.anchoring.advance()
    assert standing(world, batch).state is not BatchState.FINAL
    assert world.bank.anchoring.settle()[0].state is BatchState.FINAL


def test_a_final_block_that_the_chain_takes_back_takes_the_receipts_along(world, monkeypatch):
    """Threat 22, beyond the depth: anchored again, counted, and told."""
    issued = one(world)
    world.bank.anchoring.seal()
    (final,) = world.bank.anchoring.settle()
    assert world.bank.anchoring.watch() == []
    hash, time = world.bank.chain.block(final.block_number)
    assert hash == final.block_hash
    with monkeypatch.context() as patch:
        patch.setattr(world.bank.chain, "block", lambda number: None)
        assert world.bank.anchoring.watch() == [], "a node that lags behind takes nothing back"
        patch.setattr(world.bank.chain, "block", lambda number: ("0x" + "00" * 32, time))
        (undone,) = world.bank.anchoring.watch()
    assert (undone.state, undone.undone, undone.block_hash) == (BatchState.SUBMITTED, 1, None)
    with world.bank.store.transaction() as tx:
        assert tx.find_receipt(issued.id) is None
    assert world.bank.watching.figures().finality_undone == 1
    assert [batch.state for batch in world.bank.anchoring.settle()] == [BatchState.FINAL]
    with world.bank.store.transaction() as tx:
        assert tx.find_receipt(issued.id).final


def test_a_batch_from_before_its_chain_was_recorded_is_watched_like_any_other(world, monkeypatch):
    one(world)
    world.bank.anchoring.seal()
    (final,) = world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        tx.update_batch(replace(final, chain_id=None))
        assert tx.final_batches(world.bank.chain.chain_id, 10) == []
    _, time = world.bank.chain.block(final.block_number)
    with monkeypatch.context() as patch:
        patch.setattr(world.bank.chain, "block", lambda number: ("0x" + "00" * 32, time))
        (undone,) = world.bank.anchoring.watch()
    assert (undone.id, undone.state) == (final.id, BatchState.SUBMITTED)
    (again,) = world.bank.anchoring.settle()
    assert (again.state, again.chain_id) == (BatchState.FINAL, world.bank.chain.chain_id)


def test_a_batch_is_not_called_sent_while_its_account_sends_something_else(world, monkeypatch):
    one(world)
    batch = world.bank.anchoring.seal()
    with monkeypatch.context() as patch:
        patch.setattr(world.bank.sender, "_cleared", lambda *_: None)
        assert [found.state for found in world.bank.anchoring.advance()] == [BatchState.SEALED]
    assert standing(world, batch).state is BatchState.SEALED
    assert world.bank.anchoring.settle()[0].state is BatchState.FINAL
