"""Tables beside the ledger's own: what it tells to whom, and what was redeemed for awards made elsewhere."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from creditbank.adapters.store.tables import (
    instant_column,
    metadata,
    reference,
    row_number,
    text_column,
    word_column,
)
from creditbank.adapters.store.types import Amount, Blob, Document, Sha256
from creditbank.services.ledger_records import RedemptionState, ReservationState

# No key to whoever is told: an account may be erased, and what was told stays told.
notices: Final = Table(
    "notices",
    metadata,
    row_number(),
    text_column("id"),
    text_column("audience"),
    text_column("kind"),
    Column("document", Document, nullable=False),
    instant_column("at"),
    Column("once", Text, nullable=True),
    instant_column("seen", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("audience", "once"),
    Index(None, "audience", "row"),
)

redemptions: Final = Table(
    "redemptions",
    metadata,
    row_number(),
    text_column("request"),
    reference("organisation", "organisations.id"),
    text_column("award"),
    Column("asked", Sha256, nullable=False),
    word_column("state", RedemptionState),
    Column("refusal", Document, nullable=True),
    instant_column("created"),
    UniqueConstraint("request"),
    CheckConstraint("(state IN ('undoing', 'refused')) = (refusal IS NOT NULL)", name="refusal"),
    Index(None, "organisation", "row"),
    Index(None, "state"),
    Index(None, "award"),
)

redemption_uses: Final = Table(
    "redemption_uses",
    metadata,
    Column("redemption", Text, ForeignKey("redemptions.request"), primary_key=True),
    Column("position", Integer, primary_key=True),
    reference("lot", "lots.id"),
    text_column("award"),
    Column("amount", Amount, nullable=False),
    Column("transaction", Text, nullable=True),
    Column("live", Boolean, nullable=False),
    Column("organisation", Text, nullable=False, server_default=""),
    UniqueConstraint("redemption", "lot"),
    CheckConstraint("amount > 0", name="amount"),
)

# A body's award uses a lot by one request: a second one would count in the ledger and not on the chain. What another
# body calls by the same name is another award. Older code leaves the body out, and is then alone with its kind.
_live: Final = redemption_uses.c.live.is_(True)
Index(
    "ux_redemption_uses_body_award_lot",
    redemption_uses.c.organisation,
    redemption_uses.c.award,
    redemption_uses.c.lot,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)

head_sets: Final = Table(
    "head_sets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    text_column("document"),
    Column("root", Sha256, nullable=False),
    Column("size", Integer, nullable=False),
    instant_column("made"),
    UniqueConstraint("document"),
    CheckConstraint("number > 0 AND size > 0", name="number"),
)

sealed_heads: Final = Table(
    "sealed_heads",
    metadata,
    Column("number", Integer, ForeignKey("head_sets.number"), primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    reference("account", "accounts.id"),
    Column("sequence", BigInteger, nullable=False),
    Column("head", Sha256, nullable=False),
    Column("salt", Blob, nullable=False),
    UniqueConstraint("account", "sequence"),
    CheckConstraint("sequence > 0", name="sequence"),
)

reservations: Final = Table(
    "reservations",
    metadata,
    Column("request", Text, primary_key=True),
    reference("organisation", "organisations.id"),
    text_column("award"),
    reference("lot", "lots.id"),
    Column("amount", Amount, nullable=False),
    instant_column("until"),
    word_column("state", ReservationState),
    instant_column("created"),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "state", "until"),
    Index(None, "award", "lot"),
)
