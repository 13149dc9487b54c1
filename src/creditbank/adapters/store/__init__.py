"""How does the bank remember? In SQLite on one machine, in PostgreSQL for many processes."""

from creditbank.adapters.store.errors import (
    ConstraintBroken,
    DatabaseUnavailable,
    SchemaOutOfDate,
    StoreBusy,
    UnstorableValue,
    UnusableDatabase,
)
from creditbank.adapters.store.store import SqlStore
from creditbank.adapters.store.transaction import SqlTransaction

__all__ = [
    "ConstraintBroken",
    "DatabaseUnavailable",
    "SchemaOutOfDate",
    "SqlStore",
    "SqlTransaction",
    "StoreBusy",
    "UnstorableValue",
    "UnusableDatabase",
]
