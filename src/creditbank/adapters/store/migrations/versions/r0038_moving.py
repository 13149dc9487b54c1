"""What was anchored on other chains: receipts as handed out, and where batches stand there.

Old code goes on beside new code: it anchors on one chain, and looks at neither table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "former_receipts",
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("credential", "chain_id", name="pk_former_receipts"),
    )
    op.create_table(
        "former_places",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("block_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_former_places_batch_batches"),
        sa.PrimaryKeyConstraint("batch", "chain_id", name="pk_former_places"),
    )
