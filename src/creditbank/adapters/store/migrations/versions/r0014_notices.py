"""Notices, and one transaction in flight per account of the chain instead of one per nonce.

Of several that an account has in flight the first one stays; the others are marked as replaced, and their callers sign
again. What a block holds is found under any mark, so nothing is sent twice. Old code goes on beside new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FLIGHT = "state IN ('recorded', 'sent')"


def upgrade() -> None:
    """Make the table and change the index."""
    op.create_table(
        "notices",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("seen", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("row", name="pk_notices"),
        sa.UniqueConstraint("id", name="uq_notices_id"),
        sa.UniqueConstraint("audience", "once", name="uq_notices_audience_once"),
    )
    op.create_index("ix_notices_audience_row", "notices", ["audience", "row"])
    op.execute(
        "UPDATE attempts SET state = 'replaced' WHERE state IN ('recorded', 'sent') AND EXISTS ("
        "SELECT 1 FROM attempts AS earlier WHERE earlier.sender = attempts.sender "
        "AND earlier.state IN ('recorded', 'sent') AND earlier.nonce < attempts.nonce)"
    )
    op.create_index(
        "ux_attempts_sender",
        "attempts",
        ["sender"],
        unique=True,
        sqlite_where=sa.text(IN_FLIGHT),
        postgresql_where=sa.text(IN_FLIGHT),
    )
    op.drop_index("ux_attempts_sender_nonce", "attempts")
