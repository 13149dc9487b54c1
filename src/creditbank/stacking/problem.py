"""A problem in whole numbers: the units that may be counted, and what the rules ask of them.

A bound reads `sum of weight x amount >= least`, or `<= most`. For a requirement the sum runs over the units that fill
it, for a limit over everything counted. What is no sum is one of three other things: an `Alternatives` holds when one
of its cases does, an `Either` when all bounds of one of its cases do, and a `Spread` counts how many portions are
reached. `weighing` says which units there are, and `stating` what the rules come to.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import gcd
from typing import Final, Literal

from creditbank.canonical import Digest
from creditbank.framework.framework import ConversionPolicy
from creditbank.framework.qualification import (
    Qualification,
    Requirement,
)
from creditbank.stacking.excepting import (
    SetAside,
    used_exceptions,
)
from creditbank.stacking.proof import Attempt, Use
from creditbank.stacking.reading import Reading
from creditbank.stacking.rule import (
    Weighed,
    counts_once,
    lot_key,
    permission,
)
from creditbank.stacking.setting import Candidate, Setting
from creditbank.units import Credits

FOREVER: Final = datetime.date.max


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A unit that does not count, and why; `part` where it is a part of a bundle."""

    credential: str
    slug: str
    sentence: str
    title: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """An admitted unit: it may count 0 to `steps` steps of `step` thousandths each. Whole units have one
    step. `exceptions` are those that a use of it rests on, by the place it fills; under an empty path, in any place.
    """

    candidate: Candidate
    weighed: Weighed
    step: int
    steps: int
    offered: bool = False
    exceptions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bundle: Candidate | None = None
    """The credential of which this is a part, as it was given; `candidate` is then the part."""

    @property
    def given(self) -> Candidate:
        """The credential as it was given, whole."""
        return self.bundle or self.candidate

    @property
    def key(self) -> tuple[str, Digest, str]:
        """What it is: a credential, or a part of one."""
        return self.candidate.facts.credential, self.candidate.digest, self.weighed.part

    @property
    def most(self) -> int:
        """The most it can count, in thousandths of the qualification's credits."""
        return self.step * self.steps

    @property
    def can_be_entire(self) -> bool:
        """Whether nothing of it is spent yet; of a part, whether nothing of its credential is."""
        return self.given.available == self.given.facts.credits.credits

    @property
    def skipped(self) -> int:
        """How many steps lie between the most that a part of it comes to and all of it; more than one where only the
        whole is rounded up, and then the count between them cannot be reached.
        """
        policy = self.weighed.conversion
        if policy is None or self.steps == 1 or not self.can_be_entire:
            return 1
        numerator, denominator = map(int, policy.ratio.split("/"))
        part = (self.candidate.available.thousandths - 1) * numerator // (denominator * self.step)
        return max(1, self.steps - part)

    @property
    def counts(self) -> tuple[int, ...]:
        """Every number of steps, above none, that it or a part of it comes to."""
        return (*range(1, self.steps - self.skipped + 1), self.steps)

    def use(self, count: int, places: Sequence[str]) -> Use:
        """The use that counts `count` steps in these places: all that is left at the top, else as little as needed."""
        facts, weighed = self.candidate.facts, self.weighed
        amount = self.candidate.available
        if count < self.steps and weighed.conversion is None:
            amount = Credits(count * self.step)
        elif count < self.steps and weighed.conversion is not None:
            numerator, denominator = map(int, weighed.conversion.ratio.split("/"))
            amount = Credits(-(-count * self.step * denominator // numerator))
        return Use(
            credential=facts.credential,
            digest=self.candidate.digest,
            amount=amount,
            system=facts.credits.system,
            counted=weighed.counted(amount),
            node=places[0] if places else "",
            also=tuple(places[1:]),
            conversion=weighed.conversion.id if weighed.conversion else None,
            recognition=weighed.recognition.id if weighed.recognition else None,
            exceptions=used_exceptions(self.exceptions, places),
            part=weighed.part,
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """One weighted sum and its one end. `node` is the rule it states, `portion` the provider or window it
    is about.

    `measure` says what is weighed: steps of credit, counted units, or entire units. `place` runs the sum over the
    units that fill the node, `within` over those that fill any of these places; `sharing` over those that use this
    entry of the document's `sharing` (by number);
    `when` asks for the least only if this unit (by index) counts. `extra` weighs further credits (or units) that the
    learner does not have yet, and `missing` those of them that would help this very rule; `lacks` says which of both
    these are where it is not what the measure says: an offer that is attempted adds all its credits at once.
    """

    node: str
    portion: str
    measure: Literal["credits", "units", "entire"]
    weights: tuple[int, ...]
    least: int | None = None
    most: int | None = None
    place: bool = False
    extra: int = 0
    missing: int = 0
    when: int | None = None
    sharing: int | None = None
    within: tuple[str, ...] = ()
    lacks: Literal["credits", "units"] | None = None

    @property
    def unit_of_measure(self) -> Literal["credits", "units"]:
        """Whether credits or units are missing where it falls short."""
        return self.lacks or ("credits" if self.measure == "credits" else "units")

    def most_missing(self, units: Sequence[Unit]) -> int:
        """So much of the right kind meets it whatever counts of these units; 0 where no further credits help."""
        counts = [unit.steps if self.measure == "credits" else 1 for unit in units]
        amounts = [weight * count for weight, count in zip(self.weights, counts, strict=True)]
        if self.least is not None:
            short, help_ = self.least - sum(min(0, amount) for amount in amounts), self.missing + self.extra
        else:
            short, help_ = sum(max(0, amount) for amount in amounts) - (self.most or 0), -self.extra
        return max(0, -(-short // help_)) if help_ > 0 else 0


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A rule that holds in any one of `cases` cases: in each, only some of the units that it speaks of count.

    `allowed` holds for each unit the cases (by number) that allow it, or None where the rule does not speak of it.
    With `place` it speaks of the units that fill the node, else of all that count.
    """

    node: str
    cases: int
    allowed: tuple[tuple[int, ...] | None, ...]
    place: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """A rule that holds in any one of its cases: in each all of its bounds hold."""

    node: str
    cases: tuple[tuple[Bound, ...], ...]

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds of all cases."""
        return tuple(bound for case in self.cases for bound in case)


@dataclass(frozen=True, slots=True)
class Spread:
    """A rule about how many portions are reached: at least `least`, or at most `most`.

    `portions` holds for each unit those to which it belongs, `steps` what one step of it is worth. A portion is
    reached with so many thousandths of credit; with 0, by any part of one unit. They may overlap where a unit can
    belong to several. With `within` it speaks of the units that fill any of these places.
    """

    node: str
    portions: tuple[tuple[str, ...], ...]
    steps: tuple[int, ...]
    reach: int = 0
    least: int | None = None
    most: int | None = None
    overlaps: bool = False
    within: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every portion that could be reached, in order."""
        return tuple(sorted({name for names in self.portions for name in names}))


@dataclass(frozen=True)
class Problem:
    """Everything a solver needs, in an order that does not depend on the order of what was given."""

    qualification: Qualification
    setting: Setting
    units: tuple[Unit, ...]
    bounds: tuple[Bound, ...]
    places: tuple[tuple[str, ...], ...]
    """For each unit, the paths of the requirements it may fill."""
    alternatives: tuple[Alternatives, ...] = ()
    spreads: tuple[Spread, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    """The exceptions that were given and do not hold here."""
    attempted: tuple[Unit, ...] = ()
    """Every unit that was attempted, whole, where a rule runs over these; in the order of units."""
    either: tuple[Either, ...] = ()
    read: Reading | None = field(default=None, compare=False, repr=False)
    """The reading of these rules that this was stated by."""

    @cached_property
    def reading(self) -> Reading:
        """What these rules say before any unit is at hand."""
        if self.read is not None and self.read.is_of(self.qualification, self.setting):
            return self.read
        return Reading(self.qualification, self.setting)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What was attempted, as a proof lists it: each credential once."""
        found = (
            Attempt(
                unit.candidate.facts.credential,
                unit.candidate.digest,
                unit.weighed.conversion.id if unit.weighed.conversion else None,
                unit.weighed.recognition.id if unit.weighed.recognition else None,
            )
            for unit in self.attempted
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def confined(self) -> frozenset[str]:
        """The places over whose units some limit runs (`Bound.within`); in most problems none."""
        if not self.reading.confined:
            return frozenset()
        rules: tuple[Bound | Spread, ...] = (*self.bounds, *self.spreads)
        return frozenset(path for rule in rules for path in rule.within)

    @cached_property
    def permissions(self) -> Mapping[tuple[str, str], int]:
        """For two requirements (paths in document order) that may share a unit: the number of the entry saying so."""
        entries = self.qualification.sharing
        if not entries:
            return {}
        numbers = {entry.id: number for number, entry in enumerate(entries)}
        paths = [path for path, node in self.qualification.nodes() if isinstance(node, Requirement)]
        found = {pair: permission(*pair, self.qualification) for pair in combinations(paths, 2)}
        return {pair: numbers[entry.id] for pair, entry in found.items() if entry is not None}

    @cached_property
    def sharing_places(self) -> frozenset[str]:
        """Every requirement that may share a unit with another."""
        return frozenset(path for pair in self.permissions for path in pair)

    @cached_property
    def alike(self) -> tuple[tuple[int, ...], ...]:
        """Sets of units (by index) of which at most one counts: one credential, one issue, one content, one class of
        equivalents, and one achievement where the rules say so.
        """
        rules, as_parts = self.qualification, counts_once(self.qualification)
        once = rules.admits.same_achievement == "count-once"
        own = [(index, unit.candidate.facts) for index, unit in enumerate(self.units)]
        keys: dict[str, list[tuple[int, str]]] = {
            "credential": [(index, facts.credential) for index, facts in own],
            "issue": [(index, lot_key(facts)) for index, facts in own],
            "content": [
                (at, unit.given.facts.content) for at, unit in enumerate(self.units) if unit.given.facts.content
            ],
        }
        if once or as_parts:
            counted = [(index, facts.achievement) for index, facts in own if once or facts.achievement in as_parts]
            keys["achievement"] = counted
        for one in rules.equivalents:
            keys[f"class {one.id}"] = [(index, one.id) for index, facts in own if facts.achievement in one.achievements]
        groups: dict[tuple[str, str], list[int]] = {}
        for kind, named in keys.items():
            if len({name for _, name in named}) < len(named):
                for index, name in named:
                    groups.setdefault((kind, name), []).append(index)
        several = [members for members in groups.values() if len(members) > 1]
        return tuple(sorted({one for members in several for one in self._of_one_credential(members)}))

    def _of_one_credential(self, members: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """The set itself; where parts of one credential are in it, which may count together, each pair that may not."""
        keys = [self.units[index].key[:2] for index in members]
        if len(set(keys)) == len(keys):
            yield tuple(members)
            return
        for one, other in combinations(members, 2):
            if self.units[one].key[:2] != self.units[other].key[:2]:
                yield one, other

    @cached_property
    def kinds(self) -> tuple[tuple[int, ...], ...]:
        """Units that no rule can tell apart, in canonical order. Those of a set that counts once stand alone."""
        alone = {index for group in self.alike for index in group}
        owing = {bound.when for bound in self.bounds if bound.when is not None}
        every = [*self.bounds, *(bound for rule in self.either for bound in rule.bounds)]
        weights = list(zip(*(bound.weights for bound in every), strict=True)) or [()] * len(self.units)
        allowed = list(zip(*(rule.allowed for rule in self.alternatives), strict=True)) or [()] * len(self.units)
        portions = list(zip(*(rule.portions for rule in self.spreads), strict=True)) or [()] * len(self.units)
        found: dict[tuple[object, ...], list[int]] = {}
        for at, unit in enumerate(self.units):
            size = (unit.step, unit.steps, unit.can_be_entire, unit.offered)
            key: tuple[object, ...] = (size, self.places[at], weights[at], allowed[at], portions[at])
            if at in alone or at in owing or unit.steps > 1:
                key = (at,)
            found.setdefault(key, []).append(at)
        return tuple(map(tuple, found.values()))

    def bounds_of(self, nodes: Iterable[str]) -> tuple[Bound, ...]:
        """The bounds that these rules state, and those that stand outside the tree."""
        wanted = {*nodes, ""}
        return tuple(bound for bound in self.bounds if bound.node in wanted)

    def grain_of(self, node: str) -> int:
        """What the credits that a rule lacks are a multiple of, whatever counts: all that it weighs and asks for is.

        Where further credits do more than to fill what lacks, and where they are shared, they go by thousandths.
        """
        bounds = self._in_credits.get(node, [])
        others: tuple[Spread | Either, ...] = (*self.spreads, *self.either)
        if (
            node in self.sharing_places
            or any(bound.extra or bound.missing not in (0, 1) for bound in bounds)
            or any(rule.node == node for rule in others)
        ):
            return 1
        ends = (end for bound in bounds for end in (bound.least, bound.most) if end is not None)
        return gcd(*ends, *(weight for bound in bounds for weight in bound.weights)) or 1

    @cached_property
    def _in_credits(self) -> Mapping[str, Sequence[Bound]]:
        """For each node the bounds that it states in credits."""
        found: dict[str, list[Bound]] = {}
        for bound in self.bounds:
            if bound.unit_of_measure == "credits":
                found.setdefault(bound.node, []).append(bound)
        return found

    @cached_property
    def policies(self) -> tuple[tuple[Bound, ConversionPolicy], ...]:
        """The bounds that conversion policies state by their `max_share`."""
        found = {unit.weighed.conversion.id: unit.weighed.conversion for unit in self.units if unit.weighed.conversion}
        bounds = [bound for bound in self.bounds if not bound.node and bound.extra < 0 and bound.portion in found]
        return tuple((bound, found[bound.portion]) for bound in bounds)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """What the achievements of all units, counted or attempted, are called."""
        every = (unit.candidate.facts for unit in (*self.attempted, *self.units))
        return {facts.achievement: facts.title for facts in every if facts.title}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The paths of all requirements and limits, in document order."""
        return self.reading.leaves


def order_of(unit: Unit) -> tuple[datetime.date, datetime.date, str, bytes, str]:
    """Soonest expiring first, then oldest, then by id (and part): which of two equal units is used up first."""
    return (*order_of_given(unit.candidate), unit.weighed.part)


def order_of_given(candidate: Candidate) -> tuple[datetime.date, datetime.date, str, bytes]:
    """The same of a credential as it was given, whole."""
    return (candidate.expires or FOREVER, candidate.facts.earned, candidate.facts.credential, candidate.digest)
