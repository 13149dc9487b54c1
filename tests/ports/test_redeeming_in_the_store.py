"""What redeeming asks and writes in one statement: the same on either database, and all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import wiped_database as wiped_database

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import sha256
from creditbank.ledger import Entry, Lot, audit, deposit, post, reserve
from creditbank.services.halting_records import Halt
from creditbank.services.ledger_records import (
    BeforeRedeeming,
    RedeemedUse,
    Redemption,
    RedemptionState,
    Reservation,
    ReservationState,
)
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import Learner, Organisation, Role
from creditbank.units import CreditAmount, Credits

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
BODY = Organisation(
    "urn:uuid:body", "Sample University", "did:web:one.example", frozenset({Role.UNIVERSITY}), (), "IN", True, "", NOW
)
OTHER = replace(BODY, id="urn:uuid:other", did="did:web:two.example")
LEARNER = Learner("urn:uuid:learner", "did:key:z6Mk1", "Sample Learner", True, NOW)
FIVE, TWO, AWARD = Credits.parse("5"), Credits.parse("2"), "urn:uuid:award"


def opened(number: int) -> tuple[Lot, Entry]:
    name = f"urn:uuid:credential-{number}"
    lot = Lot.of(
        account=LEARNER.id,
        credential=name,
        issuer=BODY.did,
        first_issue=name,
        amount=CreditAmount("in-ncrf", FIVE),
        opened=NOW,
    )
    return lot, deposit(lot, request=f"deposit:{name}", at=NOW)


ONE, ANOTHER = opened(1)[0], opened(2)[0]


def a_redemption(request: str = "r", *lots: Lot, by: Organisation = BODY) -> Redemption:
    uses = tuple(RedeemedUse(lot.id, TWO) for lot in lots or (ONE,))
    return Redemption(request, by.id, AWARD, sha256(b"asked"), RedemptionState.RESERVED, uses, None, NOW)


@pytest.fixture
def store(wiped_database: str) -> Iterator[SqlStore]:
    made = SqlStore.open(wiped_database, migrate=True)
    with made.transaction() as tx:
        for body in (BODY, OTHER):
            tx.add_organisation(body)
        tx.add_learner(LEARNER)
        tx.open_lots([opened(1), opened(2)])
    yield made
    made.close()


def looked(tx: SqlTransaction, *lots: Lot, award: str = AWARD, by: str = BODY.id) -> BeforeRedeeming | None:
    named = [lot.id for lot in lots or (ONE,)]
    return tx.before_redeeming("r", "redeem:r", organisation=by, award=award, named=named)


def _halted(tx: SqlTransaction, scope: str) -> None:
    tx.add_halt(Halt("urn:uuid:halt", scope, NOW, "operator", "an alarm"))


def _held(tx: SqlTransaction, state: ReservationState) -> None:
    until = NOW + timedelta(days=1)
    tx.add_reservation(Reservation("held", BODY.id, AWARD, ANOTHER.id, TWO, until, ReservationState.HELD, NOW))
    if state is not ReservationState.HELD:
        tx.end_reservation("held", state)


DOUBTS: list[tuple[str, Callable[[SqlTransaction], object], bool]] = [
    ("nothing", lambda tx: None, False),
    ("another body is halted", lambda tx: _halted(tx, f"organisation:{OTHER.id}"), False),
    ("all is halted", lambda tx: _halted(tx, "all"), True),
    ("redemption is fenced", lambda tx: _halted(tx, "redemption"), True),
    ("the body is halted", lambda tx: _halted(tx, f"organisation:{BODY.id}"), True),
    ("asked before", lambda tx: tx.add_redemption(a_redemption()), True),
    ("asked of older code", lambda tx: tx.put_answer("redeem:r", sha256(b"asked"), b"{}"), True),
    ("another request", lambda tx: tx.add_redemption(a_redemption("another")), False),
    ("the award holds", lambda tx: tx.post(reserve(ANOTHER, TWO, request="e", award=AWARD, at=NOW)), True),
    ("another award holds", lambda tx: tx.post(reserve(ONE, TWO, request="e", award="b", at=NOW)), False),
    ("held for the award", lambda tx: _held(tx, ReservationState.HELD), True),
    ("no longer held", lambda tx: _held(tx, ReservationState.RELEASED), False),
    ("the learner left", lambda tx: tx.erase_learner(LEARNER.id, kept=(), when=NOW), True),
]


@pytest.mark.parametrize(("change", "doubtful"), [one[1:] for one in DOUBTS], ids=[one[0] for one in DOUBTS])
def test_one_look_says_yes_only_where_nothing_needs_a_closer_one(
    store: SqlStore, change: Callable[[SqlTransaction], object], doubtful: bool
) -> None:
    """Threats 36, 38 and 56: whatever may forbid it sends the request to the rules that say so one by one."""
    with store.transaction() as tx:
        change(tx)
        lots = {} if doubtful else tx.get_lots([ANOTHER.id, ONE.id])
        seen = looked(tx, ANOTHER, ONE)
        assert seen == (None if doubtful else BeforeRedeeming(BODY, lots, signs_in=False))


def test_one_look_knows_no_strangers(store: SqlStore) -> None:
    with store.glancing() as tx:
        assert looked(tx, by="urn:uuid:nobody") is None
        assert looked(tx, ONE, opened(3)[0]) is None
        assert looked(tx) is not None


@pytest.mark.parametrize("lots", [(ONE,), (ONE, ANOTHER)])
def test_a_redemption_is_written_with_its_uses_or_not_at_all(store: SqlStore, lots: tuple[Lot, ...]) -> None:
    first = a_redemption("first", *lots)
    with store.transaction() as tx:
        tx.add_redemption(first)
        for again in (replace(first, award="b"), replace(first, request="second"), a_redemption("third", ONE)):
            with pytest.raises(AlreadyRecorded):
                tx.add_redemption(again)
        tx.add_redemption(replace(first, request="theirs", organisation=OTHER.id))
        assert tx.find_redemption("first") == first
        assert [tx.find_redemption(request) for request in ("second", "third")] == [None, None]


@pytest.mark.parametrize("lots", [(ONE,), (ONE, ANOTHER)])
def test_a_redemption_goes_on_once_from_where_it_stands(store: SqlStore, lots: tuple[Lot, ...]) -> None:
    first = a_redemption("first", *lots)
    done = replace(
        first, state=RedemptionState.POSTED, uses=tuple(replace(use, transaction="0x1") for use in first.uses)
    )
    with store.transaction() as tx:
        tx.add_redemption(first)
        assert not tx.update_redemption(done, since=RedemptionState.UNDOING)
        assert tx.find_redemption("first") == first
        assert tx.update_redemption(done, since=RedemptionState.RESERVED)
        assert not tx.update_redemption(replace(first), since=RedemptionState.RESERVED)
        assert tx.find_redemption("first") == done


def test_what_is_posted_alone_is_what_is_posted_among_others(store: SqlStore) -> None:
    """The same hashes and holds by the one statement as by several; what stands already is no second entry."""
    with store.transaction() as tx:
        wanted = [reserve(lot, TWO, request=f"r{lot.id}", award=AWARD, at=NOW) for lot in (ONE, ANOTHER)]
        tx.post(wanted[0])
        tx.post_all(wanted)
        tx.post(wanted[1])
        counted = [post(lot, TWO, request=f"p{lot.id}", award=AWARD, at=NOW) for lot in (ONE, ANOTHER)]
        tx.post_all(counted)
        for again in (*counted, *wanted):
            tx.post(again)
        lots, entries = tx.lots_of(LEARNER.id), tx.entries_of(LEARNER.id)
    assert [(lot.reserved, lot.redeemed) for lot in lots] == [(Credits(0), TWO)] * 2
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert list(audit(lots, entries)) == []


def test_whoever_glances_posts_nothing(store: SqlStore) -> None:
    """A statement that reads what it writes is no look: without a transaction nobody would hold the account."""
    with pytest.raises(AssertionError, match="writes nothing"), store.glancing() as looking:
        looking.post(reserve(ONE, TWO, request="r", award=AWARD, at=NOW))
    with store.transaction() as tx:
        assert len(tx.entries_of(LEARNER.id)) == 2
