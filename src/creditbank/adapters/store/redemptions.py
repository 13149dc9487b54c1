"""What was redeemed for awards made elsewhere, one request at a time."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from creditbank.adapters.store.journal import lot_of
from creditbank.adapters.store.session import Tables, limited, values
from creditbank.adapters.store.tables import answers, awards, holds, intents, learners, lots, organisations, suspensions
from creditbank.adapters.store.tables_halts import halts
from creditbank.adapters.store.tables_ledger import redemption_uses, redemptions, reservations
from creditbank.services.correcting import REISSUE
from creditbank.services.halting import ALL, REDEMPTION
from creditbank.services.ledger_records import (
    BeforeRedeeming,
    RedeemedUse,
    Redemption,
    RedemptionState,
    Reservation,
    ReservationState,
)
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import Organisation

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
_BODY: Final = [organisations.c[field.name] for field in fields(Organisation)]
_LOT: Final = [column for column in lots.c if column.name != "row"]
_OF_AWARD: Final = bindparam("award", type_=holds.c.award.type)
_STOPPED: Final = or_(
    halts.c.scope.in_([ALL, REDEMPTION]), halts.c.scope == literal("organisation:") + organisations.c.id
)
_DOUBTS: Final = (
    exists().where(redemptions.c.request == bindparam("request")),
    exists().where(answers.c.key == bindparam("key")),
    exists().where(halts.c.lifted.is_(None), _STOPPED),
    exists().where(awards.c.id == _OF_AWARD),
    exists().where(holds.c.award == _OF_AWARD),
    exists().where(reservations.c.award == _OF_AWARD, reservations.c.state == ReservationState.HELD),
    exists().where(intents.c.request == literal(REISSUE) + lots.c.credential),
    exists().where(suspensions.c.credential == lots.c.credential),
)
_BEFORE_REDEEMING: Final = (
    select(*_BODY, *_LOT, learners.c.person.is_not(None), or_(*_DOUBTS))
    .select_from(organisations.join(lots, true()).join(learners, learners.c.id == lots.c.account))
    .where(organisations.c.id == bindparam("organisation"), learners.c.erased.is_(None))
    .where(lots.c.id.in_(bindparam("lots", expanding=True)))
)
_OWN: Final = and_(redemptions.c.request == bindparam("of"), redemptions.c.state == bindparam("since"))


def _add_one() -> Any:
    """A redemption of one lot and its use in one statement; its answer is how many rows each of them is."""
    whole = [column.name for column in redemptions.c if column.name != "row"]
    part = [column.name for column in redemption_uses.c]
    made = (
        postgres_insert(redemptions)
        .from_select(whole, select(*(bindparam(f"whole_{one}", type_=redemptions.c[one].type) for one in whole)))
        .on_conflict_do_nothing()
        .returning(redemptions.c.row)
        .cte("made")
    )
    given = (bindparam(f"part_{one}", type_=redemption_uses.c[one].type) for one in part)
    used = (
        postgres_insert(redemption_uses)
        .from_select(part, select(*given).where(exists(select(made.c.row))))
        .on_conflict_do_nothing()
        .returning(redemption_uses.c.position)
        .cte("used")
    )
    return select(*(select(func.count()).select_from(one).scalar_subquery() for one in (made, used)))


def _take_on() -> Any:
    """A redemption's next state, and where all its uses stand then; as many rows are changed as it has uses."""
    moved = (
        update(redemptions)
        .where(_OWN)
        .values(state=bindparam("to"), refusal=bindparam("refused", type_=redemptions.c.refusal.type))
        .returning(redemptions.c.request)
        .cte("moved")
    )
    here = redemption_uses.c.redemption.in_(select(moved.c.request))
    return update(redemption_uses).where(here).values(transaction=bindparam("sent"), live=bindparam("counts"))


_ADD_ONE: Final = _add_one()
_TAKE_ON: Final = _take_on()


class Redemptions(Tables):
    """The part of `ports.Transaction` that keeps redemptions."""

    def before_redeeming(
        self, request: str, key: str, *, organisation: str, award: str, named: Collection[str]
    ) -> BeforeRedeeming | None:
        asked = {"request": request, "key": key, "organisation": organisation, "award": award, "lots": list(named)}
        rows = self._connection.execute(_BEFORE_REDEEMING, asked).all()
        if len(rows) != len(named) or any(row[-1] for row in rows):
            return None
        body, until = len(_BODY), len(_BODY) + len(_LOT)
        found = {lot.id: lot for lot in (lot_of(zip(_LOT, row[body:until], strict=True)) for row in rows)}
        return BeforeRedeeming(Organisation(*rows[0][:body]), {id: found[id] for id in named}, any(r[-2] for r in rows))

    def add_redemption(self, redemption: Redemption) -> None:
        row = values(redemption, without=frozenset({"uses"}))
        whose = {"redemption": redemption.request, "organisation": redemption.organisation, "award": redemption.award}
        live = redemption.state in COUNTS
        parts = [
            {**values(use), **whose, "live": live, "position": position} for position, use in enumerate(redemption.uses)
        ]
        if len(parts) == 1 and self._connection.dialect.name == "postgresql":
            given = {f"whole_{name}": value for name, value in row.items()}
            given |= {f"part_{name}": value for name, value in parts[0].items()}
            added, used = self._connection.execute(_ADD_ONE, given).one()
        else:
            added, used = int(self._insert_new(redemptions, row)), 0
            if added:
                used = self._insert_each(redemption_uses, parts)
        if not added:
            raise AlreadyRecorded(
                f"Redemption {redemption.request} is recorded already.", next_step="Read what stands there."
            )
        if used < len(parts):
            # taken out by hand: a savepoint would cost every redemption two questions
            self._connection.execute(delete(redemption_uses).where(redemption_uses.c.redemption == redemption.request))
            self._connection.execute(delete(redemptions).where(redemptions.c.request == redemption.request))
            raise AlreadyRecorded(f"A lot for award {redemption.award} is recorded already.")

    def update_redemption(self, redemption: Redemption, *, since: RedemptionState) -> bool:
        sent = {use.transaction for use in redemption.uses}
        if len(sent) == 1 and self._connection.dialect.name == "postgresql":
            told = {"of": redemption.request, "since": since, "to": redemption.state, "refused": redemption.refusal}
            given = told | {"sent": sent.pop(), "counts": redemption.state in COUNTS}
            return self._connection.execute(_TAKE_ON, given).rowcount > 0
        step = {"state": redemption.state, "refusal": redemption.refusal}
        here = and_(redemptions.c.request == redemption.request, redemptions.c.state == since)
        if self._connection.execute(update(redemptions).where(here).values(**step)).rowcount != 1:
            return False
        by_transaction: dict[str | None, list[str]] = {}
        for use in redemption.uses:
            by_transaction.setdefault(use.transaction, []).append(use.lot)
        for transaction, there in by_transaction.items():
            own = and_(redemption_uses.c.redemption == redemption.request, redemption_uses.c.lot.in_(there))
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
