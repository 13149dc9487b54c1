"""Accounts that were merged into another account of the same person.

Old code goes on beside new code; it takes an account that was merged for an empty one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "mergers",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source <> target", name="ck_mergers_two"),
        sa.ForeignKeyConstraint(["source"], ["learners.id"], name="fk_mergers_source"),
        sa.ForeignKeyConstraint(["target"], ["learners.id"], name="fk_mergers_target"),
        sa.PrimaryKeyConstraint("source", name="pk_mergers"),
    )
    op.create_index("ix_mergers_target", "mergers", ["target"])
