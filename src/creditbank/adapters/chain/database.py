"""Key-value memory of the embedded chain in one SQLite file, and the lock that keeps it to one owner."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from creditbank.errors import Unavailable
from creditbank.services.ports import ChainUnavailable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS pairs (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class ChainBusy(Unavailable):
    """Another process owns the embedded chain."""

    slug = "chain-busy"


class ReadOnlyChain(Unavailable):
    """This process only looks at the embedded chain; its owner writes."""

    slug = "read-only-chain"


class OwnerLock:
    """Held while a process owns a chain. The operating system lets go of it when the process dies, however it
    dies.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._connection.close()
            raise ChainBusy(
                "Another process of this bank owns the embedded chain.",
                place=str(file),
                next_step="Stop the other process, or let it do the writing.",
            ) from None

    def release(self) -> None:
        """Let go. Another process may own the chain from here on."""
        self._connection.close()


class Database:
    """One SQLite file. A write outside `writing` is refused, so a block is stored whole or not at all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, file: Path, *, write: bool) -> Self:
        """Open the file; only a writer makes it. Raises `ChainUnavailable` when there is none or it is no
        chain.
        """
        if not write and not file.exists():
            raise ChainUnavailable(
                "There is no embedded chain here yet.",
                place=str(file),
                next_step="Set the bank up with: creditbank init",
            )
        connection = sqlite3.connect(file, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(SCHEMA)
            else:
                connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM facts")
        except sqlite3.Error as cause:
            connection.close()
            raise ChainUnavailable(f"The embedded chain cannot be read: {cause}", place=str(file)) from None
        return cls(connection)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make everything in the block durable together, or none of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def get(self, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        row = self._connection.execute("SELECT value FROM pairs WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value; only inside `writing`."""
        assert self._connection.in_transaction, "a block is written whole"
        self._connection.execute(
            "INSERT INTO pairs VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )

    def drop(self, key: bytes) -> bool:
        """Forget a key; False when it was not there. Only inside `writing`."""
        assert self._connection.in_transaction, "a block is written whole"
        return self._connection.execute("DELETE FROM pairs WHERE key = ?", (key,)).rowcount > 0

    def fact(self, name: str) -> str | None:
        """A named fact about the chain as a whole, or None."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Write a named fact; only inside `writing`."""
        assert self._connection.in_transaction, "facts are written with the block they belong to"
        self._connection.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
