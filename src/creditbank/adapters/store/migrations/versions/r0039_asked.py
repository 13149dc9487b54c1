"""Who asked for what in an organisation's name, whose rows the database itself refuses to change or remove.

Old code goes on beside new code; what it is asked for is not noted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and what guards it."""
    op.create_table(
        "asked",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_asked"),
    )
    op.create_index("ix_asked_organisation_actor_row", "asked", ["organisation", "actor", "row"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER asked_keeps_{act.lower()} BEFORE {act} ON asked"
                " BEGIN SELECT RAISE(ABORT, 'who asked for what is never edited'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION asked_keeps() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'who asked for what is never edited' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER asked_keeps BEFORE UPDATE OR DELETE ON asked FOR EACH ROW EXECUTE FUNCTION asked_keeps()"
    )
    op.execute(
        "CREATE TRIGGER asked_keeps_all BEFORE TRUNCATE ON asked FOR EACH STATEMENT EXECUTE FUNCTION asked_keeps()"
    )
