"""What everybody may see of batches."""

from sqlalchemy import select

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables import batches, leaves, receipts
from creditbank.canonical import Digest
from creditbank.services.records import BatchRecord, Leaf, StoredReceipt


class Transparency(Tables):
    """The part of `ports.Transaction` that shows batches."""

    def leaves_from(self, batch: str, index: int, limit: int) -> list[Leaf]:
        here = (leaves.c.batch == batch) & (leaves.c.index >= index) & (leaves.c.index < index + limit)
        return self._all(Leaf, select(leaves).where(here).order_by(leaves.c.index))

    def receipts_in(self, batch: str, limit: int) -> list[StoredReceipt]:
        inside = select(leaves.c.credential).where(leaves.c.batch == batch)
        query = select(receipts).where(receipts.c.credential.in_(inside), receipts.c.final.is_(True))
        return self._all(StoredReceipt, query.limit(limit))

    def batches_with_root(self, root: Digest) -> list[BatchRecord]:
        return self._all(BatchRecord, select(batches).where(batches.c.root == root).order_by(batches.c.row))

    def batches_in(self, transaction: str) -> list[BatchRecord]:
        return self._all(BatchRecord, select(batches).where(batches.c.transaction == transaction))
