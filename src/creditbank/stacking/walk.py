"""A path as one problem: each offer once per term in which it can be finished, bound by prerequisites and caps.

An offer becomes one unit per term, of which one at most counts, because they are one issue (`Problem.alike`). Where
another offer needs it before, it stands there once more as a unit that is *only taken*: it counts nowhere and makes the
other possible, as a preparatory course does. Prerequisites are bounds owed by the unit that needs them (`Bound.when`),
caps of a term are bounds over its units; both stand outside the tree, so they always bind, and every route that reads
the problem reads them too.
"""

import datetime
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from creditbank.canonical import Digest, digest_text, json_digest
from creditbank.credential.facts import UnitFacts
from creditbank.framework.qualification import Qualification
from creditbank.stacking.pace import Horizon, Offer, held
from creditbank.stacking.problem import Bound, Either, Problem, Unit
from creditbank.stacking.rule import Reason, attempt, converts, over_attempted
from creditbank.stacking.setting import Candidate, Setting, Standing
from creditbank.stacking.solver import TooComplex
from creditbank.stacking.stating import state
from creditbank.stacking.weighing import build, decisions_for, weigh
from creditbank.units import NONE, Credits

Each = TypeVar("Each")
MAX_COURSES: Final = 4_000
"""Offers times terms beyond this are not searched."""


PATH_BOUNDS: Final = ("before:", "term:", "apart")
"""How the portions of the bounds begin that this module adds to those of the rules."""


@dataclass(frozen=True, slots=True)
class Course:
    """An offer (by number) taken in a term (by number) and finished on a day; `counts` unless it is only taken."""

    offer: int
    term: int
    day: datetime.date
    counts: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An offer that no path can go through, and why."""

    credential: str
    title: str
    slug: str
    sentence: str


@dataclass(frozen=True)
class Catalogue:
    """What can be taken when, read once: for each offer its load, and its prerequisites that are not yet held."""

    qualification: Qualification
    setting: Setting
    """Of the day on which the question is asked."""
    candidates: tuple[Candidate, ...]
    offers: tuple[Offer, ...]
    horizon: Horizon
    fixed: bool = False
    """The offers stand there as if earned on their day, and nothing is known of terms."""

    def load(self, offer: int) -> Credits | None:
        """What taking this offer weighs, in the qualification's credits; None where nothing says so."""
        return load_of(self.offers[offer].unit.facts, self.qualification, self.setting)

    def cost(self, offer: int) -> Credits:
        """Its load; where nothing converts its credits, their own number."""
        load = self.load(offer)
        return self.offers[offer].unit.facts.credits.credits if load is None else load

    @property
    def named(self) -> frozenset[str]:
        """Every achievement that some offer asks for."""
        return frozenset(name for offer in self.offers for choice in offer.after for name in choice)


def load_of(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Credits | None:
    """A whole unit's credits in the qualification's system, by the first policy that converts them, or None."""
    if facts.credits.system == qualification.credit_system:
        return facts.credits.credits
    policies = [item for item in setting.conversions if converts(item, facts, qualification, setting)]
    policies.sort(key=lambda item: (item.issuer != setting.awarding, item.id))
    return policies[0].convert(facts.credits.credits) if policies else None


@dataclass(frozen=True)
class Walk:
    """A problem whose offered units are courses."""

    catalogue: Catalogue
    problem: Problem
    courses: Mapping[int, Course]
    """By the unit's index in the problem."""
    left_out: tuple[LeftOut, ...] = ()

    def of_offer(self) -> Mapping[int, tuple[int, ...]]:
        """For each offer (by number), the units that stand for it."""
        found: dict[int, list[int]] = {}
        for index, course in self.courses.items():
            found.setdefault(course.offer, []).append(index)
        return {offer: tuple(indices) for offer, indices in sorted(found.items())}


@dataclass
class _Courses:
    """Courses as they are found, term by term, under the rules as they read for this learner."""

    rules: Qualification
    units: list[Unit] = field(default_factory=list)
    taken: list[Unit] = field(default_factory=list)
    course: dict[bytes, Course] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    """For each achievement, the first term in which an offer of it can be finished."""


def walk(
    catalogue: Catalogue, setting: Setting, terms: int, *, capped: bool = True, ordered: bool = True, once: bool = False
) -> Walk:
    """State the problem of the first `terms` terms, weighed in this setting: that of the day when all is done.

    Without `capped` terms hold any amount; without `ordered` nothing has to come before anything; with `once` an offer
    can be taken in the first term only that has room for it.
    """
    mine = build(catalogue.qualification, catalogue.candidates, setting)[0]
    rules = mine.qualification
    found = _Courses(rules)
    refused: dict[int, Reason] = {}
    days = held(catalogue.candidates) if ordered else {}
    given = {(one.facts.credential, one.digest) for one in catalogue.candidates}
    for term in range(terms):
        for number, offer in enumerate(catalogue.offers):
            if (offer.unit.facts.credential, offer.unit.digest) in given:
                continue
            if once and any(course.offer == number for course in found.course.values()):
                continue
            reason = _consider(catalogue, setting, found, number, term, days, ordered=ordered, capped=capped)
            if reason is not None and (reason.slug != "no-term" or number not in refused):
                refused[number] = reason  # as it stands in the latest term: taken earlier it may be too old besides
    if len(found.course) > MAX_COURSES:
        raise TooComplex("courses", courses=len(found.course), most=MAX_COURSES)
    problem = state(mine.qualification, [*mine.units, *found.units, *found.taken], setting, mine.attempted)
    problem = _muted(problem, frozenset(unit.candidate.digest for unit in found.taken))
    courses = {
        index: found.course[unit.candidate.digest]
        for index, unit in enumerate(problem.units)
        if unit.offered and unit.candidate.digest in found.course
    }
    bounds = list(problem.bounds)
    if ordered:
        bounds += _prerequisites(catalogue, problem, courses, days)
    pace = catalogue.horizon.pace
    if capped and (pace.credits_at_most is not None or pace.units_at_most is not None):
        bounds += _caps(catalogue, problem, courses)
    taken = {course.offer for course in courses.values()}
    left_out = tuple(
        LeftOut(offer.unit.facts.credential, offer.unit.facts.title, *refused[number])
        for number, offer in enumerate(catalogue.offers)
        if number in refused and number not in taken
    )
    return Walk(catalogue, replace(problem, bounds=tuple(bounds)), courses, left_out)


def _consider(
    catalogue: Catalogue,
    setting: Setting,
    found: _Courses,
    number: int,
    at: int,
    days: Mapping[str, datetime.date],
    *,
    ordered: bool,
    capped: bool,
) -> Reason | None:
    """Add the courses of one offer in one term, or say why there are none."""
    offer, term = catalogue.offers[number], catalogue.horizon.terms[at]
    say = setting.wording.say
    day = offer.unit.facts.earned if catalogue.fixed else offer.finished_in(term)
    if day is None:
        return Reason("no-term", say("path.no-term", day=catalogue.horizon.terms[-1].last))
    if capped and (reason := _too_much(catalogue, number, setting)) is not None:
        return reason
    missing = [choice for choice in offer.after if ordered and not _ready(choice, at, term.first, days, found)]
    if missing:
        return Reason("prerequisite-missing", say("path.prerequisite-missing", needs=_names(catalogue, missing[0])))
    unit = weigh(_taken_on(catalogue, number, day), found.rules, setting, offered=True)
    counts = isinstance(unit, Unit)
    name = offer.unit.facts.achievement
    if isinstance(unit, Unit):
        found.units.append(unit)
        found.course[unit.candidate.digest] = Course(number, at, day, counts=True)
    if ordered and name in catalogue.named:
        ghost = _only_taken(catalogue, number, day, found.rules, setting)
        found.taken.append(ghost)
        found.course[ghost.candidate.digest] = Course(number, at, day, counts=False)
        counts = True
    if counts:
        found.reached.setdefault(name, at)
    return None if isinstance(unit, Unit) else unit


def _ready(
    choice: frozenset[str], at: int, first: datetime.date, days: Mapping[str, datetime.date], found: _Courses
) -> bool:
    """Whether one of these is held when a term begins, or can be finished in an earlier term."""
    return any(
        (name in days and days[name] <= first) or (name in found.reached and found.reached[name] < at)
        for name in choice
    )


def _too_much(catalogue: Catalogue, number: int, setting: Setting) -> Reason | None:
    pace, load = catalogue.horizon.pace, catalogue.load(number)
    say = setting.wording.say
    if pace.credits_at_most is None:
        return None
    if load is None:
        return Reason("load-unknown", say("path.load-unknown", system=catalogue.qualification.credit_system))
    if load > pace.credits_at_most:
        most = setting.wording.credits(pace.credits_at_most.thousandths)
        return Reason("too-large", say("path.too-large", load=setting.wording.credits(load.thousandths), most=most))
    return None


def _names(catalogue: Catalogue, choice: Iterable[str]) -> str:
    """What an offer needs before it, by title where the catalogue or the learner's own units know it."""
    titles = {one.facts.achievement: one.facts.title for one in catalogue.candidates}
    titles |= {offer.unit.facts.achievement: offer.unit.facts.title for offer in catalogue.offers}
    named = [titles.get(name, name) for name in sorted(choice)]
    wording = catalogue.setting.wording
    return wording.titles(named) if len(named) == 1 else wording.say("path.one-of", names=wording.titles(named))


def _taken_on(catalogue: Catalogue, number: int, day: datetime.date) -> Candidate:
    """The offer as a unit earned on that day: a unit of its own, and the same issue as on any other day."""
    unit = replace(catalogue.offers[number].unit, standing=Standing.EARNED)
    if catalogue.fixed:
        return unit
    return replace(unit, facts=replace(unit.facts, earned=day), digest=_digest(catalogue, number, day, "counts"))


def _only_taken(catalogue: Catalogue, number: int, day: datetime.date, rules: Qualification, setting: Setting) -> Unit:
    """The offer as something taken that counts nowhere, and is of one issue with what counts; but it was attempted."""
    unit = catalogue.offers[number].unit
    facts = replace(unit.facts, earned=day)
    policy, decision = decisions_for(facts, rules, setting)
    tried = attempt(facts, rules, setting, conversion=policy, recognition=decision)
    candidate = replace(
        unit, facts=replace(facts, achievement="", content=""), digest=_digest(catalogue, number, day, "taken")
    )
    return Unit(candidate, tried, 0, 1, offered=True)


def _digest(catalogue: Catalogue, number: int, day: datetime.date, what: str) -> Digest:
    own = digest_text(catalogue.offers[number].unit.digest)
    return json_digest({"offer": own, "number": number, "finished": day.isoformat(), "as": what})


def _muted(problem: Problem, taken: frozenset[bytes]) -> Problem:
    """The problem in which what is only taken counts for no rule but those over all that was attempted."""
    mute = {index for index, unit in enumerate(problem.units) if unit.candidate.digest in taken}
    if not mute:
        return problem
    over = {path for path, node in problem.qualification.nodes() if over_attempted(node)}

    def kept(values: tuple[Each, ...], nothing: Each) -> tuple[Each, ...]:
        return tuple(nothing if index in mute else value for index, value in enumerate(values))

    return replace(
        problem,
        bounds=tuple(
            bound if bound.node in over else replace(bound, weights=kept(bound.weights, 0))
            for bound in problem.bounds
            if bound.node in over or bound.when not in mute
        ),
        places=kept(problem.places, ()),
        alternatives=tuple(
            one if one.node in over else replace(one, allowed=kept(one.allowed, None)) for one in problem.alternatives
        ),
        spreads=tuple(
            one if one.node in over else replace(one, portions=kept(one.portions, ()), steps=kept(one.steps, 0))
            for one in problem.spreads
        ),
        either=tuple(one if one.node in over else _without(one, mute) for one in problem.either),
    )


def _without(rule: Either, mute: Set[int]) -> Either:
    """The rule in which these units weigh nothing."""

    def quiet(bound: Bound) -> Bound:
        return replace(bound, weights=tuple(0 if at in mute else one for at, one in enumerate(bound.weights)))

    return replace(rule, cases=tuple(tuple(map(quiet, case)) for case in rule.cases))


def apart(walk_: Walk) -> Walk:
    """The walk with each course a thing of its own: none is left out because another is as good.

    A bound without ends binds nothing and is what tells units apart for the search (`allocation.classes`).
    """
    tags = Bound("", "apart", "units", tuple(range(len(walk_.problem.units))))
    return replace(walk_, problem=replace(walk_.problem, bounds=(*walk_.problem.bounds, tags)))


def unhindered(walk_: Walk, most: int) -> Problem:
    """The problem without prerequisites and caps, with at most so many of the offered units.

    Of the courses of one offer between which no rule can tell, one stays. What is impossible here is impossible there.
    """
    whole, kept, seen = walk_.problem, [], set()
    tree = [bound for bound in whole.bounds if not bound.portion.startswith(PATH_BOUNDS) or bound.node]
    for index, unit in enumerate(whole.units):
        course = walk_.courses.get(index)
        if course is None:
            kept.append(unit)
            continue
        column = (
            course.offer,
            whole.places[index],
            *(bound.weights[index] for bound in tree),
            *(bound.when == index for bound in tree if bound.when is not None),
            *(one.allowed[index] for one in whole.alternatives),
            *(one.portions[index] for one in whole.spreads),
            *(bound.weights[index] for one in whole.either for bound in one.bounds),
        )
        if course.counts and column not in seen:
            seen.add(column)
            kept.append(unit)
    return at_most(state(whole.qualification, kept, whole.setting, whole.attempted), most)


def at_most(problem: Problem, most: int) -> Problem:
    """The problem with at most so many of the offered units."""
    ones = tuple(int(unit.offered) for unit in problem.units)
    return replace(problem, bounds=(*problem.bounds, Bound("", "fewer", "units", ones, most=most)))


def _prerequisites(
    catalogue: Catalogue, problem: Problem, courses: Mapping[int, Course], days: Mapping[str, datetime.date]
) -> list[Bound]:
    """For each course and each thing it needs before it that is not held: one course of an earlier term."""
    found = []
    count = len(problem.units)
    for index, course in sorted(courses.items()):
        first = catalogue.horizon.terms[course.term].first
        for choice in catalogue.offers[course.offer].after:
            if any(name in days and days[name] <= first for name in choice):
                continue
            weights = [0] * count
            for other, before in courses.items():
                if before.term < course.term and catalogue.offers[before.offer].unit.facts.achievement in choice:
                    weights[other] = 1
            found.append(Bound("", f"before:{course.offer}", "units", tuple(weights), least=1, when=index))
    return found


def _caps(catalogue: Catalogue, problem: Problem, courses: Mapping[int, Course]) -> list[Bound]:
    """What a term holds, less what the learner's own units of it come to: all that is not merely planned."""
    pace, found = catalogue.horizon.pace, []
    for at, term in enumerate(catalogue.horizon.terms):
        inside = {index: course for index, course in courses.items() if course.term == at}
        own = [
            one
            for one in catalogue.candidates
            if term.first <= one.facts.earned <= term.last
            and one.facts.earned > catalogue.setting.date
            and one.standing is not Standing.PLANNED
        ]
        indices = range(len(problem.units))
        if pace.credits_at_most is not None:
            loads = [load_of(one.facts, catalogue.qualification, catalogue.setting) or NONE for one in own]
            most = pace.credits_at_most.thousandths - sum(load.thousandths for load in loads)
            weights = tuple(catalogue.cost(inside[i].offer).thousandths if i in inside else 0 for i in indices)
            found.append(Bound("", f"term:{at}", "units", weights, most=max(0, most)))
        if pace.units_at_most is not None:
            ones = tuple(int(i in inside) for i in indices)
            found.append(Bound("", f"term:{at}", "units", ones, most=max(0, pace.units_at_most - len(own))))
    return found


__all__ = ["Catalogue", "Course", "LeftOut", "Walk", "apart", "at_most", "load_of", "unhindered", "walk"]
