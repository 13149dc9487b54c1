"""The machine's clock, its randomness, and waiting: the only place that reads them."""

import secrets
import time
import uuid
from datetime import UTC, datetime


class SystemClock:
    """Implements `ports.Clock` with the machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock that everybody else is given


class SystemEntropy:
    """Implements `ports.Entropy` with the operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """So many random bytes."""
        return secrets.token_bytes(count)

    def urn(self) -> str:
        """A fresh random UUIDv4 as `urn:uuid:…`."""
        return uuid.uuid4().urn

    def below(self, bound: int) -> int:
        """A uniformly random integer from 0 up to, not including, `bound`."""
        return secrets.randbelow(bound)


def pause(seconds: float) -> None:
    """Wait; what polls a chain does so between two looks."""
    time.sleep(seconds)
