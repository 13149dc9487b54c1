"""Anchoring: what is final is on the chain, once, and what is damaged is never sent."""

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.anchoring import Receipt
from creditbank.anchoring.evidence import check_evidence
from creditbank.canonical import canonical_json, load_object, sha256
from creditbank.services.anchoring import BatchDamaged
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
    import sqlite3

    achievement = unit("a")
    world.publish(achievement)
    issued = world.issue(achievement, "r")
    batch = world.bank.anchoring.seal()
    with sqlite3.connect(world.home / "store.db") as database:
        database.execute(
            "UPDATE credentials SET signed = ? WHERE id = ?", (issued.signed.replace(b"Unit a", b"Unit b"), issued.id)
        )
    database.close()
    with pytest.raises(BatchDamaged):
        world.bank.anchoring.advance()
    with world.bank.store.transaction() as tx:
        assert tx.get_batch(batch.id).state is BatchState.SEALED
        assert tx.attempts(f"batch:{batch.id}") == []
