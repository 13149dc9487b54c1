"""Proofs that a leaf stands in a batch, from what is kept of its tree: three tiles, and not a million leaves."""

from dataclasses import dataclass

from creditbank.canonical import JsonObject, digest_text
from creditbank.merkle import InclusionProof, leaf_hash, prove_from_tiles, tiles_of
from creditbank.services.anchoring import BatchDamaged, entry_of, tree_of
from creditbank.services.ports import Store, Transaction
from creditbank.services.records import BatchRecord

DOCUMENT = "creditbank/inclusion/v1"


@dataclass(frozen=True, slots=True)
class ProvenLeaf:
    """What is public of one leaf, and the proof that it stands in its batch. It names an issuer and no credential."""

    batch: BatchRecord
    entry: bytes
    proof: InclusionProof

    def to_json(self) -> JsonObject:
        """The leaf and its proof as a document; whoever reads it hashes the entry and climbs to the root."""
        return {
            "document": DOCUMENT,
            "batch": self.batch.id,
            "root": digest_text(self.batch.root),
            "size": self.batch.size,
            "index": self.proof.index,
            "entry": f"0x{self.entry.hex()}",
            "path": [digest_text(item) for item in self.proof.path],
        }


class Proving:
    """Proves leaves of batches."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def leaf(self, batch: str, index: int) -> ProvenLeaf:
        """One leaf of a batch, whether its receipts are there yet or not.

        The entry is made anew from what is stored of the credential, and the proof must lead from it to the root that
        was sealed. Raises `UnknownRecord`, `NoSuchLeaf`, and `BatchDamaged` where what is stored no longer does.
        """
        with self._store.reading() as tx:
            record = tx.get_batch(batch)
            kept = tx.find_tile(batch, 0, 0) is not None
        if not kept:
            self._keep(record)
        with self._store.reading() as tx:
            _, proof = prove_from_tiles(record.size, index, lambda level, place: _tile(tx, batch, level, place))
            entry = entry_of(tx, tx.leaf_at(batch, index))
        if proof.root_from(leaf_hash(entry)) != record.root:
            raise BatchDamaged(f"What is stored of leaf {index} no longer leads to the root of batch {batch}.")
        return ProvenLeaf(record, entry, proof)

    def _keep(self, batch: BatchRecord) -> None:
        """Keep the tiles of a batch that was sealed before tiles were kept."""
        with self._store.transaction() as tx:
            tree = tree_of(tx, tx.leaves_of(batch.id))
            if (tree.root, tree.size) != (batch.root, batch.size):
                raise BatchDamaged(f"The stored leaves of batch {batch.id} no longer give the root that was sealed.")
            tx.put_tiles(batch.id, tiles_of(tree))


def _tile(tx: Transaction, batch: str, level: int, place: int) -> bytes:
    tile = tx.find_tile(batch, level, place)
    return b"" if tile is None else tile.hashes
