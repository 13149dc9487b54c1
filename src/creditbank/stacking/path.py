"""The shortest way on: the fewest units of a catalogue, then the fewest credits, then the earliest last day, with which
it would add up.

The search is exact within its horizon of terms (`pace`): offers in the terms in which they can be finished, after what
they need, and no more in a term than the learner takes (`walk`). Of equal ways it gives the one that takes the first
offers in canonical order, each as early as it can be. A unit is weighed as of the day on which all is done. Where that
day makes a difference (a shelf life, a decision or rules that end), every last term is tried by itself.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.credential.facts import UnitFacts
from creditbank.framework.decision import Acceptance
from creditbank.framework.exception import RuleException
from creditbank.framework.framework import ConversionPolicy, Recognition
from creditbank.framework.qualification import Qualification
from creditbank.stacking.allocation import Allocation, Formulation, decide, feasible, formulate, possible
from creditbank.stacking.certificate import Certificate
from creditbank.stacking.conflict import Conflict, find_conflict, told_with_gap
from creditbank.stacking.enumeration import refuted
from creditbank.stacking.excepting import under_exceptions
from creditbank.stacking.front import Front
from creditbank.stacking.gap import ROUNDS, Gap, at_first_sight, closest, colliding, gap_of
from creditbank.stacking.pace import Horizon, Offer, Pace, Term, horizon_of, offered
from creditbank.stacking.problem import Problem
from creditbank.stacking.proof import Use
from creditbank.stacking.refutation import refute
from creditbank.stacking.rule import over_attempted
from creditbank.stacking.setting import (
    Candidate,
    IndicativeRules,
    RulesNotInForce,
    Setting,
    begun_by,
    require_applicable,
)
from creditbank.stacking.solver import Effort, Model, Terms, TooComplex, first_in_order, minimise
from creditbank.stacking.stating import state
from creditbank.stacking.walk import Catalogue, Course, LeftOut, Walk, apart, at_most, unhindered, walk
from creditbank.stacking.weighing import learner_of
from creditbank.units import NONE, CreditAmount, Credits

MAX_ALTERNATIVES: Final = 3
"""So many other offers are named for each step."""
MAX_OTHERS: Final = 2
MAX_LEFT_OUT: Final = 50
PROVING: Final = 4
"""The part of its work that a search may spend once more on showing that nothing shorter does; half of that goes to
finding out where to look for it, and half to looking there first.
"""
TRIES: Final = 40_000
"""How much the exhaustive route may try where no certificate was found."""


@dataclass(frozen=True, slots=True)
class Instead:
    """An offer that could stand in the place of a step: all other steps stay, and nothing takes longer."""

    credential: str
    achievement: str
    title: str
    provider: str
    credits: CreditAmount

    def to_json(self) -> JsonObject:
        """The offer as it stands in an evaluation."""
        return {
            "credential": self.credential,
            "achievement": self.achievement,
            "title": self.title,
            "provider": self.provider,
            "credits": str(self.credits.credits),
            "system": self.credits.system,
        }


@dataclass(frozen=True, slots=True)
class PathStep:
    """One unit to take. `node` is the requirement it would fill, empty when it counts towards totals only.

    `counted` is nothing for a unit that is taken only because another needs it before. `term` is the number of the term
    (from 1) in which it is taken, `finished` its last day where days are known, `after` the titles of what has to be
    finished before it and is a step too, `asks` what it needs before it besides, as its unit says it: for a person to
    look at.
    """

    credential: str
    achievement: str
    title: str
    provider: str
    credits: CreditAmount
    counted: Credits
    node: str
    term: int = 0
    finished: datetime.date | None = None
    after: tuple[str, ...] = ()
    alternatives: tuple[Instead, ...] = ()
    asks: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """The step as it stands in an evaluation; of what was not asked for, nothing stands there."""
        return {
            "credential": self.credential,
            "achievement": self.achievement,
            "title": self.title,
            "provider": self.provider,
            "credits": str(self.credits.credits),
            "system": self.credits.system,
            "counted": str(self.counted),
            "node": self.node,
            **({"term": self.term} if self.term else {}),
            **({"finished": self.finished.isoformat()} if self.finished else {}),
            **({"after": list(self.after)} if self.after else {}),
            **({"asks": list(self.asks)} if self.asks else {}),
            **({"alternatives": [one.to_json() for one in self.alternatives]} if self.alternatives else {}),
        }


@dataclass(frozen=True, slots=True)
class Timing:
    """What a path costs in time: the terms it was looked for in, and the day on which its last unit is finished.

    Where only an order is known, `finished` is None and the terms are steps one after another.
    """

    terms: tuple[Term, ...]
    used: int
    finished: datetime.date | None
    pace: Pace

    def to_json(self) -> JsonObject:
        """The timing as it stands in an evaluation."""
        pace = self.pace
        return {
            "used": self.used,
            "of": len(self.terms),
            **({"finished": self.finished.isoformat()} if self.finished else {}),
            **({"until": self.terms[-1].last.isoformat()} if self.finished else {}),
            **({"creditsAtMost": str(pace.credits_at_most)} if pace.credits_at_most is not None else {}),
            **({"unitsAtMost": pace.units_at_most} if pace.units_at_most is not None else {}),
        }


@dataclass(frozen=True, slots=True)
class Path:
    """The units to take, and what is counted in all once they are earned.

    `credits` is what they add to the sum, `cost` what the learner takes for it, both in the qualification's credits.
    `proven` tells that a second, exhaustive route confirmed that fewer units do not do. Where the search stopped at its
    limit, `at_least` is the number of units below which it was certain that nothing does; the path is then the best
    one found. `others` are further ways of the same length that take no longer.
    """

    steps: tuple[PathStep, ...]
    credits: Credits
    counted: Credits
    sentence: str
    proven: bool
    cost: Credits = NONE
    timing: Timing | None = None
    at_least: int | None = None
    others: tuple["Path", ...] = ()

    @property
    def own_credits(self) -> tuple[CreditAmount, ...]:
        """What is to be taken, in the credits of each system."""
        sums: dict[str, Credits] = {}
        for step in self.steps:
            sums[step.credits.system] = sums.get(step.credits.system, NONE) + step.credits.credits
        return tuple(CreditAmount(system, amount) for system, amount in sorted(sums.items()))

    def to_json(self) -> JsonObject:
        """The path as it stands in an evaluation."""
        known: JsonObject = {}
        if self.timing is not None:
            known = {
                "cost": str(self.cost),
                "taken": [{"credits": str(one.credits), "system": one.system} for one in self.own_credits],
                "time": self.timing.to_json(),
            }
        return {
            "steps": [step.to_json() for step in self.steps],
            "credits": str(self.credits),
            "counted": str(self.counted),
            "sentence": self.sentence,
            "proven": self.proven,
            **known,
            **({"atLeast": self.at_least} if self.at_least is not None else {}),
            **({"others": [one.to_json() for one in self.others]} if self.others else {}),
        }


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why the catalogue does not complete it: `rules`, `prerequisites`, `pace`, or `time` (the rules end before).

    For `rules`, `gap` and `conflict` are those of the learner's units together with everything on offer; `told` are the
    sentences about these, and `briefly` says that nothing is otherwise, for where they were told of the learner's own.
    """

    because: str
    sentence: str
    gap: Gap | None = None
    conflict: Conflict | None = None
    left_out: tuple[LeftOut, ...] = ()
    told: tuple[str, ...] = ()
    briefly: str = ""

    def after(self, said: Sequence[str]) -> str:
        """The reason, after these sentences: what they told already is not told again."""
        return self.briefly if self.briefly and set(self.told) <= set(said) else self.sentence

    def to_json(self) -> JsonObject:
        """The reason as it stands in an evaluation."""
        return {
            "because": self.because,
            "sentence": self.sentence,
            "gap": self.gap.to_json() if self.gap else None,
            "conflict": self.conflict.to_json() if self.conflict else None,
            "leftOut": [
                {"credential": one.credential, "title": one.title, "slug": one.slug, "sentence": one.sentence}
                for one in self.left_out
            ],
        }


@dataclass(frozen=True, slots=True)
class Way:
    """What a search for a path found: a path or a reason, and the limits that it reached."""

    path: Path | None
    no_path: NoPath | None = None
    limits: tuple[TooComplex, ...] = ()


def find_way(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    catalogue: Sequence[Candidate | Offer],
    setting: Setting,
    effort: Effort,
    *,
    today: datetime.date,
    pace: Pace | None = None,
    alternatives: bool = False,
    no_is_proven: bool = False,
) -> Way:
    """The shortest path through a catalogue, or why there is none. Raises `TooComplex` when neither is certain.

    `today` is the day on which terms begin; `setting` may be of a later day in a what-if, and nothing is weighed before
    that. Catalogues of plain candidates, without a pace, are taken as earned on the days that they state.
    """
    offers = offered(catalogue)
    fixed = pace is None and not any(isinstance(one, Offer) for one in catalogue)
    horizon = horizon_of(pace, qualification, offers, today)
    if fixed:
        horizon = Horizon((Term(today, today),), False, Pace())
    desk = Catalogue(qualification, replace(setting, date=today), tuple(candidates), offers, horizon, fixed)
    while True:
        found = _best_of_stages(desk, setting, effort)
        if found is not None:
            break
        longer = desk.horizon.longer(qualification)
        if longer is None:
            return _no_way(desk, setting, effort)
        desk = replace(desk, horizon=longer)
    path = _path(found, setting, effort.anew())
    if found.limit is not None:
        return Way(path, None, (found.limit,))
    path = replace(path, proven=_fewer_refuted(desk, found, setting, effort, no_is_proven=no_is_proven))
    return _with_alternatives(path, found, setting, effort.anew()) if alternatives else Way(path)


# -- stages: as of which day it is weighed


def _stages(desk: Catalogue, setting: Setting) -> Iterator[tuple[int, Setting]]:
    """How many terms, and the setting of the day when all of it is done; one stage where that day changes nothing."""
    terms = desk.horizon.terms
    if desk.fixed or (len(terms) == 1 and not desk.horizon.dated):
        yield 1, setting
        return
    later = [replace(setting, date=max(setting.date, term.last)) for term in terms]
    if not _lapses(desk, setting, later):
        yield len(terms), later[-1]
        return
    for number, then in enumerate(later, start=1):
        try:
            require_applicable(under_exceptions(desk.qualification, then, learner_of(desk.candidates, then)), then)
        except (RulesNotInForce, IndicativeRules):
            continue
        yield number, then


def _lapses(desk: Catalogue, setting: Setting, later: Sequence[Setting]) -> bool:
    """Whether anything that is weighed stands otherwise on one of these days than on another."""
    rules = desk.qualification
    if rules.admits.max_age is not None or any(where.earned_within for _, where in rules.every_choice()):
        return True
    units = [*desk.candidates, *(offer.unit for offer in desk.offers)]
    if any(one.expires is not None and one.expires < later[-1].date for one in units):
        return True
    dated: list[ConversionPolicy | Recognition | Acceptance | RuleException] = [*setting.conversions]
    dated += [*setting.recognitions, *setting.acceptances, *setting.exceptions]
    days = [setting.date, *(then.date for then in later)]
    if any(len({document.valid_on(day) for day in days}) > 1 for document in dated):
        return True
    ends = {(rules.valid_until or "9999-12-31") >= day.isoformat() for day in days}
    return len(ends) > 1 or len({begun_by(rules, day) for day in days}) > 1


# -- the search


@dataclass
class _Search:
    """The model of a walk, and what its variables mean for a path."""

    walk: Walk
    form: Formulation
    offers: Mapping[int, tuple[int, ...]]
    late: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, walk_: Walk, rules: frozenset[str] | None = None) -> "_Search":
        """The search under all rules, or under these alone."""
        dropped = frozenset() if rules is None else frozenset(walk_.problem.leaves) - rules
        form = formulate(walk_.problem, dropped=dropped)
        search = cls(walk_, form, walk_.of_offer())
        for term in range(1, 1 + max((course.term for course in walk_.courses.values()), default=0)):
            late = form.model.variable(1)
            search.late.append(late)
            for indices in search.offers.values():
                after = [form.counted[index] for index in indices if walk_.courses[index].term >= term]
                form.model.row({late: 1, **dict.fromkeys(after, -1)}, least=0)
        return search

    @property
    def model(self) -> Model:
        return self.form.model

    def taken(self, offer: int) -> dict[int, int]:
        """Whether an offer is taken at all, in whatever term."""
        return {self.form.counted[index]: 1 for index in self.offers[offer]}

    @property
    def fewest(self) -> dict[int, int]:
        return {variable: 1 for offer in self.offers for variable in self.taken(offer)}

    @property
    def cost(self) -> dict[int, int]:
        cost = self.walk.catalogue.cost
        return {variable: cost(offer).thousandths for offer in self.offers for variable in self.taken(offer)}

    @property
    def wishes(self) -> list[dict[int, int]]:
        """Fewest units, fewest credits, earliest last term."""
        return [self.fewest, self.cost, dict.fromkeys(self.late, 1)]

    def best(self, wishes: Sequence[Terms], effort: Effort) -> tuple[int, ...] | None:
        """Values that are best by these wishes, which become rows of the model; None when there are none."""
        values: tuple[int, ...] | None = None
        for wish in wishes:
            values = minimise(self.model, wish, effort, start=values)
            if values is None:
                return None
            self.keep(wish, values)
        return values

    def keep(self, wish: Terms, values: Sequence[int]) -> None:
        """No worse than this from now on."""
        if wish:
            self.model.row(wish, most=sum(weight * values[variable] for variable, weight in wish.items()))

    def first_offers(self, effort: Effort, known: tuple[int, ...] | None = None) -> frozenset[int]:
        """The first offers in canonical order with which the model still has an answer; `known` may be one of its."""
        digits = [(self.taken(offer), 1) for offer in self.offers]
        if known is None or len(known) != len(self.model.uppers) or not self.model.holds(known):
            known = (0,) * len(self.model.uppers)
        values = first_in_order(self.model, digits, known, effort)
        return frozenset(course.offer for course in self.courses(values))

    def earliest(self, effort: Effort) -> tuple[Course, ...]:
        """All of its offers, each in turn as early as it can be."""
        last, digits = len(self.late) + 1, []
        for offer, indices in self.offers.items():
            self.model.row(self.taken(offer), least=1)
            digits.append(({self.form.counted[i]: last - self.walk.courses[i].term for i in indices}, last))
        return self.courses(first_in_order(self.model, digits, (0,) * len(self.model.uppers), effort))

    def courses(self, values: Sequence[int]) -> tuple[Course, ...]:
        """What is taken, in order of terms and offers."""
        taken = {course for index, course in self.walk.courses.items() if values[self.form.counted[index]]}
        return _sorted(taken)

    def copy(self) -> "_Search":
        """The same search, to which rows can be added apart."""
        model = self.form.model
        own = Model(list(model.uppers), list(model.lowers), list(model.rows), model.entries)
        return _Search(self.walk, replace(self.form, model=own), self.offers, self.late)


def _sorted(courses: Iterable[Course]) -> tuple[Course, ...]:
    """Courses in the order in which they are told."""
    return tuple(sorted(courses, key=lambda one: (one.term, one.offer)))


@dataclass(frozen=True, slots=True)
class _Found:
    """The best courses of a walk. With `limit` they are the best known, and `at_least` so many are certainly needed."""

    walk: Walk
    courses: tuple[Course, ...]
    setting: Setting
    limit: TooComplex | None = None
    at_least: int | None = None
    rules: frozenset[str] = frozenset()
    """Those for whose sake no shorter way does, where they are known."""
    answer: Allocation | None = None
    """What counts once all of it is earned, where that is known already."""

    @property
    def rank(self) -> tuple[int, int]:
        cost = sum(self.walk.catalogue.cost(course.offer).thousandths for course in self.courses)
        return len(self.courses), cost


def _best_of_stages(desk: Catalogue, setting: Setting, effort: Effort) -> _Found | None:
    """The best of all stages; of equal ones, the one that is done first."""
    best: _Found | None = None
    for terms, then in _stages(desk, setting):
        try:
            found = _shortest(walk(desk, then, terms), then, effort)
        except TooComplex as limit:
            if best is None:
                raise
            return replace(best, limit=limit, at_least=1)
        if found is not None and (best is None or found.rank < best.rank):
            best = found
        if found is not None and found.limit is not None:
            break
    return best


def _shortest(walk_: Walk, setting: Setting, effort: Effort) -> _Found | None:
    """The shortest way through a walk, or None when there is none."""
    if not walk_.courses:
        return None
    found = _by_few_rules(walk_, setting, effort.anew())
    if found is not None:
        return found if found.courses else None
    search = _Search.of(walk_)
    values: tuple[int, ...] | None = None
    settled = False
    try:
        for wish in filter(None, search.wishes):
            better = minimise(search.model, wish, effort, start=values)
            if better is None:
                return None
            values, settled = better, True
            search.keep(wish, values)
        return _canonical(search, search.courses(values or ()), setting, effort, known=values)
    except TooComplex as limit:
        return _best_known(search, setting, values, limit, effort, fewest=settled)


def _by_few_rules(walk_: Walk, setting: Setting, effort: Effort) -> _Found | None:
    """The shortest way for a few rules, where it completes all of them; without courses where there is none even for
    these. None where neither was found out.

    No shorter way does for these few, so none does for all, and of ways as short it is the first.
    """
    nodes = walk_.problem.qualification.nodes()
    rules = frozenset(path for path, node in nodes if over_attempted(node))  # what is only taken bears on these too
    courses: tuple[Course, ...] = ()
    values: tuple[int, ...] | None = None
    try:
        for _ in range(ROUNDS):
            problem = _with(walk_, courses)[0]
            more = at_first_sight(problem)
            if more is None and courses and possible(problem, effort):
                first = _canonical(_Search.of(walk_, rules), courses, setting, effort, rules, values)
                return _completed(first, rules, effort)
            more = more or colliding(problem, effort)
            if more is None or more <= rules:
                return None
            rules |= more
            search = _Search.of(walk_, rules)
            values = search.best(tuple(filter(None, search.wishes)), effort)
            if values is None:
                return _Found(walk_, (), setting, rules=rules)
            courses = search.courses(values)
    except TooComplex:
        return None
    return None


def _completed(found: _Found, rules: frozenset[str], effort: Effort) -> _Found | None:
    """The way with the answer once it was gone, or None where it does not complete all rules."""
    answer = decide(_with(found.walk, found.courses)[0], effort.anew(), effort.anew()).answer
    return None if answer is None else replace(found, rules=rules, answer=answer)


def _canonical(
    search: _Search,
    courses: Sequence[Course],
    setting: Setting,
    effort: Effort,
    rules: frozenset[str] | None = None,
    known: tuple[int, ...] | None = None,
) -> _Found:
    """Of all ways as good as these courses (of the values `known`), the first. The model shrinks to the terms that are
    used.
    """
    desk, last = search.walk.catalogue, max(course.term for course in courses) + 1
    narrow = search if desk.fixed else _Search.of(walk(desk, setting, last), rules)
    narrow.model.row(narrow.fewest, most=len(courses))
    narrow.model.row(narrow.cost, most=sum(desk.cost(course.offer).thousandths for course in courses))
    return _first(narrow, last, setting, effort, rules, known)


def _first(
    search: _Search,
    last: int,
    setting: Setting,
    effort: Effort,
    rules: frozenset[str] | None = None,
    known: tuple[int, ...] | None = None,
) -> _Found:
    """The first of the ways that a model allows within so many terms, each of its steps as early as it can be."""
    desk = search.walk.catalogue
    offers = sorted(search.first_offers(effort, known))
    if last == 1:  # nothing is left to choose
        only = {course for course in search.walk.courses.values() if course.counts and course.term == 0}
        return _Found(search.walk, _sorted(one for one in only if one.offer in offers), setting)
    few = _Search.of(walk(replace(desk, offers=tuple(desk.offers[number] for number in offers)), setting, last), rules)
    early = [replace(course, offer=offers[course.offer]) for course in few.earliest(effort)]
    return _Found(search.walk, tuple(early), setting)


def _best_known(
    search: _Search,
    setting: Setting,
    values: tuple[int, ...] | None,
    limit: TooComplex,
    effort: Effort,
    *,
    fewest: bool,
) -> _Found:
    """A path although the search stopped, and from how many units on one is possible. Raises when none is known."""
    if values is None:
        values = minimise(search.model, {}, effort.anew())
    assert values is not None, "the search was stopped, so a way was not ruled out"
    courses = search.courses(values)
    at_least = len(courses) if fewest else 1
    try:
        left = effort.anew()
        while at_least < len(courses):
            fewer = search.copy()
            fewer.model.row(fewer.fewest, most=at_least)
            better = minimise(fewer.model, {}, left)
            if better is not None:
                courses = search.courses(better)
                break
            at_least += 1
    except TooComplex:
        pass
    return _Found(search.walk, courses, setting, limit, at_least)


# -- the path as it is told


def _fewer_refuted(desk: Catalogue, found: _Found, setting: Setting, before: Effort, *, no_is_proven: bool) -> bool:
    """Whether a second route, a certificate, shows that fewer units do not do on any day on which they might."""
    fewer = len(found.courses) - 1
    if fewer == 0 and desk.fixed:
        return no_is_proven
    effort = Effort(before.allowed // PROVING, before.stop)
    hindered = any(offer.after for offer in desk.offers) or desk.horizon.pace != Pace(desk.horizon.pace.terms)
    for terms, then in _stages(desk, setting):
        walk_ = walk(desk, then, terms)
        problems = [unhindered(walk_, fewer), *([at_most(walk_.problem, fewer)] if hindered else [])]
        rules = found.rules or _wanting(found, Effort(effort.work // 2, effort.stop))
        if not any(_impossible(problem, rules, effort) for problem in problems):
            return False
    return True


def _wanting(found: _Found, effort: Effort) -> frozenset[str]:
    """The rules that collide while any one step of the path is left out: they are why each of them is needed.

    Empty where some such no has no certificate that is found soon. It only tells where to look for a proof first.
    """
    rules: set[str] = set()
    for course in found.courses:
        others = [one for one in found.courses if one is not course]
        problem = _with(found.walk, others)[0]
        proof = Front(problem).refusal()
        certificate = refute(problem, effort) if proof is None else Certificate(proof)
        if certificate is None:
            return frozenset()
        rules.update(certificate.rules)
    return frozenset(rules)


def _impossible(problem: Problem, rules: frozenset[str], effort: Effort) -> bool:
    """Whether a certificate (looked for among these rules first), or else trying everything, shows that nothing
    satisfies the problem.
    """
    if rules and refute(problem, Effort(effort.work // 2, effort.stop), rules=rules, cuts=True) is not None:
        return True
    return refute(problem, effort, cuts=True) is not None or refuted(problem, problem.leaves, work=TRIES) is True


def _path(found: _Found, setting: Setting, effort: Effort) -> Path:
    walk_, desk = found.walk, found.walk.catalogue
    uses, total = _finally(walk_, found.courses, effort, found.answer)
    steps = tuple(_step(walk_, course, found.courses, uses) for course in found.courses)
    added = sum((step.counted for step in steps), NONE)
    cost = sum((desk.cost(course.offer) for course in found.courses), NONE)
    timing = None if desk.fixed else _timing(desk, found.courses)
    sentence = _sentence(steps, total, timing, setting, found.at_least)
    return Path(steps, added, total, sentence, False, cost, timing, found.at_least)


def _finally(
    walk_: Walk, courses: Sequence[Course], effort: Effort, known: Allocation | None
) -> tuple[Mapping[int, Use], Credits]:
    """What counts once all is earned: the use of each offer (by number), and the sum."""
    problem, mine = _with(walk_, courses)
    answer = known or decide(problem, effort, effort).answer
    assert answer is not None, "the units of a path complete it"
    uses = {mine[use.digest]: use for use in answer.uses if use.digest in mine}
    return uses, sum((use.counted for use in answer.uses), NONE)


def _with(walk_: Walk, courses: Sequence[Course]) -> tuple[Problem, Mapping[bytes, int]]:
    """The problem once these courses are earned, and the number of each offer by its digest there."""
    taken = {(course.offer, course.term) for course in courses}
    kept = [unit for unit in walk_.problem.units if not unit.offered]
    mine: dict[bytes, int] = {}
    for index, course in walk_.courses.items():
        if course.counts and (course.offer, course.term) in taken:
            unit = walk_.problem.units[index]
            kept.append(unit)
            mine[unit.candidate.digest] = course.offer
    whole = walk_.problem
    return state(whole.qualification, kept, whole.setting, whole.attempted), mine


def _step(walk_: Walk, course: Course, courses: Sequence[Course], uses: Mapping[int, Use]) -> PathStep:
    desk = walk_.catalogue
    offer = desk.offers[course.offer]
    facts: UnitFacts = offer.unit.facts
    use = uses.get(course.offer)
    before = {
        desk.offers[other.offer].unit.facts.achievement: desk.offers[other.offer].unit.facts.title
        for other in courses
        if other.term < course.term
    }
    after = sorted({title for choice in offer.after for name, title in before.items() if name in choice})
    return PathStep(
        facts.credential,
        facts.achievement,
        facts.title,
        facts.issuer,
        facts.credits,
        NONE if use is None else use.counted,
        "" if use is None else use.node,
        0 if desk.fixed else course.term + 1,
        course.day if desk.horizon.dated else None,
        tuple(after),
        asks=desk.offers[course.offer].asks,
    )


def _timing(desk: Catalogue, courses: Sequence[Course]) -> Timing:
    last = max((course.day for course in courses), default=None)
    used = max((course.term + 1 for course in courses), default=0)
    return Timing(desk.horizon.terms, used, last if desk.horizon.dated else None, desk.horizon.pace)


def _sentence(
    steps: Sequence[PathStep], counted: Credits, timing: Timing | None, setting: Setting, at_least: int | None
) -> str:
    wording = setting.wording
    named = []
    for step in steps:
        message = "path.step" if step.counted or timing is None else "path.step-before"
        amount = wording.credits(step.counted.thousandths)
        named.append(wording.say(message, title=step.title, credits=amount, provider=setting.name_of(step.provider)))
    units, credits_ = wording.units(len(steps)), wording.credits(counted.thousandths)
    said = [
        wording.count("path.adds-up", len(steps), units=units, steps=wording.listed(named)),
        wording.count("path.counted", counted.as_fraction(), credits=credits_),
    ]
    if timing is not None and timing.finished is not None:
        said.append(wording.say("path.finished", day=timing.finished, number=timing.used, of=len(timing.terms)))
    elif timing is not None and timing.used > 1:
        said.append(wording.say("path.in-order"))
    if at_least is not None and at_least < len(steps):
        said.append(wording.count("path.at-least", at_least, units=wording.units(at_least)))
    return wording.sentences(*said)


# -- other ways


def _with_alternatives(path: Path, found: _Found, setting: Setting, effort: Effort) -> Way:
    """The path with what could stand in the place of each step, and other ways of the same length.

    Each was found by the engine with the step (or the way) forbidden, so it completes the rules as the path does. Where
    the search stops at its limit, what was found until then stays.
    """
    search = _Search.of(apart(found.walk))
    search.model.row(search.fewest, most=len(found.courses))
    steps = list(path.steps)
    ways: list[Path] = []
    try:
        for at, course in enumerate(found.courses):
            others = [other.offer for other in found.courses if other is not course]
            for one in _instead(search, course.offer, others, effort):
                steps[at] = replace(steps[at], alternatives=(*steps[at].alternatives, one))
        ways.extend(_other_ways(search, found, setting, effort))
    except TooComplex as limit:
        return Way(replace(path, steps=tuple(steps), others=tuple(ways)), None, (limit,))
    return Way(replace(path, steps=tuple(steps), others=tuple(ways)))


def _instead(search: _Search, offer: int, others: Sequence[int], effort: Effort) -> Iterator[Instead]:
    """Offers with which the other steps complete it as well, the cheapest first, then in order."""
    trial, desk = search.copy(), search.walk.catalogue
    for other in others:
        trial.model.row(trial.taken(other), least=1)
    rank = {each: at for at, each in enumerate(trial.offers)}
    wish = {
        variable: desk.cost(each).thousandths * len(rank) + rank[each]
        for each in trial.offers
        if each not in others
        for variable in trial.taken(each)
    }
    barred = offer
    for _ in range(MAX_ALTERNATIVES):
        trial.model.row(trial.taken(barred), most=0)
        values = minimise(trial.model, wish, effort)
        if values is None:
            return
        barred = next(each.offer for each in trial.courses(values) if each.offer not in others)
        facts = desk.offers[barred].unit.facts
        yield Instead(facts.credential, facts.achievement, facts.title, facts.issuer, facts.credits)


def _other_ways(search: _Search, found: _Found, setting: Setting, effort: Effort) -> Iterator[Path]:
    """Ways of the same length with the fewest steps in common with those already told; of these, the best."""
    told = [frozenset(course.offer for course in found.courses)]
    for _ in range(MAX_OTHERS):
        trial = search.copy()
        common: dict[int, int] = {}
        for offers in told:
            together = {variable: 1 for offer in offers for variable in trial.taken(offer)}
            trial.model.row(together, most=len(offers) - 1)
            for variable in together:
                common[variable] = common.get(variable, 0) + 1
        values = trial.best((common, *trial.wishes[1:]), effort)
        if values is None:
            return
        last = max(course.term for course in trial.courses(values)) + 1
        other = _first(trial, last, found.setting, effort)
        told.append(frozenset(course.offer for course in other.courses))
        yield _path(other, setting, effort)


# -- why there is none


def _no_way(desk: Catalogue, setting: Setting, effort: Effort) -> Way:
    """Which of the rules, the prerequisites and the pace stands in the way: each is left out in turn."""
    stages, wording = list(_stages(desk, setting)), setting.wording
    if not stages:
        return Way(None, NoPath("time", wording.say("path.rules-end", title=desk.qualification.title)))
    terms, then = stages[-1]
    left_out = walk(desk, then, terms).left_out[:MAX_LEFT_OUT]
    try:
        return Way(None, replace(_reason(desk, stages, effort.anew()), left_out=left_out))
    except TooComplex as reached:
        return Way(None, NoPath("not known", wording.say("path.no-reason"), left_out=left_out), (reached,))


def _reason(desk: Catalogue, stages: Sequence[tuple[int, Setting]], effort: Effort) -> NoPath:
    wording, pace = desk.setting.wording, desk.horizon.pace
    capped = pace.credits_at_most is not None or pace.units_at_most is not None
    ordered = any(offer.after for offer in desk.offers)

    def possible(*, ordered: bool) -> bool:
        tries = (walk(desk, day, number, capped=False, ordered=ordered).problem for number, day in stages)
        return any(feasible(problem, effort) for problem in tries)

    if capped and possible(ordered=True):
        last, number = desk.horizon.terms[-1].last, len(desk.horizon.terms)
        return NoPath("pace", wording.count("path.no-pace", number, day=last, number=number))
    if ordered and possible(ordered=False):
        return NoPath("prerequisites", wording.say("path.no-order"))
    number, then = stages[-1]
    everything = walk(desk, then, number, capped=False, ordered=False, once=True).problem
    conflict, near = find_conflict(everything, effort), closest(everything, effort.anew()).answer
    gap = gap_of(everything.qualification, near, wording) if near is not None else None
    count, units = len(desk.offers), wording.units(len(desk.offers))
    told = told_with_gap(conflict, gap, wording)
    not_even = wording.count("path.not-even", count, units=units)
    sentence = wording.sentences(not_even, wording.count("path.as-if-yours", count), *told)
    briefly = wording.count("path.changes-nothing", count, units=units)
    return NoPath("rules", sentence, gap, conflict, told=tuple(told), briefly=briefly)
