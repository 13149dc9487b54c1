"""What only a rebuild writes: batches without all of their leaves, and roles that a later document shows."""

from sqlalchemy import select

from creditbank.adapters.store.session import Tables, values
from creditbank.adapters.store.tables import batches, credentials
from creditbank.services.records import BatchRecord, IssuedCredential


class Rebuilding(Tables):
    """The part of `ports.Transaction` that a rebuild needs."""

    def add_batch(self, batch: BatchRecord) -> None:
        self._add(batches, values(batch), f"Batch {batch.id}")

    def credentials_by(self, organisation: str) -> list[IssuedCredential]:
        query = select(credentials).where(credentials.c.organisation == organisation).order_by(credentials.c.row)
        return self._all(IssuedCredential, query)
