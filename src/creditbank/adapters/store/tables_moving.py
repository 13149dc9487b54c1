"""The tables of what was anchored on other chains than the one in use: receipts as handed out, and batches' places."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from creditbank.adapters.store.tables import metadata, text_column
from creditbank.adapters.store.types import Document, Instant

former_receipts: Final = Table(
    "former_receipts",
    metadata,
    Column("credential", Text, primary_key=True),
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("document", Document, nullable=False),
)

former_places: Final = Table(
    "former_places",
    metadata,
    Column("batch", Text, ForeignKey("batches.id"), primary_key=True),
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    text_column("transaction"),
    Column("block_number", BigInteger, nullable=False),
    text_column("block_hash"),
    Column("block_time", Instant, nullable=False),
)
