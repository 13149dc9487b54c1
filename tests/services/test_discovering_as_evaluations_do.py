"""Discovery sees of each learner what an evaluation would find: exceptions made for this one, lower awards given up."""

from datetime import date
from typing import Any

import pytest
from ladders import LADDER, install, more
from worlds import CERTIFICATE, World, unit

from creditbank.adapters.catalogue import Catalogue
from creditbank.canonical import digest_text
from creditbank.framework import Qualification, RuleException, document_digest
from creditbank.services.discovering import Desk, Found, Page
from creditbank.services.records import AwardRecord, Learner
from creditbank.stacking import Evaluation, Verdict
from creditbank.units import Credits

FOUR = Credits.parse("4")


def exception(world: World, learner: Learner, *, rules: Qualification | None = None, **changes: Any) -> RuleException:
    """For this learner thirty-six credits do, where the certificate asks for forty."""
    rules = rules or world.bank.catalogue.qualification(CERTIFICATE, None)
    return RuleException.model_validate(
        {
            "document": "creditbank/exception/v1",
            "id": "sample-exception",
            "by": world.university.did,
            "learner": learner.did,
            "rules": {"id": rules.id, "version": rules.version, "digest": digest_text(document_digest(rules))},
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "One course was not offered in the second term.",
            "sample": True,
            "kind": "change-limit",
            "node": "certificate/year-one",
            "bound": "credits_at_least",
            "value": "36",
            **changes,
        }
    )


def looked(world: World, qualification: str, within: Credits | None = None) -> tuple[Desk, Page]:
    desk = world.bank.discovering.desk(world.university.id, [qualification])
    return desk, world.bank.discovering.page(desk, within=within)


def found(world: World, qualification: str, within: Credits | None = None) -> dict[str, Found]:
    return {one.learner: one for one in looked(world, qualification, within)[1].found}


def as_evaluated(world: World, qualification: str, sight: Found) -> bool:
    """Whether an evaluation of this learner says the same."""
    _, evaluation = world.bank.evaluating.evaluate(
        learner=sight.learner, qualification=qualification, organisation=world.university.id, catalogue=False
    )
    gap = evaluation.gap
    missing = (Credits(0), 0) if gap is None else (gap.credits, gap.units)
    return (sight.closeness.verdict, sight.closeness.credits, sight.closeness.units) == (evaluation.verdict, *missing)


@pytest.fixture
def twin(world: World) -> Learner:
    """Another learner with the same nine units of four credits as the world's own."""
    world.fill(9)
    other = world.bank.registering.register_learner(name="Sample twin", sample=True)
    for number in range(9):
        world.bank.issuing.issue(
            f"twin-{number}",
            organisation=world.university.id,
            learner=other.id,
            achievement=unit(f"u{number}").id,
            version=unit(f"u{number}").version,
            earned=date(2025, 6, 2),
        )
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    return other


def test_an_exception_brings_the_learner_it_is_for_there_and_nobody_else(world: World, twin: Learner) -> None:
    world.bank.deciding.adopt(world.university.id, exception(world, world.learner))
    sights = found(world, CERTIFICATE)
    assert sights[world.learner.id].closeness.adds_up
    assert (sights[twin.id].closeness.adds_up, sights[twin.id].closeness.credits) == (False, FOUR)
    assert all(as_evaluated(world, CERTIFICATE, sight) for sight in sights.values())
    assert set(found(world, CERTIFICATE, Credits(0))) == {world.learner.id}, "and the quick look lets nobody slip"


def test_an_exception_that_asks_for_more_is_seen_too(world: World, twin: Learner) -> None:
    world.bank.deciding.adopt(world.university.id, exception(world, twin, value="48"))
    sights = found(world, CERTIFICATE)
    assert sights[twin.id].closeness.credits == Credits.parse("12")
    assert sights[world.learner.id].closeness.credits == FOUR
    assert all(as_evaluated(world, CERTIFICATE, sight) for sight in sights.values())


def test_an_exception_waives_for_somebody_without_any_unit(world: World) -> None:
    waived = exception(world, world.learner, kind="waive", node="certificate/year-one", bound=None, value=None)
    world.bank.deciding.adopt(world.university.id, waived)
    (sight,) = found(world, CERTIFICATE).values()
    assert sight.closeness.adds_up
    assert as_evaluated(world, CERTIFICATE, sight)


def test_an_exception_taken_back_or_about_another_text_changes_nothing(world: World, twin: Learner) -> None:
    made = world.bank.deciding.adopt(world.university.id, exception(world, twin))
    world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="The course was offered.")
    assert {one.closeness.credits for one in found(world, CERTIFICATE).values()} == {FOUR}


def test_a_pinned_unit_that_does_not_verify_hides_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it the place holds too much; without it the pin binds nothing, and another unit fills the place exactly."""
    install(monkeypatch)
    place = {"id": "units", "title": "Units", "kind": "requirement", "credits_at_least": "4", "credits_at_most": "4"}
    plain = LADDER["sample-small"].model_dump(mode="json", by_alias=True, exclude_none=True)
    exact = Qualification.model_validate(
        {**plain, "id": "sample-exact", "requires": {**plain["requires"], "of": [place]}}
    )
    monkeypatch.setitem(LADDER, exact.id, exact)
    monkeypatch.setattr(Catalogue, "faults", lambda *_: [])  # the ladder is not among what a catalogue lists
    world.fill(1)
    world.publish(unit("large", 8))
    large = world.issue(unit("large", 8), "not anchored yet")
    pin = exception(
        world, world.learner, rules=exact, kind="pin", node="root/units", bound=None, value=None, credential=large.id
    )
    world.bank.deciding.adopt(world.university.id, pin)
    (sight,) = found(world, exact.id, Credits(0)).values()
    assert (sight.closeness.adds_up, sight.unverified) == (True, 1)
    assert as_evaluated(world, exact.id, sight)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    assert found(world, exact.id, Credits(0)) == {}, "now that it verifies it is held to its place"


def test_exceptions_that_cannot_be_weighed_leave_out_their_learner_alone(
    world: World, twin: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused when they are adopted; what stands in a bank may be older than that."""
    two = tuple(exception(world, twin, id=f"sample-{value}", value=value) for value in ("36", "32"))
    monkeypatch.setattr(world.bank.evaluating, "exceptions_of", lambda *_: {twin.did: two})
    _, page = looked(world, CERTIFICATE)
    assert [one.learner for one in page.found] == [world.learner.id]
    assert [(one.learner, one.slug) for one in page.left_out] == [(twin.id, "contradicting-exceptions")]


# lower awards


def lower_award(world: World, qualification: str = "sample-lower") -> AwardRecord:
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=qualification, organisation=world.university.id, catalogue=False
    )
    assert evaluation.adds_up
    return world.bank.awarding.award(qualification, evaluation=record.id, by=world.university.id)


def weighed(world: World, qualification: str) -> Evaluation:
    return world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=qualification, organisation=world.university.id, catalogue=False
    )[1]


@pytest.mark.parametrize("within", [None, Credits(0)])
def test_a_lower_award_that_the_rules_absorb_counts_towards_the_higher(
    world: World, monkeypatch: pytest.MonkeyPatch, within: Credits | None
) -> None:
    install(monkeypatch)
    world.fill(2)
    lower_award(world)
    more(world, 1)
    (sight,) = found(world, "sample-upper", within).values()
    assert weighed(world, "sample-upper").gives_up
    assert sight.closeness.adds_up
    assert sight.unverified == 0


def test_what_is_missing_beside_a_lower_award_is_what_an_evaluation_misses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    world.fill(2)
    lower_award(world)
    (sight,) = found(world, "sample-upper").values()
    assert (sight.closeness.adds_up, sight.closeness.credits) == (False, FOUR)
    assert as_evaluated(world, "sample-upper", sight)
    assert set(found(world, "sample-upper", FOUR)) == {world.learner.id}
    assert found(world, "sample-upper", Credits.parse("3.999")) == {}


def test_rules_that_do_not_absorb_see_nothing_of_what_an_award_took(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    world.fill(2)
    lower_award(world)
    (sight,) = found(world, "sample-lower").values()
    assert (sight.closeness.adds_up, sight.closeness.credits) == (False, Credits.parse("8"))
    assert as_evaluated(world, "sample-lower", sight)


def test_of_a_lot_partly_used_both_what_is_left_and_what_comes_free_are_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    world.fill(2)
    lower_award(world, "sample-parts")
    (sight,) = found(world, "sample-above-parts", Credits(0)).values()
    assert sight.closeness.adds_up
    assert weighed(world, "sample-above-parts").verdict is Verdict.ADDS_UP


def test_too_many_lower_awards_are_not_known_as_in_an_evaluation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    world.fill(2)
    lower_award(world)
    for room in ("climbing", "ladder"):  # an evaluation reads it where a ladder is climbed
        monkeypatch.setattr(f"creditbank.stacking.{room}.MAX_LOWER", 0)
    (sight,) = found(world, "sample-upper").values()
    assert (sight.closeness.verdict, sight.closeness.certain) == (Verdict.TOO_COMPLEX, False)
    assert weighed(world, "sample-upper").verdict is Verdict.TOO_COMPLEX
