"""The canonical answer where whole units fill places: all sets of units that are light enough, and of these the first.

By the prices of all covers (`covers`) the answers up to some number of credits are few. They are listed place by place:
what costs too much already is dropped, and of two ways to the same set one is kept. Where the list grows too long, the
fewest credits are asked of the solver over the covers that are left, and what every answer with so many credits has in
common makes the question small (`Narrowed`). Where rules are of another kind, nothing is said here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from creditbank.stacking.covers import (
    FINE,
    Covers,
    Priced,
    TooLong,
    affordable,
    apart,
    askable,
    distinct,
    lacks,
    number_of,
)
from creditbank.stacking.front import Filling, Front, keeps_every_rule
from creditbank.stacking.near import Near, are_many
from creditbank.stacking.problem import Problem
from creditbank.stacking.seating import Seating, any_of
from creditbank.stacking.solver import Effort, Model, TooComplex, minimise

MAX_SETS: Final = 20_000
"""More sets than this are not kept from one place to the next."""
MAX_OF_FEW: Final = 60_000
"""Nor more than this, where units are few and nothing but this list makes the question small."""
MAX_WAYS: Final = 8_000_000
"""More ways to add a cover to a set than this are not looked at."""
MAX_BESIDE: Final = 200_000
"""So many of them at once, which keeps them near at hand."""
MAX_LISTS: Final = 16
"""So many lists are begun, each up to more credits than the one before."""
MAX_LOOKED_AT: Final = 50
WAYS_A_STEP: Final = 10_000
FIRST: Final = 1_000
"""So many covers near the least are looked at first, where all would be too many."""
MAX_TURNS: Final = 6
"""So often they are looked for anew, by the prices found last, or more of them."""
MAX_STEPS: Final = 12
"""So many times the solver is asked for the fewest credits, each time over covers that cost more."""
MAX_MODEL: Final = 700
"""Over more covers than this the solver is not asked: it takes longer than over units and places."""
MANY: Final = 40
"""Fewer units than this are no large question anyway."""
MUCH: Final = 45
"""Of so many units in a hundred it is known what becomes of them, or the question has not become a small one."""
FAR: Final = 6
"""Where the first answer counts more grains above what none counts, too many covers might still make it less."""
GROWTH: Final = 2
"""Among many units, a list that looks at more than so many times as many ways as the one before is followed by one of a
single grain more."""
LEAP: Final = 4
"""By so many grains more at least, once any answer is known."""


def lightest(front: Front, effort: Effort) -> Filling | None:
    """The canonical answer, or None where rules are of another kind or more would have to be listed than is.

    Raises `TooComplex` when the effort is spent, and `EvaluationAbandoned` when nobody waits any more.
    """
    for asked in Lightest.asked(front, effort):
        filling = asked.listed(effort)
        if filling is not None:
            return filling
    return None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What every answer with the fewest credits has in common, as far as places and bounds over all tell.

    It counts `credits` thousandths; `never` counts none of these units (by index), and `always` all of these. `places`
    are those that a unit may fill, or None where it may fill any that it fits.
    """

    credits: int
    never: frozenset[int]
    always: frozenset[int]
    places: tuple[frozenset[str] | None, ...]


@dataclass
class Lightest:
    """The question for the fewest credits. `empty` is what no answer counts, in steps of `covers.grain`."""

    front: Front
    covers: Covers
    priced: Priced
    empty: int = field(init=False)

    def __post_init__(self) -> None:
        self.empty = -(-self.priced.base // (FINE * self.covers.grain)) - 1

    @classmethod
    def asked(cls, front: Front, effort: Effort) -> "Iterator[Lightest]":
        """The question with all covers and their prices; or, where these are many, with those near the least, and then
        with more of them. Where it is not asked, nothing.
        """
        if not askable(front):
            return
        covers = None if are_many(front.problem) else _all_covers(front.problem)
        if covers is None:
            yield from cls._near(front, effort)
        elif (priced := Priced.of(covers, effort)) is not None:
            yield cls(front, covers, priced)

    @classmethod
    def _near(cls, front: Front, effort: Effort) -> "Iterator[Lightest]":
        near, most, empty = Near.of(front.problem, effort), FIRST, 0
        for _ in range(MAX_TURNS):
            covers = None if near is None else near.covers(most)
            if near is None or covers is None:
                return
            priced = Priced.of(covers, effort)
            before: Near | None = near
            if priced is not None:
                asked = cls(front, covers, priced)
                asked.empty = max(asked.empty, empty)
                if asked.empty < asked.last:
                    before = None
                    yield asked
                if asked.empty < asked.last:
                    return
                empty, near = asked.empty, near.again(priced, effort)
            if near is before or before is None:  # nothing new is told by so few
                most *= 2

    @property
    def last(self) -> int:
        """Up to so many credits, in grains, an answer has no other covers than these."""
        return self.covers.upto // self.covers.grain

    def listed(self, effort: Effort) -> Filling | None:
        """The first answer of a list that goes up to more and more credits, or None where it would be too long."""
        try:
            return self._first(effort)
        except (TooLong, TooComplex):
            return None

    def _first(self, effort: Effort) -> Filling | None:
        grains = self.empty + 1  # up to how much the next list goes
        rise, careful, before = 1, False, 0
        for number in range(MAX_LISTS):
            if self.empty >= self.last:
                return None
            grains = min(grains, self.last)
            listing = _Listing(self.covers, self.priced, grains * self.covers.grain, effort)
            try:
                sets = listing.sets()
            except TooLong:
                if grains == self.empty + 1:
                    raise
                grains, careful = self.empty + 1, True
                continue
            for units in sets[:MAX_LOOKED_AT]:
                filling = self._seats(units, listing, effort)
                if keeps_every_rule(self.front, filling):
                    return filling
            if len(sets) > MAX_LOOKED_AT:
                return None
            steep = self.covers.count >= MANY and listing.ways > before * GROWTH
            rise = 1 if careful or steep else rise + number % 2
            before = listing.ways
            self.empty, grains = grains, grains + rise
        return None

    def narrowed(self, effort: Effort) -> Narrowed | None:
        """What every answer with the fewest credits has in common; None where it is not found out, or is not much.

        Raises `TooComplex` when the effort is spent. Rules of another kind are not looked at: where they bind, no
        answer may count so few.
        """
        whole = self.covers.upto >= self.covers.most
        fewest = self._fewest(effort) if whole and self.covers.count >= MANY else None
        if fewest is None:
            return None
        covers, slack = self.covers, fewest * self.covers.grain * FINE - self.priced.base
        live = affordable(covers, self.priced, slack)
        inside = covers.inside[live, : covers.count] > 0
        own = covers.place[live]
        always = {int(at) for at in (self.priced.left[: covers.count] > slack).nonzero()[0]}
        for number in range(len(covers.paths)):
            always.update(map(int, inside[own == number].all(axis=0).nonzero()[0]))
        free = inside[own < 0].any(axis=0)
        places: list[frozenset[str] | None] = []
        for index in range(covers.count):
            filled = {int(number) for number in own[inside[:, index]]}
            places.append(None if free[index] else frozenset(covers.paths[number] for number in filled))
        never = frozenset(map(int, (~inside.any(axis=0)).nonzero()[0]))
        if MUCH * covers.count > 100 * (len(never) + len(always)):
            return None
        return Narrowed(fewest * covers.grain, never, frozenset(always), tuple(places))

    def seated(self, units: Sequence[int], effort: Effort) -> Filling | None:
        """The canonical way in which these units fill all places; None where too many ways would be looked at."""
        last = self.covers.count - 1
        try:
            return self._seats(sum(1 << (last - index) for index in units), None, effort)
        except TooComplex:
            return None

    def _seats(self, units: int, listing: "_Listing | None", effort: Effort) -> Filling:
        """The first way to seat these units (as bits), among the covers that an answer of so many credits may use."""
        last = self.covers.count - 1
        counted = sum(unit.most for index, unit in enumerate(self.front.problem.units) if units >> (last - index) & 1)
        if listing is None or listing.top > counted:
            listing = _Listing(self.covers, self.priced, counted, effort)
        return listing.seated(units)

    def _fewest(self, effort: Effort) -> int | None:
        """The fewest credits, in grains: sought over covers that cost little, then over all that might make it less."""
        top, best, rise, looked_at = self.empty + 1, 0, 1, 0
        for _ in range(MAX_STEPS):
            live = affordable(self.covers, self.priced, top * self.covers.grain * FINE - self.priced.base)
            if len(live) > MAX_MODEL:
                return None
            if len(live) > looked_at:
                looked_at = len(live)
                best = self._over(live, best - 1 if best else None, effort) or best
            if best > self.empty + FAR:
                return None
            if best and best - 1 <= top:
                return best
            if top * self.covers.grain >= self.covers.most:
                return None
            top, rise = top + max(rise, LEAP if best else 0), 2 * rise
            if best:
                top = min(top, best - 1)
        return None

    def _over(self, live: Any, most: int | None, effort: Effort) -> int | None:
        """The fewest credits, and at most so many, of an answer of these covers alone; None where there is none."""
        covers = self.covers
        place, inside, sums = covers.place[live], covers.inside[live], covers.sums[live]
        model, costs = Model(), {at: int(cost) // covers.grain for at, cost in enumerate(covers.costs[live])}
        for _ in costs:
            model.variable(1)
        for number in range(len(covers.paths)):
            model.row({int(at): 1 for at in (place == number).nonzero()[0]}, least=1, most=1)
        for item in inside.T:
            model.row({int(at): 1 for at in item.nonzero()[0]}, most=1)
        for own, least in zip(sums.T, covers.least, strict=True):
            model.row({int(at): int(own[at]) for at in own.nonzero()[0]}, least=int(least))
        if most is not None:
            model.row(costs, most=most)
        values = minimise(model, costs, effort)
        return None if values is None else sum(cost for at, cost in costs.items() if values[at])


def _all_covers(problem: Problem) -> Covers | None:
    try:
        return Covers.of(problem)
    except TooLong:
        return None


class _Listing:
    """All sets of units that are answers but for rules of another kind, and count no more than `top`."""

    def __init__(self, covers: Covers, priced: Priced, top: int, effort: Effort) -> None:
        import numpy as np

        self.covers, self.priced, self.top, self.effort = covers, priced, top, effort
        self.slack = top * FINE - priced.base
        self.most = MAX_SETS if covers.count >= MANY else MAX_OF_FEW
        self.ways = 0
        live = affordable(covers, priced, self.slack)
        place = covers.place[live]
        self.lists = [live[place == number] for number in range(len(covers.paths))]
        self.alone = live[place < 0]
        self.reach = [number_of(np.bitwise_or.reduce(covers.masks[own], axis=0)) for own in self.lists]
        self.fees = self._fees()
        self.order, self.ending = self._order()

    def _fees(self) -> dict[int, int]:
        """What is paid at least for each unit (as bits) that no cover takes: it is left out, or counts by itself."""
        covers, count = self.covers, len(self.covers.problem.units)
        found = {}
        for item in self.priced.left.nonzero()[0]:
            bit = 1 << (count - 1 - int(item)) if item < count else 1 << int(item)
            fee = int(self.priced.left[item])
            for at in self.alone:
                if covers.inside[at, item]:
                    fee = min(fee, int(self.priced.over[at]))
            found[bit] = fee
        return found

    def sets(self) -> list[int]:
        """The sets as bits of units, the first unit highest, in canonical order; raises `TooLong`."""
        import numpy as np

        every = 0
        for bits in self.reach:
            every |= bits
        slack = self.slack - sum(fee for bit, fee in self.fees.items() if not bit & every)
        if slack < 0 or not all(map(len, self.lists)):
            return []
        covers, priced = self.covers, self.priced
        masks, over = np.zeros((1, covers.masks.shape[1]), dtype=np.uint64), np.zeros(1, dtype=np.int64)
        costs, sums = np.zeros(1, dtype=np.int64), np.zeros((1, len(covers.least)), dtype=np.int64)
        for number, closing, low, high in zip(self.order, self.ending, *self._later(), strict=True):
            own = self.lists[number]
            self._take(len(masks) * len(own))
            before, added = self._beside(masks, over, own, slack)
            masks = masks[before] | covers.masks[added]
            at = distinct(masks)
            masks, before, added = masks[at], before[at], added[at]
            over, costs = over[before] + priced.over[added], costs[before] + covers.costs[added]
            sums = sums[before] + covers.sums[added]
            for bit, fee in self.fees.items():
                if bit & closing:
                    over += np.where(lacks(masks, bit), fee, 0)
            spare = np.maximum(sums + low - covers.least, 0) @ priced.spare
            keep = (over + spare <= slack) & (sums + high >= covers.least).all(axis=1)
            masks, over, costs, sums = masks[keep], over[keep], costs[keep], sums[keep]
            if not len(masks):
                return []
            if len(masks) > self.most:
                raise TooLong
        return self._with_more(masks, costs, sums)

    def _beside(self, masks: Any, over: Any, own: Any, slack: int) -> tuple[Any, Any]:
        """Which covers of a place (by row) can be added to which sets (by number), some sets at a time."""
        import numpy as np

        covers, priced = self.covers, self.priced
        most, found = max(1, MAX_BESIDE // len(own)), []
        for first in range(0, len(masks), most):
            fits = over[first : first + most, np.newaxis] <= slack - priced.over[own]
            fits &= apart(masks[first : first + most, np.newaxis], covers.masks[own])
            at, cover = np.nonzero(fits)
            found.append((at + first, own[cover]))
        return np.concatenate([at for at, _ in found]), np.concatenate([cover for _, cover in found])

    def _take(self, ways: int) -> None:
        if ways > MAX_WAYS:
            raise TooLong
        self.ways += ways
        self.effort.take(1 + ways // WAYS_A_STEP)

    def _order(self) -> tuple[list[int], list[int]]:
        """The places so that few units are open at a time; and with each, what no later place can take any more."""
        left, order, ending, begun = set(range(len(self.lists))), [], [], 0
        while left:
            once = twice = 0
            for number in left:
                twice |= once & self.reach[number]
                once |= self.reach[number]
            here = {number: self.reach[number] & ~twice for number in left}  # what only this one still takes
            number = min(
                left,
                key=lambda at: (((begun | self.reach[at]) & once & ~here[at]).bit_count(), len(self.lists[at]), at),
            )
            left.discard(number)
            begun |= self.reach[number]
            order.append(number)
            ending.append(here[number])
        return order, ending

    def _later(self) -> tuple[list[Any], list[Any]]:
        """After each place: the least and the most that later places and further units add to each bound."""
        import numpy as np

        if not self.order:
            return [], []
        sums = self.covers.sums
        low = np.minimum(sums[self.alone], 0).sum(axis=0)
        high = np.maximum(sums[self.alone], 0).sum(axis=0)
        lows, highs = [low], [high]
        for number in self.order[:0:-1]:
            own = sums[self.lists[number]]
            low, high = low + own.min(axis=0), high + own.max(axis=0)
            lows.append(low)
            highs.append(high)
        return lows[::-1], highs[::-1]

    def _with_more(self, masks: Any, costs: Any, sums: Any) -> list[int]:
        """The sets that fill all places, and those with further units beside, which keep every bound."""
        import numpy as np

        covers = self.covers
        for at in self.alone:
            room = apart(masks, covers.masks[at]) & (costs + covers.costs[at] <= self.top)
            if room.any():
                masks = np.concatenate([masks, masks[room] | covers.masks[at]])
                costs = np.concatenate([costs, costs[room] + covers.costs[at]])
                sums = np.concatenate([sums, sums[room] + covers.sums[at]])
                self._take(len(masks))
                if len(masks) > self.most:
                    raise TooLong
        keep = (costs <= self.top) & (sums >= covers.least).all(axis=1)
        every = (1 << covers.count) - 1
        found = {number_of(words) & every: int(cost) for words, cost in zip(masks[keep], costs[keep], strict=True)}
        return sorted(found, key=lambda unit: (found[unit], -unit))

    def seated(self, units: int) -> Filling:
        """The first way, unit by unit, in which these units fill all places; raises `TooComplex`.

        A unit that no cover takes sits in the first place that it fits, and is one that may count by itself.
        """
        covers, every = self.covers, (1 << self.covers.count) - 1
        alone = any_of(covers.bits(at) & every for at in self.alone)
        lists = {
            covers.paths[number]: [mask for at in own if not (mask := covers.bits(at) & every) & ~units]
            for number, own in enumerate(self.lists)
        }
        seating = Seating(covers.problem, units, units & ~alone, self.effort)
        found = seating.first(lists)
        assert found is not None, "these units were put together as one cover for each place"
        return found


__all__ = ["Lightest", "Narrowed", "lightest"]
