"""Looking at the chain: everything in order, each thing that needs a hand, and what anchors would cost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from faulty_rpc import faulty
from nodes import anvil
from senders import CAP, GWEI, Office, call, founded
from worlds import World, unit

from creditbank.services.anchoring import BatchDamaged
from creditbank.services.ports import ChainRefused
from creditbank.services.surveying import Surveying, _needs
from creditbank.services.surveying_records import ChainStatus, NodeFacts


def prepared(world: World, name: str = "a") -> None:
    achievement = unit(name)
    world.publish(achievement)
    world.issue(achievement, name)


def names(found: ChainStatus) -> set[str]:
    return {need.name for need in found.needs}


def test_a_bank_in_order_needs_no_hand(world: World) -> None:
    world.fill(1)
    found = world.bank.surveying.status()
    assert found.needs == ()
    assert found.admitted
    assert set(found.node.contracts.values()) == {True}
    assert found.own_nonce == found.node.nonce == 1
    assert found.anchors_left is None, "this chain costs nothing"
    assert 22_000 < (found.gas or 0) < 60_000


def test_what_is_on_its_way_is_shown_with_its_age(world: World) -> None:
    prepared(world)
    batch = world.bank.anchoring.seal()
    assert batch is not None
    world.bank.anchoring.advance()
    found = world.bank.surveying.status()
    assert [one.id for one in found.batches] == [batch.id]
    assert found.leaves_waiting == 0
    assert found.oldest_unanchored is not None


NODE = NodeFacts("a node", 10**18, 3, 3, 10 * GWEI, 20 * GWEI, 20 * GWEI, {"anchors": True})


@pytest.mark.parametrize(
    ("named", "change"),
    [
        ("contract-differs", {"node": replace(NODE, contracts={"anchors": False})}),
        ("not-admitted", {"admitted": False}),
        ("low-balance", {"node": replace(NODE, balance=20 * 50_000 * 20 * GWEI - 1)}),
        ("fee-above-cap", {"node": replace(NODE, needed=21 * GWEI)}),
        ("foreign-transactions", {"own_nonce": 2}),
        ("fee-wait", {"fee_waits": 1}),
    ],
)
def test_each_trouble_is_named_and_nothing_else(world: World, named: str, change: dict[str, object]) -> None:
    sound = replace(world.bank.surveying.status(), node=NODE, own_nonce=3, gas=50_000, contracts={"anchors": "0x1"})
    assert [*_needs(sound)] == []
    found = [need.name for need in _needs(replace(sound, **change))]  # type: ignore[arg-type]
    assert found == [named]


def test_what_waits_too_long_is_named(world: World) -> None:
    prepared(world)
    now = world.bank.clock.now()
    sound = replace(world.bank.surveying.status(), node=NODE, own_nonce=3)
    assert [*_needs(sound)] == []
    assert names_after(sound, hours=3) == {"old-leaf"}
    real = replace(sound, test=False, head=(7, "0x7", now))
    assert names_after(real, hours=1.5) == {"old-head"}


def names_after(found: ChainStatus, **time: float) -> set[str]:
    return {need.name for need in _needs(replace(found, at=found.at + timedelta(**time)))}


def test_a_dry_run_costs_every_batch_and_what_waits_and_writes_nothing(world: World) -> None:
    prepared(world, "a")
    sealed = world.bank.anchoring.seal()
    assert sealed is not None
    prepared(world, "b")
    before = world.bank.chain.head()
    first, second = world.bank.surveying.rehearse()
    assert (first.batch, first.root, first.leaves) == (sealed.id, sealed.root, 1)
    assert (second.batch, second.leaves) == (None, 1)
    assert first.gas == pytest.approx(second.gas, abs=400), "they differ by the zeros in their roots"
    assert world.bank.chain.head() == before
    with world.bank.store.reading() as tx:
        assert tx.flights() == []
        assert tx.get_batch(sealed.id) == sealed
        assert tx.waiting_leaves().count == 1
    world.bank.anchoring.settle()
    assert [one.batch for one in world.bank.surveying.rehearse()] == [None], "what was sent is not sent again"


def test_a_dry_run_refuses_what_the_send_would_refuse(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(world, "a")
    world.bank.anchoring.seal()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.bank.vault), "chain_account", lambda self, owner: "0x" + "5" * 40)
        with pytest.raises(ChainRefused):
            world.bank.surveying.rehearse()
    with monkeypatch.context() as patch:
        patch.setattr(
            "creditbank.services.surveying.tree_of",
            lambda tx, leaves: SimpleNamespace(root=b"", size=0),
        )
        with pytest.raises(BatchDamaged):
            world.bank.surveying.rehearse()


@pytest.mark.anvil
def test_a_node_tells_balance_fees_and_what_waits(tmp_path: Path) -> None:
    """The cost is what the node took in the end, and never above what the dry run called the worst."""
    with anvil() as (url, control), faulty(url) as node:
        office = Office(founded(node, control), tmp_path)
        try:
            _surveyed(office)
        finally:
            office.close()


def _surveyed(office: Office) -> None:
    survey = Surveying(office.store, office.chain, office.keys, office.clock)  # type: ignore[arg-type]
    found = survey.status()
    assert found.node.client.startswith("anvil")
    assert found.node.cap == found.node.most == CAP
    assert found.anchors_left == 10**24 // ((found.gas or 0) * CAP)
    assert names(found) == set()
    gas = office.chain.estimate(office.account, call("one"))
    mined = office.settle("one")
    receipt = office.ground.control("eth_getTransactionReceipt", mined.transaction)
    assert int(receipt["gasUsed"], 16) <= gas
    office.ground.control("anvil_setBalance", office.account, hex(10**15))
    office.ground.control("anvil_setNextBlockBaseFeePerGas", hex(2 * CAP))
    office.ground.control("evm_mine")
    assert names(survey.status()) == {"low-balance", "fee-above-cap"}
    office.ground.control("anvil_setBalance", office.account, hex(10**24))
    office.ground.control("anvil_setNonce", office.account, hex(found.node.nonce + 5))
    assert "foreign-transactions" in names(survey.status())
