"""Tables of what is to be spent on the chain, and of what goes there together."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, and_

from creditbank.adapters.store.tables import (
    instant_column,
    metadata,
    reference,
    row_number,
    text_column,
    word_column,
)
from creditbank.adapters.store.types import Document
from creditbank.services.spend_records import ConvoyState, SpendState

convoys: Final = Table(
    "convoys",
    metadata,
    Column("id", Text, primary_key=True),
    reference("organisation", "organisations.id"),
    word_column("state", ConvoyState),
    text_column("carrier"),
    instant_column("until"),
    instant_column("created"),
)

# One transaction of a body is on its way into a block at a time.
_sending: Final = convoys.c.state == ConvoyState.SENDING
Index("ux_convoys_sending", convoys.c.organisation, unique=True, sqlite_where=_sending, postgresql_where=_sending)

spends: Final = Table(
    "spends",
    metadata,
    row_number(),
    text_column("key"),
    reference("organisation", "organisations.id"),
    text_column("award"),
    Column("uses", Document, nullable=False),
    Column("size", Integer, nullable=False),
    word_column("state", SpendState),
    instant_column("created"),
    Column("convoy", Text, ForeignKey("convoys.id"), nullable=True),
    Column("transaction", Text, nullable=True),
    Column("lot", Text, nullable=True),
    UniqueConstraint("key"),
    CheckConstraint("size > 0", name="size"),
    CheckConstraint("(state = 'refused') = (lot IS NOT NULL)", name="refused"),
    CheckConstraint("state <> 'given-up' OR convoy IS NULL", name="given_up"),
    Index(None, "convoy"),
)
_waits: Final = and_(spends.c.state == SpendState.WAITING, spends.c.convoy.is_(None))
Index("ix_spends_waiting", spends.c.organisation, spends.c.row, sqlite_where=_waits, postgresql_where=_waits)
