"""Find the certificate of a no: ask the solver which bounds to add up, and branch where no sum alone will do.

The solver's prices are hints. Each is turned into a whole number of times, and `certificate` adds the bounds up so
many times, in whole numbers; what does not come out there is no proof, whatever the solver said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Final

from creditbank.framework.qualification import Group
from creditbank.stacking.certificate import (
    NOTHING_MORE,
    Branch,
    Branching,
    Certificate,
    Cut,
    Further,
    Gauge,
    Ground,
    Proof,
    Table,
    Weights,
    always_needed,
    confirms,
    contradicts,
    forced_to_count,
    lightest_filling,
    usable_counts,
    usable_fillings,
)
from creditbank.stacking.enumeration import TooMuch
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.solver import Effort, Hint, Relaxation, TooComplex, hint

MAX_DEPTH: Final = 60
MAX_WAYS: Final = 30_000
"""More ways to use units than this are not asked the solver about; a sum that is seen at first sight needs none."""
ALMOST: Final = 1e-6
KNOWN: Final = 4
"""So many sums that ended branches are tried on the next before the solver is asked."""
Reading = tuple[tuple[int, int], ...]
"""What a use of a unit adds to which bounds, by their numbers."""
CUT_SCALES: Final = (10**4, 10**7, 10**10)
MAX_SETS: Final = 20_000
"""Where more sets of units fill one place, no cuts are looked for."""
ALL_SETS: Final = 60_000
"""And as well where all places together have more."""
FEW_SETS: Final = 2_000
"""Where more do, cuts are looked for before anything is branched on, and not once more in each branch."""
SCALES: Final = (1, 2, 6, 60, 1_000, 1_000_000, 1_000_000_000)
"""By how much the largest price is enlarged before it is rounded; small whole numbers read best."""


def refute(
    problem: Problem,
    effort: Effort,
    *,
    further: Further = NOTHING_MORE,
    rules: frozenset[str] | None = None,
    cuts: bool = False,
) -> Certificate | None:
    """A certificate that no answer satisfies the problem (or even these rules of it); None when none was found.

    With `further`, even so many more credits and units of the best kind would not do. None says nothing: there may be
    an answer, or the proof may take more than `effort`. With `cuts`, the proof may have some, and is not handed on.
    """
    try:
        proof = _Search(Ground(problem, further, rules), rules, effort, cuts).proof(Branch(), 0)
    except (TooComplex, TooMuch):
        return None
    if proof is None:
        return None
    assert confirms(Ground(problem, further), proof), "a certificate that was found is one that is confirmed"
    return Certificate(proof, further)


@dataclass
class _Search:
    ground: Ground
    rules: frozenset[str] | None
    effort: Effort
    cuts: bool = False
    options: dict[str, bool] = field(default_factory=dict)
    readings: dict[object, dict[int, list[tuple["_Way", Reading]]]] = field(default_factory=dict)
    """By what a branch says of rules, cases and portions: how each unit can be used of which it says nothing."""
    known: list[Weights] = field(default_factory=list)

    def __post_init__(self) -> None:
        problem = self.ground.problem
        needed = set(always_needed(problem))
        self.options = {path: path not in needed for path, _ in problem.qualification.nodes()}

    def proof(self, branch: Branch, depth: int) -> Proof | None:
        """A proof for this branch, or None when there is none (or none that was found)."""
        if contradicts(self.ground, {}, branch):  # the tree cannot hold here, which no relaxation has a price for
            return Weights({})
        for known in self.known:
            if contradicts(self.ground, known.times, branch, known.cuts):
                return known
        question = _Question(self, branch)
        said = hint(question.relaxation, self.effort)
        if said is None:
            return None
        sum_ = self._summed(question, said, branch) or (self._covered(branch) if self.cuts else None)
        if sum_ is not None:
            return self._told(sum_)
        if depth >= MAX_DEPTH:
            return None
        split = question.split(said)
        if split is None:
            return None
        ways = []
        for number in range(len(split.ways)):
            way = self.proof(branch.assuming(split, number), depth + 1)
            if way is None:
                return None
            ways.append(way)
        return Branching(split.about, tuple(ways), split.node, split.unit, split.number, split.portion)

    def _summed(self, question: "_Question", said: Hint, branch: Branch) -> Weights | None:
        """A sum of bounds that ends a branch, by the prices of each use of each unit."""
        for scale in SCALES if said.cost > ALMOST else ():
            times = question.times(said, scale)
            if contradicts(self.ground, times, branch):
                return Weights(times)
        return None

    def _covered(self, branch: Branch) -> Weights | None:
        """A sum of bounds and cuts that ends a branch, by the prices of all sets of units that fill a place."""
        if not covering(self.ground):
            return None
        many = True
        try:
            question = _Covering(self, branch)
            many = any(len(sets) > FEW_SETS for sets in question.sets.values())
            said = hint(question.relaxation, self.effort.anew() if many else self.effort)
        except TooMany:
            self.cuts = False
            return None
        except TooComplex:
            if not many:
                raise
            said = None
        if many:
            self.cuts = False
        if said is not None and said.cost > ALMOST:
            for scale in CUT_SCALES:
                sum_ = question.cut(said, scale)
                if sum_ is not None and contradicts(self.ground, sum_.times, branch, sum_.cuts):
                    return sum_
        return None

    def _told(self, sum_: Weights) -> Weights:
        """The sum that ends a branch: where offers are taken in turn, the next branches often end by it too."""
        if any(unit.offered for unit in self.ground.problem.units):
            self.known = [sum_, *self.known[: KNOWN - 1]]
        return sum_

    def concerns(self, node: str) -> bool:
        """Whether a rule is among those that are looked at; what stands outside the tree always is."""
        return not node or self.rules is None or node in self.rules


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to use a unit; a column says how much of the answer goes this way."""

    unit: int
    filled: tuple[str, ...]
    count: int


class _Question:
    """The relaxation of one branch: how much of each way of each unit, so that the bounds lack least."""

    def __init__(self, search: _Search, branch: Branch) -> None:
        self.search, self.branch, self.ground = search, branch, search.ground
        self.relaxation = Relaxation()
        self.gauges = [
            gauge
            for gauge in (*self.ground.gauges.values(), *self.ground.under(branch))
            if search.concerns(gauge.node) and gauge.node not in branch.spared
        ]
        self.places = {gauge.node for gauge in self.gauges if gauge.bound.place} | self.ground.problem.confined
        self.terms: list[list[tuple[int, float]]] = [[] for _ in self.gauges]
        self.ways: list[tuple[int, _Way]] = []
        self.chosen: dict[str, int] = {}
        self.lines: list[int] = []
        self.told: frozenset[int] = frozenset()
        """Bounds (by number) of which other rows tell."""
        self._tree()
        self._units()
        self._further()
        self._bounds()

    def _tree(self) -> None:
        """A column for each rule that may or may not be needed, and what the groups ask of them."""
        relaxation, problem = self.relaxation, self.ground.problem
        for path, _ in problem.qualification.nodes():
            if self.search.options[path]:
                lower = 1.0 if path in self.branch.needed else 0.0
                upper = 0.0 if path in self.branch.spared or path in self.blocked else 1.0
                self.chosen[path] = relaxation.column(upper, lower=min(lower, upper))
        for path, node in problem.qualification.nodes():
            if not isinstance(node, Group):
                continue
            children = [f"{path}/{child.id}" for child in node.of]
            optional = [self.chosen[child] for child in children if child in self.chosen]
            needed = node.needed - (len(children) - len(optional))
            if not optional or needed <= 0:
                continue
            own = self.chosen.get(path)
            terms = [(column, 1.0) for column in optional]
            relaxation.row(terms + ([] if own is None else [(own, -float(needed))]), 0.0 if own is not None else needed)
            if own is not None:
                for column in optional:
                    relaxation.row([(own, 1.0), (column, -1.0)], 0.0)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The places over which limits run and that may or may not be needed."""
        return self.ground.problem.confined.intersection(self.chosen)

    @property
    def blocked(self) -> frozenset[str]:
        return self.ground.impossible(self.branch)

    def _units(self) -> None:
        """A column for each way to use a unit that adds to some bound, and a row for each set of which one counts."""
        sets: dict[int, list[int]] = {}
        ways = sum(len(self.ground.fillings[own]) for own in self.ground.problem.places)
        if ways > MAX_WAYS:
            raise TooComplex("pairs", pairs=ways, most=MAX_WAYS)
        branch, spoken, owing = self.branch, self.branch.spoken, self._owing()
        told = (branch.spared, tuple(sorted(branch.cases.items())), branch.reached, branch.barred)
        known = self.search.readings.setdefault(told, {})
        table = Table.of((gauge, at) for at, gauge in enumerate(self.gauges))
        for index in range(len(self.ground.problem.units)):
            forced = index in spoken and forced_to_count(branch, index)
            found = None if index in spoken else known.get(index)
            if found is None:
                found = self._readings(index, table, owing)
            if index not in spoken:
                known[index] = found
            own = [self._column(way, reading) for way, reading in found if reading or forced]
            if own or forced:
                sets.setdefault(self.ground.owners[index], []).extend(own)
            if forced:
                self.relaxation.row([(column, 1.0) for column in own], 1.0)
        for columns in sets.values():
            if len(columns) > 1:
                self.relaxation.row([(column, -1.0) for column in columns], -1.0)

    def _column(self, way: "_Way", reading: Reading) -> int:
        """A column for one way to use a unit."""
        column = self.relaxation.column(1.0)
        self.ways.append((column, way))
        for at, value in reading:
            self.terms[at].append((column, float(value)))
        for path in self.optional.intersection(way.filled):  # nothing fills what is not needed
            self.relaxation.row([(self.chosen[path], 1.0), (column, -1.0)], 0.0)
        return column

    def _readings(self, index: int, table: Table, owing: Mapping[int, Sequence[int]]) -> list[tuple["_Way", Reading]]:
        """Every way in which one unit can be used in this branch, each of another reading."""
        common = [(gauge, at) for gauge, at in table.always if gauge.bound.weights[index]]
        owed = owing.get(index, ())
        found: dict[Reading, _Way] = {}
        for filled, entries in usable_fillings(self.ground, self.branch, index):
            if not self.places.issuperset(filled):
                continue
            gauges = [*common, *table.by(filled, entries)]
            for count, entire in usable_counts(self.ground, self.branch, index, filled):
                reading = self._reading(index, gauges, owed, count, entire=entire)
                found.setdefault(reading, _Way(index, filled, count))
        return [(way, reading) for reading, way in found.items()]

    def _owing(self) -> Mapping[int, Sequence[int]]:
        """For each unit the bounds (by number) that it owes something to if it counts."""
        found: dict[int, list[int]] = {}
        for at, gauge in enumerate(self.gauges):
            if gauge.bound.when is not None:
                found.setdefault(gauge.bound.when, []).append(at)
        return found

    def _reading(
        self, index: int, gauges: Sequence[tuple[Gauge, int]], owed: Iterable[int], count: int, *, entire: bool
    ) -> Reading:
        """What a unit adds to which of these bounds (each with its number) when so much of it counts."""
        found = {at: -(self.gauges[at].bound.least or 0) for at in owed}
        for gauge, at in gauges:
            bound = gauge.bound
            if bound.measure == "credits":
                found[at] = found.get(at, 0) + gauge.sign * bound.weights[index] * count
            elif bound.measure == "units" or entire:
                found[at] = found.get(at, 0) + gauge.sign * bound.weights[index]
        return tuple(sorted((at, value) for at, value in found.items() if value))

    def _further(self) -> None:
        """What more could come, as `allocation` states it."""
        for measure, most in (("credits", self.ground.further.credits), ("units", self.ground.further.units)):
            if most:
                self._further_of(measure, most)

    def _further_of(self, measure: str, most: int) -> None:
        relaxation, problem = self.relaxation, self.ground.problem
        whole = relaxation.column(float(most))
        places = {bound.node for bound in problem.bounds if bound.place}
        short: dict[str, int] = {}
        for gauge in self.gauges:
            if gauge.wants and gauge.bound.unit_of_measure == measure and gauge.node not in short:
                short[gauge.node] = relaxation.column(float(most))
        filling = {path: relaxation.column(float(most)) for path in sorted(problem.confined)}
        places |= problem.confined
        self._helped(measure, whole, short, filling)
        in_places = {node: column for node, column in short.items() if node in places} | filling
        alone = [(column, -1.0) for node, column in in_places.items() if node not in problem.sharing_places]
        shared = {node: column for node, column in in_places.items() if node in problem.sharing_places}
        inside = most - most % self.ground.grain(measure, (node for node in short if node not in shared))
        if alone and not shared and inside < most and not filling:
            relaxation.row(alone, -float(inside))
        self._further_shared(measure, most, [(whole, 1.0), *alone], shared)
        for node, column in short.items():
            if node not in places:
                relaxation.row([(whole, 1.0), (column, -1.0)], 0.0)

    def _helped(self, measure: str, whole: int, short: Mapping[str, int], filling: Mapping[str, int]) -> None:
        """What further credits (or units) add to the bounds, and where they lie for that."""
        relaxation = self.relaxation
        for at, gauge in enumerate(self.gauges):
            bound = gauge.bound
            if bound.unit_of_measure != measure:
                continue
            if bound.extra:
                wholes = [filling[path] for path in bound.within] if bound.within else [whole]
                self.terms[at] += [(column, float(gauge.sign * bound.extra)) for column in wholes]
            if gauge.helped and bound.place and gauge.sign < 0 and gauge.node in filling:
                self.terms[at].append((filling[gauge.node], float(gauge.helped)))
            elif gauge.helped and gauge.node in short:
                self.terms[at].append((short[gauge.node], float(gauge.helped)))
        for node, column in filling.items():
            if node in short:
                relaxation.row([(column, 1.0), (short[node], -1.0)], 0.0)
        for node, paths in self._within().items():
            if node in short:
                relaxation.row([*((filling[path], 1.0) for path in paths), (short[node], -1.0)], 0.0)

    def _within(self) -> dict[str, tuple[str, ...]]:
        """For each limit over what fills certain places these places."""
        return {gauge.node: gauge.bound.within for gauge in self.gauges if gauge.bound.within}

    def _further_shared(
        self, measure: str, most: int, whole: list[tuple[int, float]], shared: Mapping[str, int]
    ) -> None:
        relaxation = self.relaxation
        if shared and self.ground.shared is None:
            for column in shared.values():
                relaxation.row([*whole, (column, -1.0)], 0.0)
            return
        together: dict[str, list[tuple[int, float]]] = {path: [] for path in shared}
        for filled, entries in self.ground.shared or () if shared else ():
            if not shared.keys() >= set(filled):
                continue
            part = relaxation.column(float(most))
            whole.append((part, -1.0))
            for path in filled:
                together[path].append((part, 1.0))
            for at, gauge in enumerate(self.gauges):
                if gauge.bound.sharing in entries and gauge.bound.unit_of_measure == measure:
                    self.terms[at].append((part, float(gauge.sign)))
        for path, parts in together.items():
            relaxation.row([*parts, (shared[path], -1.0)], 0.0)
        if len(whole) > 1:
            relaxation.row(whole, 0.0)

    def _bounds(self) -> None:
        """Each bound may lack something; all that is lacking is made least."""
        for at, (gauge, terms) in enumerate(zip(self.gauges, self.terms, strict=True)):
            if at in self.told:
                self.lines.append(-1)
                continue
            scale = float(max(1, abs(gauge.least), gauge.least - gauge.lowest))
            terms.append((self.relaxation.column(float("inf"), cost=1.0), scale))
            own = self.chosen.get(gauge.node)
            end = gauge.least
            if own is not None:
                terms.append((own, -float(gauge.least - gauge.lowest)))
                end = gauge.lowest
            self.lines.append(self.relaxation.row(terms, float(end)))

    def times(self, said: Hint, scale: int) -> dict[str, int]:
        """The prices as whole numbers, the largest of them `scale` (or for 1, the smallest about 1)."""
        prices = [max(0.0, said.prices[line]) for line in self.lines]
        known = [price for price in prices if price > 1e-12]
        if not known:
            return {}
        unit = min(known) if scale == 1 else max(known) / scale
        if max(known) / unit > 10**12:
            unit = max(known) / 10**12
        return {
            gauge.key: count for gauge, price in zip(self.gauges, prices, strict=True) if (count := round(price / unit))
        }

    def split(self, said: Hint) -> Branching | None:
        """Where the hint is not in whole numbers, or keeps a rule only in part: what to tell apart next."""
        found = self._split_rule(said) or self._split_case(said) or self._split_portion(said)
        return found or self._split_unit(said) or self._split_confined()

    def _split_confined(self) -> Branching | None:
        """A place of which no sum tells that nothing fills it where it is not needed."""
        for path in sorted(self.ground.problem.confined):
            if path in self.chosen and path not in self.branch.needed and path not in self.branch.spared:
                return _two("rule", node=path)
        return None

    def _split_rule(self, said: Hint) -> Branching | None:
        halves = [
            (abs(said.columns[column] - 0.5), path)
            for path, column in self.chosen.items()
            if ALMOST < said.columns[column] < 1 - ALMOST
        ]
        return _two("rule", node=min(halves)[1]) if halves else None

    def _holding(self, said: Hint, path: str) -> bool:
        """Whether a rule is needed in the hint; only then does it bind."""
        if not self.search.concerns(path):
            return False
        column = self.chosen.get(path)
        return column is None or said.columns[column] > 0.5

    def _needed(self, path: str) -> bool:
        return path not in self.chosen or path in self.branch.needed

    def _split_case(self, said: Hint) -> Branching | None:
        for rule in self.ground.problem.alternatives:
            if rule.node in self.branch.cases or not self._holding(said, rule.node):
                continue
            open_ = set(range(rule.cases))
            spoken = False
            for column, way in self.ways:
                allowed = rule.allowed[way.unit]
                here = not rule.place or rule.node in way.filled
                if said.columns[column] > ALMOST and allowed is not None and here:
                    spoken = True
                    open_ &= set(allowed)
            if spoken and not open_:
                if not self._needed(rule.node):
                    return _two("rule", node=rule.node)
                return Branching("case", (Weights({}),) * max(1, rule.cases), node=rule.node)
        for either in self.ground.problem.either:
            if either.node in self.branch.cases or not self._holding(said, either.node):
                continue
            if not any(all(self._kept(bound, said) for bound in case) for case in either.cases):
                if not self._needed(either.node):
                    return _two("rule", node=either.node)
                return Branching("case", (Weights({}),) * len(either.cases), node=either.node)
        return None

    def _kept(self, bound: Bound, said: Hint) -> bool:
        """Whether a bound over all that counts holds in the hint."""
        have = sum(said.columns[column] * bound.weights[way.unit] * way.count for column, way in self.ways)
        return (bound.least is None or have >= bound.least - ALMOST) and (
            bound.most is None or have <= bound.most + ALMOST
        )

    def _split_portion(self, said: Hint) -> Branching | None:
        for rule in self.ground.problem.spreads:
            if not self._holding(said, rule.node):
                continue
            have: dict[str, float] = dict.fromkeys(rule.names, 0.0)
            for column, way in self.ways:
                part = said.columns[column]
                if part > ALMOST and (not rule.within or not set(rule.within).isdisjoint(way.filled)):
                    for name in rule.portions[way.unit]:
                        have[name] += part * (rule.steps[way.unit] * way.count if rule.reach else 1)
            full = sum(amount >= max(1, rule.reach) - ALMOST for amount in have.values())
            some = sum(amount > ALMOST for amount in have.values())
            if (not rule.least or full >= rule.least) and (rule.most is None or some <= rule.most):
                continue
            if not self._needed(rule.node):
                return _two("rule", node=rule.node)
            told = {name for node, name in self.branch.reached | self.branch.barred if node == rule.node}
            open_ = [(-amount, name) for name, amount in have.items() if name not in told]
            if open_:
                return _two("portion", node=rule.node, portion=min(open_)[1])
        return None

    def _split_unit(self, said: Hint) -> Branching | None:
        """The unit whose use is least clear: first where it goes, then how much of it counts."""
        parts: dict[int, list[tuple[float, _Way]]] = {}
        for column, way in self.ways:
            if said.columns[column] > ALMOST:
                parts.setdefault(way.unit, []).append((said.columns[column], way))
        if (split := self._split_offer(parts)) is not None:
            return split
        best: tuple[float, Branching] | None = None
        for index, ways in parts.items():
            found = self._unclear(index, ways)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        return None if best is None else best[1]

    def _split_offer(self, parts: Mapping[int, Sequence[tuple[float, _Way]]]) -> Branching | None:
        """Of offers few are taken, and whichever is taken leaves no room for others: so first which, and then where."""
        offers = {index: ways for index, ways in parts.items() if self.ground.problem.units[index].offered}
        wholes = {index: sum(part for part, _ in ways) for index, ways in offers.items()}
        halves = [(abs(whole - 0.5), index) for index, whole in wholes.items() if ALMOST < whole < 1 - ALMOST]
        if halves:
            return _two("count", unit=min(halves)[1], number=1)
        found = (self._unclear(index, ways) for index, ways in offers.items())
        return min((one for one in found if one is not None), key=itemgetter(0), default=(0.0, None))[1]

    def _unclear(self, index: int, ways: Sequence[tuple[float, _Way]]) -> tuple[float, Branching] | None:
        fills: dict[str, float] = {}
        for part, way in ways:
            for path in way.filled:
                fills[path] = fills.get(path, 0.0) + part
        halves = [(abs(part - 0.5), path) for path, part in fills.items() if ALMOST < part < 1 - ALMOST]
        if halves:
            return min(halves)[0], _two("place", node=min(halves)[1], unit=index)
        whole = sum(part for part, _ in ways)
        amount = sum(part * way.count for part, way in ways)
        if whole < 1 - ALMOST:
            return abs(whole - 0.5), _two("count", unit=index, number=1)
        if len(ways) > 1:
            number = min(max(int(amount) + 1, 2), self.ground.problem.units[index].steps)
            low, high = self.branch.least.get(index, 1), self.branch.most.get(index, number)
            if low < number <= high:
                return 0.6, _two("count", unit=index, number=number)
        return None


def _two(about: str, *, node: str = "", unit: int = -1, number: int = 0, portion: str = "") -> Branching:
    """A branching in two, whose proofs are still to be found."""
    return Branching(about, (Weights({}), Weights({})), node, unit, number, portion)


class TooMany(Exception):
    """More sets of units fill a place than are looked at."""


def covering(ground: Ground) -> bool:
    """Whether units go whole, and each in one place."""
    return ground.singly and all(unit.steps == 1 for unit in ground.problem.units)


class _Covering(_Question):
    """The relaxation in which each place is filled by sets of units, of each of which it takes all or nothing.

    It is closer to whole numbers than the one over units. A place is priced, and each unit: these are the weights in
    which whatever fills the place is dear.
    """

    def _units(self) -> None:
        self.covered: dict[str, int] = {}
        """For each place the bound (by number) that its sets are enough for."""
        for at, gauge in enumerate(self.gauges):
            bound = gauge.bound
            if bound.place and gauge.sign > 0 and gauge.least > 0 and bound.when is None and not bound.extra:
                self.covered.setdefault(gauge.node, at)
        self.sets: dict[str, list[int]] = {path: [] for path in self.covered}
        self.lacking: dict[str, list[tuple[int, float]]] = {path: [] for path in self.covered}
        self.alone: dict[int, Reading] = {}
        self.inside: dict[tuple[int, str], tuple[int, Reading]] = {}
        self._read_units()
        taken: dict[int, list[tuple[int, float]]] = {}
        for index, reading in self.alone.items():
            column = self._used((index,), reading, taken)
            self.ways.append((column, _Way(index, (), 1)))
        for path, at in self.covered.items():
            self._sets_of(path, self.gauges[at], taken)
        owners: dict[int, list[tuple[int, float]]] = {}
        for index, columns in taken.items():
            owners.setdefault(self.ground.owners[index], []).extend(columns)
        self.owned = {own: self.relaxation.row(_summed(columns), -1.0) for own, columns in owners.items()}
        for index in sorted(self.branch.spoken):
            if forced_to_count(self.branch, index):
                self.relaxation.row([(column, 1.0) for column, _ in taken.get(index, ())], 1.0)

    def _read_units(self) -> None:
        """What each unit adds to the bounds by itself, and in each place; and how much of the place it fills."""
        table, owing = Table.of((gauge, at) for at, gauge in enumerate(self.gauges)), self._owing()
        for index in range(len(self.ground.problem.units)):
            common = [(gauge, at) for gauge, at in table.always if gauge.bound.weights[index]]
            for filled, entries in usable_fillings(self.ground, self.branch, index):
                counts = usable_counts(self.ground, self.branch, index, filled)
                if not counts or (filled and filled[0] not in self.places):
                    continue
                gauges = [*common, *table.by(filled, entries)]
                reading = dict(self._reading(index, gauges, owing.get(index, ()), 1, entire=counts[-1][1]))
                if not filled:
                    self.alone[index] = tuple(reading.items())
                elif filled[0] in self.covered:
                    amount = reading.pop(self.covered[filled[0]], 0)
                    if amount > 0:
                        self.inside[index, filled[0]] = amount, tuple(reading.items())

    def _used(self, units: Sequence[int], reading: Reading, taken: dict[int, list[tuple[int, float]]]) -> int:
        column = self.relaxation.column(1.0)
        for index in units:
            taken.setdefault(index, []).append((column, -1.0))
        for at, value in reading:
            self.terms[at].append((column, float(value)))
        return column

    def _sets_of(self, path: str, gauge: Gauge, taken: dict[int, list[tuple[int, float]]]) -> None:
        """A column for each set that is enough with none to spare, or that is enough with what is further."""
        further = self.ground.further
        more = gauge.helped * (further.credits if gauge.bound.unit_of_measure == "credits" else further.units)
        fitting = sorted(
            (-amount, index, reading) for (index, place), (amount, reading) in self.inside.items() if place == path
        )
        found: list[tuple[tuple[int, ...], int]] = [((), 0)]
        rest = -sum(negative for negative, _, _ in fitting)
        for negative, index, _ in fitting:  # the largest first: a set that is enough without its last has it to spare
            rest += negative
            wanting = gauge.least - more - rest
            with_it = [((*own, index), have - negative) for own, have in found if have < gauge.least]
            found = [one for one in (*found, *with_it) if one[1] >= wanting]  # the others come to nothing any more
            if len(found) > MAX_SETS or len(found) + len(self.relaxation.costs) > ALL_SETS:
                raise TooMany
        readings = {index: reading for _, index, reading in fitting}
        for own, have in found:
            if have < gauge.least - more:
                continue
            summed: dict[int, int] = {}
            for index in own:
                for at, value in readings[index]:
                    summed[at] = summed.get(at, 0) + value
            column = self._used(own, tuple(summed.items()), taken)
            self.sets[path].append(column)
            if have < gauge.least:
                self.lacking[path].append((column, -float(gauge.least - have)))

    def _bounds(self) -> None:
        """Each place takes a set, each other bound may lack something; all that is lacking is made least."""
        self.filled: dict[str, int] = {}
        self.more: dict[str, int] = {}
        for path, at in self.covered.items():
            own = self.chosen.get(path)
            row = [(column, 1.0) for column in self.sets[path]]
            row.append((self.relaxation.column(float("inf"), cost=1.0), 1.0))
            row += [] if own is None else [(own, -1.0)]
            self.filled[path] = self.relaxation.row(row, 1.0 if own is None else 0.0)
            self.more[path] = self.relaxation.row([*self.terms[at], *self.lacking[path]], 0.0)
        self.told = frozenset(self.covered.values())
        super()._bounds()

    def cut(self, said: Hint, scale: int) -> Weights | None:
        """The prices as whole numbers: of bounds so many times, of a place and its units a cut."""
        lines = {at: line for at, line in enumerate(self.lines) if at not in self.told}
        every = [said.prices[line] for line in (*lines.values(), *self.filled.values())]
        top = max(every, default=0.0)
        if top <= ALMOST:
            return None
        unit = top / scale
        times = {at: count for at, line in lines.items() if (count := round(max(0.0, said.prices[line]) / unit))}
        paid = {own: round(max(0.0, said.prices[line]) / unit) for own, line in self.owned.items()}
        cuts = []
        for path, at in self.covered.items():
            gauge = self.gauges[at]
            further = round(max(0.0, said.prices[self.more[path]]) * max(1, gauge.helped) / unit)
            weights = {
                index: max(
                    0, paid.get(self.ground.owners[index], 0) - sum(times.get(at, 0) * value for at, value in own)
                )
                for (index, place), (_, own) in self.inside.items()
                if place == path
            }
            barred = {index for index, weight in enumerate(gauge.bound.weights) if weight and index not in weights}
            weights |= dict.fromkeys(barred, 0)
            least = lightest_filling(self.ground, gauge, weights, further)
            if least:
                told = tuple(sorted((index, weight) for index, weight in weights.items() if weight))
                cuts.append(Cut(gauge.key, told, further, least))
        return Weights({self.gauges[at].key: count for at, count in times.items()}, tuple(cuts))


def _summed(terms: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Terms in which each column stands once: of two units of one set the heavier weight is as good."""
    found: dict[int, float] = {}
    for column, weight in terms:
        found[column] = found.get(column, 0.0) + weight
    return list(found.items())


__all__ = ["Certificate", "refute"]
