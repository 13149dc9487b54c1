"""Fetches one document at a stranger's word, over https, bounded in time and size, without redirects; and remembers
which status lists were the newest.
"""

from creditbank.adapters.resolver.courier import HttpsCourier
from creditbank.adapters.resolver.errors import (
    FetchEncoded,
    FetchFailed,
    FetchRedirected,
    FetchTooLarge,
    FetchTooSlow,
    UnreachableHost,
    UnusableMemory,
)
from creditbank.adapters.resolver.exchange import HttpsExchange, LoopbackExchange
from creditbank.adapters.resolver.https import HttpsResolver
from creditbank.adapters.resolver.seen import SeenLists

__all__ = [
    "FetchEncoded",
    "FetchFailed",
    "FetchRedirected",
    "FetchTooLarge",
    "FetchTooSlow",
    "HttpsCourier",
    "HttpsExchange",
    "HttpsResolver",
    "LoopbackExchange",
    "SeenLists",
    "UnreachableHost",
    "UnusableMemory",
]
