"""The audit trail, whose entries the database itself refuses to change or remove.

Old code goes on beside new code; it tells the trail nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and what guards them."""
    op.create_table(
        "trail",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name="ck_trail_number"),
        sa.PrimaryKeyConstraint("row", name="pk_trail"),
        sa.UniqueConstraint("chain", "number", name="uq_trail_chain_number"),
        sa.UniqueConstraint("chain", "previous", name="uq_trail_chain_previous"),
    )
    op.create_table(
        "trail_heads",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number >= 0", name="ck_trail_heads_number"),
        sa.PrimaryKeyConstraint("chain", name="pk_trail_heads"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER trail_keeps_{act.lower()} BEFORE {act} ON trail"
                " BEGIN SELECT RAISE(ABORT, 'the audit trail is never edited'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION trail_keeps() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit trail is never edited' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER trail_keeps BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION trail_keeps()"
    )
    op.execute(
        "CREATE TRIGGER trail_keeps_all BEFORE TRUNCATE ON trail FOR EACH STATEMENT EXECUTE FUNCTION trail_keeps()"
    )
