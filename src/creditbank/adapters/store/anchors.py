"""What goes to the chain: leaves, batches, signed transactions, and the receipts that come back."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import Final

from sqlalchemy import bindparam, delete, func, select, union_all, update
from sqlalchemy.exc import IntegrityError

from creditbank.adapters.store.endorsements import STANDS
from creditbank.adapters.store.session import Tables, known, rows_by, unknown, values
from creditbank.adapters.store.tables import attempts, batches, credentials, endorsements, forms, leaves, receipts
from creditbank.adapters.store.tables_holders import deposited as brought
from creditbank.adapters.store.tables_sending import fee_waits
from creditbank.canonical import Digest
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import Attempt, AttemptState, BatchRecord, BatchState, Leaf, StoredReceipt
from creditbank.services.sending_records import BlockName, FeeWait, Waiting
from creditbank.services.surveying_records import Flight

IN_FLIGHT = (AttemptState.RECORDED, AttemptState.SENT)
_RECEIPT: Final = rows_by(receipts, "credential")
_PLACE: Final = (
    update(leaves)
    .where(leaves.c.credential == bindparam("of"), leaves.c.batch.is_(None))
    .values(batch=bindparam("into"), index=bindparam("place"))
)
_SIGNED: Final = select(credentials.c.id, credentials.c.signed).where(
    credentials.c.id.in_(bindparam("ids", expanding=True)), credentials.c.erased.is_(None)
)
_OF_DIGESTS: Final = select(receipts).where(
    receipts.c.credential.in_(
        union_all(
            *(
                select(name).where(digest.in_(bindparam("digests", expanding=True)), *there)
                for name, digest, there in (
                    (credentials.c.id, credentials.c.digest, [credentials.c.erased.is_(None)]),
                    (brought.c.id, brought.c.digest, []),
                    (forms.c.name, forms.c.digest, []),
                    (endorsements.c.id, endorsements.c.digest, [STANDS]),
                )
            )
        )
    )
)
_IN_ORDER: Final = (attempts.c.nonce, attempts.c.row)
_FOR_PURPOSE: Final = rows_by(attempts, "purpose").order_by(attempts.c.row)
_PENDING: Final = rows_by(attempts, "sender").where(attempts.c.state.in_(IN_FLIGHT)).order_by(*_IN_ORDER)
_FROM: Final = rows_by(attempts, "sender").where(attempts.c.nonce >= bindparam("nonce")).order_by(*_IN_ORDER)
_MARK: Final = update(attempts).where(attempts.c.hash == bindparam("of"))
_MARK_SINCE: Final = _MARK.where(attempts.c.state.in_(bindparam("since", expanding=True)))
_NO_WAIT: Final = delete(fee_waits).where(fee_waits.c.purpose == bindparam("of"))
_TOKENS: Final = select(forms.c.name, forms.c.token).where(forms.c.name.in_(bindparam("ids", expanding=True)))


class Anchors(Tables):
    """The part of `ports.Transaction` that anchors."""

    def add_leaf(self, leaf: Leaf) -> None:
        added = func.current_timestamp()
        self._add(leaves, {**values(leaf), "added": added}, f"The leaf of {leaf.credential}")

    def waiting_leaves(self) -> Waiting:
        waits = leaves.c.batch.is_(None)
        count = self._connection.scalar(select(func.count()).select_from(leaves).where(waits))
        oldest = select(leaves.c.added).where(waits).order_by(leaves.c.row).limit(1)
        return Waiting(int(count or 0), self._connection.scalar(oldest))

    def unbatched_leaves(self, limit: int) -> list[Leaf]:
        """The oldest leaves without a batch; PostgreSQL passes over another worker's, without waiting."""
        query = select(leaves).where(leaves.c.batch.is_(None)).order_by(leaves.c.row).limit(limit)
        return self._all(Leaf, query.with_for_update(skip_locked=True))

    def leaf_of(self, credential: str) -> Leaf | None:
        return self._one(Leaf, select(leaves).where(leaves.c.credential == credential))

    def open_leaves(self, issuer: str) -> list[Leaf]:
        final = select(batches.c.id).where(batches.c.state == BatchState.FINAL)
        waiting = leaves.c.batch.is_(None) | leaves.c.batch.not_in(final)
        return self._all(Leaf, select(leaves).where(leaves.c.issuer == issuer, waiting).order_by(leaves.c.row))

    def seal(self, batch: BatchRecord, members: Sequence[str]) -> None:
        assert len(members) == batch.size, "the size of a batch is the number of its members"
        with self._atomically():
            self._add(batches, values(batch), f"Batch {batch.id}")
            placed = [{"of": name, "place": index, "into": batch.id} for index, name in enumerate(members)]
            self._connection.execute(_PLACE, placed)
            here = select(leaves.c.credential).where(leaves.c.batch == batch.id)
            if missing := set(members) - set(self._connection.scalars(here)):
                raise AlreadyRecorded(f"{min(missing)} has no leaf that waits for a batch.")

    def get_batch(self, id: str) -> BatchRecord:
        return known(self._one(BatchRecord, select(batches).where(batches.c.id == id)), f"batch {id}")

    def update_batch(self, batch: BatchRecord) -> None:
        """Record where the batch stands on its way; root, size and the hour of sealing never change."""
        moved = values(batch, without=frozenset({"id", "root", "size", "sealed"}))
        self._change(batches, batches.c.id == batch.id, f"batch {batch.id}", **moved)

    def batches(self) -> list[BatchRecord]:
        return self._all(BatchRecord, select(batches).order_by(batches.c.row))

    def open_batches(self) -> list[BatchRecord]:
        query = select(batches).where(batches.c.state != BatchState.FINAL).order_by(batches.c.row)
        return self._all(BatchRecord, query)

    def final_batches(self, chain_id: int, limit: int, *, below: int | None = None) -> list[BatchRecord]:
        there = (batches.c.state == BatchState.FINAL) & (batches.c.chain_id == chain_id)
        if below is not None:
            there &= batches.c.block_number < below
        query = select(batches).where(there).order_by(batches.c.block_number.desc(), batches.c.row.desc())
        return self._all(BatchRecord, query.limit(limit))

    def batches_of_no_chain(self, limit: int) -> list[BatchRecord]:
        older = (batches.c.state == BatchState.FINAL) & batches.c.chain_id.is_(None)
        return self._all(BatchRecord, select(batches).where(older).order_by(batches.c.row.desc()).limit(limit))

    def leaves_of(self, batch: str) -> list[Leaf]:
        return self._all(Leaf, select(leaves).where(leaves.c.batch == batch).order_by(leaves.c.index))

    def leaf_at(self, batch: str, index: int) -> Leaf:
        here = (leaves.c.batch == batch) & (leaves.c.index == index)
        return known(self._one(Leaf, select(leaves).where(here)), f"leaf {index} of batch {batch}")

    def add_attempt(self, attempt: Attempt) -> None:
        self._add(attempts, values(attempt), f"Transaction {attempt.hash}")

    def attempts(self, purpose: str) -> list[Attempt]:
        return self._all(Attempt, _FOR_PURPOSE, purpose=purpose)

    def pending_attempts(self, sender: str) -> list[Attempt]:
        return self._all(Attempt, _PENDING, sender=sender)

    def attempts_from(self, sender: str, nonce: int) -> list[Attempt]:
        return self._all(Attempt, _FROM, sender=sender, nonce=nonce)

    def has_sent(self, sender: str) -> bool:
        found = self._connection.scalar(select(attempts.c.hash).where(attempts.c.sender == sender).limit(1))
        return found is not None

    def placed_attempts(self, chain_id: int, limit: int, *, below: int | None = None) -> list[Attempt]:
        placed = (attempts.c.chain_id == chain_id) & attempts.c.block_number.is_not(None)
        if below is not None:
            placed &= attempts.c.block_number < below
        query = select(attempts).where(placed).order_by(attempts.c.block_number.desc(), attempts.c.row.desc())
        return self._all(Attempt, query.limit(limit))

    def flights(self) -> list[Flight]:
        shown = [attempts.c[name] for name in ("hash", "purpose", "sender", "nonce", "state", "recorded", "chain_id")]
        query = select(*shown).where(attempts.c.state.in_(IN_FLIGHT)).order_by(attempts.c.row)
        return self._all(Flight, query)

    def next_nonce(self, sender: str, chain_id: int) -> int:
        here = (attempts.c.chain_id == chain_id) | attempts.c.chain_id.is_(None)
        highest = select(func.max(attempts.c.nonce)).where(attempts.c.sender == sender, here)
        found = self._connection.scalar(highest)
        return 0 if found is None else int(found) + 1

    def senders_in_flight(self) -> list[str]:
        query = select(attempts.c.sender).where(attempts.c.state.in_(IN_FLIGHT)).distinct()
        return [str(sender) for sender in self._connection.scalars(query.order_by(attempts.c.sender))]

    def mark_attempt(
        self,
        hash: str,
        state: AttemptState,
        *,
        since: Collection[AttemptState] | None = None,
        block: BlockName | None = None,
    ) -> bool:
        """Compare and set: what one caller saw on the chain is not undone by another who is late.

        Of several that fall out of the chain at once one is in flight again; the others follow when it is mined.
        """
        number, name = block or (None, None)
        changed = {"state": state, "block_number": number, "block_hash": name}
        given = {"of": hash, **changed} | ({} if since is None else {"since": list(since)})
        statement = _MARK if since is None else _MARK_SINCE
        takes_off = state in IN_FLIGHT and (since is None or not set(since) <= set(IN_FLIGHT))
        try:
            with self._atomically() if takes_off else nullcontext():
                if self._connection.execute(statement, given).rowcount == 1:
                    return True
        except IntegrityError:
            return False
        if self._connection.execute(select(attempts.c.row).where(attempts.c.hash == hash)).one_or_none() is None:
            unknown(f"transaction {hash}")
        return False

    def wait_for_fees(self, wait: FeeWait) -> None:
        if not self._insert_new(fee_waits, values(wait)):
            mine = fee_waits.c.purpose == wait.purpose
            self._connection.execute(update(fee_waits).where(mine).values(asked=wait.asked, seen=wait.seen))

    def end_fee_wait(self, purpose: str) -> None:
        self._connection.execute(_NO_WAIT, {"of": purpose})

    def fee_waits(self) -> list[FeeWait]:
        return self._all(FeeWait, select(fee_waits).order_by(fee_waits.c.since, fee_waits.c.purpose))

    def drop_receipts(self, batch: str) -> None:
        members = select(leaves.c.credential).where(leaves.c.batch == batch)
        self._connection.execute(delete(receipts).where(receipts.c.credential.in_(members)))

    def put_receipt(self, receipt: StoredReceipt) -> None:
        self.put_receipts([receipt])

    def put_receipts(self, made: Sequence[StoredReceipt]) -> None:
        if not made:
            return
        statement = self._insert(receipts)
        changed = {name: statement.excluded[name] for name in ("document", "final")}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["credential"], set_=changed),
            [values(one) for one in made],
        )

    def stored_texts(self, names: Collection[str]) -> Mapping[str, bytes]:
        if not names:
            return {}
        ids = list(names)
        found = {row.id: row.signed for row in self._connection.execute(_SIGNED, {"ids": ids})}
        return found | {row.name: row.token.encode() for row in self._connection.execute(_TOKENS, {"ids": ids})}

    def receipts_of(self, digests: Collection[Digest]) -> list[StoredReceipt]:
        return self._all(StoredReceipt, _OF_DIGESTS, digests=list(digests)) if digests else []

    def find_receipt(self, credential: str) -> StoredReceipt | None:
        return self._one(StoredReceipt, _RECEIPT, credential=credential)
