"""One leaf is proved from what is kept of a tree, without building the tree again."""

import pytest
from hypothesis import example, given
from hypothesis.strategies import DataObject, data, integers

from creditbank.canonical import sha256
from creditbank.merkle import BrokenProof, MerkleTree, NoSuchLeaf, Tile, leaf_hash, prove_from_tiles, tiles_of


def tree_of(size: int) -> MerkleTree:
    return MerkleTree.of([index.to_bytes(4) for index in range(size)])


def kept(tree: MerkleTree) -> dict[tuple[int, int], bytes]:
    return {(tile.level, tile.place): tile.hashes for tile in tiles_of(tree)}


@given(integers(1, 1_500), data())
@example(1, None)
@example(256, None)
@example(257, None)
def test_a_proof_from_tiles_is_the_proof_of_the_tree(size: int, choose: DataObject | None) -> None:
    tree = tree_of(size)
    tiles = kept(tree)
    for index in {0, size - 1} if choose is None else {choose.draw(integers(0, size - 1))}:
        leaf, proof = prove_from_tiles(size, index, lambda level, place: tiles[level, place])
        assert proof == tree.prove(index)
        assert leaf == leaf_hash(index.to_bytes(4))
        assert proof.root_from(leaf) == tree.root


def test_one_proof_among_seventy_thousand_reads_three_tiles() -> None:
    tree = tree_of(70_000)
    tiles, asked = kept(tree), []

    def read(level: int, place: int) -> bytes:
        asked.append((level, place))
        return tiles[level, place]

    leaf, proof = prove_from_tiles(70_000, 69_999, read)
    assert (proof, proof.root_from(leaf)) == (tree.prove(69_999), tree.root)
    assert asked == [(0, 273), (1, 1), (2, 0)]


def test_a_tile_that_was_changed_does_not_lead_to_the_root() -> None:
    tree = tree_of(600)
    for name in kept(tree):
        changed = kept(tree)
        changed[name] = bytes([changed[name][0] ^ 1]) + changed[name][1:]
        leaf, proof = prove_from_tiles(600, name[1] * 256 if name[0] == 0 else 300, lambda *at: changed[at])  # noqa: B023
        assert proof.root_from(leaf) != tree.root


def test_a_tile_of_another_length_is_refused() -> None:
    tiles = kept(tree_of(600))
    with pytest.raises(BrokenProof, match="where 88 hashes belong"):
        prove_from_tiles(600, 599, lambda level, place: tiles[level, place][:-32])


@pytest.mark.parametrize("index", [-1, 600, 2**70])
def test_a_leaf_beyond_the_tree_has_no_proof_in_tiles(index: int) -> None:
    with pytest.raises(NoSuchLeaf):
        prove_from_tiles(600, index, lambda level, place: b"")


def test_tiles_are_the_hashes_of_every_eighth_level() -> None:
    tree = tree_of(300)
    assert list(tiles_of(tree)) == [
        Tile(0, 0, b"".join(tree.levels[0][:256])),
        Tile(0, 1, b"".join(tree.levels[0][256:])),
        Tile(1, 0, b"".join(tree.levels[8])),
    ]
    assert sha256(b"\x01" + tree.levels[8][0] + tree.levels[8][1]) == tree.root
