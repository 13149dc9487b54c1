"""Is this entry in the tree that has this root and this size? The binary Merkle tree of RFC 9162."""

from creditbank.merkle.hashing import leaf_hash, node_hash
from creditbank.merkle.inclusion import BrokenProof, InclusionProof
from creditbank.merkle.tree import EmptyTree, MerkleTree, NoSuchLeaf

__all__ = ["BrokenProof", "EmptyTree", "InclusionProof", "MerkleTree", "NoSuchLeaf", "leaf_hash", "node_hash"]
