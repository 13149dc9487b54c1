"""An embedded chain that was deleted and made anew is another chain, though its id and its addresses are the same."""

from pathlib import Path

import pytest
from worlds import World

from creditbank.bootstrap import init_bank, open_bank, open_chain_alone
from creditbank.config import Settings
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank.services import reads
from creditbank.services.carrying import NotTheFormerChain
from creditbank.services.halting import REDEMPTION, Halted
from creditbank.services.records import BatchState
from creditbank.services.redeeming import Spend
from creditbank.units import NONE, Credits

ONE, THREE, FOUR = Credits(1000), Credits(3000), Credits(4000)


def on_chain(world: World, lot: str) -> Credits:
    use = reads.lot_use(world.bank.chain, bytes.fromhex(lot[2:]))
    return NONE if use is None else use.spent


def begun_anew(world: World, name: str) -> Path:
    """The bank over a new chain of the same id, with the contracts where they were; gives the folder of before."""
    contracts = dict(world.bank.chain.contracts)
    world.bank.close()
    former = world.home.parent / name
    former.mkdir()
    (former / "bank.toml").write_bytes((world.home / "bank.toml").read_bytes())
    (world.home / "chain.db").rename(former / "chain.db")
    init_bank(Settings.load({}, world.home))
    reopened(world)
    assert world.bank.chain.contracts == contracts
    return former


def reopened(world: World) -> None:
    world.bank.close()
    world.bank = open_bank(Settings.load({}, world.home))


def fences(world: World) -> list[str]:
    return [one.scope for one in world.bank.halting.standing()]


@pytest.fixture
def lots(world: World) -> list[str]:
    """Two lots of four credits, of which all and one were redeemed."""
    world.fill(2)
    found = sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)
    uses = [Spend(found[0], FOUR), Spend(found[1], ONE)]
    world.bank.redeeming.redeem_together("1", uses=uses, award="a", by=world.rival.id)
    return found


def test_what_was_spent_on_a_chain_that_is_begun_anew_is_spent_there_again(world: World, lots: list[str]) -> None:
    reopened(world)
    assert fences(world) == [], "the same chain is the same"
    former = begun_anew(world, "former")
    assert fences(world) == [REDEMPTION]
    assert [on_chain(world, lot) for lot in lots] == [NONE, NONE]
    reopened(world)
    assert len(fences(world)) == 1, "a fence that stands for this chain is not made again"
    world.bank.registering.resume()
    with pytest.raises(Halted):
        world.bank.redeeming.redeem("2", lot=lots[1], amount=ONE, award="b", by=world.rival.id)
    with pytest.raises(NotTheFormerChain):
        world.bank.carrying.carry(world.bank.chain, by="operator")
    with open_chain_alone(Settings.load({}, former)) as chain:
        done = world.bank.carrying.carry(chain, by="operator")
    assert (done.compared.findings, done.compared.opened, fences(world)) == ((), True, [])
    assert [on_chain(world, lot) for lot in lots] == [FOUR, ONE]
    reopened(world)
    assert fences(world) == [], "what was carried over once is not asked for again"
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.redeeming.redeem("3", lot=lots[0], amount=ONE, award="c", by=world.rival.id)
    world.bank.redeeming.redeem("4", lot=lots[1], amount=THREE, award="d", by=world.rival.id)
    assert on_chain(world, lots[1]) == FOUR


def test_each_time_it_is_begun_anew_the_fence_stands_again_and_batches_go_out_again(
    world: World, lots: list[str]
) -> None:
    for name in ("once", "twice"):
        begun_anew(world, name)
        assert fences(world) == [REDEMPTION]
        world.bank.registering.resume()
        done = world.bank.carrying.carry(None, by="operator")
        assert (done.compared.findings, fences(world)) == ((), [])
        assert [on_chain(world, lot) for lot in lots] == [FOUR, ONE]
    world.bank.anchoring.watch()
    world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        batches = tx.batches()
    assert batches
    for batch in batches:
        assert batch.state is BatchState.FINAL
        assert batch.block_number is not None
        block = world.bank.chain.block(batch.block_number)
        assert block is not None
        assert block[0] == batch.block_hash
