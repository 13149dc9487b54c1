"""Bulk uploads: the table that was sent, in parts until it is read, and its rows."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import (
    instant_column,
    metadata,
    reference,
    row_number,
    text_column,
    word_column,
)
from creditbank.adapters.store.types import Blob, Document, Sha256
from creditbank.services.bulk_records import BulkForm, BulkState, RowState

COUNTS: Final = ("rows", "good", "faulty", "stands", "issued", "waits", "failed")

uploads: Final = Table(
    "bulk_uploads",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("organisation", "organisations.id"),
    word_column("form", BulkForm),
    word_column("state", BulkState),
    instant_column("received"),
    Column("size", BigInteger, nullable=False),
    Column("digest", Sha256, nullable=True),
    Column("rehearsal", Sha256, nullable=True),
    text_column("why"),
    text_column("place"),
    *(Column(name, Integer, nullable=False) for name in COUNTS),
    instant_column("confirmed", nullable=True),
    text_column("confirmed_by"),
    instant_column("ended", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    CheckConstraint("(state IN ('confirmed', 'done')) = (confirmed IS NOT NULL)", name="confirmed"),
    CheckConstraint("confirmed IS NULL OR rehearsal IS NOT NULL", name="rehearsed_first"),
    Index(None, "organisation", "row"),
)

upload_parts: Final = Table(
    "bulk_parts",
    metadata,
    Column("upload", Text, ForeignKey("bulk_uploads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", Blob, nullable=False),
)

upload_rows: Final = Table(
    "bulk_rows",
    metadata,
    Column("upload", Text, ForeignKey("bulk_uploads.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    text_column("place"),
    word_column("state", RowState),
    Column("cells", Document, nullable=False),
    Column("asked", Text, nullable=True),
    Column("learner", Text, nullable=True),
    text_column("achievement"),
    text_column("version"),
    text_column("field"),
    text_column("fault"),
    text_column("why"),
    Column("credential", Text, nullable=True),
    UniqueConstraint("upload", "asked"),
    CheckConstraint("(fault <> '') = (state IN ('faulty', 'failed'))", name="faults"),
    Index(None, "upload", "state", "number"),
    Index(None, "learner"),
)
