"""Zip archives: what stands in one, or a refusal, before anything can grow, escape or hide (threat 56).

Nothing is ever unpacked to a disk. Names are words in a report, and must still be such that no other program that
unpacks the same file writes outside its folder.
"""

import io
import stat
import zipfile
import zlib
from typing import Final, NamedTuple

from creditbank.errors import BadInput

MAX_ENTRIES: Final = 2_000
MAX_RATIO: Final = 100  # JSON of many like credentials packs to a twentieth
SMALL: Final = 1024 * 1024  # what is no larger than this may be as compressed as it likes
MAX_BEYOND: Final = 4 * 1024 * 1024  # what all files together may grow to beyond that ratio
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1


class RefusedArchive(BadInput):
    """This archive is damaged, encrypted, too large inside, or has entries that no honest one has."""

    slug = "refused-archive"


class Entry(NamedTuple):
    """One file of an archive."""

    name: str
    data: bytes


def is_archive(data: bytes) -> bool:
    """Whether these bytes start as a zip archive does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def entries_of(data: bytes, place: str, *, max_bytes: int) -> list[Entry]:
    """The files of a zip archive, in its order; no more than `max_bytes` together.

    Raises `RefusedArchive` for a damaged or encrypted archive, for names that leave the folder, stand twice, or are
    links, and for more entries, more bytes or a higher ratio than an honest archive has. What it inflates to is counted
    while it inflates: the sizes that the archive states are never believed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise _refused(f"The archive has more than {MAX_ENTRIES} files.", place)
            _check_names([info.orig_filename for info in archive.infolist()], place)  # `is_dir` needs a name to look at
            left, beyond = max_bytes, MAX_BEYOND
            entries = []
            for info in archive.infolist():
                if info.is_dir():
                    continue
                entries.append(Entry(info.filename, _inflate(archive, info, left, place)))
                left -= len(entries[-1].data)
                beyond -= max(0, len(entries[-1].data) - info.compress_size * MAX_RATIO)
                if beyond < 0:
                    raise _refused(f"{info.filename[:80]!r} grows to more than is read of an archive.", place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as cause:
        raise _refused(
            f"The archive is damaged: {str(cause)[:120].rstrip('.') or 'it ends too early'}.", place
        ) from None
    return entries


def _check_names(names: list[str], place: str) -> None:
    seen = set()
    for name in names:
        parts = name.rstrip("/").split("/")
        if not name or name.startswith("/") or ".." in parts or "." in parts or "" in parts or _steers(name):
            raise _refused(f"The archive has a file of the name {name[:80]!r}, which leaves its folder.", place)
        if name.casefold() in seen:
            raise _refused(f"The archive has two files of the name {name[:80]!r}.", place)
        seen.add(name.casefold())


def _steers(name: str) -> bool:
    return len(name) > 500 or not name.isprintable() or any(mark in name for mark in "\\:")


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int, place: str) -> bytes:
    name = info.filename[:80]
    if info.flag_bits & _ENCRYPTED:
        raise _refused(f"{name!r} in the archive is encrypted.", place, "Unpack it yourself, and give the files.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _refused(f"{name!r} in the archive is a link to another place.", place)
    if info.compress_type not in _METHODS:
        raise _refused(f"{name!r} in the archive is packed in a way that is not read here.", place)
    if info.compress_type == zipfile.ZIP_DEFLATED:
        most = min(most, max(SMALL, info.compress_size * MAX_RATIO))
    with archive.open(info) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _refused(f"{name!r} grows to more than is read of an archive.", place)
    return content


def _refused(sentence: str, place: str, next_step: str = "") -> RefusedArchive:
    return RefusedArchive(sentence, place=place, next_step=next_step or "Give the documents themselves.")
