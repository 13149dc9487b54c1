"""The tables of people: accounts, sign-ins, and the sessions of browsers. See `tables.py`."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, reference, row_number, text_column, word_column
from creditbank.adapters.store.types import Blob, Document, Names, Sha256
from creditbank.services.people_records import LinkPurpose, SignInKind

# `ways` counts the person's sign-ins, so that the last one is never taken away, also by two requests at once.
people: Final = Table(
    "people",
    metadata,
    row_number(),
    text_column("id"),
    text_column("name"),
    instant_column("created"),
    Column("ways", Integer, nullable=False, server_default="0"),
    instant_column("closed", nullable=True),
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

# A browser in which somebody has signed in before: a stranger who guesses at an account does not shut it out.
devices: Final = Table(
    "devices",
    metadata,
    Column("hash", Sha256, primary_key=True),
    reference("person", "people.id"),
    instant_column("seen"),
    Index(None, "person"),
)

# What was sent by mail and is used once. The token itself is in the mail and nowhere else.
links: Final = Table(
    "links",
    metadata,
    Column("hash", Sha256, primary_key=True),
    word_column("purpose", LinkPurpose),
    text_column("address"),
    Column("person", Text, nullable=True),
    instant_column("expires"),
    Index(None, "person"),
    Index(None, "expires"),
)

recovery_codes: Final = Table(
    "recovery_codes",
    metadata,
    Column("hash", Sha256, primary_key=True),
    reference("person", "people.id"),
    instant_column("made"),
    Index(None, "person"),
)

# What a browser was asked, and has one chance to answer: a passkey's challenge, an organisation's sign-in.
challenges: Final = Table(
    "challenges",
    metadata,
    Column("hash", Sha256, primary_key=True),
    text_column("kind"),
    Column("content", Document, nullable=False),
    instant_column("expires"),
    Index(None, "expires"),
)

# How often something was tried, as the millisecond at which it may be tried as if for the first time.
throttles: Final = Table(
    "throttles",
    metadata,
    Column("name", Sha256, primary_key=True),
    Column("ready", BigInteger, nullable=False),
    Index(None, "ready"),
)

# Mail that waits to be sent, sealed: it holds links that open accounts.
letters: Final = Table(
    "letters",
    metadata,
    row_number(),
    text_column("id"),
    Column("content", Blob, nullable=False),
    instant_column("due"),
    Column("tries", Integer, nullable=False),
    UniqueConstraint("id"),
    CheckConstraint("tries >= 0", name="tries"),
    Index(None, "due"),
)

# Where the people of an organisation sign in. The secret is sealed by the vault.
providers: Final = Table(
    "identity_providers",
    metadata,
    row_number(),
    reference("organisation", "organisations.id"),
    text_column("issuer"),
    text_column("client"),
    Column("secret", Blob, nullable=False),
    Column("domains", Names, nullable=False),
    Column("claims", Document, nullable=False),
    instant_column("set"),
    UniqueConstraint("organisation"),
)
