"""Learners' own side: how an account takes credentials, enrolments and what waits for them, and offers.

Old code goes on beside new code: accounts that it opens take credentials at once, as all did before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the column and the tables."""
    op.add_column("learners", sa.Column("accepts", sa.Text(), nullable=False, server_default="automatic"))
    _enrolments()
    op.create_table(
        "offers",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("decided", INSTANT, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'offered') = (decided IS NULL)", name="ck_offers_decided"),
        sa.ForeignKeyConstraint(["credential"], ["credentials.id"], name="fk_offers_credential"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_offers_organisation"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_offers_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_offers"),
        sa.UniqueConstraint("id", name="uq_offers_id"),
        sa.UniqueConstraint("credential", "number", name="uq_offers_credential_number"),
    )
    op.create_index("ix_offers_learner", "offers", ["learner"])
    op.create_index("ix_offers_organisation", "offers", ["organisation"])
    stands = sa.text("state IN ('offered', 'accepted')")
    op.create_index(
        "ux_offers_credential", "offers", ["credential"], unique=True, sqlite_where=stands, postgresql_where=stands
    )


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=True),
        sa.Column("claim", sa.LargeBinary(), nullable=True),
        sa.Column("expires", INSTANT, nullable=True),
        sa.Column("enrolled", INSTANT, nullable=False),
        sa.Column("claimed", INSTANT, nullable=True),
        sa.CheckConstraint("(claim IS NULL) = (expires IS NULL)", name="ck_enrolments_expires"),
        sa.CheckConstraint("(learner IS NULL) = (claimed IS NULL)", name="ck_enrolments_claimed"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_enrolments_organisation"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_enrolments_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_enrolments"),
        sa.UniqueConstraint("id", name="uq_enrolments_id"),
        sa.UniqueConstraint("organisation", "number", name="uq_enrolments_organisation_number"),
        sa.UniqueConstraint("claim", name="uq_enrolments_claim"),
    )
    op.create_index("ix_enrolments_learner", "enrolments", ["learner"])
    op.create_table(
        "claim_tries",
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0 AND number <= 20", name="ck_claim_tries_number"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_claim_tries_learner"),
        sa.PrimaryKeyConstraint("learner", "hour", "number", name="pk_claim_tries"),
    )
    op.create_table(
        "waiting",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("enrolment", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'issued') = (credential IS NOT NULL)", name="ck_waiting_issued"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_waiting_organisation"),
        sa.ForeignKeyConstraint(["enrolment"], ["enrolments.id"], name="fk_waiting_enrolment"),
        sa.PrimaryKeyConstraint("row", name="pk_waiting"),
        sa.UniqueConstraint("request", name="uq_waiting_request"),
    )
    op.create_index("ix_waiting_enrolment", "waiting", ["enrolment"])
