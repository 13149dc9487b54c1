"""The table of halts. Of each scope at most one stands, whoever halts at the same moment."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import metadata
from creditbank.adapters.store.types import Instant

halts: Final = Table(
    "halts",
    metadata,
    Column("row", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("lifted", Instant, nullable=True),
    Column("lifted_by", Text, nullable=False, server_default=""),
    Column("lifted_why", Text, nullable=False, server_default=""),
    UniqueConstraint("id"),
)

_stands: Final = halts.c.lifted.is_(None)
Index("ux_halts_scope", halts.c.scope, unique=True, sqlite_where=_stands, postgresql_where=_stands)
