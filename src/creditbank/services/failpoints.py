"""Places at which a test lets the process die or fail, to show that what was begun is finished afterwards.

`reach` does nothing unless the settings armed a place (`failpoints = "tx.sent=kill,rpc.asked=error@17"`), which
production refuses.
"""

import re
import threading
from collections.abc import Callable
from typing import Final, Literal

from creditbank.errors import BadInput, Unavailable

Act = Literal["kill", "error"]
FORM: Final = re.compile(r"([a-z.]+)=(kill|error)(?:@([1-9][0-9]{0,5}))?")

NAMES: Final = (
    "batch.closed",
    "leaves.written",
    "root.computed",
    "tx.signed",
    "tx.recorded",
    "tx.sent",
    "tx.acked",
    "receipt.seen",
    "confirmations.reached",
    "proofs.written",
    "batch.final",
    "status.list.signed",
    "status.published",
    "key.rotated",
    "redeem.checked",
    "redeem.locked",
    "redeem.written",
    "redeem.committed",
    "idem.saved",
    "rpc.asked",
    "rpc.answered",
    "commit.asked",
    "commit.done",
)
"""The last four are reached before and after every question to a node and every commit."""


class UnknownFailpoint(BadInput):
    """A failpoint is not written as `name=kill` or `name=error`, or there is none of this name."""

    slug = "unknown-failpoint"


class FailpointReached(Unavailable):
    """A test asked for this to fail here."""

    slug = "failpoint-reached"


def read_failpoints(text: str) -> dict[str, tuple[Act, int]]:
    """What to do at which places, and at which time of reaching it; raises `UnknownFailpoint`."""
    found: dict[str, tuple[Act, int]] = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        match = FORM.fullmatch(part)
        if match is None or match[1] not in NAMES:
            raise UnknownFailpoint(
                f"{part!r} is no failpoint.", next_step=f"Write name=kill or name=error; names are {', '.join(NAMES)}."
            )
        found[match[1]] = ("kill" if match[2] == "kill" else "error", int(match[3] or 1))
    return found


class Failpoints:
    """The armed places of this process."""

    def __init__(self) -> None:
        self._armed: dict[str, tuple[Act, int]] = {}
        self._kill: Callable[[], None] = lambda: None
        self._reached: dict[str, int] = {}
        self._lock = threading.Lock()

    def arm(self, places: dict[str, tuple[Act, int]], kill: Callable[[], None]) -> None:
        """From now on act at these places, and at no others; `kill` ends the process at once."""
        with self._lock:
            self._armed, self._kill, self._reached = dict(places), kill, {}

    def reached(self) -> dict[str, int]:
        """How often each armed place was reached since."""
        with self._lock:
            return dict(self._reached)

    def reach(self, name: str) -> None:
        """Say that a place is reached. Raises `FailpointReached`, or never returns, where it is armed."""
        if not self._armed or name not in self._armed:
            return
        act, at = self._armed[name]
        with self._lock:
            self._reached[name] = count = self._reached.get(name, 0) + 1
        if count != at:
            return
        if act == "kill":
            self._kill()
        raise FailpointReached(f"The failpoint {name} was reached.", next_step="Disarm it in the settings.")


FAILPOINTS: Final = Failpoints()
reach: Final = FAILPOINTS.reach
