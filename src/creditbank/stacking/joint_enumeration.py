"""The second way to a no for several awards at once: add up what each unit could give at most, or try every answer.

As in `enumeration`, everything is exact and nothing is guessed: where there is too much to try it says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations, product
from math import floor, prod

from creditbank.stacking.coupling import Copy, Key, copies_of, divisible, least_own
from creditbank.stacking.enumeration import (
    MAX_CHOICES,
    MAX_STEPS,
    MAX_WORK,
    Gauge,
    Search,
    TooMuch,
    Way,
    cases_of,
    choices_of,
    entries_by,
    fillings,
    gauges_of,
    may_go_empty,
    places_of,
)
from creditbank.stacking.problem import Bound, Problem, Unit
from creditbank.stacking.together import Shared

Reading = tuple[int, ...]


@dataclass(frozen=True)
class _JointSearch(Search):
    """A search whose stages were found beforehand, over the bounds of several problems."""

    ready: tuple[set[Reading], ...] = ()

    @cached_property
    def stages(self) -> list[set[Reading]]:
        """What can be added next: issues that some rule of counting once ties together share a stage."""
        return sorted((ways for ways in self.ready if any(map(any, ways))), key=sorted)


def refuted_jointly(
    problems: Sequence[Problem],
    rules: Mapping[int, Iterable[str]],
    shared: Sequence[Shared] = (),
    *,
    work: int = MAX_WORK,
) -> bool | None:
    """Whether no answer satisfies even these rules of each award: True is a proof, False found one, None is too much.

    An award that `rules` does not name (by its number) is not asked for.
    """
    asked = {award: set(paths) for award, paths in rules.items()}
    left = [work]
    try:
        for case in _every_case(problems, asked):
            gauges = {award: tuple(gauges_of(bounds)) for award, bounds in case.items()}
            if not shared and _outcounted(problems, gauges):
                continue
            everything = (*chain.from_iterable(gauges.values()), *_limits(shared))
            search = _JointSearch(problems[0], everything, tuple(_Stages(problems, gauges, shared, left).found()))
            if not search.outnumbered() and search.satisfiable(left):
                if any(may_go_empty(problems[award], own) for award, own in gauges.items()):
                    raise TooMuch
                return False
    except TooMuch:
        return None
    return True


def _every_case(problems: Sequence[Problem], asked: Mapping[int, set[str]]) -> Iterator[dict[int, tuple[Bound, ...]]]:
    """Every way in which enough rules of each award are chosen and may hold, as bounds of each."""
    ways: list[list[tuple[int, tuple[Bound, ...]]]] = []
    count = 1
    for award, wanted in asked.items():
        problem = problems[award]
        own = [
            (award, (*problem.bounds_of(chosen), *case))
            for chosen in choices_of(problem, wanted)
            for case in cases_of(problem, chosen)
        ]
        count *= len(own)
        if count > MAX_CHOICES:
            raise TooMuch
        ways.append(own)
    for case in product(*ways):
        yield dict(case)


def _limits(shared: Sequence[Shared]) -> Iterator[Gauge]:
    """How much each decision lets two awards share, as a bound over units or over their own thousandths."""
    for decision in shared:
        most = decision.credits_at_most.credits.thousandths if decision.credits_at_most else decision.units_at_most or 0
        yield Gauge(Bound("", decision.id, "units", (), most=most), -1, -most)


@dataclass(frozen=True)
class _Stages:
    """Every way to use each issue in all awards together."""

    problems: Sequence[Problem]
    gauges: Mapping[int, tuple[Gauge, ...]]
    shared: Sequence[Shared]
    left: list[int]

    def found(self) -> Iterator[set[Reading]]:
        """One stage for each set of issues that no rule of counting once ties to another."""
        for issues in self._tied():
            ways: set[tuple[frozenset[Copy], Reading]] = {(frozenset(), self._nothing)}
            for credentials in issues:
                own = self._issue(credentials)
                self._spend(len(ways) * len(own))
                longer = {
                    (used | more, tuple(map(int.__add__, total, reading)))
                    for used, total in ways
                    for more, reading in own
                    if not self._clash(used, more)
                }
                ways = longer
            yield {total for _, total in ways}

    def _spend(self, steps: int) -> None:
        self.left[0] -= steps
        if self.left[0] < 0:
            raise TooMuch

    @property
    def _nothing(self) -> Reading:
        return (0,) * (sum(map(len, self.gauges.values())) + len(self.shared))

    def _tied(self) -> list[list[Mapping[Key, list[Copy]]]]:
        issues = copies_of(self.problems)
        leader = {name: name for name in issues}

        def find(name: str) -> str:
            while leader[name] != name:
                name = leader[name]
            return name

        issue_of = {
            copy: name for name, credentials in issues.items() for copies in credentials.values() for copy in copies
        }
        for award in self.gauges:
            for group in self.problems[award].alike:
                for member in group[1:]:
                    leader[find(issue_of[award, member])] = find(issue_of[award, group[0]])
        sets: dict[str, list[Mapping[Key, list[Copy]]]] = {}
        for name, credentials in issues.items():
            sets.setdefault(find(name), []).append(credentials)
        return list(sets.values())

    @cached_property
    def _pairs(self) -> frozenset[frozenset[Copy]]:
        return frozenset(
            frozenset(((award, one), (award, other)))
            for award in self.gauges
            for group in self.problems[award].alike
            for one, other in combinations(group, 2)
        )

    def _clash(self, used: frozenset[Copy], more: frozenset[Copy]) -> bool:
        return any(frozenset(pair) in self._pairs for pair in product(used, more))

    def _issue(self, credentials: Mapping[Key, list[Copy]]) -> set[tuple[frozenset[Copy], Reading]]:
        """Every way to use one issue: by one of its credentials, divided among the awards."""
        found: set[tuple[frozenset[Copy], Reading]] = {(frozenset(), self._nothing)}
        for copies in credentials.values():
            asked = [copy for copy in copies if copy[0] in self.gauges]
            options = [[None, *self._ways(*copy)] for copy in asked]
            self._spend(prod(map(len, options)))
            for picks in product(*options):
                chosen = {copy: pick for copy, pick in zip(asked, picks, strict=True) if pick is not None}
                for shares in self._shares({copy: own for copy, (own, _) in chosen.items()}):
                    readings = {copy[0]: reading for copy, (_, reading) in chosen.items()}
                    found.add((frozenset(chosen), (*self._joined(readings), *shares)))
        return found

    def _joined(self, readings: Mapping[int, Reading]) -> Reading:
        return tuple(
            chain.from_iterable(readings.get(award, (0,) * len(gauges)) for award, gauges in self.gauges.items())
        )

    def _shares(self, own: Mapping[Copy, int]) -> Iterator[Reading]:
        """What each decision shares so that these amounts of one unit are not too much; nothing where they are."""
        none = (0,) * len(self.shared)
        if not own:
            yield none
            return
        (award, index), *_ = own
        candidate = self.problems[award].units[index].candidate
        over = sum(own.values()) - candidate.available.thousandths
        if over <= 0:
            yield none
            return
        amounts = {self.problems[award].qualification.id: amount for (award, _), amount in own.items()}
        for number, decision in enumerate(self.shared):
            if decision.allows(candidate.facts) and all(amounts.get(name, 0) >= over for name in decision.between):
                shared = over if decision.credits_at_most is not None else 1
                yield (*none[:number], -shared, *none[number + 1 :])

    def _ways(self, award: int, index: int) -> set[tuple[int, Reading]]:
        """Every way one award can use a unit: what that takes of its own credits, and what it adds to each gauge."""
        problem, gauges = self.problems[award], self.gauges[award]
        unit = problem.units[index]
        if unit.steps > MAX_STEPS:
            raise TooMuch
        nodes = places_of(gauges)
        counting = {gauge.bound.node for gauge in gauges if gauge.bound.place and gauge.bound.measure == "entire"}
        places = [path for path in problem.places[index] if path in nodes]
        found = set()
        for (count, entire), filled in product(_amounts(problem, unit), fillings(places, problem)):
            entries = entries_by(filled, problem)
            if entries is None or (not entire and not counting.isdisjoint(filled)):
                continue
            way = Way(index, count, filled, frozenset(entries), entire)
            own = least_own(problem, unit, count, entire=entire).thousandths
            found.add((own, tuple(gauge.read(way) for gauge in gauges)))
        return found


def _amounts(problem: Problem, unit: Unit) -> list[tuple[int, bool]]:
    """How many steps may count, and whether that is the entire unit."""
    parts = [(count, False) for count in unit.counts]
    if not unit.can_be_entire:
        return parts
    return [*parts, (unit.steps, True)] if divisible(problem, unit) else [(1, True)]


def _outcounted(problems: Sequence[Problem], gauges: Mapping[int, tuple[Gauge, ...]]) -> bool:
    """Whether the awards together ask for more than all units could give, each to whoever it gives most."""
    issues = copies_of(problems)
    for measure in ("credits", "entire"):
        options = [_sums(problems[award], award, own, measure) for award, own in gauges.items()]
        if prod(map(len, options)) > MAX_CHOICES:
            continue
        for asked in product(*options):
            worth = {award: weights for award, _, weights in asked}
            have = sum(
                max((_most(problems, copies, worth, measure) for copies in credentials.values()), default=0)
                for credentials in issues.values()
            )
            if have < sum(least for _, least, _ in asked):
                return True
    return False


def _sums(
    problem: Problem, award: int, gauges: Sequence[Gauge], measure: str
) -> list[tuple[int, int, Mapping[int, int]]]:
    """What one award asks for at least: all its places together, or one total; each with what a step is worth."""
    found: list[tuple[int, int, Mapping[int, int]]] = [(award, 0, {})]
    asks = [gauge for gauge in gauges if gauge.sign > 0 and gauge.bound.measure == measure and gauge.bound.when is None]
    together = [gauge for gauge in asks if gauge.bound.place]
    nodes = {gauge.bound.node for gauge in together}
    if together and not nodes & problem.sharing_places and len(nodes) == len(together):
        weights = {
            index: weight
            for gauge in together
            for index, weight in enumerate(gauge.bound.weights)
            if weight and gauge.bound.node in problem.places[index]
        }
        found.append((award, sum(gauge.least for gauge in together), weights))
    return found + [
        (award, gauge.least, dict(enumerate(gauge.bound.weights)))
        for gauge in asks
        if not gauge.bound.place and min(gauge.bound.weights, default=0) >= 0
    ]


def _most(
    problems: Sequence[Problem], copies: Sequence[Copy], worth: Mapping[int, Mapping[int, int]], measure: str
) -> int:
    """The most that one unit can add to what is asked for, however it is divided."""
    most = 0
    for award, index in copies:
        unit, weight = problems[award].units[index], worth.get(award, {}).get(index, 0)
        if measure == "entire":
            most = max(most, weight)
            continue
        most = max(most, weight * unit.steps)
        if unit.weighed.conversion is not None:  # parts never convert to more than their ratio
            ratio, available = Fraction(unit.weighed.conversion.ratio), unit.candidate.available.thousandths
            most = max(most, floor(weight * available * ratio / unit.step))
    return most
