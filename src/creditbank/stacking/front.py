"""The first look, in plain Python: most questions are settled by a count, or by an answer that is put together at once.

A *no* is a sum of a few bounds (`certificate.Weights`): one rule that asks for more than there is, or places that
together ask for more than all units that fit any of them. A *yes* is put together place by place, the scarcest first,
and then mended: a unit moves, another takes its place, a further one is counted. What neither shows is left to the
solver. Nothing here depends on time or on chance, and neither answer is believed before it is added up again: a no by
`certificate.confirms`, a yes by the checker.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import compress
from operator import mul
from typing import Final

from creditbank.framework.qualification import AnyLeafOrGroup, Group
from creditbank.stacking.certificate import Branching, Ground, Proof, Weights, confirms
from creditbank.stacking.problem import Bound, Problem

MAX_TRIES: Final = 60
"""How many changes that do not help are tried before an answer that was put together is given up."""
MAX_DEPTH: Final = 200
"""So many rules stand one inside the other in a proof that is confirmed at first sight."""
MAX_LOOKS: Final = 500_000
"""Nor are more nodes looked at for that than this, each as often as there are such rules."""
LOOSE: Final = ""
"""The place of a unit that counts and fills no requirement."""

Filling = dict[int, str]
"""For each unit that counts (by index) the requirement that it fills, or `LOOSE`."""


@dataclass(frozen=True)
class Front:
    """One problem at first sight. Only whole units are put together here; parts of units are the solver's."""

    problem: Problem

    def answer(self) -> Filling | None:
        """An answer that keeps every bound, or None when none came together."""
        problem = self.problem
        if any(unit.steps > 1 for unit in problem.units) or not all(map(self._chosen.__contains__, self.binding)):
            return None
        table = _Table(self)
        table.fill()
        return table.filling if table.mend() else None

    def refusal(self) -> Proof | None:
        """A proof that there is no answer, or None where none was found at first sight."""
        return next((proof for proof in self._suspects() if confirms(self._ground, proof)), None)

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.problem)

    @property
    def binding(self) -> tuple[str, ...]:
        """The rules that every answer keeps, because every group above them asks for all of its nodes."""
        return self.problem.reading.binding

    def lacks(self) -> bool:
        """Whether some rule that every answer keeps asks for more than all units add to it. This writes no proof."""
        binding = self.problem.reading.bound_to
        return any(
            self.have(bound) < (bound.least or 0)
            for bound in self.problem.bounds
            if bound.node in binding and _asks(bound)
        )

    def _suspects(self) -> Iterator[Proof]:
        """What may show a no: a bound alone, one for each way through the tree, places that share their units, all."""
        binding = self.problem.reading.bound_to
        needs = [(bound, _key(bound)) for bound in self.problem.bounds if _asks(bound) and bound.node in binding]
        for bound, key in needs:
            if self.have(bound) < (bound.least or 0):
                yield Weights({key: 1})
        if len(self.binding) < len(self.problem.leaves):
            yield from self._no_way_through()
        places = [(bound, key) for bound, key in needs if bound.place]
        if not self.problem.permissions:
            yield from self._shared(places)

    def _no_way_through(self) -> Iterator[Proof]:
        """Where the tree leaves a choice: rules that cannot hold by themselves, and leave no way; as few as it takes.

        They stand one inside the other in the proof, and the whole tree is looked at for each.
        """
        short: dict[str, str] = {}
        for bound in self.problem.bounds:
            if _asks(bound) and bound.node and bound.node not in short and self.have(bound) < (bound.least or 0):
                short[bound.node] = _key(bound)

        def barred(path: str, node: AnyLeafOrGroup) -> list[str] | None:
            """The fewest such rules without any of which this node does not hold; the later ones where it is even."""
            if not isinstance(node, Group):
                return [path] if path in short else None
            found = [own for child in node.of if (own := barred(f"{path}/{child.id}", child)) is not None]
            needed = len(node.of) - node.needed + 1
            fewest = sorted(range(len(found)), key=lambda at: (len(found[at]), -at))[:needed]
            return [rule for at in sorted(fewest) for rule in found[at]] if len(found) >= needed else None

        root = self.problem.qualification.requires
        ruled_out = barred(root.id, root) or []
        if ruled_out and len(ruled_out) <= min(MAX_DEPTH, MAX_LOOKS // len(self.problem.reading.nodes)):
            proof: Proof = Weights({})
            for path in reversed(ruled_out):
                proof = Branching("rule", (Weights({short[path]: 1}), proof), node=path)
            yield proof

    def _shared(self, places: Sequence[tuple[Bound, str]]) -> Iterator[Proof]:
        """Two places, or all, that ask for more than all units which fit any of them."""
        for measure in ("credits", "entire"):
            alike = [(bound, key) for bound, key in places if bound.measure == measure]
            masks = [self._fitting(bound) for bound, _ in alike]
            sums = _Sums(self._worths(measure))
            for at, (bound, key) in enumerate(alike):
                for other in range(at + 1, len(alike)):
                    both = masks[at] & masks[other]
                    if both:
                        asked = (bound.least or 0) + (alike[other][0].least or 0)
                        each = sums.of(masks[at]), sums.of(masks[other])
                        if asked > max(each) and asked > sum(each) - sums.of(both):
                            yield Weights({key: 1, alike[other][1]: 1})
            every = 0
            for mask in masks:
                every |= mask
            if sum(bound.least or 0 for bound, _ in alike) > sums.of(every):
                yield Weights({key: 1 for _, key in alike})

    def have(self, bound: Bound) -> int:
        """The most that all units together can add to a bound, if all that helps it counts."""
        found = self._had.get(id(bound))
        if found is None:
            weights: Iterable[int] = bound.weights
            if min(bound.weights, default=0) < 0:
                weights = [max(0, weight) for weight in bound.weights]
            found = sum(map(mul, weights, self._counts)) if bound.measure == "credits" else sum(weights)
            self._had[id(bound)] = found
        return found

    @cached_property
    def _had(self) -> dict[int, int]:
        """What was added up already: by the very bound, which lives as long as the problem."""
        return {}

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        return tuple(unit.steps for unit in self.problem.units)

    def _fitting(self, bound: Bound) -> int:
        """The units that fit a place, as bits."""
        mask = 0
        for index in compress(range(len(bound.weights)), bound.weights):
            mask |= 1 << index
        return mask

    def _worths(self, measure: str) -> list[int]:
        return [unit.most if measure == "credits" else 1 for unit in self.problem.units]

    @cached_property
    def _chosen(self) -> frozenset[str]:
        """The rules to go by: where the tree leaves a choice, those that lack least by themselves."""
        if (every := self.problem.reading.without_choice) is not None:
            return every
        found: set[str] = set()
        lacking: dict[str, int] = {}  # each node once: below groups of groups there are many
        for bound in self.problem.bounds:
            if _asks(bound):
                lacking[bound.node] = lacking.get(bound.node, 0) + max(0, (bound.least or 0) - self.have(bound))

        def lack(path: str, node: AnyLeafOrGroup) -> int:
            if isinstance(node, Group):
                lacking[path] = sum(sorted(lack(f"{path}/{child.id}", child) for child in node.of)[: node.needed])
            return lacking.get(path, 0)

        def choose(path: str, node: AnyLeafOrGroup) -> None:
            found.add(path)
            if isinstance(node, Group):
                children = [(f"{path}/{child.id}", child) for child in node.of]
                ranked = sorted(range(len(children)), key=lambda at: (lacking.get(children[at][0], 0), at))
                for at in sorted(ranked[: node.needed]):
                    choose(*children[at])

        root = self.problem.qualification.requires
        lack(root.id, root)
        choose(root.id, root)
        return frozenset(found)

    @property
    def chosen(self) -> frozenset[str]:
        """The rules that the answer goes by."""
        return self._chosen


def keeps_every_rule(front: Front, filling: Filling) -> bool:
    """Whether nothing is wrong with an answer, by the problem's own bounds."""
    table = _Table(front)
    for index, path in filling.items():
        if not table.free(index):
            return False
        table.put(index, path)
    return not table.wrong()


def _key(bound: Bound) -> str:
    return f"{bound.node}[{bound.portion}] {bound.measure} at least"


def _asks(bound: Bound) -> bool:
    return bound.least is not None and bound.least > 0 and bound.when is None


class _Sums:
    """What the units of a set (bits) are worth together; sets come again, so sums are kept."""

    def __init__(self, worths: Sequence[int]) -> None:
        self.worths, self.known = worths, {0: 0}

    def of(self, mask: int) -> int:
        found = self.known.get(mask)
        if found is None:
            rest, found = mask, 0
            while rest:
                low = rest & -rest
                found += self.worths[low.bit_length() - 1]
                rest ^= low
            self.known[mask] = found
        return found


class _Table:
    """Units on their places, and how far every bound still is from holding."""

    def __init__(self, front: Front) -> None:
        self.front, self.problem = front, front.problem
        self.filling: Filling = {}
        chosen = front.chosen
        self.bounds = [bound for bound in self.problem.bounds if not bound.node or bound.node in chosen]
        self.sums = [0] * len(self.bounds)
        self.places: dict[str, list[int]] = {}
        self.confined: dict[str, list[int]] = {}
        """For each place the limits that run over what fills it, perhaps among others."""
        self.everywhere: list[int] = []
        for at, bound in enumerate(self.bounds):
            if bound.place:
                self.places.setdefault(bound.node, []).append(at)
            elif bound.within:
                for path in bound.within:
                    self.confined.setdefault(path, []).append(at)
            elif bound.when is None and bound.sharing is None:
                self.everywhere.append(at)
        self.open = [[path for path in own if path in chosen] for own in self.problem.places]
        self.clashes: dict[int, set[int]] = {}
        for members in self.problem.alike:
            for index in members:
                self.clashes.setdefault(index, set()).update(set(members) - {index})
        self.loose = [rule for rule in self.problem.alternatives if rule.node in chosen]
        self.spreads = [rule for rule in self.problem.spreads if rule.node in chosen]
        self.either = [rule for rule in self.problem.either if rule.node in chosen]
        self.dues = [(at, bound) for at, bound in enumerate(self.bounds) if bound.when is not None]
        self.owing = [at for at, bound in self.dues if not bound.place]

    def put(self, index: int, path: str) -> None:
        """Count a unit in a place."""
        self.filling[index] = path
        self._turn(index, path, 1)

    def take(self, index: int) -> str:
        """No longer count a unit; its place is returned."""
        path = self.filling.pop(index)
        self._turn(index, path, -1)
        return path

    def _turn(self, index: int, path: str, sign: int) -> None:
        sums, bounds = self.sums, self.bounds
        for at in self.everywhere:
            sums[at] += sign * bounds[at].weights[index]
        for at in self.owing:
            sums[at] += sign * bounds[at].weights[index]
        for at in self.places.get(path, ()):
            sums[at] += sign * bounds[at].weights[index]
        for at in self.confined.get(path, ()):
            sums[at] += sign * bounds[at].weights[index]

    def short(self, path: str) -> bool:
        """Whether a place still lacks something."""
        return any(
            self.sums[at] < least for at in self.places.get(path, ()) if (least := self.bounds[at].least) is not None
        )

    def free(self, index: int) -> bool:
        """Whether a unit can still be counted beside what is."""
        return index not in self.filling and self.clashes.get(index, _NONE).isdisjoint(self.filling)

    def fill(self) -> None:
        """Fill the places, the scarcest first, each with the units that fit fewest others."""
        fitting = {path: [index for index, own in enumerate(self.open) if path in own] for path in self.places}
        ranked = sorted(self.places, key=lambda path: (self._spare(path), path))
        for path in ranked:
            for index in sorted(fitting[path], key=lambda one: (len(self.open[one]), one)):
                if not self.short(path):
                    break
                if self.free(index):
                    self.put(index, path)
        for path in ranked:
            if self.short(path):
                self._draw(path, fitting)

    def _spare(self, path: str) -> float:
        """How much more there is for a place than it asks for, as a ratio."""
        found = [1e9]
        for at in self.places[path]:
            bound = self.bounds[at]
            if bound.least:
                found.append(sum(bound.weights) / bound.least)
        return min(found)

    def _draw(self, path: str, fitting: dict[str, list[int]]) -> None:
        """Draw units to a place from others that free ones can fill again."""
        for index in fitting[path]:
            if not self.short(path):
                return
            other = self.filling.get(index)
            if other is None or other == path:
                continue
            self._move(index, path)
            added: list[int] = []
            for free in fitting.get(other, ()):
                if not self.short(other):
                    break
                if self.free(free):
                    self.put(free, other)
                    added.append(free)
            if self.short(other):
                for free in added:
                    self.take(free)
                self._move(index, other)

    def wrong(self) -> int:
        """How far all rules together are from holding, in millionths of what each asks; 0 where all hold."""
        sums = self.sums
        total = 0
        for at, bound in enumerate(self.bounds):
            if bound.when is not None:
                continue
            if bound.least is not None and sums[at] < bound.least:
                total += 1 + (bound.least - sums[at]) * 1_000_000 // max(1, abs(bound.least), _heft(bound))
            if bound.most is not None and sums[at] > bound.most:
                total += 1 + (sums[at] - bound.most) * 1_000_000 // max(1, abs(bound.most), _heft(bound))
        return total + 1_000_000 * self._unkept()

    def _unkept(self) -> int:
        """How many of the rules that are no sums do not hold."""
        found = 0
        for rule in self.loose:
            cases = set(range(rule.cases))
            spoken = False
            for index, path in self.filling.items():
                allowed = rule.allowed[index]
                if allowed is not None and (not rule.place or path == rule.node):
                    cases.intersection_update(allowed)
                    spoken = True
            found += spoken and not cases
        for spread in self.spreads:
            reached: dict[str, int] = {}
            for index, path in self.filling.items():
                for name in spread.portions[index] if not spread.within or path in spread.within else ():
                    reached[name] = reached.get(name, 0) + spread.steps[index]
            full = sum(amount >= spread.reach for amount in reached.values())
            found += full < (spread.least or 0)
            found += spread.most is not None and len(reached) > spread.most
        for either in self.either:
            found += not any(all(map(self._keeps, case)) for case in either.cases)
        for at, bound in self.dues:
            if bound.when in self.filling:
                found += self.sums[at] < (bound.least or 0)
        return found

    def _keeps(self, bound: Bound) -> bool:
        """Whether a bound over all that counts holds."""
        have = sum(map(bound.weights.__getitem__, self.filling))
        return (bound.least is None or have >= bound.least) and (bound.most is None or have <= bound.most)

    def mend(self) -> bool:
        """Change one thing at a time for the better, until every rule holds or too many changes were of no help."""
        left, tries = self.wrong(), MAX_TRIES
        while left and tries > 0:
            for undo in self._changes():
                now = self.wrong()
                if now < left:
                    left = now
                    break
                undo()
                tries -= 1
                if not tries:
                    return False
            else:
                return False
        return not left

    def _changes(self) -> Iterator[Callable[[], object]]:
        """Every small change, made; each comes with what takes it back."""
        for index in range(len(self.problem.units)):
            for path in (LOOSE, *self.open[index]):
                if self.free(index):
                    self.put(index, path)
                    yield partial(self.take, index)
        for index, path in sorted(self.filling.items()):
            self.take(index)
            yield partial(self.put, index, path)
            for other in self._instead(index, path):
                self.take(index)
                self.put(other, path)
                yield partial(self._exchange, other, index, path)
            for place in self.open[index]:
                if place != path:
                    self.take(index)
                    self.put(index, place)
                    yield partial(self._move, index, path)

    def _exchange(self, out: int, back: int, path: str) -> None:
        self.take(out)
        self.put(back, path)

    def _move(self, index: int, path: str) -> None:
        self.take(index)
        self.put(index, path)

    def _instead(self, index: int, path: str) -> Iterable[int]:
        return [
            other
            for other in range(len(self.problem.units))
            if other != index and self.free(other) and (path == LOOSE or path in self.open[other])
        ]


_NONE: Final[frozenset[int]] = frozenset()


def _heft(bound: Bound) -> int:
    """The largest weight of a bound: what one unit can change."""
    return max(map(abs, bound.weights), default=1)
