"""The two hashes of a Merkle tree, kept apart by a prefix byte (RFC 9162, 2.1.1)."""

from creditbank.canonical import Digest, sha256


def leaf_hash(entry: bytes) -> Digest:
    """Hash one leaf. The zero byte keeps a leaf from posing as a node (threat 18)."""
    return sha256(b"\x00" + entry)


def node_hash(left: Digest, right: Digest) -> Digest:
    """Hash an inner node over its two children, in their order."""
    return sha256(b"\x01" + left + right)
