"""The tables of the audit trail. A trigger of the database refuses to change or remove an entry."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import metadata
from creditbank.adapters.store.types import Instant, Sha256

_COUNTER: Final = BigInteger().with_variant(Integer, "sqlite")

trail: Final = Table(
    "trail",
    metadata,
    Column("row", _COUNTER, primary_key=True, autoincrement=True),
    Column("chain", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("previous", Sha256, nullable=False),
    Column("hash", Sha256, nullable=False),
    CheckConstraint("number > 0", name="number"),
    UniqueConstraint("chain", "number"),
    UniqueConstraint("chain", "previous"),
)

trail_heads: Final = Table(
    "trail_heads",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", Sha256, nullable=False),
    CheckConstraint("number >= 0", name="number"),
)
