"""A reservation's time runs out while an award's intent is written, in two processes: exactly one outcome."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import wiped_database as wiped_database

from creditbank.adapters.store import SqlStore
from creditbank.ledger import audit, deposit, reserve
from creditbank.services.ledger_records import RedemptionState, Reservation, ReservationState

from .lapser import BODY, FIVE, LEARNER, RIVAL, UNTIL, lot_of

LAPSER = Path(__file__).with_name("lapser.py")
ROUNDS = 40


@pytest.fixture
def store(wiped_database: str) -> Iterator[SqlStore]:
    """A lot a round, wholly reserved for an award of the body's, until a moment."""
    made = SqlStore.open(wiped_database, migrate=True)
    with made.transaction() as tx:
        for body in (BODY, RIVAL):
            tx.add_organisation(body)
        tx.add_learner(LEARNER)
        lots = [lot_of(number) for number in range(ROUNDS)]
        tx.open_lots([(lot, deposit(lot, request=f"deposit:{lot.id}", at=BODY.created)) for lot in lots])
        for number, lot in enumerate(lots):
            name, award = f"own-{number}", f"award-{number}"
            held = Reservation(name, BODY.id, award, lot.id, FIVE, UNTIL, ReservationState.HELD, BODY.created)
            tx.add_reservation(held)
            tx.post(reserve(lot, FIVE, request=f"hold:{name}", award=award, at=BODY.created))
    yield made
    made.close()


def _started(url: str, role: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, str(LAPSER), url, role, str(ROUNDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _told(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_of_an_intent_and_a_time_out_in_two_processes_exactly_one_has_the_lot(
    store: SqlStore, wiped_database: str
) -> None:
    """Threats 27, 35 and 40: whoever asks is told which, and the books tell the same story."""
    both = [_started(wiped_database, role) for role in ("redeem", "lapse")]
    told: list[tuple[str, str]] = []
    try:
        assert [_said(one) for one in both] == ["ready\n"] * 2
        for _ in range(ROUNDS):
            for one in both:
                _told(one)
            first, second = (json.loads(_said(one)) for one in both)
            told.append((first, second))
    finally:
        for one in both:
            one.communicate(timeout=60)
    taken, refused = "credits-already-redeemed", ("credits-already-redeemed", "held")
    assert set(told) <= {("written", taken), refused}, Counter(told)
    with store.transaction() as tx:
        for number, (redeemed, _) in enumerate(told):
            lot, own = tx.get_lot(lot_of(number).id), tx.find_reservation(f"own-{number}")
            redemption, theirs = tx.find_redemption(f"redeem-{number}"), tx.find_reservation(f"rival-{number}")
            assert own is not None
            assert redemption is not None
            assert (lot.reserved, lot.available.thousandths) == (FIVE, 0)
            if redeemed == "written":  # by the reservation, or afresh after it had lapsed
                assert (redemption.state, theirs) == (RedemptionState.RESERVED, None)
                assert own.state in (ReservationState.TAKEN, ReservationState.LAPSED)
            else:
                assert theirs is not None
                assert (redemption.state, theirs.state) == (RedemptionState.REFUSED, ReservationState.HELD)
                assert own.state is ReservationState.LAPSED
            holder = f"award-{number}" if redeemed == "written" else f"theirs-{number}"
            holds = {one.award: one.reserved for one in tx.holds_of(lot.id) if one.reserved}
            assert holds == {holder: FIVE}
        entries = tx.entries_of(LEARNER.id)
        assert audit([tx.get_lot(lot_of(number).id) for number in range(ROUNDS)], entries) == []
