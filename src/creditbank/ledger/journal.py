"""What an entry does to a lot, and which entries a lot refuses."""

from dataclasses import replace

from creditbank.ledger.entry import Entry, EntryKind
from creditbank.ledger.errors import (
    CreditsAlreadyRedeemed,
    LotChanged,
    LotExpired,
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
    `LotChanged` for an entry made from an older look at the lot, `NotYetExpired`. A deposit opens a lot and is never
    applied to one.
    """
    assert entry.lot == lot.id, "an entry is applied to its own lot"
    assert entry.kind is not EntryKind.DEPOSIT, "a lot is opened once"
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
            detail=f"of {lot.amount} only {lot.available} are free, {lot.redeemed} count and "
            f"{lot.reserved} are reserved for an award",
        )


def _refuse_stale(lot: Lot, entry: Entry) -> None:
    takes_all = entry.kind in (EntryKind.EXPIRE, EntryKind.REVOKE)
    frees = entry.kind is EntryKind.RELEASE and entry.credit is Bucket.AVAILABLE
    lapses = entry.kind is EntryKind.RELEASE and entry.credit is Bucket.REVOKED
    if (takes_all and entry.amount != lot.available) or (frees and lot.revoked) or (lapses and not lot.revoked):
        raise LotChanged(f"Lot {lot.id} changed meanwhile.", next_step="Read the lot again and repeat the request.")
