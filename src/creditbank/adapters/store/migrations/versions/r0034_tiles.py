"""What is kept of each batch's tree, so that one leaf is proved without building it again.

Old code goes on beside new code: it keeps nothing, and what it sealed is made up for when it is first asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "tiles",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("level >= 0 AND place >= 0", name="ck_tiles_place"),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_tiles_batch_batches"),
        sa.PrimaryKeyConstraint("batch", "level", "place", name="pk_tiles"),
    )
