"""Facts read from the chain: what was admitted when, and what was not."""

from datetime import UTC, datetime

from creditbank.canonical import json_digest, load_object
from creditbank.services import calls
from creditbank.services.ports import Call
from creditbank.services.registering import REGISTRAR
from creditbank.services.trusting import joined
from creditbank.verification import TrustFacts
from creditbank.verification.trust import admitted_at


def test_spans_that_meet_are_one_and_gaps_stay_gaps():
    assert joined([(1, 5), (5, 9), (12, 0)]) == [(1, 9), (12, 0)]
    assert joined([]) == []


def test_a_gap_in_an_admission_is_not_read_as_admitted(world):
    bank, did = world.bank, world.university.did
    issuer = calls.issuer_id(did)
    with bank.store.transaction() as tx:
        document = json_digest(load_object(tx.find_document(did).content))
    bank.sender.settle("out", REGISTRAR, Call("issuers", "withdraw", (issuer,)))
    out = bank.chain.head()[2]
    for _ in range(3):
        bank.chain.advance()
    between = bank.chain.head()[2]
    bank.sender.settle("in again", REGISTRAR, calls.admit_issuer(did, world.university.account, b"\x01" * 32, document))
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
