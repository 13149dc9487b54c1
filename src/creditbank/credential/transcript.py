"""Everything a learner earned, in one document: the transcript (1EdTech Comprehensive Learner Record 2.0).

The badges inside stay as their issuers signed them; the transcript's issuer signs the whole. Its signature says that
these were put together, and nothing about any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.canonical import Json, JsonObject, canonical_json, load_object
from creditbank.credential.credential import (
    IssuerProfile,
    NotACredential,
    StatusEntry,
    issuer_object,
    read_credential,
    read_credential_as,
    status_object,
)
from creditbank.credential.envelope import enveloped
from creditbank.credential.identity import Identity
from creditbank.credential.reading import Fields, without_blanks
from creditbank.credential.terms import TRANSCRIPT_SCHEMA, schema_entry, transcript_contexts
from creditbank.errors import BadInput
from creditbank.signing import looks_like_token
from creditbank.units import instant_text

TRANSCRIPT_TYPE: Final = "ClrCredential"
MAX_INSIDE: Final = 256
ASSOCIATIONS: Final = (
    "exactMatchOf", "isChildOf", "isParentOf", "isPartOf", "isPeerOf", "isRelatedTo", "precedes", "replacedBy",
)  # fmt: skip


class NotATranscript(BadInput):
    """This credential is no transcript, or lacks what makes one."""

    slug = "not-a-transcript"


class NotForATranscript(BadInput):
    """This document cannot stand inside the transcript."""

    slug = "not-for-a-transcript"


@dataclass(frozen=True, slots=True)
class Association:
    """How two achievements hang together: `kind` is one of `ASSOCIATIONS`, read from `source` to `target`."""

    kind: str
    source: str
    target: str

    def to_json(self) -> JsonObject:
        """The association as CLR 2.0 writes it."""
        return {
            "type": "Association",
            "associationType": self.kind,
            "sourceId": self.source,
            "targetId": self.target,
        }


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a transcript says about itself: whose it is, whether more is known, and what stands inside, as it stands."""

    credential: str
    issuer: str
    subject: str | None
    partial: bool | None
    inside: tuple[Json, ...]


def build_transcript(
    credentials: Sequence[JsonObject | str],
    *,
    id: str,
    issuer: IssuerProfile,
    subject: str,
    name: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status: StatusEntry | None = None,
    partial: bool = False,
    achievements: Sequence[JsonObject] = (),
    associations: Sequence[Association] = (),
    identities: Sequence[Identity] = (),
) -> JsonObject:
    """The unsigned transcript of these signed credentials of one learner, each a JSON object or a compact JWS.

    `partial` says that the issuer knows of more. Raises `NotForATranscript`, with the place, for what is unsigned,
    issued to somebody else, not on the VC 2.0 model (its meaning could not stand inside one that is), or there twice.
    """
    if not 0 < len(credentials) <= MAX_INSIDE:
        raise NotForATranscript(f"A transcript holds from 1 to {MAX_INSIDE} credentials, not {len(credentials)}.")
    for kind in (one.kind for one in associations):
        if kind not in ASSOCIATIONS:
            raise NotForATranscript(f"{kind[:40]!r} is no association.", next_step=f"Use {', '.join(ASSOCIATIONS)}.")
    about: JsonObject = {
        "id": subject,
        "type": ["ClrSubject"],
        "identifier": [one.to_json() for one in identities],
        "verifiableCredential": _inside(credentials, subject),
        "achievement": list(achievements),
        "association": [one.to_json() for one in associations],
    }
    return without_blanks(
        {
            "@context": transcript_contexts(),
            "id": id,
            "type": ["VerifiableCredential", TRANSCRIPT_TYPE],
            "name": name,
            "issuer": issuer_object(issuer),
            "validFrom": instant_text(valid_from),
            "validUntil": instant_text(valid_until) if valid_until else None,
            "partial": partial,
            "credentialSubject": without_blanks(about),
            "credentialSchema": [schema_entry(TRANSCRIPT_SCHEMA)],
            "credentialStatus": status_object(status) if status else None,
        }
    )


def build_collection(signed: Sequence[bytes], *, subject: str) -> bytes:
    """The subject of a transcript that nobody signed: these credentials, byte for byte, and no word about them.

    It is what would stand in a transcript as its `credentialSubject`, and no credential. A compact JWS stands in its
    envelope. Raises `NotForATranscript` as `build_transcript` does, and what reading raises.
    """
    texts = [one.strip().decode() for one in signed]
    given: list[JsonObject | str] = [one if looks_like_token(one) else load_object(one.encode()) for one in texts]
    inside = _inside(given, subject)
    spelt = [
        canonical_json(value) if looks_like_token(text) else text.encode()
        for text, value in zip(texts, inside, strict=True)
    ]
    shell = {"@context": transcript_contexts(), "id": subject, "type": ["ClrSubject"]}
    return canonical_json(shell)[:-1] + b',"verifiableCredential":[' + b",".join(spelt) + b"]}"


def read_transcript(value: Json) -> Transcript:
    """Read a transcript; raise `NotATranscript` with a JSON pointer for anything else."""
    view = read_credential_as(value, NotATranscript)
    fields = Fields.of(value, "", NotATranscript)
    if TRANSCRIPT_TYPE not in view.types:
        fields.refuse("type", f"The type {TRANSCRIPT_TYPE} is missing.")
    subject = fields.objects("credentialSubject")[0]
    if "ClrSubject" not in subject.texts("type"):
        subject.refuse("type", "The type ClrSubject is missing.")
    inside = subject.items("verifiableCredential")
    if not inside:
        subject.refuse("verifiableCredential", "The transcript holds no credential.")
    partial = fields.value.get("partial")
    if partial is not None and not isinstance(partial, bool):
        fields.refuse("partial", "Whether more is known is true or false.")
    return Transcript(view.id, view.issuer, view.subject, partial, tuple(inside))


def _inside(credentials: Sequence[JsonObject | str], subject: str) -> list[Json]:
    found: dict[str, Json] = {}
    for index, credential in enumerate(credentials):
        if isinstance(credential, str):
            name, value = credential, enveloped(credential)
        else:
            name, value = _check_fits(credential, subject, f"/{index}"), credential
        if name in found:
            raise NotForATranscript(f"{name[:120]} is there twice.", place=f"/{index}")
        found[name] = value
    return list(found.values())


def _check_fits(credential: JsonObject, subject: str, place: str) -> str:
    """The id of a signed credential that may stand inside; raise `NotForATranscript`."""
    try:
        view = read_credential(credential)
    except NotACredential as cause:
        raise NotForATranscript(cause.sentence, place=f"{place}{cause.place}", next_step=cause.next_step) from None
    if not view.proofs:
        raise NotForATranscript(
            f"{view.id[:120]} is not signed; nobody could tell it from one that was made up.",
            place=place,
            next_step="Take the credential as its issuer signed it.",
        )
    if view.subject != subject:
        raise NotForATranscript(f"{view.id[:120]} was not issued to the learner of the transcript.", place=place)
    return view.id


__all__ = [
    "ASSOCIATIONS",
    "MAX_INSIDE",
    "TRANSCRIPT_TYPE",
    "Association",
    "NotATranscript",
    "NotForATranscript",
    "Transcript",
    "build_collection",
    "build_transcript",
    "read_transcript",
]
