"""Any answer, where any will do: a local search in whole numbers that goes after one broken rule at a time.

Units start on the places that are scarcest, and whatever harms no rule is counted besides. Then, again and again, a
rule that does not hold is taken up, and of all units whose use bears on it the one is turned whose turning leaves least
wrong: it goes to another place, is counted or is not. Rules that keep being broken weigh more and more, and a unit
that was just turned rests for a while, so the search does not walk in circles (tabu search, Glover 1989; the weights
are those of the breakout method, Morris 1993). It depends on the order of units alone: no clock, no chance. An answer
is believed when `front.keeps_every_rule` says that nothing is wrong with it; that none was found says nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from creditbank.stacking.front import LOOSE, Filling, Front, keeps_every_rule
from creditbank.stacking.problem import Alternatives, Bound

MAX_TURNS: Final = 60
REST: Final = 4
MAX_SPOKEN: Final = 60
"""Rules that exclude units by pairs are read as pairs where they speak of at most so many units."""
OUT: Final = "(out)"
"""Where a unit is that does not count; no path of a node reads so."""
UNIT: Final = 1 << 20
"""What a whole breach weighs, so that parts of it are whole numbers."""


def any_answer(front: Front) -> Filling | None:
    """An answer that keeps every rule, or None when none was found.

    `Front.answer` has the word where a rule is none of those that are gone after here: parts of units, what a unit owes
    to others, sharing, what all units of a place have in common, at most so many portions.
    """
    problem = front.problem
    if (
        any(unit.steps > 1 for unit in problem.units)
        or not front.chosen.issuperset(front.binding)
        or any(bound.when is not None or bound.sharing is not None for bound in problem.bounds)
        or any(rule.place and rule.node in front.chosen for rule in problem.alternatives)
        or any(rule.most is not None and rule.node in front.chosen for rule in problem.spreads)
    ):
        return front.answer()
    seeker = _Seeker(front)
    seeker.start()
    if not seeker.mend():
        return None
    filling = {index: path for index, path in enumerate(seeker.at) if path != OUT}
    return filling if keeps_every_rule(front, filling) else None


class _Seeker:
    """Every unit somewhere (in a place, loose, or out), and how far each bound is from holding.

    Bounds read `sum >= least`, a maximum turned round; `columns` says for each unit what it adds to which bound
    wherever it counts, `inside` what it adds in one place.
    """

    def __init__(self, front: Front) -> None:
        problem, chosen = front.problem, front.chosen
        self.count = len(problem.units)
        self.open = [tuple(path for path in own if path in chosen) for own in problem.places]
        self.columns: list[list[tuple[int, int]]] = [[] for _ in problem.units]
        self.inside: dict[str, list[tuple[int, Sequence[int]]]] = {}
        self.sums: list[int] = []
        self.price: list[int] = []
        self.about: list[tuple[str, ...]] = []
        self.weights: list[Sequence[int]] = []
        for bound in problem.bounds:
            if not bound.node or bound.node in chosen:
                if bound.least is not None:
                    self._state(bound, bound.weights, bound.least)
                if bound.most is not None:
                    self._state(bound, tuple(-weight for weight in bound.weights), -bound.most)
        self.fitting: dict[str, list[int]] = {path: [] for path in self.inside}
        for index, own in enumerate(self.open):
            for path in own:
                self.fitting.setdefault(path, []).append(index)
        self.at = [OUT] * self.count
        self.resting = [0] * self.count
        self.clashes = [set[int]() for _ in problem.units]
        self.barred = set[int]()
        for members in problem.alike:
            for index in members:
                self.clashes[index].update(members)
        for rule in problem.alternatives:
            if rule.node in chosen:
                self._exclude(rule)
        for index, others in enumerate(self.clashes):
            others.discard(index)

    def _state(self, bound: Bound, weights: Sequence[int], least: int) -> None:
        number = len(self.sums)
        self.sums.append(-least)
        self.price.append(max(1, UNIT // max(1, max(map(abs, weights), default=1))))
        places = (bound.node,) if bound.place else bound.within
        self.about.append(places)
        self.weights.append(weights)
        for path in places:
            self.inside.setdefault(path, []).append((number, weights))
        if places:
            return
        for column, weight in zip(self.columns, weights, strict=True):
            if weight:
                column.append((number, weight))

    def _exclude(self, rule: Alternatives) -> None:
        """Units that no case of a rule allows together are never counted together."""
        spoken = [(index, own) for index, own in enumerate(rule.allowed) if own is not None]
        self.barred.update(index for index, own in spoken if not own)
        if len(spoken) <= MAX_SPOKEN:
            for at, (one, mine) in enumerate(spoken):
                for other, own in spoken[at + 1 :]:
                    if set(mine).isdisjoint(own):
                        self.clashes[one].add(other)
                        self.clashes[other].add(one)

    def start(self) -> None:
        """Fill the scarcest places first, with the units that fit fewest others; then count what harms nothing."""
        free = set(range(self.count)) - self.barred
        for path in sorted(self.inside, key=lambda path: (self._spare(path), path)):
            for index in sorted(self.fitting[path], key=lambda one: (len(self.open[one]), one)):
                if all(self.sums[number] >= 0 for number, _ in self.inside[path]):
                    break
                if index in free and self.at[index] == OUT:
                    self._put(index, path)
                    free -= self.clashes[index]
        for index in range(self.count):
            if index in free and self.at[index] == OUT and all(weight >= 0 for _, weight in self.columns[index]):
                self._put(index, LOOSE)
                free -= self.clashes[index]

    def _spare(self, path: str) -> int:
        """How much more there is for a place than it asks for, in thousandths of that."""
        found = [
            sum(weights) * 1000 // -self.sums[number] for number, weights in self.inside[path] if self.sums[number] < 0
        ]
        return min(found, default=1 << 60)

    def _put(self, index: int, path: str) -> None:
        """Move a unit there, from wherever it is."""
        before, sums = self.at[index], self.sums
        if before == OUT or path == OUT:
            sign = 1 if before == OUT else -1
            for number, weight in self.columns[index]:
                sums[number] += sign * weight
        for number, weights in self.inside.get(before, ()):
            sums[number] -= weights[index]
        for number, weights in self.inside.get(path, ()):
            sums[number] += weights[index]
        self.at[index] = path

    def _cost(self, index: int, path: str) -> int:
        """How much more would be wrong if a unit were there instead; less than nothing where less would be."""
        before, sums, price = self.at[index], self.sums, self.price
        cost = 0
        if before == OUT or path == OUT:
            sign = 1 if before == OUT else -1
            for number, weight in self.columns[index]:
                have = sums[number]
                then = have + sign * weight
                if have < 0:
                    cost += have * price[number]
                if then < 0:
                    cost -= then * price[number]
        for number, weights in self.inside.get(before, ()):
            have = sums[number]
            then = have - weights[index]
            if then < 0:
                cost += ((have if have < 0 else 0) - then) * price[number]
        for number, weights in self.inside.get(path, ()):
            have = sums[number]
            if have < 0:
                then = have + weights[index]
                cost += (have - (then if then < 0 else 0)) * price[number]
            elif (then := have + weights[index]) < 0:
                cost -= then * price[number]
        return cost

    def mend(self) -> bool:
        """Turn one unit at a time until every bound holds, or it was tried often enough."""
        sums, price = self.sums, self.price
        for turn in range(1, MAX_TURNS + 1):
            broken = [number for number, have in enumerate(sums) if have < 0]
            if not broken:
                return True
            best = self._best(max(broken, key=lambda number: -sums[number] * price[number]), turn)
            if best is None or best[0] >= 0:
                for number in broken:
                    price[number] *= 2
            if best is not None:
                self._turn(best[1], best[2], turn)
        return False

    def _best(self, worst: int, turn: int) -> tuple[int, int, str] | None:
        """What costs least to bring a bound nearer: how much, which unit, and where it goes."""
        best: tuple[int, int, str] | None = None
        for index, path in self._turns(worst):
            cost = self._cost(index, path)
            if path != OUT and self.at[index] == OUT:
                cost += sum(self._cost(other, OUT) for other in self.clashes[index] if self.at[other] != OUT)
            if (self.resting[index] <= turn or cost < 0) and (best is None or (cost, index) < best[:2]):
                best = (cost, index, path)
        return best

    def _turn(self, index: int, path: str, turn: int) -> None:
        """Move a unit there; what may not count beside it no longer does."""
        if self.at[index] == OUT:
            for other in self.clashes[index]:
                if self.at[other] != OUT:
                    self._put(other, OUT)
                    self.resting[other] = turn + REST
        self._put(index, path)
        self.resting[index] = turn + REST

    def _turns(self, number: int) -> Iterator[tuple[int, str]]:
        """Every turn of one unit that brings a bound nearer."""
        weights, places, at = self.weights[number], self.about[number], self.at
        for place in places:
            for index in self.fitting.get(place, ()):
                if at[index] in places:
                    if weights[index] < 0:
                        yield from ((index, path) for path in (LOOSE, OUT))
                elif weights[index] > 0 and index not in self.barred:
                    yield index, place
        if places:
            return
        for index, weight in enumerate(weights):
            if weight > 0 and at[index] == OUT and index not in self.barred:
                yield index, LOOSE
                for path in self.open[index]:
                    yield index, path
            elif weight < 0 and at[index] != OUT:
                yield index, OUT


__all__ = ["any_answer"]
