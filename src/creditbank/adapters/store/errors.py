"""What the store refuses, and how a database's own errors are told in the bank's words."""

from typing import Final

from sqlalchemy import exc

from creditbank.errors import BadInput, Conflict, CreditBankError, Unavailable


class UnusableDatabase(BadInput):
    """The database named in the settings cannot be used."""

    slug = "unusable-database"


class SchemaOutOfDate(Unavailable):
    """The database's tables are not the ones that this version of the code expects."""

    slug = "schema-out-of-date"


class DatabaseUnavailable(Unavailable):
    """The database did not answer."""

    slug = "database-unavailable"


class StoreBusy(Unavailable):
    """Others held the rows for too long; nothing was written, and the same request may succeed now."""

    slug = "store-busy"


class ConstraintBroken(Conflict):
    """The database refused a row because it breaks a rule of the schema."""

    slug = "constraint-broken"


class UnstorableValue(BadInput):
    """The database cannot hold this value, for instance text with a NUL in it."""

    slug = "unstorable-value"


# PostgreSQL: serialization failure, deadlock, lock not available, query cancelled; SQLite: by name.
_BUSY: Final = frozenset({"40001", "40P01", "55P03", "57014"})


def told(error: exc.SQLAlchemyError) -> CreditBankError | None:
    """The bank's error for a database's, or None when it can only be a mistake of our own.

    Texts of the driver may quote rows or addresses, so none of them is passed on.
    """
    if isinstance(error, exc.IntegrityError):
        return ConstraintBroken("The database refused this, since it would break a rule of the records.")
    if isinstance(error, exc.DataError):
        return UnstorableValue("A value in the request cannot be stored.", next_step="Look for control characters.")
    if isinstance(error, exc.TimeoutError) or _is_busy(error):
        return StoreBusy("The store is busy; nothing was written.", next_step="Send the same request again.")
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return DatabaseUnavailable(
            "The database does not answer, so nothing was read or written.",
            next_step="Check that it runs and that its disk has room, then send the same request again.",
        )
    return None


def _is_busy(error: exc.SQLAlchemyError) -> bool:
    cause = getattr(error, "orig", None)
    name = str(getattr(cause, "sqlite_errorname", ""))
    return getattr(cause, "sqlstate", None) in _BUSY or name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
