"""What rebuilding a bank asks of the store beyond the ordinary."""

from typing import Protocol

from creditbank.services.records import BatchRecord, EndorsementRecord, IssuedCredential, IssuedToken


class RebuildTables(Protocol):
    """What rebuilding asks of a `Transaction` beyond the ordinary."""

    def add_batch(self, batch: BatchRecord) -> None:
        """Record a batch that was anchored before, of which not every leaf is known."""
        ...

    def credentials_by(self, organisation: str) -> list[IssuedCredential]: ...

    def forms_by(self, organisation: str) -> list[IssuedToken]:
        """Every credential that the organisation signed as a token too."""
        ...

    def endorsements_by(self, organisation: str) -> list[EndorsementRecord]:
        """Every endorsement that the organisation signed."""
        ...
