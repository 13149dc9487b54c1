"""Is this entry in the tree that has this root and this size? The binary Merkle tree of RFC 9162."""

from creditbank.merkle.hashing import leaf_hash, node_hash
from creditbank.merkle.inclusion import BrokenProof, InclusionProof
from creditbank.merkle.running import RunningRoot
from creditbank.merkle.tiles import Tile, prove_from_tiles, tiles_of
from creditbank.merkle.tree import EmptyTree, MerkleTree, NoSuchLeaf

__all__ = [
    "BrokenProof",
    "EmptyTree",
    "InclusionProof",
    "MerkleTree",
    "NoSuchLeaf",
    "RunningRoot",
    "Tile",
    "leaf_hash",
    "node_hash",
    "prove_from_tiles",
    "tiles_of",
]
