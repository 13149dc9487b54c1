"""What everybody may see: entries that give the root, where it stands, and what the register did; never whose it is."""

from datetime import timedelta

import pytest
from worlds import unit

from creditbank.anchoring import check_evidence, entry, issuer_id
from creditbank.anchoring.published import Anchoring, UnreadableAnchoring
from creditbank.merkle import MerkleTree, leaf_hash
from creditbank.services import calls
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import BatchState


@pytest.fixture
def sealed(world):
    issued = world.fill(3)
    with world.bank.store.transaction() as tx:
        (batch,) = tx.batches()
    return world, issued, batch


def test_the_entries_of_a_batch_give_its_root_and_name_nobody(sealed):
    world, issued, batch = sealed
    whole = b"".join(world.bank.transparency.entries(batch.id))
    entries = [whole[at : at + 64] for at in range(0, len(whole), 64)]
    assert (MerkleTree.of(entries).root, len(entries)) == (batch.root, batch.size)
    assert {one[:32] for one in entries} == {bytes(issuer_id(world.university.did))}
    for credential in issued:
        assert credential.digest not in whole, "nobody looks a credential up by its digest"
    part = world.bank.transparency.leaves(batch.id, 1, 1)
    assert part == [(1, entries[1])]
    with pytest.raises(UnknownRecord):
        world.bank.transparency.leaves("urn:uuid:00000000-0000-4000-8000-000000000000", 0, 1)


def test_of_what_was_erased_the_entry_stays_and_the_root_with_it(sealed):
    world, issued, batch = sealed
    before = b"".join(world.bank.transparency.entries(batch.id))
    with world.bank.store.transaction() as tx:
        leaf = tx.leaf_of(issued[0].id)
        assert entry(leaf.issuer, leaf.salt, leaf.digest) in before
    world.bank.erasing.erase(world.learner.id, confirm=world.learner.did, actor="operator")
    assert b"".join(world.bank.transparency.entries(batch.id)) == before
    (anchoring,) = world.bank.transparency.anchorings(batch.id)
    assert anchoring.root == batch.root, "no receipt is left, and the chain is asked"


def test_where_a_root_stands_is_shown_with_its_proof_and_without_a_leaf(sealed):
    world, _, batch = sealed
    (anchoring,) = world.bank.transparency.anchorings(batch.id)
    told = anchoring.to_json()
    assert Anchoring.parse(told) == anchoring
    assert not {"salt", "digest", "credential", "index", "path"} & told.keys()
    proven = check_evidence(anchoring.evidence.header, anchoring.evidence.receipt_proof, anchoring.evidence.key)
    assert [(event.root, event.size) for event in proven.anchored] == [(batch.root, batch.size)]
    with pytest.raises(UnreadableAnchoring):
        Anchoring.parse({**told, "salt": "0x"})
    world.publish(unit("waits"))
    world.issue(unit("waits"), "waits")
    waiting = world.bank.anchoring.seal()
    assert waiting.state is BatchState.SEALED
    assert world.bank.transparency.anchorings(waiting.id) == []


def test_the_history_of_an_issuer_tells_admission_keys_and_suspicion_with_their_blocks(world):
    world.fill(1)
    (key,) = world.bank.keys.of(world.university.id)
    with world.bank.store.transaction() as tx:
        since = tx.batches()[0].block_time + timedelta(seconds=1)
    world.publish(unit("later"))
    world.issue(unit("later"), "later")
    world.bank.compromising.declare(world.university.id, since)
    for _ in range(world.bank.chain.finality_depth):
        world.bank.chain.advance()
    found = [one.to_json() for one in world.bank.transparency.history(world.university.did)]
    names = [one["event"] for one in found]
    assert names[:2] == ["ControllerChanged", "TermsSet"]
    assert {"KeyAdded", "BankNamed", "Admitted", "KeyRevoked", "KeySuspected"} <= set(names)
    assert [one["block"] for one in found] == sorted(one["block"] for one in found)
    (suspected,) = [one for one in found if one["event"] == "KeySuspected"]
    assert suspected["said"]["key"] == f"0x{calls.key_id(key.multikey).hex()}"
    assert suspected["said"]["since"] == since.strftime("%Y-%m-%dT%H:%M:%SZ")
    block_hash, _ = world.bank.chain.block(suspected["block"])
    assert suspected["blockHash"] == block_hash
    assert world.bank.transparency.history("did:web:nobody.example") == []


def test_status_roots_are_shown_newest_first_and_whether_their_lists_are_kept(world):
    world.bank.issuing.revoke(world.fill(1)[0].id, by=world.university.id, reason="a mistake")
    world.bank.status_roots.publish()
    world.publish(unit("b"))
    world.bank.issuing.revoke(world.issue(unit("b"), "b").id, by=world.university.id, reason="a mistake")
    world.bank.status_roots.publish()
    found = world.bank.transparency.status_roots()
    assert [one.event.whole("sequence") for one in found] == [2, 1]
    roots = [one.event.octets("root") for one in found]
    assert world.bank.transparency.kept_trees([*roots, b"\x01" * 32]) == frozenset(roots)


def test_a_running_root_is_the_trees_root():
    from creditbank.merkle import EmptyTree, RunningRoot

    running, entries = RunningRoot(), []
    with pytest.raises(EmptyTree):
        _ = running.root
    for number in range(70):
        entries.append(bytes([number]))
        running.add(entries[-1])
        assert (running.root, running.size) == (MerkleTree.of(entries).root, number + 1)
    assert leaf_hash(b"\x00") != running.root
