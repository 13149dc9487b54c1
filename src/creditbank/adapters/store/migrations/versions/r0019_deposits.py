"""Learners' DIDs and what they bring themselves: earlier and further DIDs, challenges, confirmations and deposits.

Old code goes on beside new code; it does not find what learners brought, and shows their accounts without it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "learner_dids",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_learner_dids_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_learner_dids"),
        sa.UniqueConstraint("did", name="uq_learner_dids_did"),
    )
    op.create_index("ix_learner_dids_learner", "learner_dids", ["learner"])
    op.create_table(
        "confirmations",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_confirmations_organisation"),
        sa.ForeignKeyConstraint(["did"], ["learner_dids.did"], name="fk_confirmations_did"),
        sa.PrimaryKeyConstraint("organisation", "did", name="pk_confirmations"),
    )
    op.create_table(
        "holder_challenges",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("used", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_holder_challenges_learner"),
        sa.PrimaryKeyConstraint("nonce", name="pk_holder_challenges"),
    )
    op.create_table(
        "deposited",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issuer_name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status_list", sa.Text(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_deposited_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_deposited"),
        sa.UniqueConstraint("id", name="uq_deposited_id"),
        sa.UniqueConstraint("digest", name="uq_deposited_digest"),
    )
    op.create_index("ix_deposited_learner", "deposited", ["learner"])
    op.create_index("ix_deposited_request", "deposited", ["request"])
