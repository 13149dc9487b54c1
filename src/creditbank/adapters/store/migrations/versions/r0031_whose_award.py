"""What uses a lot, what is taken back and what is flagged is one body's award, whatever another calls by its name.

Entries cannot be emptied as a table either. Old code goes on beside new code: it leaves the body of a use out, and of
its own uses one still shuts the other out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Name the body in what must be there once, and refuse to empty the entries."""
    op.add_column("redemption_uses", sa.Column("organisation", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE redemption_uses SET organisation ="
        " (SELECT organisation FROM redemptions WHERE request = redemption_uses.redemption)"
    )
    op.drop_index("ux_redemption_uses_award_lot", "redemption_uses")
    op.create_index(
        "ux_redemption_uses_body_award_lot",
        "redemption_uses",
        ["organisation", "award", "lot"],
        unique=True,
        sqlite_where=sa.text("live IS 1"),
        postgresql_where=sa.text("live IS true"),
    )
    with op.batch_alter_table("reversals") as table:
        table.drop_constraint("uq_reversals_award", type_="unique")
    op.create_index(
        "ux_reversals_begun",
        "reversals",
        ["organisation", "award"],
        unique=True,
        sqlite_where=sa.text("state = 'begun'"),
        postgresql_where=sa.text("state = 'begun'"),
    )
    with op.batch_alter_table("award_flags") as table:
        table.drop_constraint("uq_award_flags_award_credential", type_="unique")
        table.create_unique_constraint(
            "uq_award_flags_organisation_award_credential", ["organisation", "award", "credential"]
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER entries_no_emptying BEFORE TRUNCATE ON entries"
            " FOR EACH STATEMENT EXECUTE FUNCTION entries_are_written_once()"
        )
