"""The table of leases."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text

from creditbank.adapters.store.tables import instant_column, metadata, text_column

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    text_column("holder"),
    Column("fence", BigInteger, nullable=False),
    instant_column("until"),
    CheckConstraint("fence > 0", name="fence"),
)
