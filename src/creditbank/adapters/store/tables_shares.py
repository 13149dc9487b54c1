"""What learners share, who looked, and what they agreed to."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import (
    instant_column,
    metadata,
    reference,
    row_number,
    text_column,
    word_column,
)
from creditbank.adapters.store.types import Instant, Names, Sha256
from creditbank.services.share_records import ConsentBasis

shares: Final = Table(
    "shares",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("learner", "learners.id"),
    Column("link", Sha256, nullable=False),
    Column("credentials", Names, nullable=False),
    text_column("audience"),
    text_column("organisation"),
    text_column("purpose"),
    instant_column("created"),
    instant_column("expires"),
    text_column("pin"),
    Column("wrong", Integer, nullable=False),
    instant_column("withdrawn", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    UniqueConstraint("link"),
    CheckConstraint("expires > created", name="ends"),
    CheckConstraint("wrong >= 0", name="wrong"),
    Index(None, "learner", "row"),
    Index(None, "organisation", "row"),
)

share_views: Final = Table(
    "share_views",
    metadata,
    Column("share", Text, ForeignKey("shares.id"), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("organisation", Text, primary_key=True),
)

consents: Final = Table(
    "consents",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("learner", "learners.id"),
    word_column("basis", ConsentBasis),
    Column("covers", Names, nullable=False),
    text_column("audience"),
    text_column("organisation"),
    text_column("purpose"),
    instant_column("given"),
    instant_column("until"),
    text_column("source"),
    instant_column("withdrawn", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    Index(None, "learner", "organisation"),
    Index(None, "source"),
)
