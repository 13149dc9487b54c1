"""The journal of redemptions: what must not be forgotten, written to a file of its own while the bank works.

Each line has all rows about one account of the ledger, its awards included, as they stood when it changed; a later line
takes the place of an earlier one. Lines are chained by digest. A bank that comes back from a backup reads the journal
before redemption opens again, so that nothing that was spent since looks free (threat 61).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table, select

from creditbank.adapters.store.archive import UnusableBackup
from creditbank.adapters.store.rows import COUNTER, encoded, identity, reflected, tables_of, upsert
from creditbank.adapters.store.schema import revision_of

FORMAT: Final = "creditbank/journal/v1"
START: Final = hashlib.sha256(FORMAT.encode()).hexdigest()
ABOUT: Final = ("account", "lot", "award")
"""Columns that say of which account, lot or award a row is."""
LEFT_OUT: Final = frozenset({"batches", "people", "sealed_heads", "head_sets", "trail", "trail_heads"})
"""What is made again (leaves wait for a batch, heads are sealed anew), and what is nobody's account."""
APPENDED: Final = frozenset({"entries"})
"""Tables whose rows are written once."""
UNFINISHED: Final = ("posted", "refused", "reversed")
OPEN_STATES: Final = ("recorded", "sent")


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """How far a journal goes: the newest number of each account, the newest transaction, and the last digest."""

    accounts: Mapping[str, int]
    attempt: int
    digest: str
    bytes: int


def extend_journal(connection: Connection, file: Path) -> int:
    """Append every account that changed since the journal's end; how many lines. Safe to call at any time, by anybody.

    A line that a crash cut off is cut away first; each call ends with the file on the disk.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        end = _end(stream.read(), str(file))
        stream.truncate(end.bytes)
        stream.seek(end.bytes)
        digest, lines = end.digest, 0
        for document in _changed(connection, end):
            line = _line({**document, "previous": digest})
            digest = hashlib.sha256(line).hexdigest()
            stream.write(line)
            lines += 1
        stream.flush()
        os.fsync(stream.fileno())
    return lines


def replay_journal(connection: Connection, file: Path) -> int:
    """Write what the journal says into the database, where it says more than stands there; how many accounts.

    An account of which the database knows as much or more is left alone. Raises `UnusableBackup` for a journal that was
    altered.
    """
    found = reflected(connection)
    newest: dict[str, dict[str, Any]] = {}
    attempts: dict[str, dict[str, Any]] = {}
    for document in _documents(file.read_bytes(), str(file)):
        if "account" in document:
            newest[document["account"]] = document
        for row in document.get("attempts", ()):
            attempts[row["hash"]] = row
    accounts = found.tables["accounts"]
    known = {row.id: row.sequence for row in connection.execute(select(accounts.c.id, accounts.c.sequence))}
    behind = [one for name, one in sorted(newest.items()) if known.get(name, 0) < one["sequence"]]
    for document in behind:
        for table in tables_of(found):
            for row in document["rows"].get(table.name, ()):
                upsert(connection, table, _fitting(connection, found, table, row), keep=table.name in APPENDED)
    for row in attempts.values():
        upsert(connection, found.tables["attempts"], row, keep=False)
    return len(behind)


def _fitting(connection: Connection, found: MetaData, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without references to what is not there: a leaf waits for a batch again."""
    fitting = dict(row)
    for key in table.foreign_keys:
        column, target = key.parent, key.column
        value = fitting.get(column.name)
        if value is None or not column.nullable:
            continue
        if connection.scalar(select(target).where(target == value).limit(1)) is None:
            fitting[column.name] = None
            if table.name == "leaves":
                fitting["index"] = None
    return fitting


def _changed(connection: Connection, end: JournalEnd) -> Iterator[dict[str, Any]]:
    found = reflected(connection)
    revision = revision_of(connection)
    accounts, awards, attempts = (found.tables[name] for name in ("accounts", "awards", "attempts"))
    unfinished = set(connection.scalars(select(awards.c.learner).where(awards.c.state.not_in(UNFINISHED))))
    for row in connection.execute(select(accounts.c.id, accounts.c.sequence).order_by(accounts.c.id)).all():
        if end.accounts.get(row.id, 0) < row.sequence or row.id in unfinished:
            rows = _about(connection, found, row.id)
            yield {"account": row.id, "sequence": row.sequence, "revision": revision, "rows": rows}
    fresh = (attempts.c[COUNTER] > end.attempt) | attempts.c.state.in_(OPEN_STATES)
    sent = connection.execute(select(attempts).where(fresh).order_by(attempts.c[COUNTER])).mappings().all()
    if sent and (sent[-1][COUNTER] > end.attempt or any(one["state"] in OPEN_STATES for one in sent)):
        yield {"attempts": [encoded(one) for one in sent], "attempt": max(one[COUNTER] for one in sent)}


def _about(connection: Connection, found: MetaData, account: str) -> dict[str, list[dict[str, Any]]]:
    """Every row about an account: its lots, entries and holds, its awards and what they rest on."""
    rows: dict[str, list[dict[str, Any]]] = {}

    def take(name: str, column: str, values: Sequence[str]) -> list[Any]:
        table = found.tables.get(name)
        if table is None or column not in table.c or not values:
            return []
        read = connection.execute(select(table).where(table.c[column].in_(values))).mappings().all()
        kept = rows.setdefault(name, [])
        names = identity(table)
        standing = {tuple(one[key] for key in names) for one in kept}
        for one in map(encoded, read):
            if tuple(one[key] for key in names) not in standing:
                kept.append(one)
        return list(read)

    take("accounts", "id", [account])
    lots = [one["id"] for one in take("lots", "account", [account])]
    awards = take("awards", "learner", [account])
    ids = [one["id"] for one in awards]
    for table in tables_of(found):
        if table.name in LEFT_OUT:
            continue
        for column, values in zip(ABOUT, ([account], lots, ids), strict=True):
            take(table.name, column, values)
    take("application_steps", "application", sorted({one["id"] for one in rows.get("applications", ())}))
    take("learners", "id", [account])
    take("evaluations", "id", [one["evaluation"] for one in awards])
    for name, column in (("credentials", "id"), ("intents", "credential"), ("leaves", "credential")):
        take(name, column, ids)
    asked = {name for one in rows.get("entries", ()) if (name := _request_of(one))}
    take("answers", "key", sorted(asked))
    for table in reversed(tables_of(found)):  # and whatever these rows refer to, so that they can be written again
        for key in table.foreign_keys:
            named = {one[key.parent.name] for one in rows.get(table.name, ())} - {None}
            if named and key.column.table.name not in LEFT_OUT:
                take(key.column.table.name, key.column.name, sorted(named))
    return rows


def _request_of(entry: Mapping[str, Any]) -> str:
    """The request of a redemption that an entry belongs to: `reserve:redeem:<request>:<lot>`."""
    _, _, rest = str(entry["id"]).partition(":")
    return rest.removesuffix(f":{entry['lot']}") if rest.startswith("redeem:") else ""


def _end(content: bytes, place: str) -> JournalEnd:
    accounts: dict[str, int] = {}
    attempt, digest = 0, START
    whole = content[: content.rfind(b"\n") + 1]
    for line, document in _read(whole, place):
        digest = hashlib.sha256(line).hexdigest()
        attempt = max(attempt, int(document.get("attempt", 0)))
        if "account" in document:
            accounts[document["account"]] = int(document["sequence"])
    return JournalEnd(accounts, attempt, digest, len(whole))


def _documents(content: bytes, place: str) -> Iterator[dict[str, Any]]:
    whole = content[: content.rfind(b"\n") + 1]
    for _, document in _read(whole, place):
        yield document


def _read(content: bytes, place: str) -> Iterator[tuple[bytes, dict[str, Any]]]:
    previous = START
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        try:
            document = json.loads(line)
            follows = document["previous"] == previous
        except (ValueError, TypeError, KeyError):
            follows = False
        if not follows:
            raise UnusableBackup(
                f"Line {number} of the journal was altered, or one before it is missing.",
                place=place,
                next_step="Take a copy of the journal from elsewhere; keep this one as it is.",
            )
        previous = hashlib.sha256(line).hexdigest()
        yield line, document


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode() + b"\n"
