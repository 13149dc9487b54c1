"""After a small change an old answer may be carried over: it is then the full evaluation's, to the byte."""

import dataclasses
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
import test_stacking_against_oracle as narrow
import test_stacking_against_wide_oracle as wide
from stacking_samples import acbs, acbs_learner, conversion, rules, setting_of, unit

from creditbank.canonical import canonical_json
from creditbank.credential import Level
from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Setting, evaluate
from creditbank.stacking.carrying import Before, carried
from creditbank.units import Credits

ROUNDS = int(os.environ.get("CREDITBANK_CARRY_ROUNDS", "160"))


def before_of(qualification: Qualification, units: Sequence[Candidate], setting: Setting) -> Before:
    return Before(qualification, units, setting, evaluate(qualification, units, setting).to_json())


def same(before: Before, units: Sequence[Candidate], setting: Setting | None = None) -> bool:
    """Whether the old answer was carried over; and if so it is what a full evaluation says."""
    then = setting or before.setting
    found = carried(before, before.qualification, units, then)
    if found is None:
        return False
    full = evaluate(before.qualification, units, then).to_json()
    assert canonical_json(found) == canonical_json(full)
    return True


def small_change(
    chance: random.Random, units: Sequence[Candidate], more: Sequence[Candidate]
) -> tuple[str, list[Candidate]]:
    """One unit fewer, one more, one that was used in part or revoked, or none at all."""
    kinds = ["none"] + (["removed", "used", "revoked", "shuffled"] if units else []) + (["added"] if more else [])
    kind, found = chance.choice(kinds), list(units)
    at = chance.randrange(len(found)) if found else 0
    if kind == "removed":
        del found[at]
    elif kind == "used":
        found[at] = dataclasses.replace(found[at], available=Credits(found[at].available.thousandths // 2))
    elif kind == "revoked":
        found[at] = dataclasses.replace(found[at], revoked=True)
    elif kind == "added":
        found.append(chance.choice(list(more)))
    elif kind == "shuffled":
        chance.shuffle(found)
    return kind, found


@pytest.mark.parametrize("chunk", range(4))
def test_on_random_changes_of_random_instances_it_is_the_full_evaluation(chunk: int) -> None:
    """Both generators of the oracles: every construct, whole and partial units, conversions, recognitions."""
    carried_over: Counter[str] = Counter()
    for seed in range(chunk * ROUNDS // 4, (chunk + 1) * ROUNDS // 4):
        chance = random.Random(f"carry {seed}")
        if seed % 2:
            world, items, others = wide.random_world(seed)
            qualification, setting = wide.stated(world), setting_of()
            units, more = [wide.candidate(item) for item in items], [wide.candidate(item) for item in others]
        else:
            instance, things = narrow.random_instance(seed)
            qualification, setting = narrow.stated(instance)
            units, more = list(map(narrow.candidate, instance.things)), list(map(narrow.candidate, things))
            setting = narrow.recognised(instance, setting, units)
        before = before_of(qualification, units, setting)
        for _ in range(3):
            kind, changed = small_change(chance, units, more)
            if same(before, changed):
                carried_over[kind] += 1
    assert carried_over["none"]
    assert carried_over["shuffled"]
    assert carried_over["removed"] + carried_over["revoked"] + carried_over["used"]


WHOLE = {"whole_units": True}
NEED = {"id": "six", "title": "Six", "kind": "requirement", "credits_at_least": "6", "where": {"category": ["a:x"]}}
UNITS = [unit(name, "3", categories=["a:x"]) for name in "abc"]
BEFORE = before_of(rules([NEED], admits=WHOLE), UNITS, setting_of())


def test_a_unit_that_did_not_count_may_go() -> None:
    assert [use["credential"] for use in BEFORE.document["uses"]] == ["urn:uuid:a", "urn:uuid:b"]
    assert same(BEFORE, UNITS[:2])
    assert same(BEFORE, [*UNITS[:2], dataclasses.replace(UNITS[2], revoked=True)])


def test_a_unit_that_counted_may_not() -> None:
    assert not same(BEFORE, UNITS[1:])
    assert not same(BEFORE, [dataclasses.replace(UNITS[0], revoked=True), *UNITS[1:]])
    assert not same(BEFORE, [dataclasses.replace(UNITS[0], available=Credits.parse("2")), *UNITS[1:]])


def test_a_unit_that_can_only_cost_may_come() -> None:
    assert same(BEFORE, [*UNITS, unit("d", "3", categories=["a:y"])])
    assert same(BEFORE, [*UNITS, unit("d", "3", system="eu-ects")]), "one that is not admitted too"


def test_a_unit_that_fits_may_not() -> None:
    assert not same(BEFORE, [*UNITS, unit("d", "6", categories=["a:x"])]), "one unit could do where two did"
    assert not same(BEFORE, [*UNITS, unit("d", "3", categories=["a:x"], earned=date(2020, 3, 2))]), "it goes first"


def test_a_unit_that_dilutes_a_share_may_not_come() -> None:
    share = {
        "id": "online",
        "title": "At most half online",
        "kind": "limit",
        "over": "counted",
        "share_at_most": "1/2",
        "where": {"mode": ["online"]},
    }
    few = [unit("a", "6", categories=["a:x"]), unit("b", "6", categories=["a:x"], mode="online")]
    before = before_of(rules([{**NEED, "credits_at_least": "12"}, share], admits=WHOLE), few, setting_of())
    assert before.document["verdict"] == "adds-up"
    assert not same(before, [*few, unit("c", "1", categories=["a:y"])])
    assert same(before, [*few, unit("c", "1", categories=["a:y"], mode="online")]), "it is of the share, and only costs"


def test_a_no_is_carried_over_where_the_problem_is_the_same() -> None:
    before = before_of(rules([NEED], admits=WHOLE), UNITS[:1], setting_of())
    assert before.document["verdict"] == "falls-short"
    foreign = unit("d", "3", system="eu-ects")
    assert same(before, [*UNITS[:1], foreign])
    assert same(before_of(before.qualification, [*UNITS[:1], foreign], setting_of()), UNITS[:1])
    assert not same(before, UNITS[:2])
    assert not same(before, [])
    assert not same(before, UNITS[:1], setting_of(day=date(2026, 7, 1))), "a gap may have changed with the day"
    offers = [unit("e", "3", categories=["a:x"])]
    assert carried(before, before.qualification, [*UNITS[:1], foreign], setting_of(), catalogue=offers) is None


def test_another_day_is_no_hindrance_to_a_yes_unless_it_says_something_else_of_a_unit() -> None:
    assert same(BEFORE, UNITS, setting_of(day=date(2026, 7, 1)))
    fresh = rules([NEED], admits={**WHOLE, "max_age": "P1Y"})
    before = before_of(fresh, UNITS, setting_of())
    assert same(before, UNITS, setting_of(day=date(2026, 12, 1)))
    assert not same(before, UNITS, setting_of(day=date(2027, 5, 1)))


def test_other_rules_other_decisions_and_limits_are_weighed_in_full() -> None:
    other = BEFORE.qualification.model_copy(update={"version": "2"})
    assert carried(BEFORE, other, UNITS, BEFORE.setting) is None
    policy = conversion(to_system="kr", ratio="2/1")
    mixed = [*UNITS[:1], unit("e", "3", categories=["a:x"], system="eu-ects", level=Level("kr-acbs", "6"))]
    before = before_of(BEFORE.qualification, mixed, setting_of(conversions=[policy]))
    assert before.document["verdict"] == "adds-up"
    assert same(before, mixed)
    assert not same(before, mixed, setting_of(conversions=[conversion(to_system="kr", ratio="3/1")]))
    assert not same(before, mixed, setting_of())
    stopped: dict[str, Any] = {**BEFORE.document, "stopped": [{"part": "order", "limit": "search-work"}]}
    assert not same(dataclasses.replace(BEFORE, document=stopped), UNITS)


def test_of_a_real_bachelor_the_units_that_were_not_needed_may_go() -> None:
    learner = [*acbs_learner(36, 12), *[unit(f"spare-{n}", provider="c", earned=date(2026, 3, 2)) for n in range(3)]]
    before = before_of(acbs(), learner, setting_of())
    used = {use["credential"] for use in before.document["uses"]}
    idle = [one for one in learner if one.facts.credential not in used]
    assert before.document["verdict"] == "adds-up"
    assert idle
    for one in idle:
        assert same(before, [other for other in learner if other is not one])
