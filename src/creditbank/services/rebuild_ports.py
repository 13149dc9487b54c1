"""What rebuilding a bank asks of the store beyond the ordinary."""

from typing import Protocol

from creditbank.services.records import BatchRecord, IssuedCredential


class RebuildTables(Protocol):
    """What rebuilding asks of a `Transaction` beyond the ordinary."""

    def add_batch(self, batch: BatchRecord) -> None:
        """Record a batch that was anchored before, of which not every leaf is known."""
        ...

    def credentials_by(self, organisation: str) -> list[IssuedCredential]: ...
