"""What becomes of a reservation in the transaction that writes the intent for which it was made."""

from collections.abc import Mapping
from datetime import datetime

from creditbank.ledger import Lot, release
from creditbank.services.ledger_records import ReservationState
from creditbank.services.ports import Transaction


def take_reservations(tx: Transaction, organisation: str, award: str, lots: Mapping[str, Lot], at: datetime) -> None:
    """End what this body holds of these lots for an award, since the caller is about to reserve what it needs for good.

    It happens in the transaction that writes the redemption down, so that no time-out applies from then on, and nobody
    gets in between.
    """
    for held in tx.held_reservations(award, list(lots), organisation):
        if tx.end_reservation(held.request, ReservationState.TAKEN):
            name, why = f"take:{held.request}", "taken by its redemption"
            tx.post(release(lots[held.lot], held.amount, request=name, award=award, at=at, reason=why))
