"""Facts read from the chain: what was admitted when, and what was not."""

from dataclasses import replace
from datetime import UTC, datetime

from creditbank.anchoring import issuer_id
from creditbank.canonical import json_digest, load_object
from creditbank.services import calls
from creditbank.services.ports import ChainUnavailable
from creditbank.services.reads import Period as Span
from creditbank.services.registering import REGISTRAR
from creditbank.services.trusting import joined
from creditbank.verification import TrustFacts, policy_named, verify_credential
from creditbank.verification.trust import admitted_at


def at(hour: int) -> datetime:
    return datetime(2026, 1, 1, hour, tzinfo=UTC)


def test_spans_that_meet_are_one_and_gaps_stay_gaps():
    spans = [Span(at(1), at(5)), Span(at(5), at(9)), Span(at(12), None)]
    assert joined(spans) == [Span(at(1), at(9)), Span(at(12), None)]
    assert joined([]) == []


def test_a_gap_in_an_admission_is_not_read_as_admitted(world):
    bank, did = world.bank, world.university.did
    issuer = issuer_id(did)
    with bank.store.transaction() as tx:
        document = json_digest(load_object(tx.find_document(did).content))
    bank.sender.settle("out", REGISTRAR, calls.withdraw_issuer(issuer))
    out = bank.chain.head()[2]
    for _ in range(3):
        bank.chain.advance()
    between = bank.chain.head()[2]
    bank.sender.settle(
        "in again", REGISTRAR, calls.admit_issuer(issuer, world.university.account, b"\x01" * 32, document)
    )
    (facts,) = bank.trusting.live([], [did]).issuers
    assert facts.admitted is not None
    assert facts.withdrawn is None
    assert len(facts.earlier) == 1
    assert not admitted_at(facts, between)
    assert not admitted_at(facts, out)
    assert admitted_at(facts, facts.earlier[0].starts)
    assert admitted_at(facts, datetime(2100, 1, 1, tzinfo=UTC))


def test_exported_facts_read_back_as_they_were(world):
    world.fill(1)
    facts = world.bank.trusting.export()
    assert TrustFacts.parse(facts.to_json()) == facts
    assert {issuer.did for issuer in facts.issuers} == {world.university.did, world.rival.did}
    assert all(chain.test for chain in facts.chains)


def test_a_bank_that_an_issuer_dropped_counts_only_for_what_it_anchored_before(world):
    from worlds import unit

    bank, did = world.bank, world.university.did
    (before,) = world.fill(1)
    bank.sender.settle("drop", world.university.id, calls.drop_bank(issuer_id(did), bank.vault.chain_account("bank")))
    world.publish(unit("later"))
    after = world.issue(unit("later"), "later")
    bank.anchoring.seal()
    bank.anchoring.settle()
    for issued, verdict in ((before, "accepted"), (after, "rejected")):
        (report,) = bank.verifying.verify([load_object(issued.signed)])
        assert report.verdict == verdict, report.headline
    assert report.check("anchor.on-chain").outcome == "failed"
    assert report.check("anchor.node").outcome == "passed", "the root stands there, through a bank that was dropped"


def test_a_bank_whose_node_is_down_leaves_open_what_only_the_node_could_say(world, monkeypatch):
    (issued,) = world.fill(1)
    (before,) = world.bank.verifying.verify([load_object(issued.signed)])
    assert before.check("anchor.node").outcome == "passed"
    assert world.bank.chain.name in before.check("anchor.node").how
    kept = world.bank.trusting.export()

    def down(*_):
        raise ChainUnavailable("The node did not answer.")

    monkeypatch.setattr(world.bank.trusting, "answered", down)
    (silent,) = world.bank.verifying.verify([load_object(issued.signed)])
    assert silent.verdict == "inconclusive"
    assert silent.check("anchor.node").outcome == "unchecked"
    assert silent.check("anchor.node").sentence == "The node of this bank's chain was asked, and gave no answer."
    evidence = replace(world.bank.verifying.evidence([load_object(issued.signed)]), trust=kept)
    told = verify_credential(issued.signed, evidence, policy=policy_named("live"), now=world.bank.clock.now())
    assert told.verdict == "accepted"
    assert [one.name for one in told.checks if one.outcome == "unchecked" and one.name.startswith("anchor.")] == [
        "anchor.node"
    ]
