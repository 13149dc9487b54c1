"""Evaluations again: which one a run follows, and the digest of what it was made from.

What was weighed before follows nothing and has no digest of its inputs; old code goes on writing such rows beside new
code, and new code reads them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns, and the index by which the standing evaluation is found."""
    op.add_column("evaluations", sa.Column("follows", sa.Text(), nullable=True))
    op.add_column("evaluations", sa.Column("inputs", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_evaluations_learner_organisation_qualification_row",
        "evaluations",
        ["learner", "organisation", "qualification", "row"],
    )
