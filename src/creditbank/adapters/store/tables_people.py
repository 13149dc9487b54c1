"""The tables of people: accounts, sign-ins, and the sessions of browsers. See `tables.py`."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, reference, row_number, text_column, word_column
from creditbank.adapters.store.types import Document, Sha256
from creditbank.services.people_records import SignInKind

# `ways` counts the person's sign-ins, so that the last one is never taken away, also by two requests at once.
people: Final = Table(
    "people",
    metadata,
    row_number(),
    text_column("id"),
    text_column("name"),
    instant_column("created"),
    Column("ways", Integer, nullable=False, server_default="0"),
    UniqueConstraint("id"),
    CheckConstraint("ways >= 0", name="ways"),
)

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    row_number(),
    text_column("id"),
    reference("person", "people.id"),
    word_column("kind", SignInKind),
    text_column("handle"),
    text_column("secret"),
    Column("counter", BigInteger, nullable=False),
    text_column("label"),
    text_column("contact"),
    instant_column("added"),
    instant_column("used", nullable=True),
    Column("details", Document, nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("kind", "handle"),
    CheckConstraint("counter >= 0", name="counter"),
    Index(None, "person"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("hash", Sha256, primary_key=True),
    text_column("id"),
    reference("person", "people.id"),
    Column("acting", Text, nullable=False),
    instant_column("created"),
    instant_column("seen"),
    instant_column("expires"),
    instant_column("fresh"),
    Column("agent", Sha256, nullable=False),
    UniqueConstraint("id"),
    Index(None, "person"),
    Index(None, "expires"),
)
