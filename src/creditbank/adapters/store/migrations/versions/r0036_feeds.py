"""What was anchored in each issuer's name, entry by entry.

Old code goes on beside new code: it writes none of these, and what it anchored is listed when a feed is next read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "feed_entries",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name="ck_feed_entries_number"),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_feed_entries_batch_batches"),
        sa.PrimaryKeyConstraint("issuer", "number", name="pk_feed_entries"),
    )
    op.create_index("ux_feed_entries_batch", "feed_entries", ["issuer", "batch"], unique=True)
