"""What the bank knows of itself: figures for alarms, and the results of what is checked now and then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.canonical import Digest
from creditbank.ledger import Entry, Lot


@dataclass(frozen=True, slots=True)
class Checkup:
    """When an audit, a backup or a reconciliation was last done, and whether it found everything in order."""

    name: str
    at: datetime
    passed: bool
    said: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How the bank stands at one moment, without a word about anybody."""

    leaves_waiting: int
    oldest_unanchored: datetime | None
    batches: Mapping[str, int]
    attempts_in_flight: int
    oldest_attempt: datetime | None
    jobs: Mapping[str, int]
    oldest_job: datetime | None
    halts: Mapping[str, int]
    oldest_status_list: datetime | None
    too_complex: int
    webhooks_waiting: int
    batches_set_aside: int
    finality_undone: int
    fee_waits: int
    oldest_fee_wait: datetime | None
    checks: tuple[Checkup, ...]


class WatchTables(Protocol):
    """The part of a `Transaction` that tells how the bank stands."""

    def figures(self, now: datetime) -> Figures: ...
    def put_checkup(self, checkup: Checkup) -> None:
        """Keep the newest result under its name."""
        ...

    def has_lots(self) -> bool:
        """Whether the ledger has any lot."""
        ...

    def journal(self) -> tuple[list[Lot], list[Entry], dict[str, Digest]]:
        """Everything an audit reads: all lots, all entries, and the newest hash of each account."""
        ...

    def checkups(self) -> list[Checkup]: ...
