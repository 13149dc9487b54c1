"""Decentralised identifiers: `did:key` for learners, `did:web` for institutions; `did:jwk` of others is read.

Sources: W3C DID Core 1.0, Controlled Identifiers 1.0, the did:key and did:web method specifications of the W3C
Credentials Community Group, and the did:jwk method.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Self

from creditbank.canonical import Json, JsonObject, load_json
from creditbank.errors import BadInput, CreditBankError
from creditbank.signing.base64url import base64url_decode
from creditbank.signing.contexts import DID_CONTEXT, MULTIKEY_CONTEXT, pointer_token
from creditbank.signing.jwk import jwk_of, key_from_jwk
from creditbank.signing.keys import UnusableKey, VerificationKey, is_multikey, key_from_multikey
from creditbank.units import UnreadableInstant, instant_text, parse_instant

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+", re.ASCII)
# a last label that is a number makes a host an IPv4 address for browsers and many resolvers (WHATWG URL, 3.5)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}", re.ASCII)
_DID: Final = re.compile(
    r"did:[a-z0-9]{1,20}:[A-Za-z0-9._:%-]{1,1600}", re.ASCII
)  # a did:jwk or did:key with an RSA key is long
_CONTROLLER: Final = re.compile(r"https://[a-z0-9.-]{1,253}(?:/[A-Za-z0-9._~%/-]{0,1000})?", re.ASCII)
"""An issuer that goes by an address and not by a DID, as 1EdTech's examples do; its profile lists its keys."""
_MAX_METHODS: Final = 64
_MEMBERS: Final = {
    "Multikey": "publicKeyMultibase",
    "Ed25519VerificationKey2020": "publicKeyMultibase",
    "JsonWebKey": "publicKeyJwk",
    "JsonWebKey2020": "publicKeyJwk",
}
"""Kinds of verification methods that are read, and the member each writes its key in."""


class UnreadableDid(BadInput):
    """This is not a decentralised identifier that can be used here."""

    slug = "unreadable-did"


class UnreadableDidDocument(BadInput):
    """This is not a DID document that can be used here."""

    slug = "unreadable-did-document"


def did_key(public: VerificationKey) -> str:
    """The did:key of a public key."""
    return f"did:key:{public.multikey}"


def spells_its_key(did: str) -> bool:
    """Whether the identifier is its own document: a did:key or a did:jwk."""
    return did.startswith(("did:key:", "did:jwk:"))


def key_of_did(did: str) -> VerificationKey:
    """The key that a did:key or did:jwk spells out.

    Raises `UnreadableDid` for another method or a JWK that cannot be read, `UnusableKey` for a bad key.
    """
    if did.startswith("did:key:"):
        return key_from_multikey(did.removeprefix("did:key:"))
    if not did.startswith("did:jwk:"):
        raise UnreadableDid(f"{did[:80]!r} does not spell out a key.")
    try:
        return key_from_jwk(load_json(base64url_decode(did.removeprefix("did:jwk:"))))
    except UnusableKey:
        raise
    except CreditBankError as cause:
        raise UnreadableDid(f"{did[:80]!r} holds no JWK: {cause.sentence}") from None


def did_key_document(did: str) -> JsonObject:
    """The DID document of a did:key or did:jwk, which follows from the identifier alone."""
    key = key_of_did(did)
    if did.startswith("did:key:"):
        return did_document(did, [key])
    return {
        "@context": [DID_CONTEXT],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk_of(key)}
        ],
        "authentication": ["#0"],
        "assertionMethod": ["#0"],
    }


def did_web_url(did: str) -> str:
    """Where a did:web document is served (did:web, 2.5.2): https on port 443, never anywhere else.

    Raises `UnreadableDid` for ports, user names, addresses in place of a domain, and paths that climb (threat
    14).
    """
    if not did.startswith("did:web:"):
        raise UnreadableDid(f"{did[:80]!r} is not a did:web.")
    host, *path = did.removeprefix("did:web:").split(":")
    if "%" in did:
        raise UnreadableDid(f"{did[:80]!r} names a port or escapes a character; only plain https domains are used.")
    if _HOST.fullmatch(host) is None or _NUMBER.fullmatch(host.rsplit(".", 1)[1]):
        raise UnreadableDid(f"{host[:80]!r} is not a domain name.")
    if any(_SEGMENT.fullmatch(segment) is None or set(segment) == {"."} for segment in path):
        raise UnreadableDid(f"The path of {did[:80]!r} has an empty part or a character that does not belong there.")
    return f"https://{host}/{'/'.join(path) if path else '.well-known'}/did.json"


def did_web_document(
    did: str, keys: Sequence[VerificationKey], revoked: Mapping[VerificationKey, datetime] = MappingProxyType({})
) -> JsonObject:
    """The document of a did:web with its present and earlier keys; raise `UnreadableDid` for a bad
    identifier.

    A revoked key stays listed, with the moment of its revocation: what was anchored before it still needs the
    key.
    """
    did_web_url(did)
    return did_document(did, keys, revoked)


def did_document(
    did: str, keys: Sequence[VerificationKey], revoked: Mapping[VerificationKey, datetime] = MappingProxyType({})
) -> JsonObject:
    """A DID document that lists Multikeys for assertions and authentication."""
    assert keys, "a DID document without keys could vouch for nothing"
    methods: list[Json] = []
    for key in keys:
        method: JsonObject = {
            "id": f"{did}#{key.multikey}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": key.multikey,
        }
        if key in revoked:
            method["revoked"] = instant_text(revoked[key])
        methods.append(method)
    names: list[Json] = [f"{did}#{key.multikey}" for key in keys]
    return {
        "@context": [DID_CONTEXT, MULTIKEY_CONTEXT],
        "id": did,
        "verificationMethod": methods,
        "authentication": list(names),
        "assertionMethod": names,
    }


@dataclass(frozen=True, slots=True)
class DidDocument:
    """What a DID document says, as far as it is used: which keys may assert, which may authenticate.

    Keys by the full id of their verification method. `revoked` tells when a listed key was revoked.
    """

    id: str
    assertion_keys: Mapping[str, VerificationKey]
    authentication_keys: Mapping[str, VerificationKey]
    revoked: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, value: Json) -> Self:
        """Read a DID document, or the profile with keys of an issuer that goes by an https address.

        Raises `UnreadableDidDocument`, with a JSON pointer, for a malformed one.

        Verification methods of other kinds, or controlled by somebody else, are passed over: they cannot
        vouch here (threat 12). A key of a kind that is used here, but weak or ambiguous or with its private part
        beside it, raises.
        """
        if not isinstance(value, dict):
            raise UnreadableDidDocument("A DID document is a JSON object.")
        did = value.get("id")
        if not isinstance(did, str) or (_DID.fullmatch(did) or _CONTROLLER.fullmatch(did)) is None:
            raise UnreadableDidDocument("The document does not say which DID it describes.", place="/id")
        keys, revoked = _methods(value.get("verificationMethod", []), did, "/verificationMethod")
        assertion = _relationship(value, "assertionMethod", did, keys, revoked)
        authentication = _relationship(value, "authentication", did, keys, revoked)
        return cls(did, assertion, authentication, revoked)


def _methods(value: Json, did: str, place: str) -> tuple[dict[str, VerificationKey], dict[str, datetime]]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _MAX_METHODS:
        raise UnreadableDidDocument(f"The document lists more than {_MAX_METHODS} keys.", place=place)
    keys: dict[str, VerificationKey] = {}
    revoked: dict[str, datetime] = {}
    for index, entry in enumerate(entries):
        at = f"{place}/{index}"
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise UnreadableDidDocument("A verification method needs an id.", place=at)
        name = _absolute(str(entry["id"]), did)
        key = _key(entry, did, at)
        if key is None:
            continue
        if name in keys:
            raise UnreadableDidDocument(f"The verification method {name[:120]} stands twice.", place=at)
        keys[name] = key
        if entry.get("revoked") is not None:
            revoked[name] = _instant(entry["revoked"], f"{at}/revoked")
    return keys, revoked


def _key(entry: JsonObject, did: str, place: str) -> VerificationKey | None:
    """The key of a verification method, or None for one that cannot sign here."""
    if entry.get("controller") != did:
        return None
    if exposed := {"secretKeyMultibase", "secretKeyJwk", "privateKeyMultibase", "privateKeyJwk"} & entry.keys():
        raise UnreadableDidDocument(
            "A private key stands in the document, for all to sign with.", place=place + "/" + min(exposed)
        )
    members = [name for name in ("publicKeyMultibase", "publicKeyJwk") if name in entry]
    member = _MEMBERS.get(str(entry.get("type")))
    if member is None or not members:
        return None
    if members != [member]:
        raise UnreadableDidDocument(f"A {entry['type']} writes its key as {member}, once.", place=place)
    value = entry[member]
    if not _is_for_signing(entry, value):
        return None
    try:
        return key_from_jwk(value) if member == "publicKeyJwk" else key_from_multikey(str(value))
    except UnusableKey as cause:
        raise UnreadableDidDocument(
            f"A listed key must not be used: {cause.sentence}", place=f"{place}/{member}"
        ) from None


def _is_for_signing(entry: JsonObject, value: Json) -> bool:
    """Whether the key is of a kind, and for a use, that is looked at here; others stand in documents beside it."""
    if isinstance(value, str):
        return value.startswith("z6Mk") or (entry["type"] == "Multikey" and is_multikey(value))
    if not isinstance(value, dict):
        return False
    kind = (value.get("kty"), value.get("crv"))
    known = kind in (("OKP", "Ed25519"), ("EC", "P-256"), ("EC", "P-384")) or kind[0] == "RSA"
    return known and value.get("use", "sig") == "sig"


def _relationship(
    document: JsonObject, name: str, did: str, keys: dict[str, VerificationKey], revoked: dict[str, datetime]
) -> Mapping[str, VerificationKey]:
    value = document.get(name, [])
    found: dict[str, VerificationKey] = {}
    for index, entry in enumerate(value if isinstance(value, list) else [value]):
        place = f"/{pointer_token(name)}/{index}"
        if isinstance(entry, str):
            method = _absolute(entry, did)
            if method in keys:
                found[method] = keys[method]
        else:
            embedded, more_revoked = _methods([entry], did, place)
            if embedded.keys() & keys.keys():
                raise UnreadableDidDocument("A verification method stands twice.", place=place)
            found.update(embedded)
            revoked.update(more_revoked)
    return MappingProxyType(found)


def _absolute(name: str, did: str) -> str:
    return f"{did}{name}" if name.startswith("#") else name


def _instant(value: Json, place: str) -> datetime:
    try:
        return parse_instant(value if isinstance(value, str) else "")
    except UnreadableInstant as cause:
        raise UnreadableDidDocument(cause.sentence, place=place) from None


__all__ = [
    "DidDocument",
    "UnreadableDid",
    "UnreadableDidDocument",
    "did_document",
    "did_key",
    "did_key_document",
    "did_web_document",
    "did_web_url",
    "key_of_did",
    "spells_its_key",
]
