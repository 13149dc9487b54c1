"""The table of what waits for fees to fall."""

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from creditbank.adapters.store.tables import instant_column, metadata, text_column

fee_waits: Final = Table(
    "fee_waits",
    metadata,
    Column("purpose", Text, primary_key=True),
    text_column("sender"),
    instant_column("since"),
    instant_column("seen"),
    Column("asked", BigInteger, nullable=False),
)
