"""A tree as it is kept: tiles of at most 256 hashes, of which three prove one leaf among sixteen million.

Of the levels of a tree every eighth is kept, cut into runs of 256; what lies between is hashed again when it is
needed, 255 hashes a tile. So one proof costs as little for a million leaves as for a thousand, and a tree takes
1 + 1/256 + … hashes a leaf. Levels and tiles are numbered as C2SP's tlog-tiles does; a last tile may be shorter, and
as these trees do not grow, it holds the right edge of the tree as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from creditbank.canonical import Digest
from creditbank.merkle.hashing import node_hash
from creditbank.merkle.inclusion import BrokenProof, InclusionProof
from creditbank.merkle.tree import MerkleTree, NoSuchLeaf

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT

ReadTile: TypeAlias = Callable[[int, int], bytes]
"""The hashes of the tile at a level of tiles (from 0, the leaves) and a place in it (from 0), one after the other."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The hashes of one tile, one after the other."""

    level: int
    place: int
    hashes: bytes


def tiles_of(tree: MerkleTree) -> Iterator[Tile]:
    """Every tile of a tree, from the leaves up; the root is kept nowhere, as it is anchored."""
    for level, nodes in enumerate(tree.levels[:-1:HEIGHT] or tree.levels[:1]):
        for place in range(0, len(nodes), WIDTH):
            yield Tile(level, place // WIDTH, b"".join(nodes[place : place + WIDTH]))


def prove_from_tiles(size: int, index: int, read: ReadTile) -> tuple[Digest, InclusionProof]:
    """The leaf at `index` of a tree of `size` leaves and its proof, from as many tiles as the tree is high in them.

    The same as `MerkleTree.prove`. Raises `NoSuchLeaf`, and `BrokenProof` for a tile that has another length than its
    place gives it. Whether tiles tell the truth shows when the proof leads to the root that was anchored.
    """
    if not 0 <= index < size:
        raise NoSuchLeaf(f"The tree has {size} leaves, so none has the index {index}.")
    leaf: Digest | None = None
    path: list[Digest] = []
    level, position, count = 0, index, size
    while count > 1 or leaf is None:
        place, at = divmod(position, WIDTH)
        nodes = _nodes(read(level, place), min(WIDTH, count - place * WIDTH))
        leaf = nodes[at] if leaf is None else leaf
        for _ in range(HEIGHT):
            if at ^ 1 < len(nodes):
                path.append(nodes[at ^ 1])
            nodes, at = _above(nodes), at >> 1
        level, position, count = level + 1, position >> HEIGHT, -(-count // WIDTH)
    return leaf, InclusionProof(index, size, tuple(path))


def _nodes(hashes: bytes, count: int) -> list[Digest]:
    if len(hashes) != 32 * count:
        raise BrokenProof(f"A tile has {len(hashes)} bytes, where {count} hashes belong.")
    return [Digest(hashes[at : at + 32]) for at in range(0, len(hashes), 32)]


def _above(nodes: list[Digest]) -> list[Digest]:
    """The level above; a node without a sibling rises unchanged, as in `MerkleTree`."""
    pairs = [node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
    return [*pairs, nodes[-1]] if len(nodes) % 2 else pairs
