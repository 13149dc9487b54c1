"""What clients of OAuth 2.0 were allowed, and their tokens.

Old code goes on beside new code; it knows no clients.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "grants",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=True),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("redirect", sa.Text(), nullable=True),
        sa.Column("expires", INSTANT, nullable=True),
        sa.Column("used", INSTANT, nullable=True),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.CheckConstraint("(code IS NULL) = (challenge IS NULL)", name="ck_grants_challenge"),
        sa.CheckConstraint("code IS NULL OR person IS NOT NULL", name="ck_grants_person"),
        sa.ForeignKeyConstraint(["key"], ["access_keys.id"], name="fk_grants_key"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_grants_person"),
        sa.PrimaryKeyConstraint("row", name="pk_grants"),
        sa.UniqueConstraint("id", name="uq_grants_id"),
        sa.UniqueConstraint("code", name="uq_grants_code"),
    )
    op.create_index("ix_grants_subject", "grants", ["subject"])
    op.create_table(
        "grant_tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("spent", INSTANT, nullable=True),
        sa.CheckConstraint("expires > created", name="ck_grant_tokens_expires"),
        sa.ForeignKeyConstraint(["grant"], ["grants.id"], name="fk_grant_tokens_grant"),
        sa.PrimaryKeyConstraint("hash", name="pk_grant_tokens"),
    )
    op.create_index("ix_grant_tokens_expires", "grant_tokens", ["expires"])
