"""Anchoring: leaves are sealed into batches, roots go to the chain, and final batches give receipts.

A batch moves on only by what the chain shows, and moves back when the chain reorganises. Before a root is sent, and
again once it is final, every leaf is hashed anew from the stored bytes (threat 21).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from creditbank.anchoring import BlockPlace, ChainPlace, Evidence, Receipt, entry
from creditbank.anchoring.evidence import check_evidence
from creditbank.canonical import JsonObject, canonical_json, load_object, sha256
from creditbank.errors import Conflict
from creditbank.ledger import heads_digest
from creditbank.merkle import MerkleTree
from creditbank.services import calls
from creditbank.services.halting import is_halted, require_bank_running
from creditbank.services.noticing import Noticing, to_organisation
from creditbank.services.ports import Call, Chain, Clock, Entropy, KeyVault, Mined, Store, Transaction
from creditbank.services.records import BatchRecord, BatchState, Leaf, StoredReceipt
from creditbank.services.sending import Sender

BATCH_FINAL: Final = "batch-final"
BATCH_LIMIT: Final = 100_000
BANK: Final = "bank"
"""The vault's name for the bank's own chain account."""


class BatchDamaged(Conflict):
    """What is stored no longer hashes to what was sealed; the batch is not sent and nothing is overwritten."""

    slug = "batch-damaged"


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

    def seal(self, limit: int = BATCH_LIMIT) -> BatchRecord | None:
        """Put every waiting leaf into a new batch; None when nothing waits. An empty batch never exists."""
        with self._store.transaction() as tx:
            leaves = tx.unbatched_leaves(limit)
            if not leaves:
                return None
            tree = self._tree(tx, leaves)
            batch = BatchRecord(self._entropy.urn(), tree.root, tree.size, BatchState.SEALED, self._clock.now())
            tx.seal(batch, [leaf.credential for leaf in leaves])
        return batch

    def advance(self) -> list[BatchRecord]:
        """Take every unfinished batch one step further, or back; return them as they stand now."""
        with self._store.transaction() as tx:
            unfinished = [batch for batch in tx.batches() if batch.state is not BatchState.FINAL]
        return [self._advance(batch) for batch in unfinished]

    def settle(self) -> list[BatchRecord]:
        """Advance until every batch is final; raises `NotMinedYet` when the chain takes too long, and `Halted`."""
        done: list[BatchRecord] = []
        with self._store.transaction() as tx:
            require_bank_running(tx)
            unfinished = [batch for batch in tx.batches() if batch.state is not BatchState.FINAL]
        for batch in unfinished:
            self._sender.settle(f"batch:{batch.id}", BANK, self._call(batch), final=True)
            done.append(self._advance(self._advance(batch)))
        return done

    def _call(self, batch: BatchRecord) -> Call:
        return calls.anchor(batch.root, batch.size)

    def _advance(self, batch: BatchRecord) -> BatchRecord:
        if batch.state is BatchState.FINAL:
            return batch
        with self._store.transaction() as tx:
            if batch.state is BatchState.SEALED and is_halted(tx):
                return batch  # what was sent is watched to its end, and nothing new is sent
            tree = self._tree(tx, tx.leaves_of(batch.id))
        if (tree.root, tree.size) != (batch.root, batch.size):
            raise BatchDamaged(
                f"The stored leaves of batch {batch.id} no longer give the root that was sealed.",
                next_step="Restore the damaged record from a backup; the batch stays where it is until then.",
            )
        mined = self._sender.step(f"batch:{batch.id}", BANK, self._call(batch))
        if mined is None:
            return self._move(replace(batch, state=BatchState.SUBMITTED, transaction=None, block_number=None))
        moved = replace(
            batch,
            state=BatchState.CONFIRMED,
            transaction=mined.transaction,
            block_number=mined.block_number,
            block_hash=mined.block_hash,
            block_time=mined.block_time,
        )
        if mined.depth < self._chain.finality_depth:
            return self._move(moved)
        return self._finish(replace(moved, state=BatchState.FINAL), tree, mined)

    def _move(self, batch: BatchRecord) -> BatchRecord:
        with self._store.transaction() as tx:
            tx.update_batch(batch)
        return batch

    def _finish(self, batch: BatchRecord, tree: MerkleTree, mined: Mined) -> BatchRecord:
        """Cross-check the chain's own words, then write the receipts and the final state together."""
        header, proof, key = self._chain.evidence(mined.transaction)
        proven = check_evidence(header, proof, key)
        bank = self._vault.chain_account(BANK)
        contract = self._chain.contracts["anchors"]
        if not any(
            (event.contract, event.bank, event.root, event.size) == (contract, bank, batch.root, batch.size)
            for event in proven.anchored
        ):
            raise BatchDamaged(f"The transaction {mined.transaction} does not anchor the root of batch {batch.id}.")
        evidence = Evidence(header, tuple(proof), key)
        with self._store.transaction() as tx:
            for leaf in tx.leaves_of(batch.id):
                if leaf.entry is not None:  # it was erased, and nobody is to be shown what it was
                    continue
                receipt = self._receipt(batch, leaf, tree, bank, evidence)
                tx.put_receipt(StoredReceipt(leaf.credential, receipt.to_json(), final=True))
            tx.update_batch(batch)
            for issuer in sorted({leaf.issuer for leaf in tx.leaves_of(batch.id)}):
                if (body := tx.find_organisation_by_did(issuer)) is not None:
                    told: JsonObject = {"batch": batch.id, "transaction": mined.transaction}
                    self._noticing.tell(tx, to_organisation(body.id), BATCH_FINAL, told, once=f"batch:{batch.id}")
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

    def _tree(self, tx: Transaction, leaves: Sequence[Leaf]) -> MerkleTree:
        return MerkleTree.of([_entry(tx, leaf) for leaf in leaves])


def _entry(tx: Transaction, leaf: Leaf) -> bytes:
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
