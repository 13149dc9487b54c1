"""Long work that somebody watches. Old code goes on beside new code: it neither asks for such work nor does it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "jobs",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("lease", INSTANT, nullable=True),
        sa.Column("started", INSTANT, nullable=True),
        sa.Column("ended", INSTANT, nullable=True),
        sa.Column("asked_to_stop", INSTANT, nullable=True),
        sa.Column("progress", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'running') = (lease IS NOT NULL)", name="ck_jobs_leased"),
        sa.CheckConstraint("(state IN ('done', 'failed', 'cancelled')) = (ended IS NOT NULL)", name="ck_jobs_ended"),
        sa.CheckConstraint("fence >= 0 AND lost >= 0", name="ck_jobs_counts"),
        sa.PrimaryKeyConstraint("row", name="pk_jobs"),
        sa.UniqueConstraint("id", name="uq_jobs_id"),
        sa.UniqueConstraint("request", name="uq_jobs_request"),
    )
    op.create_index("ix_jobs_owner", "jobs", ["owner"])
    op.create_index("ix_jobs_state_due", "jobs", ["state", "due"])
