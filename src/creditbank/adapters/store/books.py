"""Reading the ledger's books: what an award holds, what expires, and streams of all there is for an audit."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    collate,
    func,
    insert,
    literal,
    not_,
    select,
    type_coerce,
    union_all,
)

from creditbank.adapters.store.journal import FREE, lot_of_row
from creditbank.adapters.store.session import Tables, record, values
from creditbank.adapters.store.tables import accounts, award_uses, awards, entries, holds, lots
from creditbank.adapters.store.tables_ledger import head_sets, notices, redemption_uses, redemptions, sealed_heads
from creditbank.adapters.store.types import Amount
from creditbank.ledger import AccountHead, Entry, Lot
from creditbank.services.ledger_records import HeadSet, Hold, RedemptionState, SealedHead, UseOfLot
from creditbank.services.records import AwardState
from creditbank.units import NONE

AT_A_TIME: Final = 1000
HELD: Final = type_coerce(holds.c.reserved + holds.c.redeemed, Amount)


class Books(Tables):
    """The part of `ports.Transaction` that reads the ledger without moving anything."""

    def entries_about(self, account: str) -> list[Entry]:
        here = select(lots.c.id).where(lots.c.account == account)
        order = (entries.c.account, entries.c.sequence)
        return self._all(Entry, select(entries).where(entries.c.lot.in_(here)).order_by(*order))

    def lot_opened_by(self, credential: str) -> Lot | None:
        row = self._connection.execute(select(lots).where(lots.c.credential == credential)).one_or_none()
        return None if row is None else lot_of_row(row)

    def holds_of(self, lot: str) -> list[Hold]:
        query = select(holds).where(holds.c.lot == lot, HELD > NONE)
        return self._all(Hold, query.order_by(holds.c.award))

    def held_for(self, award: str) -> list[Hold]:
        query = select(holds).where(holds.c.award == award, HELD > NONE)
        return self._all(Hold, query.order_by(holds.c.lot))

    def expired_lots(self, now: datetime, limit: int) -> list[Lot]:
        past = and_(lots.c.expires <= now, lots.c.revoked.is_(False), FREE > NONE)
        query = select(lots).where(past).order_by(lots.c.expires, lots.c.id).limit(limit)
        return [lot_of_row(row) for row in self._connection.execute(query)]

    def lots_to_warn(self, since: datetime, until: datetime, once: str, limit: int) -> list[Lot]:
        name = literal(f"{once}:") + lots.c.id
        told = select(notices.c.row).where(
            notices.c.audience == literal("learner:") + lots.c.account, notices.c.once == name
        )
        soon = and_(lots.c.expires > since, lots.c.expires <= until, lots.c.revoked.is_(False), FREE > NONE)
        query = select(lots).where(soon, not_(told.exists())).order_by(lots.c.expires, lots.c.id).limit(limit)
        return [lot_of_row(row) for row in self._connection.execute(query)]

    def account_heads(self) -> Iterator[AccountHead]:
        query = select(accounts).order_by(self._plain(accounts.c.id))
        return (AccountHead(row.id, row.sequence, row.head) for row in self._stream(query))

    def entries_by_account(self) -> Iterator[Entry]:
        query = select(entries).order_by(self._plain(entries.c.account), entries.c.sequence)
        return (record(Entry, row) for row in self._stream(query))

    def entries_by_lot(self) -> Iterator[Entry]:
        query = select(entries).order_by(self._plain(entries.c.lot), self._plain(entries.c.account), entries.c.sequence)
        return (record(Entry, row) for row in self._stream(query))

    def holds_by_lot(self) -> Iterator[Hold]:
        return (record(Hold, row) for row in self._stream(select(holds).order_by(self._plain(holds.c.lot))))

    def uses_by_lot(self) -> Iterator[UseOfLot]:
        used, whole = redemption_uses.c, redemptions.c
        query = select(used.lot, whole.request, used.award, used.amount, whole.state, whole.asked).select_from(
            redemption_uses.join(redemptions)
        )
        return (record(UseOfLot, row) for row in self._stream(query.order_by(self._plain(used.lot))))

    def taken_back_by_lot(self) -> Iterator[Hold]:
        elsewhere = (
            select(redemption_uses.c.lot, redemption_uses.c.award, redemption_uses.c.amount)
            .select_from(redemption_uses.join(redemptions))
            .where(redemptions.c.state == RedemptionState.REVERSED)
        )
        here = (
            select(award_uses.c.lot, award_uses.c.award, award_uses.c.amount)
            .select_from(award_uses.join(awards))
            .where(awards.c.state == AwardState.REVERSED)
        )
        both = union_all(elsewhere, here).subquery()
        query = select(both).order_by(self._plain(both.c.lot))
        return (Hold(row.lot, row.award, NONE, row.amount) for row in self._stream(query))

    def lots_by_id(self) -> Iterator[Lot]:
        return (lot_of_row(row) for row in self._stream(select(lots).order_by(self._plain(lots.c.id))))

    def heads_that_went_on(self) -> list[AccountHead]:
        covered = select(func.max(sealed_heads.c.sequence)).where(sealed_heads.c.account == accounts.c.id)
        newer = accounts.c.sequence > func.coalesce(covered.scalar_subquery(), 0)
        query = select(accounts).where(newer).order_by(self._plain(accounts.c.id))
        return [AccountHead(row.id, row.sequence, row.head) for row in self._connection.execute(query)]

    def add_head_set(self, made: HeadSet, heads: Sequence[SealedHead]) -> None:
        with self._atomically():
            self._add(head_sets, values(made), f"Set {made.number} of heads")
            self._connection.execute(insert(sealed_heads), [values(head) for head in heads])

    def last_head_set(self) -> HeadSet | None:
        return self._one(HeadSet, select(head_sets).order_by(head_sets.c.number.desc()).limit(1))

    def find_head_set(self, document: str) -> HeadSet | None:
        return self._one(HeadSet, select(head_sets).where(head_sets.c.document == document))

    def head_sets(self) -> list[HeadSet]:
        return self._all(HeadSet, select(head_sets).order_by(head_sets.c.number))

    def heads_in(self, number: int) -> list[SealedHead]:
        query = select(sealed_heads).where(sealed_heads.c.number == number).order_by(sealed_heads.c.index)
        return self._all(SealedHead, query)

    def sealed_heads(self) -> Iterator[AccountHead]:
        query = select(sealed_heads).order_by(self._plain(sealed_heads.c.account), sealed_heads.c.sequence)
        return (AccountHead(row.account, row.sequence, row.head) for row in self._stream(query))

    def newest_sealed_head(self, account: str) -> SealedHead | None:
        query = select(sealed_heads).where(sealed_heads.c.account == account)
        return self._one(SealedHead, query.order_by(sealed_heads.c.sequence.desc()).limit(1))

    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """Row by row, so that a long table needs no more memory than a short one."""
        yield from self._connection.execute(query, execution_options={"yield_per": AT_A_TIME})

    def _plain(self, column: ColumnElement[str]) -> ColumnElement[str]:
        """A text in the order of its bytes, as Python sorts it, whatever the language of the database."""
        return collate(column, "BINARY" if self._connection.dialect.name == "sqlite" else "C")
