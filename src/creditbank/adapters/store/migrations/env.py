"""Alembic's entry: run the revisions in the connection and transaction that `schema.migrate` holds."""

from alembic import context
from sqlalchemy import Connection

from creditbank.adapters.store.tables import metadata

connection = context.config.attributes.get("connection")
assert isinstance(connection, Connection), "migrations are run through schema.migrate"
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
