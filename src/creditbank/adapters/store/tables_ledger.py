"""Tables beside the ledger's own: what it tells to whom."""

from typing import Final

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, row_number, text_column
from creditbank.adapters.store.types import Document

# No key to whoever is told: an account may be erased, and what was told stays told.
notices: Final = Table(
    "notices",
    metadata,
    row_number(),
    text_column("id"),
    text_column("audience"),
    text_column("kind"),
    Column("document", Document, nullable=False),
    instant_column("at"),
    Column("once", Text, nullable=True),
    instant_column("seen", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("audience", "once"),
    Index(None, "audience", "row"),
)
