"""Random small instances with random exceptions, weighed by the engine and by an oracle that knows none of its code.

The oracle reads exceptions its own way: it rewrites the plain rules, and tries every stack that pins leave.
"""

import copy
import dataclasses
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from exception_samples import exception, with_exceptions
from stacking_samples import facts_of
from test_stacking_against_wide_oracle import Drawn, candidate, confined_world, random_world, stated
from wide_oracle import (
    Item,
    Pick,
    Rules,
    World,
    apart,
    fewest_credits,
    fills_beside,
    holds,
    leaves,
    options,
    places_in,
    smallest_gap,
    speaks,
    stacks,
    tree_holds,
)

from creditbank.framework import ContradictingExceptions, Qualification, RuleException
from creditbank.framework.excepting import exception_faults, require_no_contradiction
from creditbank.stacking import (
    Verdict,
    check,
    check_refutation,
    evaluate,
    read_proof,
    read_refutation,
    refutation_proof,
    stacking_proof,
)
from creditbank.units import Credits

ROUNDS = int(os.environ.get("CREDITBANK_EXCEPTION_ORACLE_ROUNDS", "200"))
CHUNK = 100
NAMES = {"id": "p", "learner": "did:key:z6MkSampleLearner", "engine": "t"}


def random_exceptions(chance: random.Random, world: World, items: tuple[Item, ...]) -> list[RuleException]:
    """A few exceptions that fit these rules and do not contradict each other."""
    rules = stated(world)
    found: list[RuleException] = []
    for index in range(chance.randint(2, 5)):
        one = random_exception(chance, rules, items, f"e{index}")
        if one is None or exception_faults(one, rules):
            continue
        try:
            require_no_contradiction([*found, one])
        except ContradictingExceptions:
            continue
        found.append(one)
    return found


def random_exception(
    chance: random.Random, rules: Qualification, items: tuple[Item, ...], name: str
) -> RuleException | None:
    kind = chance.choice(["also-allow", "also-allow", "block", "change-limit", "pin", "pin", "substitute", "waive"])
    path, node = chance.choice(rules.nodes())
    more: dict[str, Any] = {}
    if kind in ("also-allow", "block", "pin"):
        named = f"urn:uuid:{chance.choice(items).id}" if items and chance.random() < 0.7 else ""
        more = {"credential": named} if named else {"achievement": f"urn:{chance.choice('mnop')}"}
    elif kind == "substitute":
        path, more = "root", {"instead_of": f"urn:{chance.choice('mn')}", "accepted": [f"urn:{chance.choice('op')}"]}
    elif kind == "change-limit":
        bounds = [(name, value) for name, value in node if name.endswith(("_at_least", "_at_most", "n")) and value]
        bounds = [(bound, value) for bound, value in bounds if isinstance(value, int | str) and bound != "span_at_most"]
        if not bounds:
            return None
        bound, value = chance.choice(bounds)
        more = {"bound": bound, "value": "2" if bound == "mean_at_least" else other_value(chance, value)}
    return exception(rules, kind, path, id=name, decided=f"2026-01-{chance.randint(10, 20)}", **more)


def other_value(chance: random.Random, value: int | str) -> int | str:
    if isinstance(value, int):
        return max(1, value + chance.choice([-1, 1]))
    if "/" in value:
        return chance.choice(["0/1", "1/3", "1/2", "1/1"])
    return str(Credits(max(0, Credits.parse(value).thousandths + chance.choice([-1, 1, 2]))))


# -- the oracle's own reading


def as_excepted(world: World, exceptions: list[RuleException]) -> World:
    """The plain rules with all exceptions but pins written into them."""
    root, admits, substitutes = copy.deepcopy(world.root), dict(world.admits or {}), list(world.substitutes)
    for one in sorted(exceptions, key=lambda one: (one.decided, one.id)):
        match one.kind:
            case "also-allow":
                node = found(root, one)
                node["where"] = {"any_of": [node.get("where", {}), unit_named(one)]}
            case "block":
                for node in below(found(root, one), limits=True):
                    node["where"] = {"any_of": [node.get("where", {})], "excluding": unit_named(one)}
                if one.node == "root":
                    admits = {"any_of": [admits], "excluding": unit_named(one)}
            case "change-limit":
                found(root, one)[str(one.bound)] = one.value
            case "substitute":
                substitutes.append((str(one.instead_of), one.accepted))
            case "waive":
                node = found(root, one)
                name = node["id"]
                node.clear()
                node.update({"id": name, "title": "Waived", "kind": "limit", "over": "counted", "units_at_least": 0})
    return dataclasses.replace(world, root=root, admits=admits or None, substitutes=tuple(substitutes))


def found(node: Rules, one: RuleException) -> Rules:
    for name in one.node.split("/")[1:]:
        if "of" not in node:  # below a waived node there is nothing left to change
            return {"kind": "waived"}
        node = next(child for child in node["of"] if child["id"] == name)
    return node


def below(node: Rules, *, limits: bool) -> Iterator[Rules]:
    if "of" in node:
        for child in node["of"]:
            yield from below(child, limits=False)
    elif node["kind"] == "requirement" or limits:
        yield node


def unit_named(one: RuleException) -> Rules:
    if one.credential is not None:
        return {"credential": [one.credential.removeprefix("urn:uuid:")]}
    return {"achievement": [one.achievement]}


def held_to(world: World, items: tuple[Item, ...], exceptions: list[RuleException]) -> dict[str, list[set[str]]]:
    """For each place that is pinned: the items that each pin holds to it. A pin that holds none is left out."""
    found_: dict[str, list[set[str]]] = {}
    for one in exceptions:
        place = one.node.rpartition("/")[2]
        if one.kind == "pin":
            mine = {
                item.id
                for item in items
                if speaks(world, unit_named(one), item)
                and place in {name for pick in fits(world, item) for name in pick}
            }
            if mine:
                found_.setdefault(place, []).append(mine)
    return found_


def fits(world: World, item: Item) -> list[frozenset[str]]:
    """Where an item may be put, alone or with others; a place that counts units takes it only whole."""
    whole = dataclasses.replace(item, available=item.credits) if item.available else item
    loose = dataclasses.replace(world, sharing=())
    return [pick.places for pick in options(loose, item if world.whole else whole) if pick is not None]


def fewest(world: World, items: tuple[Item, ...], pins: dict[str, list[set[str]]]) -> int | None:
    """The fewest credits of any stack that satisfies the rules and keeps the pins."""
    totals = []
    for stack in stacks(world, items):
        if not in_their_places(stack, pins):
            continue
        held = {leaf["id"] for leaf in leaves(world) if holds(world, leaf, stack)}
        held -= {place for place, sets in pins.items() if not all(kept(stack, place, mine) for mine in sets)}
        if tree_holds(world.root, held) and not fills_beside(world, held, stack):
            totals.append(sum(pick.amount for pick in stack))
    return min(totals, default=None)


def in_their_places(stack: list[Pick], pins: dict[str, list[set[str]]]) -> bool:
    return all(
        pick.places <= {place}
        for pick in stack
        for place, sets in pins.items()
        if any(pick.item.id in mine for mine in sets)
    )


def kept(stack: list[Pick], place: str, mine: set[str]) -> bool:
    named = [pick for pick in stack if pick.item.id in mine]
    return bool(named) and all(place in pick.places for pick in named)


def agree(seed: int, drawn: Drawn | None = None) -> bool:
    """Compare one instance; whether its exceptions turned the answer."""
    world, items, _ = drawn or random_world(seed)
    chance = random.Random(seed)
    exceptions = random_exceptions(chance, world, items)
    qualification, candidates = stated(world), [candidate(item) for item in items]
    setting = with_exceptions(*exceptions)
    result = evaluate(qualification, candidates, setting)
    shuffled = chance.sample(exceptions, len(exceptions))
    assert evaluate(qualification, candidates, with_exceptions(*shuffled)).digest == result.digest, seed
    if not candidates:  # nobody's exceptions hold
        return False
    changed = as_excepted(world, exceptions)
    things = apart(changed, items)
    changed = dataclasses.replace(changed, given=things)
    pins = held_to(changed, things, exceptions)
    best = fewest(changed, things, pins)
    assert result.verdict is (Verdict.FALLS_SHORT if best is None else Verdict.ADDS_UP), seed
    assert result.proven, seed
    facts = facts_of(candidates)
    if best is not None:
        assert result.totals.counted == Credits(best), seed
        proof = read_proof(stacking_proof(result, qualification, candidates, setting, award="a", **NAMES))
        assert check(proof, qualification, facts, setting) == (), seed
        assert (check(proof, qualification, facts, with_exceptions()) == ()) is (not proof.exceptions), seed
    else:
        no = read_refutation(refutation_proof(result, qualification, candidates, setting, **NAMES))
        assert check_refutation(no, qualification, facts, setting) == (), seed
        gap = None if result.gap is None else (result.gap.credits.thousandths, result.gap.units)
        assert pins or over_nothing(changed) or gap == smallest_gap(changed, items), seed
    return (fewest_credits(world, items) is None) is not (best is None)


def over_nothing(world: World) -> bool:
    """Whether a limit runs over places of which none is left. Of what is missing there the oracle knows nothing."""
    return any(leaf.get("within") and not places_in(world, leaf) for leaf in leaves(world))


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_they_agree_where_limits_run_over_what_fills_certain_places(chunk: int) -> None:
    turned = sum(agree(seed, confined_world(seed)) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK))
    assert turned, "some exception turns an answer"


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_engine_oracle_and_checkers_agree_whatever_the_order_of_exceptions(chunk: int) -> None:
    turned = sum(agree(seed) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK))
    assert turned, "some exception turns an answer"
