"""Feeds are signed for a purpose of their own, by a key that signs nothing else."""

import pytest
from worlds import World

from creditbank.services.feeding import OWNER
from creditbank.services.ports import PurposeRefused, SigningPurpose


def test_the_key_of_feeds_signs_feeds_and_no_decision(world: World) -> None:
    world.fill(2)
    (entry,) = world.bank.feeding.whole(world.university.did)
    unsigned = {name: value for name, value in entry.items() if name != "proof"}
    assert {row.purpose for row in world.bank.vault.audit() if row.tenant == OWNER} == {"feed"}
    signatures, signer = world.bank.signatures, world.bank.feeding.signer()
    with pytest.raises(PurposeRefused):
        signatures.sign_decision(unsigned, OWNER, signer, world.bank.clock.now())


def test_a_key_of_before_signs_its_feed_on(world: World) -> None:
    """Another key would be another feed, to whoever remembers this one."""
    older = world.bank.vault.make_key(OWNER, frozenset({SigningPurpose.DECISION}))
    world.fill(2)
    (entry,) = world.bank.feeding.whole(world.university.did)
    assert older.multikey in str(entry["by"])
    assert {row.purpose for row in world.bank.vault.audit() if row.tenant == OWNER} == {"decision"}
