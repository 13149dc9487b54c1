"""Leases: who may do something alone for a while."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` does alone what `name` says until a moment. `fence` counts up with each new holder."""

    name: str
    holder: str
    fence: int
    until: datetime


class LeaseTables(Protocol):
    """The part of a `Transaction` that keeps leases."""

    def find_lease(self, name: str) -> Lease | None: ...
    def take_lease(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take or prolong a lease; None when somebody else holds it now. Of many at once one gets it."""
        ...

    def give_lease_back(self, name: str, holder: str) -> None: ...
