"""What is this file? Told from its content, never from its name."""

from codecs import BOM_UTF8
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from creditbank.canonical import MAX_BYTES, Json, JsonObject, load_object
from creditbank.credential import AWARD_TYPE
from creditbank.errors import BadInput
from creditbank.framework import DOCUMENT_KINDS, AnyDocument, load_document
from creditbank.verification import REVOCATION, SIGNED_DECISION

MAX_LONG_BYTES: Final = 24 * 1024 * 1024
"""Proofs of a sum or a no and status lists may be long; everything else is cut at `MAX_BYTES`."""


class UnrecognisedFile(BadInput):
    """This file can be read, but it is nothing that helps to verify a credential."""

    slug = "unrecognised-file"


class FileKind(StrEnum):
    """What a file can be, in words for a person."""

    CREDENTIAL = "credential"
    AWARD = "award"
    PRESENTATION = "presentation"
    RECEIPT = "receipt"
    PROOF = "stacking proof"
    DENIAL = "proof of a no"
    TRUST = "trust file"
    POLICY = "policy"
    RULES = "rule document"
    DECISION = "signed decision"
    DECISION_REVOCATION = "revocation of a decision"
    DID_DOCUMENT = "DID document"
    STATUS_LIST = "status list"


OWN_KINDS: Final = {
    "creditbank/receipt/v1": FileKind.RECEIPT,
    "creditbank/stacking-proof/v1": FileKind.PROOF,
    "creditbank/refutation/v1": FileKind.DENIAL,
    "creditbank/trust/v1": FileKind.TRUST,
    "creditbank/policy/v1": FileKind.POLICY,
    SIGNED_DECISION: FileKind.DECISION,
    REVOCATION: FileKind.DECISION_REVOCATION,
    **dict.fromkeys(DOCUMENT_KINDS, FileKind.RULES),
}
LONG: Final = (FileKind.PROOF, FileKind.DENIAL, FileKind.STATUS_LIST)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file that was read: its kind, its exact bytes, the JSON object in it, and where it came from.

    `rules` is the document itself when the kind is a rule document (which may be YAML; `value` is then empty).
    """

    kind: FileKind
    value: JsonObject
    data: bytes
    place: str
    rules: AnyDocument | None = None

    @property
    def id(self) -> str:
        """The document's own id, or an empty text."""
        found = self.value.get("id")
        return found if isinstance(found, str) else ""


def recognise(data: bytes, place: str) -> Recognised:
    """Tell what a document is from its content.

    Raises `UnreadableJson` for JSON that is broken or too long, `DocumentFaults` for a faulty rule document, and
    `UnrecognisedFile` for anything that says nothing about credentials. Every error carries the place.
    """
    if place.endswith((".yaml", ".yml")):
        return Recognised(FileKind.RULES, {}, data, place, load_document(data, place))
    if data.removeprefix(BOM_UTF8).lstrip()[:1] not in (b"{", b"["):
        raise UnrecognisedFile(
            "This file holds no JSON object, so it is no credential, receipt, proof or rule document.",
            place=place,
            next_step="Give the JSON file as you received it from the issuer or the learner.",
        )
    value = load_object(data, place=place, max_bytes=MAX_LONG_BYTES)
    kind = kind_of(value)
    if kind is None:
        raise UnrecognisedFile(
            _what_it_says(value),
            place=place,
            next_step="Give a credential, presentation, award, receipt, stacking proof, trust file or rule document.",
        )
    if kind not in LONG:
        load_object(data, place=place, max_bytes=MAX_BYTES)
    if kind is FileKind.RULES:
        return Recognised(kind, value, data, place, load_document(data, place))
    return Recognised(kind, value, data, place)


def kind_of(value: JsonObject) -> FileKind | None:
    """The kind of a JSON object, or None for one that is not read here."""
    own = value.get("document")
    if isinstance(own, str):
        return OWN_KINDS.get(own)
    types = _types(value.get("type"))
    if "VerifiablePresentation" in types:
        return FileKind.PRESENTATION
    if "BitstringStatusListCredential" in types:
        return FileKind.STATUS_LIST
    if "VerifiableCredential" in types:
        return FileKind.AWARD if AWARD_TYPE in types else FileKind.CREDENTIAL
    identifier = value.get("id")
    if isinstance(identifier, str) and identifier.startswith("did:") and "verificationMethod" in value:
        return FileKind.DID_DOCUMENT
    return None


def _types(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _what_it_says(value: JsonObject) -> str:
    own = value.get("document")
    if isinstance(own, str):
        return f"The document calls itself {own[:60]!r}, which is not a kind that is read here."
    if "type" in value:
        return f"This is a JSON object of the type {str(value['type'])[:80]}, which is not a credential."
    return "This is a JSON object, but it says neither `document` nor a type, so it cannot be told what it is."
