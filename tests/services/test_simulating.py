"""What a change of decisions would mean for whom a body holds: seen before, and nothing of it is kept."""

from dataclasses import replace
from typing import Any

import pytest
from worlds import World

from creditbank.cli.demo import samples
from creditbank.framework import DocumentFaults
from creditbank.services.deciding import NotADecision, NotYourDecision
from creditbank.services.ports import UnknownRecord
from creditbank.services.redeeming import NotAnAwarder
from creditbank.stacking import EvaluationAbandoned

from .test_deciding import adopt, nine_and_a_british_one, policy, recognition, weigh

pytestmark = pytest.mark.slow


def simulated(world: World, *adopted: Any, ended: Any = (), **more: Any) -> Any:
    return world.bank.simulating.simulate(world.university.id, adopted=adopted, ended=ended, **more)


def test_what_adopting_would_bring_is_seen_before_and_what_ending_would_take(world: World) -> None:
    nine_and_a_british_one(world)
    record, evaluation = weigh(world)
    assert not evaluation.adds_up
    wanted = (policy(world), recognition(world))
    found = simulated(world, *wanted)
    (change,) = found.changed
    assert (change.record.id, change.before, change.after) == (record.id, "falls-short", "adds-up")
    assert change.difference.sentences
    assert (found.looked_at, found.concerned, found.turned("adds-up"), found.last) == (1, 1, 1, None)
    # nothing was adopted or kept
    assert world.bank.deciding.adopted(world.university.id) == []
    with world.bank.store.transaction() as tx:
        assert [one.id for one in tx.evaluations_of(world.learner.id)] == [record.id]
    # each alone changes what stands in the way, and says no yes
    assert [one.after for one in simulated(world, wanted[0]).changed] == ["falls-short"] * len(
        simulated(world, wanted[0]).changed
    )

    made = adopt(world, *wanted)
    record, evaluation = weigh(world)
    assert evaluation.adds_up
    assert simulated(world, *wanted).turned("adds-up") == 0, "they are in force"
    (change,) = simulated(world, ended=[made[1].signed.digest]).changed
    assert (change.before, change.after) == ("adds-up", "falls-short")
    assert simulated(world, ended=[b"\x00" * 32]).concerned == 0, "what was never adopted ends nothing"


def test_a_stretch_goes_on_where_the_one_before_ended_and_knows_no_other_body(world: World) -> None:
    nine_and_a_british_one(world)
    record, _ = weigh(world)
    with world.bank.store.transaction() as tx:
        for number, body in enumerate((world.university.id, world.rival.id)):
            other = replace(record, id=f"{record.id}{number}", organisation=body, qualification=f"gone-{number}")
            tx.add_evaluation(other)
    first = simulated(world, policy(world), recognition(world), limit=1)
    assert ([one.record.id for one in first.changed], first.last) == ([record.id], record.id)
    rest = simulated(world, policy(world), recognition(world), after=first.last)
    (trouble,) = rest.changed
    assert (trouble.record.id, trouble.difference, rest.last) == (f"{record.id}0", None, None)
    assert "gone-0" in trouble.trouble
    hurried = simulated(world, policy(world), recognition(world), enough=lambda: True)
    assert (hurried.looked_at, hurried.last) == (1, record.id)
    assert simulated(world, policy(world), after=record.id, enough=lambda: True).last is None
    with pytest.raises(UnknownRecord):  # as for one that there is not: whether another body has it is not told
        simulated(world, policy(world), after=f"{record.id}1")


def test_one_that_cannot_be_weighed_keeps_nobody_from_seeing_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nine_and_a_british_one(world)
    weigh(world)

    def refuses(*_: object, **__: object) -> None:
        raise EvaluationAbandoned

    monkeypatch.setattr(type(world.bank.evaluating), "would_be", refuses)
    (one,) = simulated(world, policy(world)).changed
    assert (one.before, one.after, bool(one.trouble)) == ("", "", True)


def test_what_could_not_be_adopted_is_not_tried(world: World) -> None:
    with pytest.raises(NotYourDecision):
        simulated(world, samples.conversion_policy(world.rival.did))
    with pytest.raises(DocumentFaults):
        simulated(world, policy(world, from_system="no-such-system"))
    with pytest.raises(NotADecision):
        simulated(world, world.bank.catalogue.qualifications()[0])
    with pytest.raises((NotAnAwarder, UnknownRecord)):
        world.bank.simulating.simulate("urn:uuid:none", adopted=[policy(world)])
