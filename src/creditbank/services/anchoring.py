"""Anchoring: leaves are sealed into batches, roots go to the chain, and final batches give receipts.

A batch moves on only by what the chain shows, and moves back when the chain reorganises, even from final. Before a root
is signed, and again before its receipts are written, every leaf is hashed anew from the stored bytes; what differs is
set aside (threat 21).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from creditbank.anchoring import BlockPlace, ChainPlace, Evidence, Receipt, entry
from creditbank.anchoring.evidence import AnchoredEvents, check_evidence
from creditbank.canonical import JsonObject, canonical_json, load_object, sha256
from creditbank.errors import Conflict, CreditBankError, Unavailable
from creditbank.ledger import heads_digest
from creditbank.merkle import MerkleTree, tiles_of
from creditbank.services import calls, reads
from creditbank.services.failpoints import reach
from creditbank.services.halting import is_halted, require_bank_running
from creditbank.services.noticing import Noticing, to_organisation
from creditbank.services.ports import (
    Call,
    Chain,
    ChainRefused,
    ChainUnavailable,
    Clock,
    Entropy,
    FeeAboveCap,
    KeyVault,
    Mined,
    Store,
    Transaction,
)
from creditbank.services.records import AttemptState, BatchRecord, BatchState, Leaf, StoredReceipt
from creditbank.services.sending import IN_FLIGHT, REVERTED, Guard, NotMinedYet, Sender

BATCH_FINAL: Final = "batch-final"
BATCH_LIMIT: Final = 100_000
PAGE: Final = 50
AT_ONCE: Final = 500
"""So many leaves are looked up, and so many receipts written, in one statement."""
ALIVE: Final = (*IN_FLIGHT, AttemptState.MINED)
ALONE: Final = timedelta(seconds=10)  # how long a batch may be begun by one worker alone; later it is only too late
BANK: Final = "bank"
"""The vault's name for the bank's own chain account."""


class BatchDamaged(Conflict):
    """What is stored no longer hashes to what was sealed; the batch is not sent and nothing is overwritten."""

    slug = "batch-damaged"


class LeaseLost(Unavailable):
    """Another worker took this batch over while this one was slow, so this one sends nothing for it."""

    slug = "lease-lost"


class Anchoring:
    """Seals, anchors and hands out receipts."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        vault: KeyVault,
        sender: Sender,
        clock: Clock,
        entropy: Entropy,
        noticing: Noticing,
    ) -> None:
        self._store, self._chain, self._vault, self._sender = store, chain, vault, sender
        self._clock, self._entropy, self._noticing = clock, entropy, noticing
        self._older_placed = False

    def seal(self, limit: int = BATCH_LIMIT) -> BatchRecord | None:
        """Put every waiting leaf into a new batch; None when nothing waits. An empty batch never exists."""
        with self._store.transaction() as tx:
            leaves = tx.unbatched_leaves(limit)
            if not leaves:
                return None
            tree = tree_of(tx, leaves)
            batch = BatchRecord(self._entropy.urn(), tree.root, tree.size, BatchState.SEALED, self._clock.now())
            reach("root.computed")
            tx.seal(batch, [leaf.credential for leaf in leaves])
            tx.put_tiles(batch.id, tiles_of(tree))
            reach("leaves.written")
        reach("batch.closed")
        return batch

    def seal_due(self, *, size: int, age: timedelta) -> BatchRecord | None:
        """Seal what waits once it is `size` leaves, or once the oldest has waited for `age`."""
        with self._store.reading() as tx:
            waiting = tx.waiting_leaves()
        if waiting.count == 0:
            return None
        ripe = waiting.since is None or self._clock.now() - waiting.since >= age
        return self.seal(size) if ripe or waiting.count >= size else None

    def advance(self) -> list[BatchRecord]:
        """Take every unfinished batch one step further, or back; return them as they stand now.

        A batch in trouble does not keep the others: what is damaged is set aside, and the first trouble is raised when
        all were taken on. A chain that does not answer is raised at once.
        """
        moved: list[BatchRecord] = []
        trouble: CreditBankError | None = None
        for batch in self._open():
            try:
                moved.append(self._advance(batch))
            except (BatchDamaged, FeeAboveCap, ChainRefused, LeaseLost) as error:
                trouble = trouble or error
                if isinstance(error, BatchDamaged):
                    self._set_aside(batch)
        if trouble is not None:
            raise trouble
        return moved

    def settle(self) -> list[BatchRecord]:
        """Advance until every batch is final; raises `NotMinedYet` when the chain takes too long, and `Halted`."""
        with self._store.transaction() as tx:
            require_bank_running(tx)
        return [self._settle(batch) for batch in self._open()]

    def watch(self) -> list[BatchRecord]:
        """Final batches whose blocks the chain took back after all; they are on their way again, without receipts."""
        undone: list[BatchRecord] = []
        below: int | None = None
        if not self._older_placed:
            self._older_placed = not self._place_older()
        while found := self._final(below):
            for batch in found:
                assert batch.block_number is not None, "a final batch stands in a block"
                block = self._chain.block(batch.block_number)
                if block is not None and block[0] == batch.block_hash:
                    return undone  # and with it every block before
                if block is not None:
                    undone.append(self._undo(batch))
                below = batch.block_number
        return undone

    def _place_older(self) -> int:
        """Record of older batches on which chain they are, as their receipts name it; of how many."""
        placed = 0
        with self._store.transaction() as tx:
            for batch in tx.batches_of_no_chain(PAGE):
                found = (tx.find_receipt(leaf.credential) for leaf in tx.leaves_of(batch.id))
                receipt = next((one for one in found if one is not None), None)
                if receipt is not None:  # else all of it was erased, and nobody holds a receipt
                    tx.update_batch(replace(batch, chain_id=Receipt.parse(receipt.document).chain.id))
                    placed += 1
        return placed

    def release(self, id: str) -> BatchRecord:
        """Let a batch that was set aside go on, now that its records are restored; raises `BatchDamaged` if not."""
        with self._store.transaction() as tx:
            batch = tx.get_batch(id)
            self._sound(tx, batch)
            batch = replace(batch, quarantined=None)
            tx.update_batch(batch)
        return batch

    def _open(self) -> list[BatchRecord]:
        with self._store.transaction() as tx:
            return [batch for batch in tx.open_batches() if batch.quarantined is None]

    def _final(self, below: int | None) -> list[BatchRecord]:
        with self._store.reading() as tx:
            return tx.final_batches(self._chain.chain_id, PAGE, below=below)

    def _settle(self, batch: BatchRecord) -> BatchRecord:
        for wait in self._sender.rounds():
            try:
                batch = self._advance(batch)
            except BatchDamaged:
                self._set_aside(batch)
                raise
            except ChainRefused as refusal:
                if refusal.reason != REVERTED:
                    raise
                continue  # building the call again lets the contract name its reason
            if batch.state is BatchState.FINAL:
                return batch
            wait(batch.state is BatchState.CONFIRMED)
        raise NotMinedYet(
            f"The batch {batch.id} is on its way, but not yet final on {self._chain.name}.",
            next_step="Try again in a few minutes; nothing will be sent twice.",
        )

    def _set_aside(self, batch: BatchRecord) -> None:
        with self._store.transaction() as tx:
            tx.update_batch(replace(tx.get_batch(batch.id), quarantined=self._clock.now()))

    def _undo(self, batch: BatchRecord) -> BatchRecord:
        nowhere = replace(batch, transaction=None, block_number=None, block_hash=None, block_time=None)
        moved = replace(nowhere, state=BatchState.SUBMITTED, chain_id=None, undone=batch.undone + 1)
        with self._store.transaction() as tx:
            tx.drop_receipts(batch.id)
            tx.update_batch(moved)
        return moved

    def _call(self, batch: BatchRecord) -> Call:
        return calls.anchor(batch.root, batch.size)

    def _sound(self, tx: Transaction, batch: BatchRecord, leaves: Sequence[Leaf] | None = None) -> MerkleTree:
        """The tree over the stored bytes as they are now; raises `BatchDamaged` when it is not the one sealed."""
        tree = tree_of(tx, tx.leaves_of(batch.id) if leaves is None else leaves)
        if (tree.root, tree.size) != (batch.root, batch.size):
            raise BatchDamaged(
                f"The stored leaves of batch {batch.id} no longer give the root that was sealed.",
                next_step="Restore the damaged record from a backup; the batch stays where it is until then.",
            )
        return tree

    def _advance(self, batch: BatchRecord) -> BatchRecord:
        if batch.state is BatchState.FINAL:
            return batch
        purpose = f"batch:{batch.id}"
        if self._sender.is_under_way(purpose):
            mined = self._sender.step(purpose, BANK, self._call(batch), begin=False)
        else:
            with self._store.transaction() as tx:
                if is_halted(tx):
                    return batch  # what was sent is watched to its end, and nothing new is sent
                self._sound(tx, batch)
            with self._alone(batch) as guard:
                if guard is None:
                    return batch  # another worker begins just now
                mined = self._anchored_before(batch) or self._sender.step(purpose, BANK, self._call(batch), guard=guard)
            if mined is None and not self._sender.is_under_way(purpose):
                return batch  # the account sends something else just now, and this waits as it is
        return self._moved(batch, mined)

    def _moved(self, batch: BatchRecord, mined: Mined | None) -> BatchRecord:
        if mined is None:
            return self._move(replace(batch, state=BatchState.SUBMITTED, transaction=None, block_number=None))
        reach("receipt.seen")
        if mined.final:
            reach("confirmations.reached")
            mined = self._agreed(batch, mined)
        moved = replace(
            batch,
            state=BatchState.CONFIRMED,
            transaction=mined.transaction,
            block_number=mined.block_number,
            block_hash=mined.block_hash,
            block_time=mined.block_time,
        )
        if not mined.final:
            return self._move(moved)
        return self._finish(replace(moved, state=BatchState.FINAL, chain_id=self._chain.chain_id), mined)

    @contextmanager
    def _alone(self, batch: BatchRecord) -> Iterator[Guard | None]:
        """A lease on beginning this batch, and the guard that keeps whoever lost it from recording; None without."""
        name, holder, now = f"batch:{batch.id}", self._entropy.urn(), self._clock.now()
        with self._store.transaction() as tx:
            lease = tx.take_lease(name, holder, now=now, until=now + ALONE)
        if lease is None:
            yield None
            return

        def guard(tx: Transaction) -> None:
            standing = tx.find_lease(name)
            if standing is None or (standing.holder, standing.fence) != (lease.holder, lease.fence):
                raise LeaseLost(
                    f"Another worker took over batch {batch.id}.", next_step="Nothing is to be done; it goes on there."
                )

        try:
            yield guard
        finally:
            with self._store.transaction() as tx:
                tx.give_lease_back(name, holder)

    def _anchored_before(self, batch: BatchRecord) -> Mined | None:
        """Where the contract says the root stands already, though nothing here was sent for it: after a restore."""
        known = reads.anchored_at(self._chain, self._account(batch), batch.root, batch.size)
        return None if known is None else self._writer(batch, known)

    def _account(self, batch: BatchRecord) -> str:
        with self._store.reading() as tx:
            return anchored_from(tx, batch, self._chain.chain_id) or self._vault.chain_account(BANK)

    def _agreed(self, batch: BatchRecord, mined: Mined) -> Mined:
        """The transaction that wrote the root, as contract state and receipt agree; raises `ChainUnavailable`."""
        known = reads.anchored_at(self._chain, self._account(batch), batch.root, batch.size)
        if known is None:
            raise ChainUnavailable(
                f"The node shows a receipt for batch {batch.id}, and a contract that does not know its root.",
                next_step="The node contradicts itself; it is asked again later.",
            )
        return mined if known.block_number == mined.block_number else self._writer(batch, known)

    def _writer(self, batch: BatchRecord, known: reads.Anchoring) -> Mined:
        for transaction in self._chain.writers(known.block_number, "anchors"):
            proven = check_evidence(*self._chain.evidence(transaction))
            if self._anchors(proven, batch) and (mined := self._chain.mined(transaction, proven=True)) is not None:
                return mined
        raise ChainUnavailable(f"The node does not show the transaction that anchored batch {batch.id}.")

    def _move(self, batch: BatchRecord) -> BatchRecord:
        with self._store.transaction() as tx:
            tx.update_batch(batch)
        return batch

    def _anchors(self, proven: AnchoredEvents, batch: BatchRecord) -> bool:
        here = (self._chain.contracts["anchors"], self._account(batch), batch.root, batch.size)
        return any((event.contract, event.bank, event.root, event.size) == here for event in proven.anchored)

    def _finish(self, batch: BatchRecord, mined: Mined) -> BatchRecord:
        """Cross-check the chain's own words, hash every leaf anew, then write receipts and final state together."""
        header, proof, key = self._chain.evidence(mined.transaction)
        if not self._anchors(check_evidence(header, proof, key), batch):
            raise BatchDamaged(f"The transaction {mined.transaction} does not anchor the root of batch {batch.id}.")
        evidence, bank = Evidence(header, tuple(proof), key), self._account(batch)
        with self._store.transaction() as tx:
            leaves = tx.leaves_of(batch.id)
            tree = self._sound(tx, batch, leaves)
            shown = [leaf for leaf in leaves if leaf.entry is None]  # what was erased, nobody is shown what it was
            for start in range(0, len(shown), AT_ONCE):
                tx.put_receipts(
                    [
                        StoredReceipt(
                            leaf.credential, self._receipt(batch, leaf, tree, bank, evidence).to_json(), final=True
                        )
                        for leaf in shown[start : start + AT_ONCE]
                    ]
                )
            reach("proofs.written")
            tx.update_batch(batch)
            for issuer in sorted({leaf.issuer for leaf in leaves}):
                if (body := tx.find_organisation_by_did(issuer)) is not None:
                    told: JsonObject = {"batch": batch.id, "transaction": mined.transaction}
                    self._noticing.tell(tx, to_organisation(body.id), BATCH_FINAL, told, once=f"batch:{batch.id}")
        reach("batch.final")
        return batch

    def _receipt(self, batch: BatchRecord, leaf: Leaf, tree: MerkleTree, bank: str, evidence: Evidence) -> Receipt:
        assert leaf.index is not None
        assert batch.transaction is not None
        assert batch.block_number is not None
        assert batch.block_hash is not None
        assert batch.block_time is not None
        inclusion = tree.prove(leaf.index)
        return Receipt(
            credential=leaf.credential.partition("#")[0],  # a form's leaf is named by id and fragment
            digest=leaf.digest,
            issuer=leaf.issuer,
            salt=leaf.salt,
            index=inclusion.index,
            size=inclusion.size,
            path=inclusion.path,
            root=batch.root,
            chain=ChainPlace(self._chain.chain_id, self._chain.name, self._chain.test_chain),
            contract=self._chain.contracts["anchors"],
            bank=bank,
            transaction=batch.transaction,
            block=BlockPlace(batch.block_number, batch.block_hash, batch.block_time),
            final=True,
            evidence=evidence,
        )


def anchored_from(tx: Transaction, batch: BatchRecord, chain: int) -> str | None:
    """The account whose bytes anchored this batch on a chain, or may do so yet; it is not always the one in use now."""
    sent = [one for one in tx.attempts(f"batch:{batch.id}") if one.chain_id in (None, chain) and one.state in ALIVE]
    return sent[-1].sender if sent else None


def tree_of(tx: Transaction, leaves: Sequence[Leaf]) -> MerkleTree:
    """The tree over these leaves' entries as they are stored now; raises `BatchDamaged`."""
    return MerkleTree.of(
        [one for start in range(0, len(leaves), AT_ONCE) for one in _entries(tx, leaves[start:][:AT_ONCE])]
    )


def _entries(tx: Transaction, leaves: Sequence[Leaf]) -> Iterator[bytes]:
    """The entries of several leaves, whose stored bytes are looked up together."""
    stored = tx.stored_texts([leaf.credential for leaf in leaves if leaf.entry is None])
    for leaf in leaves:
        text = stored.get(leaf.credential)
        # bytes that hash to it are its canonical form; any others are read again, by the rule that says why they differ
        if text is not None and sha256(text) == leaf.digest:
            yield entry(leaf.issuer, leaf.salt, leaf.digest)
        else:
            yield entry_of(tx, leaf)


def entry_of(tx: Transaction, leaf: Leaf) -> bytes:
    """The leaf's entry, from the stored bytes and not from the digest beside them; of what was erased, as kept."""
    if leaf.entry is not None:
        return leaf.entry
    if (form := tx.find_form(leaf.credential)) is not None:
        digest = sha256(form.token.encode())
    elif (issued := tx.find_credential(leaf.credential)) is not None:
        digest = sha256(canonical_json(load_object(issued.signed)))
    elif (heads := tx.find_head_set(leaf.credential)) is not None:
        digest = heads_digest(leaf.issuer, number=heads.number, root=heads.root, size=heads.size, made=heads.made)
    else:
        digest = sha256(canonical_json(load_object(tx.get_endorsement(leaf.credential).signed or b"{}")))
    if digest != leaf.digest:
        raise BatchDamaged(
            f"The stored bytes of {leaf.credential} are not the ones that were signed.",
            next_step="Restore the record from a backup; the batch is not sent until then.",
        )
    return entry(leaf.issuer, leaf.salt, digest)
