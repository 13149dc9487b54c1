"""Mail: written down, sealed, in the transaction that causes it, and sent afterwards, at least once.

Because nothing is sent while somebody waits for an answer, the answer takes as long for an address that nobody has: for
that one a letter to nobody is written, and thrown away when its turn comes.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from creditbank.canonical import JsonObject, canonical_json, load_object
from creditbank.errors import Unavailable
from creditbank.services.people_records import StoredLetter
from creditbank.services.ports import Clock, Entropy, Safe, Store, Transaction

MOST_TRIES: Final = 8
ABOUT: Final = "letter"
log = logging.getLogger("creditbank.mail")


class MailUnavailable(Unavailable):
    """Mail cannot be handed over now."""

    slug = "mail-unavailable"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text. Without an address it goes to nobody."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands mail over to whoever carries it."""

    def send(self, id: str, letter: Letter) -> None:
        """Hand a letter over; `id` is the same when it is tried again. Raises `MailUnavailable`."""
        ...


class Mailing:
    """Writes letters down and sends them."""

    def __init__(self, store: Store, safe: Safe, mailer: Mailer, clock: Clock, entropy: Entropy) -> None:
        self._store, self._safe, self._mailer = store, safe, mailer
        self._clock, self._entropy = clock, entropy

    def post(self, tx: Transaction, letter: Letter) -> None:
        """Write a letter down in the caller's transaction."""
        content = canonical_json({"to": letter.to, "subject": letter.subject, "text": letter.text})
        id = self._entropy.urn()
        tx.add_letter(StoredLetter(id, self._safe.lock(ABOUT, content), self._clock.now(), 0))

    def forget(self, tx: Transaction, addresses: Collection[str]) -> int:
        """Throw away what waits for these addresses, in the caller's transaction; how many letters that were."""
        doomed = [one.id for one in tx.letters() if str(self._opened(one)["to"]) in addresses]
        for id in doomed:
            tx.remove_letter(id)
        return len(doomed)

    def deliver(self, most: int = 50) -> int:
        """Send what is due; how many letters went out. What cannot be sent now is due again, later each time."""
        sent = 0
        for _ in range(most):
            now = self._clock.now()
            with self._store.transaction() as tx:
                letter = tx.take_letter(now, until=now + timedelta(minutes=1))
            if letter is None:
                break
            sent += self._send(letter)
        return sent

    def _opened(self, stored: StoredLetter) -> JsonObject:
        return load_object(self._safe.unlock(ABOUT, stored.content))

    def _send(self, stored: StoredLetter) -> int:
        content = self._opened(stored)
        letter = Letter(str(content["to"]), str(content["subject"]), str(content["text"]))
        try:
            if letter.to:
                self._mailer.send(stored.id, letter)
        except MailUnavailable as error:
            log.warning("a letter could not be sent (try %d): %s", stored.tries + 1, type(error).slug)
            if stored.tries + 1 < MOST_TRIES:
                return 0
        with self._store.transaction() as tx:
            tx.remove_letter(stored.id)
        return 1 if letter.to else 0
