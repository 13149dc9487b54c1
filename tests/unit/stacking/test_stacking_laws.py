"""Laws of the engine: what never changes an answer, and what can change it only one way."""

import copy
import random
from datetime import date
from typing import Any

import pytest
from stacking_oracle import Instance, leaves
from stacking_samples import acbs, acbs_learner, rules, setting_of, ug_certificate, unit
from test_indian_certificate import european, indian, thirty_six
from test_stacking_against_oracle import candidate, random_instance, random_thing, recognised, stated

from creditbank.stacking import evaluate
from creditbank.units import Credits

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_what_is_given_never_matters(seed: int) -> None:
    instance, offers = random_instance(10_000 + seed)
    qualification, setting = stated(instance)
    candidates = [candidate(thing) for thing in instance.things]
    catalogue = [candidate(thing) for thing in offers if thing.available]
    setting = recognised(instance, setting, candidates)
    first = evaluate(qualification, candidates, setting, catalogue=catalogue)
    chance = random.Random(seed)
    for _ in range(3):
        chance.shuffle(candidates)
        chance.shuffle(catalogue)
        again = evaluate(qualification, candidates, setting, catalogue=catalogue)
        assert again.to_json() == first.to_json()
        assert again.digest == first.digest


def test_real_learners_in_any_order_get_the_same_digest() -> None:
    for qualification, candidates in (
        (acbs(), acbs_learner(36, 11)),
        (acbs(), acbs_learner(30, 25)),
        (ug_certificate(), [*thirty_six(), european(), indian("more", own=True), indian("again", own=True)]),
    ):
        first = evaluate(qualification, candidates, setting_of()).digest
        for seed in range(4):
            random.Random(seed).shuffle(candidates)
            assert evaluate(qualification, candidates, setting_of()).digest == first


def relaxed(root: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same rules with one of them asking less, allowing more, or gone."""
    found = copy.deepcopy(root)
    leaf = chance.choice(list(leaves(found)))
    for name in (
        "credits_at_least",
        "units_at_least",
        "credits_at_most",
        "units_at_most",
        "share_at_least",
        "share_at_most",
    ):
        if name not in leaf:
            continue
        up = name.endswith("most")
        if name.startswith("credits"):
            value = Credits.parse(leaf[name]).thousandths
            leaf[name] = str(Credits(value + 1 if up else max(0, value - 1)))
        elif name.startswith("units"):
            leaf[name] = leaf[name] + 1 if up else max(1 if leaf["kind"] == "requirement" else 0, leaf[name] - 1)
        else:
            part, of = map(int, leaf[name].split("/"))
            leaf[name] = f"{min(of, part + 1) if up else max(0, part - 1)}/{of}"
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_relaxing_a_rule_never_turns_yes_into_no(seed: int) -> None:
    instance, _ = random_instance(20_000 + seed)
    chance = random.Random(seed)
    looser = Instance(relaxed(instance.root, chance), instance.things, instance.whole, instance.exchange)
    candidates = [candidate(thing) for thing in instance.things]
    strict, setting = stated(instance)
    setting = recognised(instance, setting, candidates)
    if evaluate(strict, candidates, setting).adds_up:
        assert evaluate(stated(looser)[0], candidates, setting).adds_up


@pytest.mark.parametrize("seed", SEEDS)
def test_a_further_unit_never_turns_yes_into_no_because_nothing_has_to_be_counted(seed: int) -> None:
    instance, _ = random_instance(30_000 + seed)
    qualification, setting = stated(instance)
    candidates = [candidate(thing) for thing in instance.things]
    setting = recognised(instance, setting, candidates)
    more = candidate(random_thing(random.Random(seed), "more", whole=instance.whole, exchange=False))
    if evaluate(qualification, candidates, setting).adds_up:
        assert evaluate(qualification, [*candidates, more], setting).adds_up


def test_of_equal_units_the_soonest_expiring_then_the_oldest_is_used_up_first() -> None:
    one = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"}])
    old = unit("z-old", earned=date(2020, 1, 1))
    young = unit("a-young", earned=date(2025, 1, 1))
    soon = unit("m-soon", earned=date(2025, 1, 1), expires=date(2026, 12, 31))
    assert [use.credential for use in evaluate(one, [young, old], setting_of()).uses] == ["urn:uuid:z-old"]
    assert [use.credential for use in evaluate(one, [young, old, soon], setting_of()).uses] == ["urn:uuid:m-soon"]
    twins = [unit("b"), unit("a")]
    assert [use.credential for use in evaluate(one, twins, setting_of()).uses] == ["urn:uuid:a"]


def test_the_fewest_credits_are_spent() -> None:
    ten = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "10"}])
    found = evaluate(ten, [unit("a", "8"), unit("b", "6"), unit("c", "4")], setting_of())
    assert [use.credential for use in found.uses] == ["urn:uuid:b", "urn:uuid:c"]
    assert found.totals.counted == Credits(10_000)
    assert [(item.credential, item.slug) for item in found.not_counted] == [("urn:uuid:a", "not-needed")]
