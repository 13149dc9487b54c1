"""The tables of the store. The revisions under `migrations/` make them; a test keeps the two equal.

Column names are the names of the record's fields. `row` counts up in the order of writing, so that lists
come in that order and not by anybody's clock.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from creditbank.adapters.store.types import Amount, Blob, Document, Instant, Names, Roles, Sha256, Word
from creditbank.ledger import Bucket, EntryKind
from creditbank.services.records import Accepts, AttemptState, AwardState, BatchState, IssueState, KeyState
from creditbank.signing import TokenProfile

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def row_number() -> Column[int]:
    """Counts up in the order of writing."""
    return Column("row", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def text_column(name: str) -> Column[str]:
    """A text that is always there."""
    return Column(name, Text, nullable=False)


def reference(name: str, target: str) -> Column[str]:
    """The id of a row of another table, `table.column`."""
    return Column(name, Text, ForeignKey(target), nullable=False)


def instant_column(name: str, *, nullable: bool = False) -> Column[object]:
    """A moment in UTC."""
    return Column(name, Instant, nullable=nullable)


def word_column(name: str, words: type[StrEnum]) -> Column[StrEnum]:
    """One of an enumeration's words."""
    return Column(name, Word(words), nullable=False)


_row, _text, _ref, _instant, _word = row_number, text_column, reference, instant_column, word_column  # their names here


organisations: Final = Table(
    "organisations",
    metadata,
    _row(),
    _text("id"),
    _text("name"),
    _text("did"),
    Column("roles", Roles, nullable=False),
    Column("frameworks", Names, nullable=False),
    _text("country"),
    Column("sample", Boolean, nullable=False),
    _text("account"),
    _instant("created"),
    UniqueConstraint("id"),
    UniqueConstraint("did"),
)

keys: Final = Table(
    "keys",
    metadata,
    _row(),
    _ref("organisation", "organisations.id"),
    _text("label"),
    _text("multikey"),
    Column("held", Boolean, nullable=False),
    _word("state", KeyState),
    Column("settled", Boolean, nullable=False),
    _instant("announced"),
    _instant("current", nullable=True),
    _instant("retiring", nullable=True),
    _instant("retired", nullable=True),
    _instant("revoked", nullable=True),
    UniqueConstraint("organisation", "label"),
    UniqueConstraint("multikey"),
    Index(None, "settled"),
)

# Of several rotations at once one makes its key the current one.
_signs: Final = keys.c.held & (keys.c.state == KeyState.CURRENT)
Index("ux_keys_organisation", keys.c.organisation, unique=True, sqlite_where=_signs, postgresql_where=_signs)

document_versions: Final = Table(
    "document_versions",
    metadata,
    _row(),
    _text("id"),
    Column("digest", Sha256, nullable=False),
    Column("content", Blob, nullable=False),
    _instant("archived"),
    UniqueConstraint("id", "digest"),
)

learners: Final = Table(
    "learners",
    metadata,
    _row(),
    _text("id"),
    _text("did"),
    _text("name"),
    Column("sample", Boolean, nullable=False),
    _instant("created"),
    Column("person", Text, nullable=True),
    Column("accepts", Word(Accepts), nullable=False, server_default=Accepts.AUTOMATIC.value),
    instant_column("erased", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("did"),
    Index(None, "person"),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("hash", Sha256, primary_key=True),
    _text("label"),
    _text("role"),
    _text("subject"),
    _instant("expires", nullable=True),
)

achievements: Final = Table(
    "achievements",
    metadata,
    _row(),
    _text("id"),
    _text("version"),
    _ref("organisation", "organisations.id"),
    Column("document", Document, nullable=False),
    Column("digest", Sha256, nullable=False),
    _instant("published"),
    Column("unit", Blob, nullable=True),
    Column("unit_digest", Sha256, nullable=True),
    Column("supersedes", Text, nullable=True),
    Column("changelog", Text, nullable=False, server_default=""),
    _instant("withdrawn", nullable=True),
    Column("withdrawal_reason", Text, nullable=True),
    UniqueConstraint("id", "version"),
    Index(None, "organisation"),
    Index(None, "id", "supersedes", unique=True),
)

drafts: Final = Table(
    "drafts",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("content", Blob, nullable=False),
    _instant("saved"),
)

intents: Final = Table(
    "intents",
    metadata,
    _row(),
    _text("request"),
    _text("credential"),
    _ref("organisation", "organisations.id"),
    _ref("learner", "learners.id"),
    _text("achievement"),
    _text("achievement_version"),
    _text("earned"),
    Column("status_index", Integer, nullable=False),
    _word("state", IssueState),
    _instant("created"),
    Column("besides", Document, nullable=True),
    UniqueConstraint("request"),
    UniqueConstraint("credential"),
    UniqueConstraint("organisation", "status_index"),
    CheckConstraint("status_index >= 0", name="status_index"),
    Index(None, "state"),
)

credentials: Final = Table(
    "credentials",
    metadata,
    _row(),
    _text("id"),
    _ref("organisation", "organisations.id"),
    _ref("learner", "learners.id"),
    Column("signed", Blob, nullable=False),
    Column("digest", Sha256, nullable=False),
    _instant("issued"),
    _text("status_list"),
    Column("status_index", Integer, nullable=False),
    _instant("revoked", nullable=True),
    Column("revocation_reason", Text, nullable=True),
    instant_column("erased", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("digest"),
    UniqueConstraint("status_list", "status_index"),
    Index(None, "learner"),
    Index(None, "organisation"),
)

suspensions: Final = Table(
    "suspensions",
    metadata,
    _row(),
    _ref("credential", "credentials.id"),
    Column("number", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
    _text("reason"),
    _instant("at"),
    UniqueConstraint("credential", "number"),
)

forms: Final = Table(
    "forms",
    metadata,
    _row(),
    _text("name"),
    _text("credential"),
    _ref("organisation", "organisations.id"),
    _word("profile", TokenProfile),
    _text("token"),
    Column("digest", Sha256, nullable=False),
    _instant("issued"),
    UniqueConstraint("name"),
    UniqueConstraint("digest"),
    Index(None, "credential"),
)

endorsements: Final = Table(
    "endorsements",
    metadata,
    _row(),
    _text("id"),
    _text("request"),
    _ref("organisation", "organisations.id"),
    _text("endorsed"),
    _text("name"),
    _text("comment"),
    Column("status_index", Integer, nullable=False),
    _instant("created"),
    Column("signed", Blob, nullable=True),
    Column("digest", Sha256, nullable=True),
    _instant("issued", nullable=True),
    _instant("revoked", nullable=True),
    Column("revocation_reason", Text, nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    UniqueConstraint("digest"),
    UniqueConstraint("organisation", "status_index"),
    CheckConstraint("status_index >= 0", name="status_index"),
    Index(None, "endorsed"),
)

documents: Final = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    _text("kind"),
    _text("media_type"),
    Column("content", Blob, nullable=False),
    _instant("updated"),
    Index(None, "kind"),
)

batches: Final = Table(
    "batches",
    metadata,
    _row(),
    _text("id"),
    Column("root", Sha256, nullable=False),
    Column("size", Integer, nullable=False),
    _word("state", BatchState),
    _instant("sealed"),
    Column("transaction", Text, nullable=True),
    Column("block_number", BigInteger, nullable=True),
    Column("block_hash", Text, nullable=True),
    _instant("block_time", nullable=True),
    Column("chain_id", BigInteger, nullable=True),
    _instant("quarantined", nullable=True),
    Column("undone", Integer, nullable=False, server_default="0"),
    UniqueConstraint("id"),
    CheckConstraint("size > 0", name="size"),
)

# No key to `credentials`: erasing a person deletes credential and salt; the batch still proves the others.
leaves: Final = Table(
    "leaves",
    metadata,
    _row(),
    _text("credential"),
    _text("issuer"),
    Column("salt", Blob, nullable=False),
    Column("digest", Sha256, nullable=False),
    Column("batch", Text, ForeignKey("batches.id"), nullable=True),
    Column("index", Integer, nullable=True),
    Column("entry", Blob, nullable=True),
    _instant("added", nullable=True),
    UniqueConstraint("credential"),
    UniqueConstraint("batch", "index"),
    CheckConstraint('(batch IS NULL) = ("index" IS NULL)', name="placed"),
)

attempts: Final = Table(
    "attempts",
    metadata,
    _row(),
    _text("hash"),
    _text("purpose"),
    _text("sender"),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", Blob, nullable=False),
    _word("state", AttemptState),
    _instant("recorded"),
    Column("chain_id", BigInteger, nullable=True),
    Column("block_number", BigInteger, nullable=True),
    Column("block_hash", Text, nullable=True),
    UniqueConstraint("hash"),
    Index(None, "purpose"),
    Index(None, "sender", "state"),
    Index(None, "block_number"),
)

_in_flight: Final = attempts.c.state.in_([AttemptState.RECORDED, AttemptState.SENT])
Index(
    "ux_attempts_sender",
    attempts.c.sender,
    unique=True,
    sqlite_where=_in_flight,
    postgresql_where=_in_flight,
)

receipts: Final = Table(
    "receipts",
    metadata,
    Column("credential", Text, primary_key=True),
    Column("document", Document, nullable=False),
    Column("final", Boolean, nullable=False),
)

accounts: Final = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("head", Sha256, nullable=False),
)

lots: Final = Table(
    "lots",
    metadata,
    _row(),
    _text("id"),
    _ref("account", "accounts.id"),
    _text("credential"),
    _text("issuer"),
    _text("first_issue"),
    _text("system"),
    Column("total", Amount, nullable=False),
    Column("reserved", Amount, nullable=False),
    Column("redeemed", Amount, nullable=False),
    Column("lapsed", Amount, nullable=False),
    Column("revoked", Boolean, nullable=False),
    _instant("opened"),
    _instant("expires", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("issuer", "first_issue"),
    CheckConstraint("total > 0", name="total"),
    CheckConstraint("reserved >= 0 AND redeemed >= 0 AND lapsed >= 0", name="parts"),
    CheckConstraint("reserved + redeemed + lapsed <= total", name="never_above_the_whole"),
    Index(None, "account"),
    Index(None, "credential"),
    Index(None, "expires"),
)

entries: Final = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    _ref("account", "accounts.id"),
    Column("sequence", BigInteger, nullable=False),
    _ref("lot", "lots.id"),
    _word("kind", EntryKind),
    Column("amount", Amount, nullable=False),
    _word("debit", Bucket),
    _word("credit", Bucket),
    Column("award", Text, nullable=True),
    _text("reason"),
    _instant("at"),
    Column("previous", Sha256, nullable=False),
    Column("hash", Sha256, nullable=False),
    Column("opens", Sha256, nullable=True),
    Column("origin", Text, nullable=True),
    Column("party", Text, nullable=True),
    UniqueConstraint("account", "sequence"),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint("debit <> credit", name="double"),
    CheckConstraint("sequence > 0", name="sequence"),
    CheckConstraint("(kind = 'transfer') = (party IS NOT NULL)", name="party"),
    Index(None, "lot"),
)

# What one award holds of one lot, so that an award can post or release only what was reserved for it.
holds: Final = Table(
    "holds",
    metadata,
    Column("lot", Text, ForeignKey("lots.id"), primary_key=True),
    Column("award", Text, primary_key=True),
    Column("reserved", Amount, nullable=False),
    Column("redeemed", Amount, nullable=False),
    CheckConstraint("reserved >= 0 AND redeemed >= 0", name="parts"),
    Index(None, "award"),
)

evaluations: Final = Table(
    "evaluations",
    metadata,
    _row(),
    _text("id"),
    _ref("learner", "learners.id"),
    _ref("organisation", "organisations.id"),
    _text("qualification"),
    _text("version"),
    Column("document", Document, nullable=False),
    _instant("evaluated"),
    Column("follows", Text, nullable=True),
    Column("inputs", Sha256, nullable=True),
    UniqueConstraint("id"),
    Index(None, "learner"),
    Index(None, "learner", "organisation", "qualification", "row"),
)

joint_evaluations: Final = Table(
    "joint_evaluations",
    metadata,
    _row(),
    _text("id"),
    _ref("learner", "learners.id"),
    _ref("organisation", "organisations.id"),
    Column("document", Document, nullable=False),
    _instant("evaluated"),
    UniqueConstraint("id"),
    Index(None, "learner"),
)

awards: Final = Table(
    "awards",
    metadata,
    _row(),
    _text("id"),
    _text("request"),
    _ref("learner", "learners.id"),
    _ref("organisation", "organisations.id"),
    _text("qualification"),
    _text("version"),
    _ref("evaluation", "evaluations.id"),
    _word("state", AwardState),
    Column("proof", Blob, nullable=True),
    Column("signed", Blob, nullable=True),
    _instant("created"),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    Index(None, "learner"),
    Index(None, "state"),
)

award_uses: Final = Table(
    "award_uses",
    metadata,
    Column("award", Text, ForeignKey("awards.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _ref("lot", "lots.id"),
    Column("amount", Amount, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request", Sha256, nullable=False),
    Column("answer", Blob, nullable=False),
)
