"""Accounts that were closed, whose requests are answered, and keys that an erasure has still to destroy.

Old code goes on beside new code: it says of no answer whose it is, and such an answer is found by what it mentions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("people", sa.Column("closed", INSTANT, nullable=True))
    op.add_column("claims", sa.Column("subject", sa.Text(), nullable=True))
    op.create_index("ix_claims_subject", "claims", ["subject"])
    op.create_table(
        "doomed_keys",
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_doomed_keys_learner"),
        sa.PrimaryKeyConstraint("learner", name="pk_doomed_keys"),
    )
