"""Accounts that were erased: since when, which credentials are gone, and the entry of a leaf whose salt is.

Old code goes on beside new code; it stumbles over a credential whose bytes are gone, and shows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns."""
    op.add_column("learners", sa.Column("erased", INSTANT, nullable=True))
    op.add_column("credentials", sa.Column("erased", INSTANT, nullable=True))
    op.add_column("leaves", sa.Column("entry", sa.LargeBinary(), nullable=True))
