"""The part of the store's transaction that shows batches to everybody."""

from typing import Protocol

from creditbank.canonical import Digest
from creditbank.services.records import BatchRecord, Leaf, StoredReceipt


class TransparencyTables(Protocol):
    """What is public of batches, in one unit of work."""

    def leaves_from(self, batch: str, index: int, limit: int) -> list[Leaf]:
        """At most `limit` leaves of a batch in their order, from this index on."""
        ...

    def receipts_in(self, batch: str, limit: int) -> list[StoredReceipt]:
        """At most `limit` receipts of leaves of a batch."""
        ...

    def batches_with_root(self, root: Digest) -> list[BatchRecord]: ...
    def batches_in(self, transaction: str) -> list[BatchRecord]:
        """The batches whose roots a transaction anchored."""
        ...
