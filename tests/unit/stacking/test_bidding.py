"""Where units are too many to look for the answer that counts the fewest credits, places bid for them."""

import dataclasses

import pytest
from bench.synthetic import LARGE, MIDDLE, SMALL, Instance, Kind, instance, setting

from creditbank.stacking import bidding, recount
from creditbank.stacking.allocation import decide
from creditbank.stacking.bidding import thrifty
from creditbank.stacking.evaluation import ORDERING, WORK
from creditbank.stacking.front import Front, keeps_every_rule
from creditbank.stacking.problem import Problem
from creditbank.stacking.proof import Use
from creditbank.stacking.solver import Effort, EvaluationAbandoned
from creditbank.stacking.weighing import build

FEW = Kind("14x5", 14, 5)
WHERE = setting()


def stated(one: Instance) -> Problem:
    return build(one.qualification, one.candidates, WHERE)[0]


def faults(one: Instance, uses: tuple[Use, ...]) -> tuple[object, ...]:
    facts = {candidate.digest: candidate.facts for candidate in one.candidates}
    return recount(one.qualification, uses, facts, WHERE).faults


def credits_of(uses: tuple[Use, ...]) -> int:
    return sum(use.counted.thousandths for use in uses)


def needed_at_least(problem: Problem) -> int:
    """No answer counts fewer: each place by itself, with the units of least credit where it asks for units."""
    total = 0
    for bound in problem.bounds:
        if bound.place and bound.measure == "credits":
            total += bound.least or 0
        elif bound.place:
            fitting = sorted(unit.most for unit, weight in zip(problem.units, bound.weights, strict=True) if weight)
            total += sum(fitting[: bound.least])
    return total


def test_among_300_units_the_answer_counts_little_above_what_none_can_count_less_than() -> None:
    one = instance(LARGE, 0)
    problem = stated(one)
    found = decide(problem, Effort(WORK), Effort(ORDERING))
    assert found.answer is not None
    assert found.unordered is not None, "which of all answers counts the fewest is not known"
    assert faults(one, found.answer.uses) == ()
    assert one.planted is not None
    assert credits_of(found.answer.uses) * 100 < needed_at_least(problem) * 107
    assert credits_of(found.answer.uses) * 100 < credits_of(one.planted) * 80
    again = dataclasses.replace(one, candidates=one.candidates[::-1])
    assert decide(stated(again), Effort(WORK), Effort(ORDERING)).answer == found.answer


@pytest.mark.parametrize("kind", [FEW, MIDDLE])
def test_what_places_bid_keeps_every_rule_or_is_no_answer(kind: Kind) -> None:
    came_together = 0
    for number in range(8):
        one = instance(kind, number)
        problem = stated(one)
        front = Front(problem)
        filling = thrifty(front, Effort(1))
        assert filling is None or one.feasible
        if filling is not None:
            came_together += 1
            uses = tuple(problem.units[index].use(1, [path]) for index, path in sorted(filling.items()))
            assert keeps_every_rule(front, filling)
            assert faults(one, uses) == ()
            assert credits_of(uses) >= needed_at_least(problem)
    assert came_together >= 2


def test_where_the_order_is_not_found_the_answer_counts_no_more_for_it() -> None:
    """With hardly any search allowed the answer is right, and lies between the fewest credits and those found first."""
    better = 0
    for number in range(0, 8, 2):
        one = instance(SMALL, number)
        problem = stated(one)
        fewest = decide(problem, Effort(WORK), Effort(ORDERING)).answer
        hasty = decide(problem, Effort(WORK), Effort(8))
        front = Front(problem)
        filling = thrifty(front, Effort(8))
        assert fewest is not None
        assert hasty.answer is not None
        assert hasty.unordered is not None
        assert faults(one, hasty.answer.uses) == ()
        assert credits_of(hasty.answer.uses) >= credits_of(fewest.uses)
        if filling is not None:
            better += 1
            assert credits_of(hasty.answer.uses) <= sum(problem.units[index].most for index in filling)
    assert better


def test_a_place_that_takes_two_of_which_one_counts_bids_again() -> None:
    """Number 16: what fills one place for the least are two units that an exclusion keeps apart."""
    one = instance(LARGE, 16)
    filling = thrifty(Front(stated(one)), Effort(1))
    assert filling is not None
    assert keeps_every_rule(Front(stated(one)), filling)


def test_bids_are_counted_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(stated(instance(MIDDLE, 0)))
    assert thrifty(front, Effort(1)) is not None
    for name, most in (("MAX_BIDS", 1), ("MAX_SUMS", 500), ("MAX_ROUNDS", 0), ("MAX_GRAINS", 5)):
        with monkeypatch.context() as patch:
            patch.setattr(bidding, name, most)
            assert thrifty(front, Effort(1)) is None


def test_nobody_bids_once_nobody_waits_for_the_answer() -> None:
    with pytest.raises(EvaluationAbandoned):
        thrifty(Front(stated(instance(MIDDLE, 0))), Effort(1, stop=lambda: True))
