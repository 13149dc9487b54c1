"""An answer that counts few credits, where units are too many to look for the one that counts the fewest.

Places bid for units. One place after the other takes the units that fill it for the least, from wherever they are; what
is taken from another place becomes a little dearer, and the place that lost it bids again. That comes to rest where
every place is filled, much as an auction does (Bertsekas 1979). A rule over all that counts which does not hold then
makes the units that help it cheaper, and all places bid again.

Prices are whole numbers and hints: they say where to look, and whoever is given an answer looks at every rule himself.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Final

from creditbank.stacking.covers import Rows, askable, asked_of_places, bounds_over_all, once_of
from creditbank.stacking.front import Filling, Front, keeps_every_rule
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.solver import Effort

MAX_BIDS: Final = 60
"""So many bids are made for each place, taken together."""
MAX_SUMS: Final = 4_000_000
"""Nor are more sums looked at than this."""
MAX_ROUNDS: Final = 24
"""So often rules over all that counts may change what units cost."""
MAX_GRAINS: Final = 2_000
"""A place that asks for more than this, in the largest parts that all of its sums are made of, does not bid."""
PARTS: Final = 16
"""Into how many parts of a price the grain of all credits is cut."""
RISE: Final = 8
"""By so many parts a unit becomes dearer that a place takes from another."""
HELP: Final = 16
"""By so many parts a unit becomes cheaper that helps most a rule which does not hold."""
NEVER: Final = 1 << 60


def thrifty(front: Front, effort: Effort) -> Filling | None:
    """An answer that counts few credits and keeps every rule, or None where none came together; whole units only.

    What it does is bounded by itself, and `effort` is not drawn on. Raises `EvaluationAbandoned` when nobody waits.
    """
    problem = front.problem
    rows = bounds_over_all(problem) if askable(front, most=None) else None
    if rows is None or any(len(bounds) > 1 for bounds in asked_of_places(problem).values()):
        return None
    wanted = [_Wanted.of(path, bounds[0]) for path, bounds in asked_of_places(problem).items()]
    if not wanted or any(place.least > MAX_GRAINS for place in wanted):
        return None
    room = _Room(problem, wanted, rows, effort)
    filling = room.settled()
    return filling if filling is not None and keeps_every_rule(front, filling) else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one place asks for, in the largest parts that all of its sums are made of, and what each unit adds."""

    path: str
    least: int
    adds: Mapping[int, int]

    @classmethod
    def of(cls, path: str, bound: Bound) -> "_Wanted":
        grain = gcd(*bound.weights) or 1
        adds = {index: weight // grain for index, weight in enumerate(bound.weights) if weight > 0}
        return cls(path, -(-(bound.least or 0) // grain), adds)

    def cheapest(self, prices: Mapping[int, int]) -> Sequence[int] | None:
        """The units (of those that have a price) that fill it for the least, none of them to spare."""
        alike = set(self.adds.values())
        if len(alike) == 1:
            count = -(-self.least // alike.pop())
            ranked = sorted(prices, key=lambda index: (prices[index], index))
            return ranked[:count] if len(ranked) >= count else None
        least = self.least
        cost, taken = [0, *[NEVER] * least], [0] * (least + 1)
        for number, (index, price) in enumerate(prices.items()):
            add, bit = self.adds[index], 1 << number
            for have in range(least - 1, -1, -1):
                then = cost[have] + price
                if then < NEVER and then < cost[full := min(least, have + add)]:
                    cost[full], taken[full] = then, taken[have] | bit
        if cost[least] == NEVER:
            return None
        return [index for number, index in enumerate(prices) if taken[least] >> number & 1]


@dataclass
class _Room:
    """The places, what each unit costs by now, and where it is."""

    problem: Problem
    wanted: Sequence[_Wanted]
    rows: Rows
    effort: Effort
    at: dict[int, int] = field(default_factory=dict)
    """For each unit that is taken the number of its place."""
    bids: int = 0
    sums: int = 0

    def __post_init__(self) -> None:
        units = self.problem.units
        grain = gcd(*(unit.most for unit in units)) or 1
        self.price = [PARTS * (unit.most // grain) for unit in units]
        self.helped = [0] * len(units)
        self.clashes: dict[int, set[int]] = {}
        for members in once_of(self.problem):
            for index in members:
                self.clashes.setdefault(index, set()).update(set(members) - {index})
        barred = {at for rule in self.problem.alternatives for at, cases in enumerate(rule.allowed) if cases == ()}
        self.fitting = [[index for index in place.adds if index not in barred] for place in self.wanted]
        self.weighty = [max(map(abs, weights)) for weights, _ in self.rows]

    def settled(self) -> Filling | None:
        """Where all units are once nobody bids any more and all bounds hold; None where it does not come to that."""
        scarce = sorted(range(len(self.wanted)), key=self._plenty)
        for _ in range(MAX_ROUNDS):
            if not self._bid(deque(scarce)):
                return None
            broken = [number for number, (weights, least) in enumerate(self.rows) if self._sum(weights) < least]
            if not broken:
                return {index: self.wanted[number].path for index, number in sorted(self.at.items())}
            for number in broken:
                weights, most = self.rows[number][0], self.weighty[number]
                self.helped = [
                    help_ + HELP * weight // most for help_, weight in zip(self.helped, weights, strict=True)
                ]
        return None

    def _plenty(self, number: int) -> tuple[int, int]:
        """How much more there is for a place than it asks for, in thousandths of that; the scarcest bids first."""
        place = self.wanted[number]
        return sum(place.adds.values()) * 1_000 // place.least, number

    def _sum(self, weights: Sequence[int]) -> int:
        return sum(weights[index] for index in self.at)

    def _bid(self, waiting: "deque[int]") -> bool:
        """Let places bid until none waits; False where one finds too few units, or there were too many bids."""
        queued = set(waiting)
        while waiting:
            number = waiting.popleft()
            queued.discard(number)
            chosen = self.wanted[number].cheapest(self._asked(number)) if self._may_bid(number) else None
            if chosen is None:
                return False
            for index in [index for index, place in self.at.items() if place == number]:
                del self.at[index]
            for loser in self._take(chosen, number):
                if loser not in queued:
                    queued.add(loser)
                    waiting.append(loser)
        return True

    def _may_bid(self, number: int) -> bool:
        self.effort.go_on()
        self.bids += 1
        self.sums += self.wanted[number].least * len(self.fitting[number])
        return self.bids <= MAX_BIDS * len(self.wanted) and self.sums <= MAX_SUMS

    def _asked(self, number: int) -> dict[int, int]:
        """What each unit that fits a place would cost it; none costs less than nothing."""
        found = {}
        for index in self.fitting[number]:
            price = max(0, self.price[index] - self.helped[index])
            if self.at.get(index, number) != number:
                price += RISE
            if index in self.clashes:
                price += RISE * sum(other in self.at for other in self.clashes[index])
            found[index] = price
        return found

    def _take(self, chosen: Sequence[int], number: int) -> list[int]:
        """Give these units to a place; those that lose something are returned, and it may be one of them."""
        losers = []
        for index in chosen:
            for taken in (index, *sorted(self.clashes.get(index, ()))):
                place = self.at.pop(taken, None)
                if place is not None:
                    self.price[taken] += RISE
                    losers.append(place)
            self.at[index] = number
        return losers


__all__ = ["thrifty"]
