"""Reservations end by themselves, and never once the redemption is written down for which they were made."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import states

from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.ledger import CreditsAlreadyRedeemed, LotChanged, LotState
from creditbank.services.ledger_records import ReservationState
from creditbank.services.ports import UnknownRecord
from creditbank.services.redeeming import Redeeming
from creditbank.services.reserving import LONGEST, ReservationOver, ReservationReused, UnusableTerm
from creditbank.units import Credits

FOUR = Credits(4000)


@pytest.fixture
def lot(world):
    world.fill(1)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    return view.lot


def held(world, lot, request="h", award="a", days=1, by=None):
    until = world.bank.clock.now().replace(microsecond=0) + timedelta(days=days)
    asked = {"lot": lot.id, "amount": FOUR, "award": award, "until": until, "by": by or world.rival.id}
    return world.bank.reserving.reserve(request, **asked), asked


def pass_days(world, monkeypatch, days):
    later = type(world.bank.clock).now(world.bank.clock) + timedelta(days=days)
    monkeypatch.setattr(type(world.bank.clock), "now", lambda self: later)


def test_a_reservation_keeps_others_out_until_its_time_is_over(world, lot, monkeypatch):
    made, asked = held(world, lot)
    assert world.bank.reserving.reserve("h", **asked) == made
    with pytest.raises(ReservationReused):
        world.bank.reserving.reserve("h", **asked | {"award": "b"})
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.redeeming.redeem("r", lot=lot.id, amount=FOUR, award="b", by=world.university.id)
    assert world.bank.reserving.lapse() == 0
    pass_days(world, monkeypatch, 1)
    assert [world.bank.reserving.lapse() for _ in range(2)] == [1, 0]
    assert world.bank.reserving.get("h", by=world.rival.id).state is ReservationState.LAPSED
    assert states(world) == {LotState.AVAILABLE}
    with pytest.raises(ReservationOver):
        world.bank.reserving.release("h", by=world.rival.id)


def test_once_its_redemption_is_written_down_no_time_ends_it(world, lot, monkeypatch):
    """Threat 27: the process dies right after the intent, and days later what was wanted is still held for it."""
    held(world, lot)
    with monkeypatch.context() as patch:
        interrupt(patch, Redeeming, "spend")
        with pytest.raises(Interrupted):
            world.bank.redeeming.redeem("r", lot=lot.id, amount=FOUR, award="a", by=world.rival.id)
    bank = world.reopen()
    assert bank.reserving.get("h", by=world.rival.id).state is ReservationState.TAKEN
    with monkeypatch.context() as patch:
        pass_days(world, patch, 89)
        assert bank.reserving.lapse() == 0
    bank.resume()
    assert states(world) == {LotState.REDEEMED}
    assert bank.bookkeeping.audit().faults == ()


def test_of_lapsing_and_redeeming_at_once_one_ends_the_reservation(world, lot, monkeypatch):
    """Threat 40."""
    held(world, lot)
    pass_days(world, monkeypatch, 2)
    with ThreadPoolExecutor(4) as pool:
        lapses = [pool.submit(world.bank.reserving.lapse) for _ in range(3)]
        redeem = world.bank.redeeming.redeem
        redeemed = pool.submit(redeem, "r", lot=lot.id, amount=FOUR, award="a", by=world.rival.id)
        assert sum(lapse.result() for lapse in lapses) <= 1
        assert redeemed.result().transaction
    assert states(world) == {LotState.REDEEMED}
    assert world.bank.bookkeeping.audit().faults == ()


def test_a_reservation_is_given_back_by_its_body_alone_and_has_a_term(world, lot):
    """Threat 42."""
    held(world, lot)
    with pytest.raises(UnknownRecord):
        world.bank.reserving.release("h", by=world.university.id)
    for _ in range(2):
        assert world.bank.reserving.release("h", by=world.rival.id).state is ReservationState.RELEASED
    assert states(world) == {LotState.AVAILABLE}
    for days in (0, -1, LONGEST.days + 1):
        with pytest.raises(UnusableTerm):
            held(world, lot, "x", days=days)


def test_a_lot_that_moves_at_that_very_moment_is_looked_at_again(world, lot, monkeypatch):
    """Threat 40: reserved, and given back, in one story with whatever moved it."""
    post, looks = SqlTransaction.post, []

    def moved(tx, entry):
        looks.append(entry)
        if len(looks) % 2:
            raise LotChanged("Lot changed hands meanwhile.")
        post(tx, entry)

    monkeypatch.setattr(SqlTransaction, "post", moved)
    made, _ = held(world, lot)
    assert made.state is ReservationState.HELD
    assert world.bank.reserving.release("h", by=world.rival.id).state is ReservationState.RELEASED
    assert len(looks) == 4
    assert states(world) == {LotState.AVAILABLE}


def test_another_bodys_redemption_under_the_same_name_takes_no_reservation(world, lot):
    held(world, lot)
    with pytest.raises(CreditsAlreadyRedeemed):
        world.bank.redeeming.redeem("r", lot=lot.id, amount=FOUR, award="a", by=world.university.id)
    assert world.bank.reserving.get("h", by=world.rival.id).state is ReservationState.HELD
