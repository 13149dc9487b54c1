"""What bodies say of others: endorsements, from the intent to the signed bytes and to their revocation."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, update

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables import endorsements
from creditbank.canonical import Digest
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import EndorsementRecord

STANDS: Final = endorsements.c.endorsed != ""
"""What was said of a credential that was erased is gone with it; its row keeps the place in the status list."""
_BY_DIGEST: Final = rows_by(endorsements, "digest").where(STANDS)


class Endorsements(Tables):
    """The part of `ports.Transaction` that keeps endorsements."""

    def add_endorsement(self, endorsement: EndorsementRecord) -> None:
        what = f"Request {endorsement.request}, its endorsement or its place in the status list"
        self._add(endorsements, values(endorsement), what)

    def get_endorsement(self, id: str) -> EndorsementRecord:
        return known(self.find_endorsement(id), f"endorsement {id}")

    def find_endorsement(self, id: str) -> EndorsementRecord | None:
        return self._endorsement(endorsements.c.id == id)

    def find_endorsement_by_request(self, request: str) -> EndorsementRecord | None:
        return self._endorsement(endorsements.c.request == request)

    def find_endorsement_by_digest(self, digest: Digest) -> EndorsementRecord | None:
        return self._one(EndorsementRecord, _BY_DIGEST, digest=digest)

    def endorsements_of(self, endorsed: str) -> list[EndorsementRecord]:
        return self._endorsements(endorsements.c.endorsed == endorsed)

    def open_endorsements(self) -> list[EndorsementRecord]:
        return self._endorsements(endorsements.c.signed.is_(None))

    def sign_endorsement(self, id: str, *, signed: bytes, digest: Digest, when: datetime) -> None:
        key = (endorsements.c.id == id) & endorsements.c.signed.is_(None)
        changed = {"signed": signed, "digest": digest, "issued": when}
        if self._connection.execute(update(endorsements).where(key).values(**changed)).rowcount != 1:
            self.get_endorsement(id)
            raise AlreadyRecorded(f"The signature of {id} is recorded already.")

    def revoke_endorsement(self, id: str, *, when: datetime, reason: str) -> None:
        key = (endorsements.c.id == id) & endorsements.c.revoked.is_(None)
        changed = {"revoked": when, "revocation_reason": reason}
        if self._connection.execute(update(endorsements).where(key).values(**changed)).rowcount != 1:
            self.get_endorsement(id)
            raise AlreadyRecorded(f"The revocation of {id} is recorded already.")

    def revoked_endorsements(self, organisation: str) -> frozenset[int]:
        table = endorsements.c
        query = select(table.status_index).where(table.organisation == organisation, table.revoked.is_not(None))
        return frozenset(self._connection.scalars(query))

    def _endorsement(self, key: ColumnElement[bool]) -> EndorsementRecord | None:
        return self._one(EndorsementRecord, select(endorsements).where(key, STANDS))

    def _endorsements(self, key: ColumnElement[bool]) -> list[EndorsementRecord]:
        return self._all(EndorsementRecord, select(endorsements).where(key, STANDS).order_by(endorsements.c.row))
