"""What is to be spent on the chain, and what of it goes there together.

Old code goes on beside new code: it sends each spend by itself, and the contract counts what both send once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "convoys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_convoys_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_convoys"),
    )
    op.create_index(
        "ux_convoys_sending",
        "convoys",
        ["organisation"],
        unique=True,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "spends",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("uses", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("convoy", sa.Text(), nullable=True),
        sa.Column("transaction", sa.Text(), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.CheckConstraint("size > 0", name="ck_spends_size"),
        sa.CheckConstraint("(state = 'refused') = (lot IS NOT NULL)", name="ck_spends_refused"),
        sa.CheckConstraint("state <> 'given-up' OR convoy IS NULL", name="ck_spends_given_up"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_spends_organisation"),
        sa.ForeignKeyConstraint(["convoy"], ["convoys.id"], name="fk_spends_convoy"),
        sa.PrimaryKeyConstraint("row", name="pk_spends"),
        sa.UniqueConstraint("key", name="uq_spends_key"),
    )
    op.create_index("ix_spends_convoy", "spends", ["convoy"])
    op.create_index(
        "ix_spends_waiting",
        "spends",
        ["organisation", "row"],
        sqlite_where=sa.text("state = 'waiting' AND convoy IS NULL"),
        postgresql_where=sa.text("state = 'waiting' AND convoy IS NULL"),
    )
