"""Laws of the tree, and what a forger tries."""

import contextlib

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, binary, data, integers, lists

from creditbank.canonical import Digest, sha256
from creditbank.merkle import (
    BrokenProof,
    EmptyTree,
    InclusionProof,
    MerkleTree,
    NoSuchLeaf,
    leaf_hash,
    node_hash,
)

ENTRIES = lists(binary(max_size=70), min_size=1, max_size=80)


def textbook_root(entries: list[bytes]) -> Digest:
    """The recursive definition of RFC 9162, 2.1.1, written apart from the product."""
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + textbook_root(entries[:split]) + textbook_root(entries[split:]))


@given(ENTRIES)
def test_the_root_is_that_of_the_recursive_definition(entries: list[bytes]) -> None:
    assert MerkleTree.of(entries).root == textbook_root(entries)


@given(ENTRIES)
def test_every_leaf_is_included(entries: list[bytes]) -> None:
    tree = MerkleTree.of(entries)
    for index, entry in enumerate(entries):
        assert tree.prove(index).root_from(leaf_hash(entry)) == tree.root


@given(ENTRIES, data())
def test_a_proof_with_another_index_or_size_or_a_changed_path_does_not_lead_to_the_root(
    entries: list[bytes], choose: DataObject
) -> None:
    """Threat 19."""
    distinct = [index.to_bytes(4) + entry for index, entry in enumerate(entries)]
    tree = MerkleTree.of(distinct)
    index = choose.draw(integers(0, tree.size - 1))
    proof = tree.prove(index)
    leaf = leaf_hash(distinct[index])
    forged = [
        InclusionProof(choose.draw(integers(-2, 2 * tree.size).filter(lambda i: i != index)), tree.size, proof.path),
        InclusionProof(index, tree.size, (*proof.path, leaf)),
        InclusionProof(index, 2 * tree.size + 1, proof.path),
    ]
    if proof.path:
        position = choose.draw(integers(0, len(proof.path) - 1))
        changed = list(proof.path)
        changed[position] = sha256(changed[position])
        forged.append(InclusionProof(index, tree.size, tuple(changed)))
        forged.append(InclusionProof(index, tree.size, proof.path[:-1]))
    for attempt in forged:
        with contextlib.suppress(BrokenProof):
            assert attempt.root_from(leaf) != tree.root


@given(ENTRIES)
def test_all_proofs_at_once_are_the_proofs_one_by_one(entries: list[bytes]) -> None:
    tree = MerkleTree.of(entries)
    assert list(tree.proofs()) == [tree.prove(index) for index in range(tree.size)]


@given(ENTRIES, ENTRIES, data())
def test_a_proof_of_another_batch_does_not_lead_to_this_root(
    entries: list[bytes], others: list[bytes], choose: DataObject
) -> None:
    """Threat 20: also where the other batch holds the same leaf, or is of the same size."""
    shared = [b"shared", *(b"this" + entry for entry in entries)]
    tree, other = MerkleTree.of(shared), MerkleTree.of([b"shared", *(b"other" + entry for entry in others)])
    index = choose.draw(integers(0, other.size - 1))
    with contextlib.suppress(BrokenProof):
        assert other.prove(index).root_from(leaf_hash(b"shared")) != tree.root


@pytest.mark.parametrize("size", range(1, 18))
def test_no_index_size_or_length_of_path_but_the_right_ones_leads_to_the_root(size: int) -> None:
    """Every wrong index and size there is for small trees, with the right hashes and with one too many or too few."""
    tree = MerkleTree.of([bytes([number]) for number in range(size)])
    for index in range(size):
        leaf, right = leaf_hash(bytes([index])), tree.prove(index)
        for claimed_size in range(3 * size):
            for claimed in range(-1, claimed_size + 1):
                if (claimed, claimed_size) == (index, size):
                    continue
                with contextlib.suppress(BrokenProof):
                    reached = InclusionProof(claimed, claimed_size, right.path).root_from(leaf)
                    # the shape fixes the size no further than the path is long, so size and root are anchored together
                    assert reached != tree.root or claimed_size != size
        for path in ((*right.path, leaf), right.path[:-1], right.path[1:], right.path[::-1]):
            with contextlib.suppress(BrokenProof):
                assert path == right.path or InclusionProof(index, size, path).root_from(leaf) != tree.root


def test_nothing_is_included_in_an_empty_tree() -> None:
    for root in (leaf_hash(b""), sha256(b"")):
        with pytest.raises(BrokenProof):
            assert InclusionProof(0, 0, ()).root_from(leaf_hash(b"")) == root


def test_a_repeated_last_leaf_changes_the_root() -> None:
    """Threat 19: CVE-2012-2459, where pairing the last node with itself gave two lists one root."""
    assert MerkleTree.of([b"a", b"b", b"c"]).root != MerkleTree.of([b"a", b"b", b"c", b"c"]).root


def test_an_inner_node_cannot_pose_as_a_leaf() -> None:
    """Threat 18: the 64 bytes of two children, offered as an entry, hash to something else."""
    tree = MerkleTree.of([b"a", b"b"])
    children = leaf_hash(b"a") + leaf_hash(b"b")
    assert leaf_hash(children) != node_hash(leaf_hash(b"a"), leaf_hash(b"b")) == tree.root


def test_an_empty_tree_is_refused() -> None:
    with pytest.raises(EmptyTree):
        MerkleTree.of([])


@pytest.mark.parametrize("index", [-1, 3, 2**70])
def test_a_leaf_beyond_the_tree_has_no_proof(index: int) -> None:
    with pytest.raises(NoSuchLeaf):
        MerkleTree.of([b"a", b"b", b"c"]).prove(index)


def test_a_short_hash_in_a_path_is_refused() -> None:
    with pytest.raises(BrokenProof, match="32 bytes"):
        InclusionProof.of(0, 2, [bytes(31)]).root_from(leaf_hash(b"a"))
