"""Halts: who stopped what, and why.

Old code goes on beside new code; it asks nobody whether the bank is halted, so stop it before you rely on a halt.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "halts",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lifted", INSTANT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("lifted_why", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("row", name="pk_halts"),
        sa.UniqueConstraint("id", name="uq_halts_id"),
    )
    stands = sa.text("lifted IS NULL")
    op.create_index("ux_halts_scope", "halts", ["scope"], unique=True, sqlite_where=stands, postgresql_where=stands)
