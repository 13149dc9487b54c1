"""The tree itself: built once over all entries of a batch, then asked for proofs (RFC 9162, 2.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from creditbank.canonical import Digest
from creditbank.errors import BadInput
from creditbank.merkle.hashing import leaf_hash, node_hash
from creditbank.merkle.inclusion import InclusionProof


class EmptyTree(BadInput):
    """A tree of no entries says nothing, so it is never anchored (threat 20)."""

    slug = "empty-tree"


class NoSuchLeaf(BadInput):
    """The tree has no leaf at this index."""

    slug = "no-such-leaf"


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """All levels of a tree, leaves first, root last.

    A node without a sibling rises unchanged instead of being paired with itself: that gives the shape of
    RFC 9162, in which no two lists of entries share a root (CVE-2012-2459, threat 19).
    """

    levels: tuple[tuple[Digest, ...], ...]

    @classmethod
    def of(cls, entries: Sequence[bytes]) -> Self:
        """Build the tree over `entries` in their order; raise `EmptyTree` when there are none."""
        if not entries:
            raise EmptyTree("A Merkle tree needs at least one entry.", next_step="Wait until a credential is issued.")
        level = tuple(leaf_hash(entry) for entry in entries)
        levels = [level]
        while len(level) > 1:
            pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
            level = (*pairs, level[-1]) if len(level) % 2 else tuple(pairs)
            levels.append(level)
        return cls(tuple(levels))

    @property
    def root(self) -> Digest:
        """The Merkle tree hash of all entries."""
        return self.levels[-1][0]

    @property
    def size(self) -> int:
        """How many leaves the tree has; anchored with the root, because a path alone does not fix it."""
        return len(self.levels[0])

    def prove(self, index: int) -> InclusionProof:
        """The inclusion proof of the leaf at `index` (RFC 9162, 2.1.3.1); raise `NoSuchLeaf` if none."""
        if not 0 <= index < self.size:
            raise NoSuchLeaf(f"The tree has {self.size} leaves, so none has the index {index}.")
        path: list[Digest] = []
        position = index
        for level in self.levels[:-1]:
            sibling = position ^ 1
            if sibling < len(level):
                path.append(level[sibling])
            position >>= 1
        return InclusionProof(index, self.size, tuple(path))

    def proofs(self) -> Iterator[InclusionProof]:
        """The inclusion proof of every leaf in turn, as `prove` gives it, in a time that grows with the tree alone.

        Two leaves share all of their paths but the first hash, four all but the first two: each path is made once, and
        from the root down.
        """
        paths: list[tuple[Digest, ...]] = [()]
        for level in reversed(self.levels[:-1]):
            last = len(level) - 1
            paths = [(level[at ^ 1], *paths[at >> 1]) if at ^ 1 <= last else paths[at >> 1] for at in range(last + 1)]
        for index, path in enumerate(paths):
            yield InclusionProof(index, self.size, path)
