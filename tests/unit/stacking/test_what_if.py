"""What would be if units in progress or planned were earned: said as such, and never proven or awarded."""

import dataclasses
import random
from datetime import date
from typing import Any

import pytest
from stacking_samples import LEARNER, TODAY, acbs, acbs_learner, rules, setting_of, unit

from creditbank.stacking import (
    Candidate,
    NodeView,
    NothingToProve,
    Standing,
    Status,
    Verdict,
    WhatIf,
    evaluate,
    stacking_proof,
)

NEXT_YEAR = date(2027, 2, 10)
NEED: dict[str, Any] = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}
CAP: dict[str, Any] = {"id": "cap", "title": "Cap", "kind": "limit", "over": "counted", "credits_at_most": "9"}


def ahead(name: str, standing: Standing = Standing.PLANNED, day: date = NEXT_YEAR, **more: Any) -> Candidate:
    return unit(name, earned=day, standing=standing, **more)


def view(tree: NodeView, path: str) -> NodeView:
    found = [tree]
    for step in path.split("/")[1:]:
        found = [child for child in found[-1].children if child.id == step]
    return found[0]


def test_an_official_evaluation_counts_what_is_earned_only_and_says_when_the_rest_is_expected() -> None:
    units = [unit("a"), ahead("b"), ahead("c", Standing.IN_PROGRESS, date(2026, 7, 1))]
    found = evaluate(rules([NEED]), units, setting_of())
    assert found.verdict is Verdict.FALLS_SHORT
    assert [(item.credential, item.slug, item.sentence) for item in found.not_counted] == [
        ("urn:uuid:b", "planned", "It is planned, and expected on 2027-02-10; only what is earned counts."),
        ("urn:uuid:c", "in-progress", "It is in progress, and expected on 2026-07-01; only what is earned counts."),
    ]
    document: Any = found.to_json()
    assert "whatIf" not in document
    assert document["inputs"][1]["standing"] == "planned"
    assert document["inputs"][1]["expected"] == "2027-02-10"
    assert "standing" not in document["inputs"][0]


def test_a_unit_expected_on_an_earlier_day_is_still_not_earned() -> None:
    late = ahead("b", Standing.IN_PROGRESS, date(2026, 1, 1))
    found = evaluate(rules([NEED]), [unit("a"), late], setting_of())
    assert [item.slug for item in found.not_counted] == ["in-progress"]
    assert evaluate(rules([NEED]), [unit("a"), late], setting_of(), what_if=WhatIf()).what_if.as_of == TODAY  # type: ignore[union-attr]


def test_a_what_if_says_that_it_would_add_up_and_marks_what_is_not_earned_yet() -> None:
    found = evaluate(rules([NEED, CAP]), [unit("a"), ahead("b")], setting_of(names={}), what_if=WhatIf())
    assert found.verdict is Verdict.ADDS_UP
    assert found.sentence == (
        "It would add up: 6 credits would be counted towards «Sample qualification» of did:web:awarding.example,"
        " 1 unit of it not earned yet."
    )
    document: Any = found.to_json()
    assert document["date"] == TODAY.isoformat()
    assert document["whatIf"] == {
        "asOf": "2027-02-10",
        "units": [
            {"credential": "urn:uuid:b", "title": "Sample unit b", "standing": "planned", "expected": "2027-02-10"}
        ],
    }
    assert view(found.tree, "root/x").status is Status.IN_PROGRESS
    assert view(found.tree, "root/cap").status is Status.MET  # nothing is asked there, so nothing is waited for
    assert found.tree.status is Status.IN_PROGRESS
    assert document["tree"]["children"][0]["metBy"] == [
        {"credential": "urn:uuid:a", "counted": "3"},
        {"credential": "urn:uuid:b", "counted": "3", "standing": "planned"},
    ]


def test_a_group_that_holds_without_what_is_ahead_is_met() -> None:
    either = {"id": "either", "title": "Either", "kind": "any", "of": [{**NEED, "where": {"category": ["c"]}}]}
    either["of"] = [*either["of"], {**NEED, "id": "y", "credits_at_least": "3", "where": {"category": ["d"]}}]  # type: ignore[misc]
    units = [unit("a", categories=["d"]), ahead("b", credits="6", categories=["c"])]
    found = evaluate(rules([either, {**NEED, "id": "z", "where": {"category": ["c"]}}]), units, setting_of())
    assert not found.adds_up
    would = evaluate(rules([either]), units, setting_of(), what_if=WhatIf())
    assert would.adds_up
    assert would.tree.status is Status.MET
    assert would.sentence.endswith("and all of it is earned already.")


def test_a_what_if_that_is_not_enough_says_what_would_still_be_missing() -> None:
    found = evaluate(
        rules([{**NEED, "credits_at_least": "9"}]), [unit("a"), ahead("b")], setting_of(), what_if=WhatIf()
    )
    assert found.verdict is Verdict.FALLS_SHORT
    assert found.sentence == (
        "Even so it would not add up. You have 6 credits that can count, and 9 credits are needed."
        " At least 3 credits are missing, for «X»."
    )
    assert found.proven


def test_only_the_chosen_units_are_counted_before_they_are_earned() -> None:
    units = [unit("a"), ahead("b"), ahead("c", Standing.IN_PROGRESS)]
    chosen = WhatIf(credentials=frozenset({"urn:uuid:c"}))
    found = evaluate(rules([NEED]), units, setting_of(), what_if=chosen)
    assert found.adds_up
    assert [use.credential for use in found.uses] == ["urn:uuid:a", "urn:uuid:c"]
    assert [item.slug for item in found.not_counted] == ["planned"]
    in_progress = evaluate(rules([NEED]), units, setting_of(), what_if=WhatIf(frozenset({Standing.IN_PROGRESS})))
    assert in_progress.uses == found.uses


def test_a_revoked_unit_is_no_help_in_a_what_if_either() -> None:
    units = [unit("a"), ahead("b", revoked=True)]
    found = evaluate(rules([NEED]), units, setting_of(), what_if=WhatIf())
    assert not found.adds_up
    assert [item.slug for item in found.not_counted] == ["revoked"]


def test_nothing_is_proven_of_a_what_if() -> None:
    candidates = [unit("a"), unit("b"), ahead("c")]
    setting, qualification = setting_of(), rules([NEED])
    official = evaluate(qualification, candidates, setting)
    assert official.allocation is not None
    for chosen in (WhatIf(), WhatIf(credentials=frozenset())):
        would = evaluate(qualification, candidates, setting, what_if=chosen)
        assert would.adds_up
        assert would.allocation is None
        for dressed in (would, dataclasses.replace(would, allocation=would.uses)):
            with pytest.raises(NothingToProve, match="what-if"):
                stacking_proof(
                    dressed, qualification, candidates, setting, id="p", award="a", learner=LEARNER, engine="t"
                )
    posing = dataclasses.replace(
        would, what_if=None, allocation=evaluate(qualification, [unit("a"), ahead("c")], setting, what_if=WhatIf()).uses
    )
    with pytest.raises(NothingToProve):
        stacking_proof(posing, qualification, candidates, setting, id="p", award="a", learner=LEARNER, engine="t")


def test_a_what_if_is_weighed_as_of_the_day_on_which_the_last_unit_is_expected() -> None:
    recent = rules([NEED], admits={"max_age": "P5Y"})
    old = unit("a", earned=date(2021, 9, 1))
    assert evaluate(recent, [old, unit("b")], setting_of()).adds_up
    found = evaluate(recent, [old, ahead("b")], setting_of(), what_if=WhatIf())
    assert not found.adds_up  # by the time the second is earned, the first is too old
    assert [item.slug for item in found.not_counted] == ["too-old"]
    sooner = ahead("b", day=date(2026, 8, 1))
    assert evaluate(recent, [old, sooner], setting_of(), what_if=WhatIf()).adds_up
    late = evaluate(recent, [old, sooner], setting_of(), what_if=WhatIf(day=NEXT_YEAR))
    assert not late.adds_up
    early = evaluate(recent, [old, sooner], setting_of(), what_if=WhatIf(day=date(2026, 7, 1)))
    assert [item.slug for item in early.not_counted] == ["not-yet-earned"]


def test_order_in_time_is_that_of_the_expected_days() -> None:
    first_b = {
        "id": "order",
        "title": "Order",
        "kind": "prerequisite",
        "over": "counted",
        "where": {"category": ["a"]},
        "needs": {"category": ["b"]},
        "units_at_least": 1,
    }
    ordered = rules([NEED, first_b])
    a = ahead("a", categories=["a"], day=date(2026, 12, 1))
    for day, holds in ((date(2026, 11, 1), True), (date(2027, 1, 1), False)):
        found = evaluate(ordered, [a, ahead("b", categories=["b"], day=day)], setting_of(), what_if=WhatIf())
        assert found.adds_up is holds


def test_the_order_of_the_units_never_matters() -> None:
    units = [unit("a"), ahead("b"), ahead("c", Standing.IN_PROGRESS), unit("d", "1"), ahead("e", day=date(2026, 8, 1))]
    need = rules([{**NEED, "credits_at_least": "10"}, CAP | {"credits_at_most": "12"}])
    first = evaluate(need, units, setting_of(), what_if=WhatIf()).to_json()
    for seed in range(6):
        shuffled = random.Random(seed).sample(units, len(units))
        assert evaluate(need, shuffled, setting_of(), what_if=WhatIf()).to_json() == first


def test_a_bachelor_who_lacks_one_semester_sees_that_it_would_add_up() -> None:
    learner = acbs_learner(30, 17)
    last = [
        dataclasses.replace(
            one, standing=Standing.IN_PROGRESS, facts=dataclasses.replace(one.facts, earned=date(2026, 6, 20))
        )
        for one in learner[-6:]
    ]
    units = [*learner[:-6], *last]
    assert not evaluate(acbs(), units, setting_of()).adds_up
    would = evaluate(acbs(), units, setting_of(), what_if=WhatIf())
    assert would.adds_up
    assert would.what_if is not None
    assert would.what_if.as_of == date(2026, 6, 20)
    assert len(would.what_if.units) == 6
