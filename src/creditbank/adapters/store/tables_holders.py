"""The tables of learners' own side: enrolments, offers, their DIDs, and what they bring themselves."""

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
from creditbank.adapters.store.types import Blob, Document, Sha256
from creditbank.services.holder_records import DidOrigin, Occasion, OfferState, WaitingState

TRIES: Final = 20
"""How many claim codes one account may try within an hour."""

enrolments: Final = Table(
    "enrolments",
    metadata,
    row_number(),
    text_column("id"),
    reference("organisation", "organisations.id"),
    text_column("number"),
    text_column("name"),
    Column("learner", Text, ForeignKey("learners.id"), nullable=True),
    Column("claim", Sha256, nullable=True),
    instant_column("expires", nullable=True),
    instant_column("enrolled"),
    instant_column("claimed", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("organisation", "number"),
    UniqueConstraint("claim"),
    CheckConstraint("(claim IS NULL) = (expires IS NULL)", name="expires"),
    CheckConstraint("(learner IS NULL) = (claimed IS NULL)", name="claimed"),
    Index(None, "learner"),
)

claim_tries: Final = Table(
    "claim_tries",
    metadata,
    Column("learner", Text, ForeignKey("learners.id"), primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    CheckConstraint(f"number > 0 AND number <= {TRIES}", name="number"),
)

waiting: Final = Table(
    "waiting",
    metadata,
    row_number(),
    text_column("request"),
    reference("organisation", "organisations.id"),
    reference("enrolment", "enrolments.id"),
    Column("asked", Document, nullable=False),
    word_column("state", WaitingState),
    instant_column("at"),
    Column("credential", Text, nullable=True),
    text_column("why"),
    UniqueConstraint("request"),
    CheckConstraint("(state = 'issued') = (credential IS NOT NULL)", name="issued"),
    Index(None, "enrolment"),
)

offers: Final = Table(
    "offers",
    metadata,
    row_number(),
    text_column("id"),
    reference("credential", "credentials.id"),
    Column("number", Integer, nullable=False),
    reference("organisation", "organisations.id"),
    reference("learner", "learners.id"),
    word_column("state", OfferState),
    instant_column("at"),
    instant_column("decided", nullable=True),
    text_column("why"),
    UniqueConstraint("id"),
    UniqueConstraint("credential", "number"),
    CheckConstraint("(state = 'offered') = (decided IS NULL)", name="decided"),
    Index(None, "learner"),
    Index(None, "organisation"),
)

# Of one credential at most one offer is open or accepted, however often it was offered before.
_stands: Final = offers.c.state.in_([OfferState.OFFERED, OfferState.ACCEPTED])
Index("ux_offers_credential", offers.c.credential, unique=True, sqlite_where=_stands, postgresql_where=_stands)

# Accounts that were erased, whose keys the vault may still hold: written with the erasure, removed when they are gone.
doomed_keys: Final = Table(
    "doomed_keys",
    metadata,
    Column("learner", Text, ForeignKey("learners.id"), primary_key=True),
    instant_column("since"),
)

learner_dids: Final = Table(
    "learner_dids",
    metadata,
    row_number(),
    text_column("did"),
    reference("learner", "learners.id"),
    instant_column("since"),
    instant_column("until", nullable=True),
    word_column("origin", DidOrigin),
    Column("statement", Blob, nullable=False),
    UniqueConstraint("did"),
    Index(None, "learner"),
)

# A provider that issued to an account confirms its DID where nothing but a recovery speaks for it.
confirmations: Final = Table(
    "confirmations",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("did", Text, ForeignKey("learner_dids.did"), primary_key=True),
    instant_column("at"),
)

holder_challenges: Final = Table(
    "holder_challenges",
    metadata,
    Column("nonce", Text, primary_key=True),
    reference("learner", "learners.id"),
    word_column("occasion", Occasion),
    instant_column("expires"),
    instant_column("used", nullable=True),
)

mergers: Final = Table(
    "mergers",
    metadata,
    Column("source", Text, ForeignKey("learners.id"), primary_key=True),
    reference("target", "learners.id"),
    instant_column("at"),
    CheckConstraint("source <> target", name="two"),
    Index(None, "target"),
)

deposited: Final = Table(
    "deposited",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("learner", "learners.id"),
    text_column("organisation"),
    text_column("issuer"),
    text_column("issuer_name"),
    text_column("holder"),
    Column("signed", Blob, nullable=False),
    Column("digest", Sha256, nullable=False),
    instant_column("at"),
    text_column("status_list"),
    Column("status_index", Integer, nullable=False),
    Column("proof", Sha256, nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("digest"),
    Index(None, "learner"),
    Index(None, "request"),
)
