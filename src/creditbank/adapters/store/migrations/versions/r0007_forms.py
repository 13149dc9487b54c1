"""Credentials that are handed out in another form too: the token, its digest, and the name of its leaf and receipt.

Old code goes on beside new code: it never meets a leaf of a token unless it seals a batch, which only one process does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "forms",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_forms_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_forms"),
        sa.UniqueConstraint("name", name="uq_forms_name"),
        sa.UniqueConstraint("digest", name="uq_forms_digest"),
    )
    op.create_index("ix_forms_credential", "forms", ["credential"])
