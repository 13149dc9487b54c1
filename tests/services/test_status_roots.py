"""The chain tells which status lists are the newest, and who answers for a body that closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt

from creditbank.anchoring import issuer_id
from creditbank.anchoring.statuses import StatusLeaf, StatusTree, UnreadableStatusTree
from creditbank.canonical import Digest, load_object, sha256
from creditbank.merkle import EmptyTree
from creditbank.services import calls
from creditbank.services.ports import ChainRefused
from creditbank.services.status_roots import TRIES, NoStatusLists
from creditbank.verification import LIVE, verify_credential

LEAF = StatusLeaf("did:web:a.example", "https://a.example/status/1", 7, sha256(b"list"))


def test_an_old_list_is_told_by_the_root_on_the_chain(world):
    """Threat 31: the bank signed a newer list and published that it did."""
    (issued,) = world.fill(1)
    old = world.bank.issuing.refresh_status(world.university.id)
    world.bank.anchoring.settle()
    world.bank.issuing.refresh_status(world.university.id)
    first = world.bank.status_roots.publish()
    assert world.bank.status_roots.publish() == first
    document = load_object(issued.signed)
    evidence = world.bank.verifying.evidence([document])
    assert {fact.list for fact in evidence.trust.statuses} >= {old.id}
    report = verify_credential(document, evidence, policy=LIVE, now=world.bank.clock.now())
    assert (report.check("status.current").outcome, report.verdict) == ("passed", "accepted")
    late = replace(evidence, documents={**evidence.documents, old.id: old.content})
    report = verify_credential(document, late, policy=LIVE, now=world.bank.clock.now())
    assert (report.check("status.current").outcome, report.verdict) == ("failed", "rejected")
    assert "read at block" in report.check("status.current").how
    world.bank.issuing.refresh_status(world.university.id)
    assert world.bank.status_roots.publish().sequence == first.sequence + 1


HOUR = timedelta(hours=1)


def settled(world, every=HOUR):
    """As a worker goes on: step by step, until nothing is due."""
    for _ in range(5):
        if (root := world.bank.status_roots.advance(every)) is not None:
            return root
        world.bank.chain.advance()
    raise AssertionError("no root came to stand")


def test_by_itself_a_root_goes_out_when_lists_say_something_new_and_it_is_time(world, monkeypatch):
    assert world.bank.status_roots.advance(HOUR) is None, "there is no list yet"
    (issued,) = world.fill(1)
    world.bank.issuing.refresh_status(world.university.id)
    first = settled(world)
    assert first.sequence == 1
    assert settled(world) == first
    world.bank.issuing.refresh_status(world.university.id)
    assert settled(world, timedelta()) == first, "it was only signed anew"
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="in error")
    assert settled(world) == first, "an hour has not passed"
    now = world.bank.clock.now()
    monkeypatch.setattr(type(world.bank.clock), "now", lambda self: now + timedelta(hours=2))
    second = settled(world)
    assert second.sequence == 2
    assert second.root != first.root
    assert settled(world) == second


def test_what_is_published_by_itself_is_recorded_before_it_is_sent_and_sent_once(world, monkeypatch):
    world.fill(1)
    world.bank.issuing.refresh_status(world.university.id)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "send")
        with pytest.raises(Interrupted):
            world.bank.status_roots.advance(HOUR)
    world.reopen()
    assert settled(world).sequence == 1
    with world.bank.store.transaction() as tx:
        sent = [one for one in tx.placed_attempts(world.bank.chain.chain_id, 50) if one.purpose.startswith("status:")]
    assert len(sent) == 1


def test_without_a_status_list_there_is_nothing_to_publish(world):
    with pytest.raises(NoStatusLists):
        world.bank.status_roots.publish()


def test_a_root_whose_leaves_are_not_at_hand_tells_nothing(world):
    (issued,) = world.fill(1)
    world.bank.anchoring.settle()
    world.bank.sender.settle("status:else", "bank", calls.publish_status(b"\x07" * 32, 9), final=True)
    assert world.bank.verifying.evidence([load_object(issued.signed)]).trust.statuses == ()


def test_the_successor_that_the_register_names_is_read_from_the_chain(world):
    bank = world.bank
    assert bank.trusting.live([], [world.university.did]).issuers[0].successor is None
    call = calls.name_successor(issuer_id(world.university.did), issuer_id(world.rival.did))
    bank.sender.settle("closing", world.university.id, call)
    facts = bank.trusting.live([], [world.university.did])
    assert facts.issuers[0].successor == world.rival.did
    assert list(facts.successors(world.university.did)) == [world.rival.did]


def test_any_change_to_a_leaf_changes_the_root_and_the_order_does_not():
    other = StatusLeaf("did:web:b.example", "https://b.example/status/1", 7, sha256(b"list"))
    tree = StatusTree.of([LEAF, other])
    assert StatusTree.of([other, LEAF]).root == tree.root
    assert StatusTree.parse(tree.to_json()) == tree
    changes = [{"issuer": "did:web:c.example"}, {"list": "x:y"}, {"sequence": 8}, {"digest": Digest(bytes(32))}]
    for change in changes:
        assert StatusTree.of([replace(LEAF, **change), other]).root != tree.root
    with pytest.raises(EmptyTree):
        StatusTree.of([]).root  # noqa: B018
    with pytest.raises(UnreadableStatusTree) as refused:
        StatusTree.parse({"document": "creditbank/status-tree/v1", "leaves": [{"issuer": "x"}]})
    assert refused.value.place == "/leaves/0/list"


def test_a_root_that_an_older_one_went_ahead_of_goes_out_under_the_next_number(world, monkeypatch):
    """An older root fell out of the chain with its block, and comes back before the new one under the same number."""
    world.fill(1)
    world.bank.issuing.refresh_status(world.university.id)
    bank = world.bank
    settle, tried = bank.sender.settle, []

    def overtaken(purpose, owner, call, **more):
        tried.append(call.arguments[1])
        if len(tried) == 1:
            settle("status:of:before", owner, calls.publish_status(bytes([7]) * 32, tried[0]), **more)
        return settle(purpose, owner, call, **more)

    monkeypatch.setattr(bank.sender, "settle", overtaken)
    root = bank.status_roots.publish()
    assert tried == [1, 2]
    assert root.sequence == 2
    assert bank.status_roots.publish() == root


def test_a_root_that_is_overtaken_without_end_or_refused_for_another_reason_is_told(world, monkeypatch):
    world.fill(1)
    world.bank.issuing.refresh_status(world.university.id)
    for reason, times in (("SequenceNotRising", TRIES), ("NotAdmitted", 1)):
        tried = []

        def refused(purpose, *_, reason=reason, tried=tried, **__):
            tried.append(purpose)
            raise ChainRefused(reason, "no")

        monkeypatch.setattr(world.bank.sender, "settle", refused)
        with pytest.raises(ChainRefused, match="no"):
            world.bank.status_roots.publish()
        assert len(tried) == times
