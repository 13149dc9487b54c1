"""What only a rebuild writes: batches without all of their leaves, and roles that a later document shows."""

from sqlalchemy import select

from creditbank.adapters.store.session import Tables, values
from creditbank.adapters.store.tables import batches, credentials, endorsements, forms
from creditbank.services.records import BatchRecord, EndorsementRecord, IssuedCredential, IssuedToken


class Rebuilding(Tables):
    """The part of `ports.Transaction` that a rebuild needs."""

    def add_batch(self, batch: BatchRecord) -> None:
        self._add(batches, values(batch), f"Batch {batch.id}")

    def credentials_by(self, organisation: str) -> list[IssuedCredential]:
        query = select(credentials).where(credentials.c.organisation == organisation).order_by(credentials.c.row)
        return self._all(IssuedCredential, query)

    def forms_by(self, organisation: str) -> list[IssuedToken]:
        query = select(forms).where(forms.c.organisation == organisation).order_by(forms.c.row)
        return self._all(IssuedToken, query)

    def endorsements_by(self, organisation: str) -> list[EndorsementRecord]:
        mine = (endorsements.c.organisation == organisation) & endorsements.c.signed.is_not(None)
        return self._all(EndorsementRecord, select(endorsements).where(mine).order_by(endorsements.c.row))
