"""Discovering: which learners of the bank are there already without having asked, and who is close.

It is a look over everybody's account, so it is for whoever runs the bank: no token of a university, a provider or a
learner opens it. It stores nothing. What it finds is a reason to tell a learner; a university sees their credits once
they ask it for an evaluation, or share them.

What is seen is what an evaluation would find: with the exceptions that the body made for a learner, and with what comes
free of lower awards that the rules absorb.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from creditbank.errors import BadInput, CreditBankError
from creditbank.framework import Qualification, RuleException
from creditbank.ledger import Lot
from creditbank.services.correcting import standing_credential
from creditbank.services.evaluating import Evaluating, candidate_of, in_force_on, of_one_holder
from creditbank.services.laddering import held_for_lower
from creditbank.services.ports import Catalogue, Clock, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential, Learner
from creditbank.stacking import Candidate, Held, Setting
from creditbank.stacking.climbing import Climbing
from creditbank.stacking.excepting import pins, under_exceptions
from creditbank.stacking.rule import weighs_attempts
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
    """A qualification that nobody was held at, or one `learner` (by id) was not, and why."""

    qualification: str
    version: str
    slug: str
    sentence: str
    learner: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one stretch of learners gave. `last` is the learner to go on after, None when there is nobody left.

    `left_out` are those for whom exceptions were made by which nothing can be weighed.
    """

    found: tuple[Found, ...]
    looked_at: int
    verified: int
    last: str | None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What the learners are held at: one look for each qualification, as one body weighs on one day.

    `exceptions` are that body's, by the DID of the learner; `settings` are what a look for such a learner starts from.
    """

    organisation: str
    day: date
    looks: tuple[tuple[Qualification, Look], ...]
    left_out: tuple[LeftOut, ...]
    settings: tuple[tuple[Qualification, Setting], ...] = ()
    exceptions: Mapping[str, tuple[RuleException, ...]] = field(default_factory=dict)

    @property
    def absorbed(self) -> frozenset[str]:
        """The lower qualifications whose awards could be given up for one of these."""
        return frozenset(name for rules, _ in self.settings for name in rules.absorbs)

    @property
    def attempts(self) -> bool:
        """Whether what is used up matters too, because some rules run over all attempted units."""
        return any(weighs_attempts(rules) for rules, _ in self.settings)


@dataclass(frozen=True, slots=True)
class _Account:
    """What one learner holds that could matter, and how much of which lot counts for a lower award."""

    learner: Learner
    held: tuple[tuple[Lot, IssuedCredential], ...]
    lower: Mapping[str, tuple[Held, ...]]

    def candidates(self, accepted: Collection[str]) -> list[Candidate]:
        """The units of those credentials."""
        known = [(lot, issued) for lot, issued in self.held if issued.id in accepted]
        return [candidate_of(lot, issued, self.lower.get(lot.id, ())) for lot, issued in known]


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
        settings: list[tuple[Qualification, Setting]] = []
        for rules in self._wanted(organisation, qualifications, day):
            try:
                settings.append((rules, self._evaluating.setting_for(organisation, rules, day)))
                looks.append((rules, self._looking(*settings[-1])))
            except UnknownRecord:
                raise
            except CreditBankError as reason:
                left_out.append(LeftOut(rules.id, rules.version, reason.slug, reason.sentence))
        exceptions = self._evaluating.exceptions_of(organisation, day) if settings else {}
        if not looks and not any(_about(rules, given) for rules, _ in settings for given in exceptions.values()):
            raise NothingToLookFor(
                left_out[0].sentence if left_out else "This body's frameworks have no rules in force.",
                next_step="Name a qualification in force: creditbank qualification list",
            )
        return Desk(organisation, day, tuple(looks), tuple(left_out), tuple(settings), exceptions)

    def page(
        self, desk: Desk, *, after: str = "", learners: int = LEARNERS_AT_ONCE, within: Credits | None = None
    ) -> Page:
        """Look at the next learners after one of them, in the order of the store.

        With `within` only those are told who miss at most so many credits. Each credential is verified once, however
        many qualifications it is held at, and only where its learner could be told at all.
        """
        with self._store.transaction() as tx:
            people = tx.learners_after(after, min(learners, LEARNERS_AT_ONCE))
            accounts = [self._account(tx, desk, one) for one in people]
        looks = {one.learner.id: self._looks_for(desk, one.learner) for one in accounts}
        near = {one.learner.id: _near(looks[one.learner.id][0], one, within) for one in accounts}
        wanted = [issued for one in accounts if near[one.learner.id] for _, issued in one.held]
        accepted = self._evaluating.verified(wanted)
        found: list[Found] = []
        for one in accounts:
            id, candidates = one.learner.id, one.candidates(accepted)
            missing = len(one.held) - len(candidates)
            for rules, look in near[id]:
                closeness = look.look(candidates)
                if within is None or closeness.within(within):
                    found.append(Found(id, rules.id, rules.version, closeness, missing))
        last = people[-1].id if len(people) == min(learners, LEARNERS_AT_ONCE) else None
        left_out = tuple(reason for _, reasons in looks.values() for reason in reasons)
        return Page(self._with_asked(desk, found), len(people), len(wanted), last, left_out)

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

    def _account(self, tx: Transaction, desk: Desk, learner: Learner) -> _Account:
        """What of a learner's lots could count, or be looked at though it does not."""
        lower = held_for_lower(tx, self._catalogue, learner.id, desk.absorbed)
        lots = [lot for lot in tx.lots_of(learner.id) if lot.available or lot.id in lower or desk.attempts]
        held = [(lot, standing_credential(tx, lot)) for lot in lots]
        holder, others = of_one_holder(tx, learner.id, [issued for _, issued in held])
        mine = tuple((lot, issued) for lot, issued in held if issued.id not in others)
        return _Account(replace(learner, did=holder), mine, lower)

    def _looks_for(self, desk: Desk, learner: Learner) -> tuple[list[tuple[Qualification, Look]], list[LeftOut]]:
        """What one learner is held at: the rules as they read for everybody, or with the exceptions for this one."""
        mine = desk.exceptions.get(learner.did, ())
        if not mine:
            return list(desk.looks), []
        common = {(rules.id, rules.version): look for rules, look in desk.looks}
        told = {(one.qualification, one.version, one.slug) for one in desk.left_out}
        looks: list[tuple[Qualification, Look]] = []
        left_out: list[LeftOut] = []
        for rules, setting in desk.settings:
            name = (rules.id, rules.version)
            if about := _about(rules, mine):
                own = replace(setting, exceptions=about, learner=learner.did)
                try:
                    read = under_exceptions(rules, own, learner.did)
                    looks.append((read, self._looking(read, own)))
                except CreditBankError as reason:
                    if (*name, reason.slug) not in told:
                        left_out.append(LeftOut(*name, reason.slug, reason.sentence, learner.id))
            elif name in common:
                looks.append((rules, common[name]))
        return looks, left_out

    def _looking(self, rules: Qualification, setting: Setting) -> Look:
        look = self._look(rules, setting)
        return Climbing(rules, setting, look) if rules.absorbs else look


def _about(rules: Qualification, exceptions: Sequence[RuleException]) -> tuple[RuleException, ...]:
    return tuple(one for one in exceptions if (one.rules.id, one.rules.version) == (rules.id, rules.version))


def _near(
    looks: list[tuple[Qualification, Look]], account: _Account, within: Credits | None
) -> list[tuple[Qualification, Look]]:
    """The looks that are worth verifying for: who is too far with all units, verified or not, is too far.

    More units never put anybody farther off, because none has to count. Where rules look at everything attempted they
    may, and so may a unit that an exception pins to a place; so there nobody is passed over.
    """
    if within is None:
        return looks
    everything = account.candidates({issued.id for _, issued in account.held})
    return [
        (rules, look)
        for rules, look in looks
        if weighs_attempts(rules) or pins(rules) or _perhaps(look.glance(everything), within)
    ]


def _perhaps(closeness: Closeness, within: Credits) -> bool:
    return not closeness.certain or closeness.within(within)
