"""The walking bank: people, credentials, anchors, ledger, awards.

The tables in `tables.py` move on; this revision, once published, does not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table of the first version."""
    _people()
    _published()
    _credentials()
    _anchors()
    _sending()
    _lots()
    _entries()
    _awards()


def _people() -> None:
    """Who: organisations, learners, and the hashes of their tokens."""
    op.create_table(
        "organisations",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("frameworks", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_organisations"),
        sa.UniqueConstraint("did", name="uq_organisations_did"),
        sa.UniqueConstraint("id", name="uq_organisations_id"),
    )
    op.create_table(
        "learners",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_learners"),
        sa.UniqueConstraint("did", name="uq_learners_did"),
        sa.UniqueConstraint("id", name="uq_learners_id"),
    )
    op.create_table(
        "tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("expires", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_tokens"),
    )


def _published() -> None:
    """What anyone may read: frozen achievements, and documents under their own ids."""
    op.create_table(
        "achievements",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("published", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_achievements_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_achievements"),
        sa.UniqueConstraint("id", "version", name="uq_achievements_id_version"),
    )
    op.create_index("ix_achievements_organisation", "achievements", ["organisation"])
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_kind", "documents", ["kind"])


def _credentials() -> None:
    """What is issued: an intent before each signature, then the exact signed bytes."""
    op.create_table(
        "intents",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("achievement", sa.Text(), nullable=False),
        sa.Column("achievement_version", sa.Text(), nullable=False),
        sa.Column("earned", sa.Text(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.CheckConstraint("status_index >= 0", name="ck_intents_status_index"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_intents_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_intents_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_intents"),
        sa.UniqueConstraint("credential", name="uq_intents_credential"),
        sa.UniqueConstraint("organisation", "status_index", name="uq_intents_organisation_status_index"),
        sa.UniqueConstraint("request", name="uq_intents_request"),
    )
    op.create_index("ix_intents_state", "intents", ["state"])
    op.create_table(
        "credentials",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued", INSTANT, nullable=False),
        sa.Column("status_list", sa.Text(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_credentials_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_credentials_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_credentials"),
        sa.UniqueConstraint("digest", name="uq_credentials_digest"),
        sa.UniqueConstraint("id", name="uq_credentials_id"),
        sa.UniqueConstraint("status_list", "status_index", name="uq_credentials_status_list_status_index"),
    )
    op.create_index("ix_credentials_learner", "credentials", ["learner"])
    op.create_index("ix_credentials_organisation", "credentials", ["organisation"])


def _anchors() -> None:
    """What is anchored together."""
    op.create_table(
        "batches",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", INSTANT, nullable=False),
        sa.Column("transaction", sa.Text(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.Text(), nullable=True),
        sa.Column("block_time", INSTANT, nullable=True),
        sa.CheckConstraint("size > 0", name="ck_batches_size"),
        sa.PrimaryKeyConstraint("row", name="pk_batches"),
        sa.UniqueConstraint("id", name="uq_batches_id"),
    )
    op.create_table(
        "leaves",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=True),
        sa.CheckConstraint('(batch IS NULL) = ("index" IS NULL)', name="ck_leaves_placed"),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_leaves_batch"),
        sa.PrimaryKeyConstraint("row", name="pk_leaves"),
        sa.UniqueConstraint("batch", "index", name="uq_leaves_batch_index"),
        sa.UniqueConstraint("credential", name="uq_leaves_credential"),
    )


def _sending() -> None:
    """What was sent to the chain, stored before it was sent, and what came back."""
    op.create_table(
        "attempts",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_attempts"),
        sa.UniqueConstraint("hash", name="uq_attempts_hash"),
    )
    op.create_index("ix_attempts_purpose", "attempts", ["purpose"])
    op.create_index("ix_attempts_sender_state", "attempts", ["sender", "state"])
    in_flight = sa.text("state IN ('recorded', 'sent')")
    op.create_index(
        "ux_attempts_sender_nonce",
        "attempts",
        ["sender", "nonce"],
        unique=True,
        sqlite_where=in_flight,
        postgresql_where=in_flight,
    )
    op.create_table(
        "receipts",
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("credential", name="pk_receipts"),
    )


def _lots() -> None:
    """Learners' credit; the CHECK on lots decides every race for it."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "lots",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("first_issue", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.Column("lapsed", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("opened", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=True),
        sa.CheckConstraint("reserved + redeemed + lapsed <= total", name="ck_lots_never_above_the_whole"),
        sa.CheckConstraint("reserved >= 0 AND redeemed >= 0 AND lapsed >= 0", name="ck_lots_parts"),
        sa.CheckConstraint("total > 0", name="ck_lots_total"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_lots_account"),
        sa.PrimaryKeyConstraint("row", name="pk_lots"),
        sa.UniqueConstraint("id", name="uq_lots_id"),
        sa.UniqueConstraint("issuer", "first_issue", name="uq_lots_issuer_first_issue"),
    )
    op.create_index("ix_lots_account", "lots", ["account"])
    op.create_index("ix_lots_credential", "lots", ["credential"])


def _entries() -> None:
    """What happened to each lot, and what each award holds of it."""
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("opens", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("amount >= 0", name="ck_entries_amount"),
        sa.CheckConstraint("debit <> credit", name="ck_entries_double"),
        sa.CheckConstraint("sequence > 0", name="ck_entries_sequence"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_entries_account"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_entries_lot"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("account", "sequence", name="uq_entries_account_sequence"),
    )
    op.create_index("ix_entries_lot", "entries", ["lot"])
    op.create_table(
        "holds",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reserved >= 0 AND redeemed >= 0", name="ck_holds_parts"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_holds_lot"),
        sa.PrimaryKeyConstraint("lot", "award", name="pk_holds"),
    )


def _awards() -> None:
    """What was weighed and awarded, and answers that are given again."""
    op.create_table(
        "evaluations",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("evaluated", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_evaluations_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_evaluations_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_evaluations"),
        sa.UniqueConstraint("id", name="uq_evaluations_id"),
    )
    op.create_index("ix_evaluations_learner", "evaluations", ["learner"])
    op.create_table(
        "awards",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["evaluation"], ["evaluations.id"], name="fk_awards_evaluation"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_awards_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_awards_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_awards"),
        sa.UniqueConstraint("id", name="uq_awards_id"),
        sa.UniqueConstraint("request", name="uq_awards_request"),
    )
    op.create_index("ix_awards_learner", "awards", ["learner"])
    op.create_index("ix_awards_state", "awards", ["state"])
    op.create_table(
        "award_uses",
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_award_uses_amount"),
        sa.ForeignKeyConstraint(["award"], ["awards.id"], name="fk_award_uses_award"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_award_uses_lot"),
        sa.PrimaryKeyConstraint("award", "position", name="pk_award_uses"),
    )
    op.create_table(
        "answers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_answers"),
    )
