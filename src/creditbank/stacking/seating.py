"""Which place each of some units fills, where it is settled that all of them count: the first way, unit by unit.

Each place has a list of covers to choose from. What all covers of a place have in common is taken by no other; a unit
that one place alone can take is taken there. Most of the question is settled by that; then the first unit that still
has a choice takes the earliest place that leaves a way for all others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Final

from creditbank.stacking.front import LOOSE, Filling
from creditbank.stacking.problem import Problem
from creditbank.stacking.solver import Effort

COVERS_A_STEP: Final = 40

Lists = Mapping[str, list[int]]
"""For each place the covers it may have, as bits of units, the first unit highest."""


@dataclass(frozen=True)
class Seating:
    """The question for some `units` (as bits), of which a place takes all that are `wanted`."""

    problem: Problem
    units: int
    wanted: int
    effort: Effort

    def first(self, lists: Lists) -> Filling | None:
        """The first way, or None where there is none; raises `TooComplex` when the effort is spent."""
        narrowed = self._narrowed(lists)
        chosen = None if narrowed is None else self._settled(narrowed, 0)
        if chosen is None:
            return None
        filling: Filling = {}
        for index, places in enumerate(self.problem.places):
            if self.units & self._bit(index):
                filling[index] = places[0] if places else LOOSE
        for path, masks in chosen.items():
            filling.update((index, path) for index in filling if masks[0] & self._bit(index))
        return filling

    def _bit(self, index: int) -> int:
        return 1 << (len(self.problem.units) - 1 - index)

    def _settled(self, lists: Lists, start: int) -> Lists | None:
        """Lists in which no unit from `start` on has a choice of places any more."""
        for index in range(start, len(self.problem.units)):
            bit = self._bit(index)
            if not self.units & bit:
                continue
            takers = [path for path in self.problem.places[index] if any(mask & bit for mask in lists.get(path, ()))]
            if not takers or (len(takers) == 1 and all(mask & bit for mask in lists[takers[0]])):
                continue
            for path in self._choices(index, takers):
                narrowed = self._narrowed(self._with(lists, bit, path, must=path in takers and self._must(index, path)))
                found = None if narrowed is None else self._settled(narrowed, index + 1)
                if found is not None:
                    return found
            return None
        return lists

    def _must(self, index: int, path: str) -> bool:
        """Whether the unit is to be part of the cover there: else it sits there beside what fills the place."""
        return bool(self.wanted & self._bit(index)) or path != self.problem.places[index][0]

    def _choices(self, index: int, takers: list[str]) -> list[str]:
        """The places that the unit may sit in, the earliest first; if it is not wanted, its first one in any case."""
        first = self.problem.places[index][0]
        return takers if self.wanted & self._bit(index) or first in takers else [first, *takers]

    @staticmethod
    def _with(lists: Lists, bit: int, path: str, *, must: bool) -> Lists:
        """The covers that are left where the unit takes this place."""
        found = {own: [mask for mask in masks if not mask & bit] for own, masks in lists.items() if own != path}
        if path in lists:
            found[path] = [mask for mask in lists[path] if mask & bit] if must else lists[path]
        return found

    def _narrowed(self, lists: Lists) -> Lists | None:
        """The covers that can be part of a way, as far as that is seen at once; None where it is seen that none is."""
        found, before, count = dict(lists), -1, sum(map(len, lists.values()))
        while count != before:
            self.effort.take(1 + count // COVERS_A_STEP)
            if not all(found.values()):
                return None
            shared = {path: reduce(and_, masks) for path, masks in found.items()}
            once = twice = 0
            for part in shared.values():
                once, twice = once | part, twice | (once & part)
            if twice:
                return None
            found = {path: [mask for mask in masks if not mask & once & ~shared[path]] for path, masks in found.items()}
            takes = {path: any_of(masks) for path, masks in found.items()}
            once = twice = 0
            for part in takes.values():
                once, twice = once | part, twice | (once & part)
            if self.wanted & ~once:
                return None
            due = once & ~twice & self.wanted
            found = {path: [mask for mask in masks if not takes[path] & due & ~mask] for path, masks in found.items()}
            before, count = count, sum(map(len, found.values()))
        return found


def any_of(masks: Iterable[int]) -> int:
    """The units that are in any of these."""
    return reduce(or_, masks, 0)


__all__ = ["Seating", "any_of"]
