"""What a learner is told: the tree, the gap, the conflict, the path, each in exact numbers."""

from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Evaluation, NodeView, Status, Verdict, evaluate
from creditbank.units import Credits


def leaf(name: str, kind: str = "requirement", *, category: str = "", **ends: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"id": name, "title": name.title(), "kind": kind, **ends}
    if category:
        node["where"] = {"category": [category]}
    if kind == "limit":
        node["over"] = "counted"
    return node


def shown(found: Evaluation) -> dict[str, tuple[Status, str]]:
    def visit(node: NodeView) -> dict[str, tuple[Status, str]]:
        views = {node.id: (node.status, node.sentence)}
        for child in node.children:
            views |= visit(child)
        return views

    return visit(found.tree)


def test_requirements_that_share_too_few_units_are_named_with_what_they_share() -> None:
    three = rules([leaf(name, units_at_least=1) for name in ("one", "two", "three")])
    found = evaluate(three, [unit("a"), unit("b")], setting_of())
    assert found.conflict is not None
    assert found.conflict.rules == ("root/one", "root/two", "root/three")
    assert found.conflict.sentence == (
        "«One», «Two» and «Three» share only 2 units of yours, and together they need 3 units."
    )
    assert found.conflict.proven
    assert found.gap is not None
    assert (found.gap.credits, found.gap.units) == (Credits(0), 1)
    assert found.gap.sentence == "At least 1 unit is missing, for «Three»."


def test_enough_credits_that_cannot_be_shared_out_say_so() -> None:
    found = evaluate(
        rules([leaf("one", credits_at_least="5"), leaf("two", credits_at_least="5")]),
        [unit("a", "7"), unit("b", "3")],
        setting_of(),
    )
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "«One» and «Two» need 10 credits together. Your 2 units that fit them have 10 credits, but a unit fills"
        " only one of them, and no way to share them out fills all."
    )
    assert found.gap is not None
    assert found.gap.credits == Credits(2_000)


def test_an_alternative_that_is_not_taken_is_not_needed() -> None:
    either = rules(
        [
            {
                "id": "either",
                "title": "Either",
                "kind": "any",
                "of": [leaf("x", category="x", credits_at_least="3"), leaf("y", category="y", credits_at_least="3")],
            }
        ]
    )
    found = evaluate(either, [unit("a", categories=["y"])], setting_of())
    assert found.verdict is Verdict.ADDS_UP
    assert shown(found) == {
        "root": (Status.MET, "1 of 1 holds; all are needed."),
        "either": (Status.MET, "1 of 2 holds; 1 is needed."),
        "x": (Status.NOT_NEEDED, "Not needed here: the answer goes another way (at least 3 credits)."),
        "y": (Status.MET, "3 credits; at least 3 credits."),
    }
    neither = evaluate(either, [unit("a", categories=["z"])], setting_of())
    assert neither.conflict is not None
    assert neither.conflict.sentence == "With your units, not enough of these can hold together: «X» and «Y»."
    assert neither.proven


def test_two_of_three_groups_are_enough_and_one_is_not() -> None:
    groups = rules([leaf(name, category=name, credits_at_least="3") for name in "xyz"], kind="n-of", n=2)
    assert evaluate(groups, [unit("a", categories=["x"]), unit("b", categories=["z"])], setting_of()).adds_up
    found = evaluate(groups, [unit("a", categories=["x"]), unit("b", categories=["x"])], setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.gap is not None
    assert found.gap.credits == Credits(3_000)


def test_shares_are_exact_where_a_float_is_not() -> None:
    third = rules([leaf("all", credits_at_least="3"), leaf("part", "limit", category="x", share_at_most="1/3")])
    candidates = [unit("a", "1", categories=["x"]), unit("b", "1"), unit("c", "1")]
    assert evaluate(third, candidates, setting_of()).adds_up
    heavier = [unit("a", "1.001", categories=["x"]), unit("b", "1"), unit("c", "1")]
    assert not evaluate(third, heavier, setting_of()).adds_up


def test_a_unit_may_count_towards_a_share_without_filling_a_requirement() -> None:
    share = rules(
        [
            leaf("core", category="x", credits_at_least="6"),
            leaf("on-site", "limit", share_at_least="1/2", category="s"),
        ]
    )
    core = [unit("a", categories=["x"]), unit("b", categories=["x"])]
    assert not evaluate(share, core, setting_of()).adds_up
    found = evaluate(share, [*core, unit("c", "6", categories=["s"])], setting_of())
    assert found.adds_up
    assert {use.credential: use.node for use in found.uses}["urn:uuid:c"] == ""


def test_rules_that_contradict_one_another_have_no_gap() -> None:
    nothing = rules([leaf("ask", credits_at_least="10"), leaf("cap", "limit", credits_at_most="9")])
    found = evaluate(nothing, [unit("a", "9"), unit("b", "2")], setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.gap is None
    assert found.totals.needed is None
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "You have 11 credits, but at most 9 credits may count."
        " So at most 9 credits can count, and 10 credits are needed."
    )


def test_no_units_at_all_need_everything() -> None:
    found = evaluate(
        rules([leaf("x", credits_at_least="6")]), [], setting_of(), catalogue=[unit("a"), unit("b"), unit("c")]
    )
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.sentence == (
        "It does not add up yet. You have 0 credits that can count, and 6 credits are needed."
        " At least 6 credits are missing, for «X»."
        " With 2 units more it adds up: «Sample unit a» (3 credits, from did:web:a.example) and «Sample unit b»"
        " (3 credits, from did:web:a.example). Then 6 credits are counted."
    )


def test_the_path_takes_the_fewest_units_then_the_fewest_credits() -> None:
    need = rules([leaf("x", credits_at_least="6")])
    offers = [unit("c1", "2"), unit("c2", "2"), unit("c5", "5"), unit("c4", "4")]
    found = evaluate(need, [unit("a", "2")], setting_of(), catalogue=offers)
    assert found.path is not None
    assert [step.credential for step in found.path.steps] == ["urn:uuid:c4"]
    assert found.path.credits == Credits(4_000)


def test_a_path_that_does_not_exist_is_none() -> None:
    found = evaluate(
        rules([leaf("x", category="x", credits_at_least="6")]), [], setting_of(), catalogue=[unit("a", "9")]
    )
    assert found.path is None


@pytest.mark.parametrize(
    ("end", "have", "need"),
    [
        ({"credits_at_least": "2"}, "3 credits", "at least 2 credits"),
        ({"credits_at_most": "4"}, "3 credits", "at most 4 credits"),
        ({"units_at_least": 1}, "1 unit", "at least 1 unit"),
        ({"units_at_most": 2}, "1 unit", "at most 2 units"),
        ({"share_at_most": "2/2"}, "3 credits", "at most 100 % of the counted credits"),
        ({"share_at_least": "1/2"}, "3 credits", "at least half of the counted credits"),
        ({"share_at_least": "2/3"}, "3 credits", "at least 2/3 of the counted credits"),
        ({"credits_at_most": "4", "per": "provider"}, "3 credits", "at most 4 credits from one institution"),
    ],
)
def test_every_limit_says_what_it_has_and_what_it_asks(end: dict[str, Any], have: str, need: str) -> None:
    found = evaluate(rules([leaf("x", credits_at_least="3"), leaf("bound", "limit", **end)]), [unit("a")], setting_of())
    assert found.adds_up
    [view] = [child for child in found.tree.children if child.id == "bound"]
    assert (view.have, view.need) == (have, need)


def test_a_part_is_never_told_to_be_a_unit() -> None:
    loose = rules([leaf("two", units_at_least=2)], admits={"whole_units": False})
    found = evaluate(loose, [unit("a"), unit("b", available="2")], setting_of())
    assert found.conflict is not None
    assert found.conflict.sentence == "You have 1 unit that can count, and 2 units are needed."


def test_rules_whose_collision_no_simple_sum_shows_are_still_named() -> None:
    caps = [leaf("few", "limit", units_at_most=1), leaf("small", "limit", category="x", credits_at_most="4")]
    both = rules([leaf("x", category="x", credits_at_least="3"), leaf("y", category="y", credits_at_least="3"), *caps])
    found = evaluate(both, [unit("a", categories=["x"]), unit("b", categories=["y"])], setting_of())
    assert found.conflict is not None
    assert found.conflict.rules == ("root/x", "root/y", "root/few")
    assert found.conflict.sentence == "With your units, these rules cannot all hold together: «X», «Y» and «Few»."


def test_twins_that_count_once_are_no_two_units() -> None:
    found = evaluate(
        rules([leaf("one", units_at_least=1), leaf("two", units_at_least=1)]),
        [unit("a", content="k"), unit("b", content="k")],
        setting_of(),
    )
    assert found.conflict is not None
    assert found.conflict.sentence == "With your units, these rules cannot all hold together: «One» and «Two»."
    assert found.proven


def test_the_smallest_gap_is_not_missed_by_a_thousandth() -> None:
    """Places of 7 and 4 credits, and a third at most from two of four units: 3.834 are missing, by hand.

    With x credits of the two, 7.5 - x are missing in the places and 2x - 3.5 for the share: 3.834 at x = 3.666.
    """
    share: dict[str, Any] = {"id": "s", "title": "S", "kind": "limit", "over": "counted", "share_at_most": "1/3"}
    asked = rules(
        [
            {"id": "p", "title": "P", "kind": "requirement", "credits_at_least": "7", "credits_at_most": "7"},
            {"id": "q", "title": "Q", "kind": "requirement", "credits_at_least": "4"},
            share | {"where": {"category": ["t:x"]}},
        ],
        admits={"whole_units": False},
    )
    units = [
        unit("u0", "3", categories=["t:x"]),
        unit("u1", "3", categories=["t:x"]),
        unit("u2", "0.5", categories=["t:y"]),
        unit("u3", "3", categories=["t:y"]),
    ]
    gap = evaluate(asked, units, setting_of()).gap
    assert gap is not None
    assert str(gap.credits) == "3.834"
