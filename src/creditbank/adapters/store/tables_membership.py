"""The tables of members, invitations and keys of programs. See `tables.py`."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import instant_column, metadata, reference, row_number, text_column, word_column
from creditbank.adapters.store.types import Names, Sha256, Words
from creditbank.services.membership_records import KeyKind
from creditbank.services.rights import MemberRole, Scope

memberships: Final = Table(
    "memberships",
    metadata,
    row_number(),
    text_column("id"),
    reference("organisation", "organisations.id"),
    reference("person", "people.id"),
    Column("roles", Words(MemberRole), nullable=False),
    instant_column("since"),
    text_column("by"),
    instant_column("until", nullable=True),
    UniqueConstraint("id"),
    CheckConstraint("roles <> ''", name="roles"),
    Index(None, "person"),
)
_lasts: Final = memberships.c.until.is_(None)
Index(
    "ux_memberships_organisation_person",
    memberships.c.organisation,
    memberships.c.person,
    unique=True,
    sqlite_where=_lasts,
    postgresql_where=_lasts,
)

# How many owners an organisation has, from its first one on: never none, also by two requests at once.
ownerships: Final = Table(
    "ownerships",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("owners", Integer, nullable=False),
    CheckConstraint("owners > 0", name="owners"),
)

invitations: Final = Table(
    "invitations",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("organisation", "organisations.id"),
    Column("hash", Sha256, nullable=False),
    Column("roles", Words(MemberRole), nullable=False),
    text_column("by"),
    instant_column("created"),
    instant_column("expires"),
    instant_column("accepted", nullable=True),
    Column("accepted_by", Text, ForeignKey("people.id"), nullable=True),
    instant_column("withdrawn", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    UniqueConstraint("hash"),
    CheckConstraint("accepted IS NULL OR withdrawn IS NULL", name="once"),
    CheckConstraint("(accepted IS NULL) = (accepted_by IS NULL)", name="accepted_by"),
    Index(None, "organisation"),
)

access_keys: Final = Table(
    "access_keys",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    word_column("kind", KeyKind),
    Column("hash", Sha256, nullable=False),
    text_column("hint"),
    Column("organisation", Text, ForeignKey("organisations.id"), nullable=True),
    Column("scopes", Words(Scope), nullable=False),
    text_column("label"),
    text_column("by"),
    instant_column("created"),
    instant_column("expires"),
    instant_column("used", nullable=True),
    instant_column("revoked", nullable=True),
    Column("redirects", Names, nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    UniqueConstraint("hash"),
    CheckConstraint("expires > created", name="expires"),
    CheckConstraint("scopes <> ''", name="scopes"),
    Index(None, "organisation"),
)
