"""What a learner could still take, and how fast: offers with their prerequisites and days, terms, and caps per term."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from creditbank.errors import BadInput
from creditbank.framework.qualification import Calendar, Limit, Prerequisite, Qualification
from creditbank.framework.rules import PORTIONS
from creditbank.stacking.setting import Candidate, Standing
from creditbank.units import Credits

MAX_TERMS: Final = 24
USUAL_TERMS: Final = 8
"""So many terms are looked at where nobody says how many, and more only where these do not suffice."""
HALF_YEARS: Final = Calendar(starts=("01-01", "07-01"))


class ImpossiblePace(BadInput):
    """Terms follow one another, each ending on or after its first day, and there are not too many of them."""

    slug = "impossible-pace"


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit of a catalogue that the learner could still take.

    `unit` says what it would be; the day of earning comes from the term it is taken in. Before it begins, for each set
    of `after` one of these achievements must be finished. `days` are those on which it can be finished, `terms` the
    names of the terms in which it is given, `since` and `until` the first and last day on which it can be finished;
    what is not stated does not bind. `asks` is what it needs besides that only a person can look at: told, not weighed.
    """

    unit: Candidate
    after: tuple[frozenset[str], ...] = ()
    days: frozenset[datetime.date] | None = None
    terms: frozenset[str] | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    asks: tuple[str, ...] = ()

    def finished_in(self, term: "Term") -> datetime.date | None:
        """The day on which it is finished if it is taken in this term, or None when it cannot be."""
        if self.terms is not None and term.name not in self.terms:
            return None
        days = [term.last] if self.days is None else sorted(self.days)
        fitting = [
            day
            for day in days
            if term.first <= day <= term.last
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
        ]
        return fitting[0] if fitting else None


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of time in which units are taken and finished, its first and last day included, and its name."""

    first: datetime.date
    last: datetime.date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a learner goes on: in which terms, and how much in each.

    `credits_at_most` are of the qualification's system, for whole units, counted or not. Without `terms` these are the
    windows of the rules' own calendar, or else half-years; `count` says how many. Raises `ImpossiblePace`.
    """

    terms: tuple[Term, ...] = ()
    credits_at_most: Credits | None = None
    units_at_most: int | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        number = self.count if self.count is not None else len(self.terms) or 1
        if not 1 <= number <= MAX_TERMS:
            raise ImpossiblePace(
                f"{number} terms are asked for; a path is looked for in 1 to {MAX_TERMS}.",
                next_step=f"Ask for 1 to {MAX_TERMS} terms.",
            )
        for term in self.terms:
            if term.last < term.first:
                raise _impossible(f"A term ends on {term.last}, before it begins on {term.first}.")
        for earlier, later in zip(self.terms, self.terms[1:], strict=False):
            if later.first <= earlier.last:
                raise _impossible(f"A term begins on {later.first}, before the one given before it has ended.")
        if len({term.name for term in self.terms if term.name}) < sum(bool(term.name) for term in self.terms):
            raise _impossible("Two terms bear the same name.")


def _impossible(sentence: str) -> ImpossiblePace:
    return ImpossiblePace(sentence, next_step="Give terms in order, such as 2027-03-01/2027-06-30.")


@dataclass(frozen=True, slots=True)
class Horizon:
    """The terms that a path may go through. `dated` tells that their days mean something, and not only their order."""

    terms: tuple[Term, ...]
    dated: bool
    pace: Pace
    derived: bool = False

    def longer(self, qualification: Qualification) -> "Horizon | None":
        """Twice as many terms, where nobody said how many, or None."""
        if not self.derived or not self.dated or len(self.terms) >= MAX_TERMS:
            return None
        count = min(MAX_TERMS, 2 * len(self.terms))
        return replace(self, terms=tuple(terms_of(calendar_of(qualification), self.terms[0].first, count)))


def horizon_of(
    pace: Pace | None, qualification: Qualification, offers: Sequence[Offer], today: datetime.date
) -> Horizon:
    """The terms to look at from today on.

    Where nothing is said and nothing depends on time, one step: everything could be finished today. Where only an order
    matters, as many steps as could follow one another, without days. Otherwise terms of a calendar.
    """
    if pace is not None and pace.terms:
        ahead = [term for term in pace.terms if term.last >= today]
        terms = tuple(replace(term, first=max(term.first, today)) for term in ahead[: pace.count])
        return Horizon(terms, True, pace)
    windows = any(isinstance(node, Limit) and node.per in qualification.calendars for _, node in qualification.nodes())
    if pace is not None or windows or any(offer.days or offer.terms for offer in offers):
        count = pace.count if pace is not None and pace.count is not None else USUAL_TERMS
        terms = tuple(terms_of(calendar_of(qualification), today, count))
        return Horizon(terms, True, pace or Pace(), derived=pace is None or pace.count is None)
    depth = 1
    if any(offer.after for offer in offers) or any(isinstance(node, Prerequisite) for _, node in qualification.nodes()):
        depth = min(USUAL_TERMS, max(1, len(offers)))
    days = [today + datetime.timedelta(days=step) for step in range(depth)]
    return Horizon(tuple(Term(day, day) for day in days), False, Pace(), derived=True)


def calendar_of(qualification: Qualification) -> Calendar:
    """The finest calendar by which a limit of the rules cuts time; half-years where none does."""
    named = {node.per for _, node in qualification.nodes() if isinstance(node, Limit)} - set(PORTIONS)
    found = sorted((name, calendar) for name, calendar in qualification.calendars.items() if name in named)
    return max((calendar for _, calendar in found), key=lambda one: len(one.starts), default=HALF_YEARS)


def terms_of(calendar: Calendar, today: datetime.date, count: int) -> Iterator[Term]:
    """So many windows of a calendar, beginning with what is left of the running one."""
    first, begun = today, calendar.window(today)
    for _ in range(count):
        following = _next_start(calendar, begun)
        yield Term(first, following - datetime.timedelta(days=1), f"{begun}")
        first = begun = following


def _next_start(calendar: Calendar, start: datetime.date) -> datetime.date:
    years = (start.year, start.year + 1)
    days = [datetime.date.fromisoformat(f"{year:04d}-{text}") for year in years for text in calendar.starts]
    return next(day for day in days if day > start)


def offered(catalogue: Sequence[Candidate | Offer]) -> tuple[Offer, ...]:
    """What a catalogue offers, each once, in an order that does not depend on the order in which it was given."""
    offers = {one if isinstance(one, Offer) else Offer(one) for one in catalogue}
    return tuple(sorted(offers, key=_order))


def _order(offer: Offer) -> tuple[datetime.date, str, bytes, str]:
    facts = offer.unit.facts
    return facts.earned, facts.credential, offer.unit.digest, repr(_facets(offer))


def _facets(offer: Offer) -> tuple[object, ...]:
    after = sorted(tuple(sorted(choice)) for choice in offer.after)
    return after, sorted(offer.days or ()), sorted(offer.terms or ()), offer.since, offer.until


def held(candidates: Sequence[Candidate]) -> Mapping[str, datetime.date]:
    """The day on which the learner first earned each achievement; what was revoked was not earned."""
    days: dict[str, datetime.date] = {}
    for candidate in candidates:
        name, day = candidate.facts.achievement, candidate.facts.earned
        if not candidate.revoked and candidate.standing is Standing.EARNED:
            days[name] = min(day, days.get(name, day))
    return days


__all__ = [
    "MAX_TERMS",
    "Horizon",
    "ImpossiblePace",
    "Offer",
    "Pace",
    "Term",
    "calendar_of",
    "held",
    "horizon_of",
    "offered",
    "terms_of",
]
