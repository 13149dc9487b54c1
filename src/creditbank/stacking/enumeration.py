"""A second, solver-free way to a no: try every answer, in exact integers, as long as there are few enough.

It walks through the units once and keeps every distinct reading of the bounds that can still come good.
When none is left the rules cannot be satisfied, and that is a proof. It is meant for a minimal conflict,
where few rules and few kinds of unit are left; where there is too much to try it says so instead of
guessing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations, islice, product
from math import prod
from typing import Final

from creditbank.framework.qualification import AnyLeafOrGroup, Group
from creditbank.stacking.problem import Alternatives, Bound, Problem, Spread

MAX_WORK: Final = 400_000
MAX_CHOICES: Final = 128
MAX_STEPS: Final = 64
GAUGES_A_STEP: Final = 16
"""A state with more gauges than this costs more than one step of work, in proportion."""


class TooMuch(Exception):
    """There is more to try than this route is meant for."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to use a unit: so many steps of it, in these places, by these entries of `sharing`."""

    index: int
    count: int
    places: tuple[str, ...]
    entries: frozenset[int]
    entire: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """One bound as `sum >= least`; a maximum is turned round. `place` is set for a requirement."""

    bound: Bound
    sign: int
    least: int

    def read(self, way: Way) -> int:
        """What a unit adds when it is used in this way. Where the least is owed by a unit, that one owes it."""
        bound = self.bound
        owed = -(bound.least or 0) if bound.when == way.index else 0
        if (
            (bound.place and bound.node not in way.places)
            or (bound.within and set(bound.within).isdisjoint(way.places))
            or (bound.sharing is not None and bound.sharing not in way.entries)
            or (bound.measure == "entire" and not way.entire)
        ):
            return owed
        return owed + self.sign * bound.weights[way.index] * (way.count if bound.measure == "credits" else 1)


@dataclass(frozen=True)
class Search:
    """The bounds of one case, and every way to use the units of a problem, stage by stage."""

    problem: Problem
    gauges: tuple[Gauge, ...]

    def readings(self, index: int) -> set[tuple[int, ...]]:
        """Every way one unit can be used, as what it adds to each gauge."""
        unit = self.problem.units[index]
        if unit.steps > MAX_STEPS:
            raise TooMuch
        nodes = places_of(self.gauges)
        counting = {gauge.bound.node for gauge in self.gauges if gauge.bound.place and gauge.bound.measure == "entire"}
        found = {(0,) * len(self.gauges)}
        places = [path for path in self.problem.places[index] if path in nodes]
        for count, filled in product(unit.counts, fillings(places, self.problem)):
            entire = count == unit.steps and unit.can_be_entire
            if not entire and not counting.isdisjoint(filled):
                continue
            entries = entries_by(filled, self.problem)
            if entries is not None:
                way = Way(index, count, filled, frozenset(entries), entire)
                found.add(tuple(gauge.read(way) for gauge in self.gauges))
        return found

    @cached_property
    def stages(self) -> list[set[tuple[int, ...]]]:
        """What can be added next, stage by stage: units of which at most one counts share a stage."""
        nothing = (0,) * len(self.gauges)
        stages = []
        for members in _connected(len(self.problem.units), self.problem.alike):
            ways = _ways(self, members, self.problem.alike)
            if ways != {nothing}:
                stages.append(ways)
        return sorted(stages, key=sorted)

    def outnumbered(self) -> bool:
        """Whether the requirements together ask for more than all units that fit any of them have."""
        for measure in ("credits", "entire"):
            together = [
                at
                for at, gauge in enumerate(self.gauges)
                if gauge.bound.place and gauge.bound.measure == measure and gauge.sign > 0
            ]
            have = sum(max(sum(way[at] for at in together) for way in ways) for ways in self.stages)
            if have < sum(self.gauges[at].least for at in together):
                return True
        return False

    def satisfiable(self, work: list[int]) -> bool:
        """Whether some way through all stages brings every gauge to its least."""
        rest = self._rest()
        states = {tuple(gauge.least for gauge in self.gauges)}  # what is still wanted, gauge by gauge
        for ways, (low, high) in zip(self.stages, rest, strict=True):
            following: set[tuple[int, ...]] = set()
            work[0] -= len(states) * len(ways) * (1 + len(self.gauges) // GAUGES_A_STEP)
            if work[0] < 0:
                raise TooMuch
            for state, way in product(states, ways):
                wanted = tuple(want - add for want, add in zip(state, way, strict=True))
                if any(want > most for want, most in zip(wanted, high, strict=True)):
                    continue  # some gauge can no longer come good
                following.add(tuple(map(max, wanted, low)))  # what will come good anyway is no difference
            states = following
        return any(all(want <= 0 for want in state) for state in states)

    def _rest(self) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """After each stage: the least and the most that the later stages can still add to each gauge."""
        low = high = (0,) * len(self.gauges)
        found = []
        for ways in reversed(self.stages):
            found.append((low, high))
            low = tuple(total + min(column) for total, column in zip(low, zip(*ways, strict=True), strict=True))
            high = tuple(total + max(column) for total, column in zip(high, zip(*ways, strict=True), strict=True))
        return found[::-1]


def places_of(gauges: Iterable[Gauge]) -> set[str]:
    """The places of which these bounds speak."""
    found: set[str] = set()
    for gauge in gauges:
        found.update((gauge.bound.node,) if gauge.bound.place else gauge.bound.within)
    return found


def fillings(places: Sequence[str], problem: Problem) -> list[tuple[str, ...]]:
    """Every set of places that one unit may fill together, none included. Raises `TooMuch` for too many of several."""
    found: list[tuple[str, ...]] = [()]
    if not problem.permissions:
        return found + [(place,) for place in places]
    for number, place in enumerate(places, start=1):
        found += [
            (*others, place) for others in found if all((other, place) in problem.permissions for other in others)
        ]
        if len(found) - number > MAX_CHOICES:
            raise TooMuch
    return found


def entries_by(filled: tuple[str, ...], problem: Problem) -> Mapping[int, set[str]] | None:
    """The entries of `sharing` by which places are filled together, or None when one permits fewer of them."""
    through: dict[int, set[str]] = {}
    for pair in combinations(filled, 2):
        through.setdefault(problem.permissions[pair], set()).update(pair)
    entries = problem.qualification.sharing
    return None if any(len(by) > entries[at].places_at_most for at, by in through.items()) else through


def shared_fillings(problem: Problem) -> tuple[tuple[tuple[str, ...], frozenset[int]], ...] | None:
    """Every set of sharing places that one unit may fill together, with the entries it uses; None for too many."""
    places = [path for path in problem.leaves if path in problem.sharing_places]
    try:
        found = [(filled, entries_by(filled, problem)) for filled in fillings(places, problem) if filled]
    except TooMuch:
        return None
    return tuple((filled, frozenset(by)) for filled, by in found if by is not None)


def _connected(count: int, alike: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Units in sets: together when some rule of counting once ties them, alone otherwise."""
    leader = list(range(count))

    def find(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    for group in alike:
        for member in group[1:]:
            leader[find(member)] = find(group[0])
    sets: dict[int, list[int]] = {}
    for index in range(count):
        sets.setdefault(find(index), []).append(index)
    return list(sets.values())


def _ways(search: Search, members: Sequence[int], alike: Sequence[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Every way to use units that are tied together: no two of one set."""
    clashes = {pair for group in alike for pair in combinations(sorted(group), 2)}
    ways: set[tuple[tuple[int, ...], tuple[int, ...]]] = {((), (0,) * len(search.gauges))}
    for index in members:
        longer = set()
        for used, total in ways:
            if any((min(index, other), max(index, other)) in clashes for other in used):
                continue
            for reading in search.readings(index):
                if any(reading):
                    longer.add(((*used, index), tuple(a + b for a, b in zip(total, reading, strict=True))))
        ways |= longer
        if len(ways) > MAX_WORK // 100:
            raise TooMuch
    return {total for _, total in ways}


def refuted(problem: Problem, rules: Iterable[str], *, work: int = MAX_WORK) -> bool | None:
    """Whether no answer satisfies even these rules: True is a proof, False found one, None is too much to
    try.
    """
    wanted = set(rules)
    left = [work]
    try:
        for chosen in choices_of(problem, wanted):
            for case in cases_of(problem, chosen):
                search = Search(problem, tuple(gauges_of((*problem.bounds_of(chosen), *case))))
                if not search.outnumbered() and search.satisfiable(left):
                    if may_go_empty(problem, search.gauges):
                        raise TooMuch
                    return False
    except TooMuch:
        return None
    return True


def may_go_empty(problem: Problem, gauges: Iterable[Gauge]) -> bool:
    """Whether a limit runs over what fills a place that an answer may do without: where it does, nothing may fill it,
    and of that nothing is asked here.
    """
    confined = {path for gauge in gauges for path in gauge.bound.within}
    return not confined <= problem.reading.bound_to


def gauges_of(bounds: Iterable[Bound]) -> Iterator[Gauge]:
    """Each end of each bound as a gauge."""
    for bound in bounds:
        if bound.least is not None:
            yield Gauge(bound, 1, bound.least if bound.when is None else 0)
        if bound.most is not None:
            yield Gauge(bound, -1, -bound.most)


def cases_of(problem: Problem, chosen: frozenset[str]) -> list[tuple[Bound, ...]]:
    """Rules that are no sums, as sums: one case for each way in which all of those that are chosen may hold."""
    ways = [_one_case_each(rule) for rule in problem.alternatives if rule.node in chosen]
    ways += [list(rule.cases) for rule in problem.either if rule.node in chosen]
    ways += [_portions_reached(rule) for rule in problem.spreads if rule.node in chosen and rule.least]
    ways += [_portions_left(rule) for rule in problem.spreads if rule.node in chosen and rule.most is not None]
    if prod(map(len, ways)) > MAX_CHOICES:
        raise TooMuch
    return [tuple(chain.from_iterable(case)) for case in product(*ways)]


def _one_case_each(rule: Alternatives) -> list[tuple[Bound, ...]]:
    """In each case nothing counts of what that case does not allow."""
    found: list[tuple[Bound, ...]] = []
    for case in range(max(1, rule.cases)):
        barred = tuple(int(allowed is not None and case not in allowed) for allowed in rule.allowed)
        found.append((Bound(rule.node, "", "units", barred, most=0, place=rule.place),))
    return found


def _portions_reached(rule: Spread) -> list[tuple[Bound, ...]]:
    """One case for each set of portions that is large enough: each of them is reached."""

    def reached(name: str) -> Bound:
        inside = tuple(int(name in own) for own in rule.portions)
        if not rule.reach:
            return Bound(rule.node, name, "units", inside, least=1, within=rule.within)
        weights = tuple(map(int.__mul__, inside, rule.steps))
        return Bound(rule.node, name, "credits", weights, least=rule.reach, within=rule.within)

    sets = list(islice(combinations(rule.names, rule.least or 0), MAX_CHOICES + 1))
    return [tuple(map(reached, names)) for names in sets]


def _portions_left(rule: Spread) -> list[tuple[Bound, ...]]:
    """One case for each set of portions that is small enough: nothing counts that belongs to another."""
    names = rule.names
    sets = islice(combinations(names, min(rule.most or 0, len(names))), MAX_CHOICES + 1)
    barred = (tuple(int(not inside.issuperset(own)) for own in rule.portions) for inside in map(set, sets))
    return [(Bound(rule.node, "", "units", weights, most=0, within=rule.within),) for weights in barred]


def choices_of(problem: Problem, wanted: set[str]) -> list[frozenset[str]]:
    """Every smallest set of these rules that the tree lets an answer get by with; other rules are taken to
    hold.
    """
    return sorted(_needs(problem.qualification.requires, "", wanted), key=sorted)


def _needs(node: AnyLeafOrGroup, prefix: str, wanted: set[str]) -> set[frozenset[str]]:
    path = f"{prefix}/{node.id}" if prefix else node.id
    if not isinstance(node, Group):
        return {frozenset({path} & wanted)}
    parts = [_needs(child, path, wanted) for child in node.of]
    free = sum(part == {frozenset()} for part in parts)
    bound_parts = [part for part in parts if part != {frozenset()}]
    needed = max(0, node.needed - free)
    found: set[frozenset[str]] = set()
    for chosen in combinations(bound_parts, needed):
        for sets in product(*chosen):
            found.add(frozenset().union(*sets))
            if len(found) > MAX_CHOICES:
                raise TooMuch
    return {one for one in found if not any(other < one for other in found)}
