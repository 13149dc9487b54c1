"""What was anchored on other chains."""

from collections.abc import Collection

from sqlalchemy import or_, select

from creditbank.adapters.store.session import Tables, values
from creditbank.adapters.store.tables import attempts, batches, leaves, receipts
from creditbank.adapters.store.tables_moving import former_places, former_receipts
from creditbank.services.moving_records import FormerPlace
from creditbank.services.records import BatchState, StoredReceipt


class Moving(Tables):
    """The part of `ports.Transaction` that remembers other chains."""

    def keep_receipt(self, credential: str, chain_id: int) -> None:
        found = self._one(StoredReceipt, select(receipts).where(receipts.c.credential == credential))
        if found is not None:
            row = {"credential": credential, "chain_id": chain_id, "document": found.document}
            self._put(former_receipts, row)

    def every_receipt(self, credential: str) -> list[StoredReceipt]:
        standing = self._all(StoredReceipt, select(receipts).where(receipts.c.credential == credential))
        known = [one.document for one in standing]
        return [*standing, *(one for one in self.former_receipts([credential]) if one.document not in known)]

    def former_receipts(self, credentials: Collection[str]) -> list[StoredReceipt]:
        if not credentials:
            return []
        columns = select(former_receipts.c.credential, former_receipts.c.document)
        query = columns.where(former_receipts.c.credential.in_(credentials)).order_by(former_receipts.c.chain_id)
        return [StoredReceipt(row.credential, row.document, final=True) for row in self._connection.execute(query)]

    def former_receipts_in(self, batch: str) -> list[StoredReceipt]:
        inside = select(leaves.c.credential).where(leaves.c.batch == batch)
        columns = select(former_receipts.c.credential, former_receipts.c.document)
        found: list[StoredReceipt] = []
        for place in self.former_places(batch):
            here = former_receipts.c.chain_id == place.chain_id
            query = columns.where(here, former_receipts.c.credential.in_(inside)).limit(1)
            found += [
                StoredReceipt(row.credential, row.document, final=True) for row in self._connection.execute(query)
            ]
        return found

    def keep_place(self, place: FormerPlace) -> None:
        self._put(former_places, values(place))

    def sent_elsewhere(self, chain_id: int) -> bool:
        return (
            self._connection.scalar(select(attempts.c.hash).where(attempts.c.chain_id != chain_id).limit(1)) is not None
        )

    def former_places(self, batch: str) -> list[FormerPlace]:
        query = select(former_places).where(former_places.c.batch == batch).order_by(former_places.c.block_time)
        return self._all(FormerPlace, query)

    def stands_elsewhere(self, issuer: str, chain_id: int) -> bool:
        here = (batches.c.state == BatchState.FINAL) & (batches.c.chain_id == chain_id)
        final = select(batches.c.id).where(here)
        open_one = or_(leaves.c.batch.is_(None), leaves.c.batch.not_in(final))
        found = select(leaves.c.credential).where(leaves.c.issuer == issuer, open_one).limit(1)
        return self._connection.scalar(found) is not None
