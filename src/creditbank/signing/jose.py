"""Compact JSON Web Signatures (RFC 7515), read in exactly one spelling.

A header may say four things and no more (threat 9): nothing in a token chooses the algorithm or brings the key it is
checked with. Each token has one text: no padding, no white space, no spare bits (threat 10).
"""

import base64
import re
from dataclasses import dataclass
from typing import Final, Self

from creditbank.canonical import MAX_BYTES, Json, JsonObject, load_object
from creditbank.errors import BadInput, CreditBankError

HEADERS: Final = frozenset({"alg", "typ", "kid", "cty", "jwk"})
"""What a header may say. `cty` and `jwk` exclude each other: VC-JOSE-COSE knows the one, Open Badges 3.0 the other."""

ALGORITHMS: Final = ("EdDSA", "ES256", "ES384", "RS256")
"""The signature algorithms that are read; each goes with one kind of key, and the key decides."""

MAX_HEADER: Final = 8 * 1024
MAX_SIGNATURE: Final = 1024  # RSA with 8,192 bits
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


class UnreadableToken(BadInput):
    """This is not a compact JSON Web Signature in its one spelling, with a header that may be believed."""

    slug = "unreadable-token"


def base64url_encode(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Read base64url without padding; raise `UnreadableToken` for any second spelling of the same bytes."""
    if _ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        raise UnreadableToken("A part of the token is not base64url without padding.")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url_encode(data) != text:
        raise UnreadableToken("A part of the token has spare bits that are not zero, so it would have two spellings.")
    return data


def looks_like_token(text: str) -> bool:
    """Whether a text has the form of a compact JWS: three parts of base64url, with dots between them."""
    return _COMPACT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS that was read: header and payload as JSON, the bytes that are signed, and the signature."""

    header: JsonObject
    payload: JsonObject
    signing_input: bytes
    signature: bytes

    @classmethod
    def read(cls, token: str, *, max_bytes: int = MAX_BYTES) -> Self:
        """Read a token strictly; raise `UnreadableToken` for a second spelling or a header that says too much.

        A payload that is no JSON object which every reader reads alike raises `UnreadableJson`. Whether the
        signature holds is another matter.
        """
        if len(token) > MAX_HEADER + 2 * max_bytes or not looks_like_token(token):
            raise UnreadableToken("This is not a compact token: three parts of base64url with dots between them.")
        first, second, third = token.split(".")
        if len(first) > MAX_HEADER:
            raise UnreadableToken(f"The header of the token is longer than {MAX_HEADER} characters.")
        header = _read_part(base64url_decode(first), "header")
        _check_header(header)
        signature = base64url_decode(third)
        if not 0 < len(signature) <= MAX_SIGNATURE:
            raise UnreadableToken("The token carries no signature of a length that is known here.")
        payload = _read_part(base64url_decode(second), "payload", max_bytes)
        return cls(header, payload, f"{first}.{second}".encode("ascii"), signature)

    @property
    def algorithm(self) -> str:
        """The algorithm that the header claims; it must be the one of the key."""
        return str(self.header["alg"])

    @property
    def type(self) -> str:
        """The media type that the header claims, or an empty text."""
        return str(self.header.get("typ", ""))

    @property
    def key_id(self) -> str:
        """The name of the key that the header gives, or an empty text."""
        return str(self.header.get("kid", ""))


def _read_part(data: bytes, place: str, max_bytes: int = MAX_BYTES) -> JsonObject:
    try:
        return load_object(data, place=place, max_bytes=max_bytes)
    except CreditBankError as cause:
        raise UnreadableToken(
            f"The {place} of the token cannot be read: {cause.sentence}", next_step=cause.next_step
        ) from None


def _check_header(header: JsonObject) -> None:
    foreign = sorted(header.keys() - HEADERS)
    if foreign or {"cty", "jwk"} <= header.keys():
        name = foreign[0] if foreign else "jwk"
        raise UnreadableToken(
            f"The header of the token says {name[:40]!r}, which nothing here may be decided by.",
            place=f"header/{name[:40]}",
            next_step=f"Read are {', '.join(sorted(HEADERS))}, and not cty and jwk together.",
        )
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise UnreadableToken(
            f"The token claims the algorithm {str(algorithm)[:40]!r}, which is not read here.",
            place="header/alg",
            next_step=f"Read are {', '.join(ALGORITHMS)}.",
        )
    for name in ("typ", "kid", "cty"):
        _check_text(header.get(name, "-"), name)
    if not isinstance(header.get("jwk", {}), dict):
        raise UnreadableToken("The header names a key that is no JSON object.", place="header/jwk")


def _check_text(value: Json, name: str) -> None:
    if not isinstance(value, str) or not value:
        raise UnreadableToken(f"The header says a {name} that is no text.", place=f"header/{name}")


__all__ = [
    "ALGORITHMS",
    "HEADERS",
    "Jws",
    "UnreadableToken",
    "base64url_decode",
    "base64url_encode",
    "looks_like_token",
]
