"""Is the schema the one this code expects, and how does it get there?"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from creditbank.adapters.store import (  # noqa: F401 -- rooms of tables that belong to the schema
    tables_asked,
    tables_bulk,
    tables_claims,
    tables_feeds,
    tables_grants,
    tables_halts,
    tables_jobs,
    tables_leases,
    tables_ledger,
    tables_membership,
    tables_moving,
    tables_people,
    tables_sending,
    tables_shares,
    tables_spends,
    tables_standing,
    tables_tiles,
    tables_trail,
    tables_watching,
    tables_webhooks,
)
from creditbank.adapters.store.errors import SchemaOutOfDate

COMMAND = "creditbank init"
_MIGRATION_LOCK = 0x63726564_6974626B  # any fixed number: PostgreSQL's advisory locks are named by numbers


def _config() -> Config:
    config = Config()
    place = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(place).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _revisions() -> ScriptDirectory:
    """The revisions that ship with this code, read once: they do not change while it runs."""
    return ScriptDirectory.from_config(_config())


def expected_revision() -> str:
    """The newest revision that ships with this code."""
    head = _revisions().get_current_head()
    assert head is not None, "the package ships its migrations"
    return head


def revision_of(connection: Connection) -> str | None:
    """The revision the database stands at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def check_schema(connection: Connection, *, place: str) -> None:
    """Raise `SchemaOutOfDate` unless the database stands at the newest revision."""
    found, expected = revision_of(connection), expected_revision()
    if found == expected:
        return
    if found is not None and not ships(found):
        raise SchemaOutOfDate(
            f"The tables stand at revision {found}, which is newer than this version of creditbank.",
            place=place,
            next_step="Install the version that made it, or a newer one.",
        )
    raise SchemaOutOfDate(
        f"The tables stand at revision {found or 'none'}; this version of creditbank needs {expected}.",
        place=place,
        next_step=f"Run `{COMMAND}`, which brings them up to date and keeps what is in them.",
    )


def migrate(connection: Connection, *, place: str) -> None:
    """Bring the tables to the newest revision in the connection's transaction: all or nothing (threat 63).

    Raises `SchemaOutOfDate` for a database that a newer version made.
    """
    if connection.dialect.name == "postgresql":  # two processes starting at once migrate one after the other
        connection.execute(text("SET LOCAL statement_timeout = 0"))  # a large table may take longer than any request
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    found = revision_of(connection)
    if found is not None and not ships(found):
        check_schema(connection, place=place)
    _upgrade(connection, "head")


def migrate_to(connection: Connection, revision: str, *, place: str) -> None:
    """Make the tables of a revision in an empty database; raises `SchemaOutOfDate` for one that this code lacks."""
    if not ships(revision):
        raise SchemaOutOfDate(
            f"The tables stood at revision {revision}, which is newer than this version of creditbank.",
            place=place,
            next_step="Install the version that made it, or a newer one.",
        )
    _upgrade(connection, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def ships(revision: str) -> bool:
    """Whether this code comes with a revision; another one is of a newer version."""
    return any(script.revision == revision for script in _revisions().walk_revisions())
