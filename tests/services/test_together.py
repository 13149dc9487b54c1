"""Several awards at once: the joint fact is kept, and each award is built on its own part of it."""

import pytest
from ladders import install, more, sound
from worlds import World

from creditbank.ledger import LotState
from creditbank.services.records import AwardState
from creditbank.services.together import JointQuestion
from creditbank.stacking import Shared, UnclearAwards, Verdict

PAIR = ("sample-lower", "sample-parts")


@pytest.fixture(autouse=True)
def ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def question(world: World, *names: str, **more_: object) -> JointQuestion:
    return JointQuestion(world.learner.id, names or PAIR, world.university.id, **more_)


def test_each_award_is_built_on_its_part_in_whatever_order(world: World) -> None:
    """Eight credits in whole units, and five in parts: four units of four do, and nothing is taken from the other."""
    world.fill(4)
    record, found = world.bank.together.evaluate(question(world))
    assert found.adds_up
    assert world.bank.together.get(record.id) == record
    made = [
        world.bank.awarding.award(part, evaluation=part, by=world.university.id)
        for part in reversed(record.document["parts"])
    ]
    assert [award.state for award in made] == [AwardState.POSTED] * 2
    for award, part in zip(reversed(made), found.awards, strict=True):
        assert award.qualification == part.qualification.id
        assert sorted(str(amount) for _, amount in award.uses) == sorted(str(use.amount) for use in part.uses)
        assert world.bank.evaluating.get(award.evaluation).document["jointly"] == record.id
    lots = [view.lot for view in world.bank.sharing.account(world.learner.id).lots]
    assert (sorted(str(lot.available) for lot in lots), sound(world)) == (["0", "0", "0", "3"], True)


def test_the_joint_fact_is_the_same_whatever_is_named_first(world: World) -> None:
    world.fill(4)
    one, _ = world.bank.together.evaluate(question(world))
    other, _ = world.bank.together.evaluate(question(world, *reversed(PAIR)))
    assert one.document["result"] == other.document["result"]
    assert one.id != other.id


def test_a_no_is_kept_without_parts(world: World) -> None:
    world.fill(3)
    record, found = world.bank.together.evaluate(question(world))
    assert (found.verdict, found.proven, found.alone) == (Verdict.FALLS_SHORT, True, PAIR)
    assert (record.document["parts"], record.document["result"]["collision"]["awards"]) == ([], [*PAIR])
    assert {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots} == {LotState.AVAILABLE}


def test_what_two_awards_share_is_told_and_not_awarded(world: World) -> None:
    world.fill(3)
    decision = Shared("sample-double", PAIR, units_at_most=1)
    record, found = world.bank.together.evaluate(question(world, shared=(decision,)))
    assert (found.adds_up, len(found.overlaps), record.document["parts"]) == (True, 1, [])
    assert record.document["shared"] == [decision.to_json()]


def test_credits_used_in_part_count_for_the_rest_in_all_awards_together(world: World) -> None:
    world.fill(4)
    (view, *_) = world.bank.sharing.account(world.learner.id).lots
    amount = view.lot.amount.credits
    world.bank.redeeming.redeem("r", lot=view.lot.id, amount=amount, award="urn:uuid:elsewhere", by=world.rival.id)
    _, found = world.bank.together.evaluate(question(world))
    assert (found.adds_up, found.alone) == (False, PAIR)
    more(world, 1)
    _, found = world.bank.together.evaluate(question(world))
    assert found.adds_up


def test_awards_are_named_twice_at_least_and_each_once(world: World) -> None:
    world.fill(1)
    for names in (("sample-lower",), ("sample-lower", "sample-lower")):
        with pytest.raises(UnclearAwards):
            world.bank.together.evaluate(question(world, *names))
