"""The part of the store's transaction that shows batches to everybody."""

from collections.abc import Iterator
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

    def feed_of(self, issuer: str, after: int, limit: int) -> list[bytes]:
        """At most `limit` entries of an issuer's feed behind this number, as signed, in their order."""
        ...

    def newest_in_feed(self, issuer: str) -> bytes | None: ...
    def add_to_feed(self, issuer: str, number: int, batch: str, signed: bytes) -> None:
        """Append an entry; raises `AlreadyRecorded` where the number is taken or the batch was told."""
        ...

    def batches_to_feed(self, issuer: str, limit: int) -> list[BatchRecord]:
        """Final batches with leaves of the issuer that its feed does not tell of yet, oldest blocks first."""
        ...

    def leaves_naming(self, issuer: str, batch: str) -> Iterator[Leaf]:
        """The issuer's leaves in a batch, in their order."""
        ...

    def batches_with_root(self, root: Digest) -> list[BatchRecord]: ...
    def batches_in(self, transaction: str) -> list[BatchRecord]:
        """The batches whose roots a transaction anchored."""
        ...
