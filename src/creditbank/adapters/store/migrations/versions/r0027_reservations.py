"""Reservations that end by themselves. Old code goes on beside new code, and neither makes nor ends any."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reservations",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_reservations_amount"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_reservations_organisation"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_reservations_lot"),
        sa.PrimaryKeyConstraint("request", name="pk_reservations"),
    )
    op.create_index("ix_reservations_state_until", "reservations", ["state", "until"])
    op.create_index("ix_reservations_award_lot", "reservations", ["award", "lot"])
