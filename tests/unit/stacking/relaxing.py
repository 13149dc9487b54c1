"""Ways to make one rule of a random world ask for less, for every construct of the vocabulary.

Whatever satisfied the rules before satisfies them afterwards: that is what makes each of these a relaxation. Where a
bound is a share or a mean, only its number is moved, for a wider choice would count on both sides.
"""

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from wide_oracle import Rules, World

from creditbank.units import Credits

Relaxed = tuple[str, World]
GROWING = ("credits_at_least", "units_at_least", "points_at_least", "distinct_at_least", "in_one_at_least")
"""Bounds that more units only help."""


def relaxations(world: World, chance: random.Random) -> list[Relaxed]:
    """Every way to relax these rules by one step, each with its name."""
    found: list[Relaxed] = []
    for at, node in enumerate(_nodes(world.root)):
        for name, changed in [*_of_group(node, chance), *_of_leaf(node)]:
            root = copy.deepcopy(world.root)
            target = list(_nodes(root))[at]
            target.clear()
            target.update(changed)
            if any(leaf["kind"] == "requirement" for leaf in _leaves(root)):
                found.append((name, replace(world, root=root)))
    return found + list(_around(world))


def _nodes(node: Rules) -> Iterator[Rules]:
    yield node
    for child in node.get("of", ()):
        yield from _nodes(child)


def _leaves(node: Rules) -> list[Rules]:
    return [one for one in _nodes(node) if "of" not in one]


def _of_group(node: Rules, chance: random.Random) -> Iterator[tuple[str, Rules]]:
    if "of" not in node:
        return
    of = node["of"]
    if node["kind"] == "all" and len(of) > 1:
        gone = chance.randrange(len(of))
        yield "all: a node less", {**node, "of": of[:gone] + of[gone + 1 :]}
        yield "all: any of them", {**node, "kind": "any"}
    if node["kind"] == "n-of" and node["n"] > 1:
        yield "n-of: one less", {**node, "n": node["n"] - 1}
    if node["kind"] == "any":
        free = {"id": "free-choice", "title": "More", "kind": "requirement", "credits_at_least": "9"}
        yield "any: one more choice", {**node, "of": [*of, free]}


def _of_leaf(node: Rules) -> Iterator[tuple[str, Rules]]:
    if "of" in node:
        return
    kind = node["kind"]
    for key in [name for name in node if name.endswith(("_at_least", "_at_most"))]:
        moved = _moved(key, node)
        if moved is not None:
            yield f"{kind}: {key}", {**node, key: moved}
    where = node.get("where")
    grows = kind == "requirement" or (kind == "limit" and any(key in node for key in GROWING))
    if where and grows:
        for key in where:
            yield f"{kind}: a wider choice", {**node, "where": {name: where[name] for name in where if name != key}}
    caps = kind == "limit" and any(key in node for key in ("credits_at_most", "units_at_most", "span_at_most"))
    if caps or (kind == "limit" and "distinct_at_most" in node) or kind == "prerequisite":
        narrow = {**(where or {}), "category": ["y"]}
        if not where or where.get("category") in (None, ["x", "y"], ["y", "x"], ["y", "z"], ["z", "y"]):
            yield f"{kind}: speaks of fewer", {**node, "where": narrow}
    if node.get("same"):
        yield "requirement: not all the same", {name: value for name, value in node.items() if name != "same"}
    if kind == "prerequisite" and not node.get("concurrent"):
        yield "prerequisite: the same day too", {**node, "concurrent": True}
    if kind == "prerequisite" and node["needs"]:
        yield "prerequisite: needs anything", {**node, "needs": {}}
    if kind == "exclusion" and len(node["between"]) > 2:
        yield "exclusion: a choice less", {**node, "between": node["between"][1:]}


def _moved(key: str, node: Rules) -> Any:
    """The bound one step looser; None where there is none."""
    value, up = node[key], key.endswith("most")
    if key.startswith(("credits", "in_one")):
        moved = Credits.parse(value).thousandths + (1 if up else -1)
        return None if moved < 0 or (moved == 0 and key.startswith("in_one")) else str(Credits(moved))
    if key.startswith(("units", "distinct")):
        lowest = 1 if node["kind"] != "limit" or key == "distinct_at_least" else 0
        return value + 1 if up else (value - 1 if value > lowest else None)
    if key.startswith("share"):
        share = Fraction(value) + (Fraction(1, 12) if up else Fraction(-1, 12))
        share = min(Fraction(1), max(Fraction(0), share))
        return f"{share.numerator}/{share.denominator}"
    if key == "mean_at_least":
        step = Fraction(1, 2) if node["grading"] == "german" else Fraction(-1, 2)
        moved_mean = Fraction(value) + step
        return f"{float(moved_mean):g}" if 0 <= moved_mean <= 5 else None
    if key == "points_at_least":
        moved_points = Fraction(value) - Fraction(1, 1000)
        return f"{float(moved_points):g}" if moved_points >= 0 else None
    if key == "span_at_most":
        return f"P{int(value[1:-1]) + 1}{value[-1]}"
    return None


def _around(world: World) -> Iterator[Relaxed]:
    """What stands beside the tree."""
    if world.whole:
        yield "admits: parts count", replace(world, whole=False)
    if world.once:
        yield "admits: an achievement counts each time", replace(world, once=False)
    if world.admits:
        yield "admits: any unit", replace(world, admits=None)
    for at, entry in enumerate(world.sharing):
        others = world.sharing[:at], world.sharing[at + 1 :]
        if entry["places_at_most"] < len(entry["between"]):
            wider = {**entry, "places_at_most": entry["places_at_most"] + 1}
            yield "sharing: one place more", replace(world, sharing=(*others[0], wider, *others[1]))
        for bound in ("units_at_most", "credits_at_most"):
            if bound in entry:
                free = {name: value for name, value in entry.items() if name != bound}
                yield f"sharing: no {bound}", replace(world, sharing=(*others[0], free, *others[1]))
