"""A presentation: every credential inside is verified, and it was made by their holder, for this reader."""

from collections.abc import Callable

import pytest
from verification_samples import (
    KEYS,
    LEARNER_KEY,
    PROVIDER,
    World,
    outcomes,
    presentation,
    sign,
    unsigned_unit,
)

from creditbank.canonical import Json, JsonObject, canonical_json
from creditbank.signing import did_key
from creditbank.verification import PRESENTATION_CHECKS, Kind, Report, Verdict, verify_presentation

Case = Callable[[World], JsonObject | bytes]
HOLDER_DOCUMENT = "did:web:learner.example"


def verified(world: World, shown: JsonObject | bytes, **asked: str) -> Report:
    return verify_presentation(shown, world.evidence, policy=world.policy, now=world.now, **asked)


def broken(world: World) -> bytes:
    return b"[]"


def without_credentials(world: World) -> JsonObject:
    return {**presentation(world.units), "verifiableCredential": []}


def with_a_credential_added_after_signing(world: World) -> JsonObject:
    shown: list[Json] = list(world.units)
    return {**presentation(world.units[:1]), "verifiableCredential": shown}


def signed_for_another_purpose(world: World) -> JsonObject:
    return presentation(world.units, purpose="assertionMethod")


def signed_by_somebody_else(world: World) -> JsonObject:
    return presentation(world.units, key=KEYS[PROVIDER])


def of_another_learner(world: World) -> JsonObject:
    other = did_key(KEYS[PROVIDER].public)
    return presentation(world.units, holder=other, key=KEYS[PROVIDER])


def with_one_revoked_key(world: World) -> JsonObject:
    world.change_key(revoked=world.trust.issuers[0].keys[0].starts)
    return presentation(world.units)


def by_a_holder_whose_document_is_unknown(world: World) -> JsonObject:
    return presentation(world.units, holder=HOLDER_DOCUMENT)


def without_receipts(world: World) -> JsonObject:
    world.receipts = ()
    return presentation(world.units)


NO: list[tuple[str, Case]] = [
    ("presentation.readable", broken),
    ("presentation.readable", without_credentials),
    ("presentation.signature", with_a_credential_added_after_signing),
    ("presentation.signature", signed_for_another_purpose),
    ("presentation.signature", signed_by_somebody_else),
    ("presentation.holder", of_another_learner),
    ("presentation.credentials", with_one_revoked_key),
]
OPEN: list[tuple[str, Case]] = [
    ("presentation.signature", by_a_holder_whose_document_is_unknown),
    ("presentation.credentials", without_receipts),
    ("presentation.holder", broken),
    ("presentation.audience", broken),
]


@pytest.mark.parametrize(("name", "case"), NO, ids=lambda value: getattr(value, "__name__", value))
def test_a_check_says_no_and_the_presentation_is_rejected(name: str, case: Case, world: World) -> None:
    report = verified(world, case(world))
    assert outcomes(report)[name] == "failed", report.check(name).sentence
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize(("name", "case"), OPEN, ids=lambda value: getattr(value, "__name__", value))
def test_a_check_that_cannot_say_never_lets_a_presentation_be_accepted(name: str, case: Case, world: World) -> None:
    report = verified(world, case(world))
    assert outcomes(report)[name] == "unchecked"
    assert report.verdict is not Verdict.ACCEPTED


def test_every_credential_inside_has_its_own_report(world: World) -> None:
    report = verified(world, presentation(world.units))
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.kind is Kind.PRESENTATION
    assert [part.id for part in report.parts] == [unit["id"] for unit in world.units]
    assert {name for name, outcome in outcomes(report).items() if outcome == "not applicable"} == {
        "presentation.audience"
    }


def test_a_bad_credential_behind_a_good_one_is_found(world: World) -> None:
    """Other verifiers look at the first one only."""
    bad = canonical_json(world.units[1]).replace(b'"creditPoints":"20"', b'"creditPoints":"40"')
    from creditbank.canonical import load_object

    report = verified(world, presentation([world.unit, load_object(bad)]))
    assert report.parts[0].verdict is Verdict.ACCEPTED
    assert report.parts[1].verdict is Verdict.REJECTED
    assert report.verdict is Verdict.REJECTED
    assert "Sample unit 2" in report.check("presentation.credentials").sentence


@pytest.mark.parametrize(
    ("signed", "asked", "outcome"),
    [
        ({"challenge": "abc", "domain": "u.example"}, {"challenge": "abc", "domain": "u.example"}, "passed"),
        ({"challenge": "abc"}, {"challenge": "abd"}, "failed"),
        ({"challenge": "abc"}, {"challenge": "abc", "domain": "u.example"}, "failed"),
        ({}, {"challenge": "abc"}, "failed"),
        ({"challenge": "abc"}, {}, "not applicable"),
    ],
)
def test_a_presentation_made_for_another_occasion_is_refused(
    signed: dict[str, str], asked: dict[str, str], outcome: str, world: World
) -> None:
    report = verified(world, presentation(world.units, **signed), **asked)
    assert outcomes(report)["presentation.audience"] == outcome
    assert (report.verdict is Verdict.REJECTED) is (outcome == "failed")


def test_every_check_has_a_case_in_which_it_says_no() -> None:
    assert {name for name, _ in NO} | {"presentation.audience"} == set(PRESENTATION_CHECKS)


def test_the_holder_of_a_credential_is_its_subject(world: World) -> None:
    theirs = sign(unsigned_unit(1, subject=did_key(KEYS[PROVIDER].public)), PROVIDER)
    report = verified(world, presentation([world.unit, theirs], key=LEARNER_KEY))
    assert outcomes(report)["presentation.holder"] == "failed"
