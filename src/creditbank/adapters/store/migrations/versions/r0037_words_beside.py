"""The salt under which entries hold a digest of the words with which an award was taken back.

Old code goes on beside new code: what it takes back has no salt, and its entries still hold the words.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("reversals", sa.Column("salt", sa.LargeBinary(), nullable=True))
