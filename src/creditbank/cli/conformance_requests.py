"""One request of the conformance protocol: its fields, each of its kind, or an answer that says which is not.

Whatever must keep its exact bytes can be given in more than one spelling, and the spelling stands in the name:
`message_hex`, `message_base64`, `message_text`.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, NoReturn

from creditbank.canonical import Json, JsonObject, canonical_json
from creditbank.errors import BadInput

GENERAL: Final = ("id", "op", "comment")
"""What every request may carry; a comment is for whoever reads the cases."""


class NotARequest(BadInput):
    """This line is not a request that the conformance protocol knows."""

    slug: ClassVar[str] = "not-a-request"


class Kind(StrEnum):
    """What a field holds, and with that, how it may be spelled."""

    TEXT = "text"
    WHOLE = "whole number"
    BYTES = "bytes"
    BYTES_LIST = "list of bytes"
    DOCUMENT = "document"
    DOCUMENT_LIST = "list of documents"
    TEXT_LIST = "list of texts"
    JSON = "JSON"


_ENDINGS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.BYTES: ("_hex", "_base64", "_text"),
    Kind.BYTES_LIST: ("_hex", "_base64", "_text"),
    Kind.DOCUMENT: ("", "_base64", "_text"),
    Kind.DOCUMENT_LIST: ("", "_base64", "_text"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request: its name without the ending that says how it is spelled."""

    name: str
    kind: Kind
    line: str
    required: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names under which the field may stand; at most one of them."""
        return tuple(f"{self.name}{ending}" for ending in _ENDINGS.get(self.kind, ("",)))

    def to_json(self) -> JsonObject:
        """The field as `--list` shows it."""
        return {
            "name": self.name,
            "kind": str(self.kind),
            "spelled": list(self.spellings),
            "required": self.required,
            "line": self.line,
        }


class Request:
    """The fields of one request, checked against those that its operation knows."""

    def __init__(self, value: Mapping[str, Json], fields: tuple[Field, ...]) -> None:
        """Raises `NotARequest` for a field that is unknown, missing, or given in two spellings."""
        self._value = value
        known = {spelling for field in fields for spelling in field.spellings} | set(GENERAL)
        for name in value:
            if name not in known:
                _refuse(name, "This operation knows no such field.", "See `creditbank conformance --list`.")
        for field in fields:
            given = [spelling for spelling in field.spellings if spelling in value]
            if len(given) > 1:
                _refuse(field.name, f"The field is given twice, as {given[0]} and as {given[1]}.")
            if field.required and not given:
                _refuse(field.name, f"The field is missing: give {' or '.join(field.spellings)}.")

    def has(self, name: str) -> bool:
        """Whether the field is given, in any spelling."""
        return any(f"{name}{ending}" in self._value for ending in ("", "_hex", "_base64", "_text"))

    def text(self, name: str) -> str:
        """A text."""
        found = self._value[name]
        return found if isinstance(found, str) else _refuse(name, "A text was expected here.")

    def optional_text(self, name: str) -> str | None:
        """A text, or None where the field is not given."""
        return self.text(name) if name in self._value else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where the field is not given."""
        found = self._value.get(name, [])
        if not isinstance(found, list):
            _refuse(name, "An array of texts was expected here.")
        return tuple(item if isinstance(item, str) else _refuse(name, "A text was expected here.") for item in found)

    def whole(self, name: str) -> int:
        """A whole number; whether it makes sense is for the operation to say."""
        found = self._value[name]
        if isinstance(found, bool) or not isinstance(found, int):
            _refuse(name, "A whole number was expected here.")
        return found

    def json(self, name: str) -> Json:
        """A JSON value as it stands in the line."""
        return self._value[name]

    def octets(self, name: str) -> bytes:
        """Exact bytes, of a field or of a document; a document that stands in the line as JSON is taken in its
        canonical form (RFC 8785).
        """
        (ending,) = (ending for ending in ("", "_hex", "_base64", "_text") if f"{name}{ending}" in self._value)
        return _bytes(self._value[f"{name}{ending}"], ending, f"{name}{ending}")

    def byte_strings(self, name: str) -> list[bytes]:
        """A list of exact bytes; empty where the field is not given."""
        for ending in ("", "_hex", "_base64", "_text"):
            spelled = f"{name}{ending}"
            if spelled in self._value:
                found = self._value[spelled]
                if not isinstance(found, list):
                    _refuse(spelled, "An array was expected here.")
                return [_bytes(item, ending, f"{spelled}/{index}") for index, item in enumerate(found)]
        return []


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it asks, what its answer carries besides `id` and `ok`, and by which names it says no."""

    name: str
    line: str
    fields: tuple[Field, ...]
    answers: Mapping[str, str]
    says_no: Mapping[str, str]
    run: Callable[[Request], JsonObject]

    def to_json(self) -> JsonObject:
        """The operation as `--list` shows it."""
        return {
            "op": self.name,
            "line": self.line,
            "fields": [field.to_json() for field in self.fields],
            "answers": dict(self.answers),
            "errors": dict(self.says_no),
        }


def yes(**more: Json) -> JsonObject:
    """The answer is yes."""
    return {"ok": True, **more}


def no(error: str, sentence: str, **more: Json) -> JsonObject:
    """The answer is no, by the name of what stands in the way."""
    return {"ok": False, "error": error, "sentence": sentence, **more}


def _bytes(value: Json, ending: str, place: str) -> bytes:
    if not ending:
        return canonical_json(value)
    if not isinstance(value, str):
        _refuse(place, "A text was expected here.")
    if ending == "_text":
        return value.encode()
    if ending == "_hex":
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", value) is None:
            _refuse(place, "This is not hexadecimal: two digits for each byte, and nothing else.")
        return bytes.fromhex(value)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        _refuse(place, "This is not base64 (RFC 4648, section 4, with padding).")


def _refuse(place: str, sentence: str, next_step: str = "") -> NoReturn:
    raise NotARequest(sentence, place=f"/{place}", next_step=next_step)


__all__ = ["GENERAL", "Field", "Kind", "NotARequest", "Operation", "Request", "no", "yes"]
