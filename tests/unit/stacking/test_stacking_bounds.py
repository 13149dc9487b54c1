"""Hostile rules and units end within counted work (threat 59); and what importing the room brings in."""

import random
import subprocess
import sys
from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Candidate, Evaluation, Status, Verdict, evaluate
from creditbank.stacking.enumeration import refuted
from creditbank.stacking.solver import Model, TooComplex
from creditbank.stacking.weighing import build
from creditbank.units import Credits


def exactly(target: int) -> list[dict[str, Any]]:
    text = str(Credits(target))
    return [
        {"id": "least", "title": "At least", "kind": "requirement", "credits_at_least": text},
        {"id": "most", "title": "At most", "kind": "limit", "over": "counted", "credits_at_most": text},
    ]


def subset_sum(count: int, digits: int) -> tuple[list[Candidate], int]:
    chance = random.Random(count)
    sizes = [chance.randrange(10 ** (digits - 1), 10**digits) for _ in range(count)]
    return [unit(f"{index:03d}", str(Credits(size))) for index, size in enumerate(sizes)], sum(sizes) // 2


def assert_honest(found: Evaluation) -> None:
    """Either a confirmed yes, or a no, or a named limit; never an unmarked guess."""
    if found.verdict is Verdict.TOO_COMPLEX:
        assert found.stopped[0].part == "decision"
        assert found.sentence.startswith("This cannot be said for certain.")
        assert found.tree.status is Status.NOT_KNOWN
        assert not found.proven
        assert found.allocation is None
    assert found.proven == (found.verdict is Verdict.ADDS_UP or (found.conflict is not None and found.conflict.proven))


def test_a_subset_sum_of_forty_units_ends_at_a_named_limit() -> None:
    candidates, target = subset_sum(40, 6)
    found = evaluate(rules(exactly(target)), candidates, setting_of(), limit=1_000)
    assert_honest(found)
    assert found.verdict is Verdict.TOO_COMPLEX
    assert found.stopped[0].limit == "search-work"
    assert "stopped at its limit of 1000 steps" in found.sentence
    assert found.to_json() == evaluate(rules(exactly(target)), candidates[::-1], setting_of(), limit=1_000).to_json()


def test_a_subset_sum_of_twelve_units_is_decided_and_proven() -> None:
    candidates, target = subset_sum(12, 3)
    found = evaluate(rules(exactly(target)), candidates, setting_of())
    assert found.proven
    assert found.verdict is not Verdict.TOO_COMPLEX


def test_a_yes_whose_best_order_is_out_of_reach_is_still_a_yes() -> None:
    chance = random.Random(3)
    candidates = [
        unit(f"{index:03d}", str(Credits(chance.randrange(1000, 9000))), categories=[f"c{index % 8}"])
        for index in range(60)
    ]
    shares = [
        {
            "id": f"s{index}",
            "title": "Share",
            "kind": "limit",
            "over": "counted",
            "where": {"category": [f"c{index}"]},
            "share_at_most": f"{index + 11}/97",
        }
        for index in range(8)
    ]
    need = {"id": "need", "title": "Need", "kind": "requirement", "credits_at_least": "100"}
    found = evaluate(rules([need, *shares]), candidates, setting_of(), limit=300)
    assert_honest(found)
    assert found.verdict is Verdict.ADDS_UP
    assert [stop.part for stop in found.stopped] == ["order"]


def test_more_pigeons_than_holes_is_a_proven_no() -> None:
    pigeons = [
        {"id": f"r{index}", "title": f"R{index}", "kind": "requirement", "units_at_least": 1} for index in range(21)
    ]
    found = evaluate(rules(pigeons), [unit(f"{index:03d}") for index in range(20)], setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.proven


def like_places(count: int) -> Any:
    return rules(
        [
            {"id": f"p{index}", "title": f"P{index}", "kind": "requirement", "credits_at_least": "3"}
            for index in range(count)
        ]
    )


def test_a_no_that_was_seen_at_first_sight_is_proven_and_told_where_the_fewest_rules_are_not_found() -> None:
    found = evaluate(like_places(60), [unit(f"{index:03d}") for index in range(59)], setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.proven
    assert found.conflict is not None
    assert len(found.conflict.rules) == 60
    assert "share only 177 credits of yours, and together they need 180 credits" in found.sentence
    assert_honest(found)


def test_more_places_for_each_unit_than_the_second_route_looks_at_end_at_a_named_limit() -> None:
    found = evaluate(like_places(200), [unit(f"{index:03d}") for index in range(199)], setting_of())
    assert found.stopped[0].limit == "pairs"
    assert_honest(found)


def test_rules_that_are_stated_for_each_unit_by_itself_end_at_a_named_limit_before_they_fill_the_memory() -> None:
    order = {"kind": "prerequisite", "over": "counted", "where": {}, "needs": {}, "units_at_least": 1}
    of = [{"id": f"o{index}", "title": f"O{index}", **order} for index in range(100)]
    need = rules([*of, {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"}])
    found = evaluate(need, [unit(f"{index:04d}") for index in range(1_900)], setting_of())
    assert (found.stopped[0].part, found.stopped[0].limit) == ("decision", "model-size")
    assert_honest(found)


def test_deeply_nested_alternatives_are_decided() -> None:
    node: dict[str, Any] = {"id": "leaf", "title": "Leaf", "kind": "requirement", "credits_at_least": "200"}
    for depth in range(14):
        other = {
            "id": f"other{depth}",
            "title": "Other",
            "kind": "requirement",
            "where": {"category": [f"c{depth}"]},
            "credits_at_least": "9",
        }
        node = {"id": f"any{depth}", "title": "Any", "kind": "any", "of": [node, other]}
    few = [unit(f"{index:03d}", categories=["c3"]) for index in range(2)]
    found = evaluate(rules([node]), few, setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.proven
    assert evaluate(rules([node]), [*few, unit("last", categories=["c3"])], setting_of()).adds_up


def test_too_many_units_or_places_are_named_before_anything_is_searched() -> None:
    need = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"}
    many = [unit(f"{index:04d}") for index in range(2_001)]
    found = evaluate(rules([need]), many, setting_of())
    assert found.stopped[0].limit == "units"
    assert found.sentence == (
        "This cannot be said for certain. 2001 units were given; at most 2000 are weighed at once."
    )
    places = [{**need, "id": f"x{index}", "credits_at_least": "4"} for index in range(101)]
    assert evaluate(rules(places), many[:200], setting_of()).stopped[0].limit == "pairs"


def test_amounts_beyond_what_is_exact_are_refused() -> None:
    model = Model()
    variable = model.variable(1)
    with pytest.raises(TooComplex) as refusal:
        model.row({variable: 10**9 + 1, model.variable(1): 10**9}, least=1)
    assert refusal.value.limit == "amounts"


def test_the_second_route_proves_contradicts_or_admits_that_it_cannot_tell() -> None:
    need = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "9"}
    problem, _ = build(rules([need]), [unit("a"), unit("b")], setting_of())
    assert refuted(problem, ["root/x"]) is True
    enough, _ = build(rules([need]), [unit(name) for name in "abc"], setting_of())
    assert refuted(enough, ["root/x"]) is False
    candidates, target = subset_sum(40, 6)
    hard, _ = build(rules(exactly(target)), candidates, setting_of())
    assert refuted(hard, ["root/least", "root/most"], work=1_000) is None


FORBIDDEN = ("highspy", "numpy", "sqlalchemy", "web3", "fastapi", "eth")


@pytest.mark.parametrize(
    "module", ["creditbank", "creditbank.stacking", "creditbank.stacking.checker", "creditbank.stacking.proof"]
)
def test_importing_the_room_loads_no_solver(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_checker_and_the_proof_do_not_know_the_engine() -> None:
    import creditbank.stacking.checker as checker_module
    import creditbank.stacking.proof as proof_module
    import creditbank.stacking.rule as rule_module

    engine = ("solver", "allocation", "problem", "evaluation", "conflict", "gap", "path", "enumeration", "explanation")
    for module in (checker_module, proof_module, rule_module):
        names = {getattr(value, "__module__", "") for value in vars(module).values()}
        assert not {f"creditbank.stacking.{name}" for name in engine} & names
