"""Where all sets of units that are light enough are listed, the first of them is the answer the solver would find."""

from functools import cache

import pytest
from bench.synthetic import MIDDLE, TIGHT, Instance, Kind, instance, setting
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Candidate, Setting
from creditbank.stacking import lightest as listing
from creditbank.stacking.allocation import Allocation, decide, formulate, settle
from creditbank.stacking.front import Front
from creditbank.stacking.lightest import Lightest, lightest
from creditbank.stacking.problem import Problem
from creditbank.stacking.solver import Effort, EvaluationAbandoned
from creditbank.stacking.weighing import build

FEW = Kind("14x5", 14, 5)
FEW_TIGHT = Kind("14x5 tight", 14, 5, tight=True)
WORK = 100_000
PLACE = {"id": "a", "title": "A place", "kind": "requirement", "credits_at_least": "4"}


def problem_of(one: Instance, where: Setting) -> Problem:
    return build(one.qualification, one.candidates, where)[0]


@cache
def solved(kind: Kind) -> list[tuple[Problem, Allocation]]:
    """Instances that have an answer, each with the one that the solver finds."""
    where, found = setting(), []
    for number in range(0, 80, 2):
        problem = problem_of(instance(kind, number), where)
        answer = settle(formulate(problem), (), Effort(WORK))
        assert answer is not None
        found.append((problem, answer))
    return found


@pytest.mark.parametrize("kind", [FEW, FEW_TIGHT], ids=lambda kind: kind.name)
def test_the_first_set_that_is_listed_is_the_answer_of_the_solver(kind: Kind) -> None:
    listed = 0
    for problem, found in solved(kind):
        filling = lightest(Front(problem), Effort(WORK))
        if filling is None:
            continue
        listed += 1
        uses = tuple(problem.units[at].use(1, [path] if path else []) for at, path in sorted(filling.items()))
        assert uses == found.uses, problem.qualification.id
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
    monkeypatch.setattr(listing, "MAX_OF_FEW", 0)
    assert lightest(Front(problem), Effort(WORK)) is None
    assert decide(problem, Effort(WORK), Effort(WORK)).answer == found.answer


@pytest.mark.parametrize("kind", [FEW, FEW_TIGHT], ids=lambda kind: kind.name)
def test_what_all_of_the_lightest_have_in_common_is_true_of_the_answer(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a problem too long to list, the answer is sought among these alone, so nothing may be said that is not so."""
    monkeypatch.setattr(listing, "MUCH", 0)
    monkeypatch.setattr(listing, "MANY", 0)
    said = 0
    for problem, found in solved(kind)[:8]:
        asked = next(Lightest.asked(Front(problem), Effort(WORK)), None)
        common = None if asked is None else asked.narrowed(Effort(WORK))
        if common is None:
            continue
        said += 1
        counts = {use.credential: use for use in found.uses}
        own = [counts.get(unit.candidate.facts.credential) for unit in problem.units]
        assert common.credits == sum(use.counted.thousandths for use in found.uses), problem.qualification.id
        assert not any(own[at] for at in common.never), problem.qualification.id
        assert all(own[at] for at in common.always), problem.qualification.id
        for use, places in zip(own, common.places, strict=True):
            assert use is None or places is None or not use.node or use.node in places, problem.qualification.id
    assert said >= 6


@pytest.mark.parametrize("kind", [FEW, FEW_TIGHT], ids=lambda kind: kind.name)
def test_where_nothing_is_listed_the_answer_is_the_same(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_SETS", 0)
    monkeypatch.setattr(listing, "MAX_OF_FEW", 0)
    monkeypatch.setattr(listing, "MANY", 0)
    for problem, found in solved(kind)[:8]:
        assert decide(problem, Effort(WORK), Effort(WORK)).answer == found, problem.qualification.id


def test_where_a_rule_of_another_kind_binds_the_lightest_are_none_of_the_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two bodies are wanted; one place is filled by a single unit, so the lightest answer has one body only."""
    monkeypatch.setattr(listing, "MAX_SETS", 0)
    monkeypatch.setattr(listing, "MAX_OF_FEW", 0)
    monkeypatch.setattr(listing, "MANY", 0)
    bodies = {"id": "b", "title": "Two bodies", "kind": "limit", "over": "counted", "per": "provider"}
    qualification = rules([{**PLACE, "where": {"category": ["x"]}}, {**bodies, "distinct_at_least": 2}])
    given = [*learner("4", "5"), unit("other", "6", categories=["x"], provider="other")]
    problem, _ = build(qualification, given, setting_of())
    found = decide(problem, Effort(WORK), Effort(WORK)).answer
    assert found == settle(formulate(problem), (), Effort(WORK))
    assert found is not None
    assert sorted(str(use.counted) for use in found.uses) == ["4", "6"]


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
