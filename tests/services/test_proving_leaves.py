"""A leaf of a batch is proved from stored tiles; what is damaged proves nothing."""

import sqlite3

import pytest
from worlds import unit

from creditbank.anchoring import issuer_id
from creditbank.errors import NotFound
from creditbank.merkle import MerkleTree, NoSuchLeaf, leaf_hash
from creditbank.services.anchoring import BatchDamaged


def damage(world, statement):
    with sqlite3.connect(world.home / "store.db") as database:
        database.execute(statement)
    database.close()


@pytest.fixture
def batch(world):
    achievement = unit("a")
    world.publish(achievement)
    for learner in ("r", "s", "t"):
        world.issue(achievement, learner)
    return world.bank.anchoring.seal()


def test_a_leaf_is_proved_before_its_batch_is_anchored_without_building_the_tree(world, batch, monkeypatch):
    monkeypatch.setattr(MerkleTree, "of", None)
    entries = []
    for index in range(batch.size):
        proven = world.bank.proving.leaf(batch.id, index)
        assert proven.proof.root_from(leaf_hash(proven.entry)) == batch.root
        entries.append(proven.entry)
    assert {entry[:32] for entry in entries} == {issuer_id(world.university.did)}
    assert len(set(entries)) == batch.size


def test_a_batch_without_tiles_gets_them_when_it_is_first_asked_for(world, batch, monkeypatch):
    damage(world, "DELETE FROM tiles")
    first = world.bank.proving.leaf(batch.id, 1)
    monkeypatch.setattr(MerkleTree, "of", None)
    assert world.bank.proving.leaf(batch.id, 1) == first


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tiles SET hashes = zeroblob(length(hashes))",
        "UPDATE credentials SET signed = CAST(replace(signed, 'Unit a', 'Unit b') AS BLOB)",
    ],
)
def test_what_is_damaged_proves_nothing(world, batch, statement):
    damage(world, statement)
    with pytest.raises(BatchDamaged):
        world.bank.proving.leaf(batch.id, 1)


def test_a_leaf_or_a_batch_that_is_not_there_is_said_so(world, batch):
    with pytest.raises(NoSuchLeaf):
        world.bank.proving.leaf(batch.id, batch.size)
    with pytest.raises(NotFound):
        world.bank.proving.leaf("urn:uuid:nowhere", 0)
