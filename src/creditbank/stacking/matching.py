"""Where units are counted, or are all worth the same, the canonical answer is a greedy one.

Places that ask for so many units, with a total beside them, have a property that needs no search: the sets of units
that can be seated together form a transversal matroid (Edmonds and Fulkerson 1965), and of a matroid the lightest full
set is found by taking the lightest unit that can still be seated, again and again (Rado 1957). Units are weighed by
credits first and then by their place in line, so the lightest set is the one that counts the fewest credits and, of
those, the first units in line. Which of them fills which place is then settled by exchanges along alternating paths.

Caps, shares and all other rules are looked at afterwards. When they hold for this answer it is the canonical one, since
nothing lighter keeps even the places; when one does not, the question is the solver's.
"""

from dataclasses import dataclass, field

from creditbank.stacking.front import LOOSE, Filling, Front, keeps_every_rule
from creditbank.stacking.problem import Bound, Problem


def greedy(front: Front) -> Filling | None:
    """The canonical answer where the lightest units that can be seated keep every rule; else None."""
    seats = _seats(front)
    if seats is None:
        return None
    table = _Seating(front.problem, seats)
    if not table.seat_lightest():
        return None
    filling = table.places_in_order()
    return filling if keeps_every_rule(front, filling) else None


def _seats(front: Front) -> dict[str, int] | None:
    """How many units each place asks for, and `LOOSE` how many all of them; None where that is no mere count."""
    problem = front.problem
    if (
        len(front.binding) < len(problem.leaves)
        or problem.permissions
        or any(unit.steps > 1 or not unit.can_be_entire for unit in problem.units)
        or any(rule.place for rule in problem.alternatives)
    ):
        return None
    seats: dict[str, int] = {}
    for bound in problem.bounds:
        if bound.place and bound.most is not None:
            return None
        if bound.least is None or bound.least <= 0 or bound.when is not None or bound.sharing is not None:
            continue
        worth = _one_worth(bound)
        if bound.place:
            if worth is None:
                return None
            seats[bound.node] = max(seats.get(bound.node, 0), -(-bound.least // worth))
        elif worth is not None and all(bound.weights) and not bound.within:
            seats[LOOSE] = max(seats.get(LOOSE, 0), -(-bound.least // worth))
    return seats


def _one_worth(bound: Bound) -> int | None:
    """What every unit that the bound weighs is worth to it, where that is the same for all."""
    worths = {weight for weight in bound.weights if weight}
    if not worths:
        return 1
    worth = worths.pop()
    return worth if worth > 0 and not worths else None


@dataclass
class _Seating:
    """Who sits where: at most as many in each place as it asks for, and in no place the rest of a total."""

    problem: Problem
    seats: dict[str, int]
    at: dict[int, str] = field(default_factory=dict)
    sitting: dict[str, list[int]] = field(default_factory=dict)
    fixed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        wanted = sum(count for path, count in self.seats.items() if path != LOOSE)
        self.loose = max(0, self.seats.pop(LOOSE, 0) - wanted)
        self.wanted = wanted + self.loose
        self.fitting: dict[str, list[int]] = {path: [] for path in self.seats}
        for index, own in enumerate(self.problem.places):
            for path in own:
                self.fitting.setdefault(path, []).append(index)
        self.open = [[path for path in own if self.seats.get(path)] for own in self.problem.places]

    def seat_lightest(self) -> bool:
        """Seat the lightest units that can be seated together, until all that is asked for is; or say that it fails."""
        units = self.problem.units
        for index in sorted(range(len(units)), key=lambda one: (units[one].most, one)):
            if len(self.at) == self.wanted:
                break
            if not self._seat(index, set()) and self.loose:
                self.loose -= 1
                self._sit(index, LOOSE)
        return len(self.at) == self.wanted

    def _seat(self, index: int, tried: set[str]) -> bool:
        """Find the unit a seat, moving others on where that helps; where it does not, nobody has moved."""
        sitting, seats = self.sitting, self.seats
        for path in self.open[index]:  # a free seat in sight spares a chain of moves
            if len(sitting.get(path, ())) < seats[path]:
                self._sit(index, path)
                return True
        for path in self.open[index]:
            if path not in tried:
                tried.add(path)
                if any(self._seat(other, tried) for other in tuple(sitting[path])):
                    self._sit(index, path)
                    return True
        return False

    def _sit(self, index: int, path: str) -> None:
        """Seat a unit there, wherever it sat before."""
        before = self.at.get(index)
        if before is not None:
            self.sitting[before].remove(index)
        self.at[index] = path
        self.sitting.setdefault(path, []).append(index)

    def places_in_order(self) -> Filling:
        """Give each unit in line the earliest place that leaves all seats taken; a place may hold more than it asks."""
        found: Filling = {}
        for index in sorted(self.at):
            self.fixed.add(index)
            found[index] = self._earliest(index)
        return found

    def _earliest(self, index: int) -> str:
        own = self.at[index]
        for path in self.problem.places[index]:
            if path == own or self._moves(index, own, path):
                return path
        return own

    def _moves(self, index: int, own: str, path: str) -> bool:
        """Whether the unit can go to this place: whose seat it takes there is free, and its own is filled again."""
        sitting = self.sitting.get(path, ())
        risen = None
        if len(sitting) <= self.seats.get(path, 0):
            risen = next((other for other in sitting if other not in self.fixed), None)
        if risen is not None:
            self._sit(risen, LOOSE)
        self._sit(index, path)
        if own == LOOSE or self._filled(own) or self._refill(own, {own}):
            return True
        self._sit(index, own)
        if risen is not None:
            self._sit(risen, path)
        return False

    def _filled(self, path: str) -> bool:
        return len(self.sitting.get(path, ())) >= self.seats.get(path, 0)

    def _refill(self, path: str, tried: set[str]) -> bool:
        """Fill a seat from units that sit nowhere, or from places that are filled again in turn; or nobody moves."""
        for other in self.fitting[path]:
            if other in self.fixed or other not in self.at:
                continue
            place = self.at[other]
            if place == LOOSE or (place not in tried and place != path and self._spares(place, tried)):
                self._sit(other, path)
                return True
        return False

    def _spares(self, place: str, tried: set[str]) -> bool:
        """Whether a place can do without one of its units, perhaps after it was filled again."""
        if len(self.sitting[place]) > self.seats.get(place, 0):
            return True
        tried.add(place)
        return self._refill(place, tried)
