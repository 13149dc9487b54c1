"""How often somebody may try, counted in the database so that several processes count together (threat 54).

A try is counted before its work is done, so that many at once are no way around. Nobody is shut out for ever: the
counts run off with time, and a refused try is not counted, so that whoever hammers makes nobody else wait longer.
"""

from dataclasses import dataclass
from datetime import timedelta

from creditbank.canonical import Digest, sha256
from creditbank.errors import Unavailable
from creditbank.services.ports import Clock, Store, Transaction


class TooManyTries(Unavailable):
    """This was tried too often; `retry_after` is in seconds."""

    slug = "too-many-tries"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("This was tried too often.", next_step=f"Try again in {retry_after} seconds.")


@dataclass(frozen=True, slots=True)
class Pace:
    """So many tries may come at once, and one more each `every`."""

    burst: int
    every: timedelta

    @property
    def milliseconds(self) -> int:
        """The time that gives one try back."""
        return self.every // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Try:
    """Something that is counted: what it is, of whom, and how often it may be."""

    kind: str
    of: str
    pace: Pace

    @property
    def name(self) -> Digest:
        """What it is counted under; no address or e-mail stands in the table."""
        return sha256(f"{self.kind}\n{self.of}".encode())


class Throttling:
    """Counts tries."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def count(self, *tries: Try) -> None:
        """Count each of these; raises `TooManyTries` when one is one too many."""
        now = int(self._clock.now().timestamp() * 1000)
        with self._store.transaction() as tx:
            waits = [
                tx.throttle(each.name, now=now, interval=each.pace.milliseconds, burst=each.pace.burst)
                for each in sorted(tries, key=lambda each: each.name)  # one order, so that none waits for another
            ]
        if longest := max(waits):
            raise TooManyTries(-(-longest // 1000))

    def forget(self, tx: Transaction, *tries: Try) -> None:
        """Forget what was counted of these, in the caller's transaction."""
        for each in tries:
            tx.forget_throttle(each.name)

    def forgive(self, *tries: Try) -> None:
        """Take back what was counted: it succeeded."""
        with self._store.transaction() as tx:
            for each in sorted(tries, key=lambda each: each.name):
                tx.unthrottle(each.name, interval=each.pace.milliseconds)
