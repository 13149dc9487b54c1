"""Parameters of JSON-RPC methods, read once into types that cannot be wrong; what cannot be read is error -32602."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from creditbank.canonical import JsonObject

INVALID_PARAMS: Final = -32602
QUANTITY: Final = re.compile("0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
DATA: Final = re.compile("0x([0-9a-fA-F]{2})*")
TAGS: Final = frozenset({"latest", "pending", "safe", "finalized", "earliest"})
NOBODY: Final = bytes(20)
MOST_TOPICS: Final = 4
MOST_CHOICES: Final = 1000
MOST_PERCENTILES: Final = 100


class Fault(Exception):
    """An error object of JSON-RPC 2.0 (section 5.1)."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        self.code, self.message, self.data = code, message, data
        super().__init__(message)

    def to_json(self) -> JsonObject:
        """The object."""
        told: JsonObject = {"code": self.code, "message": self.message}
        return told if self.data is None else {**told, "data": self.data}


@dataclass(frozen=True, slots=True)
class CallAsked:
    """A transaction that is only tried. Without `to` it would create a contract."""

    to: bytes | None
    data: bytes
    sender: bytes
    value: int
    gas: int | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are asked for. A topic is None where any will do, else the texts of which one must stand there."""

    addresses: tuple[bytes, ...]
    topics: tuple[frozenset[str] | None, ...]
    first: str | int | None
    last: str | int | None
    block_hash: bytes | None

    def takes(self, log: Mapping[str, Any]) -> bool:
        """Whether an event is among them."""
        if self.addresses and bytes.fromhex(log["address"][2:]) not in self.addresses:
            return False
        told = log["topics"]
        return len(told) >= len(self.topics) and all(
            wanted is None or told[place] in wanted for place, wanted in enumerate(self.topics)
        )


class Params:
    """The parameters of one request, by place. Each reader raises `Fault` where something else stands there."""

    def __init__(self, given: Sequence[Any]) -> None:
        self._given = given

    def none(self) -> None:
        """There are none, which is as good as an answer of nothing."""
        self.end(0)

    def end(self, count: int) -> None:
        """There are no more than so many."""
        if len(self._given) > count:
            raise Fault(INVALID_PARAMS, f"too many arguments, want at most {count}")

    def quantity(self, place: int) -> int:
        """A number."""
        return _quantity(self._at(place), f"argument {place}")

    def octets(self, place: int, length: int | None = None) -> bytes:
        """Bytes, of this length where one is named."""
        return _octets(self._at(place), f"argument {place}", length)

    def truth(self, place: int, *, default: bool) -> bool:
        """True or false."""
        found = self._at(place, default)
        if not isinstance(found, bool):
            raise Fault(INVALID_PARAMS, f"invalid argument {place}: want true or false")
        return found

    def slot(self, place: int) -> int:
        """The number of a slot of storage: a quantity, or its 32 bytes."""
        return _slot(self._at(place), f"argument {place}")

    def slots(self, place: int, most: int) -> list[int]:
        """Numbers of slots."""
        found = self._at(place)
        if not isinstance(found, list) or len(found) > most:
            raise Fault(INVALID_PARAMS, f"invalid argument {place}: want a list of at most {most}")
        return [_slot(one, f"argument {place}") for one in found]

    def numbers(self, place: int) -> list[float]:
        """Percentiles, which rise."""
        found = self._at(place, [])
        good = isinstance(found, list) and len(found) <= MOST_PERCENTILES
        if not good or any(isinstance(one, bool) or not isinstance(one, int | float) for one in found):
            raise Fault(INVALID_PARAMS, f"invalid argument {place}: want at most {MOST_PERCENTILES} numbers")
        if found != sorted(found) or any(not 0 <= one <= 100 for one in found):
            raise Fault(INVALID_PARAMS, f"invalid argument {place}: percentiles rise from 0 to 100")
        return list(found)

    def is_hash(self, place: int) -> bool:
        """Whether the hash of a block stands here and no number."""
        found = self._at(place)
        return isinstance(found, str) and len(found) == 66

    def block(
        self, place: int, named: Callable[[str], int], hashed: Callable[[bytes], int | None] | None = None
    ) -> int:
        """The number of a block: told, by its tag, or as EIP-1898 has it.

        The newest where nothing stands here; only a question about a block itself has to name it.
        """
        found = self._at(place, "latest" if place else None)
        if isinstance(found, dict) and hashed is not None:
            if set(found) <= {"blockHash", "requireCanonical"} and "blockHash" in found:
                number = hashed(_octets(found["blockHash"], "blockHash", 32))
                return -1 if number is None else number
            if set(found) == {"blockNumber"}:
                found = found["blockNumber"]
        told = _block(found, f"argument {place}")
        return told if isinstance(told, int) else named(told)

    def call(self, place: int) -> CallAsked:
        """A call. Fees and nonces may stand in it and mean nothing here; `input` goes before `data`."""
        given = self._object(place)
        data = given.get("input", given.get("data"))
        if {"input", "data"} <= set(given) and given["input"] != given["data"]:
            raise Fault(INVALID_PARAMS, 'both "data" and "input" are set and not equal')
        return CallAsked(
            None if given.get("to") is None else _octets(given["to"], "to", 20),
            b"" if data is None else _octets(data, "data"),
            NOBODY if given.get("from") is None else _octets(given["from"], "from", 20),
            0 if given.get("value") is None else _quantity(given["value"], "value"),
            None if given.get("gas") is None else _quantity(given["gas"], "gas"),
        )

    def filter(self, place: int) -> Filter:
        """Which events are asked for."""
        given = self._object(place)
        first, last, block_hash = given.get("fromBlock"), given.get("toBlock"), given.get("blockHash")
        if block_hash is not None and (first is not None or last is not None):
            raise Fault(INVALID_PARAMS, "cannot specify both blockHash and fromBlock/toBlock, choose one or the other")
        address, topics = given.get("address"), given.get("topics") or []
        addresses = [] if address is None else address if isinstance(address, list) else [address]
        if not isinstance(topics, list) or len(topics) > MOST_TOPICS or len(addresses) > MOST_CHOICES:
            raise Fault(INVALID_PARAMS, f"at most {MOST_TOPICS} topics and {MOST_CHOICES} addresses can be asked for")
        return Filter(
            tuple(_octets(one, "address", 20) for one in addresses),
            tuple(map(_topic, topics)),
            None if first is None else _block(first, "fromBlock"),
            None if last is None else _block(last, "toBlock"),
            None if block_hash is None else _octets(block_hash, "blockHash", 32),
        )

    def _object(self, place: int) -> Mapping[str, Any]:
        found = self._at(place)
        if not isinstance(found, dict):
            raise Fault(INVALID_PARAMS, f"invalid argument {place}: want an object")
        return found

    def _at(self, place: int, default: object = None) -> Any:
        found = self._given[place] if place < len(self._given) else None
        if found is None and default is None:
            raise Fault(INVALID_PARAMS, f"missing value for required argument {place}")
        return default if found is None else found


def _quantity(value: object, where: str) -> int:
    if not isinstance(value, str) or QUANTITY.fullmatch(value) is None:
        raise Fault(INVALID_PARAMS, f"invalid {where}: want a number such as 0x1f")
    return int(value, 16)


def _octets(value: object, where: str, length: int | None = None) -> bytes:
    if not isinstance(value, str) or DATA.fullmatch(value) is None:
        raise Fault(INVALID_PARAMS, f"invalid {where}: want bytes in hexadecimal behind 0x")
    found = bytes.fromhex(value[2:])
    if length is not None and len(found) != length:
        raise Fault(INVALID_PARAMS, f"invalid {where}: want {length} bytes")
    return found


def _slot(value: object, where: str) -> int:
    if isinstance(value, str) and len(value) == 66:
        return int.from_bytes(_octets(value, where, 32), "big")
    return _quantity(value, where)


def _block(value: object, where: str) -> str | int:
    if isinstance(value, str) and value in TAGS:
        return value
    return _quantity(value, where)


def _topic(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    choices = value if isinstance(value, list) else [value]
    if not choices:
        return None
    if len(choices) > MOST_CHOICES:
        raise Fault(INVALID_PARAMS, f"at most {MOST_CHOICES} choices for a topic")
    return frozenset("0x" + _octets(one, "topic", 32).hex() for one in choices)
