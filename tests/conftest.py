"""The demonstration, played once for all tests of the journey; and how many published vectors were run."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from databases import postgres as postgres
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, event

from creditbank.adapters.chain import database
from creditbank.adapters.keys import sealing
from creditbank.adapters.store import engine, schema

# A shared machine is slow at times, which is no failure. CI tries the same examples each time, so that a red run means
# a change; everybody else explores.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("house")

# What a power cut would need and a passphrase's thousand guesses cost is paid in every process but this one: here no
# test pulls the plug (those that kill a process kill another), and the same few vaults are opened a thousand times.
_REAL_PREPARE, _REAL_OPEN, _REAL_UPGRADE = engine._prepare_sqlite, database.Database.open.__func__, schema._upgrade
_MADE: dict[str, list[tuple[str, Any]]] = {}
"""What the migrations of an empty database said to it, by the database's kind."""


def _prepare_unsynced(connection: Any, record: Any) -> None:
    _REAL_PREPARE(connection, record)
    connection.cursor().execute("PRAGMA synchronous=OFF")


def _open_unsynced(cls: type[database.Database], file: Path, *, write: bool) -> database.Database:
    opened = _REAL_OPEN(cls, file, write=write)
    opened._connection.execute("PRAGMA synchronous=OFF")
    return opened


def _upgrade_as_before(connection: Connection, revision: str) -> None:
    kind = connection.dialect.name
    if revision != "head" or schema.revision_of(connection) is not None:
        _REAL_UPGRADE(connection, revision)
    elif kind in _MADE:
        for statement, values in _MADE[kind]:
            connection.exec_driver_sql(statement, values or None)
    else:
        said: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *heard: said.append(heard[2:4]))
        _REAL_UPGRADE(connection, revision)
        _MADE[kind] = [(says, values) for says, values in said if not says.lstrip().startswith(("SELECT", "PRAGMA"))]


@pytest.fixture(scope="session", autouse=True)
def sparing() -> Iterator[None]:
    """No waiting for the disk, one stretching of each passphrase, one reading of the migrations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(engine, "_prepare_sqlite", _prepare_unsynced)
        patch.setattr(database.Database, "open", classmethod(_open_unsynced))
        patch.setattr(schema, "_upgrade", _upgrade_as_before)
        patch.setattr(sealing, "stretch", lru_cache(sealing.stretch))
        yield


@pytest.fixture
def unspared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store as everybody else has it, for the tests of what it promises the disk and of its migrations."""
    monkeypatch.setattr(schema, "_upgrade", _REAL_UPGRADE)
    monkeypatch.setattr(engine, "_prepare_sqlite", _REAL_PREPARE)


os.environ.setdefault("CREDITBANK_FETCH_DOCUMENTS", "false")  # no test asks the network, in this process or another


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of `creditbank demo` left behind."""
    output = tmp_path_factory.mktemp("journey") / "demo-output"
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", "demo", "--output", str(output)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return output


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Say that so many vectors of a suite were run, and how many of them a decision record answers otherwise."""

    def say(suite: str, run: int, *, otherwise: int = 0) -> None:
        record_property(f"vectors: {suite}", (run, otherwise))

    return say


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Whole files go to processes, as asked for; and the run goes on where one of them dies."""
    from scheduling import Steady

    return Steady(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each suite of published vectors, below the results of the whole run."""
    run: Counter[str] = Counter()
    otherwise: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith("vectors: ") and getattr(report, "when", "") == "call":
                    run[name] += value[0]
                    otherwise[name] += value[1]
    if not run:
        return
    terminalreporter.section("published vectors")
    for name in sorted(run):
        aside = f", {otherwise[name]} of them answered otherwise (docs/decisions)" if otherwise[name] else ""
        terminalreporter.line(f"{name.removeprefix('vectors: ')}: {run[name]} run{aside}")
    terminalreporter.line(f"{sum(run.values())} in all")
