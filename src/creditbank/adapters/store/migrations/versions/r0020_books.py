"""Transfers between accounts, redemptions with rows of their own, and entries that no statement can change.

Old code goes on beside new code: it writes no transfers, and keeps its redemptions as answers, which new code reads.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the columns, tables, indices and triggers."""
    op.execute(
        "ALTER TABLE entries ADD COLUMN party TEXT"
        " CONSTRAINT ck_entries_party CHECK ((kind = 'transfer') = (party IS NOT NULL))"
    )
    op.create_index("ix_lots_expires", "lots", ["expires"])
    op.create_index("ix_holds_award", "holds", ["award"])
    _redemptions()
    _written_once()


def _redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("created", INSTANT, nullable=False),
        sa.CheckConstraint("(state IN ('undoing', 'refused')) = (refusal IS NOT NULL)", name="ck_redemptions_refusal"),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_redemptions_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_redemptions"),
        sa.UniqueConstraint("request", name="uq_redemptions_request"),
    )
    op.create_index("ix_redemptions_organisation_row", "redemptions", ["organisation", "row"])
    op.create_index("ix_redemptions_state", "redemptions", ["state"])
    op.create_index("ix_redemptions_award", "redemptions", ["award"])
    op.create_table(
        "redemption_uses",
        sa.Column("redemption", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("award", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_redemption_uses_amount"),
        sa.ForeignKeyConstraint(["redemption"], ["redemptions.request"], name="fk_redemption_uses_redemption"),
        sa.ForeignKeyConstraint(["lot"], ["lots.id"], name="fk_redemption_uses_lot"),
        sa.PrimaryKeyConstraint("redemption", "position", name="pk_redemption_uses"),
        sa.UniqueConstraint("redemption", "lot", name="uq_redemption_uses_redemption_lot"),
    )
    op.create_index(
        "ux_redemption_uses_award_lot",
        "redemption_uses",
        ["award", "lot"],
        unique=True,
        sqlite_where=sa.text("live IS 1"),
        postgresql_where=sa.text("live IS true"),
    )


def _written_once() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER entries_no_{event.lower()} BEFORE {event} ON entries"
                " BEGIN SELECT RAISE(ABORT, 'entries are written once'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION entries_are_written_once() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'entries are written once' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries"
        " FOR EACH ROW EXECUTE FUNCTION entries_are_written_once()"
    )
