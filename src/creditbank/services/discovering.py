"""Discovering: which learners of the bank are there already without having asked, and who is close.

It is a look over everybody's account, so it is for whoever runs the bank: no token of a university, a provider or a
learner opens it. It stores nothing. What it finds is a reason to tell a learner; a university sees their credits once
they ask it for an evaluation, or share them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from creditbank.errors import BadInput, CreditBankError
from creditbank.framework import Qualification
from creditbank.ledger import Lot
from creditbank.services.correcting import standing_credential
from creditbank.services.evaluating import Evaluating, candidate_of, in_force_on
from creditbank.services.ports import Catalogue, Clock, Store, UnknownRecord
from creditbank.services.records import IssuedCredential
from creditbank.stacking import Candidate, Setting
from creditbank.stacking.sweeping import Closeness, Look, Weighing
from creditbank.units import Credits

LEARNERS_AT_ONCE: Final = 100
"""How many accounts are read and verified together; memory does not grow with the learners of the bank."""
MAX_QUALIFICATIONS: Final = 100


class NothingToLookFor(BadInput):
    """No qualification was named, and none of this body's frameworks has rules that can be looked at."""

    slug = "nothing-to-look-for"


@dataclass(frozen=True, slots=True)
class Found:
    """One learner (by id) beside one qualification. `unverified` counts the credentials that did not verify today.

    `asked` is the standing evaluation of this body for it, None for a learner who has not asked.
    """

    learner: str
    qualification: str
    version: str
    closeness: Closeness
    unverified: int
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A qualification that nobody was held at, and why."""

    qualification: str
    version: str
    slug: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Page:
    """What one stretch of learners gave. `last` is the learner to go on after, None when there is nobody left."""

    found: tuple[Found, ...]
    looked_at: int
    verified: int
    last: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the learners are held at: one look for each qualification, as one body weighs on one day."""

    organisation: str
    day: date
    looks: tuple[tuple[Qualification, Look], ...]
    left_out: tuple[LeftOut, ...]


class Discovering:
    """Looks over all learners, page by page."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        evaluating: Evaluating,
        clock: Clock,
        look: Callable[[Qualification, Setting], Look] = Weighing,
    ) -> None:
        self._store, self._catalogue, self._evaluating, self._clock = store, catalogue, evaluating, clock
        self._look = look

    def desk(self, organisation: str, qualifications: Sequence[str] = ()) -> Desk:
        """Lay out the qualifications named, or all in force in the frameworks of this body, as it weighs today.

        Rules that it cannot weigh by are left out with the reason. Raises `NotAnAwarder`, `UnknownRecord`, a
        `NotFound` for an unknown qualification, and `NothingToLookFor`.
        """
        day = self._clock.now().date()
        looks: list[tuple[Qualification, Look]] = []
        left_out: list[LeftOut] = []
        for rules in self._wanted(organisation, qualifications, day):
            try:
                looks.append((rules, self._look(rules, self._evaluating.setting_for(organisation, rules, day))))
            except UnknownRecord:
                raise
            except CreditBankError as reason:
                left_out.append(LeftOut(rules.id, rules.version, reason.slug, reason.sentence))
        if not looks:
            raise NothingToLookFor(
                left_out[0].sentence if left_out else "This body's frameworks have no rules in force.",
                next_step="Name a qualification in force: creditbank qualification list",
            )
        return Desk(organisation, day, tuple(looks), tuple(left_out))

    def page(
        self, desk: Desk, *, after: str = "", learners: int = LEARNERS_AT_ONCE, within: Credits | None = None
    ) -> Page:
        """Look at the next learners after one of them, in the order of the store.

        With `within` only those are told who miss at most so many credits. Each credential is verified once, however
        many qualifications it is held at, and only where its learner could be told at all.
        """
        with self._store.transaction() as tx:
            people = tx.learners_after(after, min(learners, LEARNERS_AT_ONCE))
            held = {
                one.id: [(lot, standing_credential(tx, lot)) for lot in tx.lots_of(one.id) if lot.available]
                for one in people
            }
        near = {one.id: self._near(desk, held[one.id], within) for one in people}
        wanted = [issued for one in people if near[one.id] for _, issued in held[one.id]]
        accepted = self._evaluating.verified(wanted)
        found: list[Found] = []
        for one in people:
            candidates = _candidates(held[one.id], accepted)
            missing = len(held[one.id]) - len(candidates)
            for rules, look in near[one.id]:
                closeness = look.look(candidates)
                if within is None or closeness.within(within):
                    found.append(Found(one.id, rules.id, rules.version, closeness, missing))
        last = people[-1].id if len(people) == min(learners, LEARNERS_AT_ONCE) else None
        return Page(self._with_asked(desk, found), len(people), len(wanted), last)

    def sweep(self, desk: Desk, *, after: str = "", within: Credits | None = None) -> Iterator[Page]:
        """Look at all learners after one, page by page."""
        last: str | None = after
        while last is not None:
            page = self.page(desk, after=last, within=within)
            yield page
            last = page.last

    def _with_asked(self, desk: Desk, found: Sequence[Found]) -> tuple[Found, ...]:
        with self._store.transaction() as tx:
            standing = [tx.standing_evaluation(one.learner, desk.organisation, one.qualification) for one in found]
        asked = [None if record is None else record.id for record in standing]
        return tuple(replace(one, asked=id) for one, id in zip(found, asked, strict=True))

    def _wanted(self, organisation: str, qualifications: Sequence[str], day: date) -> list[Qualification]:
        if qualifications:
            chosen = []
            for name in dict.fromkeys(qualifications):
                id, _, version = name.partition("@")
                chosen.append(self._catalogue.qualification(id, version or self._newest(id, day)))
            return chosen[:MAX_QUALIFICATIONS]
        with self._store.transaction() as tx:
            frameworks = tx.get_organisation(organisation).frameworks
        known = [rules for rules in self._catalogue.qualifications() if rules.framework in frameworks]
        newest = {rules.id: rules for rules in known if in_force_on(rules, day)}
        return list(newest.values())[:MAX_QUALIFICATIONS]

    def _newest(self, id: str, day: date) -> str | None:
        versions = [rules for rules in self._catalogue.qualifications() if rules.id == id and in_force_on(rules, day)]
        return versions[-1].version if versions else None

    def _near(
        self, desk: Desk, held: Sequence[tuple[Lot, IssuedCredential]], within: Credits | None
    ) -> list[tuple[Qualification, Look]]:
        """The looks that are worth verifying for: who is too far with all units, verified or not, is too far.

        More units never put anybody farther off, because none has to count; where rules look at everything attempted
        they may, so there nobody is passed over.
        """
        if within is None:
            return list(desk.looks)
        everything = _candidates(held, {issued.id for _, issued in held})
        return [
            (rules, look)
            for rules, look in desk.looks
            if _looks_at_attempts(rules) or _perhaps(look.glance(everything), within)
        ]


def _looks_at_attempts(rules: Qualification) -> bool:
    return any(getattr(node, "over", "counted") == "attempted" for _, node in rules.nodes())


def _perhaps(closeness: Closeness, within: Credits) -> bool:
    return not closeness.certain or closeness.within(within)


def _candidates(held: Sequence[tuple[Lot, IssuedCredential]], accepted: set[str] | frozenset[str]) -> list[Candidate]:
    return [candidate_of(lot, issued) for lot, issued in held if issued.id in accepted]
