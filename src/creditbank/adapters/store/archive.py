"""A backup: every row and every wrapped key of a bank in one file, as they stood at one moment, with their digests.

It is taken while the bank works. SQLite gives a copy through its backup API, PostgreSQL a repeatable, read-only look;
either way rows go out table by table as JSON, so that an archive of one database can be restored into the other. Keys
stay sealed by what is not in the archive (threat 51).
"""

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, inspect

from creditbank.adapters.store.engine import open_engine, read_url
from creditbank.adapters.store.errors import UnusableDatabase
from creditbank.adapters.store.rows import count_on, read_rows, reflected, tables_of, write_rows
from creditbank.adapters.store.schema import migrate, migrate_to, revision_of
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import canonical_json
from creditbank.errors import BadInput, Conflict
from creditbank.units import instant_text

FORMAT: Final = "creditbank/backup/v1"
MANIFEST: Final = "manifest.json"
MOST_MANIFEST: Final = 4 * 1024 * 1024
LONG: Final = 24 * 60 * 60
LONGEST_ROW: Final = 64 * 1024 * 1024


class UnusableBackup(BadInput):
    """The file is no backup of a bank, or was changed or cut off since it was taken."""

    slug = "unusable-backup"


class NotEmpty(Conflict):
    """A backup is restored into an empty place, never over what stands there."""

    slug = "not-empty"


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds, as its manifest says: rows by table, files by name, and the digest of the manifest."""

    made: str
    version: str
    revision: str
    rows: Mapping[str, int]
    files: tuple[str, ...]
    digest: str


def take_backup(url: str, file: Path, *, files: Mapping[str, Path], now: datetime, version: str) -> Backup:
    """Write a backup of the database and of these files; an unfinished one never has the name asked for.

    Raises `NotEmpty` where a file of that name stands already.
    """
    if file.exists():
        raise NotEmpty("There is a file of this name already.", place=str(file), next_step="Choose another name.")
    unfinished = file.with_name(f"{file.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                backup = _write(archive, url, files, now, version)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return backup


def _write(archive: zipfile.ZipFile, url: str, files: Mapping[str, Path], now: datetime, version: str) -> Backup:
    manifest: dict[str, Any] = {"format": FORMAT, "made": instant_text(now), "version": version, "tables": {}}
    with _still(url) as connection:
        manifest["revision"] = revision_of(connection)
        for table in tables_of(reflected(connection)):
            name = f"tables/{table.name}.ndjson"
            manifest["tables"][table.name] = _write_table(archive, name, read_rows(connection, table))
    manifest["files"] = {}
    for name, path in sorted(files.items()):  # after the rows: a key that a row names is there by then
        content = path.read_bytes()
        archive.writestr(f"files/{name}", content)
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    written = canonical_json(manifest)
    archive.writestr(MANIFEST, written)
    return _backup(manifest, written)


def _write_table(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> dict[str, object]:
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as stream:
        for row in rows:
            line = json.dumps(row, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode() + b"\n"
            digest.update(line)
            stream.write(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def copy_sqlite(source: Path, target: Path) -> Path:
    """Copy a SQLite file as it stands at one moment, while others go on writing; a plain copy could be torn."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
    return target


@contextmanager
def _still(url: str) -> Iterator[Connection]:
    """A connection that sees one moment of the database, while others go on writing."""
    address = read_url(url)
    if address.drivername.startswith("sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.db"
            copy_sqlite(Path(str(address.database)), copy)
            engine = create_engine(f"sqlite:///{copy}")
            with _disposed(engine), engine.connect() as connection:
                yield connection
        return
    engine = open_engine(address, seconds=LONG)
    with _disposed(engine), engine.connect() as connection:
        calm = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with calm.begin():
            yield calm


@contextmanager
def _disposed(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def read_backup(file: Path) -> Backup:
    """Read an archive whole and compare every digest; raises `UnusableBackup` at the first that differs."""
    with _opened(file) as archive:
        manifest, written = _manifest(archive)
        expected = {f"tables/{name}.ndjson" for name in manifest["tables"]} | {f"files/{n}" for n in manifest["files"]}
        if set(archive.namelist()) != expected | {MANIFEST}:
            raise _unusable("it does not hold what its manifest lists")
        for folder, facts in (("tables", manifest["tables"]), ("files", manifest["files"])):
            for name, fact in facts.items():
                member = f"{folder}/{name}.ndjson" if folder == "tables" else f"{folder}/{name}"
                with archive.open(member) as stream:
                    if hashlib.file_digest(stream, "sha256").hexdigest() != fact["sha256"]:  # type: ignore[arg-type]
                        raise _unusable(f"{member} is not what was written")
        return _backup(manifest, written)


def restore_database(file: Path, url: str, then: Callable[[SqlTransaction], None]) -> int:
    """Fill an empty database from an archive, then bring it to the newest revision; how many rows.

    All of it is one transaction, `then` included, so that nobody sees a part of it. Raises `NotEmpty` for a database
    that has tables, and `UnusableBackup`.
    """
    engine = open_engine(read_url(url), seconds=LONG)
    with _disposed(engine), _opened(file) as archive, engine.begin() as connection:
        if inspect(connection).get_table_names():
            raise NotEmpty(
                "The database has tables already.",
                next_step="Restore into an empty database; keep the old one until you are sure.",
            )
        manifest, _ = _manifest(archive)
        migrate_to(connection, str(manifest["revision"]), place="the archive")
        written = 0
        for table in tables_of(reflected(connection)):
            if table.name in manifest["tables"]:
                written += _restore_table(archive, connection, table)
        migrate(connection, place="the archive")
        then(SqlTransaction(connection))
    return written


def _restore_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> int:
    with archive.open(f"tables/{table.name}.ndjson") as stream:
        written = write_rows(connection, table, _rows(stream))
    count_on(connection, table)
    return written


def restore_files(file: Path, folder: Path) -> list[str]:
    """Write the files of an archive that are not there yet, readable by their owner alone; which."""
    made: list[str] = []
    with _opened(file) as archive:
        manifest, _ = _manifest(archive)
        for name in sorted(manifest["files"]):
            target = folder / name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise _unusable(f"it names a file outside: {name[:80]!r}")
            if target.exists():
                continue
            for parent in reversed([one for one in target.parents if not one.exists()]):
                parent.mkdir(mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(archive.read(f"files/{name}"))
            made.append(name)
    return made


def _rows(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    while line := stream.readline(LONGEST_ROW):
        try:
            row = json.loads(line)
        except ValueError:
            raise _unusable("a row cannot be read") from None
        if not isinstance(row, dict):
            raise _unusable("a row is no object")
        yield row


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile:
        raise _unusable("it is no archive, or was cut off") from None
    except OSError as error:
        raise UnusableDatabase(f"{error.strerror}.", place=str(file), next_step="Name the file of a backup.") from None


def _manifest(archive: zipfile.ZipFile) -> tuple[dict[str, Any], bytes]:
    try:
        with archive.open(MANIFEST) as stream:
            written = stream.read(MOST_MANIFEST)
        manifest = json.loads(written)
        known = (
            manifest["format"] == FORMAT
            and isinstance(manifest["tables"], dict)
            and isinstance(manifest["files"], dict)
        )
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise _unusable("it has no manifest of a backup")
    return manifest, written


def _backup(manifest: Mapping[str, Any], written: bytes) -> Backup:
    return Backup(
        manifest["made"],
        manifest["version"],
        str(manifest["revision"]),
        {name: int(fact["rows"]) for name, fact in manifest["tables"].items()},
        tuple(sorted(manifest["files"])),
        hashlib.sha256(written).hexdigest(),
    )


def _unusable(why: str) -> UnusableBackup:
    return UnusableBackup(
        f"This is no whole backup of a bank: {why}.",
        next_step="Take the one before; `creditbank bank backup` makes new ones.",
    )
