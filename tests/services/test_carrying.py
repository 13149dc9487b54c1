"""A bank goes over to another chain, and no credit that was spent on the former one is spent there again."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from nodes import RICH, Control, anvil
from worlds import World

from creditbank.anchoring import issuer_id
from creditbank.bootstrap import Bank, init_bank, open_bank, open_chain_alone
from creditbank.config import Settings
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank.services import calls, reads
from creditbank.services.anchoring import BANK
from creditbank.services.carrying import NotTheFormerChain
from creditbank.services.counted import RECOVERED
from creditbank.services.dids import REGISTRAR
from creditbank.services.halting import REDEMPTION, FenceStands, Halted
from creditbank.services.ledger_records import ReservationState
from creditbank.services.ports import Call
from creditbank.services.reconciling import MOVED
from creditbank.services.records import AttemptState
from creditbank.services.redeeming import Spend
from creditbank.services.registering import OPERATOR
from creditbank.units import NONE, Credits

ONE, TWO, FOUR = Credits(1000), Credits(2000), Credits(4000)
ELSEWHERE = bytes(31) + b"\x07"


@dataclass(frozen=True)
class Stranger:
    """A chain that counts so many thousandths of each of these lots, for others."""

    spent: dict[str, int]
    chain_id = 7
    contracts = MappingProxyType({"redemptions": "0x" + "11" * 20})

    def block(self, number: int) -> tuple[str, datetime]:
        return "0x" + "77" * 32, datetime(2026, 1, 1, tzinfo=UTC)

    def read(self, call: Call) -> object:
        if call.function == "spentFor":
            return 0
        assert call.function == "lotOf"
        (lot,) = call.arguments
        assert isinstance(lot, bytes)
        spent = self.spent.get(f"0x{lot.hex()}", 0)
        return spent, 4000 if spent else 0


@pytest.fixture
def lots(world: World) -> list[str]:
    """Three lots of four credits, by id."""
    world.fill(3)
    return sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)


@contextmanager
def moved(world: World, url: str, control: Control) -> Iterator[tuple[Bank, Settings]]:
    """The same home and database on a node's chain with contracts of its own, and the settings of before."""
    accounts = [world.bank.vault.chain_account(name) for name in (OPERATOR, REGISTRAR, BANK, "foreign")]
    for account in (*accounts, world.university.account, world.rival.account):
        control("anvil_setBalance", account, hex(RICH))
    world.bank.close()
    former = world.home.parent / "former"
    former.mkdir()
    for name in ("bank.toml", "chain.db"):
        shutil.copyfile(world.home / name, former / name)
    node = {"CREDITBANK_CHAIN": "rpc", "CREDITBANK_CHAIN_URL": url, "CREDITBANK_CHAIN_ID": "31337"}
    env = {**node, "CREDITBANK_FINALITY_DEPTH": "0", "CREDITBANK_FETCH_DOCUMENTS": "false"}
    init_bank(Settings.load(env, world.home))
    world.bank = open_bank(Settings.load(env, world.home))
    world.bank.registering.resume()
    yield world.bank, Settings.load({}, former)


def foreign_spend(bank: Bank, lot: str, amount: Credits) -> None:
    """Another bank's university, whose spend this ledger never heard of."""
    account, who = bank.vault.chain_account("foreign"), issuer_id("did:example:foreign")
    bank.sender.settle("foreign:admit", REGISTRAR, calls.admit_awarder(account, who))
    call = calls.spend(bytes.fromhex(lot[2:]), amount.thousandths, FOUR.thousandths, ELSEWHERE)
    bank.sender.settle(f"foreign:{lot}:{bank.chain.chain_id}", "foreign", call, final=True)


def on_chain(bank: Bank, lot: str) -> Credits:
    use = reads.lot_use(bank.chain, bytes.fromhex(lot[2:]))
    return NONE if use is None else use.spent


def fences(bank: Bank) -> list[str]:
    return [one.scope for one in bank.halting.standing()]


@pytest.mark.anvil
def test_what_was_spent_is_spent_anew_before_anybody_redeems_on_the_new_chain(world: World, lots: list[str]) -> None:
    by = world.rival.id
    world.bank.redeeming.redeem_together("1", uses=[Spend(lots[0], FOUR), Spend(lots[1], ONE)], award="a", by=by)
    foreign_spend(world.bank, lots[2], Credits(3000))
    with anvil() as (url, control), moved(world, url, control) as (bank, former):
        assert fences(bank) == [REDEMPTION]
        with pytest.raises(Halted):
            bank.redeeming.redeem("2", lot=lots[2], amount=FOUR, award="b", by=by)
        with pytest.raises(FenceStands):
            bank.halting.lift(bank.halting.standing()[0].id, by="somebody", why="impatient")
        assert not bank.reconciling.reconcile(by="operator").opened, "comparing alone opens nothing"
        strange = bank.carrying.carry(Stranger({}), by="operator")
        assert (strange.spent, strange.compared.opened, on_chain(bank, lots[0])) == (0, False, NONE)
        assert "it is another chain" in strange.compared.findings[0]
        with pytest.raises(NotTheFormerChain):
            bank.carrying.carry(bank.chain, by="operator")
        with open_chain_alone(former) as chain:
            done = bank.carrying.carry(chain, by="operator")
            assert (done.standing, done.spent, done.learned, done.compared.findings) == (0, 2, 1, ())
            assert fences(bank) == []
            again = bank.carrying.carry(chain, by="operator")
            assert (again.standing, again.spent, again.learned) == (2, 0, 0)
        assert [on_chain(bank, lot) for lot in lots] == [FOUR, ONE, NONE]
        with bank.store.transaction() as tx:
            (held,) = tx.holds_of(lots[2])
        assert (held.award, held.redeemed) == (RECOVERED, Credits(3000))
        with pytest.raises(CreditsAlreadyRedeemed):
            bank.redeeming.redeem("3", lot=lots[2], amount=TWO, award="c", by=by)
        bank.redeeming.redeem("4", lot=lots[2], amount=ONE, award="d", by=by)
        foreign_spend(bank, lots[2], Credits(3000))
        assert on_chain(bank, lots[2]) == FOUR
        assert bank.reconciling.reconcile(by="operator").findings == ()
        assert not bank.carrying.look(), "what was carried over once is not asked for again"
        bank.close()
        shutil.copyfile(former.home / "chain.db", world.home / "chain.db")
        with open_bank(Settings.load({}, world.home)) as back:
            assert fences(back) == [REDEMPTION], "going back is another move"
            world.bank = back


@pytest.mark.anvil
def test_what_somebody_else_spent_there_first_keeps_the_fence(world: World, lots: list[str]) -> None:
    """Threat 35, over two chains: whoever was second is named, and redeems nothing until it is settled."""
    world.bank.redeeming.redeem("1", lot=lots[0], amount=TWO, award="a", by=world.rival.id)
    world.bank.redeeming.redeem("2", lot=lots[1], amount=TWO, award="a", by=world.rival.id)
    with anvil() as (url, control), moved(world, url, control) as (bank, _):
        foreign_spend(bank, lots[0], Credits(3000))
        done = bank.carrying.carry(None, by="operator")
        assert (done.spent, done.compared.opened) == (2, False)
        assert [lots[0] in one for one in done.compared.findings if "award a" in one] == [True]
        assert (fences(bank), on_chain(bank, lots[1])) == ([REDEMPTION], TWO)
        release = calls.release(bytes.fromhex(lots[0][2:]), 2000, ELSEWHERE)
        bank.sender.settle("foreign:release", "foreign", release, final=True)
        done = bank.carrying.carry(None, by="operator")
        assert (done.standing, done.spent, done.compared.opened) == (1, 1, True)
        assert on_chain(bank, lots[0]) == Credits(3000)


def test_what_a_university_merely_holds_gives_way_to_what_others_spent_before(world: World, lots: list[str]) -> None:
    """Else it could be redeemed after the move, beside what stands on the former chain for somebody else."""
    bank, until = world.bank, world.bank.clock.now() + timedelta(days=1)
    bank.reserving.reserve("r", lot=lots[0], amount=TWO, award="a", until=until, by=world.rival.id)
    done = bank.carrying.carry(Stranger({lots[0]: 3000}), by="operator")
    assert (done.learned, done.compared.recovered) == (1, 0)
    assert bank.reserving.get("r", by=world.rival.id).state is ReservationState.LAPSED
    with bank.store.transaction() as tx:
        lot = tx.get_lot(lots[0])
    assert (lot.redeemed, lot.reserved, lot.available) == (Credits(3000), NONE, ONE)
    later = bank.carrying.carry(Stranger({lots[0]: 3500, lots[1]: 500}), by="operator")
    assert later.learned == 2, "what a bank that stayed spends there is learned when it is asked again"
    assert bank.carrying.carry(Stranger({lots[0]: 3500, lots[1]: 500}), by="operator").learned == 0


def test_a_lot_that_is_over_keeps_no_other_from_being_carried(world: World, lots: list[str]) -> None:
    with world.bank.store.transaction() as tx:
        credential = tx.get_lot(lots[0]).credential
    world.bank.issuing.revoke(credential, by=world.university.id, reason="a mistake")
    done = world.bank.carrying.carry(Stranger({lots[0]: 3000, lots[1]: 1000}), by="operator")
    assert done.learned == 1
    assert list(world.bank.reconciling.audit()) == []


def test_it_is_kept_whether_the_former_chain_was_asked(world: World, lots: list[str]) -> None:
    for former, said in ((None, "nobody could ask the former chain"), (Stranger({}), "the former chain was asked")):
        world.bank.halting.stop(REDEMPTION, by=OPERATOR, why=f"{MOVED}another contract")
        assert world.bank.carrying.carry(former, by="operator").compared.opened
        assert any(said in one.why for one in world.bank.trail.entries())


def test_redemption_is_fenced_when_the_new_chain_takes_back_what_was_carried_over(
    world: World, lots: list[str]
) -> None:
    """It is sent again, and until it stands somebody else may be first."""
    with world.bank.store.transaction() as tx:
        (mined, *_) = tx.placed_attempts(world.bank.chain.chain_id, 1)
    carried = replace(mined, purpose="carry:body:contract:uses:0")
    assert not world.bank.reconciling.taken_back([replace(carried, state=AttemptState.SENT)])
    assert fences(world.bank) == []
    assert world.bank.reconciling.taken_back([carried])
    assert fences(world.bank) == [REDEMPTION]


def test_the_fence_after_a_restore_does_not_hide_that_the_bank_has_moved(world: World, lots: list[str]) -> None:
    """What opens the one would open redemption on a chain that knows no spends."""
    bank = world.bank
    bank.halting.stop(REDEMPTION, by=OPERATOR, why=f"{MOVED}another contract")
    bank.halting.open_fence(by=OPERATOR, why="carried over")
    bank.halting.stop(REDEMPTION, by=OPERATOR, why="restored from a backup")
    assert bank.carrying.look()
    assert not bank.carrying.look(), "it is fenced for it already"
    (fence,) = bank.halting.standing()
    assert bank.chain.contracts["redemptions"] in fence.why
    assert not bank.reconciling.reconcile(by=OPERATOR).opened
    assert bank.carrying.carry(None, by=OPERATOR).compared.opened
    assert (fences(bank), bank.carrying.look()) == ([], False)
