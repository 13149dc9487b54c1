"""Where a transaction was seen and on which chain, batches set aside, the age of leaves, and what waits for fees.

Old code goes on beside new code: it leaves the new columns empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the table."""
    for name, kind in (("chain_id", sa.BigInteger()), ("block_number", sa.BigInteger()), ("block_hash", sa.Text())):
        op.add_column("attempts", sa.Column(name, kind, nullable=True))
    op.create_index("ix_attempts_block_number", "attempts", ["block_number"])
    op.add_column("batches", sa.Column("chain_id", sa.BigInteger(), nullable=True))
    op.add_column("batches", sa.Column("quarantined", INSTANT, nullable=True))
    op.add_column("batches", sa.Column("undone", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("leaves", sa.Column("added", INSTANT, nullable=True))
    op.create_table(
        "fee_waits",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("seen", INSTANT, nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name="pk_fee_waits"),
    )
