"""What is this document? Told from its content, never from its name."""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from creditbank.canonical import MAX_BYTES, Json, JsonObject, load_object
from creditbank.credential import AWARD_TYPE, NotAnEarlierBadge, read_ob2
from creditbank.errors import BadInput
from creditbank.signing import looks_like_token
from creditbank.verification import Secured, read_secured

if TYPE_CHECKING:
    from creditbank.framework import AnyDocument

MAX_LONG_BYTES: Final = 24 * 1024 * 1024
"""Proofs of a sum or a no and status lists may be long; everything else is cut at `MAX_BYTES`."""


class UnrecognisedFile(BadInput):
    """This file can be read, but it is nothing that helps to verify a credential."""

    slug = "unrecognised-file"


class TooMuchGiven(BadInput):
    """More was given than is read in one go."""

    slug = "too-much-given"


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
    PROFILE = "issuer profile"
    EARLIER = "earlier badge"
    LINK = "link"
    STATE = "state of contracts"
    MANIFEST = "list of a kit"
    EXPORT = "account of an archive"
    OTHER = "other file"


class Container(StrEnum):
    """What a document can be carried in."""

    PNG = "PNG image"
    SVG = "SVG image"
    PDF = "PDF"
    ARCHIVE = "archive"
    LINK = "link"


PLAIN_WORDS: Final = {
    FileKind.AWARD: "an award",
    FileKind.PRESENTATION: "a presentation",
    FileKind.RECEIPT: "a receipt: where a credential is anchored",
    FileKind.PROOF: "a stacking proof: which credential filled which requirement",
    FileKind.DENIAL: "a proof of a no",
    FileKind.TRUST: "a trust file, which came along and so is not trusted",
    FileKind.POLICY: "a policy, which came along and so is not used",
    FileKind.RULES: "a rule document, a claim until somebody who is trusted vouches for it",
    FileKind.DECISION: "a signed decision, a claim until the signature of its body is checked",
    FileKind.DECISION_REVOCATION: "the revocation of a decision, a claim until the signature of its body is checked",
    FileKind.DID_DOCUMENT: "a DID document, a claim until a register matches it",
    FileKind.STATUS_LIST: "a status list, a claim until its signature is checked",
    FileKind.PROFILE: "the profile of an issuer, a claim until somebody who is trusted vouches for it",
    FileKind.STATE: "what contracts held at one block, which counts as far as that block is trusted",
    FileKind.MANIFEST: "the list of what a verification kit holds",
    FileKind.EXPORT: "what a bank says of an account, which nobody signed",
    FileKind.OTHER: "a file of another kind, passed over",
}


OWN_KINDS: Final = {
    "creditbank/receipt/v1": FileKind.RECEIPT,
    "creditbank/stacking-proof/v1": FileKind.PROOF,
    "creditbank/refutation/v1": FileKind.DENIAL,
    "creditbank/trust/v1": FileKind.TRUST,
    "creditbank/policy/v1": FileKind.POLICY,
    "creditbank/kit/v1": FileKind.MANIFEST,
    "creditbank/export/v1": FileKind.EXPORT,
    "creditbank/state/v1": FileKind.STATE,
    "creditbank/signed-decision/v1": FileKind.DECISION,
    "creditbank/decision-revocation/v1": FileKind.DECISION_REVOCATION,
}
ENVELOPED: Final = frozenset({"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"})
"""JSON that is nothing but an envelope around a token (VC 2.0, 4.12)."""
_HEAD: Final = re.compile(rb"\s*[A-Za-z0-9_.-]{4}")
LONG: Final = (FileKind.PROOF, FileKind.DENIAL, FileKind.STATUS_LIST, FileKind.STATE, FileKind.EXPORT)


@dataclass(frozen=True)
class Recognised:
    """A document that was read: its kind, its exact bytes, the JSON object in it, and where it came from.

    `rules` is the document itself when the kind is a rule document (which may be YAML; `value` is then empty). `token`
    is the compact JWT that a credential or presentation came as; `value` is then what it says. `within` is what carried
    it. `note` says of a link why it leads to nothing.
    """

    kind: FileKind
    value: JsonObject
    data: bytes
    place: str
    rules: "AnyDocument | None" = None
    token: str | None = None
    within: Container | None = None
    note: str = ""

    @property
    def id(self) -> str:
        """The document's own id, or an empty text."""
        found = self.value.get("id")
        return found if isinstance(found, str) else ""

    @cached_property
    def secured(self) -> Secured:
        """The signed document that this is, as the verifier takes it."""
        return read_secured(self.value if self.token is None else self.token, max_bytes=MAX_LONG_BYTES)

    @property
    def words(self) -> str:
        """What it was taken for, and what it was carried in: the same sentence at every door."""
        what = self._what()
        if self.token is not None:
            what += ", as a signed token (JWT)"
        if self.within in (Container.PNG, Container.SVG):
            article = "a" if self.within is Container.PNG else "an"
            return f"{article} {self.within} with {what} inside"
        if self.within is Container.PDF:
            return f"{what}, attached to a PDF"
        if self.within is Container.ARCHIVE:
            return f"{what}, in an archive"
        if self.within is Container.LINK:
            return f"{what}, behind a link"
        return what

    def _what(self) -> str:
        if self.kind is FileKind.CREDENTIAL:
            types = _types(self.value.get("type"))
            return next((words for name, words in CREDENTIAL_WORDS.items() if name in types), "a verifiable credential")
        if self.kind is FileKind.LINK:
            return f"a link to {self.id[:200]}, which {self.note or 'was not followed'}"
        return self._earlier() if self.kind is FileKind.EARLIER else PLAIN_WORDS[self.kind]

    def _earlier(self) -> str:
        """How much a badge of Open Badges 2 counts: nothing, also where it can be read."""
        if self.value.keys() == {"id"}:
            return "the address of an Open Badges 2.0 assertion: not fetched, not verified, no credit"
        try:
            badge = read_ob2(self.value or self.data.decode("ascii", "replace").strip())
        except NotAnEarlierBadge as cause:
            return f"no readable Open Badges 2.0 assertion ({cause.sentence.rstrip('.')}): not verified, no credit"
        return f"an {badge.standing.rstrip('.')}"


CREDENTIAL_WORDS: Final = {
    "EndorsementCredential": "an Open Badges 3.0 endorsement",
    "ClrCredential": "a learner record (CLR 2.0)",
    "AchievementCredential": "an Open Badges 3.0 credential",
    "OpenBadgeCredential": "an Open Badges 3.0 credential",
}


def recognise(data: bytes, place: str) -> Recognised:
    """Tell what a document is from its content.

    Raises `UnreadableJson` for JSON that is broken or too long, `UnreadableToken` and `ClaimsDisagree` for a token that
    is no credential, `DocumentFaults` for a faulty rule document, and `UnrecognisedFile` for anything that says nothing
    about credentials. Every error carries the place.
    """
    if is_yaml(place):
        return _rules({}, data, place)
    if data.removeprefix(BOM_UTF8).lstrip()[:1] not in (b"{", b"["):
        text = data.strip().decode("ascii", "replace") if begins_as_token(data) else ""  # spaces around it are no part
        if looks_like_token(text):
            return _recognise_token(text, place)
        raise UnrecognisedFile(
            "This file is no JSON, token, image, PDF or archive, so it holds nothing that helps to check a credential.",
            place=place,
            next_step="Give the file as you received it from the issuer or the learner.",
        )
    value = load_object(data, place=place, max_bytes=MAX_LONG_BYTES)
    if ENVELOPED & {name for name in _types(value.get("type")) if isinstance(name, str)}:
        return _recognise_token(value, place)
    kind = _known_kind(value, place)
    if kind not in LONG and len(data) > MAX_BYTES:
        load_object(data, place=place, max_bytes=MAX_BYTES)
    if kind is FileKind.RULES:
        return _rules(value, data, place)
    return Recognised(kind, value, data, place)


def begins_as_token(data: bytes) -> bool:
    """Whether a file may be a token, told by its first letters; any other one is not worth decoding."""
    return _HEAD.match(data) is not None


def is_yaml(place: str) -> bool:
    """Whether a file is read as YAML, which is the one thing that its name decides."""
    return place.endswith((".yaml", ".yml"))


def _rules(value: JsonObject, data: bytes, place: str) -> Recognised:
    from creditbank.framework import load_document  # loads every kind of rule document

    return Recognised(FileKind.RULES, value, data, place, load_document(data, place))


def _recognise_token(given: JsonObject | str, place: str) -> Recognised:
    """A token, or an envelope, which says nothing beside the token in it."""
    try:
        secured = read_secured(given, max_bytes=MAX_LONG_BYTES)
    except BadInput as cause:
        if isinstance(given, str) and _is_earlier_token(given):
            return Recognised(FileKind.EARLIER, {}, given.encode(), place, token=given)
        raise type(cause)(cause.sentence, place=place, next_step=cause.next_step) from None
    kind, text = _known_kind(secured.document, place), secured.token or ""
    if kind not in LONG and len(text) > 2 * MAX_BYTES:
        raise TooMuchGiven(f"The token is longer than {2 * MAX_BYTES} characters.", place=place)
    return Recognised(kind, secured.document, text.encode(), place, token=text)


def _is_earlier_token(text: str) -> bool:
    """Whether a token is the signed form of an Open Badges 2 assertion, which is no credential."""
    try:
        read_ob2(text)
    except NotAnEarlierBadge:
        return False
    return True


def _known_kind(value: JsonObject, place: str) -> FileKind:
    kind = kind_of(value)
    if kind is None:
        raise UnrecognisedFile(
            _what_it_says(value),
            place=place,
            next_step="Give a credential, presentation, award, receipt, stacking proof, trust file or rule document.",
        )
    return kind


def kind_of(value: JsonObject) -> FileKind | None:
    """The kind of a JSON object, or None for one that is not read here."""
    own = value.get("document")
    if isinstance(own, str):
        return OWN_KINDS.get(own) or _rule_kind(own)
    types = _types(value.get("type"))
    if "VerifiablePresentation" in types:
        return FileKind.PRESENTATION
    if "BitstringStatusListCredential" in types:
        return FileKind.STATUS_LIST
    if "VerifiableCredential" in types:
        return FileKind.AWARD if AWARD_TYPE in types else FileKind.CREDENTIAL
    if "Assertion" in types and "openbadges" in str(value.get("@context")):
        return FileKind.EARLIER
    identifier = value.get("id")
    if not isinstance(identifier, str):
        return None
    if identifier.startswith("did:") and "verificationMethod" in value:
        return FileKind.DID_DOCUMENT
    if identifier.startswith("https://") and ("verificationMethod" in value or "Profile" in types):
        return FileKind.PROFILE
    return None


def _rule_kind(own: str) -> FileKind | None:
    if not own.startswith("creditbank/"):
        return None
    from creditbank.framework import DOCUMENT_KINDS  # loads every kind of rule document

    return FileKind.RULES if own in DOCUMENT_KINDS else None


def _types(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _what_it_says(value: JsonObject) -> str:
    own = value.get("document")
    if isinstance(own, str):
        return f"The document calls itself {own[:60]!r}, which is not a kind that is read here."
    if "type" in value:
        return f"This is a JSON object of the type {str(value['type'])[:80]}, which is not a credential."
    return "This is a JSON object, but it says neither `document` nor a type, so it cannot be told what it is."
