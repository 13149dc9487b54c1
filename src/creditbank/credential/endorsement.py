"""Somebody speaks for somebody or something: the EndorsementCredential of Open Badges 3.0, built unsigned and read.

A badge, an achievement or a profile can carry endorsements; each is a credential of its own, signed by the endorser.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.credential.credential import (
    ACHIEVEMENT_TYPES,
    IssuerProfile,
    StatusEntry,
    issuer_object,
    read_credential_as,
    status_object,
)
from creditbank.credential.reading import Fields, without_blanks
from creditbank.credential.terms import ENDORSEMENT_SCHEMA, contexts, schema_entry
from creditbank.errors import BadInput
from creditbank.units import instant_text

ENDORSEMENT_TYPE: Final = "EndorsementCredential"


class NotAnEndorsement(BadInput):
    """This credential does not say who endorses what."""

    slug = "not-an-endorsement"


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Who (`issuer`, a DID) speaks for what (`endorsed`, its id), in which words. Claims, until a signature holds."""

    credential: str
    issuer: str
    endorsed: str
    comment: str


def build_endorsement(
    *,
    id: str,
    issuer: IssuerProfile,
    endorsed: str,
    comment: str,
    name: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status: StatusEntry | None = None,
) -> JsonObject:
    """The unsigned endorsement of the profile, achievement or credential whose id is `endorsed`."""
    return without_blanks(
        {
            "@context": contexts(),
            "id": id,
            "type": ["VerifiableCredential", ENDORSEMENT_TYPE],
            "name": name,
            "issuer": issuer_object(issuer),
            "validFrom": instant_text(valid_from),
            "validUntil": instant_text(valid_until) if valid_until else None,
            "credentialSubject": without_blanks(
                {"id": endorsed, "type": ["EndorsementSubject"], "endorsementComment": comment}
            ),
            "credentialSchema": [schema_entry(ENDORSEMENT_SCHEMA)],
            "credentialStatus": status_object(status) if status else None,
        }
    )


def read_endorsement(value: Json) -> Endorsement:
    """Read who endorses what; raise `NotAnEndorsement` with a JSON pointer for anything else."""
    view = read_credential_as(value, NotAnEndorsement)
    fields = Fields.of(value, "", NotAnEndorsement)
    if ENDORSEMENT_TYPE not in view.types:
        fields.refuse("type", f"The type {ENDORSEMENT_TYPE} is missing.")
    subject = fields.objects("credentialSubject")[0]
    if "EndorsementSubject" not in subject.texts("type"):
        subject.refuse("type", "The type EndorsementSubject is missing.")
    return Endorsement(view.id, view.issuer, subject.iri("id"), subject.optional_text("endorsementComment"))


def endorsable(credential: Mapping[str, Json]) -> frozenset[str]:
    """The ids that an endorsement at the top of a credential may speak of: its own, and those of what it is about.

    Open Badges 3.0 lets it make claims about the credential and the achievements and profiles in it, CLR 2.0 also
    about those of the credentials in a transcript.
    """
    inside = [one for subject in _objects(credential.get("credentialSubject")) for one in _inside(subject)]
    return frozenset(name for one in (credential, *inside) for name in _ids(one))


def awards_nothing(credential: Mapping[str, Json]) -> bool:
    """Whether it is a transcript or an endorsement and nothing else: it says of nobody that they earned something."""
    types = {str(one) for one in _as_list(credential.get("type"))}
    return bool(types & {ENDORSEMENT_TYPE, "ClrCredential"}) and not types & ACHIEVEMENT_TYPES


def _inside(subject: Mapping[str, Json]) -> list[dict[str, Json]]:
    return _objects(subject.get("verifiableCredential"))


def _ids(credential: Mapping[str, Json]) -> Iterator[str]:
    subjects = _objects(credential.get("credentialSubject"))
    achievements = [one for subject in subjects for one in _objects(subject.get("achievement"))]
    profiles = [*_objects(credential.get("issuer")), *(one for a in achievements for one in _objects(a.get("creator")))]
    if isinstance(issuer := credential.get("issuer"), str):
        yield issuer
    for one in (credential, *subjects, *achievements, *profiles):
        if isinstance(name := one.get("id"), str):
            yield name


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in _as_list(value) if isinstance(one, dict)]


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


__all__ = [
    "ENDORSEMENT_TYPE",
    "Endorsement",
    "NotAnEndorsement",
    "awards_nothing",
    "build_endorsement",
    "endorsable",
    "read_endorsement",
]
