"""Webhooks of bodies, and the events on their way to them."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, reference, row_number, text_column, word_column
from creditbank.adapters.store.types import Blob, Document, Names
from creditbank.services.webhook_records import DeliveryState, WebhookState

webhooks: Final = Table(
    "webhooks",
    metadata,
    row_number(),
    text_column("id"),
    reference("organisation", "organisations.id"),
    text_column("url"),
    Column("kinds", Names, nullable=False),
    word_column("state", WebhookState),
    Column("secret", Blob, nullable=False),
    instant_column("created"),
    text_column("request"),
    Column("before", Blob, nullable=True),
    instant_column("before_until", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    CheckConstraint("(before IS NULL) = (before_until IS NULL)", name="before"),
    Index(None, "organisation"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    row_number(),
    Column("webhook", Text, ForeignKey("webhooks.id"), nullable=False),
    text_column("event"),
    text_column("kind"),
    Column("document", Document, nullable=False),
    instant_column("at"),
    word_column("state", DeliveryState),
    Column("attempts", Integer, nullable=False),
    instant_column("due"),
    instant_column("ended", nullable=True),
    Column("answer", Integer, nullable=True),
    UniqueConstraint("webhook", "event"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("(state = 'waiting') = (ended IS NULL)", name="ended"),
    Index(None, "state", "due"),
)
