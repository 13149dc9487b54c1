"""Moments carry their zone, amounts are whole thousandths, and the ledger goes by number and not by clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.ledger import Lot, deposit, expire, verify_chain
from creditbank.ledger.entry import chain_start
from creditbank.units import (
    CreditAmount,
    Credits,
    NegativeCredits,
    UnreadableCredits,
    UnreadableInstant,
    instant_text,
    parse_instant,
)

DAY = timedelta(days=2)
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28T09:00:00",  # no zone
        "2026-11-28",
        "2026-06-30T23:59:60Z",  # a leap second
        "2026-11-28T24:00:00Z",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-28T09:00:00+25:00",
        "2026-11-28 09:00 CET",
        "9999-12-31T23:59:59-14:00",  # beyond what a machine can say in UTC
        "٢٠٢٦-11-28T09:00:00Z",
        "1764320400",
        "",
    ],
)
def test_a_moment_that_can_be_read_in_two_ways_is_refused(text: str) -> None:
    """Threat 57: no zone, a leap second, 24:00 and the year 10000 are refused and not guessed at."""
    with pytest.raises(UnreadableInstant):
        parse_instant(text)


@given(st.datetimes(NOW.min + DAY, NOW.max - DAY, timezones=st.timezones()))
def test_every_moment_is_kept_in_utc_whatever_zone_it_came_in(moment: datetime) -> None:
    """Threat 57: across a change to summer time too."""
    kept = parse_instant(instant_text(moment))
    assert kept.utcoffset() == timedelta()
    assert kept == moment.astimezone(UTC).replace(microsecond=0)


ODD = ["-1", "+1", "1e3", "1_000", "1,5", "٥", "²", "1.2345", ".5", "5.", " 5", "5\n", "0x10", "NaN", "inf", "9999999"]


@pytest.mark.parametrize("text", [*ODD, "", "9" * 40, "1.0.0"])
def test_an_amount_has_one_strict_spelling(text: str) -> None:
    """Threat 58: neither signs, exponents, grouping, other digits nor more than six places before the point."""
    with pytest.raises(UnreadableCredits):
        Credits.parse(text)


@pytest.mark.parametrize(
    "make", [lambda: Credits(-1), lambda: Credits(1) - Credits(2), lambda: Credits(0) - Credits(1)]
)
def test_no_amount_is_below_zero_however_it_came_about(make: Callable[[], Credits]) -> None:
    """Threat 58."""
    with pytest.raises(NegativeCredits):
        make()


@given(st.lists(st.integers(0, 10**8), max_size=50))
def test_sums_of_credits_are_exact(parts: list[int]) -> None:
    """Threat 58: a thousand times a tenth is a hundred, because nothing is ever a binary fraction."""
    assert sum(map(Credits, parts), Credits(0)).thousandths == sum(parts)
    assert sum([Credits.parse("0.1")] * 1000, Credits(0)) == Credits.parse("100")


def test_the_ledger_goes_by_number_when_the_clock_goes_back() -> None:
    """Threat 57: an entry written with an earlier time than the one before it stands after it all the same."""
    lot = Lot.of(
        account="urn:uuid:a",
        credential="urn:uuid:c",
        issuer="did:example:i",
        first_issue="urn:uuid:c",
        amount=CreditAmount("eu-ects", Credits.parse("5")),
        opened=NOW,
        expires=NOW - timedelta(days=400),
    )
    first = deposit(lot, request="deposit", at=NOW).following(1, chain_start(lot.account))
    second = expire(lot, request="expire", at=NOW - timedelta(days=365)).following(2, first.hash)
    assert second.at < first.at
    assert verify_chain([first, second], head=second.hash) is None
    swapped = [replace(second, sequence=1), replace(first, sequence=2)]
    assert verify_chain(swapped) is not None
