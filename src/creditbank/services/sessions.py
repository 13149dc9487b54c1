"""Sessions: a browser holds a random id, the bank its hash, and both forget it at the end (threats 46, 50 and 53).

An id is new at every sign-in and whenever the session may do something else than before, so that an id which somebody
planted or saw before is worth nothing after.
"""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from creditbank.canonical import Digest, sha256
from creditbank.errors import NotFound
from creditbank.services.people_records import Session
from creditbank.services.ports import Clock, Entropy, Store, Transaction

IDLE: Final = timedelta(hours=1)
"""A session nobody used for so long is over (NIST SP 800-63B-4, 2.2.3: at most an hour)."""
LONGEST: Final = timedelta(hours=12)
"""A session is over after so long, however busy (there: at most a day)."""
FRESH: Final = timedelta(minutes=10)
"""For so long after showing who they are, somebody may do what is sensitive."""
NOTED: Final = timedelta(minutes=1)
"""That a session was used is noted no more often than this."""
PREFIX: Final = "cbs_"
MAX_SECRET: Final = 100


class UnknownSession(NotFound):
    """The account has no such session."""

    slug = "unknown-session"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its id, which only the browser keeps."""

    session: Session
    secret: str


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def begin(
        self, tx: Transaction, person: str, *, agent: str, acting: str = "", instead_of: str = "", fresh: bool = True
    ) -> Opened:
        """Begin a session in the caller's transaction; one that the browser had before ends with it."""
        if instead_of:
            tx.end_session(hash_of(instead_of))
        now, secret = self._clock.now(), new_secret(self._entropy, PREFIX)
        showed = now if fresh else now - FRESH
        session = Session(
            hash_of(secret),
            self._entropy.urn(),
            person,
            acting,
            now,
            now,
            now + LONGEST,
            showed,
            sha256(agent.encode()),
        )
        tx.add_session(session)
        return Opened(session, secret)

    def find(self, secret: str, *, agent: str) -> Session | None:
        """The session that an id stands for; None for an unknown one, one that is over, or one from another browser."""
        if not secret.startswith(PREFIX) or not secret.isascii() or len(secret) > MAX_SECRET:
            return None
        now, hash = self._clock.now(), hash_of(secret)
        with self._store.transaction() as tx:
            session = tx.find_session(hash)
            if session is None:
                return None
            if not _lasts(session, now) or session.agent != sha256(agent.encode()):
                tx.end_session(hash)
                return None
            if now - session.seen >= NOTED:
                tx.see_session(hash, now)
        return session

    def renew(self, secret: str, *, acting: str | None = None, fresh: bool = False) -> Opened:
        """Go on under a new id: acting for somebody else, or after showing once more who it is.

        Raises `UnknownSession` when the session ended meanwhile.
        """
        now, made = self._clock.now(), new_secret(self._entropy, PREFIX)
        with self._store.transaction() as tx:
            old = tx.find_session(hash_of(secret))
            if old is None or not tx.end_session(old.hash):
                raise UnknownSession("This session is over.", next_step="Sign in again.")
            session = replace(
                old,
                hash=hash_of(made),
                acting=old.acting if acting is None else acting,
                seen=now,
                fresh=now if fresh else old.fresh,
            )
            tx.add_session(session)
        return Opened(session, made)

    def is_fresh(self, session: Session) -> bool:
        """Whether the person showed who they are a short time ago."""
        return self._clock.now() - session.fresh < FRESH

    def of(self, person: str) -> list[Session]:
        """The sessions of a person that last, oldest first."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            return [each for each in tx.sessions_of(person) if _lasts(each, now)]

    def end(self, secret: str) -> None:
        """End a session; an unknown one is over already."""
        with self._store.transaction() as tx:
            tx.end_session(hash_of(secret))

    def end_one(self, person: str, id: str) -> None:
        """End a session of a person by its name in the list; raises `UnknownSession`."""
        with self._store.transaction() as tx:
            if not tx.end_session_of(person, id):
                raise UnknownSession("This account has no such session.", next_step="It may have ended by itself.")

    def end_others(self, session: Session) -> int:
        """End every other session of the same person; how many there were."""
        with self._store.transaction() as tx:
            return tx.end_sessions(session.person, but=session.hash)


def hash_of(secret: str) -> Digest:
    """What the bank keeps of a secret that has 256 random bits: nothing slower than SHA-256 is needed for it."""
    return sha256(secret.encode("utf-8", "surrogatepass"))


def new_secret(entropy: Entropy, prefix: str) -> str:
    """256 random bits as text; the prefix lets scanners of code and logs tell what they found."""
    return prefix + base64.urlsafe_b64encode(entropy.bytes(32)).decode().rstrip("=")


def _lasts(session: Session, now: datetime) -> bool:
    return now < session.expires and now - session.seen < IDLE
