"""What learners share, who looked, and what they agreed to.

Old code goes on beside new code; it opens no share.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "shares",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("withdrawn", INSTANT, nullable=True),
        sa.CheckConstraint("expires > created", name="ck_shares_ends"),
        sa.CheckConstraint("wrong >= 0", name="ck_shares_wrong"),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_shares_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_shares"),
        sa.UniqueConstraint("id", name="uq_shares_id"),
        sa.UniqueConstraint("request", name="uq_shares_request"),
        sa.UniqueConstraint("link", name="uq_shares_link"),
    )
    op.create_index("ix_shares_learner_row", "shares", ["learner", "row"])
    op.create_index("ix_shares_organisation_row", "shares", ["organisation", "row"])
    op.create_table(
        "share_views",
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["share"], ["shares.id"], name="fk_share_views_share"),
        sa.PrimaryKeyConstraint("share", "at", "organisation", name="pk_share_views"),
    )
    op.create_table(
        "consents",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("withdrawn", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["learner"], ["learners.id"], name="fk_consents_learner"),
        sa.PrimaryKeyConstraint("row", name="pk_consents"),
        sa.UniqueConstraint("id", name="uq_consents_id"),
        sa.UniqueConstraint("request", name="uq_consents_request"),
    )
    op.create_index("ix_consents_learner_organisation", "consents", ["learner", "organisation"])
    op.create_index("ix_consents_source", "consents", ["source"])
