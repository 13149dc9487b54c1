"""Units: the document beside each achievement, its versions and withdrawals, and drafts.

What was published before has no unit document; it is neither a version of another nor withdrawn.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns for the unit document and the life of a version, and the table of drafts."""
    for column in (
        sa.Column("unit", sa.LargeBinary(), nullable=True),
        sa.Column("unit_digest", sa.LargeBinary(), nullable=True),
        sa.Column("supersedes", sa.Text(), nullable=True),
        sa.Column("changelog", sa.Text(), nullable=False, server_default=""),
        sa.Column("withdrawn", INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
    ):
        op.add_column("achievements", column)
    op.create_index("ix_achievements_id_supersedes", "achievements", ["id", "supersedes"], unique=True)
    op.create_table(
        "drafts",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("saved", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_drafts_organisation"),
        sa.PrimaryKeyConstraint("organisation", "id", "version", name="pk_drafts"),
    )
