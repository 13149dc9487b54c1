"""How often one address, and one key, may ask: counted per minute in this process, bounded in memory (threat 54).

Each process counts by itself, because a row in the database for every request would cost more than it saves: with n
processes somebody gets at most n times as much. What guessing could gain by (sign-ins, codes) is counted in the
database instead, by all processes together (`services.throttling`).
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from creditbank.services.ports import Clock
from creditbank_api.errors import TooManyRequests

REMEMBERED: Final = 10_000
WINDOW: Final = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests per minute: of any kind by one address and by one key, verifications and failed tokens by address."""

    requests: int = 1200
    keys: int = 1200
    verifications: int = 120
    failed_tokens: int = 20


class Counter:
    """Counts events per name in windows of one minute and says no beyond a limit."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock, self._limit = clock, limit
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def add(self, name: str) -> None:
        """Count one event; raise `TooManyRequests` when it is one too many."""
        self._count(name, 1)

    def check(self, name: str) -> None:
        """Raise `TooManyRequests` when the limit is already reached, without counting."""
        self._count(name, 0)

    def _count(self, name: str, events: int) -> None:
        second = int(self._clock.now().timestamp())
        window = second // WINDOW
        with self._lock:
            known, count = self._counts.get(name, (window, 0))
            count = count + events if known == window else events
            if events:
                self._counts[name] = (window, count)
                self._counts.move_to_end(name)
                if len(self._counts) > REMEMBERED:
                    self._counts.popitem(last=False)
        if count + (0 if events else 1) > self._limit:
            raise TooManyRequests(WINDOW - second % WINDOW)
