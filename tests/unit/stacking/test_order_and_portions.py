"""The last credits from here, a minimum in each portion, and categories as portions."""

from datetime import date
from typing import Any

import pytest
from stacking_samples import AWARDING, rules, setting_of, unit
from test_stacking_proof import prove, slugs

from creditbank.stacking import Candidate, Evaluation, evaluate

HERE = {"provider": ["awarding"]}
LAST = {"id": "last", "title": "The last thirty here", "kind": "limit", "over": "counted", "where": HERE}
EACH = {"id": "each", "title": "No term of less", "kind": "limit", "over": "counted", "per": "term"}
CALENDARS = {"term": {"starts": ["03-01", "09-01"]}}


def place(credits: str, **more: Any) -> dict[str, Any]:
    return {"id": "place", "title": "Place", "kind": "requirement", "credits_at_least": credits, **more}


def here(name: str, day: date, credits: str = "15") -> Candidate:
    return unit(name, credits, provider=AWARDING, earned=day)


def away(name: str, day: date, credits: str = "15") -> Candidate:
    return unit(name, credits, provider="b", earned=day)


def found(of: list[dict[str, Any]], *units: Candidate, **more: Any) -> Evaluation:
    return evaluate(rules(of, calendars=CALENDARS, **more), list(units), setting_of())


OLD, MIDDLE, NEW = date(2024, 3, 2), date(2025, 3, 2), date(2026, 3, 2)


@pytest.mark.parametrize(
    ("units", "holds"),
    [
        ([away("a", OLD), here("b", MIDDLE), here("c", NEW)], True),
        ([here("a", OLD), here("b", MIDDLE), away("c", NEW)], False),
        ([here("a", OLD), away("b", MIDDLE), here("c", NEW)], False),
        ([away("a", MIDDLE), here("b", MIDDLE), here("c", NEW)], False),  # the same day is not before
        ([here("a", OLD), here("b", MIDDLE), here("c", NEW)], True),
    ],
    ids=["last", "first", "around", "same day", "all"],
)
def test_the_last_thirty_credits_are_from_here(units: list[Candidate], holds: bool) -> None:
    of = [place("45"), {**LAST, "last_at_least": "30"}]
    answer = found(of, *units)
    assert answer.adds_up is holds
    assert answer.proven
    if holds:
        ruled = rules(of, calendars=CALENDARS)
        assert slugs(prove(ruled, units, setting_of()), ruled, units, setting_of()) == []


def test_units_of_elsewhere_that_came_last_need_not_count() -> None:
    units = [here("a", OLD), here("b", MIDDLE), away("c", NEW)]
    answer = found([place("30"), {**LAST, "last_at_least": "30"}], *units)
    assert answer.adds_up
    assert {use.credential for use in answer.uses} == {"urn:uuid:a", "urn:uuid:b"}


def test_what_comes_last_is_still_missing_where_it_is() -> None:
    answer = found([place("30"), {**LAST, "last_at_least": "30"}], here("a", OLD), away("b", MIDDLE))
    assert answer.gap is not None
    assert str(answer.gap.credits) == "15"  # thirty here, without the unit of elsewhere


def test_over_attempts_what_comes_last_counts_whether_it_is_needed_or_not() -> None:
    rule = {**LAST, "over": "attempted", "last_at_least": "30"}
    units = [here("a", OLD), here("b", MIDDLE)]
    assert found([place("30"), rule], *units).adds_up
    assert not found([place("30"), rule], *units, away("c", NEW)).adds_up


@pytest.mark.parametrize(("least", "holds"), [("9", True), ("9.1", False)])
def test_each_term_in_which_anything_counts_has_so_much(least: str, holds: bool) -> None:
    units = [here("a", OLD, "9"), here("b", MIDDLE, "6"), here("c", MIDDLE, "6")]
    of = [place("21"), {**EACH, "in_each_at_least": least}]
    answer = found(of, *units)
    assert answer.adds_up is holds
    assert answer.proven
    if holds:
        assert answer.tree.children[1].sentence.startswith("The least is 9 credits")
        ruled = rules(of, calendars=CALENDARS)
        assert slugs(prove(ruled, units, setting_of()), ruled, units, setting_of()) == []


def test_a_term_that_is_over_is_not_filled_by_what_is_to_come() -> None:
    rule = {**EACH, "in_each_at_least": "12"}
    assert found([place("9"), rule], here("a", OLD, "9")).gap is not None  # without the old unit
    only = place("9", where={"earned_until": "2024-12-31"})
    assert found([only, rule], here("a", OLD, "9")).gap is not None
    this_term = found([only, {**rule, "where": {"earned_from": "2026-03-01"}}], here("a", OLD, "9"))
    assert this_term.adds_up


def test_a_maximum_for_each_category() -> None:
    cap = {"id": "cap", "title": "Ten of a subject", "kind": "limit", "over": "counted", "per": "category"}
    units = [unit("a", "6", categories=["s:law"]), unit("b", "6", categories=["s:law", "s:data"]), unit("c", "6")]
    assert found([place("12"), {**cap, "credits_at_most": "10"}], *units).adds_up
    assert not found([place("18"), {**cap, "credits_at_most": "10"}], *units).adds_up
    assert found([place("12"), {**cap, "distinct_at_least": 2}], *units).adds_up
    assert not found([place("12"), {**cap, "distinct_at_least": 3}], *units).adds_up


def test_a_rule_that_lists_categories_goes_by_these_whatever_else_its_units_carry() -> None:
    areas = {"category": ["s:a1", "s:a2", "s:a3"]}
    of = [place("6"), {"id": "areas", "title": "Areas", "kind": "limit", "over": "counted", "per": "category"}]
    two = [unit(name, "3", categories=["s:general", area]) for name, area in (("a", "s:a1"), ("b", "s:a2"))]
    for least, holds in ((2, True), (3, False)):  # their third category is none of the areas
        rule = {**of[1], "where": areas, "distinct_at_least": least}
        assert found([of[0], rule], *two).adds_up is holds
    assert found([of[0], {**of[1], "where": areas, "distinct_at_most": 2}], *two).adds_up
    same = [two[0], unit("c", "3", categories=["s:general", "s:a1"])]
    assert not found([of[0], {**of[1], "where": areas, "distinct_at_least": 2}], *same).adds_up
    assert found([of[0], {**of[1], "distinct_at_least": 2}], *same).adds_up  # without a list every category is one


def test_attempts_at_one_achievement_are_counted() -> None:
    sits = {"id": "sits", "title": "Three tries", "kind": "limit", "over": "attempted", "per": "achievement"}
    tries = [unit(f"t{number}", "3", achievement="urn:exam") for number in range(4)]
    assert found([place("3"), {**sits, "units_at_most": 3}], *tries[:3]).adds_up
    assert not found([place("3"), {**sits, "units_at_most": 3}], *tries).adds_up
