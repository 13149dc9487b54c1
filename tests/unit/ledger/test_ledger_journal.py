"""Lots and entries: what each entry does, what a lot refuses, and that balances are sums of entries."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from creditbank.ledger import (
    Bucket,
    CreditsAlreadyRedeemed,
    EmptyEntry,
    Entry,
    Lot,
    LotChanged,
    LotExpired,
    LotRevoked,
    LotState,
    NothingReserved,
    NotYetExpired,
    after,
    balances,
    deposit,
    expire,
    lot_id,
    post,
    release,
    reserve,
    revoke,
)
from creditbank.units import NONE, CreditAmount, Credits

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FOUR = Credits.parse("4")


def a_lot(credits: str = "4", *, expires: datetime | None = None) -> Lot:
    return Lot.of(
        account="learner-1",
        credential="urn:uuid:c1",
        issuer="did:web:provider.example",
        first_issue="urn:uuid:c1",
        amount=CreditAmount("in-ncrf", Credits.parse(credits)),
        opened=NOW,
        expires=expires,
    )


def reserved(lot: Lot, amount: Credits, award: str = "award-1") -> Lot:
    return after(lot, reserve(lot, amount, request=f"reserve-{award}", award=award, at=NOW))


def test_a_lot_is_named_as_the_contract_names_it() -> None:
    domain = keccak(b"creditbank/lot/v1")
    issuer = sha256(b"did:web:provider.example").digest()
    expected = keccak(domain + issuer + keccak(b"urn:uuid:c1"))
    assert lot_id("did:web:provider.example", "urn:uuid:c1") == expected
    assert a_lot().id == "0x" + expected.hex()


def test_a_correction_shares_the_lot_of_its_first_issue_and_another_issuer_does_not() -> None:
    name = lot_id("did:web:provider.example", "urn:uuid:c1")
    assert name != lot_id("did:web:other.example", "urn:uuid:c1")
    assert name != lot_id("did:web:provider.example", "urn:uuid:c2")


def test_reserving_and_posting_moves_credit_from_available_to_redeemed() -> None:
    lot = reserved(a_lot(), Credits.parse("1.5"))
    assert (str(lot.available), str(lot.reserved), str(lot.redeemed)) == ("2.5", "1.5", "0")
    lot = after(lot, post(lot, Credits.parse("1.5"), request="post", award="award-1", at=NOW))
    assert (str(lot.available), str(lot.reserved), str(lot.redeemed)) == ("2.5", "0", "1.5")
    assert lot.state is LotState.AVAILABLE


def test_a_lot_held_or_used_in_full_says_so() -> None:
    lot = reserved(a_lot(), FOUR)
    assert lot.state is LotState.RESERVED
    assert after(lot, post(lot, FOUR, request="p", award="award-1", at=NOW)).state is LotState.REDEEMED


def test_more_than_is_free_cannot_be_reserved() -> None:
    lot = reserved(a_lot(), Credits.parse("3"))
    with pytest.raises(CreditsAlreadyRedeemed, match="only 1 are free") as refusal:
        reserved(lot, Credits.parse("1.001"), "award-2")
    assert refusal.value.credential == "urn:uuid:c1"


def test_more_than_is_held_is_neither_posted_nor_released() -> None:
    lot = reserved(a_lot(), Credits.parse("1"))
    for kind in (post, release):
        with pytest.raises(NothingReserved):
            after(lot, kind(lot, Credits.parse("2"), request="x", award="award-1", at=NOW))


def test_a_released_reservation_is_free_again() -> None:
    lot = reserved(a_lot(), FOUR)
    assert after(lot, release(lot, FOUR, request="r", award="award-1", at=NOW)).available == FOUR


def test_an_entry_moves_more_than_nothing() -> None:
    with pytest.raises(EmptyEntry):
        reserve(a_lot(), NONE, request="r", award="award-1", at=NOW)
    with pytest.raises(EmptyEntry):
        deposit(a_lot("0"), request="d", at=NOW)


def test_a_revoked_lot_gives_nothing_more_and_keeps_what_was_redeemed() -> None:
    """Threat 34: the redemption stays recorded."""
    lot = reserved(a_lot(), Credits.parse("1"))
    lot = after(lot, post(lot, Credits.parse("1"), request="p", award="award-1", at=NOW))
    lot = after(lot, revoke(lot, request="v", reason="issued in error", at=NOW))
    assert (lot.state, lot.available, str(lot.redeemed), str(lot.lapsed)) == (LotState.REVOKED, NONE, "1", "3")
    with pytest.raises(LotRevoked):
        reserved(lot, Credits.parse("1"), "award-2")
    with pytest.raises(LotRevoked):
        after(lot, revoke(lot, request="again", reason="", at=NOW))


def test_what_is_released_after_a_revocation_lapses() -> None:
    """Threat 40: one story, whichever came first."""
    lot = reserved(a_lot(), FOUR)
    stale = release(lot, FOUR, request="r", award="award-1", at=NOW)
    lot = after(lot, revoke(lot, request="v", reason="", at=NOW))
    with pytest.raises(LotChanged):
        after(lot, stale)
    lot = after(lot, release(lot, FOUR, request="r", award="award-1", at=NOW))
    assert (lot.available, lot.lapsed) == (NONE, FOUR)


def test_what_was_reserved_before_a_revocation_can_still_be_posted() -> None:
    lot = reserved(a_lot(), FOUR)
    lot = after(lot, revoke(lot, request="v", reason="", at=NOW))
    assert after(lot, post(lot, FOUR, request="p", award="award-1", at=NOW)).redeemed == FOUR


def test_credit_expires_on_its_day_and_not_before() -> None:
    day = NOW + timedelta(days=30)
    lot = a_lot(expires=day)
    with pytest.raises(NotYetExpired):
        after(lot, expire(lot, request="e", at=NOW))
    with pytest.raises(LotExpired):
        after(lot, reserve(lot, FOUR, request="r", award="award-1", at=day))
    lot = after(lot, expire(lot, request="e", at=day))
    assert lot.state is LotState.EXPIRED
    with pytest.raises(EmptyEntry):
        expire(lot, request="again", at=day)


def test_a_revocation_seen_from_an_older_look_is_refused() -> None:
    lot = a_lot()
    stale = revoke(lot, request="v", reason="", at=NOW)
    with pytest.raises(LotChanged):
        after(reserved(lot, FOUR), stale)


def _step(lot: Lot, choice: int, amount: Credits, number: int) -> Entry:
    request, award = f"entry-{number}", f"award-{number % 3}"
    if choice < 3:
        return (reserve, post, release)[choice](lot, amount, request=request, award=award, at=NOW)
    return revoke(lot, request=request, reason="", at=NOW)


steps = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4000).map(Credits)), max_size=30)


@given(steps)
def test_balances_are_sums_of_entries_whatever_is_tried(tried: list[tuple[int, Credits]]) -> None:
    lot = a_lot()
    written = [deposit(lot, request="deposit", at=NOW)]
    for number, (choice, amount) in enumerate(tried):
        entry = _step(lot, choice, amount, number)
        try:
            lot = after(lot, entry)
        except (CreditsAlreadyRedeemed, NothingReserved, LotRevoked, LotChanged):
            continue
        written.append(entry)
    sums = balances(written)
    assert sum(sums.values()) == 0
    assert sums[Bucket.AVAILABLE] == lot.available.thousandths >= 0
    assert sums[Bucket.RESERVED] == lot.reserved.thousandths
    assert sums[Bucket.REDEEMED] == lot.redeemed.thousandths
    assert sums[Bucket.REVOKED] == lot.lapsed.thousandths
