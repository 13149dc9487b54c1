"""People: accounts that outlive an e-mail address, with several ways to sign in to each, and never without one."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, Conflict, NotFound, Refused
from creditbank.services.passwords import normal_address
from creditbank.services.people_records import Person, SignIn, SignInKind
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import Learner

LONGEST_NAME: Final = 200
MOST_SIGN_INS: Final = 20


class UnusableName(BadInput):
    """A name is a line of text that can be read."""

    slug = "unusable-name"


class SignInTaken(Conflict):
    """This address, key or account of an organisation signs somebody in already."""

    slug = "sign-in-taken"


class LastSignIn(Refused):
    """Without any sign-in nobody could reach the account again."""

    slug = "last-sign-in"


class TooManySignIns(Refused):
    """One account has a limited number of sign-ins."""

    slug = "too-many-sign-ins"


class UnknownSignIn(NotFound):
    """The account has no such sign-in."""

    slug = "unknown-sign-in"


class LearnerTaken(Conflict):
    """The learner's account belongs to somebody."""

    slug = "learner-taken"


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """A sign-in before it belongs to anybody; see `SignIn`."""

    kind: SignInKind
    handle: str
    secret: str = ""
    counter: int = 0
    label: str = ""
    contact: str = ""
    details: JsonObject | None = None


class People:
    """Keeps people and their sign-ins."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def person(self, id: str) -> Person:
        """Somebody by id; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_person(id)

    def by_address(self, address: str) -> Person:
        """Whom an e-mail address signs in; raises `UnusableAddress`, and `UnknownSignIn` where it is nobody."""
        with self._store.transaction() as tx:
            found = tx.find_sign_in(SignInKind.PASSWORD, normal_address(address))
            if found is None:
                raise UnknownSignIn("This address signs nobody in.", next_step="Ask for another address of theirs.")
            return tx.get_person(found.person)

    def open(self, tx: Transaction, name: str, way: NewSignIn, *, id: str = "") -> Person:
        """Open an account with its first sign-in, in the caller's transaction, under a fresh id unless one is given.

        Raises `UnusableName`, and `SignInTaken` when the sign-in is anybody's.
        """
        person = Person(id or self._entropy.urn(), readable_name(name), self._clock.now())
        tx.add_person(person)
        self.add(tx, person.id, way)
        return person

    def add(self, tx: Transaction, person: str, way: NewSignIn) -> SignIn:
        """One more way to sign in; raises `SignInTaken`, `TooManySignIns` and `UnknownRecord`."""
        made = SignIn(
            self._entropy.urn(),
            person,
            way.kind,
            way.handle,
            way.secret,
            way.counter,
            way.label,
            way.contact,
            self._clock.now(),
            details=way.details,
        )
        tx.get_person(person)
        try:
            added = tx.add_sign_in(made, most=MOST_SIGN_INS)
        except AlreadyRecorded:
            raise SignInTaken(
                "This signs somebody in already, you or somebody else.", next_step="Sign in with it, or choose another."
            ) from None
        if not added:
            raise TooManySignIns(
                f"An account has at most {MOST_SIGN_INS} sign-ins.", next_step="Remove one that you no longer use."
            )
        return made

    def sign_ins(self, person: str) -> list[SignIn]:
        """The ways by which a person signs in, oldest first."""
        with self._store.transaction() as tx:
            return tx.sign_ins_of(person)

    def remove(self, person: str, id: str) -> None:
        """Take a sign-in away; raises `LastSignIn` and `UnknownSignIn`."""
        with self._store.transaction() as tx:
            self.take_away(tx, person, id)

    def take_away(self, tx: Transaction, person: str, id: str) -> None:
        """Take a sign-in away in the caller's transaction; raises `LastSignIn` and `UnknownSignIn`."""
        if all(each.id != id for each in tx.sign_ins_of(person)):
            raise _no_such_sign_in()
        try:
            removed = tx.remove_sign_in(person, id)
        except UnknownRecord:
            raise _no_such_sign_in() from None
        if not removed:
            raise LastSignIn(
                "This is the only way to sign in to this account.", next_step="Add another one first, then remove this."
            )

    def rename(self, person: str, name: str) -> None:
        """Change the name; raises `UnusableName` and `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.rename_person(person, readable_name(name))

    def learners(self, person: str) -> list[Learner]:
        """The learners' accounts that a person signs in to."""
        with self._store.transaction() as tx:
            return tx.learners_of(person)

    def take_learner(self, tx: Transaction, person: str, learner: str) -> None:
        """Let a learner's account belong to a person; raises `LearnerTaken` when it is somebody else's."""
        tx.get_person(person)
        if not tx.give_learner(learner, person) and tx.get_learner(learner).person != person:
            raise LearnerTaken("This learner's account belongs to somebody already.")


def readable_name(text: str) -> str:
    """A name in its normal form, white space folded; raises `UnusableName` for what nobody could read or store."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(each).startswith("C") for each in name):
        raise UnusableName(
            f"A name has 1 to {LONGEST_NAME} characters, and none that cannot be seen.",
            next_step="Write the name as you want to be called.",
        )
    return name


def _no_such_sign_in() -> UnknownSignIn:
    return UnknownSignIn("This account has no such sign-in.", next_step="Open the list of sign-ins again.")
