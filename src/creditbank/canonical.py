"""One spelling for every document: strict JSON in, RFC 8785 canonical JSON out, SHA-256 over it.

Everything that is signed, hashed or compared passes through here, so that two readers never see two meanings in the
same bytes (threats 1, 2, 3 and 7).
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NewType, NoReturn, TypeAlias

import rfc8785

from creditbank.errors import BadInput

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
JsonObject: TypeAlias = dict[str, "Json"]
Digest = NewType("Digest", bytes)
"""A SHA-256 digest: always 32 bytes."""

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 64
FROM_THE_SOURCE: Final = "Correct it there, or take the document again from whoever made it."
MAX_DIGITS: Final = 128  # of a number with a fraction; a double's shortest spelling has 24 at most
MAX_INTEGER: Final = 2**53 - 1  # I-JSON (RFC 7493, 2.2): what a double holds exactly


class UnreadableJson(BadInput):
    """These bytes are not one JSON document that every reader reads alike."""

    slug = "unreadable-json"


class UnreadableDigest(BadInput):
    """This text is not a SHA-256 digest in the spelling used here."""

    slug = "unreadable-digest"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise UnreadableJson(
                f"The key {key!r} stands twice in one object, so readers could disagree about its value.",
                next_step="Keep one of the two.",
            )
        seen[key] = value
    return seen


def _whole(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > MAX_INTEGER:
        raise UnreadableJson(
            f"The number {text[:24]} is larger than other readers can hold exactly (2^53 - 1).",
            next_step="Write large numbers as text.",
        )
    return int(text)


def _real(text: str) -> float:
    if len(text) > MAX_DIGITS:
        raise UnreadableJson(f"The number {text[:24]} is spelled with more than {MAX_DIGITS} characters.")
    value = float(text)
    if abs(value) > MAX_INTEGER:  # a double of that size is whole, and its canonical form has no fraction
        raise UnreadableJson(f"The number {text[:24]} is larger than other readers can hold exactly (2^53 - 1).")
    vanished = not value and re.match("[-0.]*[1-9]", text)
    if vanished or Decimal(text) != Decimal(repr(value)):
        raise UnreadableJson(
            f"The number {text[:24]} has more digits than a double holds, so readers could disagree about its value.",
            next_step="Write it as text.",
        )
    return value


def _constant(name: str) -> NoReturn:
    raise UnreadableJson(f"{name} is not a JSON value.")


# possessive, and the last quote optional: a string without an end is walked over once, not once for each quote in it
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[{\]}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def check_depth(text: str) -> None:
    """Raise `UnreadableJson` for what is nested deeper than `MAX_DEPTH`, at which some parsers end their process."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    outside = _STRING.sub("", text) if "\\" in text else "".join(text.split('"')[::2])
    depth = 0
    for mark in _BRACKET.findall(outside):
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableJson(f"The document is nested deeper than {MAX_DEPTH} levels.")
        else:
            depth -= 1


def _check_strings(value: Json) -> None:
    pending: list[Json] = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, str):
            if _SURROGATE.search(current):
                raise UnreadableJson("A string holds half of a surrogate pair, which is no character.")
            if "\0" in current:
                raise UnreadableJson("A string holds the character NUL, at which some readers stop.")
        elif isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict):
            pending.extend(current)
            pending.extend(current.values())


def load_json(data: bytes, *, place: str = "", max_bytes: int = MAX_BYTES) -> Json:
    """Read exactly one JSON document, strictly, as UTF-8 without a byte order mark.

    Raises `UnreadableJson` for duplicate keys, NaN and infinities, numbers beyond 2^53 - 1, digits that no double
    holds, lone surrogates, NUL, nesting deeper than `MAX_DEPTH`, more than `max_bytes` bytes, and anything RFC 8259
    does not allow. `place` names the file in the error.
    """
    if len(data) > max_bytes:
        raise UnreadableJson(f"The document has {len(data)} bytes; at most {max_bytes} are read.", place=place)
    try:
        text = data.decode("utf-8")
        if text.startswith("\ufeff"):
            raise UnreadableJson("The document starts with a byte order mark.", next_step="Save it as plain UTF-8.")
        check_depth(text)
        value: Json = json.loads(
            text, object_pairs_hook=_unique, parse_int=_whole, parse_float=_real, parse_constant=_constant
        )
        if "\\u" in text:  # only an escape can bring in what UTF-8 and the reader refuse
            _check_strings(value)
    except UnicodeDecodeError as cause:
        raise UnreadableJson(f"Byte {cause.start} is not UTF-8.", place=place, next_step="Save it as UTF-8.") from None
    except json.JSONDecodeError as cause:
        raise UnreadableJson(
            f"This is not JSON: {cause.msg} at line {cause.lineno}, column {cause.colno}.",
            place=place,
            next_step=FROM_THE_SOURCE,
        ) from None
    except UnreadableJson as cause:
        raise UnreadableJson(cause.sentence, place=place, next_step=cause.next_step or FROM_THE_SOURCE) from None
    return value


def load_object(data: bytes, *, place: str = "", max_bytes: int = MAX_BYTES) -> JsonObject:
    """Read one JSON object strictly; raise `UnreadableJson` for anything else."""
    value = load_json(data, place=place, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise UnreadableJson("A JSON object was expected here.", place=place, next_step=FROM_THE_SOURCE)
    return value


# what Python's own encoder spells as RFC 8785 does: order of ASCII keys, escapes (3.2.2.2), whole numbers
_PLAIN_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _is_plain(value: Any) -> bool:
    if type(value) is dict:
        return "".join(value).isascii() and _are_plain(value.values())
    return _are_plain(value if type(value) is list else (value,))


def _are_plain(values: Iterable[Any]) -> bool:
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if kind is int:
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                return False
        elif not (kind is dict or kind is list) or not _is_plain(value):
            return False
    return True


def canonical_json(value: "Mapping[str, Any] | Sequence[Any] | Json") -> bytes:
    """Write a value in the JSON Canonicalization Scheme (RFC 8785)."""
    try:
        if _is_plain(value):
            return _PLAIN_ENCODER.encode(value).encode()
    except (TypeError, UnicodeEncodeError):
        pass  # a key that is no text, half a surrogate pair: told below
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as cause:
        raise UnreadableJson(f"This value has no canonical form: {cause}") from None


def pretty_json(value: "Mapping[str, Any] | Sequence[Any] | Json") -> bytes:
    """Write a document for people: indented, in the order given. Never hash or sign this."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def sha256(data: bytes) -> Digest:
    """Hash bytes with SHA-256 (FIPS 180-4)."""
    return Digest(hashlib.sha256(data).digest())


def json_digest(value: "Mapping[str, Any] | Json") -> Digest:
    """Hash a JSON value over its canonical form, so that white space and key order do not matter."""
    return sha256(canonical_json(value))


def digest_text(digest: bytes) -> str:
    """Spell a digest as `sha256:` and 64 lower-case hexadecimal digits, the one spelling in our own documents."""
    return f"sha256:{digest.hex()}"


def parse_digest(text: str) -> Digest:
    """Read `sha256:<64 lower-case hex digits>`; raise `UnreadableDigest` for anything else."""
    if re.fullmatch(r"sha256:[0-9a-f]{64}", text) is None:
        raise UnreadableDigest(f"{text[:80]!r} is not a digest of the form sha256:<64 hexadecimal digits>.")
    return Digest(bytes.fromhex(text[7:]))


def digest_sri(digest: bytes) -> str:
    """Spell a digest as `digestSRI` does in VC 2.0 (5.3): `sha256-` and padded base64."""
    return "sha256-" + base64.b64encode(digest).decode()


def parse_digest_sri(text: str) -> Digest:
    """Read a `sha256-…` subresource digest; raise `UnreadableDigest` for another algorithm or spelling."""
    try:
        raw = base64.b64decode(text.removeprefix("sha256-"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32 or digest_sri(raw) != text:
        raise UnreadableDigest(f"{text[:80]!r} is not a sha256 digestSRI.")
    return Digest(raw)
