"""The table of tiles: what is kept of a batch's tree, so that one leaf is proved without building the tree again."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text

from creditbank.adapters.store.tables import metadata
from creditbank.adapters.store.types import Blob

tiles: Final = Table(
    "tiles",
    metadata,
    Column("batch", Text, ForeignKey("batches.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("hashes", Blob, nullable=False),
    CheckConstraint("level >= 0 AND place >= 0", name="place"),
)
