"""Credits that moved up an exit ladder: what sources may still tell of the lower award, and what they may not."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from creditbank.canonical import sha256
from creditbank.credential import AwardFacts, UnitFacts
from creditbank.ledger import lot_id
from creditbank.stacking.proof import GivenUp, Moved, Use
from creditbank.units import CreditAmount, Credits
from creditbank.verification.check import Findings, Outcome
from creditbank.verification.spending import NAME, check_spent
from creditbank.verification.trust import SpendFact, TrustFacts

ISSUER, UNIVERSITY = "did:web:a.example", "did:web:university.example"
LOWER, UPPER = "urn:uuid:lower", "urn:uuid:upper"
UNIT = UnitFacts(
    credential="urn:uuid:1",
    first_issue="urn:uuid:1",
    issuer=ISSUER,
    subject="did:key:z6MkSample",
    achievement="urn:achievement:1",
    achievement_version="1",
    title="Sample unit",
    credits=CreditAmount("kr", Credits.parse("4")),
    level=None,
    earned=date(2026, 3, 2),
    categories=frozenset(),
    source_type="",
    mode="",
    content="",
)
USE = Use("urn:uuid:1", sha256(b"1"), Credits.parse("4"), "kr", Credits.parse("4"))
AWARD = AwardFacts(
    UPPER, UNIVERSITY, UNIT.subject, "diploma", "1", "Diploma", "Diploma", None, date(2026, 6, 1), "p", sha256(b"p")
)
GIVEN_UP = (GivenUp(LOWER, "certificate", (Moved("urn:uuid:1", Credits.parse("4")),)),)
LOT = "0x" + lot_id(ISSUER, "urn:uuid:1").hex()


def spent(award: str, amount: str, source: str, awarder: str = UNIVERSITY) -> SpendFact:
    return SpendFact(LOT, awarder, award, Credits.parse(amount), source)


def outcome(*facts: SpendFact, gives_up: tuple[GivenUp, ...] = GIVEN_UP, use: Use = USE) -> Outcome:
    findings = Findings(datetime(2026, 6, 2, tzinfo=UTC))
    trust = TrustFacts(source="sources", spends=facts)
    check_spent(findings, AWARD, [use], {USE.digest: UNIT}, trust, gives_up)
    return findings.outcome(NAME)


NEW, OLD = "the chain now", "a file of last year"


def test_what_was_moved_counts_for_the_higher_award_alone() -> None:
    assert outcome(spent(UPPER, "4", NEW), spent(LOWER, "0", NEW)) is Outcome.PASSED


def test_an_older_source_may_still_tell_of_the_lower_award_that_is_given_up() -> None:
    assert outcome(spent(UPPER, "4", NEW), spent(LOWER, "4", OLD)) is Outcome.PASSED
    assert outcome(spent(UPPER, "4", NEW), spent(LOWER, "4", OLD), gives_up=()) is Outcome.FAILED


def test_an_older_source_alone_leaves_it_open() -> None:
    assert outcome(spent(LOWER, "4", OLD)) is Outcome.UNCHECKED
    assert outcome(spent(LOWER, "4", OLD), gives_up=()) is Outcome.FAILED


@pytest.mark.parametrize(
    "other",
    [
        spent(LOWER, "4", NEW),
        spent("urn:uuid:third", "4", OLD),
        spent(LOWER, "4", OLD, awarder="did:web:rival.example"),
    ],
    ids=["one source tells of both", "an award that is not given up", "another body's award of that name"],
)
def test_nothing_else_is_accepted(other: SpendFact) -> None:
    assert outcome(spent(UPPER, "4", NEW), other) is Outcome.FAILED


def test_a_lot_partly_spent_elsewhere_counts_for_the_rest_only() -> None:
    rest = replace(USE, amount=Credits.parse("1.5"), counted=Credits.parse("1.5"))
    elsewhere = spent("urn:uuid:third", "2.5", NEW)
    assert outcome(spent(UPPER, "1.5", NEW), elsewhere, gives_up=(), use=rest) is Outcome.PASSED
    more = replace(rest, amount=Credits.parse("1.501"), counted=Credits.parse("1.501"))
    assert outcome(spent(UPPER, "1.501", NEW), elsewhere, gives_up=(), use=more) is Outcome.FAILED
