"""The audit of a vault: one row for each signature, on the disk before the signature is made, and the caps it counts.

A file for each day (UTC), written under a lock that all processes of one folder share. Rows are put on the disk once
the lock is given back, those of all who wait in one go, and each signature waits for its own row. A cap is counted from
the rows themselves, so it holds for several processes together and through a crash. Each row is sealed (HMAC-SHA-256,
RFC 2104) together with the seal of the row before it, under a key that only an open vault has: whoever alters a row or
takes one out breaks the row of seals. That the newest rows were cut off cannot be seen from the file.
"""

import fcntl
import hmac
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from creditbank.adapters.keys.errors import DamagedAudit, UnusableVault
from creditbank.canonical import UnreadableJson, canonical_json, load_object
from creditbank.services.ports import SigningCapReached, SigningCaps, SigningRecord
from creditbank.units import UnreadableInstant, instant_text, parse_instant

LOCK_FILE: Final = "signatures.lock"
BEFORE: Final = "signatures.jsonl"
"""The one file of older vaults, whose rows have no seal."""
_BEGINNING: Final = "0" * 64


class AuditLog:
    """Admits or refuses signatures by cap, and keeps the rows."""

    def __init__(self, folder: Path, master: bytes, caps: SigningCaps) -> None:
        self._folder, self._caps = folder, caps
        self._key = hmac.digest(master, b"creditbank/audit/v1", "sha256")
        # What this process has read of the newest file; other processes' rows are read up under the lock.
        self._file, self._read, self._seal = "", 0, _BEGINNING
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._disk = _Disk()

    def admit(self, record: SigningRecord) -> None:
        """Write the row of a signature that is about to be made.

        Raises `SigningCapReached`, after a row that says so, when the tenant's cap for the purpose is used up, and
        `UnusableVault` when no row can be written; either way nothing may be signed.
        """
        self.admit_all([record])

    def admit_all(self, records: Sequence[SigningRecord]) -> None:
        """Write the rows of several signatures of one tenant for one purpose, or, as `admit`, of none of them."""
        record, day = records[0], records[0].at.date()
        with self._written():
            with self._locked(day):
                cap = self._caps.of(record.tenant, record.purpose)
                within = self._counts[day.isoformat(), record.tenant, record.purpose] + len(records) <= cap
                wrote = self._append(*(records if within else [replace(record, refused=SigningCapReached.slug)]))
            self._disk.reach(wrote)
        if within:
            return
        raise SigningCapReached(
            f"{record.tenant} has had its {cap} signatures for {record.purpose} on {day} (UTC).",
            next_step="Wait for midnight UTC, or have the operator raise signing_cap or [signing_caps] in bank.toml.",
        )

    def refuse(self, record: SigningRecord) -> None:
        """Write the row of a request that was refused before any cap; `record.refused` says by which rule."""
        with self._written():
            with self._locked(record.at.date()):
                wrote = self._append(record)
            self._disk.reach(wrote)

    def used(self, day: date) -> dict[tuple[str, str], int]:
        """How many signatures each tenant has had for each purpose on a day (UTC)."""
        with self._written(), self._locked(day):
            return {(tenant, purpose): n for (on, tenant, purpose), n in self._counts.items() if on == day.isoformat()}

    def rows(self, since: date | None = None) -> Iterator[SigningRecord]:
        """Every row from a day on; raises `DamagedAudit` at the first that was altered or follows a missing one."""
        seal = _BEGINNING
        for path in self._files():
            lines = path.read_bytes().split(b"\n")
            for number, line in enumerate(lines[:-1], start=1):
                record, sealed = self._row(line, seal, f"{path}:{number}", checked=path.name != BEFORE)
                seal = sealed or seal
                if record is not None and (since is None or record.at.date() >= since):
                    yield record

    def _row(self, line: bytes, before: str, place: str, *, checked: bool) -> tuple[SigningRecord | None, str]:
        """A row and its seal; no record for the rest of a row that was being written when the machine went down."""
        try:
            row: dict[str, Any] = load_object(line)
        except UnreadableJson:
            if line.startswith(b"{"):
                return None, ""
            raise _damaged(place) from None
        seal = str(row.pop("seal", ""))
        if checked and not hmac.compare_digest(seal, self._sealed(canonical_json(row), before)):
            raise _damaged(place)
        return _record(row, place), seal

    def _sealed(self, row: bytes, before: str) -> str:
        return hmac.digest(self._key, before.encode() + row, "sha256").hex()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("signatures*.jsonl"), key=lambda path: (path.name != BEFORE, path.name))

    @contextmanager
    def _locked(self, day: date) -> Iterator[None]:
        handle = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._catch_up(_name(day))
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnusableVault(
                f"The audit row could not be written, so nothing was signed: {error.strerror or error}.",
                place=str(self._folder),
                next_step="Make room or rights for the file, then ask again.",
            ) from None

    def _catch_up(self, name: str) -> None:
        """Read what others wrote since; a row that a crash cut off is closed, so that it stands by itself.

        A later file than today's, begun while the clock was ahead, is gone on with: seals run through all files.
        """
        names = sorted(path.name for path in self._files() if path.name != BEFORE)
        name = max([name, *names[-1:]])
        if self._file != name:
            earlier = [self._folder / other for other in names if other < name]
            self._file, self._read, self._counts = name, 0, Counter()
            self._seal = _last_seal(earlier[-1]) if earlier else _BEGINNING
        path = self._folder / name
        if not path.exists():
            return
        with path.open("rb") as stream:
            stream.seek(self._read)
            data = stream.read()
        if data and not data.endswith(b"\n"):
            self._write(b"\n")
            data += b"\n"
        for line in data.split(b"\n")[:-1]:
            self._take(line)
        self._read += len(data)

    def _take(self, line: bytes) -> None:
        try:
            row = load_object(line)
        except UnreadableJson:
            return
        self._seal = str(row.get("seal", ""))
        if not row.get("refused"):
            self._counts[str(row.get("at"))[:10], str(row.get("tenant")), str(row.get("purpose"))] += 1

    def _append(self, *records: SigningRecord) -> "_Round":
        """Write rows, and give the round in which the disk gets them."""
        lines, seal = [], self._seal
        for record in records:
            row = {**asdict(record), "at": instant_text(record.at)}
            seal = self._sealed(canonical_json(row), seal)
            lines.append(canonical_json({**row, "seal": seal}) + b"\n")
        wrote = self._write(b"".join(lines))
        for line, record in zip(lines, records, strict=True):
            self._read += len(line)
            if not record.refused:
                self._counts[record.at.date().isoformat(), record.tenant, record.purpose] += 1
        self._seal = seal
        return wrote

    def _write(self, data: bytes) -> "_Round":
        return self._disk.write(self._folder / self._file, data)


class _Round:
    """What is put on the disk in one go: rows of several signatures, through files that were open before them.

    Only through such a file does the system surely say that it lost something.
    """

    def __init__(self) -> None:
        self._handles: dict[Path, int] = {}
        self.done, self.error = False, "it was cut off"

    def write(self, path: Path, data: bytes) -> None:
        """Append to a file; raises `OSError`."""
        if path not in self._handles:
            self._handles[path] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        while data:
            data = data[os.write(self._handles[path], data) :]

    def keep(self) -> None:
        """Put everything on the disk, or note why it may not be there."""
        try:
            for handle in self._handles.values():
                os.fsync(handle)
            self.error = ""
        except OSError as error:
            self.error = error.strerror or str(error)
        finally:
            for handle in self._handles.values():
                os.close(handle)


class _Disk:
    """Puts what this process wrote on the disk, once for all who wait: the first of them sees to it for the others.

    Whoever writes while that goes on is in the next round.
    """

    def __init__(self) -> None:
        self._turn, self._busy, self._open = threading.Condition(), False, _Round()

    def write(self, path: Path, data: bytes) -> _Round:
        """Append to a file, and give the round that `reach` waits for; callers see to it that one writes at a time."""
        with self._turn:
            self._open.write(path, data)
            return self._open

    def reach(self, wanted: _Round) -> None:
        """Return when all of a round is on the disk; raise `OSError` where it may not be."""
        with self._turn:
            self._turn.wait_for(lambda: wanted.done or not self._busy)
            leads = not wanted.done
            if leads:
                assert wanted is self._open, "a round that nobody sees to is the one that is open"
                self._busy, self._open = True, _Round()
        if leads:
            try:
                wanted.keep()
            finally:
                with self._turn:
                    wanted.done, self._busy = True, False
                    self._turn.notify_all()
        if wanted.error:
            raise OSError(wanted.error)


def _name(day: date) -> str:
    return f"signatures-{day.isoformat()}.jsonl"


def _last_seal(path: Path) -> str:
    """The seal of the last whole row of a file."""
    for line in reversed(path.read_bytes().split(b"\n")):
        try:
            return str(load_object(line).get("seal", ""))
        except UnreadableJson:
            continue
    return _BEGINNING


def _record(row: dict[str, Any], place: str) -> SigningRecord:
    if "owner" in row:  # a row of an older vault
        owner, kind = row.pop("owner"), row.pop("kind", "")
        row.update(tenant=owner, algorithm=kind, about="", refused="")
    try:
        record = SigningRecord(**{**row, "at": parse_instant(row["at"])})
    except (TypeError, KeyError, UnreadableInstant):
        raise _damaged(place) from None
    if not all(isinstance(value, str) for name, value in asdict(record).items() if name != "at"):
        raise _damaged(place)
    return record


def _damaged(place: str) -> DamagedAudit:
    return DamagedAudit(
        "This row of the audit, or the one before it, is not as the vault wrote it.",
        place=place,
        next_step="Compare the file with a backup, and find out who could write to it.",
    )
