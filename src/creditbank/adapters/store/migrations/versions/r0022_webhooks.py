"""Webhooks, and the events on their way to them. Old code beside new code tells its notices without sending them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("before_until", INSTANT, nullable=True),
        sa.CheckConstraint("(before IS NULL) = (before_until IS NULL)", name="ck_webhooks_before"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_webhooks_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_webhooks"),
        sa.UniqueConstraint("id", name="uq_webhooks_id"),
        sa.UniqueConstraint("request", name="uq_webhooks_request"),
    )
    op.create_index("ix_webhooks_organisation", "webhooks", ["organisation"])
    op.create_table(
        "deliveries",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("ended", INSTANT, nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.CheckConstraint("attempts >= 0", name="ck_deliveries_attempts"),
        sa.CheckConstraint("(state = 'waiting') = (ended IS NULL)", name="ck_deliveries_ended"),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.id"], name="fk_deliveries_webhook"),
        sa.PrimaryKeyConstraint("row", name="pk_deliveries"),
        sa.UniqueConstraint("webhook", "event", name="uq_deliveries_webhook_event"),
    )
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due"])
