"""Going over to another chain: roots that stand on the former one are anchored anew, and nothing there is given up.

A batch keeps its root, and its receipts of the former chain stand beside those of the new one, each true of its own.
What the former chain's register says of keys can be shown by it alone, so a trust file of it is worth keeping.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from creditbank.anchoring import Receipt
from creditbank.errors import Refused
from creditbank.services.moving_records import FormerPlace
from creditbank.services.ports import Chain, Store, Transaction
from creditbank.services.records import AttemptState, BatchRecord, BatchState
from creditbank.services.sending import IN_FLIGHT

ALL: Final = None


class NotElsewhere(Refused):
    """The batch stands on no other chain than the one in use, so there is nothing to anchor anew."""

    slug = "not-elsewhere"


class Moving:
    """Anchors batches anew that stand on another chain than the one in use."""

    def __init__(self, store: Store, chain: Chain) -> None:
        self._store, self._chain = store, chain

    def again(self, ids: Sequence[str] | None = ALL) -> list[BatchRecord]:
        """Put these batches, or all, on their way to the chain in use; those that are, or stand there, are left alone.

        Nothing is sent here: each is hashed anew and goes the way of every batch. What was in flight on the former
        chain is let go, so that it holds nothing up. Raises `NotElsewhere` for a batch that was named and is not final
        on another chain, before anything is changed.
        """
        with self._store.transaction() as tx:
            wanted = tx.batches() if ids is None else [tx.get_batch(id) for id in dict.fromkeys(ids)]
        moved = [(one, chain) for one in wanted if (chain := self._elsewhere(one)) is not None]
        if ids is not None and (left := [one.id for one in wanted if one.id not in {two.id for two, _ in moved}]):
            raise NotElsewhere(
                f"The batch {left[0]} is final on no other chain than {self._chain.name}.",
                next_step="See creditbank batch list; with --all only those of other chains are taken.",
            )
        self._leave_behind()
        return [self._again(one, chain) for one, chain in moved]

    def _elsewhere(self, batch: BatchRecord) -> int | None:
        """On which other chain a batch is final."""
        if batch.state is not BatchState.FINAL or batch.quarantined is not None:
            return None
        chain = batch.chain_id
        if chain is None:  # sealed by a version that did not write it down; its receipts say it
            with self._store.transaction() as tx:
                chain = _chain_of(tx, batch)
        return None if chain in (None, self._chain.chain_id) else chain

    def _again(self, batch: BatchRecord, chain: int) -> BatchRecord:
        assert batch.transaction is not None
        assert batch.block_number is not None
        assert batch.block_hash is not None
        assert batch.block_time is not None
        place = FormerPlace(batch.id, chain, batch.transaction, batch.block_number, batch.block_hash, batch.block_time)
        nowhere = replace(batch, transaction=None, block_number=None, block_hash=None, block_time=None)
        sealed = replace(nowhere, state=BatchState.SEALED, chain_id=None)
        with self._store.transaction() as tx:
            if tx.get_batch(batch.id) != batch:
                return tx.get_batch(batch.id)  # somebody else was faster
            tx.keep_place(place)
            for leaf in tx.leaves_of(batch.id):
                tx.keep_receipt(leaf.credential, chain)
            tx.update_batch(sealed)
        return sealed

    def _leave_behind(self) -> None:
        """What is in flight on another chain is no obstacle on this one; its bytes stay recorded."""
        with self._store.transaction() as tx:
            for one in tx.flights():
                if one.chain_id not in (None, self._chain.chain_id):
                    tx.mark_attempt(one.hash, AttemptState.REPLACED, since=IN_FLIGHT)


def _chain_of(tx: Transaction, batch: BatchRecord) -> int | None:
    """Which chain the receipts of a batch name; None where all of it was erased."""
    found = (tx.find_receipt(leaf.credential) for leaf in tx.leaves_of(batch.id))
    receipt = next((one for one in found if one is not None), None)
    return None if receipt is None else Receipt.parse(receipt.document).chain.id
