"""People, their sign-ins and sessions; a learner's account may belong to a person.

Old code goes on beside new code: the learners that it adds belong to nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("learners", sa.Column("person", sa.Text(), nullable=True))
    op.create_index("ix_learners_person", "learners", ["person"])
    op.create_table(
        "people",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("ways", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("ways >= 0", name="ck_people_ways"),
        sa.PrimaryKeyConstraint("row", name="pk_people"),
        sa.UniqueConstraint("id", name="uq_people_id"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("added", INSTANT, nullable=False),
        sa.Column("used", INSTANT, nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.CheckConstraint("counter >= 0", name="ck_sign_ins_counter"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sign_ins_person"),
        sa.PrimaryKeyConstraint("row", name="pk_sign_ins"),
        sa.UniqueConstraint("id", name="uq_sign_ins_id"),
        sa.UniqueConstraint("kind", "handle", name="uq_sign_ins_kind_handle"),
    )
    op.create_index("ix_sign_ins_person", "sign_ins", ["person"])
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("acting", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("seen", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("fresh", INSTANT, nullable=False),
        sa.Column("agent", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sessions_person"),
        sa.PrimaryKeyConstraint("hash", name="pk_sessions"),
        sa.UniqueConstraint("id", name="uq_sessions_id"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_index("ix_sessions_expires", "sessions", ["expires"])
