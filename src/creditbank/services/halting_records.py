"""What is kept of a halt: who stopped what, since when and why, and who let it go on again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Halt:
    """A halt of `scope`: `all`, `redemption` (awards and redemptions of all), or `organisation:<id>`.

    It stands until it is lifted; then its row stays, with who lifted it and why.
    """

    id: str
    scope: str
    since: datetime
    by: str
    why: str
    lifted: datetime | None = None
    lifted_by: str = ""
    lifted_why: str = ""


class HaltTables(Protocol):
    """The part of a `Transaction` that keeps halts."""

    def add_halt(self, halt: Halt) -> None:
        """Record a halt; `AlreadyRecorded` when one of the same scope stands."""
        ...

    def get_halt(self, id: str) -> Halt: ...
    def lift_halt(self, id: str, *, when: datetime, by: str, why: str) -> bool:
        """Mark a standing halt as lifted; whether it still stood."""
        ...

    def halts(self) -> list[Halt]:
        """Every halt there ever was, oldest first."""
        ...

    def standing_halts(self, *scopes: str) -> list[Halt]:
        """The halts that stand, oldest first; of these scopes alone where some are named."""
        ...
