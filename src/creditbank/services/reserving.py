"""Reserving: a university holds part of a lot for a while, so that a sum can be talked over before it is redeemed.

Such a reservation lapses by itself. Once its redemption is written down it is taken, and no time-out applies any more:
lapsing and taking are two ends of one row, and the database lets it have one.
"""

from datetime import datetime, timedelta
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, Conflict
from creditbank.ledger import Lot, LotChanged, release, reserve
from creditbank.services.consenting import require_consent
from creditbank.services.counted import require_own_name
from creditbank.services.halting import require_running
from creditbank.services.ledger_records import Reservation, ReservationState
from creditbank.services.looking_again import looking_again
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import AlreadyRecorded, Clock, Store, UnknownRecord
from creditbank.services.redeeming import Redeeming
from creditbank.services.suspending import require_not_suspended
from creditbank.units import Credits, instant_text

LONGEST: Final = timedelta(days=90)
AT_A_TIME: Final = 200


class UnusableTerm(BadInput):
    """A reservation ends in the future, within 90 days, and before the credits do."""

    slug = "unusable-term"


class ReservationReused(Conflict):
    """This request id already stands for another reservation."""

    slug = "reservation-reused"


class ReservationOver(Conflict):
    """The reservation is not held any more."""

    slug = "reservation-over"


class Reserving:
    """Holds credits for a while."""

    def __init__(self, store: Store, redeeming: Redeeming, noticing: Noticing, clock: Clock) -> None:
        self._store, self._redeeming, self._noticing, self._clock = store, redeeming, noticing, clock

    def reserve(self, request: str, *, lot: str, amount: Credits, award: str, until: datetime, by: str) -> Reservation:
        """Hold part of a lot for an award until then; the same request again gives the first answer.

        Raises `UnusableTerm`, `AwardNameTaken`, `ReservationReused`, `NotAnAwarder`, `UnknownRecord` for an unknown
        lot, and what reserving raises: `CreditsAlreadyRedeemed`, `LotRevoked`, `LotExpired`, `CreditSuspended`.
        """
        with self._store.transaction() as tx:
            standing = tx.find_reservation(request)
        if standing is not None:
            return _same(standing, lot, amount, award, until, by)
        now = self._clock.now()
        if not now < until <= now + LONGEST:
            raise UnusableTerm(f"A reservation ends after now, and within {LONGEST.days} days.")
        require_own_name(award)
        self._redeeming.require_admitted(by)
        made = Reservation(request, by, award, lot, amount, until, ReservationState.HELD, now)
        try:
            looking_again(lambda: self._hold(made))
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                first = tx.find_reservation(request)
            assert first is not None, "it is what was recorded"
            return _same(first, lot, amount, award, until, by)
        return made

    def _hold(self, made: Reservation) -> None:
        with self._store.transaction() as tx:
            require_running(tx, made.organisation, redeeming=True)
            held = tx.get_lot(made.lot)
            require_consent(tx, held.account, made.organisation, made.created)
            require_not_suspended(tx, held.credential)
            _require_in_time(held, made.until)
            tx.add_reservation(made)
            tx.post(reserve(held, made.amount, request=f"hold:{made.request}", award=made.award, at=made.created))
            told: JsonObject = {"lot": made.lot, "amount": str(made.amount), "organisation": made.organisation}
            self._noticing.tell(tx, to_learner(held.account), "credits-reserved", told)

    def get(self, request: str, *, by: str) -> Reservation:
        """A body's own reservation as it stands; raises `UnknownRecord` for any other."""
        with self._store.transaction() as tx:
            found = tx.find_reservation(request)
        if found is None or found.organisation != by:
            raise UnknownRecord(f"There is no reservation {request}.")
        return found

    def release(self, request: str, *, by: str) -> Reservation:
        """Give back what is held; again is fine. Raises `UnknownRecord`, and `ReservationOver` when it is not held."""
        found = self.get(request, by=by)
        if not self._end(found, ReservationState.RELEASED, "given back"):
            found = self.get(request, by=by)
            if found.state is not ReservationState.RELEASED:
                raise ReservationOver(f"This reservation is {found.state} by now.")
        return self.get(request, by=by)

    def lapse(self) -> int:
        """End every reservation whose time is over; how many."""
        done = 0
        while True:
            with self._store.transaction() as tx:
                due = tx.overdue_reservations(self._clock.now(), AT_A_TIME)
            ended = sum(self._end(one, ReservationState.LAPSED, "its time is over") for one in due)
            done += ended
            if len(due) < AT_A_TIME or not ended:
                return done

    def _end(self, held: Reservation, state: ReservationState, why: str) -> bool:
        try:
            return looking_again(lambda: self._freed(held, state, why))
        except LotChanged:  # it moves on and on: what was held lapses next time
            return False

    def _freed(self, held: Reservation, state: ReservationState, why: str) -> bool:
        with self._store.transaction() as tx:
            if not tx.end_reservation(held.request, state):
                return False
            lot, now = tx.get_lot(held.lot), self._clock.now()
            name = f"free:{held.request}"
            tx.post(release(lot, held.amount, request=name, award=held.award, at=now, reason=why))
            if state is ReservationState.LAPSED:
                told: JsonObject = {"reservation": held.request, "lot": held.lot}
                self._noticing.tell(tx, to_organisation(held.organisation), "reservation-lapsed", told)
        return True


def _require_in_time(lot: Lot, until: datetime) -> None:
    """Raise `UnusableTerm` for a hold beyond the shelf life: nothing could be redeemed under it any more."""
    if lot.expires is not None and until > lot.expires:
        raise UnusableTerm(
            f"The credits of {lot.credential} can be used until {instant_text(lot.expires)}, not longer."
        )


def _same(standing: Reservation, lot: str, amount: Credits, award: str, until: datetime, by: str) -> Reservation:
    kept = (standing.lot, standing.amount, standing.award, standing.until, standing.organisation)
    if kept != (lot, amount, award, until, by):
        raise ReservationReused(f"The request id {standing.request} was used before for another reservation.")
    return standing
