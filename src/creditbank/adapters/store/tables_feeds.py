"""The table of feeds: what was anchored in each issuer's name, entry by entry, as signed."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from creditbank.adapters.store.tables import metadata
from creditbank.adapters.store.types import Blob

feed_entries: Final = Table(
    "feed_entries",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("batch", Text, ForeignKey("batches.id"), nullable=False),
    Column("signed", Blob, nullable=False),
    CheckConstraint("number > 0", name="number"),
    Index("ux_feed_entries_batch", "issuer", "batch", unique=True),
)
