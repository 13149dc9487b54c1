"""The table of what was last checked: one row for each kind of check."""

from typing import Final

from sqlalchemy import Boolean, Column, Table, Text

from creditbank.adapters.store.tables import instant_column, metadata, text_column

checkups: Final = Table(
    "checkups",
    metadata,
    Column("name", Text, primary_key=True),
    instant_column("at"),
    Column("passed", Boolean, nullable=False),
    text_column("said"),
)
