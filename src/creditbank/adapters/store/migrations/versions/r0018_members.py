"""Members of organisations, invitations, and keys of programs.

Old code goes on beside new code; it knows no members, and no keys of theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LASTS = sa.text("until IS NULL")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "memberships",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.CheckConstraint("roles <> ''", name="ck_memberships_roles"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_memberships_organisation"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_memberships_person"),
        sa.PrimaryKeyConstraint("row", name="pk_memberships"),
        sa.UniqueConstraint("id", name="uq_memberships_id"),
    )
    op.create_index("ix_memberships_person", "memberships", ["person"])
    op.create_index(
        "ux_memberships_organisation_person",
        "memberships",
        ["organisation", "person"],
        unique=True,
        sqlite_where=LASTS,
        postgresql_where=LASTS,
    )
    op.create_table(
        "ownerships",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("owners", sa.Integer(), nullable=False),
        sa.CheckConstraint("owners > 0", name="ck_ownerships_owners"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_ownerships_organisation"),
        sa.PrimaryKeyConstraint("organisation", name="pk_ownerships"),
    )
    op.create_table(
        "invitations",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("accepted", INSTANT, nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("withdrawn", INSTANT, nullable=True),
        sa.CheckConstraint("accepted IS NULL OR withdrawn IS NULL", name="ck_invitations_once"),
        sa.CheckConstraint("(accepted IS NULL) = (accepted_by IS NULL)", name="ck_invitations_accepted_by"),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name="fk_invitations_accepted_by"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_invitations_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_invitations"),
        sa.UniqueConstraint("id", name="uq_invitations_id"),
        sa.UniqueConstraint("request", name="uq_invitations_request"),
        sa.UniqueConstraint("hash", name="uq_invitations_hash"),
    )
    op.create_index("ix_invitations_organisation", "invitations", ["organisation"])
    op.create_table(
        "access_keys",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created", INSTANT, nullable=False),
        sa.Column("expires", INSTANT, nullable=False),
        sa.Column("used", INSTANT, nullable=True),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.Column("redirects", sa.Text(), nullable=False),
        sa.CheckConstraint("expires > created", name="ck_access_keys_expires"),
        sa.CheckConstraint("scopes <> ''", name="ck_access_keys_scopes"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_access_keys_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_access_keys"),
        sa.UniqueConstraint("id", name="uq_access_keys_id"),
        sa.UniqueConstraint("request", name="uq_access_keys_request"),
        sa.UniqueConstraint("hash", name="uq_access_keys_hash"),
    )
    op.create_index("ix_access_keys_organisation", "access_keys", ["organisation"])
