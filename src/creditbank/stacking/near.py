"""The covers that an answer near the least can use, where all covers of the places are too many.

Few places that many units fit have tens of thousands of covers, and hardly any of them adds up to what its place asks
for without some to spare. A relaxation over units and places, which is small, prices units and bounds; by these prices
each unit has its own excess above what its place pays for it, and so has whatever a cover has to spare. What an answer
counts is the least and all of these, so that a cover whose excess is above some limit is in no answer near the least.

As in `covers` prices are hints: they become whole numbers first, and then all of this holds whatever they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from math import comb, gcd
from typing import Any, Final

from creditbank.stacking.covers import (
    FINE,
    HEAVY,
    WORD,
    Covers,
    Priced,
    Rows,
    asked_of_places,
    bounds_over_all,
    once_of,
)
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.solver import Effort, Relaxation, hint

MANY: Final = 2_500
"""Of about so many covers it is better to ask for those near the least first."""
FAR: Final = 64_000
"""Covers that cost so many thousandths of a credit above the least are not looked for."""
MAX_OPEN: Final = 60_000
"""More sets of units than this are not held that might become covers of one place."""
MAX_HALVES: Final = 2
"""So often new prices that tell less are brought halfway back to the old ones."""
SETS_A_STEP: Final = 2_000
MAX_GRAINS: Final = 2_000
"""Where a place asks for more than this, in the largest parts of its weights, its lightest set is not sought."""


def are_many(problem: Problem) -> bool:
    """Whether there are many covers, by what a place needs of units of middle size."""
    found = 0
    for bounds in asked_of_places(problem).values():
        weights = [weight for weight in bounds[0].weights if weight > 0]
        if weights:
            needed = -(-(bounds[0].least or 0) * len(weights) // sum(weights))
            found += comb(len(weights), min(needed, len(weights)))
    return found > MANY


def least_of_all(problem: Problem, effort: Effort) -> int | None:
    """So many thousandths every answer counts at least; None where units go in parts, or nothing can be said.

    Each place takes the units that fill it for the least by the prices of the relaxation, even where another takes them
    too. Whatever the prices are, no answer counts less than that. Raises `TooComplex` when the effort is spent.
    """
    rows, asked = bounds_over_all(problem), asked_of_places(problem)
    if rows is None or not asked:
        return None
    own = {path: bounds[0] for path, bounds in asked.items()}
    hints = _relaxed(problem, own, rows, effort)
    return None if hints is None else _least_by(hints, problem, own, rows)


def _least_by(hints: "_Hints", problem: Problem, own: Mapping[str, Bound], rows: Rows) -> int | None:
    costs, base = hints.worths(problem, rows)
    if sum(costs) > HEAVY:
        return None
    grain = gcd(*(unit.most for unit in problem.units))
    whole = base + sum(_cheapest(bound, costs) for bound in own.values())
    return max(0, -(-whole // (FINE * grain)) * grain)


def _cheapest(bound: Bound, costs: Sequence[int]) -> int:
    """What the units that fill a place cost at least, whatever other places take; nothing where that is not sought."""
    import numpy as np

    grain, asked = gcd(*bound.weights), bound.least or 0
    least = -(-asked // grain)
    if least > MAX_GRAINS:
        return 0
    lightest = np.full(least + 1, HEAVY, dtype=np.int64)
    lightest[0] = 0
    for weight, cost in zip(bound.weights, costs, strict=True):
        if weight > 0:
            add, with_it = min(least, weight // grain), lightest + cost
            lightest[add:] = np.minimum(lightest[add:], with_it[: least + 1 - add])
            lightest[least] = min(lightest[least], with_it[least - add :].min())
    return int(lightest[least])


@dataclass(frozen=True)
class Near:
    """Sets of units that fill a place with none to spare, a row each, and how far each is above the least of its place.

    `base` is the least that any answer counts, in parts of a thousandth; all covers are here that cost less than `far`
    above it.
    """

    problem: Problem
    paths: tuple[str, ...]
    rows: Rows
    place: Any
    inside: Any
    excess: Any
    base: int
    far: int
    hints: "_Hints"

    @classmethod
    def of(cls, problem: Problem, effort: Effort) -> "Near | None":
        """By the prices of the relaxation over units and places. None where a place asks for several sums, where it has
        no price, or where too many sets are near.

        Raises `TooComplex` when the effort is spent.
        """
        rows, asked = bounds_over_all(problem), asked_of_places(problem)
        if rows is None or not asked or any(len(bounds) > 1 for bounds in asked.values()):
            return None
        own = {path: bounds[0] for path, bounds in asked.items()}
        hints = _relaxed(problem, own, rows, effort)
        return None if hints is None else cls._by(hints, problem, own, rows, effort)

    def again(self, priced: Priced, effort: Effort) -> "Near":
        """By these prices, which are of fewer covers; or by what lies halfway, or as before, where they tell less."""
        own = {path: bounds[0] for path, bounds in asked_of_places(self.problem).items()}
        hints = _Hints.of(priced)
        for _ in range(MAX_HALVES):
            found = Near._by(hints, self.problem, own, self.rows, effort)
            if found is not None and found.base > self.base:
                return found
            hints = hints.halfway(self.hints)
        return self

    @classmethod
    def _by(cls, hints: "_Hints", problem: Problem, own: dict[str, Bound], rows: Rows, effort: Effort) -> "Near | None":
        import numpy as np

        costs, base = hints.worths(problem, rows)
        places, far = [], FAR * FINE
        for bound in own.values():
            fitting = [at for at, weight in enumerate(bound.weights) if weight > 0]
            if len(fitting) >= WORD or sum(costs) > HEAVY:
                return None
            pay = min((costs[at] // bound.weights[at] for at in fitting), default=0)
            places.append(_Place(bound, fitting, [costs[at] for at in fitting], pay))
        found = []
        for place in places:
            while (sets := place.covers(far, effort)) is None:
                far //= 2
                if far < FINE:
                    return None
            found.append(sets)
        if not all(len(excess) for _, excess in found):
            return None
        least = [int(excess.min()) for _, excess in found]
        base += sum(place.pay * (place.bound.least or 0) for place in places) + sum(least)
        numbers = np.repeat(np.arange(len(found)), [len(excess) for _, excess in found])
        sets_of = zip(found, places, strict=True)
        inside = np.vstack([_spread(bits, place, len(problem.units)) for (bits, _), place in sets_of])
        excess = np.concatenate([excess - own for (_, excess), own in zip(found, least, strict=True)])
        return cls(problem, tuple(own), rows, numbers, inside, excess, base, far - max(least), hints)

    def covers(self, most: int) -> Covers | None:
        """Those nearest to the least, and about as many as `most`; None where they are no table (see `Covers`)."""
        import numpy as np

        far = self.far
        if len(self.excess) > most:
            far = min(far, int(np.partition(self.excess, most)[most]))
        keep = self.excess < far
        upto = (self.base + far - 1) // FINE
        return Covers.table(self.problem, self.paths, self.place[keep], self.inside[keep], self.rows, upto)


@dataclass(frozen=True)
class _Hints:
    """What it costs to leave out each unit (and each set of which one counts), and the price of each bound over all."""

    left: Sequence[int]
    spare: Sequence[int]

    @classmethod
    def of(cls, priced: Priced) -> "_Hints":
        return cls([int(one) for one in priced.left], [int(one) for one in priced.spare])

    def halfway(self, other: "_Hints") -> "_Hints":
        """The mean of these and others, rounded down: it is worth at least the mean of what they are worth."""
        left = [(one + two) // 2 for one, two in zip_longest(self.left, other.left, fillvalue=0)]
        return _Hints(left, [(one + two) // 2 for one, two in zip(self.spare, other.spare, strict=True)])

    def worths(self, problem: Problem, rows: Rows) -> tuple[list[int], int]:
        """What each unit costs wherever it counts, and what all answers begin with, in whole parts of a thousandth."""
        count, spare = len(problem.units), self.spare
        costs = [unit.most * FINE for unit in problem.units]
        for price, (weights, _) in zip(spare, rows, strict=True):
            if price:
                costs = [cost - price * weight for cost, weight in zip(costs, weights, strict=True)]
        base = sum(price * least for price, (_, least) in zip(spare, rows, strict=True)) - sum(self.left)
        for members, price in zip(once_of(problem), self.left[count:], strict=False):
            for at in members:
                costs[at] += price
        for at, price in enumerate(self.left[:count]):
            costs[at] += price
            if costs[at] < 0:  # nothing may cost less than nothing: the unit is dearer to leave
                base += costs[at]
                costs[at] = 0
        return costs, base


def _relaxed(problem: Problem, own: dict[str, Bound], rows: Rows, effort: Effort) -> _Hints | None:
    """The prices of a relaxation in which a unit may be cut up and shared out among the places that it fits."""
    question, count = Relaxation(), len(problem.units)
    used = [question.column(1.0, cost=unit.most / 1000) for unit in problem.units]
    placed = [[question.column(1.0) for _ in places] for places in problem.places]
    for at, columns in enumerate(placed):
        question.row([(used[at], 1.0), *((column, -1.0) for column in columns)], 0.0)
    for path, bound in own.items():
        scale = max(bound.weights)
        terms = [
            (column, bound.weights[at] / scale)
            for at, (places, columns) in enumerate(zip(problem.places, placed, strict=True))
            for place, column in zip(places, columns, strict=True)
            if place == path
        ]
        question.row(terms, (bound.least or 0) / scale)
    scales = [max(map(abs, weights)) for weights, _ in rows]
    for (weights, least), scale in zip(rows, scales, strict=True):
        question.row([(used[at], weights[at] / scale) for at in range(count)], least / scale)
    said = hint(question, effort)
    if said is None:
        return None
    over_all = said.prices[len(question.rows) - len(rows) :]
    spare = [round(max(0.0, price) * 1000 * FINE / scale) for price, scale in zip(over_all, scales, strict=True)]
    free, _ = _Hints([0] * count, spare).worths(problem, rows)
    paid = [round(price * 1000 * FINE) for price in said.prices[:count]]
    return _Hints([max(0, pay - cost) for pay, cost in zip(paid, free, strict=True)], spare)


@dataclass(frozen=True)
class _Place:
    """One place: the units that fit it, what each costs, and what the place pays for each part of its sum."""

    bound: Bound
    fitting: Sequence[int]
    costs: Sequence[int]
    pay: int

    def ordered(self) -> list[int]:
        """The units that fit, by their place among them, those that weigh most first."""
        return sorted(range(len(self.fitting)), key=lambda one: -self.bound.weights[self.fitting[one]])

    def covers(self, far: int, effort: Effort) -> tuple[Any, Any] | None:
        """The covers that cost less than `far` above the least, as bits in this order, and what they do cost; None
        where too many sets are begun.
        """
        import numpy as np

        order, least = self.ordered(), self.bound.least or 0
        weights = [self.bound.weights[self.fitting[one]] for one in order]
        rest = [*accumulate(reversed(weights), initial=0)][::-1]
        bits, sums, over = (np.zeros(1, dtype=np.int64) for _ in range(3))
        found = [(bits[:0], over[:0])]
        for number, (one, weight) in enumerate(zip(order, weights, strict=True)):
            more, above = sums + weight, over + (self.costs[one] - self.pay * weight)
            full = more >= least
            cost = above + np.where(full, (more - least) * self.pay, 0)
            near, with_it = cost < far, bits | 1 << number
            found.append((with_it[full & near], cost[full & near]))
            go, stay = near & ~full, sums + rest[number + 1] >= least
            go &= more + rest[number + 1] >= least
            bits, sums = np.concatenate([bits[stay], with_it[go]]), np.concatenate([sums[stay], more[go]])
            over = np.concatenate([over[stay], above[go]])
            effort.take(1 + len(bits) // SETS_A_STEP)
            if len(bits) > MAX_OPEN:
                return None
        return np.concatenate([own for own, _ in found]), np.concatenate([own for _, own in found])


def _spread(bits: Any, place: _Place, count: int) -> Any:
    """Sets of the units that fit a place as rows over all units."""
    import numpy as np

    inside = np.zeros((len(bits), count), dtype=np.int64)
    for number, one in enumerate(place.ordered()):
        inside[:, place.fitting[one]] = bits >> number & 1
    return inside


__all__ = ["Near", "are_many", "least_of_all"]
