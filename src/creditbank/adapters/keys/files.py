"""Small private files: written whole or not at all, by one writer only, readable by nobody else."""

import os
import secrets
from pathlib import Path

from creditbank.adapters.keys.errors import ExposedKeyFile


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_once(path: Path, data: bytes) -> bool:
    """Write a new file with mode 0600 and push it to the disk; False when somebody else wrote it first.

    The file appears under its name complete or not at all, so a crash leaves no half key behind.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    finally:
        draft.unlink(missing_ok=True)
    _push_folder(path.parent)
    return True


def write_over(path: Path, data: bytes) -> None:
    """Put new content in the place of a file, whole or not at all, with mode 0600, and push it to the disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _push_folder(path.parent)


def refuse_exposed(path: Path) -> None:
    """Raise `ExposedKeyFile` when the owner's group or others have any right to the file or folder."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        right = "700" if path.is_dir() else "600"
        raise ExposedKeyFile(
            f"Other users of this machine have rights to it (mode {mode:o}).",
            place=str(path),
            next_step=f"Run `chmod {right} {path}`, and consider whether the keys may have been read.",
        )


def _push_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
