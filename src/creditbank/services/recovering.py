"""Coming back to an account: by a link that is sent to one of its addresses, or by a code that was kept on paper.

Both are stored as hashes and good once (threat 53). Recovery ends every other session and what clients of OAuth were
let do, and is told to every address of the account, so that its owner learns of it whoever did it. Whether somebody has
an address is told to nobody: in both cases a link and a letter are written, the one for an address that nobody has to
nobody (threat 44).
"""

import base64
import re
from datetime import timedelta
from typing import Final

from creditbank.errors import Refused
from creditbank.services import letters
from creditbank.services.joining import DeadLink, Desk
from creditbank.services.mailing import Letter
from creditbank.services.passwords import normal_address, require_usable
from creditbank.services.people_records import LinkPurpose, SignInKind
from creditbank.services.ports import Transaction
from creditbank.services.sessions import hash_of
from creditbank.services.signing_in import Asking, SignedIn
from creditbank.services.throttling import Pace

CODES: Final = 10
CODE_BYTES: Final = 10
"""80 random bits: nothing slower than a hash is needed to keep them."""
CODE_TRIES: Final = Pace(10, timedelta(minutes=1))


class WrongRecoveryCode(Refused):
    """The code was used before, was replaced by new ones, or is nobody's."""

    slug = "wrong-recovery-code"


class Recovering:
    """Lets people back into their accounts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask(self, address: str, asking: Asking, *, at: str) -> None:
        """Send a link by which a new password is chosen; raises `UnusableAddress` and `TooManyTries`."""
        desk, handle = self._desk, normal_address(address)
        desk.may_write(handle, asking)
        with desk.store.transaction() as tx:
            sign_in = tx.find_sign_in(SignInKind.PASSWORD, handle)
            token = desk.link(tx, LinkPurpose.RECOVERY, handle, None if sign_in is None else sign_in.person)
            letter = letters.recovery(handle, at, token)
            desk.mailing.post(tx, letter if sign_in is not None else Letter("", letter.subject, letter.text))

    def finish(self, token: str, password: str, asking: Asking, *, at: str) -> SignedIn:
        """Choose a new password by the link, and sign in; every other session and link of the account ends.

        Raises `DeadLink` and `UnusablePassword`; the link stays good until a usable password was given.
        """
        desk = self._desk
        with desk.store.transaction() as tx:
            link = tx.find_link(hash_of(token), LinkPurpose.RECOVERY, desk.clock.now())
            sign_in = None if link is None else tx.find_sign_in(SignInKind.PASSWORD, link.address)
        if link is None or sign_in is None or sign_in.person != link.person:
            raise DeadLink
        name = desk.people.person(sign_in.person).name
        secret = desk.passwords.hash(require_usable(password, address=sign_in.handle, name=name))
        with desk.store.transaction() as tx:
            if tx.take_link(hash_of(token), LinkPurpose.RECOVERY, desk.clock.now()) is None:
                raise DeadLink
            if not tx.change_secret(sign_in.id, secret, before=sign_in.secret):
                raise DeadLink
            self._end_all(tx, sign_in.person)
            desk.tell(tx, sign_in.person, at, "Your account was recovered by a link sent to one of its addresses.")
            return desk.signing_in.begin_for(tx, sign_in.person, asking)

    def by_code(self, code: str, asking: Asking, *, at: str) -> SignedIn:
        """Sign in by a recovery code, which is used up; raises `WrongRecoveryCode` and `TooManyTries`."""
        desk = self._desk
        tried = asking.try_from_here("code", CODE_TRIES)
        desk.throttling.count(tried)
        with desk.store.transaction() as tx:
            person = tx.take_recovery_code(hash_of(_plain(code)))
            if person is None:
                raise WrongRecoveryCode(
                    "This is no recovery code, or it was used before.", next_step="Try another one of the list."
                )
            self._end_all(tx, person)
            desk.tell(tx, person, at, "Your account was recovered by one of its recovery codes.")
            signed_in = desk.signing_in.begin_for(tx, person, asking)
        desk.throttling.forgive(tried)
        return signed_in

    def new_codes(self, person: str, *, at: str) -> tuple[str, ...]:
        """New codes in the place of all earlier ones. This is the one time they are seen; only hashes are kept."""
        desk = self._desk
        codes = tuple(_code(desk.entropy.bytes(CODE_BYTES)) for _ in range(CODES))
        with desk.store.transaction() as tx:
            tx.get_person(person)
            tx.put_recovery_codes(person, [hash_of(_plain(code)) for code in codes], desk.clock.now())
            desk.tell(tx, person, at, "New recovery codes were made for your account; the earlier ones are void.")
        return codes

    def codes_left(self, person: str) -> int:
        """How many codes have not been used."""
        with self._desk.store.transaction() as tx:
            return tx.count_recovery_codes(person)

    def _end_all(self, tx: Transaction, person: str) -> None:
        tx.end_sessions(person)
        tx.forget_links(person)
        tx.forget_devices(person)
        tx.end_grants_by(person, self._desk.clock.now())


def _code(random: bytes) -> str:
    """`ABCD-EFGH-IJKL-MNOP`, in the letters of base32 (RFC 4648, 6), of which none looks like another."""
    return "-".join(re.findall("....", base64.b32encode(random).decode()))


def _plain(code: str) -> str:
    """A code as it is hashed: without case, spaces and dashes, and 0, 1 and 8 as the letters that they resemble."""
    letters_only = re.sub(r"[\s-]", "", code[:100]).upper()
    return letters_only.translate(str.maketrans("018", "OIB"))
