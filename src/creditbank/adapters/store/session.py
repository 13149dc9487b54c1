"""What every group of tables shares: one open connection, and the way from records to rows and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Protocol, TypeVar

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    NestedTransaction,
    Row,
    Select,
    Table,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from creditbank.services.listing_ports import Page
from creditbank.services.ports import AlreadyRecorded, UnknownRecord

if TYPE_CHECKING:
    from sqlalchemy import Column, Executable
    from sqlalchemy.sql.dml import ReturningInsert


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=_Record)


def values(record: _Record, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A record's fields by name, which are the names of its columns."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name not in without}


def record(kind: type[Record], row: Row[Any]) -> Record:
    """A record from a row that has a column for each of its fields."""
    mapping = row._mapping
    return kind(**{name: mapping[name] for name in _names(kind)})


@cache
def _names(kind: type[Record]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def rows_by(table: Table, *names: str) -> Select[Any]:
    """The rows of a table that have the values that are given for these columns when it is asked.

    Queries of every request are built once with it: to build one anew costs as much as to ask it.
    """
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


@cache
def _insertion(table: Table, dialect: str) -> "ReturningInsert[*tuple[Any, ...]]":
    """Insert the row that is given, unless its place is taken; the new row's primary key, or nothing."""
    statement = sqlite_insert(table) if dialect == "sqlite" else postgres_insert(table)
    return statement.on_conflict_do_nothing().returning(*table.primary_key)


class Tables:
    """A group of tables seen through one open connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _insert(self, table: Table) -> "SqliteInsert | PostgresInsert":
        return sqlite_insert(table) if self._connection.dialect.name == "sqlite" else postgres_insert(table)

    def _insert_new(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Insert a row; False, and no error that would abort the transaction, when its place is taken."""
        statement = _insertion(table, self._connection.dialect.name)
        told = {name: value for name, value in row.items() if isinstance(value, ClauseElement)}
        if told:  # what the database itself is to work out
            statement = statement.values(told)
        given = {name: value for name, value in row.items() if name not in told}
        return self._connection.execute(statement, given).first() is not None

    def _insert_all(
        self, table: Table, rows: Sequence[Mapping[str, Any]], named: ColumnElement[str], **told: object
    ) -> frozenset[str]:
        """Insert rows that have the same columns, and give the names of those whose places were free.

        `told` is what the database itself is to work out for each.
        """
        if not rows:
            return frozenset()
        statement = self._insert(table).on_conflict_do_nothing().returning(named)
        return frozenset(self._connection.scalars(statement.values(**told) if told else statement, list(rows)))

    def _insert_each(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows whose places are free; how many those were."""
        if len(rows) == 1:
            return int(self._insert_new(table, rows[0]))
        statement = _insertion(table, self._connection.dialect.name)
        return len(self._connection.execute(statement, list(rows)).all()) if rows else 0

    def _add(self, table: Table, row: Mapping[str, Any], what: str) -> None:
        """Insert, or raise `AlreadyRecorded` in a transaction that stays usable."""
        if not self._insert_new(table, row):
            raise AlreadyRecorded(f"{what} is recorded already.", next_step="Read what stands there.")

    def _put(self, table: Table, row: Mapping[str, Any]) -> None:
        """Insert, or replace what stands under the same primary key."""
        keys = [column.name for column in table.primary_key]
        changed = {name: value for name, value in row.items() if name not in keys}
        statement = self._insert(table).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))

    def _change(self, table: Table, key: ColumnElement[bool], what: str, **changed: object) -> None:
        if self._connection.execute(update(table).where(key).values(**changed)).rowcount != 1:
            unknown(what)

    def _one(self, kind: type[Record], query: "Executable", **given: object) -> Record | None:
        row = self._connection.execute(query, given).one_or_none()
        return None if row is None else record(kind, row)

    def _all(self, kind: type[Record], query: "Executable", **given: object) -> list[Record]:
        return [record(kind, row) for row in self._connection.execute(query, given)]

    def _atomically(self) -> NestedTransaction:
        """A savepoint: what fails inside leaves nothing, even when the caller catches the error."""
        return self._connection.begin_nested()


def limited(query: Select[Any], page: Page, place: "Column[Any]") -> Select[Any]:
    """A query cut to one page, newest first, on the side of the place that the page names."""
    if page.before is not None:
        query = query.where(place < page.before)
    if page.after is None:
        return query.order_by(place.desc()).limit(page.limit)
    nearest = query.where(place > page.after).order_by(place).limit(page.limit).subquery()
    return select(nearest).order_by(nearest.c[place.name].desc())


LISTED: Final = ("organisation", "learner", "achievement", "credential", "award", "batch", "flag")
"""What a command lists, for whoever asked by an id that there is not."""


def unknown(what: str) -> NoReturn:
    """Raise `UnknownRecord` for a thing named by `what`."""
    kind = what.partition(" ")[0]
    next_step = f"`creditbank {kind} list` shows those there are." if kind in LISTED else ""
    raise UnknownRecord(f"There is no {what}.", next_step=next_step)


def known(found: Record | None, what: str) -> Record:
    """The record, or `UnknownRecord`."""
    return unknown(what) if found is None else found
