"""Rules that cannot hold together, found without a solver: only what follows from the words of the rules themselves.

A node *binds* when every group above it needs all of its nodes. What binds must hold together; and a branch of an
`any` or `n-of` that contradicts what binds anyway can never be taken. What is found here is surely wrong; what is not
found may still be impossible, and then the evaluation says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final

from creditbank.framework.choosing import Scope, disjoint, includes
from creditbank.framework.faults import Address, Fault
from creditbank.framework.qualification import Qualification
from creditbank.framework.rules import (
    AnyLeafOrGroup,
    Exclusion,
    Group,
    Leaf,
    Limit,
    Prerequisite,
    Requirement,
    addressed,
)
from creditbank.framework.where import Where

SLUG: Final = "contradiction"
_LISTED: Final = {"provider": "provider", "source-type": "source_type"}
"""Portions whose number a list of `where` bounds."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf of the tree with its address in the document."""

    at: Address
    node: Leaf

    @property
    def name(self) -> str:
        """The title as it is quoted in sentences."""
        return f"«{self.node.title}»"


def contradictions(rules: Qualification, scope: Scope) -> list[Fault]:
    """Everything in the tree that surely cannot hold, each once, with its address and a sentence."""
    clash = Clashes(rules, scope)
    bound = list(binding(rules.requires, ("requires",)))
    found = clash.among(bound)
    found += _branches(rules.requires, ("requires",), bound, clash)
    return list(dict.fromkeys(found))


def binding(node: AnyLeafOrGroup, at: Address) -> Iterator[Placed]:
    """The leaves that must hold whenever this node does."""
    if not isinstance(node, Group):
        yield Placed(at, node)
    elif node.needed == len(node.of):
        for index, child in enumerate(node.of):
            yield from binding(child, (*at, "of", index))


def _branches(node: AnyLeafOrGroup, at: Address, bound: list[Placed], clash: "Clashes") -> Iterator[Fault]:
    if not isinstance(node, Group):
        return
    choice = node.needed < len(node.of)
    for index, child in enumerate(node.of):
        below: Address = (*at, "of", index)
        context = bound
        if choice:
            own = list(binding(child, below))
            reasons = clash.among(own, beside=bound)
            if reasons:
                sentence = f"«{child.title}» can never hold here: {reasons[0].sentence}"
                yield Fault("unreachable", below, sentence, "Take it out, or correct one of the two.")
                continue
            context = [*bound, *own]
        yield from _branches(child, below, context, clash)


class Clashes:
    """What contradicts what, under one document's meaning of words."""

    def __init__(self, rules: Qualification, scope: Scope) -> None:
        self.rules = rules
        self.scope = scope
        self.lightest = Fraction(1) if rules.admits.half_units is None else Fraction(1, 2)
        """The least that a unit weighs where units are counted."""
        self.shared = {name for entry in rules.sharing for name in entry.between}
        self.lending = [at for at, node in addressed(rules.requires) if node.id in self.shared]

    def among(self, leaves: Sequence[Placed], beside: Sequence[Placed] = ()) -> list[Fault]:
        """Every contradiction in which at least one of `leaves` takes part, in the order of the document."""
        own = {leaf.at for leaf in leaves}
        every = [*beside, *leaves]
        found: list[tuple[Address, Fault]] = []
        for leaf in leaves:
            found.extend((leaf.at, _fault(leaf, said)) for said in self._alone(leaf.node))
        for check in (self._caps, self._minima, self._shares, self._portions, self._exclusions, self._circles):
            found.extend((fault.address, fault) for parts, fault in check(every) if own & parts)
        return [fault for _, fault in sorted(found, key=lambda pair: _order(pair[0]))]

    def _alone(self, node: Leaf) -> Iterator[str]:
        """What no learner could ever meet, whatever the other rules say."""
        for where in _needed(node):
            if disjoint(where, self.rules.admits.where, self.scope) or self._below_floor(where):
                yield "no unit that `admits` lets in fits it."
        if isinstance(node, Requirement):
            least, units, size = node.credits_at_least, node.units_at_most, node.where.size_at_most
            if least and units and size and Fraction(least) > units * Fraction(size) / self.lightest:
                yield f"{units} units of at most {size} credits never come to {least}."
        if isinstance(node, Limit) and node.distinct_at_least and node.per in _LISTED:
            listed = getattr(node.where, _LISTED[node.per])
            if listed and len(listed) < node.distinct_at_least:
                yield f"it asks for {node.distinct_at_least} different ones, and its `where` names {len(listed)}."
        if isinstance(node, Limit) and node.mean_at_least and node.grading:
            best = _best(self.scope, node.grading, lowest=False)
            if best is not None and _worse(self.scope, node.grading, best, Fraction(node.mean_at_least)):
                yield f"no grade of {node.grading!r} is as good as {node.mean_at_least}."

    def _units(self, node: Leaf) -> Fraction:
        """The fewest units that fill a place: what it asks for, or the lightest one for any credits."""
        assert isinstance(node, Requirement)
        return max(Fraction(node.units_at_least or 0), self.lightest if _credits(node) else Fraction(0))

    def _below_floor(self, where: Where) -> bool:
        floor, most = self.rules.admits.level_at_least, where.level_at_most
        low, high = self.scope.ranks.get(floor or ""), self.scope.ranks.get(most or "")
        return low is not None and high is not None and high < low

    def _caps(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """Requirements that together ask for more than a cap lets count."""
        asking = [leaf for leaf in leaves if isinstance(leaf.node, Requirement)]
        for cap in leaves:
            node = cap.node
            if not isinstance(node, Limit) or node.within:
                continue
            inside = [leaf for leaf in asking if includes(node.where, _where(leaf.node), self.scope)]
            for key, asked in (("credits_at_most", _credits), ("units_at_most", self._units)):
                most = getattr(node, key)
                if most is None:
                    continue
                if node.per is not None:
                    inside_one = [leaf for leaf in inside if node.per == "provider" and _one_provider(leaf.node)]
                    inside_all = inside if Fraction(most) == 0 else inside_one
                    parts = next(([leaf] for leaf in inside_all if asked(leaf.node) > Fraction(most)), [])
                else:
                    parts = self._too_much(inside, asked, Fraction(most))
                if parts:
                    yield {cap.at, *(leaf.at for leaf in parts)}, _over_cap(cap, parts, key, asked, str(most))
            if node.share == 0 and node.share_at_most:
                for leaf in (leaf for leaf in inside if _credits(leaf.node) or _units(leaf.node)):
                    yield {cap.at, leaf.at}, _fault(cap, f"nothing of this may count, but {leaf.name} needs some.")

    def _too_much(self, inside: list[Placed], asked: Callable[[Leaf], Fraction], most: Fraction) -> list[Placed]:
        """The requirements that surely exceed a cap, empty when they may not. Shared places count as one."""
        apart = [leaf for leaf in inside if not any(leaf.at[: len(at)] == at for at in self.lending)]
        lent = [leaf for leaf in inside if leaf not in apart]
        parts = [leaf for leaf in apart if asked(leaf.node)]
        if lent:
            parts.append(max(lent, key=lambda leaf: asked(leaf.node)))
        return parts if sum((asked(leaf.node) for leaf in parts), Fraction(0)) > most else []

    def _minima(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """A limit that asks for more than another lets count, of the same or of fewer units."""
        limits = [leaf for leaf in leaves if isinstance(leaf.node, Limit)]
        for low in limits:
            for high in limits:
                a, b = low.node, high.node
                assert isinstance(a, Limit)
                assert isinstance(b, Limit)
                said = _collision(a, b, self.lightest)
                if said and includes(b.where, a.where, self.scope):
                    sentence = f"it asks for at least {said[0]}, and {high.name} lets at most {said[1]} count."
                    yield {low.at, high.at}, _fault(low, sentence)

    def _shares(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """Shares of parts that have nothing in common and come to more than the whole."""
        parts = [
            leaf
            for leaf in leaves
            if isinstance(leaf.node, Limit) and leaf.node.share_at_least and leaf.node.base is None
        ]
        parts.sort(key=lambda leaf: -(_share(leaf.node)))
        for first in parts:
            chosen = [first]
            for other in parts:
                if all(self._apart(other.node, one.node) for one in chosen):
                    chosen.append(other)
            total = sum((_share(leaf.node) for leaf in chosen), Fraction(0))
            if total > 1 and chosen[0].at == min((leaf.at for leaf in chosen), key=_order):
                names = " and ".join(leaf.name for leaf in chosen)
                sentence = f"{names} speak of different units, and their shares come to {total} of the whole."
                yield {leaf.at for leaf in chosen}, Fault(SLUG, first.at, sentence)

    def _apart(self, one: Leaf, other: Leaf) -> bool:
        assert isinstance(one, Limit)
        assert isinstance(other, Limit)
        alike = one.weigh_by == other.weigh_by and one.over == other.over
        alike = alike and one.within == other.within and one.weights == other.weights
        return one is not other and alike and disjoint(one.where, other.where, self.scope)

    def _portions(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """A share of everything that is bounded below the whole."""
        for leaf in leaves:
            node = leaf.node
            if isinstance(node, Limit) and node.share_at_most and node.share is not None and node.share < 1:
                if node.within:  # and nothing may fill these places
                    continue
                whole = node.base is None or includes(node.where, node.base, self.scope)
                if whole and node.per is None and (node.where.everything or node.base is not None):
                    said = f"it speaks of all units, which are the whole and not {node.share_at_most} of it."
                    yield {leaf.at}, _fault(leaf, said)

    def _exclusions(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """An exclusion between two kinds of units that are both needed."""
        for leaf in leaves:
            if not isinstance(leaf.node, Exclusion):
                continue
            needing = [[one for one in leaves if self._needs(one.node, where)] for where in leaf.node.between]
            for these, those in combinations(needing, 2):
                for first, second in ((a, b) for a in these for b in those if a is not b):
                    sentence = f"{first.name} and {second.name} need units of two kinds that it keeps apart."
                    yield {leaf.at, first.at, second.at}, _fault(leaf, sentence)

    def _needs(self, node: Leaf, where: Where) -> bool:
        return any(includes(where, needed, self.scope) for needed in _needed(node))

    def _circles(self, leaves: Sequence[Placed]) -> Iterator[tuple[set[Address], Fault]]:
        """Prerequisites of which each comes before the other, so that no unit could be the first."""
        rules = [leaf for leaf in leaves if isinstance(leaf.node, Prerequisite)]
        later = {leaf.at: [other for other in rules if self._waits(leaf.node, other.node)] for leaf in rules}
        for leaf in rules:
            circle = _circle(leaf, later)
            if circle and not all(isinstance(one.node, Prerequisite) and one.node.concurrent for one in circle):
                names = ", ".join(one.name for one in circle[1:])
                said = f"in a circle with {names}, each unit waits for another" if names else _WAITS
                sentence = f"No unit that {leaf.name} speaks of could ever count: {said}."
                yield {one.at for one in circle}, Fault("circular-order", leaf.at, sentence)

    def _waits(self, one: Leaf, other: Leaf) -> bool:
        """Whether whatever `one` asks for first is itself bound by `other`."""
        assert isinstance(one, Prerequisite)
        assert isinstance(other, Prerequisite)
        return includes(other.where, one.needs, self.scope)


_WAITS: Final = "what has to come first is itself what has to wait"


def _order(at: Address) -> tuple[int, ...]:
    """Where a node stands in the document."""
    return tuple(part for part in at if isinstance(part, int))


def _fault(leaf: Placed, said: str) -> Fault:
    return Fault(SLUG, leaf.at, f"{leaf.name} can never hold: {said}")


def _circle(start: Placed, later: dict[Address, list[Placed]]) -> list[Placed]:
    """A shortest circle of prerequisites through `start`, or nothing."""
    paths = [[start]]
    seen: set[Address] = set()
    while paths:
        path = paths.pop(0)
        for following in later[path[-1].at]:
            if following.at == start.at:
                return path
            if following.at not in seen:
                seen.add(following.at)
                paths.append([*path, following])
    return []


def _where(node: Leaf) -> Where:
    assert isinstance(node, Requirement)
    return node.where


def _needed(node: Leaf) -> tuple[Where, ...]:
    """The choices of which at least one unit must count for the node to hold."""
    if isinstance(node, Requirement):
        return (node.where,) if _credits(node) or _units(node) else ()
    if not isinstance(node, Limit) or node.over != "counted":
        return ()
    least = (node.credits_at_least, node.units_at_least, node.in_one_at_least, node.points_at_least)
    some = any(value is not None and Fraction(value) > 0 for value in least)
    return (node.where,) if some or node.distinct_at_least or node.mean_at_least is not None else ()


def _credits(node: Leaf) -> Fraction:
    assert isinstance(node, Requirement)
    return Fraction(node.credits_at_least or 0)


def _units(node: Leaf) -> Fraction:
    """The fewest units that fill a place: what it asks for, or one for any credits."""
    assert isinstance(node, Requirement)
    return Fraction(max(node.units_at_least or 0, 1 if _credits(node) else 0))


def _one_provider(node: Leaf) -> bool:
    return isinstance(node, Requirement) and (node.same == "provider" or len(node.where.provider) == 1)


def _share(node: Leaf) -> Fraction:
    assert isinstance(node, Limit)
    assert node.share is not None
    return node.share


def _over_cap(cap: Placed, parts: list[Placed], key: str, asked: Callable[[Leaf], Fraction], most: str) -> Fault:
    total = sum((asked(leaf.node) for leaf in parts), Fraction(0))
    noun = f"{'credit' if key == 'credits_at_most' else 'unit'}{'' if total == 1 else 's'}"
    names = " and ".join(leaf.name for leaf in parts)
    verb = "asks" if len(parts) == 1 else "together ask"
    sentence = f"{names} {verb} for at least {_plain(total)} {noun}, and this lets at most {most} count."
    return Fault(SLUG, cap.at, f"{cap.name} can never hold: {sentence}")


def _collision(low: Limit, high: Limit, lightest: Fraction) -> tuple[str, str] | None:
    """What one limit asks for and another of the same measure forbids, in words; None when they can agree."""
    if low.over != high.over and high.over != "attempted":
        return None
    if high.within and low.within != high.within:
        return None
    for least, most, noun in (
        ("credits_at_least", "credits_at_most", "credits"),
        ("units_at_least", "units_at_most", "units"),
        ("distinct_at_least", "distinct_at_most", "portions"),
        ("in_one_at_least", "credits_at_most", "credits in one portion"),
        ("distinct_at_least", "units_at_most", "units"),
    ):
        asked, allowed = getattr(low, least), getattr(high, most)
        portions = high.per is None or (low.per == high.per and not least.startswith(("credits", "units")))
        if least.startswith("distinct") and most.startswith("distinct"):
            portions = low.per == high.per
        elif least.startswith("distinct"):
            portions = high.per is None
        each = lightest if least.startswith("distinct") and most.startswith("units") else 1
        if asked is not None and allowed is not None and portions and Fraction(asked) * each > Fraction(allowed):
            return f"{asked} {noun}", f"{allowed} {noun}"
    if low.share_at_least and high.share_at_most and _same_whole(low, high) and _share(low) > _share(high):
        return f"{low.share_at_least} of the whole", f"{high.share_at_most} of the whole"
    return None


def _same_whole(low: Limit, high: Limit) -> bool:
    if low.within != high.within or low.weights != high.weights:
        return False
    return low.base == high.base and low.weigh_by == high.weigh_by and low.over == high.over and not high.base_per


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


def _best(scope: Scope, name: str, *, lowest: bool) -> Fraction | None:
    """What the best (or the worst) grade of a scale is worth."""
    scale = scope.scales.get(name)
    if scale is None:
        return None
    if scale.numbers is not None:
        return Fraction(scale.numbers[0 if lowest else 1])
    points = [Fraction(step.points) for step in scale.grades if step.points is not None]
    return (min(points) if lowest else max(points)) if points else None


def _worse(scope: Scope, name: str, one: Fraction, other: Fraction) -> bool:
    return one > other if scope.scales[name].descends else one < other


def never_fails(node: AnyLeafOrGroup, scope: Scope) -> bool:
    """Whether a node holds for every learner, whatever counts."""
    if isinstance(node, Group):
        return sum(never_fails(child, scope) for child in node.of) >= node.needed
    if isinstance(node, Requirement):
        return not _credits(node) and not _units(node)
    if not isinstance(node, Limit) or node.over == "attempted":
        return False
    least = (
        *(node.credits_at_least, node.units_at_least, node.in_one_at_least, node.in_each_at_least),
        *(node.last_at_least, node.points_at_least),
    )
    if node.last_at_least is not None and node.where.everything:
        return True
    if any(value is not None and not Fraction(value) for value in least):
        return True
    return (node.share_at_least is not None and node.share == 0) or (node.share_at_most is not None and node.share == 1)


__all__ = ["Clashes", "Placed", "binding", "contradictions", "never_fails"]
