"""The store: transactions on SQLite or PostgreSQL, all or nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Engine, event, exc, text
from sqlalchemy.engine.default import DefaultExecutionContext

from creditbank.adapters.store.engine import READS, missing_file, open_engine, place_of, read_url, refuse_network_disk
from creditbank.adapters.store.errors import DatabaseUnavailable, UnusableDatabase, told
from creditbank.adapters.store.replay import extend_journal, replay_journal
from creditbank.adapters.store.schema import COMMAND, check_schema, migrate, revision_of, ships
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.errors import CreditBankError
from creditbank.services.failpoints import reach


class SqlStore:
    """Implements `ports.Store`. One per process; its transactions may run in many threads."""

    def __init__(self, engine: Engine, revision: str) -> None:
        self._engine = engine
        self._glances = _for_glances(engine)
        self._revision = revision
        self._here = threading.local()

    @classmethod
    def open(cls, url: str, *, migrate: bool = False, connections: int = 32, seconds: int = 30) -> Self:
        """Open the database at `url`, making or upgrading its tables when `migrate` is set.

        Raises `UnusableDatabase` for a URL or file that cannot be used, `SchemaOutOfDate` for tables of
        another version, `DatabaseUnavailable` when a server does not answer. Without `migrate` nothing is
        created. A server is asked over at most so many `connections`, each statement for at most so many `seconds`.
        """
        address = read_url(url)
        if not migrate and (absent := missing_file(address)):
            raise UnusableDatabase(
                "There is no store here yet.", place=str(absent), next_step=f"Run `{COMMAND}` to make one."
            )
        if address.drivername.startswith("sqlite"):
            refuse_network_disk(Path(str(address.database)))
        engine = open_engine(address, connections=connections, seconds=seconds)
        try:
            return cls(engine, _ready_schema(engine, address, upgrade=migrate))
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        """Close every connection; the store is of no use afterwards."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """One moment of the database for as long as the block lasts, while others go on writing.

        What is written inside is rolled back. Raises as `transaction` does.
        """
        options: dict[str, object] = {READS: True}
        if self._engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._engine.connect() as connection:
                yield SqlTransaction(connection.execution_options(**options))
                connection.rollback()
        except exc.SQLAlchemyError as error:
            if (meant := told(error)) is None:
                raise
            raise meant from error

    @contextmanager
    def glancing(self) -> Iterator[SqlTransaction]:
        """Looks at the database, of which each sees what was committed last; they hold nobody up, and never write.

        On a server this spares two exchanges, since no transaction is begun and ended. Raises as `transaction` does.
        """
        try:
            with self._glances.connect() as connection:
                yield SqlTransaction(connection)
        except exc.SQLAlchemyError as error:
            if (meant := told(error)) is None:
                raise
            raise meant from error

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """A unit of work: committed at the end of the block, rolled back on any exception.

        Raises the errors of `creditbank.adapters.store.errors` for what the database itself refuses. Units
        of work do not nest: the inner one would wait for the outer one for ever.
        """
        assert not getattr(self._here, "busy", False), "a transaction is open in this thread already"
        self._here.busy = True
        try:
            with self._engine.begin() as connection:
                yield SqlTransaction(connection)
                reach("commit.asked")
            reach("commit.done")
        except exc.SQLAlchemyError as error:
            if (meant := told(error)) is None:
                raise
            raise meant from error
        finally:
            self._here.busy = False

    def scrub(self) -> None:
        """SQLite's log of writes keeps pages as they were until it is begun anew; readers may hold that up."""
        if not self.on_one_machine:
            return
        pooled = self._engine.raw_connection()  # outside of any transaction, in which there is no checkpoint
        try:
            pooled.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            pooled.close()

    def extend_journal(self, file: Path) -> int:
        """Append to the journal of redemptions what changed since its end; how many lines."""
        with self._engine.begin() as connection:
            return extend_journal(connection, file)

    def replay_journal(self, file: Path) -> int:
        """Write what a journal of redemptions knows beyond this store, all or nothing; how many accounts."""
        with self._engine.begin() as connection:
            return replay_journal(connection, file)

    @property
    def revision(self) -> str:
        """The revision that the tables stood at when the store was opened."""
        return self._revision

    @property
    def on_one_machine(self) -> bool:
        """Whether one machine alone may write: a SQLite file's locks reach no further."""
        return self._engine.dialect.name == "sqlite"

    def clock_skew(self, now: datetime) -> timedelta:
        """How far the database server's clock is ahead of `now`; nothing where the database has no clock of its own."""
        if self.on_one_machine:
            return timedelta()
        try:
            with self._engine.connect() as connection:
                theirs = connection.scalar(text("SELECT clock_timestamp()"))
        except exc.SQLAlchemyError as error:
            raise told(error) or error from error
        assert isinstance(theirs, datetime), "a timestamp with its zone"
        return theirs - now

    def ready(self) -> bool:
        """Whether the database answers and its tables are those that this code can work with.

        A newer revision counts: migrations only add, so that code of the version before works on until it is replaced.
        """
        try:
            with self._engine.connect() as connection:
                found = revision_of(connection)
                return found == self._revision or (found is not None and not ships(found))
        except (exc.SQLAlchemyError, CreditBankError):
            return False


def _for_glances(engine: Engine) -> Engine:
    """The same connections for single looks: without transactions on a server, in one that only reads on SQLite."""
    options: dict[str, object] = {READS: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
    glances = engine.execution_options(**options)
    event.listen(glances, "before_cursor_execute", _refuse_writing)
    return glances


def _refuse_writing(*given: object) -> None:
    context = given[4]
    assert isinstance(context, DefaultExecutionContext)
    parts = getattr(context.compiled, "ctes", None) or ()  # a SELECT from what it changes is no look either
    inside = any(one.element.is_dml for one in parts)
    writes = inside or context.isinsert or context.isupdate or context.isdelete
    assert not writes, "whoever glances writes nothing"


def _ready_schema(engine: Engine, url: URL, *, upgrade: bool) -> str:
    place = place_of(url)
    try:
        with engine.begin() as connection:
            if upgrade:
                migrate(connection, place=place)
            check_schema(connection, place=place)
            revision = revision_of(connection)
            assert revision is not None, "a checked schema has a revision"
            return revision
    except exc.SQLAlchemyError as error:
        raise _unusable(error, url, place) from None


def _unusable(error: exc.SQLAlchemyError, url: URL, place: str) -> CreditBankError:
    meant = told(error)
    if url.drivername.startswith("sqlite"):
        if isinstance(meant, DatabaseUnavailable) or meant is None:
            return UnusableDatabase(
                "This file cannot be opened as an SQLite database.",
                place=place,
                next_step="Check that the folder exists, that you may write there, and that this is a store.",
            )
        return meant
    if isinstance(meant, DatabaseUnavailable) or meant is None:
        return DatabaseUnavailable(
            "The PostgreSQL server does not let the bank in.",
            place=place,
            next_step="Check that it runs, that the database exists, and the user and password.",
        )
    return meant
