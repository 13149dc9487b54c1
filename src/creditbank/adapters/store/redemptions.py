"""What was redeemed for awards made elsewhere, one request at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true, update

from creditbank.adapters.store.session import Tables, limited, values
from creditbank.adapters.store.tables_ledger import redemption_uses, redemptions, reservations
from creditbank.services.ledger_records import RedeemedUse, Redemption, RedemptionState, Reservation, ReservationState
from creditbank.services.listing_ports import Listed, Page

OPEN = (RedemptionState.RESERVED, RedemptionState.UNDOING)
COUNTS = (*OPEN, RedemptionState.POSTED)
"""While it stands in one of these, its award uses its lots."""


class Redemptions(Tables):
    """The part of `ports.Transaction` that keeps redemptions."""

    def add_redemption(self, redemption: Redemption) -> None:
        with self._atomically():
            row = values(redemption, without=frozenset({"uses"}))
            self._add(redemptions, row, f"Redemption {redemption.request}")
            for position, use in enumerate(redemption.uses):
                live = redemption.state in COUNTS
                whose = {"organisation": redemption.organisation, "award": redemption.award, "live": live}
                key = {"redemption": redemption.request, "position": position, **whose}
                self._add(redemption_uses, values(use) | key, f"Lot {use.lot} for award {redemption.award}")

    def update_redemption(self, redemption: Redemption, *, since: RedemptionState) -> bool:
        step = {"state": redemption.state, "refusal": redemption.refusal}
        here = and_(redemptions.c.request == redemption.request, redemptions.c.state == since)
        if self._connection.execute(update(redemptions).where(here).values(**step)).rowcount != 1:
            return False
        for use in redemption.uses:
            own = and_(redemption_uses.c.redemption == redemption.request, redemption_uses.c.lot == use.lot)
            changed = {"transaction": use.transaction, "live": redemption.state in COUNTS}
            self._connection.execute(update(redemption_uses).where(own).values(**changed))
        return True

    def end_redemption(self, request: str) -> None:
        for table, own, changed in (
            (redemptions, redemptions.c.request == request, {"state": RedemptionState.REVERSED}),
            (redemption_uses, redemption_uses.c.redemption == request, {"live": False}),
        ):
            self._connection.execute(update(table).where(own).values(**changed))

    def find_redemption(self, request: str) -> Redemption | None:
        return next(iter(self._redemptions(redemptions.c.request == request, 1)), None)

    def open_redemptions(self) -> list[Redemption]:
        return self._redemptions(redemptions.c.state.in_(OPEN), None)

    def redemptions_for(self, award: str) -> list[Redemption]:
        return self._redemptions(redemptions.c.award == award, None)

    def redemptions_after(self, request: str | None, limit: int) -> list[Redemption]:
        last = select(redemptions.c.row).where(redemptions.c.request == request).scalar_subquery()
        return self._redemptions(true() if request is None else redemptions.c.row > last, limit)

    def list_redemptions(self, page: Page, organisation: str) -> Listed[Redemption]:
        mine = select(redemptions.c.row, redemptions.c.request).where(redemptions.c.organisation == organisation)
        places = {row.request: row.row for row in self._connection.execute(limited(mine, page, redemptions.c.row))}
        found = self._redemptions(redemptions.c.request.in_(list(places)), None)
        return sorted(((places[one.request], one) for one in found), key=lambda one: -one[0])

    def add_reservation(self, reservation: Reservation) -> None:
        self._add(reservations, values(reservation), f"Reservation {reservation.request}")

    def find_reservation(self, request: str) -> Reservation | None:
        return self._one(Reservation, select(reservations).where(reservations.c.request == request))

    def held_reservations(self, award: str, lot: str, organisation: str | None = None) -> list[Reservation]:
        held = and_(reservations.c.award == award, reservations.c.state == ReservationState.HELD)
        query = select(reservations).where(held, reservations.c.lot == lot).order_by(reservations.c.request)
        if organisation is not None:
            query = query.where(reservations.c.organisation == organisation)
        return self._all(Reservation, query)

    def overdue_reservations(self, now: datetime, limit: int) -> list[Reservation]:
        over = and_(reservations.c.state == ReservationState.HELD, reservations.c.until <= now)
        query = select(reservations).where(over).order_by(reservations.c.until, reservations.c.request)
        return self._all(Reservation, query.limit(limit))

    def end_reservation(self, request: str, state: ReservationState) -> bool:
        held = and_(reservations.c.request == request, reservations.c.state == ReservationState.HELD)
        return self._connection.execute(update(reservations).where(held).values(state=state)).rowcount == 1

    def _redemptions(self, which: ColumnElement[bool], limit: int | None) -> list[Redemption]:
        rows = self._connection.execute(select(redemptions).where(which).order_by(redemptions.c.row).limit(limit)).all()
        uses: dict[str, list[RedeemedUse]] = {row.request: [] for row in rows}
        parts = select(redemption_uses).where(redemption_uses.c.redemption.in_(list(uses)))
        for part in self._connection.execute(parts.order_by(redemption_uses.c.position)):
            uses[part.redemption].append(RedeemedUse(part.lot, part.amount, part.transaction))
        return [_redemption(row._mapping, uses[row.request]) for row in rows]


def _redemption(row: Any, uses: list[RedeemedUse]) -> Redemption:
    return Redemption(uses=tuple(uses), **{name: value for name, value in row.items() if name != "row"})
