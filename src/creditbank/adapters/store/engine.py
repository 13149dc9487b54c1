"""Opening a database so that it keeps the promises the ledger relies on."""

import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from creditbank.adapters.store.errors import UnusableDatabase

BUSY_SECONDS: Final = 20
NETWORK_DISKS: Final = frozenset(
    {"afs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "smb3", "smbfs"}
)
RESTED_SECONDS: Final = 5
KEPT: Final = 16
"""So many connections to a server stay open; to open one anew costs as much as a redemption."""
NETWORK: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": BUSY_SECONDS * 1000,
}
"""How long a server may be silent (libpq, parameter key words), where its address says nothing of it. What stays open
may rest for hours; that a firewall forgot it the next request would learn after a quarter of an hour."""
READS: Final = "creditbank_reads"
"""The option of a connection that only reads: it sees one moment of the database, and holds nobody up."""
HOW: Final = "Write sqlite:////path/to/store.db, or postgresql://user@host/database."


def read_url(text: str) -> URL:
    """Read a database URL; raise `UnusableDatabase`, never quoting a password, for one that is of no use."""
    try:
        url = make_url(text)
    except exc.ArgumentError:
        raise UnusableDatabase("The database URL cannot be read.", next_step=HOW) from None
    kind = url.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise UnusableDatabase(f"The bank does not run on {kind!r}.", next_step=HOW)
    if url.database in (None, "", ":memory:"):
        raise UnusableDatabase("A database in memory forgets everything at the end.", next_step=HOW)
    return url.set(drivername="sqlite+pysqlite")


def open_engine(url: URL, *, connections: int = 32, seconds: int = 30) -> Engine:
    """An engine for a URL of `read_url`; it connects at the first use.

    Its errors do not quote the values of a statement: names would end in a log (threat 46).
    """
    if url.drivername.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=8,
            max_overflow=56,
            pool_timeout=BUSY_SECONDS,
            connect_args={"timeout": BUSY_SECONDS},
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    limits: dict[str, Any] = {name: value for name, value in NETWORK.items() if name not in url.query}
    if "options" not in url.query:
        limits["options"] = (
            f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={seconds}s -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=60s -c application_name=creditbank"
        )
    engine = create_engine(
        url,
        pool_size=min(KEPT, connections),
        max_overflow=connections - min(KEPT, connections),
        pool_use_lifo=True,  # of those at rest the last one goes first: it has the statements prepared
        pool_timeout=BUSY_SECONDS,
        connect_args=limits,
        hide_parameters=True,
    )
    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", partial(_try_what_rested, engine))
    return engine


def _rests(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["rests since"] = time.monotonic()


def _try_what_rested(engine: Engine, connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
    """Try a connection that rested for a while: a server that was restarted closed it. The pool then opens another."""
    if time.monotonic() - record.info.get("rests since", time.monotonic()) < RESTED_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except Exception as cause:
        raise exc.DisconnectionError from cause


def place_of(url: URL) -> str:
    """The database as it may be shown: the file, or the server's address without the password."""
    if url.drivername.startswith("sqlite"):
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)  # a query may hold a password too


def missing_file(url: URL) -> Path | None:
    """The SQLite file that is not there yet; None when it is, or for a server."""
    if url.drivername.startswith("sqlite") and url.database and not (path := Path(url.database)).exists():
        return path
    return None


def refuse_network_disk(file: Path, mounts: str | None = None) -> None:
    """Raise `UnusableDatabase` for a file on another machine's disk: SQLite's locks do not hold there (threat 41).

    It is told by the kind of file system, where the machine says it (Linux); elsewhere nothing is refused.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
    place, kind, best = file.resolve(), "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        where = Path(fields[4].replace("\\040", " "))
        if place.is_relative_to(where) and len(where.parts) >= best:
            best, kind = len(where.parts), after.split(" ")[0]
    if kind in NETWORK_DISKS:
        raise UnusableDatabase(
            f"The disk is another machine's ({kind}), where SQLite cannot keep two writers apart.",
            place=str(file),
            next_step="Put the store on a local disk, or use PostgreSQL.",
        )


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Write-ahead log, every commit on the disk, foreign keys held, transactions begun by us (threat 41)."""
    connection.isolation_level = None  # the driver would begin transactions late, and as readers
    cursor = connection.cursor()
    try:
        mode = _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()
    if mode != "wal":
        raise UnusableDatabase(
            "SQLite cannot keep its write-ahead log on this disk, so no two processes could share the file.",
            next_step="Put the store on a local disk, or use PostgreSQL.",
        )


def _write_ahead(cursor: DBAPICursor) -> str:
    """Turn the log on; where several open a new file at once SQLite itself waits for none of them here."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer midway could only fail."""
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
