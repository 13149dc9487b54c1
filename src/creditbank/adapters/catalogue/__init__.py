"""Which frameworks, credit systems and rules are there? Reads them from folders, whole or not at all."""

from creditbank.adapters.catalogue.builtin import MissingData, builtin_data
from creditbank.adapters.catalogue.catalogue import (
    Catalogue,
    EmptyCatalogue,
    UnknownDocument,
    UnreadableCatalogue,
)

__all__ = [
    "Catalogue",
    "EmptyCatalogue",
    "MissingData",
    "UnknownDocument",
    "UnreadableCatalogue",
    "builtin_data",
]
