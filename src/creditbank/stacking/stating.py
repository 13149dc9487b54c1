"""Turn rules into whole numbers: every bound as one weighted sum over the units that may be counted.

Shares become bounds by cross-multiplication: "at most 2/5 of the counted credits are online" is
"5 x online - 2 x all <= 0". Means do likewise: "a mean of at least 3" is "the sum of credits x (points - 3) >= 0".
Nothing is rounded and nothing is a float.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import compress
from math import lcm
from operator import mul
from typing import Final, Literal

from creditbank.canonical import Digest
from creditbank.framework.common import day_before
from creditbank.framework.excepting import Waived
from creditbank.framework.qualification import (
    Exclusion,
    Limit,
    Prerequisite,
    Qualification,
    Requirement,
    Where,
    credits_of,
)
from creditbank.framework.rules import SEVERAL
from creditbank.stacking.excepting import (
    pinned_to,
    pins,
)
from creditbank.stacking.problem import Alternatives, Bound, Either, Problem, Spread, Unit, order_of
from creditbank.stacking.reading import Reading
from creditbank.stacking.rule import (
    has_key,
    keys_of,
    points_of,
    portions_of,
    unknowable,
)
from creditbank.stacking.setting import Setting, begun_by
from creditbank.stacking.solver import TooComplex
from creditbank.units import Credits

_SPREAD: Final = ("distinct_at_least", "distinct_at_most", "in_one_at_least")
BEGUN: Final = "begun"
"""The portion of the bound that a transition states outside the tree."""

MAX_STATED: Final = 10_000_000
"""As many weights as rules may come to that are stated for each unit by itself: memory, and seconds."""


Stated = Bound | Alternatives | Spread | Either


@dataclass
class _Stated:
    """Counts the weights of rules that are stated for each unit by itself, and ends where they grow too many.

    A rule that speaks of few units states few bounds, however many units there are: so they are counted as they come.
    """

    left: int = field(default_factory=lambda: MAX_STATED)

    def take(self, weights: int) -> None:
        """Take so many weights from what is left; raise `TooComplex` when there are not so many."""
        self.left -= weights
        if self.left < 0:
            raise TooComplex("model-size", most=MAX_STATED)


def state(
    qualification: Qualification,
    units: Sequence[Unit],
    setting: Setting,
    attempted: tuple[Unit, ...] = (),
    reading: Reading | None = None,
) -> Problem:
    """State the problem for units that have been weighed, and for all that were attempted.

    Raises `TooComplex` where rules that are stated for each unit by itself come to more than `MAX_STATED` weights.
    """
    if reading is None or not reading.is_of(qualification, setting):
        reading = Reading(qualification, setting)
    desk = _Desk(reading, tuple(sorted(units, key=order_of)))
    bounds: list[Bound] = []
    alternatives: list[Alternatives] = []
    others: list[Stated] = []
    places: list[list[str]] = [[] for _ in desk.units]
    for path, node in reading.stated:
        match node:
            case Requirement():
                fits = desk.fits_place(node)
                bounds += _requirement_bounds(path, node, desk, fits)
                if node.same is not None:
                    alternatives += _together(path, node, desk.units, fits)
                for index in compress(desk.numbers, fits):
                    places[index].append(path)
            case Waived():
                pass  # nothing is asked
            case Limit(span_at_most=str()):
                alternatives.append(_span(path, node, desk))
            case Limit() if (node.of_last is not None or node.bound in _SPREAD) and not desk.over_nothing(node):
                others.append(_spread(path, node, desk) if node.of_last is None else _of_last(path, node, desk))
            case Limit():
                bounds += _over_nothing(path, node, desk) if desk.over_nothing(node) else _sums(path, node, desk)
            case Prerequisite():
                bounds += _prerequisite_bounds(path, node, desk)
            case Exclusion():
                alternatives.append(_exclusion(path, node, desk))
    bounds += _policy_bounds(desk.units)
    bounds += _sharing_bounds(desk)
    bounds += _begun_bounds(desk)
    bounds += _bundle_bounds(desk.units)
    bounds += _pin_bounds(desk, places)
    others += _rules_over_attempts(desk, attempted)
    bounds += [rule for rule in others if isinstance(rule, Bound)]
    alternatives += [rule for rule in others if isinstance(rule, Alternatives)]
    return Problem(
        qualification,
        setting,
        desk.units,
        tuple(bounds),
        tuple(map(tuple, places)),
        tuple(alternatives),
        tuple(rule for rule in others if isinstance(rule, Spread)),
        attempted=attempted,
        either=tuple(rule for rule in others if isinstance(rule, Either)),
        read=reading,
    )


@dataclass(frozen=True)
class _Desk:
    """The units in canonical order, and the rules they are read by."""

    reading: Reading
    units: tuple[Unit, ...]
    stated: _Stated = field(default_factory=_Stated)

    @property
    def qualification(self) -> Qualification:
        return self.reading.qualification

    @property
    def setting(self) -> Setting:
        return self.reading.setting

    @cached_property
    def numbers(self) -> range:
        return range(len(self.units))

    def fits(self, where: Where) -> tuple[bool, ...]:
        """For each unit, whether a rule's `where` speaks of it."""
        found, units = [False] * len(self.units), self.units
        if self.reading.names_alone(where):
            for index in self._near(where):
                found[index] = True
            return tuple(found)
        tests = self.reading.tests(where)
        if not tests:
            return (True,) * len(units)
        for index in self._near(where):
            weighed = units[index].weighed
            for test in tests:
                if not test(weighed):
                    break
            else:
                found[index] = True
        return tuple(found)

    def fits_place(self, node: Requirement) -> tuple[bool, ...]:
        """For each unit, whether it may fill a requirement."""
        found = self.fits(node.where)
        if node.same is None:
            return found
        return tuple(fit and has_key(node, unit.weighed) for fit, unit in zip(found, self.units, strict=True))

    def inside(self, node: Limit) -> Sequence[bool]:
        """For each unit, whether it may fill one of the places that a limit runs over."""
        wanted = self.qualification.places_below(node.within)
        fitting = [
            self.fits_place(place)
            for path, place in self.reading.nodes
            if path in wanted and isinstance(place, Requirement)
        ]
        return [any(fits) for fits in zip(*fitting, strict=True)] if fitting else [False] * len(self.units)

    def over_nothing(self, node: Limit) -> bool:
        """Whether a limit runs over what fills certain places, and all of these were waived."""
        return bool(node.within) and not self.qualification.places_below(node.within)

    def _near(self, where: Where) -> Iterable[int]:
        """The units that a rule can speak of at all: most rules name categories or achievements, and few units fit."""
        if where.category:
            return _near_any(where.category, self._by_category)
        if where.achievement:
            return _near_any(where.achievement, self._by_achievement)
        return self.numbers

    @cached_property
    def _by_category(self) -> Mapping[str, Sequence[int]]:
        return _by_name(unit.weighed.categories for unit in self.units)

    @cached_property
    def _by_achievement(self) -> Mapping[str, Sequence[int]]:
        return _by_name(unit.weighed.stands_for for unit in self.units)

    @property
    def full(self) -> int:
        """What a unit weighs where units are counted: one; or two halves, where some weigh half."""
        return 1 if self.qualification.admits.half_units is None else 2

    def heads(self, inside: Iterable[bool]) -> tuple[int, ...]:
        """What each unit that is inside weighs where units are counted."""
        half = self.qualification.admits.half_units
        if half is None:
            return tuple(map(int, inside))
        return tuple((1 if less else 2) if fit else 0 for fit, less in zip(inside, self.fits(half), strict=True))

    def steps(self, inside: Iterable[bool]) -> tuple[int, ...]:
        """One step of each unit that is inside, in thousandths."""
        return tuple(map(mul, self._step, inside))

    @cached_property
    def _step(self) -> tuple[int, ...]:
        return tuple(unit.step for unit in self.units)


def _near_any(names: Sequence[str], by_name: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """The numbers of those that have any of these names, in order."""
    if len(names) == 1:
        return by_name.get(names[0], ())
    return sorted({index for name in names for index in by_name.get(name, ())})


def _by_name(names: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """For each name the numbers of those that have it."""
    found: dict[str, list[int]] = {}
    for index, own in enumerate(names):
        for name in own:
            found.setdefault(name, []).append(index)
    return found


def _rules_over_attempts(desk: _Desk, attempted: Sequence[Unit]) -> list[Stated]:
    found: list[Stated] = []
    for path, node in desk.reading.nodes if desk.reading.weighs_attempts else ():
        if isinstance(node, Limit | Prerequisite | Exclusion) and node.over == "attempted":
            found += _over_attempts(path, node, desk, attempted)
    return found


def _over_attempts(
    path: str, node: Limit | Prerequisite | Exclusion, desk: _Desk, attempted: Sequence[Unit]
) -> list[Stated]:
    """A rule over all attempted units: what was attempted adds the same to every answer, whether it counts or not.

    So only offered units are left to weigh: what is taken up is attempted, with all of its credits. One portion that
    has enough (`in_one_at_least`) is looked for among what was attempted already.
    """
    offers = [index for index, unit in enumerate(desk.units) if unit.offered]
    whole = [replace(desk.units[index], step=desk.units[index].weighed.size.thousandths, steps=1) for index in offers]
    every = _Desk(desk.reading, (*attempted, *whole), desk.stated)
    fold = _Fold(path, len(attempted), tuple(offers), len(desk.units))
    if unknowable(node, [unit.weighed for unit in every.units], desk.qualification, desk.setting) is not None:
        return [fold.never()]
    match node:
        case Limit(span_at_most=str()):
            return [fold.alternatives(_span(path, node, every))]
        case Limit() if node.in_one_at_least is not None:
            own = _spread(path, node, every)
            have = [
                sum(unit.step for unit, names in zip(attempted, own.portions, strict=False) if name in names)
                for name in own.names
            ]
            short = own.reach - max(have, default=0)
            return [Bound(path, "", "credits", fold.nothing, least=short, missing=1)] if short > 0 else []
        case Limit() if node.bound in ("distinct_at_least", "distinct_at_most"):
            return [fold.spread(_spread(path, node, every))]
        case Limit(of_last=str()):
            rule = _of_last(path, node, every)
            return [replace(rule, cases=tuple(tuple(map(fold.bound, case)) for case in rule.cases))]
        case Limit():
            return [fold.bound(bound) for bound in _limit_bounds(path, node, every)]
        case Prerequisite():
            return [fold.bound(bound) for bound in _prerequisite_bounds(path, node, every)]
        case Exclusion():
            return [fold.alternatives(_exclusion(path, node, every))]


@dataclass(frozen=True, slots=True)
class _Fold:
    """Takes what is fixed out of a rule: the first `fixed` units of it are in every answer, the others are `offers`."""

    path: str
    fixed: int
    offers: tuple[int, ...]
    count: int

    @property
    def nothing(self) -> tuple[int, ...]:
        return (0,) * self.count

    def never(self) -> Bound:
        """A bound that nothing meets."""
        return Bound(self.path, "", "units", self.nothing, least=1)

    def bound(self, bound: Bound) -> Bound:
        """The same bound for what is not fixed. An offer adds its whole size, however much of it counts."""
        there = sum(bound.weights[: self.fixed])
        weights = list(self.nothing)
        for place, index in enumerate(self.offers):
            weights[index] = bound.weights[self.fixed + place]
        later = None if bound.when is None or bound.when < self.fixed else self.offers[bound.when - self.fixed]
        return replace(
            bound,
            measure="units" if self.offers else bound.measure,
            weights=tuple(weights),
            least=None if bound.least is None else bound.least - there,
            most=None if bound.most is None else bound.most - there,
            when=later,
            lacks=bound.unit_of_measure,
        )

    def alternatives(self, rule: Alternatives) -> Alternatives | Bound:
        """The cases that all that is fixed allows."""
        asked = [set(allowed) for allowed in rule.allowed[: self.fixed] if allowed is not None]
        left = sorted(set(range(rule.cases)).intersection(*asked))
        if asked and not left:
            return self.never()
        allowed: list[tuple[int, ...] | None] = [None] * self.count
        for index, own in zip(self.offers, rule.allowed[self.fixed :], strict=True):
            allowed[index] = None if own is None else tuple(left.index(case) for case in own if case in left)
        return Alternatives(self.path, len(left), tuple(allowed))

    def spread(self, rule: Spread) -> Spread | Bound:
        """The portions that nothing fixed has reached."""
        there = {name for own in rule.portions[: self.fixed] for name in own}
        portions: list[tuple[str, ...]] = [()] * self.count
        for index, own in zip(self.offers, rule.portions[self.fixed :], strict=True):
            portions[index] = tuple(name for name in own if name not in there)
        least = None if rule.least is None else max(0, rule.least - len(there))
        most = None if rule.most is None else rule.most - len(there)
        if most is not None and most < 0:
            return self.never()
        return replace(rule, portions=tuple(portions), steps=self.nothing, least=least, most=most)


def _requirement_bounds(path: str, node: Requirement, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """What fills a place, at least and at most. Of further credits too a place takes no more than its most.

    Further units weigh whatever helps: a whole one towards a minimum, a half, where there are such, under a maximum.
    """
    found = []
    full, credits_of = desk.full, desk.reading.credits_of
    if (least := credits_of(node.credits_at_least)) is not None:
        found.append(Bound(path, "", "credits", desk.steps(fits), least=least.thousandths, place=True, missing=1))
    if node.units_at_least is not None:
        least_units = full * node.units_at_least
        found.append(Bound(path, "", "entire", desk.heads(fits), least=least_units, place=True, missing=full))
    if (most := credits_of(node.credits_at_most)) is not None:
        found.append(Bound(path, "", "credits", desk.steps(fits), most=most.thousandths, place=True, missing=1))
    if node.units_at_most is not None:
        most_units = full * node.units_at_most
        found.append(Bound(path, "", "units", desk.heads(fits), most=most_units, place=True, missing=1))
    return found


def _together(path: str, node: Requirement, units: Sequence[Unit], fits: Sequence[bool]) -> list[Alternatives]:
    """One case for each key that all units of the place may have in common."""
    if node.same is None:
        return []
    keys = [keys_of(node.same, unit.weighed) if fit else () for unit, fit in zip(units, fits, strict=True)]
    numbers = {key: number for number, key in enumerate(sorted({key for own in keys for key in own}))}
    allowed = tuple(tuple(numbers[key] for key in own) if fit else None for own, fit in zip(keys, fits, strict=True))
    return [Alternatives(path, len(numbers), allowed, place=True)]


def _span(path: str, node: Limit, desk: _Desk) -> Alternatives:
    """One case for each day that may be the last: what was earned after it, or too long before, does not count."""
    assert node.span_at_most is not None, "the caller asked for a span"
    fits = desk.fits(node.where)
    days = [unit.candidate.facts.earned for unit in desk.units]
    lasts = sorted({day for day, fit in zip(days, fits, strict=True) if fit})
    firsts = [day_before(last, node.span_at_most) for last in lasts]
    allowed = tuple(
        tuple(number for number, last in enumerate(lasts) if firsts[number] <= day <= last) if fit else None
        for day, fit in zip(days, fits, strict=True)
    )
    return Alternatives(path, len(lasts), allowed)


def _exclusion(path: str, node: Exclusion, desk: _Desk) -> Alternatives:
    """One case for each choice. A unit of two choices is excluded by itself: no case allows it."""
    allowed: list[tuple[int, ...] | None] = [None] * len(desk.units)
    for number, where in enumerate(node.between):
        for index in compress(desk.numbers, desk.fits(where)):
            allowed[index] = (number,) if allowed[index] is None else ()
    return Alternatives(path, len(node.between), tuple(allowed))


def _spread(path: str, node: Limit, desk: _Desk) -> Spread:
    fits: Sequence[bool] = desk.fits(node.where)
    if node.within:
        fits = [fit and inside for fit, inside in zip(fits, desk.inside(node), strict=True)]
    places = desk.qualification.places_below(node.within)
    portions = tuple(
        portions_of(node, unit.weighed, desk.qualification) if fit else ()
        for unit, fit in zip(desk.units, fits, strict=True)
    )
    steps = tuple(unit.step for unit in desk.units)
    reach = credits_of(node.in_one_at_least)
    if reach is not None:
        return Spread(path, portions, steps, reach=reach.thousandths, least=1 if reach else 0, within=places)
    overlaps, least, most = node.per in SEVERAL, node.distinct_at_least, node.distinct_at_most
    return Spread(path, portions, steps, least=least, most=most, overlaps=overlaps, within=places)


def _prerequisite_bounds(path: str, node: Prerequisite, desk: _Desk) -> list[Bound]:
    """For each unit that needs something before it: enough of that, if it counts.

    What the learner does not have yet will be earned later, so it helps only a unit of this very day.
    """
    needs, least = desk.fits(node.needs), credits_of(node.credits_at_least)
    spoken = [index for index, fit in enumerate(desk.fits(node.where)) if fit]
    desk.stated.take(len(spoken) * len(desk.units))
    days = [unit.candidate.facts.earned for unit in desk.units]
    found = []
    for index in spoken:
        ready = [
            need and other != index and (day < days[index] or (node.concurrent and day == days[index]))
            for other, (need, day) in enumerate(zip(needs, days, strict=True))
        ]
        helps = int(node.concurrent and days[index] == desk.setting.date)
        if least is not None:
            end, steps = least.thousandths, desk.steps(ready)
            found.append(Bound(path, "", "credits", steps, least=end, missing=helps, when=index))
        else:
            heads, enough = desk.heads(ready), desk.full * (node.units_at_least or 0)
            found.append(Bound(path, "", "entire", heads, least=enough, missing=helps * desk.full, when=index))
    return found


def _sums(path: str, node: Limit, desk: _Desk) -> list[Bound]:
    """The bounds of a limit, over what fills certain places if it names any; a unit that fits none of these weighs
    nothing already.
    """
    places, bounds = desk.qualification.places_below(node.within), _limit_bounds(path, node, desk)
    return [replace(bound, within=places) for bound in bounds] if node.within else bounds


def _over_nothing(path: str, node: Limit, desk: _Desk) -> list[Bound]:
    """A limit over what fills certain places, when all of these were waived: nothing does, and nothing further will."""
    if node.bound not in _SPREAD:
        return [replace(bound, missing=0, extra=0) for bound in _limit_bounds(path, node, desk)]
    if node.distinct_at_least is None and not credits_of(node.in_one_at_least):
        return []
    return [Bound(path, "", "units", (0,) * len(desk.units), least=1)]


def _limit_bounds(path: str, node: Limit, desk: _Desk) -> list[Bound]:
    whole: Sequence[bool] = (True,) * len(desk.units) if node.base is None else desk.fits(node.base)
    if node.within:
        whole = [fit and inside for fit, inside in zip(whole, desk.inside(node), strict=True)]
    fits = [fit and inside for fit, inside in zip(desk.fits(node.where), whole, strict=True)]
    if node.grading is not None:
        return _graded_bounds(path, node, node.grading, desk, fits)
    if node.last_at_least is not None:
        return _last_bounds(path, Credits.parse(node.last_at_least), desk, fits)
    if node.in_each_at_least is not None:
        return _each_bounds(path, node, Credits.parse(node.in_each_at_least), desk, fits)
    if node.per is None:
        return [_one_limit(path, node, desk, fits, "", whole)]
    own = [portions_of(node, unit.weighed, desk.qualification) for unit in desk.units]
    found = []
    for portion in sorted({name for names, fit in zip(own, fits, strict=True) if fit for name in names}):
        inside = [fit and portion in names for fit, names in zip(fits, own, strict=True)]
        of = [fit and portion in names for fit, names in zip(whole, own, strict=True)] if node.base_per else whole
        found.append(_one_limit(path, node, desk, inside, portion, of))
    return found


def _last_bounds(path: str, amount: Credits, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """For each unit that is none of these: enough was earned on later days, if it counts. What comes is later still."""
    spoken = [index for index, fit in enumerate(fits) if not fit]
    desk.stated.take(len(spoken) * len(desk.units))
    days = [unit.candidate.facts.earned for unit in desk.units]
    after = {day: desk.steps(later > day for later in days) for day in {days[index] for index in spoken}}
    least = amount.thousandths
    return [Bound(path, "", "credits", after[days[at]], least=least, missing=1, when=at) for at in spoken]


def _of_last(path: str, node: Limit, desk: _Desk) -> Either:
    """One case for each day of what is none of these, and one for the time before: since then enough of these were
    earned, and no more of anything else than may lie among the last. What comes is later still.
    """
    assert node.last_at_least is not None, "`of_last` goes with `last_at_least`"
    asked, among = Credits.parse(node.last_at_least).thousandths, Credits.parse(node.of_last or "").thousandths
    fits = desk.fits(node.where)
    days = [unit.candidate.facts.earned for unit in desk.units]
    others = desk.steps(not fit for fit in fits)
    since = sorted({day for day, fit in zip(days, fits, strict=True) if not fit})
    desk.stated.take(2 * (len(since) + 1) * len(desk.units))
    cases: list[tuple[Bound, ...]] = [(Bound(path, "all", "credits", others, most=among - asked),)]
    for first in since:
        later = [day > first for day in days]
        mine = desk.steps(fit and after for fit, after in zip(fits, later, strict=True))
        rest = tuple(weight if after else 0 for weight, after in zip(others, later, strict=True))
        name = first.isoformat()
        enough = Bound(path, name, "credits", mine, least=asked, missing=1)
        cases.append((enough, Bound(path, name, "credits", rest, most=among - asked)))
    return Either(path, tuple(cases))


def _each_bounds(path: str, node: Limit, amount: Credits, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """For each unit and each portion in which it lies: enough lies there, if it counts.

    What is earned from now on lies in no window that is over.
    """
    fitting = zip(desk.units, fits, strict=True)
    own = [portions_of(node, unit.weighed, desk.qualification) if fit else () for unit, fit in fitting]
    desk.stated.take(sum(map(len, own)) * len(desk.units))
    calendar = desk.qualification.calendars.get(node.per or "")
    open_ = None if calendar is None else calendar.window(desk.setting.date).isoformat()
    inside = {name: desk.steps(name in names for names in own) for name in {name for names in own for name in names}}
    least = amount.thousandths
    return [
        Bound(path, name, "credits", inside[name], least=least, missing=int(open_ in (None, name)), when=index)
        for index, names in enumerate(own)
        for name in names
    ]


def _one_limit(
    path: str, node: Limit, desk: _Desk, inside: Sequence[bool], portion: str, whole: Sequence[bool]
) -> Bound:
    everything = int(node.per is None and desk.reading.everything(node.where))
    credits_of = desk.reading.credits_of
    if node.share is not None:
        return _share(path, node, desk, inside, portion, whole)
    if (least := credits_of(node.credits_at_least)) is not None:
        return Bound(path, portion, "credits", desk.steps(inside), least=least.thousandths, missing=1)
    if (most := credits_of(node.credits_at_most)) is not None:
        return Bound(path, portion, "credits", desk.steps(inside), most=most.thousandths, extra=everything)
    heads = desk.heads(inside)
    if node.units_at_least is not None:
        return Bound(path, portion, "entire", heads, least=desk.full * node.units_at_least, missing=desk.full)
    most_units = desk.full * (node.units_at_most or 0)
    return Bound(path, portion, "units", heads, most=most_units, extra=everything)


def _share(path: str, node: Limit, desk: _Desk, inside: Sequence[bool], portion: str, whole: Sequence[bool]) -> Bound:
    """A share, cross-multiplied. Of further credits those count into it, and into what it is a share of, that help."""
    share = node.share
    assert share is not None, "the caller asked for a share"
    part, of = share.numerator, share.denominator
    measure: Literal["credits", "units"] = node.weigh_by
    if measure == "credits":
        mine, all_, light, heavy = desk.steps(inside), desk.steps(whole), 1, 1
    else:
        mine, all_, light, heavy = desk.heads(inside), desk.heads(whole), 1, desk.full
    if node.weights:
        times, once, most = _times(node, desk)
        mine, all_ = tuple(map(mul, mine, times)), tuple(map(mul, all_, times))
        light, heavy = light * min(once, *(int(Fraction(one.times) * once) for one in node.weights)), heavy * most
    weights = tuple(of * one - part * every for one, every in zip(mine, all_, strict=True))
    if node.share_at_least is not None:
        if node.base is not None:
            return Bound(path, portion, measure, weights, least=0, missing=heavy * (of - part))
        missing = heavy * (of - part) + light * part
        return Bound(path, portion, measure, weights, least=0, extra=-light * part, missing=missing)
    everything = node.per is None and desk.reading.everything(node.where)
    extra = (0 if node.base is not None else light * (of - part)) if everything else -heavy * part
    return Bound(path, portion, measure, weights, most=0, extra=extra)


def _graded_bounds(path: str, node: Limit, scale: str, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """A mean or a sum of points, over the units whose grade has points. Further credits have the grade that helps."""
    grading = desk.qualification.grading[scale]
    points = [
        _milli(worth) if fit and (worth := points_of(scale, unit.weighed, desk.qualification)) is not None else None
        for unit, fit in zip(desk.units, fits, strict=True)
    ]
    known = [Fraction(end) for end in grading.numbers or [step.points for step in grading.grades if step.points]]
    ends = [_milli(end) for end in known] or [0]
    times, scaled, most = _times(node, desk)
    if node.points_at_least is not None:
        weights = tuple((worth or 0) * unit.step * n for unit, worth, n in zip(desk.units, points, times, strict=True))
        least = _milli(Fraction(node.points_at_least)) * 1000 * scaled
        return [Bound(path, "", "credits", weights, least=least, missing=max(ends) * most)]
    assert node.mean_at_least is not None, "only means and sums of points name a scale"
    bound, sign = _milli(Fraction(node.mean_at_least)), -1 if grading.descends else 1
    over = [0 if worth is None else sign * (worth - bound) * n for worth, n in zip(points, times, strict=True)]
    best = max(0, max(sign * (end - bound) for end in ends)) * most
    ones = tuple(int(worth is not None) for worth in points)
    some = Bound(path, "", "units", ones, least=1, missing=1)
    if node.weigh_by == "units":
        each = tuple(head * worth for head, worth in zip(desk.heads(fits), over, strict=True))
        return [Bound(path, "", "units", each, least=0, missing=desk.full * best), some]
    weights = tuple(worth * unit.step for unit, worth in zip(desk.units, over, strict=True))
    return [Bound(path, "", "credits", weights, least=0, missing=best), some]


def _times(node: Limit, desk: _Desk) -> tuple[Sequence[int], int, int]:
    """How many times each unit weighs in a share, a mean or a sum of points, in whole numbers; how many of these are
    once, and how many the most that any unit could weigh.
    """
    if not node.weights:
        return (1,) * len(desk.units), 1, 1
    ones = [Fraction(one.times) for one in node.weights]
    once = lcm(*(one.denominator for one in ones))
    times = [once] * len(desk.units)
    for one, factor in reversed(list(zip(node.weights, ones, strict=True))):  # the first that speaks of a unit decides
        for index in compress(desk.numbers, desk.fits(one.where)):
            times[index] = int(factor * once)
    return times, once, max(once, *(int(factor * once) for factor in ones))


def _milli(points: Fraction) -> int:
    """Points in whole thousandths; documents and grades give no more than three places."""
    assert (points * 1000).denominator == 1, "the forms of points and grades have at most three places"
    return int(points * 1000)


def _begun_bounds(desk: _Desk) -> list[Bound]:
    """Past its last day a version asks for a unit earned by a day. What is earned from now on is too late for that."""
    day = begun_by(desk.qualification, desk.setting.date)
    if day is None:
        return []
    early = tuple(int(unit.candidate.facts.earned <= day) for unit in desk.units)
    return [Bound("", BEGUN, "units", early, least=1)]


def _pin_bounds(desk: _Desk, places: list[list[str]]) -> list[Bound]:
    """A pinned unit has no other place. While its own is part of the answer, one of those it names fills it, and each
    of them that counts does.
    """
    found = []
    for pin in pins(desk.qualification):
        held = [
            not unit.offered and pinned_to(pin, unit.weighed, desk.qualification, desk.setting) for unit in desk.units
        ]
        found.append(Bound(pin.node, pin.id, "units", tuple(map(int, held)), least=1, place=True))
        for index in [index for index, mine in enumerate(held) if mine]:
            places[index] = [pin.node]
            alone = tuple(int(other == index) for other in range(len(held)))
            found.append(Bound(pin.node, pin.id, "units", alone, least=1, place=True, when=index))
    return found


def _bundle_bounds(units: Sequence[Unit]) -> list[Bound]:
    """All parts of a credential together count no more than is left of it, where some of it is spent."""
    found: dict[tuple[str, Digest], Bound] = {}
    for unit in units:
        whole = unit.bundle
        if whole is not None and whole.available < whole.facts.credits.credits:
            steps = tuple(other.step if other.key[:2] == unit.key[:2] else 0 for other in units)
            name, left = whole.facts.credential, whole.available.thousandths
            found[unit.key[:2]] = Bound("", name, "credits", steps, most=left)
    return list(found.values())


def _sharing_bounds(desk: _Desk) -> list[Bound]:
    """How much may be shared by each entry in all."""
    if not desk.qualification.sharing:
        return []
    every = (True,) * len(desk.units)
    steps, heads = desk.steps(every), desk.heads(every)
    found = []
    for number, entry in enumerate(desk.qualification.sharing):
        if (most := credits_of(entry.credits_at_most)) is not None:
            found.append(Bound("", entry.id, "credits", steps, most=most.thousandths, sharing=number))
        if entry.units_at_most is not None:
            most_units = desk.full * entry.units_at_most
            found.append(Bound("", entry.id, "units", heads, most=most_units, sharing=number))
    return found


def _policy_bounds(units: Sequence[Unit]) -> list[Bound]:
    policies = {unit.weighed.conversion.id: unit.weighed.conversion for unit in units if unit.weighed.conversion}
    found = []
    for name, policy in sorted(policies.items()):
        if policy.share == 1:
            continue
        part, of = policy.share.numerator, policy.share.denominator
        weights = tuple(
            (of if unit.weighed.conversion is policy else 0) * unit.step - part * unit.step for unit in units
        )
        found.append(Bound("", name, "credits", weights, most=0, extra=-part))
    return found
