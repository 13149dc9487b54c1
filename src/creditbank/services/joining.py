"""Opening an account, and adding to it: an e-mail address counts once its owner has opened the link that was sent.

Whoever asks gets the same answer in the same time, whether or not somebody has the address (threat 44): in both cases a
link and a letter are written, and only what the letter says differs.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.errors import BadInput, Conflict, Refused
from creditbank.services import letters
from creditbank.services.mailing import Mailing
from creditbank.services.passwords import Passwords, normal_address, require_usable
from creditbank.services.people import NewSignIn, People, UnknownSignIn, readable_name
from creditbank.services.people_records import Link, LinkPurpose, Person, SignIn, SignInKind
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.registering import Registering
from creditbank.services.sessions import hash_of, new_secret
from creditbank.services.signing_in import Asking, SignedIn, SigningIn
from creditbank.services.throttling import Pace, Throttling, Try

GOOD_FOR: Final = timedelta(minutes=30)
"""How long a link from a mail is good for."""
LETTERS: Final = Pace(3, timedelta(minutes=20))
"""Letters to one address: three, and one more each twenty minutes."""
FROM_HERE: Final = Pace(20, timedelta(minutes=1))
"""Letters that one network address may cause."""
LINK_PREFIX: Final = "cbl_"


class DeadLink(BadInput):
    """The link was used, is too old, or was never sent."""

    slug = "dead-link"

    def __init__(self) -> None:
        super().__init__(
            "This link was used before, or is older than 30 minutes.", next_step="Ask for a new one and open that."
        )


class PasswordChangedMeanwhile(Conflict):
    """Of two who change a password at the same moment, one is told."""

    slug = "password-changed-meanwhile"


class LinkOfAnother(Refused):
    """The link was sent for another account than the one that is signed in."""

    slug = "link-of-another"


@dataclass(frozen=True, slots=True)
class Desk:
    """What opening, adding and recovering have in common: the store, mail, passwords, counts, time and chance."""

    store: Store
    people: People
    signing_in: SigningIn
    passwords: Passwords
    mailing: Mailing
    throttling: Throttling
    clock: Clock
    entropy: Entropy

    def may_write(self, address: str, asking: Asking) -> None:
        """Count a letter to this address; raises `TooManyTries`."""
        self.throttling.count(Try("letter", address, LETTERS), asking.try_from_here("letter", FROM_HERE))

    def link(self, tx: Transaction, purpose: LinkPurpose, address: str, person: str | None) -> str:
        """Write a link down; the token that opens it."""
        token = new_secret(self.entropy, LINK_PREFIX)
        tx.add_link(Link(hash_of(token), purpose, address, person, self.clock.now() + GOOD_FOR))
        return token

    def tell(self, tx: Transaction, person: str, at: str, what: str) -> None:
        """Tell a person of what happened, at every address that their sign-ins have."""
        for address in sorted({each.contact for each in tx.sign_ins_of(person) if each.contact}):
            self.mailing.post(tx, letters.told(address, at, what, self.clock.now()))


class Joining:
    """Opens accounts, and adds addresses and passwords to them."""

    def __init__(self, desk: Desk, registering: Registering) -> None:
        self._desk, self._registering = desk, registering

    def ask(self, address: str, asking: Asking, *, at: str) -> None:
        """Send a link by which an account is opened; raises `UnusableAddress` and `TooManyTries`.

        To an address that signs somebody in already goes a letter that says so, and whoever asked is not told.
        """
        desk, handle = self._desk, normal_address(address)
        desk.may_write(handle, asking)
        with desk.store.transaction() as tx:
            known = tx.find_sign_in(SignInKind.PASSWORD, handle) is not None
            token = desk.link(tx, LinkPurpose.SIGN_UP, handle, None)
            desk.mailing.post(tx, letters.known_already(handle, at) if known else letters.sign_up(handle, at, token))

    def address_of(self, token: str, purpose: LinkPurpose) -> str:
        """The address that a link was sent to, which stays good; raises `DeadLink`."""
        with self._desk.store.transaction() as tx:
            link = tx.find_link(hash_of(token), purpose, self._desk.clock.now())
        if link is None:
            raise DeadLink
        return link.address

    def finish(self, token: str, name: str, password: str, asking: Asking) -> SignedIn:
        """Open the account, and sign in to it. The link is used up with the account's opening and not before.

        Raises `DeadLink`, `UnusableName`, `UnusablePassword`, and `SignInTaken` when somebody opened one meanwhile.
        """
        way = self._way(self.address_of(token, LinkPurpose.SIGN_UP), name, password)
        desk = self._desk
        with desk.store.transaction() as tx:
            if tx.take_link(hash_of(token), LinkPurpose.SIGN_UP, desk.clock.now()) is None:
                raise DeadLink
            person = self.open(tx, name, way)
            return desk.signing_in.begin_for(tx, person.id, asking)

    def open(self, tx: Transaction, name: str, way: NewSignIn, *, id: str = "") -> Person:
        """Open an account with a learner's account in it, whose credentials are offered before they are taken in."""
        person = self._desk.people.open(tx, name, way, id=id)
        self._registering.open_account(tx, person.id, person.name)
        return person

    def ask_to_add(self, person: str, address: str, asking: Asking, *, at: str) -> None:
        """Send a link by which an address is added to an account; raises `UnusableAddress` and `TooManyTries`.

        Whether somebody else signs in with it already is told to its owner only.
        """
        desk, handle = self._desk, normal_address(address)
        desk.may_write(handle, asking)
        with desk.store.transaction() as tx:
            known = tx.find_sign_in(SignInKind.PASSWORD, handle) is not None
            token = desk.link(tx, LinkPurpose.ADDRESS, handle, person)
            letter = letters.known_already(handle, at) if known else letters.one_more_address(handle, at, token)
            desk.mailing.post(tx, letter)

    def finish_adding(self, person: str, token: str, password: str, *, at: str) -> SignIn:
        """Add the address with a password of its own, and tell the account's other addresses.

        Raises `DeadLink`, `LinkOfAnother`, `UnusablePassword`, `SignInTaken` and `TooManySignIns`.
        """
        desk = self._desk
        way = self._way(self.address_of(token, LinkPurpose.ADDRESS), desk.people.person(person).name, password)
        with desk.store.transaction() as tx:
            link = tx.take_link(hash_of(token), LinkPurpose.ADDRESS, desk.clock.now())
            if link is None:
                raise DeadLink
            if link.person != person:
                raise LinkOfAnother(
                    "This link was sent for another account.", next_step="Sign in to the account it was asked for in."
                )
            desk.tell(tx, person, at, "An e-mail address was added to your account as a way to sign in.")
            return desk.people.add(tx, person, way)

    def change_password(self, person: str, id: str, password: str, *, keep: str, at: str) -> None:
        """Change the password of one of a person's addresses, end all sessions but the one of `keep`, and tell.

        Links that are under way, by which the password could be changed again, are void. Raises `UnknownSignIn`,
        `UnusablePassword` and `PasswordChangedMeanwhile`.
        """
        desk = self._desk
        name = desk.people.person(person).name
        standing = [each for each in desk.people.sign_ins(person) if each.id == id and each.kind is SignInKind.PASSWORD]
        if not standing:
            raise UnknownSignIn("This account has no such sign-in.", next_step="Open the list of sign-ins again.")
        secret = desk.passwords.hash(require_usable(password, address=standing[0].handle, name=name))
        with desk.store.transaction() as tx:
            if not tx.change_secret(id, secret, before=standing[0].secret):
                raise PasswordChangedMeanwhile(
                    "The password was changed a moment ago, somewhere else.", next_step="If it was not you, recover it."
                )
            tx.end_sessions(person, but=hash_of(keep))
            tx.forget_links(person)
            desk.tell(tx, person, at, "The password of your account was changed, and every other browser signed out.")

    def remove(self, person: str, id: str, *, keep: str, at: str) -> None:
        """Take a sign-in away, end all sessions but the one of `keep`, and tell its own address too.

        Raises `LastSignIn` and `UnknownSignIn`.
        """
        desk = self._desk
        with desk.store.transaction() as tx:
            desk.tell(tx, person, at, "A way to sign in was removed from your account.")
            desk.people.take_away(tx, person, id)
            tx.end_sessions(person, but=hash_of(keep))

    def _way(self, address: str, name: str, password: str) -> NewSignIn:
        plain = require_usable(password, address=address, name=readable_name(name))
        secret = self._desk.passwords.hash(plain)
        return NewSignIn(SignInKind.PASSWORD, address, secret, label=address, contact=address)
