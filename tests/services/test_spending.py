"""Convoys: what one body spends goes to the chain together, each claim wholly or not at all, through any crash."""

from dataclasses import replace
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import World

from creditbank.adapters.system import SystemEntropy
from creditbank.anchoring import issuer_id
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank.services import calls, reads
from creditbank.services import spending as spending_module
from creditbank.services.halting import Halted
from creditbank.services.ledger_records import RedemptionState
from creditbank.services.records import AttemptState
from creditbank.services.redeeming import Redeeming, Spend
from creditbank.services.spend_records import ConvoyState, SpendState
from creditbank.services.spending import LEASE, Spending
from creditbank.units import NONE, Credits

ONE, FOUR = Credits(1000), Credits(4000)


@pytest.fixture
def lots(world: World) -> list[str]:
    """Four lots of four credits, by id."""
    world.fill(4)
    return sorted(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)


def waiting(world, monkeypatch, claims):
    """So many redemptions that were reserved when their process died: by request, each of its lots one credit."""
    with monkeypatch.context() as patch:
        interrupt(patch, Spending, "settle")
        for request, lots in claims.items():
            with pytest.raises(Interrupted):
                redeemed(world, request, lots)


def redeemed(world, request, lots):
    uses = [Spend(lot, ONE) for lot in lots]
    return world.bank.redeeming.redeem_together(request, uses=uses, award=f"a-{request}", by=world.rival.id)


def state(world, request):
    return world.bank.redeeming.get(request, by=world.rival.id).state


def spend_of(world, request):
    with world.bank.store.transaction() as tx:
        return tx.find_spend(f"redeem:{request}")


def on_chain(world, lot, award):
    return reads.spent_for(world.bank.chain, bytes.fromhex(lot[2:]), issuer_id(world.rival.did), calls.award_id(award))


def another_process(world, pause=lambda _: None):
    bank = world.bank
    return Spending(bank.store, bank.chain, bank.sender, bank.clock, SystemEntropy(), pause)


def test_what_waits_goes_in_one_transaction_and_what_is_refused_holds_up_no_other(world, lots, monkeypatch):
    """Threats 35 and 36: of the bundle that the chain refuses nothing counts, and its lot is named."""
    waiting(world, monkeypatch, {"1": lots[:2], "2": lots[1:3], "3": [lots[0], lots[3]]})
    elsewhere = calls.spend(bytes.fromhex(lots[2][2:]), 4000, 4000, calls.award_id("urn:uuid:another-banks"))
    world.bank.sender.settle("elsewhere", world.university.id, elsewhere, final=True)
    world.bank.redeeming.resume()
    assert [state(world, request) for request in "123"] == [
        RedemptionState.POSTED,
        RedemptionState.REFUSED,
        RedemptionState.POSTED,
    ]
    assert len({world.bank.redeeming.get(request, by=world.rival.id).transaction for request in "13"}) == 1
    assert [on_chain(world, lot, "a-2") for lot in lots] == [NONE] * 4
    with pytest.raises(CreditsAlreadyRedeemed) as refused:
        redeemed(world, "2", lots[1:3])
    assert refused.value.lot == lots[2]
    assert world.bank.bookkeeping.audit().faults == ()


def test_another_process_lets_the_carrier_be_and_takes_over_from_one_that_fell_silent(world, lots, monkeypatch):
    """Threats 27 and 28: it comes to the same, and what was sent is not sent again."""
    start, paused = world.bank.clock.now(), []
    monkeypatch.setattr(type(world.bank.clock), "now", lambda self: start)
    waiting(world, monkeypatch, {"1": lots[:1]})
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.chain), "mined")
        with pytest.raises(Interrupted):
            world.bank.redeeming.resume()
    sent = on_chain(world, lots[0], "a-1")

    def pause(seconds):
        paused.append(seconds)
        later = start + len(paused) * LEASE / 4
        monkeypatch.setattr(type(world.bank.clock), "now", lambda self: later)

    done = another_process(world, pause).settle("redeem:1", world.rival)
    assert (sent, done.state, spend_of(world, "1")) == (ONE, SpendState.SPENT, done)
    assert len(paused) == 4
    with world.bank.store.transaction() as tx:
        assert len(tx.attempts(f"convoy:{done.convoy}")) == 1
        assert tx.get_convoy(done.convoy).state is ConvoyState.DONE


def test_the_first_to_write_down_what_became_of_a_convoy_is_right_for_ever(world, lots, monkeypatch):
    """Threat 28: a slower process, that the chain would answer otherwise by now, is told what stands."""
    waiting(world, monkeypatch, {"1": lots[:1]})
    real = Spending._decided

    def overtaken(self, spends, *rest, **more):
        decided = real(self, spends, *rest, **more)
        if self is not world.bank.redeeming._spending:
            return {key: replace(one, state=SpendState.REFUSED, lot=lots[0]) for key, one in decided.items()}
        monkeypatch.setattr(type(world.bank.clock), "now", lambda clock: spends[0].created + 2 * LEASE)
        slower.append(another_process(world).settle("redeem:1", world.rival))
        return decided

    slower = []
    monkeypatch.setattr(Spending, "_decided", overtaken)
    with pytest.raises(CreditsAlreadyRedeemed):
        redeemed(world, "1", lots[:1])
    assert slower[0].state is SpendState.REFUSED
    assert spend_of(world, "1") == slower[0]


def test_a_spend_that_was_given_up_while_it_waited_is_never_sent(world, lots, monkeypatch):
    """Threat 40."""
    waiting(world, monkeypatch, {"1": lots[:1], "2": lots[1:2]})
    given_up = world.bank.redeeming._spending.give_up("redeem:1", world.rival)
    assert given_up.state is SpendState.GIVEN_UP
    world.bank.redeeming.resume()
    assert (state(world, "1"), state(world, "2")) == (RedemptionState.REFUSED, RedemptionState.POSTED)
    assert [on_chain(world, lots[0], "a-1"), on_chain(world, lots[1], "a-2")] == [NONE, ONE]
    assert world.bank.bookkeeping.audit().faults == ()


def test_a_node_that_lags_behind_refuses_nobody(world, lots, monkeypatch):
    """Threat 24: what it says is not spent could be spent, so it is asked for once more, and counts once."""
    real, told = reads.bundles_spent, []

    def lagging(chain, awarder, bundles):
        told.append(len(bundles))
        return real(chain, awarder, bundles) if len(told) > 1 else (False,) * len(bundles)

    monkeypatch.setattr(spending_module.reads, "bundles_spent", lagging)
    monkeypatch.setattr(Spending, "_lacking", lambda self, spend, awarder: None)
    done = world.bank.redeeming.redeem("1", lot=lots[0], amount=FOUR, award="a", by=world.rival.id)
    assert (done.state, told) == (RedemptionState.POSTED, [1, 1])
    assert on_chain(world, lots[0], "a") == FOUR
    assert world.bank.bookkeeping.audit().faults == ()


def test_what_older_code_reserved_is_carried_too(world, lots, monkeypatch):
    """Threat 63."""
    with monkeypatch.context() as patch:
        patch.setattr(Spending, "write_down", lambda *_: None)
        interrupt(patch, Redeeming, "_spent")
        with pytest.raises(Interrupted):
            world.bank.redeeming.redeem("1", lot=lots[0], amount=ONE, award="a-1", by=world.rival.id)
    assert spend_of(world, "1") is None
    world.bank.redeeming.resume()
    assert (state(world, "1"), on_chain(world, lots[0], "a-1")) == (RedemptionState.POSTED, ONE)


def test_a_body_has_one_convoy_on_its_way_and_it_takes_no_more_than_so_many_uses(world, lots, monkeypatch):
    """Threat 28."""
    waiting(world, monkeypatch, {"1": lots[:2], "2": lots[2:3], "3": lots[3:]})
    now = world.bank.clock.now()
    first, second = (
        spending_module.Convoy(f"urn:uuid:{name}", world.rival.id, ConvoyState.SENDING, "x", now + timedelta(1), now)
        for name in "ab"
    )
    with world.bank.store.transaction() as tx:
        assert tx.gather(first, most=2)
        assert not tx.gather(second, most=2)
        assert [one.key for one in tx.spends_in(first.id)] == ["redeem:1"]
        assert tx.sending_convoy(world.rival.id) == first
        assert tx.move_convoy(first.id, ConvoyState.DONE, since=ConvoyState.SENDING)
        assert not tx.move_convoy(first.id, ConvoyState.DONE, since=ConvoyState.SENDING)
        assert tx.gather(second, most=1)
        assert [one.key for one in tx.spends_in(second.id)] == ["redeem:2"]


def test_where_the_chain_takes_spends_back_nobody_redeems_until_ledger_and_chain_agree(world, lots, monkeypatch):
    """Threat 22, beyond the depth: what comes back may come in another order, and with another end."""
    redeemed(world, "first", lots[:1])
    chain = world.bank.chain
    with world.bank.store.transaction() as tx:
        (mine,) = [one for one in tx.placed_attempts(chain.chain_id, 50) if one.purpose.startswith("convoy:")]
    told = []
    place, time = chain.mined(mine.hash), chain.block(mine.block_number)[1]
    with monkeypatch.context() as patch:
        patch.setattr(chain, "block", lambda number: ("0x" + "00" * 32, time))
        world.bank.sender.watch(told.extend)
        assert told == [], "one answer of a node that lies about a block says nothing: it stands where it stood"
        patch.setattr(chain, "mined", lambda *_, **__: replace(place, block_hash="0x" + "11" * 32))
        world.bank.sender.watch(told.extend)
    assert mine.purpose in [one.purpose for one in told]
    assert world.bank.reconciling.taken_back(told)
    with pytest.raises(Halted):
        redeemed(world, "second", lots[1:2])
    with monkeypatch.context() as patch:
        patch.setattr(reads, "lot_use", lambda *_: None)  # it has not come back yet
        assert not world.bank.reconciling.reconcile(by="operator").opened
    assert world.bank.reconciling.reconcile(by="operator").opened
    assert redeemed(world, "second", lots[1:2]).state is RedemptionState.POSTED


@pytest.mark.parametrize(
    ("purpose", "state", "fenced"),
    [("unspend:x", "failed", True), ("unspend:x", "mined", False), ("batch:x", "failed", False)],
)
def test_what_moved_no_credits_fences_nobody(world, lots, purpose, state, fenced):
    redeemed(world, "first", lots[:1])
    with world.bank.store.transaction() as tx:
        (some, *_) = tx.placed_attempts(world.bank.chain.chain_id, 50)
    orphan = replace(some, purpose=purpose, state=AttemptState(state))
    assert world.bank.reconciling.taken_back([orphan]) is fenced
    assert bool(world.bank.halting.standing()) is fenced
