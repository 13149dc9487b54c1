"""The table of requests that must happen once, by caller and key."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text

from creditbank.adapters.store.tables import instant_column, metadata, text_column
from creditbank.adapters.store.types import Blob, Sha256

claims: Final = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("asked", Sha256, nullable=False),
    instant_column("begun"),
    text_column("holder"),
    instant_column("until"),
    Column("answer", Blob, nullable=True),
    instant_column("answered", nullable=True),
    Column("lasting", Boolean, nullable=False),
    Column("subject", Text, nullable=True),
    CheckConstraint("(answer IS NULL) = (answered IS NULL)", name="answered"),
    Index(None, "holder"),
    Index(None, "begun"),
    Index(None, "subject"),
)
