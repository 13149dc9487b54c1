"""Heads of accounts on their way to the chain. Old code goes on beside new code, and seals none."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "head_sets",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.CheckConstraint("number > 0 AND size > 0", name="ck_head_sets_number"),
        sa.PrimaryKeyConstraint("number", name="pk_head_sets"),
        sa.UniqueConstraint("document", name="uq_head_sets_document"),
    )
    op.create_table(
        "sealed_heads",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("sequence > 0", name="ck_sealed_heads_sequence"),
        sa.ForeignKeyConstraint(["number"], ["head_sets.number"], name="fk_sealed_heads_number"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_sealed_heads_account"),
        sa.PrimaryKeyConstraint("number", "index", name="pk_sealed_heads"),
        sa.UniqueConstraint("account", "sequence", name="uq_sealed_heads_account_sequence"),
    )
