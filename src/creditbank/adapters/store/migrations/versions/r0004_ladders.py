"""Moves between awards: an entry may name the lower award it takes from, and evaluations of several awards are kept.

Entries of before name none; old code goes on writing such entries beside new code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column, and the table of joint evaluations."""
    op.add_column("entries", sa.Column("origin", sa.Text(), nullable=True))
    op.create_table(
        "joint_evaluations",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("evaluated", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_joint_evaluations_learner"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_joint_evaluations_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_joint_evaluations"),
        sa.UniqueConstraint("id", name="uq_joint_evaluations_id"),
    )
    op.create_index("ix_joint_evaluations_learner", "joint_evaluations", ["learner"])
