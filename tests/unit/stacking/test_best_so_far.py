"""Where a search reaches its limit the best answer found until then is shown: confirmed, and not called certain."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
import test_stacking_against_wide_oracle as wide
from stacking_samples import acbs, acbs_learner, facts_of, rules, setting_of, unit
from test_stacking_bounds import exactly, subset_sum

from creditbank.canonical import canonical_json
from creditbank.stacking import Evaluation, NodeView, Status, Verdict, evaluate, recount
from creditbank.stacking.partial import OPEN, best_so_far
from creditbank.stacking.weighing import build
from creditbank.units import Credits


def nodes(tree: NodeView) -> Iterator[NodeView]:
    yield tree
    for child in tree.children:
        yield from nodes(child)


def hard() -> tuple[Any, list[Any]]:
    candidates, target = subset_sum(40, 6)
    few = {"id": "few", "title": "A few", "kind": "limit", "over": "counted", "units_at_least": 2}
    return rules([*exactly(target), few]), candidates


def met(found: Evaluation) -> set[str]:
    return {node.path for node in nodes(found.tree) if node.status is Status.MET}


def test_what_could_not_be_decided_shows_the_best_answer_so_far_and_which_rules_it_meets() -> None:
    qualification, candidates = hard()
    found = evaluate(qualification, candidates, setting_of(), limit=300)
    assert (found.verdict, found.proven, found.allocation) == (Verdict.TOO_COMPLEX, False, None)
    assert found.stopped[0].part == "decision"
    assert found.uses
    sum_ = recount(qualification, found.uses, facts_of(candidates), setting_of())
    assert {total.node for total in sum_.totals if total.holds} == met(found) - {"root"}
    assert "root/few" in met(found)
    assert {fault.slug for fault in sum_.faults} <= OPEN
    assert found.totals.counted == sum_.counted
    assert found.tree.status is Status.NOT_KNOWN
    assert all(node.status in (Status.MET, Status.NOT_KNOWN) for node in nodes(found.tree))
    assert "Rules that the best answer found so far meets: " in found.sentence
    again = evaluate(qualification, candidates[::-1], setting_of(), limit=300)
    assert canonical_json(again.to_json()) == canonical_json(found.to_json())


def test_an_answer_that_meets_everything_after_all_is_a_yes_whose_order_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The decision stops, and first come, first served happens to be right: then the checker's word is enough."""
    from creditbank.stacking import evaluation
    from creditbank.stacking.solver import TooComplex

    def stopped(*_: object) -> None:
        raise TooComplex("search-work", steps=1)

    monkeypatch.setattr(evaluation, "decide", stopped)
    found = evaluate(acbs(), acbs_learner(30, 20), setting_of())
    assert (found.verdict, found.proven) == (Verdict.ADDS_UP, True)
    assert [stop.part for stop in found.stopped] == ["order"]
    assert found.allocation is not None


def test_where_only_the_gap_stops_the_verdict_stays_and_a_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from creditbank.stacking import gap
    from creditbank.stacking.solver import TooComplex, minimise

    def stops(model: Any, wishes: Any, effort: Any) -> Any:
        limit = TooComplex("search-work", steps=effort.allowed)
        limit.found = minimise(model, {}, effort)
        raise limit

    monkeypatch.setattr(gap, "first_by", stops)
    learner = acbs_learner(20, 6)
    found = evaluate(acbs(), learner, setting_of())
    assert (found.verdict, found.gap) == (Verdict.FALLS_SHORT, None)
    (stop,) = [stop for stop in found.stopped if stop.part == "gap"]
    assert "In the best answer found so far this is missing: " in stop.sentence
    assert stop.sentence.endswith("Less may do.")
    assert found.uses
    assert not {fault.slug for fault in recount(acbs(), found.uses, facts_of(learner), setting_of()).faults} - OPEN
    assert found.conflict is not None, "the other parts have bounds of their own"


def test_a_no_whose_reason_was_not_found_says_that(monkeypatch: pytest.MonkeyPatch) -> None:
    from creditbank.stacking import falling_short
    from creditbank.stacking.solver import TooComplex

    def stops(*_: Any) -> Any:
        raise TooComplex("search-work", steps=8)

    monkeypatch.setattr(falling_short, "closest", stops)
    monkeypatch.setattr(falling_short, "find_conflict", stops)
    monkeypatch.setattr(falling_short, "certified_conflict", lambda *_: None)
    found = evaluate(acbs(), acbs_learner(20, 6), setting_of())
    assert (found.verdict, found.conflict, found.gap) == (Verdict.FALLS_SHORT, None, None)
    assert found.sentence == (
        "It does not add up yet. What is missing, and which rules collide, was not found within the limits of the"
        " search."
    )


def test_of_two_answers_the_one_that_meets_more_rules_is_shown() -> None:
    need = [
        {"id": name, "title": name, "kind": "requirement", "credits_at_least": "3", "where": {"category": [name]}}
        for name in "ab"
    ]
    units = [unit("one", "3", categories=["a", "b"]), unit("two", "3", categories=["a"])]
    problem, _ = build(rules(need), units, setting_of())
    own = best_so_far(problem)
    found = evaluate(rules(need), units, setting_of())
    assert found.allocation is not None
    better = best_so_far(problem, type(own)(found.allocation, frozenset()))
    assert better.uses == found.allocation
    assert best_so_far(problem, type(own)((), frozenset())).uses == own.uses


@pytest.mark.parametrize("chunk", range(2))
def test_nothing_forbidden_is_ever_shown(chunk: int) -> None:
    """On random instances of all constructs: no limit broken, no place misused, nothing counted twice."""
    for seed in range(chunk * 60, (chunk + 1) * 60):
        world, items, _ = wide.random_world(seed)
        units, qualification = [wide.candidate(item) for item in items], wide.stated(world)
        random.Random(seed).shuffle(units)
        problem, _ = build(qualification, units, setting_of())
        answer = best_so_far(problem)
        facts = {one.given.digest: one.given.facts for one in (*problem.units, *problem.attempted)}
        sum_ = recount(qualification, answer.uses, facts, setting_of(), attempted=problem.attempts)
        assert {fault.slug for fault in sum_.faults} <= OPEN
        empty = recount(qualification, (), facts, setting_of(), attempted=problem.attempts)
        held = {total.node for total in empty.totals if total.holds}
        assert held <= {total.node for total in sum_.totals if total.holds}, "no rule is lost on the way"
        assert sum_.counted >= Credits(0)
