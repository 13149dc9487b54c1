"""A signed document as it was handed in: JSON with proofs inside, or a compact JWS around it.

What was signed is never lost: a credential that came as a token keeps the token, and its digest is the token's.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from creditbank.canonical import MAX_BYTES, Digest, JsonObject, json_digest, load_object, sha256
from creditbank.credential import credential_digest
from creditbank.signing import CredentialToken, UnreadableToken, looks_like_token

ENVELOPES: Final = {
    "EnvelopedVerifiableCredential": "data:application/vc+jwt,",
    "EnvelopedVerifiablePresentation": "data:application/vp+jwt,",
}
"""Types of VC 2.0 (4.12) for a document that is nothing but a token in a data URL."""


@dataclass(frozen=True, slots=True)
class Secured:
    """A signed document: what it says, the digest of what was signed, and the token when it came as one.

    The digest is SHA-256 over RFC 8785 of the whole signed JSON, or over the characters of the compact JWS.
    """

    document: JsonObject
    digest: Digest
    token: str | None = None


Given: TypeAlias = "JsonObject | bytes | str | Secured"
"""A document to verify: its bytes, the object that the strict loader made of them, or a token as text."""


def read_secured(given: Given, *, max_bytes: int = MAX_BYTES) -> Secured:
    """Read JSON, a compact JWS, or an object that only envelops one.

    Raises `UnreadableJson`, `UnreadableToken` or `ClaimsDisagree`. Whether it is a credential, and whether the
    signature holds, is another matter.
    """
    if isinstance(given, Secured):
        return given
    if isinstance(given, bytes):
        text = given.decode("ascii", "replace")
        if not looks_like_token(text):
            return read_secured(load_object(given, max_bytes=max_bytes), max_bytes=max_bytes)
        given = text
    if isinstance(given, str):
        document = CredentialToken.read(given, max_bytes=max_bytes).document
        json_digest(document)  # what has no canonical form is read differently by others
        return Secured(document, sha256(given.encode("ascii")), given)
    return _opened(given, max_bytes) or Secured(given, credential_digest(given))


def _opened(value: JsonObject, max_bytes: int) -> Secured | None:
    """What an envelope holds, or None for a document that is none."""
    types = value.get("type")
    for name in types if isinstance(types, list) else [types]:
        start = ENVELOPES.get(name) if isinstance(name, str) else None
        if start is None:
            continue
        address = value.get("id")
        if not isinstance(address, str) or not address.startswith(start):
            raise UnreadableToken(f"An {name} has an id that starts with {start}", place="/id")
        if set(value) - {"@context", "id", "type"}:
            raise UnreadableToken(f"An {name} says nothing beside the token in it.", place="/")
        return read_secured(address.removeprefix(start), max_bytes=max_bytes)
    return None
