"""Opening the bank that a command is about."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from creditbank.config import SETTINGS_FILE, Settings

if TYPE_CHECKING:
    from creditbank.bootstrap import Bank


def settings_of(home: Path | None) -> Settings:
    """The settings of the bank at `home`, else at CREDITBANK_HOME, else at `creditbank-home` here."""
    return Settings.load(os.environ, home)


def is_bank_at(home: Path | None) -> bool:
    """Whether to ask a bank: one was named, or one lies where a bank lies by default."""
    named = home is not None or bool(os.environ.get("CREDITBANK_HOME"))
    return named or (settings_of(None).home / SETTINGS_FILE).exists()


@contextmanager
def bank_at(home: Path | None, *, own_chain: bool = True) -> Iterator["Bank"]:
    """Open the bank for the length of a command. `own_chain` is needed by whatever writes to the embedded
    chain.
    """
    from creditbank.bootstrap import open_bank

    with open_bank(settings_of(home), own_chain=own_chain) as bank:
        yield bank


def request_id(given: str | None) -> str:
    """The caller's id for something that must happen once, or a fresh one."""
    return given or str(uuid.uuid4())
