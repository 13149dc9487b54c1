"""A new version is a new contract beside the old one and names it; nothing is ever upgraded (threat 28)."""

import pytest

from creditbank.adapters.chain import deploy
from creditbank.adapters.chain.artifacts import load_artifacts
from creditbank.adapters.chain.codec import creation
from creditbank.services import calls, reads
from creditbank.services.ports import ChainRefused


def test_the_first_contracts_succeed_nobody(town):
    for name in ("issuers", "anchors", "redemptions"):
        assert reads.predecessor(town.chain, name) is None


def test_a_successor_names_its_predecessor_and_leaves_it_as_it_was(town, bank, artifacts_folder):
    before = dict(town.chain.contracts)
    town.act("bank", calls.anchor(b"\x07" * 32, 7))
    town.chain.install({})
    after = deploy(town.chain, town.keys, "steward", artifacts_folder, predecessors=before)
    assert not set(before.values()) & set(after.values())
    assert {name: reads.predecessor(town.chain, name) for name in before} == before
    assert reads.anchored_at(town.chain, bank, b"\x07" * 32, 7) is None
    town.chain.install(before)
    assert reads.anchored_at(town.chain, bank, b"\x07" * 32, 7) is not None


@pytest.mark.parametrize("name", ["issuers", "anchors", "redemptions"])
def test_what_is_no_contract_is_nobodys_predecessor(town, artifacts_folder, name):
    registry = None if name == "issuers" else town.chain.contracts["issuers"]
    data = creation(load_artifacts(artifacts_folder)[name], registry, town.account("someone"))
    steward = town.account("steward")
    with pytest.raises(ChainRefused):
        town.chain.build_creation(steward, data, nonce=town.chain.nonce(steward))
