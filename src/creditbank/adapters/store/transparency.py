"""What everybody may see of batches."""

from collections.abc import Iterator

from sqlalchemy import select

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables import batches, leaves, receipts
from creditbank.adapters.store.tables_feeds import feed_entries
from creditbank.canonical import Digest
from creditbank.services.records import BatchRecord, BatchState, Leaf, StoredReceipt


class Transparency(Tables):
    """The part of `ports.Transaction` that shows batches."""

    def leaves_from(self, batch: str, index: int, limit: int) -> list[Leaf]:
        here = (leaves.c.batch == batch) & (leaves.c.index >= index) & (leaves.c.index < index + limit)
        return self._all(Leaf, select(leaves).where(here).order_by(leaves.c.index))

    def receipts_in(self, batch: str, limit: int) -> list[StoredReceipt]:
        inside = select(leaves.c.credential).where(leaves.c.batch == batch)
        query = select(receipts).where(receipts.c.credential.in_(inside), receipts.c.final.is_(True))
        return self._all(StoredReceipt, query.limit(limit))

    def feed_of(self, issuer: str, after: int, limit: int) -> list[bytes]:
        here = (feed_entries.c.issuer == issuer) & (feed_entries.c.number > after)
        query = select(feed_entries.c.signed).where(here).order_by(feed_entries.c.number).limit(limit)
        return list(self._connection.scalars(query))

    def newest_in_feed(self, issuer: str) -> bytes | None:
        query = select(feed_entries.c.signed).where(feed_entries.c.issuer == issuer)
        return self._connection.scalar(query.order_by(feed_entries.c.number.desc()).limit(1))

    def add_to_feed(self, issuer: str, number: int, batch: str, signed: bytes) -> None:
        row = {"issuer": issuer, "number": number, "batch": batch, "signed": signed}
        self._add(feed_entries, row, f"Entry {number} of the feed of {issuer}")

    def batches_to_feed(self, issuer: str, limit: int) -> list[BatchRecord]:
        told = select(feed_entries.c.batch).where(feed_entries.c.issuer == issuer)
        named = select(leaves.c.batch).where(leaves.c.issuer == issuer, leaves.c.batch.is_not(None))
        open_ = (batches.c.state == BatchState.FINAL) & batches.c.id.in_(named) & batches.c.id.not_in(told)
        query = select(batches).where(open_).order_by(batches.c.block_number, batches.c.row)
        return self._all(BatchRecord, query.limit(limit))

    def leaves_naming(self, issuer: str, batch: str) -> Iterator[Leaf]:
        here = (leaves.c.batch == batch) & (leaves.c.issuer == issuer)
        return iter(self._all(Leaf, select(leaves).where(here).order_by(leaves.c.index)))

    def batches_with_root(self, root: Digest) -> list[BatchRecord]:
        return self._all(BatchRecord, select(batches).where(batches.c.root == root).order_by(batches.c.row))

    def batches_in(self, transaction: str) -> list[BatchRecord]:
        return self._all(BatchRecord, select(batches).where(batches.c.transaction == transaction))
