"""What a no says is missing: by the rules for whose sake it is, and by what would do instead."""

import random
from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit
from test_stacking_against_wide_oracle import candidate, random_world, stated
from wide_oracle import smallest_gap

from creditbank.stacking import Candidate, Evaluation, evaluate
from creditbank.stacking.allocation import feasible
from creditbank.stacking.certificate import Further
from creditbank.stacking.gap import closest
from creditbank.stacking.refutation import refute
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build

TOTAL = {"id": "total", "title": "All", "kind": "limit", "over": "counted", "credits_at_least": "40"}
FREE = {"id": "free", "title": "Electives", "kind": "limit", "over": "counted", "share_at_least": "1/4"}
FREE["where"] = {"category": ["s:free"]}


def place(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": f"Place {id}", "kind": "requirement", "where": {"category": [f"s:{id}"]}, **more}


def found(of: list[dict[str, Any]], *units: Candidate) -> Evaluation:
    return evaluate(rules(of), list(units), setting_of())


def several(kind: str, count: int, credits: str) -> list[Candidate]:
    return [unit(f"{kind}{number}", credits, categories=[f"s:{kind}"]) for number in range(count)]


def test_units_that_are_given_up_for_a_share_are_told_with_what_would_spare_them() -> None:
    of = [TOTAL, place("core", units_at_least=2), FREE]
    one = found(of, *several("core", 2, "1"), *several("main", 6, "5"), *several("free", 1, "8"))
    assert one.gap is not None
    assert one.gap.instead is not None
    (credits_, units), least = one.gap.instead, one.gap.credits
    assert (units, one.gap.units) == (0, 2)
    assert credits_ > least
    assert one.gap.sentence.endswith(f"With as few units as can be, it takes at least {credits_} credits.")
    more = several("main", 6, "5") + several("core", 2, "1") + several("free", 1, "8")
    assert found(of, *more, unit("x", str(credits_), categories=["s:free"])).adds_up
    assert not found(of, *more, unit("x", str(least), categories=["s:free"])).adds_up
    assert "instead" in one.to_json()["gap"]


def test_where_units_are_missing_whatever_else_is_earned_nothing_would_do_instead() -> None:
    one = found([TOTAL, place("core", units_at_least=2)], *several("core", 1, "1"), *several("main", 6, "5"))
    assert one.gap is not None
    assert (one.gap.units, one.gap.instead) == (1, None)
    assert "as few units" not in one.gap.sentence
    assert "instead" not in one.to_json()["gap"]


def test_units_that_are_missing_for_a_share_of_units_are_told_with_the_one_that_takes_the_place_of_another() -> None:
    good = {"id": "most", "title": "Good", "kind": "limit", "over": "counted", "weigh_by": "units"}
    good |= {"where": {"category": ["s:good"]}, "share_at_least": "1/2"}
    of = [TOTAL | {"credits_at_least": "64"}, good, place("good", units_at_least=1)]
    half = [*several("good", 3, "8"), *several("fair", 5, "8")]
    # 3 of 8 units are good: two more make 5 of 10. One of 8 credits in the place of a fair one makes 4 of 8.
    one = found(of, *half)
    assert one.gap is not None
    assert (str(one.gap.credits), one.gap.units) == ("0", 2)
    assert (
        one.gap.sentence
        == "At least 2 units are missing, for «Good». With as few units as can be, it takes at least 8 credits and 1"
        " unit."
    )
    assert found(of, *half, unit("good9", "8", categories=["s:good"])).adds_up


def test_what_no_rule_asks_for_by_itself_is_told_by_what_it_raises() -> None:
    few = {"id": "few", "title": "Pass or fail", "kind": "limit", "over": "counted"}
    few |= {"where": {"category": ["s:few"]}, "base": {"excluding": {"category": ["s:merit"]}}, "share_at_most": "1/3"}
    of = [TOTAL | {"credits_at_least": "180"}, few, place("own", units_at_least=1)]
    # 40 of 119 are more than a third. 10 less of them leave 179 in all; with one credit more they are 40 of 120.
    held = [*several("few", 4, "10"), *several("own", 1, "79"), *several("merit", 7, "10")]
    one = found(of, *held)
    assert one.gap is not None
    assert (str(one.gap.credits), one.gap.units, one.gap.shortfalls) == ("1", 0, ())
    assert one.gap.sentence == "At least 1 credit is missing: it raises how much of the others may count."
    assert found(of, *held, unit("own9", "1", categories=["s:own"])).adds_up


def test_a_place_that_asks_for_as_much_as_it_takes_asks_for_exactly_that() -> None:
    one = found([place("core", units_at_least=2, units_at_most=2)], *several("core", 1, "1"))
    assert one.tree.children[0].need == "exactly 2 units"
    other = found([place("core", units_at_least=2, units_at_most=3)], *several("core", 1, "1"))
    assert other.tree.children[0].need == "at least 2 units and at most 3 units"


def test_where_nothing_may_count_it_says_so() -> None:
    none = {"id": "never", "title": "Never again", "kind": "limit", "over": "counted", "units_at_most": 0}
    one = found(
        [place("core", units_at_least=1), {**none, "where": {"category": ["s:core"]}}], *several("core", 1, "1")
    )
    assert one.conflict is not None
    assert "nothing may count under «Never again»" in one.conflict.sentence
    assert "So none of that can count, and 1 unit is needed." in one.conflict.sentence


def test_one_unit_for_two_places_of_another_measure_is_told_in_both() -> None:
    shared = unit("a", "5", categories=["s:left", "s:right"])
    one = found([place("left", credits_at_least="5"), place("right", units_at_least=1)], shared)
    assert one.conflict is not None
    assert "need 5 credits and 1 unit together. Your 1 unit that fits them has 5 credits" in one.conflict.sentence


@pytest.mark.parametrize("chunk", range(3))
def test_the_rules_for_whose_sake_it_is_missing_lack_as_much_by_themselves(chunk: int) -> None:
    looked_at = 0
    for seed in range(70_000 + chunk * 40, 70_000 + chunk * 40 + 40):
        world, items, _ = random_world(seed)
        problem, _ = build(stated(world), [candidate(item) for item in items], setting_of())
        if feasible(problem, Effort(8_000)):
            continue
        near = closest(problem, Effort(8_000))
        gap = smallest_gap(world, items)
        assert (near.answer is None) == (gap is None), seed
        if near.answer is None:
            continue
        assert (near.answer.extra_credits, near.answer.extra_units) == gap, seed
        if near.rules and near.answer.extra_credits:
            less = Further(near.answer.extra_credits - 1, 100)
            assert refute(problem, Effort(8_000), further=less, rules=near.rules) is not None, seed
            looked_at += 1
    assert looked_at > 3


def test_of_what_is_equally_little_earlier_rules_lack_less_and_no_order_of_units_matters() -> None:
    of = [place("left", credits_at_least="6"), place("right", credits_at_least="6")]
    units = [unit(f"u{number}", "3", categories=["s:left", "s:right"]) for number in range(3)]
    answers = set()
    for seed in range(4):
        random.Random(seed).shuffle(units)
        one = found(of, *units)
        assert one.gap is not None
        assert [(short.node, str(short.credits)) for short in one.gap.shortfalls] == [("root/right", "3")]
        answers.add(one.digest)
    assert len(answers) == 1
