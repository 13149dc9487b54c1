"""An evaluation under rules that absorb lower awards rests on what counts for these, too."""

from datetime import timedelta

import pytest
from ladders import LADDER, install, rules
from worlds import World

from creditbank.framework import Qualification
from creditbank.services.records import AwardRecord, EvaluationRecord
from creditbank.services.standing import Outdated, Reason


@pytest.fixture(autouse=True)
def ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ladder, and beside its lower award another that takes that up and in turn is taken up by the highest."""
    install(monkeypatch)
    monkeypatch.setitem(LADDER, "sample-again", rules("sample-again", "8", ["sample-lower"]))
    monkeypatch.setitem(LADDER, "sample-top", rules("sample-top", "12", ["sample-again"]))


def weighed(world: World, qualification: str) -> EvaluationRecord:
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=qualification, organisation=world.university.id, catalogue=False
    )
    return record


def awarded(world: World, qualification: str) -> AwardRecord:
    record = weighed(world, qualification)
    return world.bank.awarding.award(qualification, evaluation=record.id, by=world.university.id)


def why(world: World, record: EvaluationRecord) -> list[Reason]:
    return list(world.bank.standing.reasons(record))


def test_a_lower_award_given_up_makes_it_stale_though_no_more_and_no_less_is_free(world: World) -> None:
    world.fill(2)
    lower = awarded(world, "sample-lower")
    record = weighed(world, "sample-upper")
    assert why(world, record) == []
    awarded(world, "sample-again")
    assert why(world, record) == [Reason(Outdated.LOWER_AWARD_CHANGED, lower.id)]
    assert [one.record for one in world.bank.standing.stale().stale if one.record == record] == [record]
    newer = world.bank.evaluating.rerun(record.id)
    assert (newer.stored, why(world, newer.record)) == (True, [])


def test_a_lower_award_won_makes_it_stale_though_no_more_and_no_less_is_free(world: World) -> None:
    world.fill(2)
    awarded(world, "sample-lower")
    record = weighed(world, "sample-top")
    again = awarded(world, "sample-again")
    assert why(world, record) == [Reason(Outdated.LOWER_AWARD_CHANGED, again.id)]


def test_where_credits_are_used_or_free_the_award_is_named_beside_them(world: World) -> None:
    world.fill(2)
    record = weighed(world, "sample-upper")
    lower = awarded(world, "sample-lower")
    assert {one.what for one in why(world, record)} == {Outdated.CREDITS_USED, Outdated.LOWER_AWARD_CHANGED}
    newer = world.bank.evaluating.rerun(record.id).record
    awarded(world, "sample-small")
    reasons = why(world, newer)
    assert {one.what for one in reasons} == {Outdated.CREDITS_FREE, Outdated.LOWER_AWARD_CHANGED}
    assert lower.id in {one.id for one in reasons}


def test_an_award_that_the_rules_do_not_absorb_is_none_of_their_business(world: World) -> None:
    world.fill(2)
    record = weighed(world, "sample-top")
    awarded(world, "sample-lower")
    assert {one.what for one in why(world, record)} == {Outdated.CREDITS_USED}


def test_a_day_that_matters_only_to_what_would_come_free_makes_it_stale(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill(2)
    awarded(world, "sample-lower")
    plain = LADDER["sample-upper"].model_dump(mode="json", by_alias=True, exclude_none=True)
    fresh = Qualification.model_validate({**plain, "admits": {**plain["admits"], "max_age": "P3Y"}})
    monkeypatch.setitem(LADDER, "sample-upper", fresh)
    record = weighed(world, "sample-upper")
    for days, reasons in ((1, []), (365 * 3, [Reason(Outdated.TIME, "sample-upper")])):
        later = world.bank.clock.now() + timedelta(days=days)
        with monkeypatch.context() as clock:
            clock.setattr(type(world.bank.clock), "now", lambda _, moment=later: moment)
            assert why(world, record) == reasons, days
