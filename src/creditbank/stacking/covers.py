"""All covers of the places of a problem of whole units, and what each of them costs above the least.

A *cover* of a place is a set of units that fills it and of which none is to spare. An answer is a cover for each place,
no unit in two of them, and perhaps further units that fill nothing; what it counts is their union. A linear relaxation
over all covers prices the places, the units, and the bounds over all that counts. By these prices every cover costs
something above the least, every unit that is left out costs something, and so does whatever a bound has to spare; and
an answer counts exactly the least plus all of these.

Prices are floats and therefore hints. They are rounded to whole numbers first, and then that sum holds whatever they
are; bad prices leave much open and nothing wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from math import gcd
from typing import Any, Final

from creditbank.stacking.front import Front
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.solver import Effort, prices

MAX_COVERS: Final = 6_000
TRIES: Final = 4
"""For each cover there may be, so many sets of units are tried that have some to spare."""
MAX_COMPARED: Final = 1_000
"""More covers than this are not compared with one another."""
WORD: Final = 64
BITS: Final = 2 * WORD
"""So many units, and sets of which one counts, are kept in machine words."""
FINE: Final = 10**6
"""Into how many parts a thousandth of a credit is cut where prices are rounded."""
HEAVY: Final = 2**60
Rows = Sequence[tuple[tuple[int, ...], int]]
"""Bounds as `sum >= least`: the weight of each unit, and the least."""
PLACES: Final = 16
"""How many bits the number of a place among those of one unit takes."""


def askable(front: Front, *, most: int | None = BITS) -> bool:
    """Whether the tree leaves no choice, units (of so many) count whole and in one place, and no place is too full."""
    problem = front.problem
    return not (
        len(front.binding) < len(problem.leaves)
        or problem.permissions
        or problem.confined
        or not problem.units
        or (most is not None and len(problem.units) > most)
        or any(unit.steps > 1 or not unit.can_be_entire for unit in problem.units)
        or any(rule.place for rule in problem.alternatives)
        or any(
            bound.when is not None or bound.sharing is not None or (bound.place and bound.most is not None)
            for bound in problem.bounds
        )
    )


class TooLong(Exception):
    """More sets than are listed here."""


@dataclass(frozen=True)
class Covers:
    """Every cover of every place, then each unit by itself: one row each of several arrays.

    `place` numbers the places, -1 for none; `inside` says which units it is made of, and of which sets of units that
    count once; `masks` are the same as bits, in machine words, the lowest first: of the units the first is highest.
    `sums` is what it adds to the bounds over all that counts, which ask for `least`.
    """

    problem: Problem
    paths: tuple[str, ...]
    place: Any
    inside: Any
    masks: Any
    costs: Any
    sums: Any
    least: Any
    upto: int
    """All covers are here that an answer may use which counts no more than so many thousandths."""

    @property
    def count(self) -> int:
        """How many units there are."""
        return len(self.problem.units)

    def bits(self, at: int) -> int:
        """The units, and the sets of which one counts, of one row."""
        return number_of(self.masks[at])

    @property
    def grain(self) -> int:
        """What the credits of every set of units are multiples of, in thousandths."""
        return gcd(*(unit.most for unit in self.problem.units)) or 1

    @property
    def most(self) -> int:
        """What all units together count."""
        return sum(unit.most for unit in self.problem.units)

    def digits(self, at: int) -> int:
        """For each unit of a cover which of its places that is, as the digits of a number, the first unit's highest."""
        path, found = self.paths[self.place[at]], 0
        for index in map(int, self.inside[at, : self.count].nonzero()[0]):
            found += self.problem.places[index].index(path) << PLACES * (self.count - 1 - index)
        return found

    @classmethod
    def of(cls, problem: Problem) -> "Covers | None":
        """All covers; None where they are too many, or too heavy to be added up in machine words."""
        import numpy as np

        rows, asked = bounds_over_all(problem), asked_of_places(problem)
        if rows is None:
            return None
        found: list[tuple[int, ...]] = []
        place: list[int] = []
        for number, bounds in enumerate(asked.values()):
            found += _of_place(bounds, MAX_COVERS - len(found))
            place += [number] * (len(found) - len(place))
        if len(found) >= MAX_COVERS:
            return None
        inside = np.zeros((len(found), len(problem.units)), dtype=np.int64)
        inside[np.repeat(np.arange(len(found)), list(map(len, found))), [index for own in found for index in own]] = 1
        return cls.table(problem, tuple(asked), place, inside, rows, sum(unit.most for unit in problem.units))

    @classmethod
    def table(
        cls, problem: Problem, paths: tuple[str, ...], place: Sequence[int], inside: Any, rows: Rows, upto: int
    ) -> "Covers | None":
        """These covers, and each unit by itself, but for what no answer may hold; None where there are more units and
        sets of which one counts than machine words hold.
        """
        import numpy as np

        count, once = len(problem.units), once_of(problem)
        if count + len(once) > BITS:
            return None
        units = np.vstack([inside, np.eye(count, dtype=np.int64)])
        numbers = np.concatenate([np.array(place, dtype=np.int64), np.full(count, -1, dtype=np.int64)])
        inside = np.zeros((len(units), count + len(once)), dtype=np.int64)
        inside[:, :count] = units
        for number, members in enumerate(once):
            inside[:, count + number] = units[:, list(members)].sum(axis=1)
        barred = [at for rule in problem.alternatives for at, cases in enumerate(rule.allowed) if cases == ()]
        keep = (inside.max(axis=1) <= 1) & (inside[:, barred].sum(axis=1) == 0)
        inside, numbers, units = inside[keep], numbers[keep], units[keep]
        words = 1 + (count + len(once) - 1) // WORD
        bits = [1 << (count - 1 - index) for index in range(count)] + [1 << (count + at) for at in range(len(once))]
        cut = [[bit >> WORD * word & (1 << WORD) - 1 for word in range(words)] for bit in bits]
        weights = np.array([weights for weights, _ in rows], dtype=np.int64).reshape(len(rows), count)
        return cls(
            problem,
            paths,
            numbers,
            inside,
            inside.astype(np.uint64) @ np.array(cut, dtype=np.uint64),
            units @ np.array([unit.most for unit in problem.units], dtype=np.int64),
            units @ weights.T,
            np.array([end for _, end in rows], dtype=np.int64),
            upto,
        )


def number_of(words: Any) -> int:
    """Machine words, the lowest first, as one number."""
    return sum(int(word) << WORD * place for place, word in enumerate(words))


def lacks(masks: Any, bit: int) -> Any:
    """Whether this bit is in none of these."""
    import numpy as np

    word = (bit.bit_length() - 1) // WORD
    return masks[:, word] & np.uint64(bit >> WORD * word) == 0


def apart(masks: Any, other: Any) -> Any:
    """For each of these masks whether it has no bit in common with the other (or with each of several)."""
    found = masks[..., 0] & other[..., 0] == 0
    for word in range(1, masks.shape[-1]):
        found &= masks[..., word] & other[..., word] == 0
    return found


def distinct(masks: Any) -> Any:
    """Where each different mask stands first."""
    import numpy as np

    order = np.lexsort(masks.T)  # not `np.unique`, which loads all of `numpy.ma`: 20 ms of a cold process
    new = np.ones(len(order), dtype=bool)
    new[1:] = (masks[order[1:]] != masks[order[:-1]]).any(axis=1)
    return order[new]


def once_of(problem: Problem) -> list[tuple[int, ...]]:
    """Sets of units of which one counts at most: those that are alike, and each pair that no case of a rule allows."""
    found = list(problem.alike)
    for rule in problem.alternatives:
        spoken = [(index, set(cases)) for index, cases in enumerate(rule.allowed) if cases]
        for (one, mine), (other, own) in combinations(spoken, 2):
            if mine.isdisjoint(own):
                found.append((one, other))
            if len(found) > BITS:
                return found
    return found


def asked_of_places(problem: Problem) -> dict[str, list[Bound]]:
    """What each place asks for, by its path."""
    found: dict[str, list[Bound]] = {}
    for bound in problem.bounds:
        if bound.place and (bound.least or 0) > 0:
            found.setdefault(bound.node, []).append(bound)
    return found


def bounds_over_all(problem: Problem) -> Rows | None:
    """The bounds over everything that counts; None where they are too heavy to be added up in machine words."""
    rows = list(_over_all(problem))
    return None if any(sum(map(abs, weights)) + abs(end) > HEAVY // FINE for weights, end in rows) else rows


def _over_all(problem: Problem) -> Iterator[tuple[tuple[int, ...], int]]:
    """The bounds over everything that counts, as `sum >= least`; but for those that always hold."""
    for bound in problem.bounds:
        if bound.place:
            continue
        negative = tuple(-weight for weight in bound.weights)
        for weights, end in ((bound.weights, bound.least), (negative, None if bound.most is None else -bound.most)):
            if end is not None and sum(weight for weight in weights if weight < 0) < end:
                yield weights, end


def _of_place(bounds: Sequence[Bound], most: int) -> list[tuple[int, ...]]:
    """The covers of one place, but no more than `most` of them; raises `TooLong` where too much else was tried."""
    first = bounds[0].weights
    fitting = sorted(
        (at for at in range(len(first)) if any(bound.weights[at] for bound in bounds)), key=lambda at: -first[at]
    )
    if len(bounds) == 1:
        return _of_one_bound(fitting, [first[at] for at in fitting], bounds[0].least or 0, most)
    adds = [[bound.weights[at] for bound in bounds] for at in fitting]
    rest = [[0] * len(bounds)]
    for own in reversed(adds):
        rest.append([a + b for a, b in zip(own, rest[-1], strict=True)])
    rest.reverse()
    found: list[tuple[int, ...]] = []
    left_to_try = TRIES * most

    def visit(at: int, chosen: tuple[int, ...], lacks: Sequence[int]) -> None:
        nonlocal left_to_try
        for number in range(at, len(fitting)):
            if len(found) >= most or any(map(int.__gt__, lacks, rest[number])):
                return
            left = [lack - add for lack, add in zip(lacks, adds[number], strict=True)]
            if max(left) > 0:
                visit(number + 1, (*chosen, number), left)
            elif _nothing_to_spare((*chosen, number), adds, left):
                found.append(tuple(fitting[one] for one in (*chosen, number)))
            else:
                left_to_try -= 1
                if left_to_try < 0:
                    raise TooLong

    visit(0, (), [bound.least or 0 for bound in bounds])
    return found


def _of_one_bound(fitting: Sequence[int], adds: Sequence[int], least: int, most: int) -> list[tuple[int, ...]]:
    """The covers of a place that asks for one sum, each from its largest unit on: without its last and smallest one it
    does not fill the place, so none is to spare.
    """
    rest = [*accumulate(reversed(adds), initial=0)][::-1]
    found: list[tuple[int, ...]] = []

    def visit(at: int, chosen: tuple[int, ...], lack: int) -> None:
        for number in range(at, len(fitting)):
            if lack > rest[number] or len(found) >= most:
                return
            if lack > adds[number]:
                visit(number + 1, (*chosen, fitting[number]), lack - adds[number])
            else:
                found.append((*chosen, fitting[number]))

    visit(0, (), least)
    return found


def _nothing_to_spare(chosen: Sequence[int], adds: Sequence[Sequence[int]], left: Sequence[int]) -> bool:
    return all(any(lack + add > 0 for lack, add in zip(left, adds[one], strict=True)) for one in chosen)


@dataclass(frozen=True)
class Priced:
    """What everything costs above the least, in parts of a thousandth of a credit.

    `base` is the least that any answer counts. Beyond it an answer counts, exactly, `over` for each cover and each unit
    of its own, `left` for each unit (or set of which one counts) that it leaves out, and `spare` for each one by which
    it is above a bound.
    """

    base: int
    over: Any
    left: Any
    spare: Any

    @classmethod
    def of(cls, covers: Covers, effort: Effort) -> "Priced | None":
        """By the prices of the relaxation; None where it has no answer, or prices are too high for machine words."""
        import numpy as np

        kinds, alone = len(covers.paths), covers.place < 0
        scale = np.maximum(1, np.abs(covers.sums).max(axis=0, initial=1))
        filled = covers.place[np.newaxis, :] == np.arange(kinds)[:, np.newaxis]
        table = np.vstack([filled.astype(float), -covers.inside.T.astype(float), covers.sums.T / scale[:, np.newaxis]])
        least = np.concatenate([np.ones(kinds), -np.ones(covers.inside.shape[1]), covers.least / scale])
        said = prices(table, least, covers.costs / 1000.0, effort)
        if said is None:
            return None
        whole = np.maximum(0.0, np.array(said.prices)[kinds:]) * (1000 * FINE)
        left = np.rint(whole[: covers.inside.shape[1]]).astype(np.int64)
        spare = np.rint(whole[covers.inside.shape[1] :] / scale).astype(np.int64)
        if sum(int(one) * int(end) for one, end in zip(spare, _reach(covers), strict=True)) > HEAVY:
            return None
        over = covers.costs * FINE - covers.sums @ spare + covers.inside @ left
        for at in np.flatnonzero(alone & (over < 0)):  # nothing may cost less than nothing: the unit is dearer to leave
            left[covers.inside[at].argmax()] -= over[at]
        over = covers.costs * FINE - covers.sums @ spare + covers.inside @ left
        base = int(covers.least @ spare) - int(left.sum())
        for number in range(kinds):
            here = covers.place == number
            if not here.any():
                return None
            cheapest = over[here].min()
            over[here] -= cheapest
            base += int(cheapest)
        return cls(base, over, left, spare)


def _reach(covers: Covers) -> list[int]:
    """How far each bound can be from nothing: all that adds to it or takes from it, and what it asks for."""
    import numpy as np

    every = np.abs(covers.sums[covers.place < 0]).sum(axis=0)
    return [int(one) + abs(int(end)) for one, end in zip(every, covers.least, strict=True)]


def affordable(covers: Covers, priced: Priced, slack: int) -> Any:
    """The covers (and units by themselves) beside which every other place can be filled, all for no more than this
    above the least.
    """
    import numpy as np

    live, places = np.flatnonzero(priced.over <= slack), np.arange(len(covers.paths))
    while len(places) and len(live) <= MAX_COMPARED:
        place = covers.place[live]
        count = int((place >= 0).sum())  # units by themselves come last
        starts = np.searchsorted(place[:count], places)
        if count == 0 or 1 + int((np.diff(place[:count]) != 0).sum()) < len(starts):  # some place has none left
            return live[:0]
        beside = apart(covers.masks[live][:, np.newaxis], covers.masks[live[:count]])
        least = np.minimum.reduceat(np.where(beside, priced.over[live[:count]], slack + 1), starts, axis=1)
        least[np.arange(count), place[:count]] = 0
        keep = least.sum(axis=1) + priced.over[live] <= slack
        if keep.all():
            break
        live = live[keep]
    return live


__all__ = ["FINE", "Covers", "Priced", "TooLong", "affordable", "apart", "askable", "distinct", "lacks", "number_of"]
