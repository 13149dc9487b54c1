"""The shapes in which a bank publishes, read strictly enough to compare them."""

from typing import Any, Final

from creditbank.canonical import Digest, JsonObject, parse_digest
from creditbank.errors import BadInput
from creditbank.services.recomputing_records import PublishedBatch, PublishedHistory


class UnreadablePublication(BadInput):
    """What the bank publishes is not in the form that it promises."""

    slug = "unreadable-publication"


STATES: Final = frozenset({"sealed", "submitted", "confirmed", "final"})


def read_batch(value: Any) -> PublishedBatch:
    """A batch as it is listed; raises `UnreadablePublication`."""
    try:
        if _text(value["state"]) not in STATES:
            raise ValueError("no state of a batch")
        return PublishedBatch(
            _text(value["id"]),
            parse_digest(_text(value["root"])),
            _whole(value["size"]),
            value["state"],
            value.get("transaction"),
            value.get("block"),
            value.get("blockHash"),
            value.get("blockTime"),
        )
    except (AttributeError, KeyError, TypeError, ValueError, BadInput):
        raise UnreadablePublication("A batch that the bank lists cannot be read.") from None


def read_history(value: Any) -> PublishedHistory:
    """An issuer's history; raises `UnreadablePublication`."""
    try:
        events, test = value["events"], value["testChain"]
        if not isinstance(events, list) or not isinstance(test, bool):
            raise TypeError("no list of events, or no word about the chain")
        return PublishedHistory(
            _text(value["did"]),
            _text(value["issuer"]),
            _whole(value["chainId"]),
            test,
            _whole(value["asOf"], least=-1),
            events,
        )
    except (KeyError, TypeError, ValueError):
        raise UnreadablePublication("The history of an issuer cannot be read.") from None


def read_status_root(value: Any) -> tuple[int, Digest]:
    """Number and root of a root over status lists; raises `UnreadablePublication`."""
    try:
        return _whole(value["sequence"]), parse_digest(_text(value["root"]))
    except (KeyError, TypeError, ValueError, BadInput):
        raise UnreadablePublication("A status root that the bank lists cannot be read.") from None


def read_organisation(value: Any) -> tuple[str, str | None]:
    """The id of an organisation that is listed, and its DID where it has one; raises `UnreadablePublication`."""
    try:
        did = value.get("did")
        return _text(value["id"]), None if did is None else _text(did)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnreadablePublication("An organisation that the bank lists cannot be read.") from None


def items_of(value: JsonObject) -> list[Any]:
    """The items of a list; raises `UnreadablePublication`."""
    found = value.get("items")
    if not isinstance(found, list):
        raise UnreadablePublication("A list that the bank publishes has no items.")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _whole(value: object, *, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise TypeError("no whole number")
    return value
