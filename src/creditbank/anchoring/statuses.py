"""The tree over a bank's newest status lists, whose root it publishes on the chain: which list is the newest of each
issuer and address, by number and digest.

A leaf is issuer id (32 bytes) ‖ SHA-256 of the list's address (32) ‖ its number (8, big-endian) ‖ its digest (32).
Leaves stand in rising order, and are hashed as RFC 9162 does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from creditbank.anchoring.fields import Fields
from creditbank.anchoring.leaf import issuer_id
from creditbank.canonical import Digest, JsonObject, digest_text, sha256
from creditbank.errors import BadInput
from creditbank.merkle import MerkleTree

DOCUMENT: Final = "creditbank/status-tree/v1"


class UnreadableStatusTree(BadInput):
    """This is no list of the leaves under a status root; `place` is the JSON pointer of what is wrong."""

    slug = "unreadable-status-tree"


@dataclass(frozen=True, slots=True)
class StatusLeaf:
    """One status list: whose, under which address, with which number and digest."""

    issuer: str
    list: str
    sequence: int
    digest: Digest

    @property
    def entry(self) -> bytes:
        """The 104 bytes that are hashed."""
        return issuer_id(self.issuer) + sha256(self.list.encode()) + self.sequence.to_bytes(8, "big") + self.digest


@dataclass(frozen=True, slots=True)
class StatusTree:
    """The leaves under one root."""

    leaves: tuple[StatusLeaf, ...]

    @classmethod
    def of(cls, leaves: Iterable[StatusLeaf]) -> Self:
        """The tree over these lists, in the order of their entries."""
        return cls(tuple(sorted(leaves, key=lambda leaf: leaf.entry)))

    @property
    def root(self) -> Digest:
        """What is published; raises `EmptyTree` where there is no list."""
        return MerkleTree.of([leaf.entry for leaf in self.leaves]).root

    def to_json(self) -> JsonObject:
        """The leaves as a document, so that others can recompute the root."""
        return {
            "document": DOCUMENT,
            "leaves": [
                {
                    "issuer": leaf.issuer,
                    "list": leaf.list,
                    "sequence": leaf.sequence,
                    "digest": digest_text(leaf.digest),
                }
                for leaf in self.leaves
            ],
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read the leaves strictly; raise `UnreadableStatusTree`."""
        fields = Fields.of(value, UnreadableStatusTree, "status tree", DOCUMENT)
        leaves = []
        for one in fields.objects("leaves"):
            leaf = StatusLeaf(one.text("issuer"), one.text("list"), one.whole("sequence"), one.digest("digest"))
            one.close()
            leaves.append(leaf)
        fields.close()
        return cls.of(leaves)
