"""Inclusion proofs: the hashes that lead from one leaf to the root (RFC 9162, 2.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.canonical import Digest
from creditbank.errors import BadInput
from creditbank.merkle.hashing import node_hash


class BrokenProof(BadInput):
    """These hashes cannot be an inclusion path of this index in a tree of this size."""

    slug = "broken-inclusion-proof"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The sibling hashes, lowest first, for the leaf at `index` (from 0) of a tree of `size` leaves."""

    index: int
    size: int
    path: tuple[Digest, ...]

    def root_from(self, leaf: Digest) -> Digest:
        """Recompute the root (RFC 9162, 2.1.3.2), which the caller compares with a trusted one.

        Raises `BrokenProof` when the index lies outside the tree, when the path is too short or too long for
        the size, or when a hash has not 32 bytes (threat 19). The steps are numbered as in the RFC.
        """
        # 1. The leaf must lie in the tree.
        if not 0 <= self.index < self.size:
            raise BrokenProof(f"Leaf {self.index} does not lie in a tree of {self.size} leaves.")
        if any(len(item) != 32 for item in (leaf, *self.path)):
            raise BrokenProof("The leaf hash and each hash of the path must have 32 bytes.")
        # 2. and 3.
        leaf_number, last_number, current = self.index, self.size - 1, leaf
        # 4. Climb: a right child, or the last node of its level, has its sibling on the left.
        for sibling in self.path:
            if last_number == 0:
                raise BrokenProof(f"The path of {len(self.path)} hashes is too long for a tree of {self.size} leaves.")
            if leaf_number & 1 or leaf_number == last_number:
                current = node_hash(sibling, current)
                while leaf_number and not leaf_number & 1:
                    leaf_number >>= 1
                    last_number >>= 1
            else:
                current = node_hash(current, sibling)
            leaf_number >>= 1
            last_number >>= 1
        # 5. The climb must end exactly at the root.
        if last_number != 0:
            raise BrokenProof(f"The path of {len(self.path)} hashes is too short for a tree of {self.size} leaves.")
        return current

    @classmethod
    def of(cls, index: int, size: int, path: Sequence[bytes]) -> "InclusionProof":
        """Build a proof from raw hashes; they are judged by `root_from`."""
        return cls(index, size, tuple(Digest(item) for item in path))
