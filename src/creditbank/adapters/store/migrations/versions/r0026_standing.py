"""Applications for awards, flags on awards, and reversals. Old code goes on beside new code, and knows none of them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _applications()
    _flags()
    op.create_table(
        "reversals",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_reversals_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_reversals"),
        sa.UniqueConstraint("request", name="uq_reversals_request"),
        sa.UniqueConstraint("award", name="uq_reversals_award"),
    )
    op.create_index("ix_reversals_state", "reversals", ["state"])


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("award", sa.Text(), nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_applications_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_applications_organisation"),
        sa.ForeignKeyConstraint(["evaluation"], ["evaluations.id"], name="fk_applications_evaluation"),
        sa.PrimaryKeyConstraint("row", name="pk_applications"),
        sa.UniqueConstraint("id", name="uq_applications_id"),
        sa.UniqueConstraint("request", name="uq_applications_request"),
        sa.UniqueConstraint("award", name="uq_applications_award"),
    )
    op.create_index("ix_applications_learner", "applications", ["learner"])
    op.create_index("ix_applications_organisation", "applications", ["organisation"])
    op.create_index(
        "ux_applications_open",
        "applications",
        ["learner", "organisation", "qualification"],
        unique=True,
        sqlite_where=sa.text("state IN ('submitted', 'more-wanted')"),
        postgresql_where=sa.text("state IN ('submitted', 'more-wanted')"),
    )
    op.create_table(
        "application_steps",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("number > 0", name="ck_application_steps_number"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_application_steps_application"),
        sa.PrimaryKeyConstraint("application", "number", name="pk_application_steps"),
    )


def _flags() -> None:
    op.create_table(
        "award_policies",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_award_policies_organisation"),
        sa.PrimaryKeyConstraint("organisation", name="pk_award_policies"),
    )
    op.create_table(
        "award_flags",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("stated", INSTANT, nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided", INSTANT, nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided IS NULL)", name="ck_award_flags_decided"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_award_flags_organisation"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_award_flags_lot"),
        sa.PrimaryKeyConstraint("row", name="pk_award_flags"),
        sa.UniqueConstraint("id", name="uq_award_flags_id"),
        sa.UniqueConstraint("award", "credential", name="uq_award_flags_award_credential"),
    )
    op.create_index("ix_award_flags_organisation", "award_flags", ["organisation"])
    op.create_index("ix_award_flags_learner", "award_flags", ["learner"])
