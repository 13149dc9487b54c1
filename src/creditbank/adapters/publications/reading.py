"""The shapes in which a bank publishes, read strictly enough to compare them."""

from typing import Any

from creditbank.canonical import JsonObject, parse_digest
from creditbank.errors import BadInput
from creditbank.services.recomputing_records import PublishedBatch, PublishedHistory


class UnreadablePublication(BadInput):
    """What the bank publishes is not in the form that it promises."""

    slug = "unreadable-publication"


def read_batch(value: Any) -> PublishedBatch:
    """A batch as it is listed; raises `UnreadablePublication`."""
    try:
        return PublishedBatch(
            str(value["id"]),
            parse_digest(value["root"]),
            int(value["size"]),
            str(value["state"]),
            value["transaction"],
            value["block"],
        )
    except (KeyError, TypeError, ValueError, BadInput):
        raise UnreadablePublication("A batch that the bank lists cannot be read.") from None


def read_history(value: Any) -> PublishedHistory:
    """An issuer's history; raises `UnreadablePublication`."""
    try:
        return PublishedHistory(str(value["did"]), int(value["chainId"]), int(value["asOf"]), list(value["events"]))
    except (KeyError, TypeError, ValueError):
        raise UnreadablePublication("The history of an issuer cannot be read.") from None


def items_of(value: JsonObject) -> list[Any]:
    """The items of a list; raises `UnreadablePublication`."""
    found = value.get("items")
    if not isinstance(found, list):
        raise UnreadablePublication("A list that the bank publishes has no items.")
    return found
