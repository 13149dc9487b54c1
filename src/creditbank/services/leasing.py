"""Doing something alone for a while: one worker among several processes, one machine over a SQLite file (threat 41).

A lease is a row with a moment until which it holds. Who falls silent loses it; the database decides who is next.
"""

from datetime import timedelta
from typing import Final

from creditbank.errors import Unavailable
from creditbank.services.ports import Clock, Store

HOST: Final = "sqlite-host"
STANDING_WORK: Final = "standing-work"
FOR: Final = timedelta(seconds=60)
STANDING_FOR: Final = timedelta(seconds=10)  # who works prolongs it every few seconds, and who died is followed soon


class SecondHost(Unavailable):
    """Another machine writes to this SQLite file, and its locks do not reach from one machine to another."""

    slug = "second-host"


class Leasing:
    """Takes leases in the name of one process or machine."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def take(self, name: str, holder: str, span: timedelta = FOR) -> bool:
        """Take a lease, or prolong one's own, for so long; whether it is held now."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            return tx.take_lease(name, holder, now=now, until=now + span) is not None

    def give_back(self, name: str, holder: str) -> None:
        """Let the next one begin at once."""
        with self._store.transaction() as tx:
            tx.give_lease_back(name, holder)

    def claim_host(self, machine: str) -> None:
        """Say that this machine writes to the SQLite file; raises `SecondHost` when another one did a moment ago.

        It writes no more than once in a third of a lease, so that commands that only look stay quiet.
        """
        now = self._clock.now()
        with self._store.transaction() as tx:
            standing = tx.find_lease(HOST)
            if standing is not None and standing.holder == machine and standing.until - now > 2 * FOR / 3:
                return
            taken = tx.take_lease(HOST, machine, now=now, until=now + FOR)
        if taken is None:
            raise SecondHost(
                "Another machine works with this SQLite file, and SQLite cannot keep two machines apart.",
                next_step="Stop the bank there and wait a minute, or move to PostgreSQL, which is made for it.",
            )
