"""A learner earned it: the credential of one unit, and the award that a stack of units adds up to.

Both are Open Badges 3.0 AchievementCredentials on the W3C VC Data Model 2.0, unsigned here;
`creditbank.signing` adds the proof. Credit rules read facts only from the signed document itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from creditbank.canonical import (
    Digest,
    Json,
    JsonObject,
    UnreadableDigest,
    digest_sri,
    json_digest,
    parse_digest_sri,
)
from creditbank.credential.achievement import (
    Achievement,
    credit_amount,
    fields_of_study,
    level_alignment,
    level_of,
    scale_of,
)
from creditbank.credential.facts import Level, UnitFacts
from creditbank.credential.identity import Identity
from creditbank.credential.reading import Fields, check_not_scattered, check_typed, without_blanks
from creditbank.credential.terms import ACHIEVEMENT_SCHEMA, contexts, qualification_url, schema_entry
from creditbank.errors import BadInput
from creditbank.signing import VC2_CONTEXT
from creditbank.units import instant_text

ACHIEVEMENT_TYPES: Final = frozenset({"AchievementCredential", "OpenBadgeCredential"})
"""Two names of one type: Open Badges 3.0 defines the first as the second."""
AWARD_TYPE: Final = "QualificationAward"
MAX_STATUS: Final = 8  # each means a list to unpack; an honest credential names one or two
ENTRY_TYPE: Final = "BitstringStatusListEntry"
ENTRY_1EDTECH: Final = "1EdTechRevocationList"
_OPTIONAL: Final = frozenset(
    {
        "alignment", "awardedDate", "category", "contentKey", "credentialStatus", "firstIssue",
        "relatedResource", "statusSize", "suspensionStatus", "supersedes", "validFrom", "validUntil",
    }
)  # fmt: skip
"""What we read when it is there: nobody may move it out of sight."""
_OPTIONAL_IN_A_UNIT: Final = frozenset(
    {
        "achievedLevel", "achievementType", "alignment", "allowedValue", "awardingCountry", "inLanguage",
        "learningOutcome", "outcomeDimension", "requiredValue", "result", "resultDescription", "targetCode",
        "targetFramework", "targetType", "value",
    }
)  # fmt: skip
"""What we read of a unit when it is there, also in its alignments, outcomes and results."""


class NotACredential(BadInput):
    """This is not a verifiable credential that can be read."""

    slug = "not-a-credential"


class NotAUnit(BadInput):
    """This credential does not state the facts that a unit of credit must state."""

    slug = "not-a-unit"


class UnknownScale(BadInput):
    """The results of this achievement are not stated on this scale."""

    slug = "unknown-scale"


class UnknownGrade(BadInput):
    """This is no grade of the scale with which somebody earned the unit."""

    slug = "unknown-grade"


class NotAnAward(BadInput):
    """This credential is not the award of a qualification with its stacking proof."""

    slug = "not-an-award"


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """Who issues: its DID, the name it shows, its page, its country (two capitals, ISO 3166-1)."""

    did: str
    name: str
    url: str | None
    country: str


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """The place in a status list where a credential's revocation shows.

    `suspension` is the list in which, at the same place, its suspension shows; None for a credential that is never
    suspended.
    """

    list_id: str
    index: int
    suspension: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReference:
    """A status entry as read. For an unknown type `list_id` is empty and `index` None: unknown, never fine.

    A list of 1EdTech's kind (`ENTRY_1EDTECH`) names credentials by their id, so there is no index either.
    """

    kind: str
    purpose: str
    list_id: str
    index: int | None


@dataclass(frozen=True, slots=True)
class CredentialView:
    """What any verifiable credential says about itself. Claims, until a signature holds."""

    id: str
    types: tuple[str, ...]
    issuer: str
    issuer_name: str
    subject: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    status: tuple[StatusReference, ...]
    proofs: tuple[Json, ...]

    @property
    def is_award(self) -> bool:
        """Whether it certifies a whole qualification rather than a unit."""
        return AWARD_TYPE in self.types


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """The facts of an award: whose, of what, and the stacking proof it is bound to.

    `kind` is its achievement type, a word of Open Badges' list; empty when it states none.
    """

    credential: str
    issuer: str
    subject: str
    qualification: str
    version: str
    title: str
    kind: str
    level: Level | None
    awarded: date
    proof: str
    proof_digest: Digest


def build_credential(
    achievement: Achievement,
    *,
    id: str,
    issuer: IssuerProfile,
    subject: str,
    earned: date,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status: StatusEntry | None,
    first_issue: str | None = None,
    supersedes: str | None = None,
    result: str | None = None,
    grades: Sequence[tuple[str, str]] = (),
    identities: Sequence[Identity] = (),
    evidence: Sequence[JsonObject] = (),
    endorsements: Sequence[JsonObject] = (),
    issuer_endorsements: Sequence[JsonObject] = (),
) -> JsonObject:
    """The unsigned credential that `subject` earned `achievement` on the day `earned`.

    A correction names the credential whose place it takes under `supersedes`, and under `first_issue` the one that was
    issued first, whose lot both are. `identities` are what the learner agreed to be known by, beside the key, and
    `evidence` what the award was based on, such as `EarlierBadge.evidence()`: it gives no credit. `endorsements` are
    signed ones of the achievement, `issuer_endorsements` of the issuer; each goes with what it speaks for.

    `grades` are results on scales of the achievement, each a scale's id and a grade; `result` is one on no scale.
    Raises `UnknownScale` for a scale the achievement does not have or that is named twice, and `UnknownGrade` for a
    grade that is none, or that does not pass.
    """
    results: list[Json] = [{"type": ["Result"], "value": result}] if result is not None else []
    check_grades(achievement, grades)
    results += [
        {"type": ["Result"], "resultDescription": achievement.result_id(scale), "value": grade}
        for scale, grade in grades
    ]
    subject_object: JsonObject = {
        "id": subject,
        "type": ["AchievementSubject"],
        "identifier": [one.to_json() for one in identities],
        "achievement": without_blanks({**achievement.to_json(), "endorsement": list(endorsements)}),
        "result": results,
    }
    return without_blanks(
        {
            "@context": contexts(),
            "id": id,
            "type": ["VerifiableCredential", "AchievementCredential"],
            "name": achievement.name,
            "issuer": without_blanks({**issuer_object(issuer), "endorsement": list(issuer_endorsements)}),
            "validFrom": instant_text(valid_from),
            "validUntil": instant_text(valid_until) if valid_until else None,
            "awardedDate": _day(earned),
            "credentialSubject": without_blanks(subject_object),
            "credentialSchema": [schema_entry(ACHIEVEMENT_SCHEMA)],
            "credentialStatus": status_object(status) if status else None,
            "suspensionStatus": suspension_object(status) if status and status.suspension else None,
            "evidence": list(evidence),
            "firstIssue": first_issue,
            "supersedes": supersedes,
        }
    )


def build_award(
    *,
    id: str,
    issuer: IssuerProfile,
    subject: str,
    qualification_id: str,
    version: str,
    title: str,
    framework: str,
    level: str | None,
    criteria: str,
    valid_from: datetime,
    status: StatusEntry | None,
    proof_id: str,
    proof_digest: Digest,
    achievement_type: str = "Certificate",
) -> JsonObject:
    """The unsigned award of a qualification, bound by digest to the bytes of its stacking proof.

    `level` is the code of a level of `framework`. `achievement_type` is a word of Open Badges' list, such as
    `Certificate` or `BachelorDegree`.
    """
    achievement: JsonObject = {
        "id": qualification_url(qualification_id, version),
        "type": ["Achievement"],
        "achievementType": achievement_type,
        "name": title,
        "description": f"{title}, awarded on credits that were added up and can be re-checked.",
        "criteria": {"narrative": criteria},
        "version": version,
        "qualification": qualification_id,
        "alignment": [level_alignment(Level(framework, level))] if level else [],
    }
    related: JsonObject = {
        "id": proof_id,
        "mediaType": "application/json",
        "digestSRI": digest_sri(proof_digest),
    }
    return without_blanks(
        {
            "@context": contexts(),
            "id": id,
            "type": ["VerifiableCredential", "AchievementCredential", AWARD_TYPE],
            "name": title,
            "issuer": issuer_object(issuer),
            "validFrom": instant_text(valid_from),
            "awardedDate": _day(valid_from.astimezone(UTC).date()),
            "credentialSubject": {
                "id": subject,
                "type": ["AchievementSubject"],
                "achievement": without_blanks(achievement),
            },
            "credentialSchema": [schema_entry(ACHIEVEMENT_SCHEMA)],
            "credentialStatus": status_object(status) if status else None,
            "suspensionStatus": suspension_object(status) if status and status.suspension else None,
            "relatedResource": [related],
        }
    )


def read_credential(value: Json) -> CredentialView:
    """Read what a credential says about itself; raise `NotACredential` with a JSON pointer."""
    fields = Fields.of(value, "", NotACredential)
    context = fields.items("@context")
    if not context or context[0] != VC2_CONTEXT:
        fields.refuse("@context", f"A credential here starts with the context {VC2_CONTEXT}.")
    types = fields.texts("type")
    if "VerifiableCredential" not in types:
        fields.refuse("type", "The type VerifiableCredential is missing.")
    issuer, issuer_name = _read_issuer(fields)
    subjects = fields.objects("credentialSubject")
    if len(subjects) != 1:
        fields.refuse("credentialSubject", f"One subject was expected, {len(subjects)} are given.")
    status = _status_entries(fields)
    # a transcript lists achievements that the badges inside it describe too; nothing is read from its list
    listed = "ClrCredential" in types and not ACHIEVEMENT_TYPES.intersection(types)
    achievements = subjects[0].objects("achievement") if subjects[0].has("achievement") and not listed else []
    check_not_scattered(fields, [fields, *subjects, *achievements, *status], _OPTIONAL)
    check_typed(fields)
    if not subjects[0].value:
        fields.refuse("credentialSubject", "The credential says nothing about its subject.")
    valid_from, valid_until = fields.optional_instant("validFrom"), fields.optional_instant("validUntil")
    if valid_from and valid_until and valid_until < valid_from:
        fields.refuse("validUntil", "The credential ends before it begins.")
    proof = fields.value.get("proof")
    return CredentialView(
        id=fields.iri("id"),
        types=types,
        issuer=issuer,
        issuer_name=issuer_name,
        subject=subjects[0].iri("id") if subjects[0].has("id") else None,
        valid_from=valid_from,
        valid_until=valid_until,
        status=tuple(_read_status(entry) for entry in status),
        proofs=tuple(proof) if isinstance(proof, list) else (() if proof is None else (proof,)),
    )


def read_credential_as(value: Json, error: type[BadInput]) -> CredentialView:
    """What a credential of some kind says of itself; what is wrong with it raises the error of that kind."""
    try:
        return read_credential(value)
    except NotACredential as cause:
        raise error(cause.sentence, place=cause.place, next_step=cause.next_step) from None


def unit_facts(value: Json) -> UnitFacts:
    """The facts of a unit's credential; raise `NotAUnit` with a JSON pointer for anything else."""
    view, fields, subject, achievement = _earned(value, NotAUnit)
    if view.is_award:
        fields.refuse("type", "This is the award of a whole qualification, not a unit.")
    _check_nothing_hidden(fields, achievement)
    return UnitFacts(
        credential=view.id,
        first_issue=fields.iri("firstIssue") if fields.has("firstIssue") else view.id,
        issuer=view.issuer,
        subject=subject,
        achievement=achievement.iri("id"),
        achievement_version=achievement.text("version"),
        title=achievement.text("name"),
        credits=credit_amount(achievement),
        level=level_of(achievement),
        earned=_earned_on(fields),
        categories=frozenset(achievement.texts("category")),
        source_type=achievement.text("sourceType"),
        mode=achievement.text("deliveryMode"),
        content=achievement.optional_text("contentKey"),
        dimensions=frozenset(
            one.text("outcomeDimension")
            for one in achievement.objects("learningOutcome")
            if one.has("outcomeDimension")
        ),
        fields=frozenset(one.text("targetCode") for one in fields_of_study(achievement)),
        grades=_grades(fields, achievement),
        language=achievement.optional_text("inLanguage"),
        country=achievement.optional_text("awardingCountry"),
        kind=achievement.optional_text("achievementType"),
    )


def award_facts(value: Json) -> AwardFacts:
    """The facts of an award; raise `NotAnAward` with a JSON pointer for anything else."""
    view, fields, subject, achievement = _earned(value, NotAnAward)
    if not view.is_award:
        fields.refuse("type", f"The type {AWARD_TYPE} is missing: this credential does not certify a qualification.")
    proof, digest = _related(fields)
    title = achievement.text("name")
    if fields.has("name") and fields.text("name") != title:
        fields.refuse("name", f"The award bears another name than its achievement, {title[:120]!r}.")
    return AwardFacts(
        credential=view.id,
        issuer=view.issuer,
        subject=subject,
        qualification=achievement.text("qualification"),
        version=achievement.text("version"),
        title=title,
        kind=achievement.optional_text("achievementType"),
        level=level_of(achievement),
        awarded=_earned_on(fields),
        proof=proof,
        proof_digest=digest,
    )


def related_resource_digest(credential: Json) -> tuple[str, Digest]:
    """The id and digest of the document an award is bound to; raise `NotAnAward` unless there is exactly one."""
    return _related(Fields.of(credential, "", NotAnAward))


def credential_digest(value: JsonObject) -> Digest:
    """The digest of the whole signed credential, over its canonical JSON: the claim that is anchored."""
    return json_digest(value)


def _earned(value: Json, error: type[BadInput]) -> tuple[CredentialView, Fields, str, Fields]:
    view = read_credential_as(value, error)
    fields = Fields.of(value, "", error)
    if not ACHIEVEMENT_TYPES.intersection(view.types):
        fields.refuse("type", "The type AchievementCredential is missing.")
    subject = fields.objects("credentialSubject")[0]
    if view.subject is None:
        subject.refuse("id", "The credential does not say who earned it.")
    return view, fields, view.subject, subject.object("achievement")


def _related(fields: Fields) -> tuple[str, Digest]:
    found = fields.objects("relatedResource")
    if len(found) != 1:
        fields.refuse("relatedResource", f"An award is bound to one stacking proof, this one names {len(found)}.")
    (entry,) = found
    try:
        return entry.iri("id"), parse_digest_sri(entry.text("digestSRI"))
    except UnreadableDigest as cause:
        entry.refuse("digestSRI", cause.sentence)


def _check_nothing_hidden(fields: Fields, achievement: Fields) -> None:
    """A result or an alignment may not be split in two, so that a reader of the JSON misses the half that counts."""
    subject = fields.objects("credentialSubject")[0]
    descriptions = achievement.objects("resultDescription")
    read = [subject, achievement, *subject.objects("result"), *achievement.objects("learningOutcome"), *descriptions]
    read += [entry for holder in (achievement, *descriptions) for entry in holder.objects("alignment")]
    check_not_scattered(fields, read, _OPTIONAL_IN_A_UNIT)


def check_grades(achievement: Achievement, grades: Sequence[tuple[str, str]]) -> None:
    """Raise `UnknownScale` or `UnknownGrade` unless each grade can be stated, once on a scale of the achievement."""
    for place, (name, grade) in enumerate(grades):
        scale = achievement.scale(name)
        if scale is None or name in {before for before, _ in grades[:place]}:
            known = ", ".join(one.id for one in achievement.scales) or "none"
            raise UnknownScale(
                f"Results of {achievement.name} are stated once on each of its scales, not on {name[:80]!r}.",
                next_step=f"Its scales are: {known}.",
            )
        if refusal := scale.refusal(grade):
            raise UnknownGrade(refusal, next_step="State a grade of the scale that passes.")


def _grades(fields: Fields, achievement: Fields) -> tuple[tuple[str, str], ...]:
    """The grades on named scales. A result on no scale is no grade; two on one scale leave open which one counts."""
    descriptions: dict[str, Fields] = {}
    for description in achievement.objects("resultDescription"):
        if descriptions.setdefault(description.iri("id"), description) is not description:
            description.refuse("id", "The achievement describes one result twice.")
    found: dict[str, str] = {}
    for result in fields.objects("credentialSubject")[0].objects("result"):
        if not result.has("resultDescription"):
            continue
        linked = descriptions.get(result.iri("resultDescription"))
        if linked is None:
            result.refuse(
                "resultDescription", "The result is linked to a description that the achievement does not have."
            )
        scale = scale_of(linked)
        if scale is None:
            continue
        grade, allowed = result.text("value"), linked.texts("allowedValue")
        if allowed and grade not in allowed:
            result.refuse("value", f"{grade[:40]!r} is no grade of the scale {scale[:80]}.")
        if scale in found:
            result.refuse("value", f"The credential states two grades on the scale {scale[:80]}.")
        found[scale] = grade
    return tuple(sorted(found.items()))


def _earned_on(fields: Fields) -> date:
    moment = fields.instant("awardedDate") if fields.has("awardedDate") else fields.instant("validFrom")
    return moment.date()


def issuer_object(issuer: IssuerProfile) -> JsonObject:
    """The issuer as an Open Badges `Profile`, with the country that the EU asks for."""
    return without_blanks(
        {
            "id": issuer.did,
            "type": ["Profile"],
            "name": issuer.name,
            "url": issuer.url,
            "address": {"type": ["Address"], "addressCountryCode": issuer.country},
        }
    )


def status_object(status: StatusEntry) -> JsonObject:
    """The one object under `credentialStatus`: 1EdTech's schema, and verifiers built on it, read no array there."""
    return _place(status.list_id, status.index, "revocation")


def suspension_object(status: StatusEntry) -> JsonObject:
    """The object under `suspensionStatus`, our word beside `credentialStatus`, which others take one object for."""
    assert status.suspension is not None, "only what may be suspended has a place in a list of suspensions"
    return _place(status.suspension, status.index, "suspension")


def _place(list_id: str, index: int, purpose: str) -> JsonObject:
    return {
        "id": f"{list_id}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_id,
    }


def _day(day: date) -> str:
    return instant_text(datetime.combine(day, time(), UTC))


def _read_issuer(fields: Fields) -> tuple[str, str]:
    if isinstance(fields.value.get("issuer"), str):
        return fields.iri("issuer"), ""
    issuer = fields.object("issuer")
    name = issuer.value.get("name")
    return issuer.iri("id"), name if isinstance(name, str) else ""


def _status_entries(document: Fields) -> list[Fields]:
    found = [*document.objects("credentialStatus"), *document.objects("suspensionStatus")]
    if len(found) > MAX_STATUS:
        document.refuse("credentialStatus", f"It names {len(found)} lists; at most {MAX_STATUS} are read.")
    return found


def _read_status(entry: Fields) -> StatusReference:
    kinds = entry.texts("type")
    if kinds == (ENTRY_1EDTECH,):
        return StatusReference(ENTRY_1EDTECH, "revocation", entry.iri("id"), None)
    if kinds != (ENTRY_TYPE,):
        return StatusReference(" ".join(kinds) or "unknown", str(entry.value.get("statusPurpose", "")), "", None)
    given = entry.value.get("statusListIndex")
    # the specification wants a text; 1EdTech's own examples write a whole number
    index = str(given) if type(given) is int else entry.text("statusListIndex")
    if re.fullmatch(r"0|[1-9][0-9]{0,11}", index, re.ASCII) is None:
        entry.refuse("statusListIndex", f"{index[:40]!r} is not a position in a list.")
    if entry.value.get("statusSize", 1) != 1:
        entry.refuse("statusSize", "Only lists with one bit for each credential are read.")
    return StatusReference(ENTRY_TYPE, entry.text("statusPurpose"), entry.iri("statusListCredential"), int(index))


__all__ = [
    "ACHIEVEMENT_TYPES",
    "AWARD_TYPE",
    "ENTRY_1EDTECH",
    "AwardFacts",
    "CredentialView",
    "IssuerProfile",
    "NotACredential",
    "NotAUnit",
    "NotAnAward",
    "StatusEntry",
    "StatusReference",
    "UnknownGrade",
    "UnknownScale",
    "award_facts",
    "build_award",
    "build_credential",
    "check_grades",
    "credential_digest",
    "issuer_object",
    "read_credential",
    "read_credential_as",
    "related_resource_digest",
    "status_object",
    "suspension_object",
    "unit_facts",
]
