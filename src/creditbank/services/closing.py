"""Closing: somebody leaves for good, with the account that they sign in to and the learner's accounts in it.

Deleted are the name, every way to sign in with its address, sessions, known browsers, links, recovery codes, questions
that were open, letters that wait, counts of tries, and what programs were let do; memberships end, and the keys of
programs that the person made end with them. The learner's accounts are erased by the rules of `erasing`, in the same
transaction. What stays names a random number: the trail, earlier memberships, awards, the ledger.

An organisation's only owner is refused, because nobody could ever give its rights again. Once closed, nothing brings
the account back; asking again gives the first answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from creditbank.errors import BadInput, Conflict
from creditbank.services import letters
from creditbank.services.erasing import Erasing
from creditbank.services.joining import LETTERS, Desk
from creditbank.services.membership import LastOwner, Membership
from creditbank.services.people import readable_name
from creditbank.services.people_records import Person, SignIn, SignInKind
from creditbank.services.ports import Transaction, UnknownRecord
from creditbank.services.records import Learner
from creditbank.services.rights import MemberRole
from creditbank.services.signing_in import ACCOUNT
from creditbank.services.throttling import Try
from creditbank.services.trail import Trail


class ClosingNotConfirmed(BadInput):
    """Who closes an account repeats its name, because it cannot be undone."""

    slug = "closing-not-confirmed"


class OtherAccounts(Conflict):
    """Who speaks for one learner's account does not have another one erased."""

    slug = "other-accounts"


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organisation that the person is a member of; `sole_owner` where nobody else owns it."""

    organisation: str
    name: str
    roles: frozenset[MemberRole]
    sole_owner: bool


@dataclass(frozen=True, slots=True)
class ClosingPreview:
    """What closing an account takes away, before anybody does it.

    `kept` are the awards that stay with their universities; `hindrances` say in sentences why it cannot be closed now.
    """

    person: str
    name: str
    sign_ins: int
    sessions: int
    programs: int
    learners: tuple[Learner, ...]
    credentials: int
    kept: tuple[str, ...]
    belongings: tuple[Belonging, ...]
    hindrances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """An account that was closed, and which learner's accounts were erased with it."""

    person: str
    at: datetime
    erased: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Closing:
    """Closes the accounts of people."""

    def __init__(self, desk: Desk, erasing: Erasing, membership: Membership, trail: Trail) -> None:
        self._desk, self._erasing, self._membership, self._trail = desk, erasing, membership, trail

    def person_of(self, learner: str) -> str:
        """Who signs in to a learner's account; raises `UnknownRecord` where nobody does.

        Raises `OtherAccounts` where closing would take another learner's account along.
        """
        with self._desk.store.transaction() as tx:
            person = tx.get_learner(learner).person
            if person is None or tx.closed_at(person) is not None:
                raise UnknownRecord("Nobody signs in to this account.")
            if [one.id for one in tx.learners_of(person)] != [learner]:
                raise OtherAccounts(
                    "Whoever signs in to this account has another learner's account too.",
                    next_step="Merge the accounts or erase one of them, or close all of it on the page of the account.",
                )
        return person

    def preview(self, person: str) -> ClosingPreview:
        """What would go and what would stay; raises `UnknownRecord`, also for an account that was closed."""
        with self._desk.store.transaction() as tx:
            found, learners = tx.get_person(person), tx.learners_of(person)
            belongings = tuple(_belongings(tx, person))
            credentials = [one.id for each in learners for one in tx.credentials_of(each.id)]
            kept = tuple(one.id for each in learners for one in tx.awards_of(each.id) if one.signed is not None)
            grants = [one for each in learners for one in tx.grants_of(each.id) if one.person == person]
            return ClosingPreview(
                person=person,
                name=found.name,
                sign_ins=len(tx.sign_ins_of(person)),
                sessions=len(tx.sessions_of(person)),
                programs=len({one.key for one in grants}),
                learners=tuple(learners),
                credentials=len(credentials),
                kept=kept,
                belongings=belongings,
                hindrances=tuple(self._hindrances(tx, learners, belongings)),
            )

    def close(self, person: str, *, confirm: str, actor: str, at: str) -> Closed:
        """Close the account, whose name `confirm` repeats, and tell each of its addresses; `at` is the bank's own.

        An account that was closed gives the first answer. Raises `UnknownRecord`, `ClosingNotConfirmed`, `LastOwner`
        and `ErasureNotYet`, and then nothing is closed.
        """
        desk = self._desk
        with desk.store.transaction() as tx:
            before = tx.closed_at(person)
            if before is None:
                found = tx.get_person(person)
                _require_confirmed(found, confirm)
                made = self._close_in(tx, found, actor, at)
            else:
                made = Closed(person, before)
        self._erasing.finish()
        desk.store.scrub()
        return made

    def _close_in(self, tx: Transaction, person: Person, actor: str, at: str) -> Closed:
        desk, now = self._desk, self._desk.clock.now()
        ways, learners = tx.sign_ins_of(person.id), tx.learners_of(person.id)
        for belonging in sorted(_belongings(tx, person.id), key=lambda each: each.organisation):  # one order for all
            if belonging.sole_owner:
                raise _sole_owner(belonging.name)
            self._membership.end_in(tx, belonging.organisation, person.id)
        erased = [self._erasing.erase_in(tx, one.id, actor=actor) for one in learners]
        tx.end_grants_by(person.id, now)
        addresses = sorted({each.contact for each in ways if each.contact})
        desk.mailing.forget(tx, addresses)
        desk.throttling.forget(tx, *_tries(ways))
        tx.close_person(person.id, now)
        for address in addresses:
            desk.mailing.post(tx, letters.closed(address, at, now))
        self._trail.tell(tx, actor, "person.closed", person.id)
        kept = tuple(award for one in erased for award in one.kept)
        return Closed(person.id, now, tuple(one.learner for one in erased), kept)

    def _hindrances(
        self, tx: Transaction, learners: Iterable[Learner], belongings: Iterable[Belonging]
    ) -> Iterable[str]:
        for belonging in belongings:
            if belonging.sole_owner:
                yield str(_sole_owner(belonging.name))
        for learner in learners:
            if not self._erasing.is_settled(tx, learner.id):
                yield "An award is being made from the learner's account."


def _belongings(tx: Transaction, person: str) -> Iterable[Belonging]:
    for record in tx.memberships_of(person):
        body = tx.get_organisation(record.organisation)
        owners = [one.person for one in tx.members_of(body.id) if MemberRole.OWNER in one.roles]
        yield Belonging(body.id, body.name, record.roles, owners == [person])


def _tries(ways: Iterable[SignIn]) -> Iterable[Try]:
    """The counts whose names are made of somebody's address, which can be guessed."""
    for each in ways:
        if each.kind is SignInKind.PASSWORD:
            yield Try("account", each.handle, ACCOUNT)
            yield Try("letter", each.handle, LETTERS)


def _require_confirmed(person: Person, confirm: str) -> None:
    if not confirm.strip() or readable_name(confirm) != person.name:
        raise ClosingNotConfirmed(
            "The name that confirms it is not that of the account.",
            next_step="Repeat the account's name exactly; once closed, nothing brings it back.",
        )


def _sole_owner(name: str) -> LastOwner:
    return LastOwner(
        f"You are the only owner of {name}.",
        next_step="Make somebody else an owner there first, or ask the operator of the bank.",
    )
