"""Bulk uploads: tables that providers send, their rows, and what became of them.

Old code goes on beside new code; it does none of this work.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COUNTS = ("rows", "good", "faulty", "stands", "issued", "waits", "failed")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "bulk_uploads",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received", INSTANT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("rehearsal", sa.LargeBinary(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("confirmed", INSTANT, nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("ended", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'done')) = (confirmed IS NOT NULL)", name="ck_bulk_uploads_confirmed"
        ),
        sa.CheckConstraint("confirmed IS NULL OR rehearsal IS NOT NULL", name="ck_bulk_uploads_rehearsed_first"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_bulk_uploads_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_bulk_uploads"),
        sa.UniqueConstraint("id", name="uq_bulk_uploads_id"),
        sa.UniqueConstraint("request", name="uq_bulk_uploads_request"),
    )
    op.create_index("ix_bulk_uploads_organisation_row", "bulk_uploads", ["organisation", "row"])
    op.create_table(
        "bulk_parts",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["bulk_uploads.id"], name="fk_bulk_parts_upload"),
        sa.PrimaryKeyConstraint("upload", "number", name="pk_bulk_parts"),
    )
    op.create_table(
        "bulk_rows",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("learner", sa.Text(), nullable=True),
        sa.Column("achievement", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=True),
        sa.CheckConstraint("(fault <> '') = (state IN ('faulty', 'failed'))", name="ck_bulk_rows_faults"),
        sa.ForeignKeyConstraint(["upload"], ["bulk_uploads.id"], name="fk_bulk_rows_upload"),
        sa.PrimaryKeyConstraint("upload", "number", name="pk_bulk_rows"),
        sa.UniqueConstraint("upload", "asked", name="uq_bulk_rows_upload_asked"),
    )
    op.create_index("ix_bulk_rows_upload_state_number", "bulk_rows", ["upload", "state", "number"])
    op.create_index("ix_bulk_rows_learner", "bulk_rows", ["learner"])
