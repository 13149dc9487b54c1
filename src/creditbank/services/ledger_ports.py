"""What the store does beside the ledger: what was told to whom. A part of `ports.Transaction`."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from creditbank.services.ledger_records import Notice


class LedgerTransaction(Protocol):
    """The part of a unit of work that is the ledger's and not its entries."""

    def add_notice(self, notice: Notice) -> bool:
        """Append a notice; False when its audience was told of this matter (`once`) before."""
        ...

    def notices_of(
        self, audience: str, *, after: str | None = None, limit: int = 100, unseen: bool = False
    ) -> list[Notice]:
        """At most `limit` notices in the order of writing, those behind the one named `after`."""
        ...

    def see_notices(self, audience: str, ids: Collection[str], when: datetime) -> int:
        """Note that these notices of the audience were read; how many were not before."""
        ...
