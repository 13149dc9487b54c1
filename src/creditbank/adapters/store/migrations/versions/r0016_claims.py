"""Requests that must happen once, claimed by the process that answers them.

Old code goes on beside new code: it keeps its answers where new code looks too, and the services' own ids see to it
that what either of them does for one request happens once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "claims",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("begun", INSTANT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered", INSTANT, nullable=True),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(answer IS NULL) = (answered IS NULL)", name="ck_claims_answered"),
        sa.PrimaryKeyConstraint("name", name="pk_claims"),
    )
    op.create_index("ix_claims_holder", "claims", ["holder"])
    op.create_index("ix_claims_begun", "claims", ["begun"])
