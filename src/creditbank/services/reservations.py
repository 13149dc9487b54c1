"""What becomes of a reservation in the transaction that writes the intent for which it was made."""

from datetime import datetime

from creditbank.ledger import release
from creditbank.services.ledger_records import ReservationState
from creditbank.services.ports import Transaction


def take_reservations(tx: Transaction, organisation: str, award: str, lot: str, at: datetime) -> None:
    """End what this body holds of a lot for an award, since the caller is about to reserve what it needs for good.

    It happens in the transaction that writes the redemption down, so that no time-out applies from then on, and nobody
    gets in between.
    """
    for held in tx.held_reservations(award, lot, organisation):
        if tx.end_reservation(held.request, ReservationState.TAKEN):
            name, why = f"take:{held.request}", "taken by its redemption"
            tx.post(release(tx.get_lot(lot), held.amount, request=name, award=award, at=at, reason=why))
