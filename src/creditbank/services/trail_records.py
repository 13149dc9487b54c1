"""What the audit trail holds: one act of somebody, and where it stands in its chain."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.canonical import Digest


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One act in the trail of `chain` (an organisation's id, or `bank`), and the digest that binds all before it.

    `actor` is `person:<id>`, `organisation:<id>`, `operator` or the like; `action` a verb of the bank such as
    `member.added`; `object` the id of what it was done to. None of the three names anybody.
    """

    chain: str
    number: int
    at: datetime
    actor: str
    action: str
    object: str
    why: str
    previous: Digest
    hash: Digest


@dataclass(frozen=True, slots=True)
class TrailHead:
    """The last entry of a chain; number 0 and the digest of the chain's name where there is none yet."""

    chain: str
    number: int
    hash: Digest


class TrailTable(Protocol):
    """The part of a transaction that keeps the trail."""

    def claim_trail(self, start: TrailHead) -> TrailHead:
        """The head of a chain, `start` where it has none; nobody else appends before this transaction ends."""
        ...

    def append_trail(self, entry: TrailEntry) -> None:
        """Write an entry and make it the head of its chain."""
        ...

    def trail_of(self, chain: str, *, after: int = 0, limit: int = 500) -> list[TrailEntry]:
        """Entries of a chain in their order, after that number."""
        ...

    def trail_by(self, chain: str, actors: Collection[str]) -> list[TrailEntry]:
        """Entries of a chain by these actors, in their order."""
        ...

    def trail_about(self, chain: str, action: str, objects: Collection[str]) -> list[TrailEntry]:
        """The entries of a chain that tell of this act upon any of these, oldest first."""
        ...

    def trail_heads(self) -> list[TrailHead]:
        """The head of every chain, by name of the chain."""
        ...
