"""Rows of any revision's tables as JSON and back, read by reflection: an archive outlives the code that wrote it.

Bytes are base64 under `b`, moments ISO 8601 in UTC under `t`; numbers, texts and truths stand as they are. SQLite keeps
moments without a zone, so they lose theirs on the way in and get UTC on the way out.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint, func, select, text

PAGE: Final = 500
REVISIONS: Final = "alembic_version"
COUNTER: Final = "row"
Row = Mapping[str, Any]


def reflected(connection: Connection) -> MetaData:
    """The tables as they stand in the database, in an order in which they can be filled."""
    found = MetaData()
    found.reflect(connection)
    return found


def tables_of(found: MetaData) -> list[Table]:
    """Every table but the one of revisions, those that others refer to first."""
    return [table for table in found.sorted_tables if table.name != REVISIONS]


def encoded(row: Any) -> dict[str, Any]:
    """A row as JSON."""
    return {name: _out(value) for name, value in row.items()}


def decoded(table: Table, row: Row, *, zones: bool) -> dict[str, Any]:
    """A row as the table takes it; columns that it has not are left out."""
    return {name: _in(value, zones=zones) for name, value in row.items() if name in table.c}


def read_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table as JSON, in the order of its primary key, in bounded memory."""
    order = list(table.primary_key) or list(table.c)
    found = connection.execution_options(yield_per=PAGE).execute(select(table).order_by(*order))
    for row in found.mappings():
        yield encoded(row)


def write_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> int:
    """Insert rows as they were read; how many."""
    zones, written, page = connection.dialect.name == "postgresql", 0, list[dict[str, Any]]()
    for row in rows:
        page.append(decoded(table, row, zones=zones))
        if len(page) == PAGE:
            connection.execute(table.insert(), page)
            written, page = written + len(page), []
    if page:
        connection.execute(table.insert(), page)
    return written + len(page)


def count_on(connection: Connection, table: Table) -> None:
    """Let the counter of a table go on after the highest number in it; SQLite does so by itself."""
    if connection.dialect.name == "postgresql" and COUNTER in table.c:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, COUNTER)))
        highest = connection.scalar(select(func.max(table.c[COUNTER])))
        if sequence and highest:
            connection.execute(
                text("SELECT setval(CAST(:name AS regclass), :value)"), {"name": sequence, "value": highest}
            )


def identity(table: Table) -> list[str]:
    """The columns that name a row for ever: the primary key, or where that is a counter the shortest unique key."""
    keys = [column.name for column in table.primary_key]
    if keys != [COUNTER]:
        return keys
    unique = [[column.name for column in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [[str(column.name) for column in one.columns] for one in table.indexes if one.unique]
    whole = [names for names in unique if all(not table.c[name].nullable for name in names)]
    return min(whole, key=lambda names: (len(names), names != ["id"], names))


def upsert(connection: Connection, table: Table, row: Row, *, keep: bool) -> bool:
    """Write a row under the columns that name it; with `keep` one that stands is left as it is. Whether it was new."""
    values = decoded(table, row, zones=connection.dialect.name == "postgresql")
    values.pop(COUNTER, None)
    named = [table.c[name] == values[name] for name in identity(table)]
    if connection.execute(select(func.count()).select_from(table).where(*named)).scalar():
        if not keep:
            connection.execute(table.update().where(*named).values(**values))
        return False
    connection.execute(table.insert().values(**values))
    return True


def _out(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"t": moment.isoformat()}
    return value


def _in(value: Any, *, zones: bool) -> Any:
    if not isinstance(value, dict):
        return value
    if "b" in value:
        return base64.b64decode(value["b"], validate=True)
    moment = datetime.fromisoformat(value["t"])
    return moment if zones else moment.replace(tzinfo=None)
