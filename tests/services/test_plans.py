"""Plans: what is on offer, what would be if more were earned, and that nothing of it is kept or awarded."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sample_units import unit_bytes, unit_with
from worlds import CERTIFICATE, World, unit

from creditbank.services.awarding import DoesNotAddUp
from creditbank.services.evaluating import Question
from creditbank.services.offering import Planned
from creditbank.services.ports import UnknownRecord
from creditbank.stacking import Evaluation, Pace, Standing
from creditbank.units import Credits


def plan(world: World, *planned: Planned, **more: Any) -> Evaluation:
    question = Question(world.learner.id, CERTIFICATE, world.university.id)
    return world.bank.evaluating.plan(question, planned=planned, **more)


def recorded(world: World) -> int:
    with world.bank.store.transaction() as tx:
        return len(tx.evaluations_of(world.learner.id))


def offered(world: World) -> dict[str, Any]:
    return {offer.unit.facts.achievement: offer for offer in world.bank.evaluating.on_offer(world.learner.id)}


def test_what_is_planned_is_counted_and_nothing_is_kept(world: World) -> None:
    world.fill(8)  # 32 of 40 credits
    later = [unit("later-1"), unit("later-2")]
    for one in later:
        world.publish(one)
    day = world.bank.clock.now().date() + timedelta(days=90)
    would = plan(world, Planned(later[0].id, day), Planned(later[1].id, in_progress=True))
    assert would.adds_up
    assert would.allocation is None
    assert would.what_if is not None
    assert would.what_if.as_of == day
    assert {one.standing for one in would.what_if.units} == {Standing.PLANNED, Standing.IN_PROGRESS}
    assert recorded(world) == 0
    record, official = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert not official.adds_up
    with pytest.raises(DoesNotAddUp):
        world.bank.awarding.award("what-if", evaluation=record.id, by=world.university.id)


def test_what_is_planned_is_not_suggested_once_more(world: World) -> None:
    world.fill(8)
    later = [unit("later-1"), unit("later-2")]
    for one in later:
        world.publish(one)
    would = plan(world, Planned(later[0].id), pace=Pace(count=2, units_at_most=1))
    assert would.path is not None
    assert [step.achievement for step in would.path.steps] == [later[1].id]


def test_nobody_plans_what_nobody_offers(world: World) -> None:
    with pytest.raises(UnknownRecord, match="Nobody offers"):
        plan(world, Planned("urn:nobody"))


def test_what_was_withdrawn_is_not_on_offer(world: World) -> None:
    gone = unit("gone")
    world.publish(gone)
    assert gone.id in offered(world)
    world.bank.drafting.withdraw(world.university.id, gone.id, gone.version, reason="A sample.")
    assert gone.id not in offered(world)
    with pytest.raises(UnknownRecord):
        plan(world, Planned(gone.id))


def test_what_the_learner_holds_is_not_on_offer(world: World) -> None:
    world.fill(2)
    assert offered(world) == {}


def test_a_unit_document_brings_its_prerequisites_and_its_days(world: World) -> None:
    base = unit("base")
    world.publish(base)
    document = unit_with(
        id="urn:sample:next",
        prerequisites=[{"unit": base.id}, {"text": "A good ear."}],
        awarding_body=world.university.did,
        provider=world.university.did,
        valid_from="2026-01-01",
        valid_until="2031-12-31",
        template=None,
        content_key="sample-next",
    )
    world.bank.drafting.publish_unit(world.university.id, unit_bytes(document))
    found = offered(world)
    assert found["urn:sample:next"].after == (frozenset({base.id}),)
    assert found["urn:sample:next"].asks == ("A good ear.",)
    assert (found["urn:sample:next"].since, found["urn:sample:next"].until) == (date(2026, 1, 1), date(2031, 12, 31))
    assert found[base.id].after == ()


def test_a_pace_is_respected_and_the_record_of_an_evaluation_knows_terms_too(world: World) -> None:
    world.fill(7)
    for number in range(3):
        world.publish(unit(f"later-{number}"))
    slow = plan(world, pace=Pace(count=4, credits_at_most=Credits.parse("4")))
    assert slow.path is not None
    assert [step.term for step in slow.path.steps] == [1, 2, 3]
    assert slow.path.proven
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    document: Any = json.loads(json.dumps(record.document))
    assert [step["term"] for step in document["result"]["path"]["steps"]] == [1, 1, 1]
    assert replace(slow, path=None).to_json()["path"] is None
