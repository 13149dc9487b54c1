"""What an entry does to a lot, and which entries a lot refuses."""

from dataclasses import replace

from creditbank.ledger.entry import Entry, EntryKind
from creditbank.ledger.errors import (
    CreditsAlreadyRedeemed,
    LotChanged,
    LotExpired,
    LotReserved,
    LotRevoked,
    NotCountedThere,
    NothingReserved,
    NotYetExpired,
)
from creditbank.ledger.lot import Bucket, Lot
from creditbank.units import instant_text


def after(lot: Lot, entry: Entry) -> Lot:
    """The lot once `entry` is written.

    Raises `CreditsAlreadyRedeemed` when less is free than the entry takes, `LotRevoked` and `LotExpired` for
    a reservation of what lapsed, `NothingReserved` when less is held, `NotCountedThere` when less counts,
    `LotChanged` for an entry made from an older look at the lot, `NotYetExpired`, `LotReserved` for a transfer while
    an award is on its way. A deposit opens a lot and is never applied to one.
    """
    assert entry.lot == lot.id, "an entry is applied to its own lot"
    assert entry.kind is not EntryKind.DEPOSIT, "a lot is opened once"
    if entry.kind is EntryKind.TRANSFER:
        return _handed_over(lot, entry)
    if entry.kind is EntryKind.RESERVE:
        _refuse_reservation(lot, entry)
    elif entry.debit is Bucket.REDEEMED and entry.amount > lot.redeemed:
        raise NotCountedThere(f"Of lot {lot.id} {lot.redeemed} count towards awards, not {entry.amount}.")
    elif entry.debit is Bucket.RESERVED and entry.amount > lot.reserved:
        raise NothingReserved(f"Of lot {lot.id} {lot.reserved} are reserved, not {entry.amount}.")
    elif entry.kind is EntryKind.REVOKE and lot.revoked:
        raise LotRevoked(f"The credential {lot.credential} is revoked already.")
    elif entry.kind is EntryKind.EXPIRE and (lot.expires is None or entry.at < lot.expires):
        raise NotYetExpired(f"The credits of {lot.credential} can still be used.")
    _refuse_stale(lot, entry)
    amounts = {Bucket.RESERVED: lot.reserved, Bucket.REDEEMED: lot.redeemed}
    if entry.debit in amounts:
        amounts[entry.debit] -= entry.amount
    if entry.credit in amounts:
        amounts[entry.credit] += entry.amount
    lapses = entry.credit in (Bucket.EXPIRED, Bucket.REVOKED)
    return replace(
        lot,
        reserved=amounts[Bucket.RESERVED],
        redeemed=amounts[Bucket.REDEEMED],
        lapsed=lot.lapsed + entry.amount if lapses else lot.lapsed,
        revoked=lot.revoked or entry.kind is EntryKind.REVOKE,
    )


def _handed_over(lot: Lot, entry: Entry) -> Lot:
    """The lot in its new account, after the entry that gives it or the one that takes it."""
    giver, taker = (entry.account, entry.party) if entry.debit is Bucket.HELD else (entry.party, entry.account)
    assert taker is not None, "a transfer names the other account"
    if lot.account != (giver if entry.debit is Bucket.HELD else taker):
        raise LotChanged(f"Lot {lot.id} changed hands meanwhile.", next_step="Read the lot again.")
    if lot.reserved:
        raise LotReserved(
            f"Of lot {lot.id} {lot.reserved} are reserved for an award on its way, so it stays where it is.",
            next_step="Wait until the award is made or given back, then ask again.",
        )
    return replace(lot, account=taker)


def _refuse_reservation(lot: Lot, entry: Entry) -> None:
    if lot.revoked:
        raise LotRevoked(
            f"The issuer revoked the credential {lot.credential}, so its credits cannot be used.",
            next_step="Ask the provider why, or leave the unit out.",
        )
    if lot.expires is not None and entry.at >= lot.expires:
        raise LotExpired(
            f"The credits of {lot.credential} could be used until {instant_text(lot.expires)}; that is past."
        )
    if entry.amount > lot.available:
        raise CreditsAlreadyRedeemed(
            lot.credential,
            lot=lot.id,
            free=lot.available,
            detail=f"of {lot.amount} only {lot.available} are free, {lot.redeemed} count and "
            f"{lot.reserved} are reserved for an award",
        )


def _refuse_stale(lot: Lot, entry: Entry) -> None:
    takes_all = entry.kind in (EntryKind.EXPIRE, EntryKind.REVOKE)
    back = entry.kind in (EntryKind.RELEASE, EntryKind.REVERSE)
    frees, lapses = back and entry.credit is Bucket.AVAILABLE, back and entry.credit is Bucket.REVOKED
    if (takes_all and entry.amount != lot.available) or (frees and lot.revoked) or (lapses and not lot.revoked):
        raise LotChanged(f"Lot {lot.id} changed meanwhile.", next_step="Read the lot again and repeat the request.")
