"""Endorsements, and what an intent asks for besides a unit: what a transcript holds, by what a learner is known.

Old code goes on beside new code, except that it cannot complete the intent of a transcript that a crash left behind.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table and the column."""
    op.add_column("intents", sa.Column("besides", sa.Text(), nullable=True))
    op.create_table(
        "endorsements",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("endorsed", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("issued", INSTANT, nullable=True),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("status_index >= 0", name="ck_endorsements_status_index"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_endorsements_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_endorsements"),
        sa.UniqueConstraint("id", name="uq_endorsements_id"),
        sa.UniqueConstraint("request", name="uq_endorsements_request"),
        sa.UniqueConstraint("digest", name="uq_endorsements_digest"),
        sa.UniqueConstraint("organisation", "status_index", name="uq_endorsements_organisation_status_index"),
    )
    op.create_index("ix_endorsements_endorsed", "endorsements", ["endorsed"])
