"""Signing in by passkey (Web Authentication 3): a key that a device keeps, good for this site alone.

Each question is random, is kept by its hash, ends after five minutes, and is gone with the first answer, right or
wrong. The answer names the key, so that nobody types who they are; its user handle must be that of the key's owner.
What the answer must say of origin and site comes from the bank's own address, never from the answer.

A new key is one that asks who holds it. A device that does not (a stolen security key, say) signs in, and that is all:
what changes who gets into the account takes a verified answer.
"""

import base64
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, Refused
from creditbank.services.joining import Desk, Joining
from creditbank.services.people import NewSignIn, readable_name
from creditbank.services.people_records import Challenge, SignIn, SignInKind
from creditbank.services.ports import Transaction
from creditbank.services.sessions import Opened, Sessions, hash_of, new_secret
from creditbank.services.signing_in import Asking, SignedIn, WrongSignIn
from creditbank.services.throttling import Pace

OPEN_FOR: Final = timedelta(minutes=5)
TRIES: Final = Pace(30, timedelta(seconds=10))
CHALLENGE_BYTES: Final = 32
"""At least 16 (there, 13.4.3)."""
LONGEST_LABEL: Final = 60
CHALLENGE_PREFIX: Final = "cbq_"


class WrongPasskey(Refused):
    """The answer of the device does not fit the question, the site or the account; which of them is not said."""

    slug = "wrong-passkey"

    def __init__(self) -> None:
        super().__init__(
            "This passkey did not sign you in.", next_step="Try again, or sign in another way and add it anew."
        )


class NoPasskeysHere(BadInput):
    """A passkey belongs to a site's name, and this address is a number."""

    slug = "no-passkeys-here"


class Purpose(StrEnum):
    """What a passkey is asked for. The answer to one question is no answer to another."""

    SIGN_IN = "sign-in"
    AGAIN = "again"
    ADD = "add"
    SIGN_UP = "sign-up"


@dataclass(frozen=True, slots=True)
class Party:
    """The site that a passkey is for (there, 4, "RP ID"): its name without port, and the whole origin of its pages."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A key that a device made, as it is kept."""

    credential: str
    public_key: str
    counter: int
    details: JsonObject


@dataclass(frozen=True, slots=True)
class Named:
    """What an answer says about itself before anything is checked: the key, and whose it thinks it is."""

    credential: str
    handle: bytes | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a right answer says: the device's count of signatures, and whether it asked who holds it."""

    counter: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks a device: the options as JSON, and the name under which the answer comes back."""

    options: str
    name: str


class PasskeyCeremonies(Protocol):
    """The ceremonies of Web Authentication; each check raises `WrongPasskey`."""

    def making(self, party: Party, *, user: bytes, name: str, challenge: bytes, known: Sequence[str]) -> str:
        """The options with which a device makes a key that it can find again by itself."""
        ...

    def made(self, party: Party, answer: str, *, challenge: bytes) -> NewPasskey:
        """The key that a device made (there, 7.1)."""
        ...

    def showing(self, party: Party, *, challenge: bytes, known: Sequence[str], verified: bool) -> str:
        """The options with which a device shows a key; any that it has for this site, unless some are `known`.

        With `verified` the device must ask who holds it, by a PIN, a finger or a face (there, 4, "User Verification").
        """
        ...

    def named(self, answer: str) -> Named:
        """Which key an answer is about."""
        ...

    def shown(self, party: Party, answer: str, *, challenge: bytes, sign_in: SignIn, verified: bool) -> "Shown":
        """Check an answer under a stored key (there, 7.2); with `verified` also that the device asked who holds it."""
        ...


class Passkeys:
    """Makes passkeys, and signs in by them."""

    def __init__(
        self, desk: Desk, joining: Joining, sessions: Sessions, ceremonies: Callable[[], PasskeyCeremonies]
    ) -> None:
        self._desk, self._joining, self._sessions, self._ceremonies = desk, joining, sessions, ceremonies

    def ask_to_sign_in(self, party: Party) -> Question:
        """Ask for any passkey of this site."""
        challenge, question = self._question(Purpose.SIGN_IN, {})
        return Question(self._ceremonies().showing(party, challenge=challenge, known=(), verified=False), question)

    def sign_in(self, party: Party, name: str, answer: str, asking: Asking) -> SignedIn:
        """Sign in; raises `WrongPasskey` and `TooManyTries`."""
        sign_in, shown = self._shown(party, Purpose.SIGN_IN, name, answer, asking)
        with self._desk.store.transaction() as tx:
            try:
                return self._desk.signing_in.begin(tx, sign_in, asking, counter=shown.counter, fresh=shown.verified)
            except WrongSignIn:
                raise WrongPasskey from None

    def ask_again(self, party: Party, person: str) -> Question:
        """Ask for a passkey of somebody who is signed in."""
        challenge, question = self._question(Purpose.AGAIN, {"person": person})
        known = self._known(person)
        return Question(self._ceremonies().showing(party, challenge=challenge, known=known, verified=True), question)

    def confirm(self, party: Party, person: str, name: str, answer: str, asking: Asking) -> Opened:
        """Show once more who it is; raises `WrongPasskey` and `TooManyTries`.

        `WrongPasskey` also for another's passkey, and for an answer of a device that did not ask who holds it.
        """
        sign_in, shown = self._shown(party, Purpose.AGAIN, name, answer, asking, person=person)
        with self._desk.store.transaction() as tx:
            if not tx.use_sign_in(sign_in.id, when=self._desk.clock.now(), counter=shown.counter):
                raise WrongPasskey
        return self._sessions.renew(asking.session, fresh=True)

    def ask_to_add(self, party: Party, person: str) -> Question:
        """Ask for a new passkey of somebody who is signed in; a device that has one already makes no second."""
        called = self._desk.people.person(person).name
        challenge, question = self._question(Purpose.ADD, {"person": person})
        known = self._known(person)
        options = self._ceremonies().making(party, user=_handle(person), name=called, challenge=challenge, known=known)
        return Question(options, question)

    def add(self, party: Party, person: str, name: str, answer: str, *, label: str, at: str) -> SignIn:
        """Add a passkey, and tell; raises `WrongPasskey`, `SignInTaken` and `TooManySignIns`."""
        desk = self._desk
        with desk.store.transaction() as tx:
            content = self._taken(tx, Purpose.ADD, name)
        if content is None or content.get("person") != person:
            raise WrongPasskey
        made = self._ceremonies().made(party, answer, challenge=_unhex(content))
        with desk.store.transaction() as tx:
            desk.tell(tx, person, at, "A passkey was added to your account as a way to sign in.")
            return desk.people.add(tx, person, _way(made, label))

    def ask_to_sign_up(self, party: Party, called: str) -> Question:
        """Ask for a passkey with which an account is opened, without any address; raises `UnusableName`."""
        called, person = readable_name(called), self._desk.entropy.urn()
        challenge, question = self._question(Purpose.SIGN_UP, {"person": person, "name": called})
        options = self._ceremonies().making(party, user=_handle(person), name=called, challenge=challenge, known=())
        return Question(options, question)

    def sign_up(self, party: Party, name: str, answer: str, asking: Asking) -> SignedIn:
        """Open an account with a passkey, and sign in; raises `WrongPasskey`, `SignInTaken` and `TooManyTries`."""
        desk = self._desk
        desk.throttling.count(asking.try_from_here("passkey", TRIES))
        with desk.store.transaction() as tx:
            content = self._taken(tx, Purpose.SIGN_UP, name)
        if content is None:
            raise WrongPasskey
        made = self._ceremonies().made(party, answer, challenge=_unhex(content))
        with desk.store.transaction() as tx:
            person = self._joining.open(tx, str(content["name"]), _way(made, ""), id=str(content["person"]))
            return desk.signing_in.begin_for(tx, person.id, asking)

    def _question(self, purpose: Purpose, content: JsonObject) -> tuple[bytes, str]:
        desk = self._desk
        challenge, name = desk.entropy.bytes(CHALLENGE_BYTES), new_secret(desk.entropy, CHALLENGE_PREFIX)
        kept = {**content, "challenge": challenge.hex()}
        with desk.store.transaction() as tx:
            tx.add_challenge(Challenge(hash_of(name), f"passkey:{purpose}", kept, desk.clock.now() + OPEN_FOR))
        return challenge, name

    def _taken(self, tx: Transaction, purpose: Purpose, name: str) -> JsonObject | None:
        found = tx.take_challenge(hash_of(name), f"passkey:{purpose}", self._desk.clock.now())
        return None if found is None else found.content

    def _shown(
        self, party: Party, purpose: Purpose, name: str, answer: str, asking: Asking, *, person: str | None = None
    ) -> tuple[SignIn, Shown]:
        desk = self._desk
        tried = asking.try_from_here("passkey", TRIES)
        desk.throttling.count(tried)
        with desk.store.transaction() as tx:  # the question is used up, whatever the answer is
            content = self._taken(tx, purpose, name)
        named = self._ceremonies().named(answer)
        with desk.store.transaction() as tx:
            sign_in = tx.find_sign_in(SignInKind.PASSKEY, named.credential)
        if content is None or sign_in is None or content.get("person") != person:
            raise WrongPasskey
        if person not in (None, sign_in.person) or named.handle not in (None, _handle(sign_in.person)):
            raise WrongPasskey
        shown = self._ceremonies().shown(
            party, answer, challenge=_unhex(content), sign_in=sign_in, verified=purpose is Purpose.AGAIN
        )
        desk.throttling.forgive(tried)
        return sign_in, shown

    def _known(self, person: str) -> list[str]:
        return [each.handle for each in self._desk.people.sign_ins(person) if each.kind is SignInKind.PASSKEY]


def _handle(person: str) -> bytes:
    """The user handle (there, 5.4.3): random bytes that say nothing about anybody."""
    return uuid.UUID(person).bytes


def _unhex(content: JsonObject) -> bytes:
    return bytes.fromhex(str(content["challenge"]))


def _way(made: NewPasskey, label: str) -> NewSignIn:
    called = " ".join(label.split())[:LONGEST_LABEL] or "Passkey"
    return NewSignIn(
        SignInKind.PASSKEY, made.credential, made.public_key, made.counter, label=called, details=made.details
    )


def text_of(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
