"""Where all sets of units that are light enough are listed, the first of them is the answer the solver would find."""

import pytest
from bench.synthetic import MIDDLE, TIGHT, Instance, Kind, instance, setting
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Candidate, Setting
from creditbank.stacking import lightest as listing
from creditbank.stacking.allocation import decide, formulate, settle
from creditbank.stacking.front import Front
from creditbank.stacking.lightest import lightest
from creditbank.stacking.problem import Problem, build
from creditbank.stacking.solver import Effort, EvaluationAbandoned

FEW = Kind("14x5", 14, 5)
FEW_TIGHT = Kind("14x5 tight", 14, 5, tight=True)
WORK = 100_000
PLACE = {"id": "a", "title": "A place", "kind": "requirement", "credits_at_least": "4"}


def problem_of(one: Instance, where: Setting) -> Problem:
    return build(one.qualification, one.candidates, where)[0]


@pytest.mark.parametrize("kind", [FEW, FEW_TIGHT], ids=lambda kind: kind.name)
def test_the_first_set_that_is_listed_is_the_answer_of_the_solver(kind: Kind) -> None:
    where, listed = setting(), 0
    for number in range(0, 80, 2):
        problem = problem_of(instance(kind, number), where)
        filling = lightest(Front(problem), Effort(WORK))
        if filling is None:
            continue
        listed += 1
        found = settle(formulate(problem), (), Effort(WORK))
        assert found is not None
        uses = tuple(problem.units[at].use(1, [path] if path else []) for at, path in sorted(filling.items()))
        assert uses == found.uses, number
    assert listed >= 30


@pytest.mark.parametrize(("kind", "number"), [(MIDDLE, 2), (MIDDLE, 12), (TIGHT, 0), (TIGHT, 12)])
def test_sixty_units_and_thirty_places_are_listed(kind: Kind, number: int) -> None:
    problem = problem_of(instance(kind, number), setting())
    filling = lightest(Front(problem), Effort(WORK))
    found = settle(formulate(problem), (), Effort(WORK))
    assert filling is not None
    assert found is not None
    uses = tuple(problem.units[at].use(1, [path] if path else []) for at, path in sorted(filling.items()))
    assert uses == found.uses


def test_a_list_that_grows_too_long_says_nothing_and_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(instance(FEW, 0), setting())
    found = decide(problem, Effort(WORK), Effort(WORK))
    monkeypatch.setattr(listing, "MAX_SETS", 0)
    assert lightest(Front(problem), Effort(WORK)) is None
    assert decide(problem, Effort(WORK), Effort(WORK)).answer == found.answer


def learner(*credits_: str) -> list[Candidate]:
    return [unit(f"u{at}", amount, categories=["x"]) for at, amount in enumerate(credits_)]


def test_units_that_no_place_takes_count_where_a_total_asks_for_them() -> None:
    total = {"id": "all", "title": "In all", "kind": "limit", "over": "counted", "credits_at_least": "9"}
    qualification = rules([{**PLACE, "where": {"category": ["x"]}}, total])
    problem, _ = build(qualification, learner("5", "3", "4", "2"), setting_of())
    filling = lightest(Front(problem), Effort(WORK))
    assert filling == {0: "root/a", 2: "root/a"}


def test_rules_with_parts_of_units_are_not_listed() -> None:
    qualification = rules([PLACE], admits={"whole_units": False})
    problem, _ = build(qualification, learner("5", "3"), setting_of())
    assert lightest(Front(problem), Effort(WORK)) is None


def test_a_place_with_more_ways_to_fill_it_than_are_tried_is_not_listed() -> None:
    both = {**PLACE, "credits_at_least": "1", "units_at_least": 20}
    problem, _ = build(rules([both]), learner(*["1"] * 40), setting_of())
    assert lightest(Front(problem), Effort(WORK)) is None


def test_two_bounds_of_one_place_are_kept_and_nothing_is_to_spare() -> None:
    both = {**PLACE, "credits_at_least": "6", "units_at_least": 2}
    problem, _ = build(rules([both]), learner("6", "1", "2", "5"), setting_of())
    found = settle(formulate(problem), (), Effort(WORK))
    filling = lightest(Front(problem), Effort(WORK))
    assert found is not None
    assert filling == {1: "root/a", 3: "root/a"}
    assert [use.counted for use in found.uses] == [problem.units[at].weighed.size for at in (1, 3)]


def test_it_is_given_up_when_nobody_waits() -> None:
    problem = problem_of(instance(FEW, 0), setting())
    with pytest.raises(EvaluationAbandoned):
        lightest(Front(problem), Effort(WORK, lambda: True))
