"""The short look: it says what an evaluation says, and never that more is missing than is."""

import pytest
from stacking_samples import acbs, acbs_learner, rules, setting_of, unit
from test_stacking_against_oracle import candidate as narrow_candidate
from test_stacking_against_oracle import random_instance, recognised
from test_stacking_against_oracle import stated as narrow_stated
from test_stacking_against_wide_oracle import candidate, random_world, stated
from wide_oracle import fewest_credits, smallest_gap

from creditbank.stacking import Verdict, evaluate
from creditbank.stacking.front import Front
from creditbank.stacking.setting import RulesNotInForce
from creditbank.stacking.sweeping import Closeness, Weighing
from creditbank.stacking.weighing import build
from creditbank.units import Credits


@pytest.mark.parametrize("chunk", range(8))
def test_a_look_agrees_with_the_oracle_and_its_gap_is_a_lower_bound(chunk: int) -> None:
    for seed in range(80_000 + chunk * 25, 80_000 + chunk * 25 + 25):
        world, items, _ = random_world(seed)
        glance = Weighing(stated(world), setting_of()).glance([candidate(item) for item in items])
        assert glance.certain
        assert glance.verdict is (Verdict.FALLS_SHORT if fewest_credits(world, items) is None else Verdict.ADDS_UP), (
            seed
        )
        gap = smallest_gap(world, items) if glance.verdict is Verdict.FALLS_SHORT else None
        if gap is not None:
            assert glance.credits is not None, seed
            assert glance.credits.thousandths <= gap[0], seed
            assert glance.credits.thousandths < gap[0] or (glance.units or 0) <= gap[1], seed


@pytest.mark.parametrize("seed", range(90_000, 90_060))
def test_parts_of_units_and_converted_ones_too(seed: int) -> None:
    instance, _ = random_instance(seed)
    qualification, setting = narrow_stated(instance)
    candidates = [narrow_candidate(thing) for thing in instance.things]
    setting = recognised(instance, setting, candidates)
    glance = Weighing(qualification, setting).glance(candidates)
    found = evaluate(qualification, candidates, setting)
    assert glance.verdict is found.verdict
    if found.gap is not None:
        assert glance.credits is not None
        assert glance.credits <= found.gap.credits


def test_what_is_missing_for_places_is_added_up_and_a_total_is_not() -> None:
    asked = rules(
        [
            {"id": "x", "title": "X", "kind": "requirement", "where": {"category": ["x"]}, "credits_at_least": "9"},
            {"id": "y", "title": "Y", "kind": "requirement", "where": {"category": ["y"]}, "credits_at_least": "6"},
            {"id": "all", "title": "All", "kind": "limit", "over": "counted", "credits_at_least": "20"},
        ]
    )
    held = [unit("a", "5", categories=["x"]), unit("b", "4", categories=["y"])]
    assert Weighing(asked, setting_of()).glance(held) == Closeness(
        Verdict.FALLS_SHORT, Credits(11_000), 0, certain=True, exact=False
    )


def test_the_korean_learners_are_seen_at_once() -> None:
    look = Weighing(acbs(), setting_of())
    assert look.glance(acbs_learner(36, 11)).verdict is evaluate(acbs(), acbs_learner(36, 11), setting_of()).verdict
    assert look.glance(acbs_learner(10, 5)).verdict is Verdict.FALLS_SHORT


def test_where_the_tree_leaves_a_choice_a_no_names_every_way() -> None:
    ways = [{"id": f"w{index}", "title": "Way", "kind": "requirement", "credits_at_least": "9"} for index in range(3)]
    problem, _ = build(rules(ways, kind="n-of", n=2), [unit("a"), unit("b")], setting_of())
    assert Front(problem).refusal() is not None
    enough, _ = build(rules(ways, kind="n-of", n=2), [unit(name, "9") for name in "ab"], setting_of())
    assert Front(enough).refusal() is None
    assert Front(enough).answer() is not None


def test_rules_that_do_not_apply_are_refused_before_anybody_is_looked_at() -> None:
    with pytest.raises(RulesNotInForce):
        Weighing(
            rules([{"id": "x", "title": "X", "kind": "requirement", "units_at_least": 1}], valid_from="2040-01-01"),
            setting_of(),
        )
