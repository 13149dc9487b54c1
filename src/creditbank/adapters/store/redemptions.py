"""What was redeemed for awards made elsewhere, one request at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, true, update

from creditbank.adapters.store.session import Tables, limited, values
from creditbank.adapters.store.tables_ledger import redemption_uses, redemptions, reservations
from creditbank.services.ledger_records import RedeemedUse, Redemption, RedemptionState, Reservation, ReservationState
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.ports import AlreadyRecorded

OPEN = (RedemptionState.RESERVED, RedemptionState.UNDOING)
COUNTS = (*OPEN, RedemptionState.POSTED)
"""While it stands in one of these, its award uses its lots."""
_WHOLE: Final = tuple(column.name for column in redemptions.c if column.name != "row")
_WITH_USES: Final = (
    select(*redemptions.c, redemption_uses.c.lot, redemption_uses.c.amount, redemption_uses.c.transaction)
    .select_from(redemptions.outerjoin(redemption_uses))
    .where(redemptions.c.request == bindparam("request"))
    .order_by(redemption_uses.c.position)
)


class Redemptions(Tables):
    """The part of `ports.Transaction` that keeps redemptions."""

    def add_redemption(self, redemption: Redemption) -> None:
        row = values(redemption, without=frozenset({"uses"}))
        self._add(redemptions, row, f"Redemption {redemption.request}")
        whose = {"redemption": redemption.request, "organisation": redemption.organisation, "award": redemption.award}
        live = redemption.state in COUNTS
        parts = [
            {**values(use), **whose, "live": live, "position": position} for position, use in enumerate(redemption.uses)
        ]
        if self._insert_each(redemption_uses, parts) < len(parts):
            # taken out by hand: a savepoint would cost every redemption two questions
            self._connection.execute(delete(redemption_uses).where(redemption_uses.c.redemption == redemption.request))
            self._connection.execute(delete(redemptions).where(redemptions.c.request == redemption.request))
            raise AlreadyRecorded(f"A lot for award {redemption.award} is recorded already.")

    def update_redemption(self, redemption: Redemption, *, since: RedemptionState) -> bool:
        step = {"state": redemption.state, "refusal": redemption.refusal}
        here = and_(redemptions.c.request == redemption.request, redemptions.c.state == since)
        if self._connection.execute(update(redemptions).where(here).values(**step)).rowcount != 1:
            return False
        by_transaction: dict[str | None, list[str]] = {}
        for use in redemption.uses:
            by_transaction.setdefault(use.transaction, []).append(use.lot)
        for transaction, lots in by_transaction.items():
            own = and_(redemption_uses.c.redemption == redemption.request, redemption_uses.c.lot.in_(lots))
            changed = {"transaction": transaction, "live": redemption.state in COUNTS}
            self._connection.execute(update(redemption_uses).where(own).values(**changed))
        return True

    def end_redemption(self, request: str) -> None:
        for table, own, changed in (
            (redemptions, redemptions.c.request == request, {"state": RedemptionState.REVERSED}),
            (redemption_uses, redemption_uses.c.redemption == request, {"live": False}),
        ):
            self._connection.execute(update(table).where(own).values(**changed))

    def find_redemption(self, request: str) -> Redemption | None:
        rows = self._connection.execute(_WITH_USES, {"request": request}).all()
        if not rows:
            return None
        whole = {name: rows[0]._mapping[redemptions.c[name]] for name in _WHOLE}
        uses = (RedeemedUse(row.lot, row.amount, row.transaction) for row in rows if row.lot is not None)
        return Redemption(uses=tuple(uses), **whole)

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

    def held_reservations(
        self, award: str, lots: Collection[str], organisation: str | None = None
    ) -> list[Reservation]:
        held = and_(reservations.c.award == award, reservations.c.state == ReservationState.HELD)
        query = select(reservations).where(held, reservations.c.lot.in_(lots)).order_by(reservations.c.request)
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
