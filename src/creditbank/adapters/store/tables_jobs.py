"""The table of long work, in the order in which it was asked for."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, row_number, text_column, word_column
from creditbank.adapters.store.types import Document
from creditbank.services.job_records import JobState

jobs: Final = Table(
    "jobs",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    text_column("owner"),
    text_column("kind"),
    Column("input", Document, nullable=False),
    word_column("state", JobState),
    instant_column("created"),
    instant_column("due"),
    Column("fence", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    instant_column("lease", nullable=True),
    instant_column("started", nullable=True),
    instant_column("ended", nullable=True),
    instant_column("asked_to_stop", nullable=True),
    Column("progress", Document, nullable=True),
    Column("result", Document, nullable=True),
    Column("problem", Document, nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    CheckConstraint("(state = 'running') = (lease IS NOT NULL)", name="leased"),
    CheckConstraint("(state IN ('done', 'failed', 'cancelled')) = (ended IS NOT NULL)", name="ended"),
    CheckConstraint("fence >= 0 AND lost >= 0", name="counts"),
    Index(None, "owner"),
    Index(None, "state", "due"),
)
