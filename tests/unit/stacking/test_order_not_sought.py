"""What is said of the order of answers is what was done about it: put in order, sought in vain, or not sought."""

import dataclasses
from typing import Any

import pytest
from bench.synthetic import LARGE, instance, setting
from stacking_samples import rules, setting_of, unit

from creditbank.adapters.languages import wording_in
from creditbank.stacking import Evaluation, Verdict, evaluate, solver
from creditbank.stacking.allocation import decide
from creditbank.stacking.conflict import find_conflict
from creditbank.stacking.front import Front
from creditbank.stacking.problem import Bound
from creditbank.stacking.solver import ITERATIONS_A_STEP, Effort, TooComplex, iterations
from creditbank.stacking.weighing import build


def among_300(language: str) -> Evaluation:
    one = instance(LARGE, 0)
    return evaluate(one.qualification, one.candidates, dataclasses.replace(setting(), wording=wording_in(language)))


def test_where_the_fewest_credits_were_not_sought_it_says_so() -> None:
    found = among_300("en")
    assert found.verdict is Verdict.ADDS_UP
    assert [(stop.part, stop.limit, stop.sentence) for stop in found.stopped] == [
        (
            "order",
            "not-sought",
            (
                "Which of the answers that are equally good counts the fewest credits, and the units that expire"
                " soonest, was not sought: that would take more than 2000 steps. Another one may count fewer, by 26"
                " credits at most."
            ),
        )
    ]


def test_the_same_in_german() -> None:
    assert "wurde nicht gesucht: Es brauchte mehr als 2000 Schritte." in among_300("de").stopped[0].sentence


def halves(count: int) -> dict[str, Any]:
    """Nested groups of which two of three are needed, as a document of anybody's may have them."""
    numbers = iter(range(1_000_000))

    def tree(depth: int) -> dict[str, Any]:
        own = {"id": f"n{(number := next(numbers))}", "title": f"Node {number}"}
        if depth == 0:
            where = {"category": [f"c{number % 41}"]}
            return {**own, "kind": "requirement", "credits_at_least": "3", "where": where}
        return {**own, "kind": "n-of", "n": 2, "of": [tree(depth - 1) for _ in range(3)]}

    return tree(count)


def test_where_the_order_was_sought_in_vain_the_yes_is_certain_and_says_what_is_not() -> None:
    units = [unit(f"{number:03d}", "3", categories=[f"c{number % 41}"]) for number in range(200)]
    found = evaluate(rules([], requires=halves(6)), units, setting_of())
    assert (found.verdict, found.proven) == (Verdict.ADDS_UP, True)
    assert [(stop.part, stop.limit) for stop in found.stopped] == [("order", "search-work")]
    assert "was sought for 2000 steps and not found for certain." in found.stopped[0].sentence
    assert "without a certain answer" not in found.stopped[0].sentence


def test_a_first_look_adds_up_each_rule_once_however_deep_the_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = build(rules([], requires=halves(5)), [unit("u", "3", categories=["c1"])], setting_of())
    asked: list[int] = []

    def have(self: Front, bound: Bound) -> int:
        asked.append(id(bound))
        return 0

    monkeypatch.setattr(Front, "have", have)
    assert len(Front(problem).chosen) == 1 + 2 + 4 + 8 + 16 + 32
    assert len(asked) == len(problem.bounds) == 3**5


@pytest.mark.parametrize(("work", "weight"), [(0, 1), (7, 3), (8_000, 300), (1_000_000, 1)])
def test_a_relaxation_takes_no_more_steps_than_the_effort_pays_for(work: int, weight: int) -> None:
    allowed = iterations(Effort(work), weight)
    assert allowed == 50_000 or weight * (allowed // ITERATIONS_A_STEP) > work
    assert weight * (allowed // ITERATIONS_A_STEP - 1) <= work


@pytest.mark.parametrize("depth", [3, 6, 7])
def test_where_no_rule_of_deep_groups_can_hold_as_few_are_named_as_leave_no_way(depth: int) -> None:
    """Of three nodes of which two are needed, two that cannot hold are enough; all made a proof too deep to read."""
    units = [unit(f"{number:03d}", "1", categories=[f"c{number}"]) for number in range(41)]
    problem, _ = build(rules([], requires=halves(depth)), units, setting_of())
    decision = decide(problem, Effort(8_000), Effort(2_000))
    assert decision.answer is None
    assert decision.certificate is not None
    assert len(decision.certificate.rules) == 2**depth


def test_more_rules_than_a_proof_holds_one_inside_the_other_are_left_to_the_solver() -> None:
    ways = [
        {"id": f"p{number}", "title": "Place", "kind": "requirement", "credits_at_least": "3"} for number in range(150)
    ]
    groups = [
        {"id": f"g{at}", "title": "One of", "kind": "any", "of": [{**way, "id": f"g{at}{way['id']}"} for way in ways]}
        for at in range(2)
    ]
    document = {"id": "root", "title": "One of many", "kind": "any", "of": groups}
    problem, _ = build(rules([], requires=document), [unit("u", "1")], setting_of())
    assert Front(problem).refusal() is None
    decision = decide(problem, Effort(8_000), Effort(2_000))
    assert (decision.answer, decision.certificate) == (None, None)


def test_which_rules_collide_is_not_asked_where_the_root_alone_takes_more_than_is_left() -> None:
    """The solver does not look up at the root of a search: 120 units among ten thousand groups kept it there."""
    units = [unit(f"{number:03d}", "3", categories=[f"c{number % 41}"]) for number in range(120)]
    problem, _ = build(rules([], requires=halves(8)), units, setting_of())
    with pytest.raises(TooComplex) as stopped:
        find_conflict(problem, Effort(8_000))
    assert stopped.value.limit == "search-work"


def two_of_four() -> solver.Model:
    model = solver.Model()
    units = [model.variable(1) for _ in range(4)]
    model.row(dict.fromkeys(units, 1), most=2)
    model.row({units[0]: 1, units[1]: 1}, most=1)
    return model


@pytest.mark.parametrize(("values", "asked_about"), [((1, 0, 1, 0), [3]), ((1, 0, 0, 0), [3]), ((0, 1, 1, 0), [4])])
def test_what_is_at_its_top_already_is_not_sought(
    values: tuple[int, ...], asked_about: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of all is (1, 0, 1, 0), from whichever answer the search starts."""
    asked: list[int] = []
    plain = solver.minimise

    def counted(model: solver.Model, wish: dict[int, int], effort: Effort, **more: Any) -> tuple[int, ...] | None:
        asked.append(len(wish))
        return plain(model, wish, effort, **more)

    monkeypatch.setattr(solver, "minimise", counted)
    digits = [({variable: 1}, 1) for variable in range(4)]
    assert solver.first_in_order(two_of_four(), digits, values, Effort(1_000)) == (1, 0, 1, 0)
    assert asked == asked_about


@pytest.mark.parametrize("start", [(1, 1, 0, 0), (1, 1, 1, 1), (0, 0, 1, 1), None])
def test_a_search_starts_from_any_values_and_believes_none_that_break_a_rule(start: tuple[int, ...] | None) -> None:
    wish = {0: -4, 1: -3, 2: -2, 3: -1}
    assert solver.minimise(two_of_four(), wish, Effort(1_000), start=start) == (1, 0, 1, 0)
