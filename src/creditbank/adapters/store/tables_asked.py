"""The table of who asked for what. A trigger of the database refuses to change or remove a row."""

from typing import Final

from sqlalchemy import Index, Table

from creditbank.adapters.store.tables import instant_column, metadata, row_number, text_column

asked: Final = Table(
    "asked",
    metadata,
    row_number(),
    text_column("request"),
    text_column("organisation"),
    text_column("actor"),
    text_column("what"),
    instant_column("at"),
    Index(None, "organisation", "actor", "row"),
)
