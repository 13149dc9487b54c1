"""The certificate of a no: a proof, in whole numbers, that no choice of units satisfies the rules.

It is a tree. A branching says what every answer does in one of two (or several) ways, and its branches cover them all:
a rule is needed or not, a unit fills a place or not, it counts at least so many steps or fewer, an alternative goes by
one of its cases, a portion is reached or not. At the end of each branch stands a sum of bounds, each taken so many
times. Whatever the units then do, that sum stays below what the bounds ask for together; so nothing in this branch
satisfies them, and nothing in any branch does.

`confirms` checks all this by additions and comparisons alone: it looks at each unit once for each sum, and never
searches. Who found the certificate, and how, does not matter to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, compress, islice, repeat
from math import gcd
from typing import Final

from creditbank.framework.qualification import AnyLeafOrGroup, Group
from creditbank.stacking.enumeration import TooMuch, entries_by, fillings, shared_fillings
from creditbank.stacking.problem import Bound, Problem, Spread

INFINITE: Final = 10**30
"""More steps than any unit has."""
MAX_BRANCHES: Final = 100_000
MAX_GRAINS: Final = 2_000
"""What a place asks for is no more steps than this where a cut is shown to follow from it."""
MAX_PAIRS: Final = 100
"""So many pairs of units that exclude each other have a bound of their own; of the rest only the cases tell."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What the bound `key` of a place says in other weights: whatever fills the place comes to `least` in them.

    A unit (by number) that fills it weighs so much, and each further thousandth of credit (or unit) there `further`.
    It follows from that bound alone, because units go whole: every set of them that is enough for it weighs so much.
    """

    key: str
    weights: tuple[tuple[int, int], ...]
    further: int
    least: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The end of a branch: bounds by key, each taken so many times, and cuts, each once.

    Cuts stand only in proofs of how much is missing; the proof of a no that is handed on has none.
    """

    times: Mapping[str, int]
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Branching:
    """What every answer does in one of several ways: what it is about, and a proof for each way.

    `about` is `rule` (needed, not needed), `place` (the unit fills `node`, or not), `count` (the unit counts at least
    `number` steps, or fewer), `case` (one way for each case of the alternatives at `node`) or `portion` (that one is
    reached, or not). A unit is named by its number in the canonical order of the problem.
    """

    about: str
    ways: tuple["Proof", ...]
    node: str = ""
    unit: int = -1
    number: int = 0
    portion: str = ""


Proof = Weights | Branching


@dataclass(frozen=True, slots=True)
class Further:
    """So much more could come, of whatever kind helps most: credits in thousandths, and units."""

    credits: int
    units: int


NOTHING_MORE: Final = Further(0, 0)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A proof that nothing satisfies the rules, even with so much more, and that was confirmed in whole numbers."""

    proof: Proof
    further: Further = NOTHING_MORE

    @property
    def rules(self) -> tuple[str, ...]:
        """The paths of the rules that it rests on, each once, in the order of the proof."""
        return tuple(dict.fromkeys(_rules_of(self.proof)))


def _rules_of(proof: Proof) -> list[str]:
    if isinstance(proof, Weights):
        keys = [key for key, times in proof.times.items() if times] + [cut.key for cut in proof.cuts]
        return [key.partition("[")[0].partition(" ")[0] for key in keys]
    own = [proof.node] if proof.about in ("rule", "case", "portion") else []
    return own + [rule for way in proof.ways for rule in _rules_of(way)]


@dataclass(frozen=True, slots=True)
class Branch:
    """What is assumed in one part of a proof."""

    needed: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()
    fills: frozenset[tuple[int, str]] = frozenset()
    avoids: frozenset[tuple[int, str]] = frozenset()
    least: Mapping[int, int] = field(default_factory=dict)
    most: Mapping[int, int] = field(default_factory=dict)
    cases: Mapping[str, int] = field(default_factory=dict)
    reached: frozenset[tuple[str, str]] = frozenset()
    barred: frozenset[tuple[str, str]] = frozenset()

    @property
    def spoken(self) -> frozenset[int]:
        """The units about which anything is assumed."""
        told = {unit for unit, _ in self.fills} | {unit for unit, _ in self.avoids}
        return frozenset(told.union(self.least, self.most))

    def assuming(self, split: Branching, way: int) -> "Branch":
        """This branch, and that the answer goes this way."""
        first = way == 0
        match split.about:
            case "rule" if first:
                return replace(self, needed=self.needed | set(_line(split.node)))
            case "rule":
                return replace(self, spared=self.spared | {split.node})
            case "place" if first:
                return replace(self, fills=self.fills | {(split.unit, split.node)})
            case "place":
                return replace(self, avoids=self.avoids | {(split.unit, split.node)})
            case "count" if first:
                more = max(self.least.get(split.unit, 0), split.number)
                return replace(self, least={**self.least, split.unit: more})
            case "count":
                fewer = min(self.most.get(split.unit, INFINITE), split.number - 1)
                return replace(self, most={**self.most, split.unit: fewer})
            case "case":
                return replace(self, cases={**self.cases, split.node: way})
            case _:
                key = {(split.node, split.portion)}
                return replace(self, reached=self.reached | key) if first else replace(self, barred=self.barred | key)


def _line(path: str) -> Iterator[str]:
    """A node and every group above it: a node is needed only where its group is."""
    while path:
        yield path
        path = path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One bound as `sum >= least`; a maximum is turned round. Its key names it among all of a problem."""

    key: str
    bound: Bound
    sign: int
    least: int
    lowest: int
    """The least it can ever read, so that a rule that is not needed asks for no more than that."""
    helped: int = 0
    """What one further credit or unit of the right kind adds."""

    @property
    def node(self) -> str:
        """The rule it states, empty where it stands outside the tree."""
        return self.bound.node

    @property
    def wants(self) -> bool:
        """Whether it asks for something that further credits or units can be."""
        return self.sign > 0 and self.helped > 0


@dataclass(frozen=True)
class Ground:
    """A problem as proofs of a no read it: its gauges, and how its units may be used.

    With `rules`, only these and what stands outside the tree are looked at; all others are taken to hold.
    """

    problem: Problem
    further: Further = NOTHING_MORE
    rules: frozenset[str] | None = None

    @cached_property
    def gauges(self) -> Mapping[str, Gauge]:
        """Every bound of the problem, each end by its own key, in the order of the problem."""
        found: dict[str, Gauge] = {}
        for bound in self.problem.bounds:
            for gauge in self._ends(bound):
                key = gauge.key
                while key in found:  # a mean states two bounds of one name, an order of attempts one for each of them
                    key += " too"
                found[key] = gauge
        for rule in self.problem.spreads:
            if rule.least:
                gauge = self._spread_out(rule)
                found[gauge.key] = gauge
        for gauge in islice(self._one_of_two(), MAX_PAIRS):
            found[gauge.key] = gauge
        return {key: gauge if gauge.key == key else replace(gauge, key=key) for key, gauge in found.items()}

    def _one_of_two(self) -> Iterator[Gauge]:
        """Two units of which no case of a rule allows both: at most one of them counts (or fills its place)."""
        for rule in self.problem.alternatives:
            spoken = [(index, frozenset(cases)) for index, cases in enumerate(rule.allowed) if cases]
            for (one, mine), (other, own) in combinations(spoken, 2):
                if mine.isdisjoint(own):
                    weights = tuple(int(index in (one, other)) for index in range(len(rule.allowed)))
                    bound = Bound(rule.node, f"{one} or {other}", "units", weights, most=1, place=rule.place)
                    yield self._gauge(f"{rule.node}[{one} or {other}] at most", bound, -1, -1)

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        return tuple(unit.steps for unit in self.problem.units)

    def _ends(self, bound: Bound) -> Iterator[Gauge]:
        owner = "" if bound.when is None else f" for {self.problem.units[bound.when].candidate.facts.credential}"
        name = f"{bound.node}[{bound.portion}] {bound.measure}{owner}"
        if bound.least is not None:
            least = bound.least if bound.when is None else 0
            yield self._gauge(f"{name} at least", bound, 1, least)
        if bound.most is not None:
            yield self._gauge(f"{name} at most", bound, -1, -bound.most)

    def _gauge(self, key: str, bound: Bound, sign: int, least: int, helped: int = 0) -> Gauge:
        lowest = 0
        if bound.weights and (sign < 0 or min(bound.weights) < 0):
            counts = self._counts if bound.measure == "credits" else repeat(1, len(bound.weights))
            lowest = sum(min(0, sign * weight * count) for weight, count in zip(bound.weights, counts, strict=True))
        if bound.when is not None:
            lowest -= bound.least or 0
        more = self.further.credits if bound.unit_of_measure == "credits" else self.further.units
        lowest += (min(0, sign * bound.extra) + min(0, sign * bound.missing)) * more
        return Gauge(key, bound, sign, least, min(lowest, least), helped or sign * bound.missing)

    def _spread_out(self, rule: Spread) -> Gauge:
        """Where so many portions are to be reached, so many units lie in them, or so many credits in all of them."""
        inside = tuple(int(bool(own)) for own in rule.portions)
        if rule.reach:
            weights = tuple(step * one for step, one in zip(rule.steps, inside, strict=True))
            bound = Bound(rule.node, "*", "credits", weights, least=rule.reach, missing=1, within=rule.within)
            return self._gauge(f"{rule.node}[*] reach", bound, 1, rule.reach)
        each = tuple(map(len, rule.portions))
        bound = Bound(rule.node, "*", "units", each, least=rule.least, missing=1, within=rule.within)
        helped = (rule.least or 0) if rule.overlaps else 1
        return self._gauge(f"{rule.node}[*] reach", bound, 1, rule.least or 0, helped)

    @cached_property
    def fillings(self) -> Mapping[tuple[str, ...], tuple[tuple[tuple[str, ...], frozenset[int]], ...]]:
        """For each list of places that some unit may fill: every set of them it may fill at once, and by which
        entries of `sharing`.
        """
        found = {}
        for places in dict.fromkeys(self.problem.places):
            allowed = [(filled, entries_by(filled, self.problem)) for filled in fillings(places, self.problem)]
            found[places] = tuple((filled, frozenset(by)) for filled, by in allowed if by is not None)
        return found

    @cached_property
    def shared(self) -> tuple[tuple[tuple[str, ...], frozenset[int]], ...] | None:
        """Every set of sharing places that one unit may fill together; None where there are too many of them."""
        return shared_fillings(self.problem)

    def grain(self, measure: str, nodes: Iterable[str]) -> int:
        """What further credits (or units) in these requirements are a multiple of, where none is to spare."""
        return 1 if measure == "units" else gcd(*map(self.problem.grain_of, nodes)) or 1

    @cached_property
    def counting(self) -> frozenset[str]:
        """The requirements that count units, which a part of a unit never fills."""
        return frozenset(
            bound.node for bound in self.problem.bounds if bound.place and bound.measure == "entire" and bound.least
        )

    @cached_property
    def singly(self) -> bool:
        """Whether no unit may fill several places at once."""
        return not self.problem.permissions

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each unit the first set of those of which one counts, or a set of its own."""
        own = list(range(len(self.problem.alike), len(self.problem.alike) + len(self.problem.units)))
        for number, members in reversed(list(enumerate(self.problem.alike))):
            for index in members:
                own[index] = number
        return tuple(own)

    def under(self, branch: Branch) -> Iterator[Gauge]:
        """The gauges that a branch adds: what its cases and portions say."""
        for rule in self.problem.alternatives:
            if rule.node in branch.cases:
                case = branch.cases[rule.node]
                barred = tuple(int(allowed is not None and case not in allowed) for allowed in rule.allowed)
                bound = Bound(rule.node, "case", "units", barred, most=0, place=rule.place)
                yield self._gauge(f"{rule.node} case", bound, -1, 0)
        for either in self.problem.either:
            if either.node in branch.cases:
                for bound in either.cases[branch.cases[either.node]]:
                    yield from self._ends(bound)
        for spread in self.problem.spreads:
            yield from self._portions(spread, branch)

    def _portions(self, rule: Spread, branch: Branch) -> Iterator[Gauge]:
        for name in rule.names if rule.least else ():
            if (rule.node, name) in branch.reached:
                inside = tuple(int(name in own) for own in rule.portions)
                if rule.reach:
                    weights = tuple(map(int.__mul__, inside, rule.steps))
                    bound = Bound(rule.node, name, "credits", weights, least=rule.reach, missing=1, within=rule.within)
                    yield self._gauge(f"{rule.node}[{name}] reach", bound, 1, rule.reach)
                else:
                    bound = Bound(rule.node, name, "units", inside, least=1, within=rule.within)
                    yield self._gauge(f"{rule.node}[{name}] reach", bound, 1, 1)
        if rule.least and not rule.reach and self.further.units:
            yield from self._new_needed(rule, branch)
        if not rule.reach:
            shut = {name for node, name in branch.barred if node == rule.node}
            if shut:
                weights = tuple(int(not shut.isdisjoint(own)) for own in rule.portions)
                bound = Bound(rule.node, "", "units", weights, most=0, within=rule.within)
                yield self._gauge(f"{rule.node} shut", bound, -1, 0)

    def _new_needed(self, rule: Spread, branch: Branch) -> Iterator[Gauge]:
        """What these units reach at most is counted in portions, not in units: the rest is for further units."""
        open_ = sum((rule.node, name) not in branch.barred for name in rule.names)
        lacking = (rule.least or 0) - open_
        if lacking > 0:
            helped = (rule.least or 0) if rule.overlaps else 1
            none = (0,) * len(rule.portions)
            bound = Bound(rule.node, "new", "units", none, least=lacking, missing=1, within=rule.within)
            yield self._gauge(f"{rule.node}[new] reach", bound, 1, lacking, helped)

    def impossible(self, branch: Branch) -> frozenset[str]:
        """The rules that cannot hold in this branch by a mere count of portions."""
        found = set()
        for rule in self.problem.spreads:
            if self.rules is not None and rule.node not in self.rules:
                continue
            if rule.least:
                open_ = [name for name in rule.names if (rule.node, name) not in branch.barred]
                if len(open_) + self._new_portions(rule) < (rule.least or 0):
                    found.add(rule.node)
            if rule.most is not None and sum(node == rule.node for node, _ in branch.reached) > rule.most:
                found.add(rule.node)
        return frozenset(found)

    def _new_portions(self, rule: Spread) -> int:
        """How many portions further credits or units could add."""
        if rule.reach:
            return int(self.further.credits >= rule.reach)
        return self.further.units * ((rule.least or 0) if rule.overlaps else 1)


def confirms(ground: Ground, proof: Proof) -> bool:
    """Whether this proof shows that nothing satisfies the rules. Every branch is looked at once.

    Where one unit may fill too many sets of places to look at each, nothing is confirmed.
    """
    left = [MAX_BRANCHES]
    try:
        return _confirms(ground, proof, Branch(), left)
    except TooMuch:
        return False


def _confirms(ground: Ground, proof: Proof, branch: Branch, left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    if isinstance(proof, Weights):
        return contradicts(ground, proof.times, branch, proof.cuts)
    return covers(ground, proof, branch) and all(
        _confirms(ground, way, branch.assuming(proof, number), left) for number, way in enumerate(proof.ways)
    )


def covers(ground: Ground, split: Branching, branch: Branch) -> bool:
    """Whether the ways of a branching are all the ways there are."""
    problem = ground.problem
    if split.about == "case":
        rules = [rule.cases for rule in problem.alternatives if rule.node == split.node]
        rules += [len(either.cases) for either in problem.either if either.node == split.node]
        return len(rules) == 1 and len(split.ways) == max(1, rules[0]) and _binding(problem, split.node, branch)
    if len(split.ways) != 2:
        return False
    if split.about == "rule":
        return any(path == split.node for path, _ in problem.qualification.nodes())
    if split.about == "place":
        return 0 <= split.unit < len(problem.units) and split.node in problem.places[split.unit]
    if split.about == "count":
        return 0 <= split.unit < len(problem.units) and 1 <= split.number <= problem.units[split.unit].steps
    known = [rule for rule in problem.spreads if rule.node == split.node]
    spread = split.about == "portion" and len(known) == 1 and split.portion in known[0].names
    return spread and _binding(problem, split.node, branch)


def _binding(problem: Problem, path: str, branch: Branch) -> bool:
    """Whether a rule that there is has to hold in this branch."""
    return path in branch.needed or path in always_needed(problem)


def always_needed(problem: Problem) -> tuple[str, ...]:
    """The nodes above which every group asks for all of its nodes, in document order."""
    found: list[str] = []

    def visit(path: str, node: AnyLeafOrGroup) -> None:
        found.append(path)
        if isinstance(node, Group) and node.needed == len(node.of):
            for child in node.of:
                visit(f"{path}/{child.id}", child)

    root = problem.qualification.requires
    visit(root.id, root)
    return tuple(found)


def contradicts(ground: Ground, times: Mapping[str, int], branch: Branch, cuts: Sequence[Cut] = ()) -> bool:
    """Whether these bounds (and cuts) together ask for more than anything in this branch can come to."""
    gauges = {**ground.gauges, **{gauge.key: gauge for gauge in ground.under(branch)}}
    if any(key not in gauges or count < 0 for key, count in times.items()):
        return False
    taken = [(gauges[key], count) for key, count in times.items() if count]
    for cut in cuts:
        own = gauges.get(cut.key)
        if own is None or not follows(ground, own, cut):
            return False
        taken.append((_as_gauge(own, cut), 1))
    asked = cost_of_tree(ground, taken, branch)
    if asked is None:
        return True
    most = most_of_units(ground, taken, branch)
    return most is None or most + _most_of_further(ground, taken) < asked


def _as_gauge(own: Gauge, cut: Cut) -> Gauge:
    weights = dict(cut.weights)
    vector = tuple(weights.get(index, 0) for index in range(len(own.bound.weights)))
    bound = replace(own.bound, weights=vector, least=cut.least, most=None, missing=cut.further, extra=0)
    return Gauge(f"{cut.key} cut", bound, 1, cut.least, 0, cut.further)


def follows(ground: Ground, own: Gauge, cut: Cut) -> bool:
    """Whether a cut follows from its bound: no set of units, with what is further, is enough for it and weighs less."""
    if cut.further < 0 or cut.least < 0 or any(weight < 0 for _, weight in cut.weights):
        return False
    lightest = lightest_filling(ground, own, dict(cut.weights), cut.further)
    return lightest is not None and lightest >= cut.least


def lightest_filling(ground: Ground, own: Gauge, weights: Mapping[int, int], further: int) -> int | None:
    """The least that whatever fills a place can weigh; None where units go in parts, or amounts are too fine."""
    bound, units = own.bound, ground.problem.units
    if not bound.place or own.sign < 0 or bound.when is not None or bound.extra or own.least <= 0 or not ground.singly:
        return None
    amounts = {index: amount for index, amount in enumerate(bound.weights) if amount}
    if any(amount < 0 or units[index].steps > 1 for index, amount in amounts.items()):
        return None
    if bound.measure == "entire":
        amounts = {index: amount for index, amount in amounts.items() if units[index].can_be_entire}
    grain = gcd(own.least, *amounts.values())
    size = own.least // grain
    if size > MAX_GRAINS:
        return None
    lightest = [0, *[INFINITE] * size]
    for index, amount in amounts.items():
        step, weight = amount // grain, weights.get(index, 0)
        for at in range(size, 0, -1):
            lightest[at] = min(lightest[at], lightest[max(0, at - step)] + weight)
    more = ground.further.credits if bound.unit_of_measure == "credits" else ground.further.units
    found = lightest[size]
    for at in range(size if own.helped else 0):
        lacking = -(-(size - at) * grain // own.helped)
        if lacking <= more:
            found = min(found, lightest[at] + lacking * further)
    return found


def cost_of_tree(ground: Ground, taken: Sequence[tuple[Gauge, int]], branch: Branch) -> int | None:
    """The least that the taken bounds ask for together, whichever rules the tree lets an answer get by with.

    None where the tree cannot hold in this branch. No number says that: the certificate brings its own numbers.
    """
    base = sum(count * (gauge.lowest if gauge.node else gauge.least) for gauge, count in taken)
    own: dict[str, int] = {}
    for gauge, count in taken:
        if gauge.node:
            own[gauge.node] = own.get(gauge.node, 0) + count * (gauge.least - gauge.lowest)
    blocked = branch.spared | ground.impossible(branch)

    def cost(path: str, node: AnyLeafOrGroup) -> int | None:
        if path in blocked:
            return None
        if not isinstance(node, Group):
            return own.get(path, 0)
        forced: list[int | None] = []
        free: list[int | None] = []
        for child in node.of:
            where = f"{path}/{child.id}"
            (forced if where in branch.needed else free).append(cost(where, child))
        possible = sorted(one for one in free if one is not None)
        wanted = max(0, node.needed - len(forced))
        if None in forced or len(possible) < wanted:
            return None
        return sum(one for one in forced if one is not None) + sum(possible[:wanted])

    root = ground.problem.qualification.requires
    whole = cost(root.id, root)
    return None if whole is None else base + whole


def most_of_units(ground: Ground, taken: Sequence[tuple[Gauge, int]], branch: Branch) -> int | None:
    """The most that units can add to the taken bounds; None when this branch asks of them what they cannot do.

    A unit that adds to none of them, and of which nothing is assumed, is not looked at.
    """
    stages: dict[int, list[int]] = {}
    forced: dict[int, int] = {}
    table = Table.of(taken)
    spoken = branch.spoken
    numbers = range(len(ground.problem.units))
    looked_at = spoken.union(table.owed, *(compress(numbers, gauge.bound.weights) for gauge, _ in taken))
    for index in sorted(looked_at):
        value = value_of_unit(ground, table, branch, index, assumed=index in spoken)
        own = ground.owners[index]
        if index in spoken and forced_to_count(branch, index):
            if value is None or own in forced:
                return None
            forced[own] = value
        elif value is not None:
            stages.setdefault(own, []).append(value)
    free = sum(max(0, *values) for own, values in stages.items() if own not in forced)
    return free + sum(forced.values())


@dataclass(frozen=True, slots=True)
class Table:
    """Bounds, each so many times, by what a use of a unit has to do with them: nothing, its places, its sharing."""

    always: tuple[tuple[Gauge, int], ...]
    places: Mapping[str, Sequence[tuple[Gauge, int]]]
    entries: Mapping[int, Sequence[tuple[Gauge, int]]]
    owed: Mapping[int, int]
    """For each unit what it owes to these bounds if any of it counts."""
    confined: bool = False
    """Whether any bound runs over what fills certain places."""

    @classmethod
    def of(cls, taken: Iterable[tuple[Gauge, int]]) -> "Table":
        """Sort bounds that are each taken so many times."""
        always: list[tuple[Gauge, int]] = []
        places: dict[str, list[tuple[Gauge, int]]] = {}
        entries: dict[int, list[tuple[Gauge, int]]] = {}
        owed: dict[int, int] = {}
        confined = False
        for one in taken:
            bound = one[0].bound
            if bound.when is not None:
                owed[bound.when] = owed.get(bound.when, 0) - one[1] * (bound.least or 0)
            if bound.place:
                places.setdefault(bound.node, []).append(one)
            elif bound.within:
                confined = True
                for path in bound.within:
                    places.setdefault(path, []).append(one)
            elif bound.sharing is not None:
                entries.setdefault(bound.sharing, []).append(one)
            else:
                always.append(one)
        return cls(tuple(always), places, entries, owed, confined)

    def by(self, filled: Iterable[str], entries: Iterable[int]) -> Iterator[tuple[Gauge, int]]:
        """The bounds that speak of a unit for the sake of these places and this sharing."""
        if self.confined:  # a limit over several places reads a unit that fills two of them once
            yield from {id(one): one for path in filled for one in self.places.get(path, ())}.values()
        else:
            for path in filled:
                yield from self.places.get(path, ())
        for entry in entries:
            yield from self.entries.get(entry, ())


def forced_to_count(branch: Branch, index: int) -> bool:
    """Whether a branch says that some of this unit counts."""
    return branch.least.get(index, 0) > 0 or any(unit == index for unit, _ in branch.fills)


def value_of_unit(ground: Ground, table: Table, branch: Branch, index: int, *, assumed: bool) -> int | None:
    """The most that one unit adds if any of it counts; None when none of it may. `assumed`: the branch speaks of it."""
    best: int | None = None
    owed = table.owed.get(index, 0)
    base = _worth(table.always, index)
    let_go = branch.spared and ground.problem.confined
    if ground.singly and not (assumed or let_go) and ground.problem.units[index].steps == 1:
        return _value_of_whole(ground, table, index, owed, base)
    for filled, entries in usable_fillings(ground, branch, index):
        slope, fixed, bonus = _worth(table.by(filled, entries), index, base)
        for count, entire in usable_counts(ground, branch, index, filled):
            value = slope * count + fixed + owed + (bonus if entire else 0)
            best = value if best is None else max(best, value)
    return best


def _value_of_whole(ground: Ground, table: Table, index: int, owed: int, base: tuple[int, int, int]) -> int:
    """The same of a unit in one piece that nothing was assumed about, where each fills one place at most."""
    slope, fixed, bonus = base
    entire = ground.problem.units[index].can_be_entire
    more = 0
    for path in ground.problem.places[index]:
        taken = table.places.get(path)
        if taken and (entire or path not in ground.counting):
            steps, any_, all_ = _worth(taken, index)
            more = max(more, steps + any_ + (all_ if entire else 0))
    return slope + fixed + (bonus if entire else 0) + owed + more


def _worth(
    taken: Iterable[tuple[Gauge, int]], index: int, base: tuple[int, int, int] = (0, 0, 0)
) -> tuple[int, int, int]:
    """What a unit adds to bounds: for each step of it, for any of it, and for all of it."""
    slope, fixed, bonus = base
    for gauge, times in taken:
        weight = gauge.bound.weights[index]
        if weight:
            worth = times * gauge.sign * weight
            if gauge.bound.measure == "credits":
                slope += worth
            elif gauge.bound.measure == "units":
                fixed += worth
            else:
                bonus += worth
    return slope, fixed, bonus


def usable_fillings(ground: Ground, branch: Branch, index: int) -> Iterator[tuple[tuple[str, ...], frozenset[int]]]:
    """Every set of places that a unit may fill at once in this branch, and the entries of `sharing` it uses so."""
    must = {path for unit, path in branch.fills if unit == index}
    never = {path for unit, path in branch.avoids if unit == index}
    if ground.problem.confined and branch.spared:
        never |= _let_go(ground, branch)
    for filled, entries in ground.fillings[ground.problem.places[index]]:
        if must.issubset(filled) and never.isdisjoint(filled):
            yield filled, entries


def _let_go(ground: Ground, branch: Branch) -> set[str]:
    """The places over which limits run and that this branch does without: nothing fills them."""
    return {path for path in ground.problem.confined if not branch.spared.isdisjoint(_line(path))}


def usable_counts(ground: Ground, branch: Branch, index: int, filled: Iterable[str]) -> list[tuple[int, bool]]:
    """The amounts at which a sum over one unit is largest: the ends of what may count, with and without the whole."""
    unit = ground.problem.units[index]
    low, high = max(1, branch.least.get(index, 1)), min(unit.steps, branch.most.get(index, unit.steps))
    if not ground.counting.isdisjoint(filled):
        low = unit.steps if unit.can_be_entire else INFINITE
    if low > high:
        return []
    return [(count, count == unit.steps and unit.can_be_entire) for count in sorted({low, max(low, high - 1), high})]


def _most_of_further(ground: Ground, taken: Sequence[tuple[Gauge, int]]) -> int:
    """The most that further credits and units can add to the taken bounds.

    Those of one kind lie in one requirement each, unless it may share; towards a limit each of them helps. See
    `allocation`, which says the same to the solver. What a requirement lacks is a multiple of its grain, and so is all
    that lies in requirements: of 2.5 further credits two help where all is in whole credits.
    """
    return _most_further(ground, taken, "credits") + _most_further(ground, taken, "units")


def _most_further(ground: Ground, taken: Sequence[tuple[Gauge, int]], measure: str) -> int:
    more = ground.further.credits if measure == "credits" else ground.further.units
    if not more:
        return 0
    if any(gauge.bound.within and gauge.bound.unit_of_measure == measure for gauge, _ in taken):
        return more * max(0, _most_confined(ground, taken, measure))
    whole = 0
    helps: dict[str, int] = {}
    places = {bound.node for bound in ground.problem.bounds if bound.place}
    wanting = (*ground.gauges.values(), *(gauge for gauge, _ in taken))  # a case of a rule wants in its branch alone
    wanted = {(gauge.node, gauge.bound.unit_of_measure) for gauge in wanting if gauge.wants}
    for gauge, times in taken:
        if gauge.bound.unit_of_measure != measure:
            continue
        whole += times * gauge.sign * gauge.bound.extra
        if gauge.helped and (gauge.node, measure) in wanted:
            helps[gauge.node] = helps.get(gauge.node, 0) + times * gauge.helped
    whole += sum(max(0, worth) for node, worth in helps.items() if node not in places)
    alone = {node: worth for node, worth in helps.items() if node in places - ground.problem.sharing_places}
    if places & ground.problem.sharing_places:
        return more * max(0, whole + max(0, *alone.values(), _most_shared(ground, taken, measure, helps)))
    inside = max(0, *alone.values(), 0)
    round_ = more - more % ground.grain(measure, (node for node, worth in alone.items() if worth > 0))
    return more * whole + round_ * inside if whole >= 0 else round_ * max(0, whole + inside)


def _most_confined(ground: Ground, taken: Sequence[tuple[Gauge, int]], measure: str) -> int:
    """The most that one further credit or unit adds where limits run over what fills certain places: it lies in one
    place, in several that may share it, or in none, and helps a limit over places only where it lies in one of these.
    """
    problem, places = ground.problem, {bound.node for bound in ground.problem.bounds if bound.place}
    wanting = (*ground.gauges.values(), *(gauge for gauge, _ in taken))
    wanted = {gauge.node for gauge in wanting if gauge.wants and gauge.bound.unit_of_measure == measure}
    everywhere, entries = 0, dict[int, int]()
    helps, takes, limits = dict[str, int](), dict[str, int](), dict[tuple[str, tuple[str, ...]], int]()
    inside: list[tuple[frozenset[str], int]] = []
    for gauge, times in taken:
        bound = gauge.bound
        if bound.unit_of_measure != measure:
            continue
        if bound.within:
            inside.append((frozenset(bound.within), times * gauge.sign * bound.extra))
        else:
            everywhere += times * gauge.sign * bound.extra
        if bound.sharing is not None:
            entries[bound.sharing] = entries.get(bound.sharing, 0) + times * gauge.sign
        if bound.place and bound.node in problem.confined and gauge.sign < 0:
            takes[bound.node] = takes.get(bound.node, 0) + times * gauge.helped
        elif gauge.helped and gauge.node in wanted and bound.place:
            helps[bound.node] = helps.get(bound.node, 0) + times * gauge.helped
        elif gauge.helped and gauge.node in wanted:
            limits[bound.node, bound.within] = limits.get((bound.node, bound.within), 0) + times * gauge.helped

    def worth(filled: frozenset[str]) -> int:
        reached = sum(extra for paths, extra in inside if not paths.isdisjoint(filled))
        reached += sum(max(0, one) for (_, paths), one in limits.items() if not paths or not filled.isdisjoint(paths))
        return reached + sum(max(0, helps.get(path, 0)) + takes.get(path, 0) for path in filled)

    alone = [worth(frozenset({path})) for path in (places | problem.confined) - problem.sharing_places]
    if ground.shared is None:
        spots = [frozenset({path}) for path in problem.sharing_places]
        alone.append(sum(max(0, worth(spot) - worth(frozenset())) for spot in spots) + worth(frozenset()))
    for filled, by in ground.shared or ():
        alone.append(worth(frozenset(filled)) + sum(entries.get(entry, 0) for entry in by))
    return everywhere + max(worth(frozenset()), *alone)


def _most_shared(ground: Ground, taken: Sequence[tuple[Gauge, int]], measure: str, helps: Mapping[str, int]) -> int:
    """The most that one further credit or unit adds in places that may share it: in one set that it may fill."""
    sharing = ground.problem.sharing_places
    if ground.shared is None:
        return sum(max(0, worth) for node, worth in helps.items() if node in sharing)
    costs: dict[int, int] = {}
    for gauge, times in taken:
        if gauge.bound.sharing is not None and gauge.bound.unit_of_measure == measure:
            costs[gauge.bound.sharing] = costs.get(gauge.bound.sharing, 0) - times * gauge.sign
    return max(
        (
            sum(max(0, helps.get(path, 0)) for path in filled) - sum(costs.get(entry, 0) for entry in entries)
            for filled, entries in ground.shared
        ),
        default=0,
    )
