"""The auditor finds what was changed by hand (threat 65)."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from creditbank.canonical import Digest
from creditbank.ledger import (
    AccountHead,
    Bucket,
    Entry,
    EntryKind,
    Lot,
    after,
    audit,
    chain_start,
    deposit,
    entry_hash,
    give_up,
    post,
    release,
    reserve,
    revoke,
    verify_chain,
)
from creditbank.units import CreditAmount, Credits

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TWO = Credits.parse("2")

OTHER: dict[type, Callable[[Any], Any]] = {
    str: lambda text: text + "x",
    int: lambda number: number + 1,
    bytes: lambda digest: Digest(bytes([digest[0] ^ 1]) + digest[1:]),
    Credits: lambda amount: amount + Credits(1),
    datetime: lambda moment: moment + timedelta(seconds=1),
    Bucket: lambda bucket: Bucket.EXPIRED if bucket is not Bucket.EXPIRED else Bucket.REVOKED,
    EntryKind: lambda kind: EntryKind.EXPIRE if kind is not EntryKind.EXPIRE else EntryKind.POST,
    type(None): lambda _: "award-of-nobody",
}


def a_lot(number: int, account: str = "learner-1") -> Lot:
    return Lot.of(
        account=account,
        credential=f"urn:uuid:{number}",
        issuer="did:web:provider.example",
        first_issue=f"urn:uuid:{number}",
        amount=CreditAmount("eu-ects", Credits.parse("5")),
        opened=NOW,
    )


def written(entries: list[Entry]) -> list[Entry]:
    chain: list[Entry] = []
    for number, entry in enumerate(entries, start=1):
        chain.append(entry.following(number, chain[-1].hash if chain else chain_start(entry.account)))
    return chain


def a_ledger() -> tuple[list[Lot], list[Entry]]:
    """Two lots of one account: one partly redeemed, one released and revoked."""
    first, second = a_lot(1), a_lot(2)
    entries = [deposit(first, request="d1", at=NOW), deposit(second, request="d2", at=NOW)]
    for kind, name in ((reserve, "r1"), (post, "p1")):
        entry = kind(first, TWO, request=name, award="award-1", at=NOW)
        first = after(first, entry)
        entries.append(entry)
    for kind, name in ((reserve, "r2"), (release, "l2")):
        entry = kind(second, TWO, request=name, award="award-2", at=NOW)
        second = after(second, entry)
        entries.append(entry)
    entries.append(revoke(second, request="v2", reason="issued in error", at=NOW))
    return [first, after(second, entries[-1])], written(entries)


def test_an_untouched_ledger_adds_up() -> None:
    lots, entries = a_ledger()
    assert audit(lots, entries, heads={"learner-1": entries[-1].hash}) == []
    assert audit(lots, reversed(entries)) == []


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
@pytest.mark.parametrize("position", range(7))
def test_the_chain_shows_any_edited_field(position: int, name: str) -> None:
    _, entries = a_ledger()
    value = getattr(entries[position], name)
    other = Digest(bytes(32)) if (name, value) == ("opens", None) else OTHER[type(value)](value)
    entries[position] = replace(entries[position], **{name: other})
    fault = verify_chain(entries)
    assert fault is not None
    assert fault.slug in ("chain-gap", "chain-broken", "entry-edited")


@pytest.mark.parametrize("position", range(7))
def test_an_edited_entry_hashed_anew_breaks_the_chain_behind_it_or_the_head(position: int) -> None:
    _, entries = a_ledger()
    head = entries[-1].hash
    forged = replace(entries[position], reason="nothing to see")
    entries[position] = replace(forged, hash=entry_hash(forged))
    fault = verify_chain(entries, head=head)
    assert fault is not None
    assert fault.slug == ("chain-head" if position == 6 else "chain-broken")


@pytest.mark.parametrize("position", range(6))
def test_a_missing_entry_is_a_gap(position: int) -> None:
    _, entries = a_ledger()
    del entries[position]
    fault = verify_chain(entries)
    assert fault is not None
    assert fault.slug == "chain-gap"


def test_a_cut_off_end_shows_against_the_head() -> None:
    lots, entries = a_ledger()
    assert verify_chain(entries[:-1]) is None
    slugs = {fault.slug for fault in audit(lots, entries[:-1], heads={"learner-1": entries[-1].hash})}
    assert slugs == {"chain-head", "lot-sum"}
    assert "chain-head" in {fault.slug for fault in audit([], [], heads={"learner-1": entries[-1].hash})}


def test_a_cut_off_end_shows_against_what_was_anchored_though_the_head_was_made_to_fit() -> None:
    _, entries = a_ledger()
    cut, last = entries[:-1], entries[-1]
    anchored = [AccountHead(last.account, last.sequence, last.hash)]
    fault = verify_chain(cut, head=cut[-1].hash, anchored=anchored)
    assert fault is not None
    assert (fault.slug, "entries that were anchored are gone" in fault.sentence) == ("chain-head", True)
    assert verify_chain(entries, head=last.hash, anchored=anchored) is None


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"amount": CreditAmount("eu-ects", Credits.parse("50"))}, "lot-sum"),
        ({"amount": CreditAmount("uk-cats", Credits.parse("5"))}, "lot-edited"),
        ({"reserved": TWO}, "lot-sum"),
        ({"redeemed": Credits(0)}, "lot-sum"),
        ({"lapsed": Credits(1)}, "lot-sum"),
        ({"revoked": True}, "lot-sum"),
        ({"issuer": "did:web:other.example"}, "lot-edited"),
        ({"first_issue": "urn:uuid:9"}, "lot-edited"),
        ({"credential": "urn:uuid:9"}, "lot-edited"),
        ({"opened": NOW - timedelta(days=1)}, "lot-edited"),
        ({"expires": NOW + timedelta(days=999)}, "lot-edited"),
        ({"account": "learner-2"}, "lot-edited"),
    ],
)
def test_a_lot_that_disagrees_with_its_entries_is_found(change: dict[str, Any], slug: str) -> None:
    lots, entries = a_ledger()
    lots[0] = replace(lots[0], **change)
    assert slug in {fault.slug for fault in audit(lots, entries)}


def test_a_lot_that_is_gone_or_was_slipped_in_is_found() -> None:
    lots, entries = a_ledger()
    assert {fault.slug for fault in audit(lots[1:], entries)} == {"lot-missing"}
    assert {fault.slug for fault in audit([*lots, a_lot(3)], entries)} == {"lot-edited", "lot-sum"}


def test_a_well_hashed_chain_of_impossible_entries_is_found() -> None:
    lot = a_lot(1)
    first = deposit(lot, request="d1", at=NOW)
    again = replace(first, id="d2")
    unheld = post(lot, TWO, request="p1", award="award-1", at=NOW)
    strange = replace(unheld, id="p2", debit=Bucket.ISSUED)
    faults = audit([lot], written([first, again, unheld, strange]))
    assert {"lot-opened-twice", "overdrawn", "entry-kind"} <= {fault.slug for fault in faults}


def test_an_award_that_posts_what_another_one_reserved_is_found() -> None:
    lot = a_lot(1)
    entries = [deposit(lot, request="d1", at=NOW)]
    for kind, award in ((reserve, "award-1"), (post, "award-2")):
        entries.append(kind(lot, TWO, request=award, award=award, at=NOW))
        lot = after(lot, entries[-1])
    assert {fault.slug for fault in audit([lot], written(entries))} == {"overdrawn"}


def test_a_chain_does_not_start_like_another_accounts() -> None:
    entry = deposit(a_lot(1), request="d1", at=NOW).following(1, chain_start("learner-2"))
    fault = verify_chain([entry])
    assert fault is not None
    assert fault.slug == "chain-broken"


def moved(origin: str | None = "award-1", amount: Credits = TWO, kind: EntryKind = EntryKind.MOVE) -> list[str]:
    """The slugs an auditor finds once what counts for award 1 is held for award 3, or so it is written."""
    lots, entries = a_ledger()
    entry = give_up(lots[0], amount, request="m", award="award-3", origin="x", at=NOW)
    entry = replace(entry, origin=origin, kind=kind)
    chain = written([replace(one, sequence=0) for one in [*entries, entry]])
    first = replace(lots[0], redeemed=lots[0].redeemed - TWO, reserved=lots[0].reserved + TWO)
    return [fault.slug for fault in audit([first, lots[1]], chain)]


def test_a_move_takes_from_the_award_that_it_names() -> None:
    assert moved() == []
    assert "overdrawn" in moved(origin="award-2")
    assert "overdrawn" in moved(amount=Credits.parse("3"))
    assert "entry-kind" in moved(origin=None)
    assert "entry-kind" in moved(kind=EntryKind.POST)


def test_an_entry_that_is_no_move_keeps_the_hash_it_always_had() -> None:
    _, entries = a_ledger()
    assert entry_hash(entries[1]) == entry_hash(replace(entries[1], origin=None))
    assert entry_hash(entries[1]) != entry_hash(replace(entries[1], origin="award-1"))
