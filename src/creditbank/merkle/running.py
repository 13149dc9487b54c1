"""The root over entries that come one after the other, without keeping them (RFC 9162, 2.1.1)."""

from creditbank.canonical import Digest
from creditbank.merkle.hashing import leaf_hash, node_hash
from creditbank.merkle.tree import EmptyTree


class RunningRoot:
    """Takes entries in their order and knows the root over all of them so far; the same as `MerkleTree`'s.

    It keeps one hash for each complete subtree, which are as many as the size has ones in binary.
    """

    def __init__(self) -> None:
        self._whole: list[tuple[int, Digest]] = []
        self.size = 0

    def add(self, entry: bytes) -> None:
        """Take the next entry; two complete subtrees of one height become one that is higher."""
        height, node = 0, leaf_hash(entry)
        while self._whole and self._whole[-1][0] == height:
            node = node_hash(self._whole.pop()[1], node)
            height += 1
        self._whole.append((height, node))
        self.size += 1

    @property
    def root(self) -> Digest:
        """The Merkle tree hash of all entries so far; raises `EmptyTree` before the first."""
        if not self._whole:
            raise EmptyTree("A Merkle tree needs at least one entry.")
        *left, (_, root) = self._whole
        for _, node in reversed(left):
            root = node_hash(node, root)
        return root
