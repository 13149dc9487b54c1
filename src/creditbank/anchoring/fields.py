"""Reads the fields of our own JSON documents; the first wrong one is named by its JSON pointer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from creditbank.canonical import MAX_INTEGER, Digest, Json, parse_digest
from creditbank.errors import BadInput, CreditBankError
from creditbank.units import Credits, parse_instant

T = TypeVar("T")
MAX_TEXT: Final = 4096


@dataclass(slots=True)
class Fields:
    """One JSON object being read: fields are asked for by name, then `close` refuses what nobody asked for.

    `error` is the class to raise; `noun` says in its sentences what is being read, such as "receipt".
    """

    value: Mapping[str, Json]
    error: type[BadInput]
    noun: str
    pointer: str = ""
    _asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, value: object, error: type[BadInput], noun: str, kind: str) -> "Fields":
        """Start at the root of a document whose `document` field must be `kind`."""
        if not isinstance(value, dict):
            raise error(f"A {noun} is a JSON object.", place="/")
        fields = cls(value, error, noun)
        found = fields.text("document")
        if found != kind:
            raise fields.wrong("document", f"says {found!r}; {kind!r} was expected")
        return fields

    def wrong(self, name: str, complaint: str) -> BadInput:
        """The error for the field `name`, ready to be raised."""
        return self.error(
            f"This {self.noun} cannot be used: {name} {complaint}.",
            place=f"{self.pointer}/{name}",
            next_step=f"Ask whoever gave you this {self.noun} for a fresh copy.",
        )

    def get(self, name: str) -> Json:
        """The raw value of a field that must be there."""
        self._asked.add(name)
        if name not in self.value:
            raise self.wrong(name, "is missing")
        return self.value[name]

    def text(self, name: str) -> str:
        """A text of 1 to 4096 characters."""
        value = self.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
            raise self.wrong(name, "is not a text")
        return value

    def whole(self, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
        """A whole number from `least` to `most`."""
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(name, f"is not a whole number from {least} to {most}")
        return value

    def truth(self, name: str) -> bool:
        """True or false, spelled as JSON does."""
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false")
        return value

    def instant(self, name: str) -> datetime:
        """A date and time with its zone."""
        return self._parsed(name, parse_instant)

    def digest(self, name: str) -> Digest:
        """A digest spelled `sha256:<hex>`."""
        return self._parsed(name, parse_digest)

    def octets(self, name: str, *, length: int | None = None) -> bytes:
        """Bytes spelled `0x<hex>`; exactly `length` of them when it is given."""
        return self._octets(name, self.get(name), length)

    def hash(self, name: str) -> str:
        """A hash of the chain: `0x` and 64 digits, as lower-case text."""
        return "0x" + self.octets(name, length=32).hex()

    def address(self, name: str) -> str:
        """An address of the chain, as written (addresses are compared without case)."""
        self.octets(name, length=20)
        return self.text(name)

    def credits(self, name: str) -> Credits:
        """An amount of credit, written as text."""
        return self._parsed(name, Credits.parse)

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """The field by `read`, or None when it is null or absent."""
        self._asked.add(name)
        return None if self.value.get(name) is None else read(name)

    def object(self, name: str) -> "Fields":
        """A nested object, to be read (and closed) in turn."""
        return self._nested(self.get(name), name)

    def objects(self, name: str, *, most: int = 100_000) -> list["Fields"]:
        """A list of objects; an absent list is an empty one."""
        self._asked.add(name)
        return [self._nested(item, f"{name}/{at}") for at, item in enumerate(self._list(name, most))]

    def texts(self, name: str, *, most: int = 100_000) -> tuple[str, ...]:
        """A list of texts; an absent list is an empty one."""
        items = self._list(name, most)
        return tuple(Fields({"x": item}, self.error, self.noun).text("x") for item in items)

    def digests(self, name: str, *, most: int = 100_000) -> tuple[Digest, ...]:
        """A list of digests; an absent list is an empty one."""
        return tuple(self._parse(f"{name}/{at}", item, parse_digest) for at, item in enumerate(self._list(name, most)))

    def octets_list(self, name: str, *, most: int = 256) -> tuple[bytes, ...]:
        """A list of byte strings spelled `0x<hex>`."""
        return tuple(self._octets(f"{name}/{at}", item, None) for at, item in enumerate(self._list(name, most)))

    def addresses(self, name: str, *, most: int = 100_000) -> tuple[str, ...]:
        """A list of chain addresses; an absent list is an empty one."""
        items = self._list(name, most)
        for at, item in enumerate(items):
            self._octets(f"{name}/{at}", item, 20)
        return tuple(str(item) for item in items)

    def close(self) -> None:
        """Refuse fields that no reader asked for: a reader that skips a field can be told two stories."""
        for name in self.value:
            if name not in self._asked:
                raise self.wrong(name, "is no field of this kind of document")

    def _list(self, name: str, most: int) -> list[Json]:
        self._asked.add(name)
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, f"is not a list of at most {most} items")
        return value

    def _nested(self, value: Json, path: str) -> "Fields":
        if not isinstance(value, dict):
            raise self.wrong(path, "is not a JSON object")
        return Fields(value, self.error, self.noun, f"{self.pointer}/{path}")

    def _octets(self, path: str, value: Json, length: int | None) -> bytes:
        if not isinstance(value, str) or re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", value, re.ASCII) is None:
            raise self.wrong(path, "is not written as 0x and hexadecimal digits")
        octets = bytes.fromhex(value[2:])
        if length is not None and len(octets) != length:
            raise self.wrong(path, f"has {len(octets)} bytes; {length} were expected")
        return octets

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T:
        return self._parse(name, self.get(name), parse)

    def _parse(self, path: str, value: Json, parse: Callable[[str], T]) -> T:
        if not isinstance(value, str):
            raise self.wrong(path, "is not a text")
        try:
            return parse(value)
        except CreditBankError as cause:
            raise self.wrong(path, f"cannot be read ({cause.sentence.rstrip('.')})") from None


def hex_text(octets: bytes) -> str:
    """Spell bytes of the chain as `0x` and lower-case hexadecimal digits."""
    return f"0x{octets.hex()}"
