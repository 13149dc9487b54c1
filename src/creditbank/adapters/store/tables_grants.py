"""The tables of what OAuth clients were allowed. See `tables.py`."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, reference, row_number, text_column, word_column
from creditbank.adapters.store.types import Sha256, Words
from creditbank.services.grant_records import TokenUse
from creditbank.services.rights import Scope

grants: Final = Table(
    "grants",
    metadata,
    row_number(),
    text_column("id"),
    reference("key", "access_keys.id"),
    text_column("subject"),
    Column("person", Text, ForeignKey("people.id"), nullable=True),
    Column("scopes", Words(Scope), nullable=False),
    instant_column("created"),
    Column("code", Sha256, nullable=True),
    Column("challenge", Text, nullable=True),
    Column("redirect", Text, nullable=True),
    instant_column("expires", nullable=True),
    instant_column("used", nullable=True),
    instant_column("revoked", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("code"),
    CheckConstraint("(code IS NULL) = (challenge IS NULL)", name="challenge"),
    CheckConstraint("code IS NULL OR person IS NOT NULL", name="person"),
    Index(None, "subject"),
)

grant_tokens: Final = Table(
    "grant_tokens",
    metadata,
    Column("hash", Sha256, primary_key=True),
    reference("grant", "grants.id"),
    word_column("use", TokenUse),
    instant_column("created"),
    instant_column("expires"),
    instant_column("spent", nullable=True),
    CheckConstraint("expires > created", name="expires"),
    Index(None, "expires"),
)
