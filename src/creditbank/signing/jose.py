"""Compact JSON Web Signatures (RFC 7515), read in exactly one spelling.

A header may say four things and no more (threat 9): nothing in a token chooses the algorithm or brings the key it is
checked with. A `jwk` in it only names a key that its issuer lists elsewhere. Each token has one text: no padding, no
white space, no spare bits (threat 10).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from creditbank.canonical import MAX_BYTES, Json, JsonObject, UnreadableJson, canonical_json, load_object
from creditbank.errors import BadInput
from creditbank.signing.base64url import UnreadableBase64url, base64url_decode, base64url_encode
from creditbank.signing.jwk import FITTING, jwk_thumbprint, key_from_jwk
from creditbank.signing.keys import UnusableKey, VerificationKey
from creditbank.signing.suites import ProofInvalid

HEADERS: Final = frozenset({"alg", "typ", "kid", "cty", "jwk"})
"""What a header may say. `cty` and `jwk` exclude each other: VC-JOSE-COSE knows the one, Open Badges 3.0 the other."""

ALGORITHMS: Final = tuple(name for names in FITTING.values() for name in names)
"""The signature algorithms that are read; each goes with one kind of key, and the key decides."""

MAX_HEADER: Final = 8 * 1024
MAX_SIGNATURE: Final = 512  # RSA with 4,096 bits
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", re.ASCII)


class UnreadableToken(BadInput):
    """This is not a compact JSON Web Signature in its one spelling, with a header that may be believed."""

    slug = "unreadable-token"


def looks_like_token(text: str) -> bool:
    """Whether a text has the form of a compact JWS: three parts of base64url, with dots between them."""
    return _COMPACT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS that was read: its header, its payload, the bytes that are signed, and the signature."""

    header: JsonObject
    payload: bytes
    signing_input: bytes
    signature: bytes
    named: VerificationKey | None
    """The key that the header spells out as `jwk`: a name for it, and no reason to trust it."""

    @classmethod
    def read(cls, token: str, *, max_bytes: int = MAX_BYTES) -> Self:
        """Read a token strictly; raise `UnreadableToken` for a second spelling or a header that says too much.

        Whether the signature holds is another matter.
        """
        if len(token) > MAX_HEADER + 2 * max_bytes or not looks_like_token(token):
            raise UnreadableToken("This is not a compact token: three parts of base64url with dots between them.")
        first, second, third = token.split(".")
        if len(first) > MAX_HEADER:
            raise UnreadableToken(f"The header of the token is longer than {MAX_HEADER} characters.")
        try:
            header = load_object(_decoded(first, "header"), place="header")
        except UnreadableJson as cause:
            raise UnreadableToken(f"The header of the token cannot be read: {cause.sentence}", place="header") from None
        named = _check_header(header)
        signature = _decoded(third, "signature")
        if not 0 < len(signature) <= MAX_SIGNATURE:
            raise UnreadableToken("The token carries no signature of a length that is known here.")
        return cls(header, _decoded(second, "payload"), f"{first}.{second}".encode("ascii"), signature, named)

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

    def verify(self, key: VerificationKey) -> None:
        """Return when the signature is this key's; raise `ProofInvalid` when it is not.

        The key decides the algorithm (threat 9), and the header may only agree.
        """
        if self.algorithm not in FITTING[key.kind]:
            raise ProofInvalid(
                f"The token claims the algorithm {self.algorithm}, but the key it was signed with is a key of the"
                f" kind {key.kind}.",
                place="header/alg",
            )
        if not key.verify(self.signing_input, self.signature):
            raise ProofInvalid(
                "The signature does not fit: the token was altered after signing, or another key signed it."
            )

    def method_among(self, listed: Mapping[str, VerificationKey], did: str) -> str:
        """Which of the listed verification methods the header names, or an empty text.

        It names one by `kid` (the method's id, its fragment, or the thumbprint of its key) or by `jwk`; what is named
        twice must be one method. A header without either means the only key there is.
        """
        found = set(listed)
        if self.key_id:
            absolute = self.key_id if ":" in self.key_id else f"{did}#{self.key_id.removeprefix('#')}"
            found = {name for name in listed if name == absolute}
            found = found or {name for name, key in listed.items() if jwk_thumbprint(key) == self.key_id}
        if self.named is not None:
            found = {name for name in found if listed[name] == self.named}
        return found.pop() if len(found) == 1 else ""


def sign_jws(header: JsonObject, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    """Write and sign a compact JWS; `sign` makes the raw signature (RFC 7515, 7.1; RFC 7518, 3.4).

    The header is written as canonical JSON, so that the same content gives the same text. Raises `UnreadableToken`
    for what could not be read back.
    """
    text = f"{base64url_encode(canonical_json(header))}.{base64url_encode(payload)}"
    token = f"{text}.{base64url_encode(sign(text.encode('ascii')))}"
    Jws.read(token, max_bytes=max(len(payload), MAX_BYTES))
    return token


def _decoded(text: str, place: str) -> bytes:
    try:
        return base64url_decode(text)
    except UnreadableBase64url as cause:
        raise UnreadableToken(f"The {place} of the token cannot be read. {cause.sentence}", place=place) from None


def _check_header(header: JsonObject) -> VerificationKey | None:
    """Refuse a header that says too much; return the key that it spells out, if it does."""
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
    if "jwk" not in header:
        return None
    try:
        return key_from_jwk(header["jwk"])
    except UnusableKey as cause:
        raise UnreadableToken(
            f"The header names a key that is not used. {cause.sentence}", place="header/jwk"
        ) from None


def _check_text(value: Json, name: str) -> None:
    if not isinstance(value, str) or not value:
        raise UnreadableToken(f"The header says a {name} that is no text.", place=f"header/{name}")


__all__ = [
    "ALGORITHMS",
    "HEADERS",
    "Jws",
    "UnreadableToken",
    "looks_like_token",
    "sign_jws",
]
