"""Migrations only add: rows live through each of them, and what older code writes and reads fits the newest tables."""

import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from databases import database as database
from doors import build_house
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.engine import open_engine, read_url
from creditbank.adapters.store.rows import COUNTER, count_on, decoded, read_rows, reflected, tables_of
from creditbank.adapters.store.schema import _config, migrate, migrate_to, revision_of

pytestmark = pytest.mark.usefixtures("unspared")
REVISIONS = [one.revision for one in reversed([*ScriptDirectory.from_config(_config()).walk_revisions()])]
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of a small bank at work: issued, anchored, evaluated, awarded."""
    house = build_house(tmp_path_factory.mktemp("filled") / "bank")
    house.bank.close()
    engine = create_engine(read_url(house.bank.settings.database_url))
    with engine.connect() as connection:
        rows = {table.name: [*read_rows(connection, table)] for table in tables_of(reflected(connection))}
    engine.dispose()
    return rows


def _written_as_then(connection: Connection, then: Any, filled: Rows) -> dict[str, int]:
    """Insert rows with the columns alone that the tables had at another revision; how many by table.

    A row whose kind did not exist then, because it leaves out what was demanded, was never written by that code.
    """
    zones, written = connection.dialect.name == "postgresql", {}
    for table in tables_of(then):
        demanded = [one.name for one in table.c if not one.nullable and one.server_default is None]
        rows = [
            {name: value for name, value in decoded(table, row, zones=zones).items() if name in table.c}
            for row in filled.get(table.name, ())
        ]
        whole = [row for row in rows if all(row.get(name) is not None for name in demanded)]
        if whole:
            connection.execute(table.insert(), whole)
        count_on(connection, table)
        written[table.name] = len(whole)
    return written


def _tables_at(revision: str, folder: Path) -> Any:
    """The tables as they were at a revision."""
    engine = create_engine(f"sqlite:///{folder}/at-{revision}.db")
    with engine.begin() as connection:
        migrate_to(connection, revision, place="a test")
        found = reflected(connection)
    engine.dispose()
    return found


def _open(url: str) -> Engine:
    return open_engine(read_url(url))


def test_rows_live_through_every_revision(filled: Rows, database: str) -> None:
    """Threat 63: a database that was filled at the first revision comes to the newest, step by step, with every row."""
    engine = _open(database)
    with engine.begin() as connection:
        migrate_to(connection, REVISIONS[0], place="a test")
        written = _written_as_then(connection, reflected(connection), filled)
    assert sum(written.values()) > 50
    assert written["credentials"] == len(filled["credentials"])
    for revision in REVISIONS[1:]:
        with engine.begin() as connection:
            migrate_to(connection, revision, place="a test")
            assert revision_of(connection) == revision
            for name, count in written.items():
                assert connection.scalar(text(f'SELECT count(*) FROM "{name}"')) == count, (revision, name)
    engine.dispose()
    SqlStore.open(database).close()


@pytest.mark.parametrize("revision", [REVISIONS[0], "0008", REVISIONS[-2]])
def test_what_older_code_writes_and_reads_fits_the_newest_tables(
    filled: Rows, database: str, tmp_path: Path, revision: str
) -> None:
    """Threat 63: while old and new processes run side by side, the old one's statements go on as before."""
    then, engine = _tables_at(revision, tmp_path), _open(database)
    with engine.begin() as connection:
        migrate(connection, place="a test")
        now = {name: {one["name"] for one in inspect(connection).get_columns(name)} for name in then.tables}
        for table in tables_of(then):
            assert {one.name for one in table.c} <= now[table.name], table.name
        written = _written_as_then(connection, then, filled)
        for table in tables_of(then):
            read = connection.execute(select(table)).all()
            assert len(read) == written[table.name]
    engine.dispose()


def test_each_revision_leaves_room_for_the_code_before_it(tmp_path: Path) -> None:
    """Threat 63: no column that older code does not know may be demanded of its inserts."""
    tables = {revision: _tables_at(revision, tmp_path) for revision in (REVISIONS[0], "0008", REVISIONS[-1])}
    newest = tables[REVISIONS[-1]]
    for revision in (REVISIONS[0], "0008"):
        for name, table in tables[revision].tables.items():
            added = [one for one in newest.tables[name].c if one.name not in table.c and one.name != COUNTER]
            demanded = [one.name for one in added if not one.nullable and one.server_default is None]
            assert demanded == [], (revision, name)


def test_several_that_open_a_new_file_at_once_wait_for_its_log(tmp_path: Path) -> None:
    """Threat 63: SQLite refuses one of them in about one of ten rounds, without waiting at all."""
    for round in range(40):
        gate, failed = threading.Barrier(3), list[BaseException]()

        def start(file: Path, gate: threading.Barrier, failed: list[BaseException]) -> None:
            engine = _open(f"sqlite:///{file}")
            gate.wait()
            try:
                engine.connect().close()
            except BaseException as error:
                failed.append(error)
            engine.dispose()

        given = (tmp_path / f"{round}.db", gate, failed)
        threads = [threading.Thread(target=start, args=given) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []


def test_two_that_migrate_at_once_take_turns(database: str) -> None:
    """Threat 63: several processes of a new version may start together; the tables are made once."""
    gate, failed = threading.Barrier(3), list[BaseException]()

    def start() -> None:
        gate.wait()
        try:
            SqlStore.open(database, migrate=True).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    engine = _open(database)
    with engine.connect() as connection:
        assert revision_of(connection) == REVISIONS[-1]
    engine.dispose()
