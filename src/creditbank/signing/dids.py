"""Decentralised identifiers of two methods: `did:key` for learners, `did:web` for institutions.

Sources: W3C DID Core 1.0, the did:key and did:web method specifications of the W3C Credentials Community
Group.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Self

from creditbank.canonical import Json, JsonObject
from creditbank.errors import BadInput
from creditbank.signing.contexts import DID_CONTEXT, MULTIKEY_CONTEXT, pointer_token
from creditbank.signing.keys import PublicKey, UnusableKey
from creditbank.units import UnreadableInstant, instant_text, parse_instant

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+", re.ASCII)
# a last label that is a number makes a host an IPv4 address for browsers and many resolvers (WHATWG URL, 3.5)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}", re.ASCII)
_DID: Final = re.compile(r"did:[a-z0-9]{1,20}:[A-Za-z0-9._:%-]{1,500}", re.ASCII)
_MAX_METHODS: Final = 64


class UnreadableDid(BadInput):
    """This is not a decentralised identifier that can be used here."""

    slug = "unreadable-did"


class UnreadableDidDocument(BadInput):
    """This is not a DID document that can be used here."""

    slug = "unreadable-did-document"


def did_key(public: PublicKey) -> str:
    """The did:key of an Ed25519 public key."""
    return f"did:key:{public.multikey}"


def key_of_did(did: str) -> PublicKey:
    """The key a did:key spells out; raise `UnreadableDid` for another method, `UnusableKey` for a bad key."""
    if not did.startswith("did:key:"):
        raise UnreadableDid(f"{did[:80]!r} is not a did:key.")
    return PublicKey.from_multikey(did.removeprefix("did:key:"))


def did_key_document(did: str) -> JsonObject:
    """The DID document of a did:key, which follows from the identifier alone."""
    return did_document(did, [key_of_did(did)])


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
    did: str, keys: Sequence[PublicKey], revoked: Mapping[PublicKey, datetime] = MappingProxyType({})
) -> JsonObject:
    """The document of a did:web with its present and earlier keys; raise `UnreadableDid` for a bad
    identifier.

    A revoked key stays listed, with the moment of its revocation: what was anchored before it still needs the
    key.
    """
    did_web_url(did)
    return did_document(did, keys, revoked)


def did_document(
    did: str, keys: Sequence[PublicKey], revoked: Mapping[PublicKey, datetime] = MappingProxyType({})
) -> JsonObject:
    """A DID document that lists Ed25519 Multikeys for assertions and authentication."""
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
    assertion_keys: Mapping[str, PublicKey]
    authentication_keys: Mapping[str, PublicKey]
    revoked: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, value: Json) -> Self:
        """Read a DID document; raise `UnreadableDidDocument`, with a JSON pointer, for a malformed one.

        Verification methods of other kinds, or controlled by somebody else, are passed over: they cannot
        vouch here (threat 12). An Ed25519 key that must not be used raises.
        """
        if not isinstance(value, dict):
            raise UnreadableDidDocument("A DID document is a JSON object.")
        did = value.get("id")
        if not isinstance(did, str) or _DID.fullmatch(did) is None:
            raise UnreadableDidDocument("The document does not say which DID it describes.", place="/id")
        keys, revoked = _methods(value.get("verificationMethod", []), did, "/verificationMethod")
        assertion = _relationship(value, "assertionMethod", did, keys, revoked)
        authentication = _relationship(value, "authentication", did, keys, revoked)
        return cls(did, assertion, authentication, revoked)


def _methods(value: Json, did: str, place: str) -> tuple[dict[str, PublicKey], dict[str, datetime]]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _MAX_METHODS:
        raise UnreadableDidDocument(f"The document lists more than {_MAX_METHODS} keys.", place=place)
    keys: dict[str, PublicKey] = {}
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


def _key(entry: JsonObject, did: str, place: str) -> PublicKey | None:
    text = entry.get("publicKeyMultibase")
    kind = entry.get("type")
    if kind not in ("Multikey", "Ed25519VerificationKey2020") or entry.get("controller") != did:
        return None
    if not isinstance(text, str) or not text.startswith("z6Mk"):
        return None
    try:
        return PublicKey.from_multikey(text)
    except UnusableKey as cause:
        raise UnreadableDidDocument(
            f"A listed key must not be used: {cause.sentence}", place=f"{place}/publicKeyMultibase"
        ) from None


def _relationship(
    document: JsonObject, name: str, did: str, keys: dict[str, PublicKey], revoked: dict[str, datetime]
) -> Mapping[str, PublicKey]:
    value = document.get(name, [])
    found: dict[str, PublicKey] = {}
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
]
