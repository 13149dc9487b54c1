"""Suspensions of credentials and their ends, one event a row.

Credentials of before name no list of suspensions; old code goes on issuing such credentials beside new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "suspensions",
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["credential"], ["credentials.id"], name="fk_suspensions_credential"),
        sa.PrimaryKeyConstraint("row", name="pk_suspensions"),
        sa.UniqueConstraint("credential", "number", name="uq_suspensions_credential_number"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("suspensions")
