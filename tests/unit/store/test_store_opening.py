"""Opening a store: what cannot be used is refused in one sentence with the next step, and nothing is half done."""

import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event, exc, text

from creditbank.adapters.store import DatabaseUnavailable, SqlStore, StoreBusy, UnstorableValue, UnusableDatabase
from creditbank.adapters.store.engine import open_engine, read_url
from creditbank.adapters.store.errors import told

pytestmark = pytest.mark.usefixtures("unspared")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "cannot be read"),
        ("store.db", "cannot be read"),
        ("mysql://user:secret@host/database", "'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("user:secret@@//", "cannot be read"),
    ],
)
def test_an_unusable_url_is_refused_with_an_example(url: str, says: str) -> None:
    with pytest.raises(UnusableDatabase, match=says) as refusal:
        SqlStore.open(url, migrate=True)
    assert "sqlite:////" in refusal.value.next_step
    assert "secret" not in f"{refusal.value} {refusal.value.next_step}"


def test_every_spelling_of_postgresql_uses_the_same_driver() -> None:
    for spelling in ("postgres", "postgresql", "postgresql+psycopg2"):
        assert read_url(f"{spelling}://user@host/bank").drivername == "postgresql+psycopg"


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable) as refusal:
        SqlStore.open("postgresql://user:secret@127.0.0.1:1/bank")
    assert "127.0.0.1:1" in refusal.value.place
    assert "secret" not in str(refusal.value)


def test_without_migrate_no_file_is_made(path: Path) -> None:
    with pytest.raises(UnusableDatabase) as refusal:
        SqlStore.open(f"sqlite:///{path}")
    assert "creditbank init" in refusal.value.next_step
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"a shopping list, and long enough to be read as a header" * 40)
    before = path.read_bytes()
    for migrate in (False, True):
        with pytest.raises(UnusableDatabase, match="cannot be opened") as refusal:
            SqlStore.open(f"sqlite:///{path}", migrate=migrate)
        assert str(path) in refusal.value.place
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_said_so(path: Path) -> None:
    with pytest.raises(UnusableDatabase) as refusal:
        SqlStore.open(f"sqlite:///{path.parent}/missing/store.db", migrate=True)
    assert "folder" in refusal.value.next_step


def test_sqlite_keeps_the_promises_of_threat_41(path: Path) -> None:
    """WAL, synchronous FULL (2), foreign keys, and a write lock from the first statement on."""
    store = SqlStore.open(f"sqlite:///{path}", migrate=True)
    with store.transaction() as tx:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [tx._connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    store.close()
    assert found == ["wal", 2, 1, 20_000]


def test_a_store_that_stays_locked_is_busy_and_not_broken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditbank.adapters.store.engine.BUSY_SECONDS", 0.05)
    store = SqlStore.open(f"sqlite:///{path}", migrate=True)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            holding.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait()
    with pytest.raises(StoreBusy) as refusal, store.transaction():
        pass
    done.set()
    holder.join()
    assert "again" in refusal.value.next_step
    assert store.ready()
    store.close()


def test_a_database_that_vanished_is_not_ready(path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{path}", migrate=True)
    assert store.ready()
    with store.transaction() as tx:
        tx._connection.execute(text("DROP TABLE alembic_version"))
    assert not store.ready()
    store.close()


def test_a_drivers_text_never_reaches_the_caller(path: Path) -> None:
    """Threat 46: errors of a database quote rows and statements."""
    canary = RuntimeError("Canary Learner")
    for kind in (exc.IntegrityError, exc.DataError, exc.OperationalError, exc.InterfaceError):
        meant = told(kind("SELECT 'Canary Learner'", {}, canary))
        assert meant is not None
        assert "Canary" not in f"{meant} {meant.next_step}"
    assert isinstance(told(exc.DataError("", {}, canary)), UnstorableValue)
    assert isinstance(told(exc.TimeoutError("pool")), StoreBusy)
    assert told(exc.ProgrammingError("", {}, canary)) is None
    store = SqlStore.open(f"sqlite:///{path}", migrate=True)
    with pytest.raises(exc.OperationalError) as error, store._engine.begin() as connection:
        connection.execute(text("SELECT :name FROM nowhere"), {"name": "Canary Learner"})
    assert "Canary" not in str(error.value)
    store.close()


def test_a_mistake_of_our_own_is_not_dressed_up(path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{path}", migrate=True)

    def blunder() -> None:
        with store.transaction() as tx:
            tx._connection.execute(text("SELECT 1")).scalar_one_or_none()
            tx._connection.execute(text("SELECT 1 UNION SELECT 2")).one()

    with pytest.raises(exc.MultipleResultsFound):
        blunder()
    store.close()


def test_a_path_with_strange_characters_works_when_the_url_quotes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("a folder 100% ü?")
    folder.mkdir()
    store = SqlStore.open(f"sqlite:///{quote(str(folder / 'store.db'))}", migrate=True)
    store.close()
    assert (folder / "store.db").exists()


@pytest.mark.parametrize(
    ("query", "told"),
    [("", (10, 60, 20_000)), ("?connect_timeout=2&tcp_user_timeout=5000", ("2", 60, "5000"))],
)
def test_a_server_that_fell_silent_is_not_waited_for_beyond_the_limits_of_the_network(
    query: str, told: tuple[object, ...]
) -> None:
    """What rests in the pool may be forgotten by a firewall; an address names limits of its own."""
    engine, given = open_engine(read_url(f"postgresql://host/database{query}")), list[dict[str, object]]()

    def seen(_dialect: object, _record: object, _args: object, named: dict[str, object]) -> None:
        given.append(dict(named))
        raise ConnectionError

    event.listen(engine, "do_connect", seen)
    with pytest.raises(ConnectionError):
        engine.connect()
    assert tuple(given[0][name] for name in ("connect_timeout", "keepalives_idle", "tcp_user_timeout")) == told
