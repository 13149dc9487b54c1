"""What can be earned: a unit of learning, described completely enough that a stranger can weigh it.

The elements are those the EU asks of every micro-credential (Council Recommendation 2022/C 243/02, Annex I),
in native Open Badges 3.0 terms first and in our own terms for the rest. A published version never changes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Self

from creditbank.canonical import Json, JsonObject, digest_text
from creditbank.credential.facts import Level
from creditbank.credential.reading import IRI, Fields, without_blanks
from creditbank.credential.terms import field_url, level_url, scale_url
from creditbank.errors import BadInput
from creditbank.units import CreditAmount, Credits, UnreadableCredits

if TYPE_CHECKING:
    from creditbank.framework import CodeLists, Prerequisite, UnitDocument

LEVEL_TARGET: Final = "ext:QualificationLevel"
FURTHER_LEVEL_TARGET: Final = "ext:FurtherQualificationLevel"
FIELD_TARGET: Final = "ext:FieldOfStudy"
SCALE_TARGET: Final = "ext:GradingScale"
SKILL_TARGET: Final = "ext:Skill"
OCCUPATION_TARGET: Final = "ext:Occupation"
ISCED_F: Final = "isced-f-2013"
ESCO: Final = "ESCO"
UNIT_DIGEST: Final = "ext:UnitDocumentDigest"
"""The type under which an achievement names the digest of the unit document it was made from."""
MODES: Final = ("online", "on-site", "blended", "volunteering", "work-experience")
SUPERVISION: Final = (
    "",
    "unsupervised without identity check",
    "supervised without identity check",
    "supervised online or on site with identity check",
)
"""Supervision and identity check during assessment, the EU's list; empty when the provider does not say."""

_SCALE: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,127}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,63}")
_HOURS: Final = re.compile(r"PT(?:[1-9][0-9]{0,4}H(?:[0-9]{1,2}M)?|[1-9][0-9]{0,3}M)", re.ASCII)
FIELD_CODE: Final = re.compile(r"[0-9]{2,4}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


class UnreadableAchievement(BadInput):
    """This is no complete description of something that can be earned."""

    slug = "unreadable-achievement"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something the learner can do afterwards, and the dimension it belongs to (`knowledge`, `skills`, …)."""

    text: str
    dimension: str


@dataclass(frozen=True, slots=True)
class Target:
    """Something outside that an achievement is aligned to, by its code or URI, with a name for people."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which results are stated: grades from the lowest to the highest, and the lowest that passes.

    Both are empty where the provider does not list them.
    """

    id: str
    title: str
    grades: tuple[str, ...] = ()
    passes_from: str = ""

    def __post_init__(self) -> None:
        if _SCALE.fullmatch(self.id) is None or not self.title.strip():
            _refuse("resultDescription", f"{self.id[:80]!r} is no scale: it needs a code and a title.")
        if any(not grade.strip() for grade in self.grades) or len(set(self.grades)) != len(self.grades):
            _refuse("resultDescription", f"The grades of the scale {self.id} are not each a text of its own.")
        if self.passes_from and self.grades and self.passes_from not in self.grades:
            _refuse("resultDescription", f"{self.passes_from[:40]!r} is no grade of the scale {self.id}.")

    def refusal(self, grade: str) -> str:
        """Why this grade cannot be stated as the result of somebody who earned the unit; empty when it can."""
        if not grade.strip():
            return "A grade is a text."
        if self.grades and grade not in self.grades:
            return f"{grade[:40]!r} is no grade of {self.title}; its grades are: {', '.join(self.grades)}."
        if self.grades and self.passes_from and self.grades.index(grade) < self.grades.index(self.passes_from):
            return f"{grade} does not pass on {self.title}; {self.passes_from} does."
        return ""


@dataclass(frozen=True, slots=True)
class Achievement:
    """One frozen version of a unit of learning.

    `workload` is the learner's time as an ISO 8601 duration in hours (`PT60H`). `content` is a key that units
    of the same content share, so that a learner cannot count them twice. `fields` are codes of ISCED-F 2013, `unit` is
    the digest of the unit document it was made from (`sha256:` and hexadecimal digits, empty where there is none).
    `stackability` says whether it is meant to stand alone or to count towards more (Annex I).
    Raises `UnreadableAchievement` when an element is missing or malformed.
    """

    id: str
    version: str
    name: str
    description: str
    criteria: str
    credits: CreditAmount
    level: Level | None
    workload: str
    categories: tuple[str, ...]
    source_type: str
    mode: str
    outcomes: tuple[Outcome, ...]
    assessment: str
    quality_assurance: str
    supervision: str
    content: str
    language: str
    country: str
    achievement_type: str = "MicroCredential"
    fields: tuple[Target, ...] = ()
    skills: tuple[Target, ...] = ()
    occupations: tuple[Target, ...] = ()
    further_levels: tuple[Level, ...] = ()
    scales: tuple[Scale, ...] = ()
    tags: tuple[str, ...] = ()
    unit: str = ""
    prerequisites: tuple[str, ...] = ()
    stackability: str = ""

    def __post_init__(self) -> None:
        for name in ("version", "name", "description", "criteria", "assessment", "quality_assurance"):
            if not getattr(self, name).strip():
                _refuse(name, f"An achievement needs its {name.replace('_', ' ')}.")
        if IRI.fullmatch(self.id) is None:
            _refuse("id", f"{self.id[:80]!r} is not an absolute identifier such as a URN.")
        if not self.credits.credits or _ID.fullmatch(self.credits.system) is None:
            _refuse("credits", "An achievement gives more than no credit, in a named credit system.")
        if _HOURS.fullmatch(self.workload) is None:
            _refuse("workload", f"{self.workload[:40]!r} is no workload in hours.", "Write sixty hours as PT60H.")
        if not self.outcomes or not all(outcome.text.strip() for outcome in self.outcomes):
            _refuse("outcomes", "An achievement names at least one learning outcome.")
        for name, text in (
            ("source_type", self.source_type),
            *(("categories", category) for category in self.categories),
            *(("outcomes", outcome.dimension) for outcome in self.outcomes),
        ):
            if _ID.fullmatch(text) is None:
                _refuse(name, f"{text[:64]!r} is not a code of lower-case letters, digits, hyphens and colons.")
        self._check_code_lists()
        self._check_targets()

    def _check_targets(self) -> None:
        for field in self.fields:
            if FIELD_CODE.fullmatch(field.code) is None:
                _refuse("alignment", f"{field.code[:40]!r} is no code of a field of two to four digits.")
        for target in (*self.skills, *self.occupations):
            if IRI.fullmatch(target.code) is None or not target.name.strip():
                _refuse("alignment", f"{target.code[:80]!r} is no URI with a name.")
        scales = [scale.id for scale in self.scales]
        if len(set(scales)) != len(scales):
            _refuse("resultDescription", "A scale is described twice.")
        if self.unit and _DIGEST.fullmatch(self.unit) is None:
            _refuse("otherIdentifier", f"{self.unit[:80]!r} is no digest of a unit document.")

    def _check_code_lists(self) -> None:
        if self.mode not in MODES:
            _refuse(
                "mode",
                f"{self.mode[:40]!r} is no form of participation.",
                f"Choose one of {', '.join(MODES)}.",
            )
        if self.supervision not in SUPERVISION:
            known = ", ".join(filter(None, SUPERVISION))
            _refuse(
                "supervision",
                f"{self.supervision[:60]!r} is no kind of supervision.",
                f"Choose one of {known}.",
            )
        if _COUNTRY.fullmatch(self.country) is None:
            _refuse("country", f"{self.country[:10]!r} is no country code.", "Write two capitals, such as IN.")
        if _LANGUAGE.fullmatch(self.language) is None:
            _refuse("language", f"{self.language[:20]!r} is no language tag.", "Write it like en or pt-BR.")

    def to_json(self) -> JsonObject:
        """The achievement as an Open Badges 3.0 `Achievement` with our terms."""
        amount = self.credits.credits
        whole = amount.thousandths % 1000 == 0
        document: JsonObject = {
            "id": self.id,
            "type": ["Achievement"],
            "achievementType": self.achievement_type,
            "name": self.name,
            "description": self.description,
            "criteria": {"narrative": self.criteria},
            "version": self.version,
            "inLanguage": self.language,
            # a bare number of unnamed credits, for wallets to show; nothing here computes with it
            "creditsAvailable": amount.thousandths // 1000 if whole else None,
            "creditSystem": self.credits.system,
            "creditPoints": str(amount),
            "alignment": list(self._alignments()),
            "workload": self.workload,
            "category": list(self.categories),
            "sourceType": self.source_type,
            "deliveryMode": self.mode,
            "learningOutcome": [
                {
                    "type": ["LearningOutcome"],
                    "description": outcome.text,
                    "outcomeDimension": outcome.dimension,
                }
                for outcome in self.outcomes
            ],
            "assessmentType": self.assessment,
            "qualityAssurance": self.quality_assurance,
            "supervision": self.supervision,
            "prerequisite": list(self.prerequisites),
            "stackability": self.stackability,
            "contentKey": self.content,
            "awardingCountry": self.country,
            "resultDescription": [self._result_description(scale) for scale in self.scales],
            "tag": list(self.tags),
            "otherIdentifier": [_digest_entry(self.unit)] if self.unit else [],
        }
        return without_blanks(document)

    def result_id(self, scale: str) -> str:
        """The name of the result on this scale, to which a result in a credential is linked."""
        return f"{self.id}{'.' if '#' in self.id else '#'}result-{scale}"

    def scale(self, id: str) -> Scale | None:
        """The scale of this id, or None when results are not stated on it."""
        return next((scale for scale in self.scales if scale.id == id), None)

    def _alignments(self) -> Iterator[JsonObject]:
        if self.level:
            yield level_alignment(self.level)
        for level in self.further_levels:
            yield {**level_alignment(level), "targetType": FURTHER_LEVEL_TARGET}
        for field in self.fields:
            yield without_blanks(
                {
                    "type": ["Alignment"],
                    "targetType": FIELD_TARGET,
                    "targetName": field.name or f"Field {field.code}",
                    "targetUrl": field_url(field.code),
                    "targetFramework": ISCED_F,
                    "targetCode": field.code,
                }
            )
        for kind, targets in ((SKILL_TARGET, self.skills), (OCCUPATION_TARGET, self.occupations)):
            for target in targets:
                yield {
                    "type": ["Alignment"],
                    "targetType": kind,
                    "targetName": target.name,
                    "targetUrl": target.code,
                    "targetFramework": ESCO,
                }

    def _result_description(self, scale: Scale) -> JsonObject:
        return without_blanks(
            {
                "id": self.result_id(scale.id),
                "type": ["ResultDescription"],
                "name": scale.title,
                "resultType": "Result",
                "allowedValue": list(scale.grades),
                "requiredValue": scale.passes_from,
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetType": SCALE_TARGET,
                        "targetName": scale.title,
                        "targetUrl": scale_url(scale.id),
                        "targetCode": scale.id,
                    }
                ],
            }
        )

    @classmethod
    def from_json(cls, value: Json, *, place: str = "") -> Self:
        """Read what `to_json` wrote; raise `UnreadableAchievement` with a JSON pointer below `place`."""
        fields = Fields.of(value, place, UnreadableAchievement)
        return cls(
            id=fields.iri("id"),
            version=fields.text("version"),
            name=fields.text("name"),
            description=fields.text("description"),
            criteria=fields.object("criteria").text("narrative"),
            credits=credit_amount(fields),
            level=level_of(fields),
            workload=fields.text("workload"),
            categories=fields.texts("category"),
            source_type=fields.text("sourceType"),
            mode=fields.text("deliveryMode"),
            outcomes=tuple(
                Outcome(outcome.text("description"), outcome.text("outcomeDimension"))
                for outcome in fields.objects("learningOutcome")
            ),
            assessment=fields.text("assessmentType"),
            quality_assurance=fields.text("qualityAssurance"),
            supervision=fields.optional_text("supervision"),
            content=fields.optional_text("contentKey"),
            language=fields.text("inLanguage"),
            country=fields.text("awardingCountry"),
            achievement_type=fields.text("achievementType"),
            fields=tuple(Target(entry.text("targetCode"), _name(entry)) for entry in fields_of_study(fields)),
            skills=_targets(fields, SKILL_TARGET),
            occupations=_targets(fields, OCCUPATION_TARGET),
            further_levels=tuple(_level(entry) for entry in aligned(fields, FURTHER_LEVEL_TARGET)),
            scales=tuple(_scale(entry) for entry in fields.objects("resultDescription") if scale_of(entry) is not None),
            tags=fields.texts("tag"),
            unit=_unit_digest(fields),
            prerequisites=fields.texts("prerequisite"),
            stackability=fields.optional_text("stackability"),
        )

    @classmethod
    def of_unit(cls, unit: "UnitDocument", codes: "CodeLists | None" = None) -> Self:
        """The achievement that credentials of a unit carry; raise `UnreadableAchievement` for an incomplete unit.

        Of several credits and levels the first is the one that counts. With `codes` the fields bear their names.
        """
        from creditbank.framework import document_digest  # a verifier reads credentials and loads no rule documents

        if not unit.credits:
            _refuse("credits", "An achievement gives more than no credit, in a named credit system.")
        credit = unit.credits[0]
        levels = [Level(level.framework, level.code, level.version) for level in unit.levels]
        skills = {uri: Target(uri, outcome.text) for outcome in unit.outcomes for uri in outcome.skills}
        return cls(
            id=unit.id,
            version=unit.version,
            name=unit.title,
            description=unit.description,
            criteria=unit.criteria,
            credits=CreditAmount(credit.system, Credits.parse(credit.points)),
            level=levels[0] if levels else None,
            workload=unit.workload or "",
            categories=unit.categories,
            source_type=unit.source_type or "",
            mode=unit.mode or "",
            outcomes=tuple(Outcome(one.text, one.dimension or "") for one in unit.outcomes),
            assessment=", ".join(dict.fromkeys(one.type for one in unit.assessments if one.type)),
            quality_assurance="; ".join(
                one.type + (f" by {one.body}" if one.body else "") for one in unit.quality_assurance
            ),
            supervision=unit.supervision or "",
            content=unit.content_key,
            language=unit.language or "",
            country=unit.country or "",
            achievement_type=unit.achievement_type,
            fields=tuple(
                Target(code, (codes.name_of(code) if codes else "") or f"Field {code}") for code in unit.fields
            ),
            skills=tuple(skills.values()),
            occupations=tuple(Target(uri, uri.rpartition("/")[2]) for uri in unit.occupations),
            further_levels=tuple(levels[1:]),
            scales=_scales_of(unit),
            tags=(*unit.tags, *unit.free_tags),
            unit=digest_text(document_digest(unit)),
            prerequisites=tuple(map(_prerequisite, unit.prerequisites)),
            stackability=unit.stackability.kind if unit.stackability else "",
        )


def level_alignment(level: Level) -> JsonObject:
    """A level as an alignment; 1EdTech's schema asks for an `ext:` target type."""
    return without_blanks(
        {
            "type": ["Alignment"],
            "targetType": LEVEL_TARGET,
            "targetName": f"Level {level.code} of {level.framework}",
            "targetUrl": level_url(level.framework, level.code),
            "targetFramework": level.framework,
            "targetCode": level.code,
            "frameworkVersion": level.version,
        }
    )


def credit_amount(fields: Fields) -> CreditAmount:
    """The credits an achievement gives: our own two terms, never the bare `creditsAvailable`.

    A `creditsAvailable` that says something else is refused: wallets would show one amount, and another would count.
    """
    system, points = fields.text("creditSystem"), fields.text("creditPoints")
    try:
        amount = Credits.parse(points)
    except UnreadableCredits as cause:
        fields.refuse("creditPoints", cause.sentence, cause.next_step)
    shown = fields.value.get("creditsAvailable")
    number = isinstance(shown, int | float) and not isinstance(shown, bool)
    if fields.has("creditsAvailable") and not (number and Decimal(str(shown)) == Decimal(points)):
        fields.refuse("creditsAvailable", f"Wallets would show {str(shown)[:40]} credits, where {points} count.")
    return CreditAmount(system, amount)


def aligned(fields: Fields, target_type: str) -> list[Fields]:
    """The alignments of this type."""
    return [entry for entry in fields.objects("alignment") if entry.says("targetType", target_type)]


def level_of(fields: Fields) -> Level | None:
    """The level among the alignments of an achievement; two would leave it open which one counts."""
    found = aligned(fields, LEVEL_TARGET)
    if len(found) > 1:
        fields.refuse("alignment", "The achievement claims more than one level.")
    return _level(found[0]) if found else None


def fields_of_study(fields: Fields) -> list[Fields]:
    """The alignments to fields of ISCED-F 2013; one without a code of two to four digits is refused."""
    found = [one for one in aligned(fields, FIELD_TARGET) if one.says("targetFramework", ISCED_F)]
    for entry in found:
        if FIELD_CODE.fullmatch(entry.text("targetCode")) is None:
            entry.refuse("targetCode", f"{entry.text('targetCode')[:40]!r} is no code of two to four digits.")
    return found


def scale_of(description: Fields) -> str | None:
    """The scale that a result description is aligned to, None for none; two would leave it open which is meant."""
    found = aligned(description, SCALE_TARGET)
    if len(found) > 1:
        description.refuse("alignment", "The result is aligned to more than one scale.")
    return found[0].text("targetCode") if found else None


def _level(entry: Fields) -> Level:
    return Level(entry.text("targetFramework"), entry.text("targetCode"), entry.optional_text("frameworkVersion"))


def _name(entry: Fields) -> str:
    return entry.text("targetName")


def _targets(fields: Fields, target_type: str) -> tuple[Target, ...]:
    return tuple(Target(entry.iri("targetUrl"), _name(entry)) for entry in aligned(fields, target_type))


def _scale(entry: Fields) -> Scale:
    scale = scale_of(entry)
    assert scale is not None, "only descriptions of a scale are read as one"
    return Scale(scale, entry.text("name"), entry.texts("allowedValue"), entry.optional_text("requiredValue"))


def _scales_of(unit: "UnitDocument") -> tuple[Scale, ...]:
    described = tuple(Scale(one.id, one.title, one.grades, one.passes_from or "") for one in unit.scales)
    known = {scale.id for scale in described}
    named = dict.fromkeys(one.grading for one in unit.assessments if one.grading and one.grading not in known)
    return (*described, *(Scale(name, name) for name in named))


def _prerequisite(needed: "Prerequisite") -> str:
    """What a learner brings, as a sentence or as the name of a unit, its version and the outcome of it."""
    if needed.text:
        return needed.text
    version = f"version {needed.version}" if needed.version else ""
    outcome = f"outcome {needed.outcome}" if needed.outcome else ""
    return ", ".join(part for part in (needed.unit, version, outcome) if part)


def _digest_entry(digest: str) -> JsonObject:
    return {"type": "IdentifierEntry", "identifier": digest, "identifierType": UNIT_DIGEST}


def _unit_digest(fields: Fields) -> str:
    found = [one for one in fields.objects("otherIdentifier") if one.says("identifierType", UNIT_DIGEST)]
    if len(found) > 1:
        fields.refuse("otherIdentifier", "The achievement names more than one unit document.")
    return found[0].text("identifier") if found else ""


def _refuse(field: str, sentence: str, next_step: str = "") -> None:
    raise UnreadableAchievement(sentence, place=f"/{field}", next_step=next_step)


__all__ = [
    "FIELD_TARGET",
    "LEVEL_TARGET",
    "MODES",
    "SCALE_TARGET",
    "SUPERVISION",
    "UNIT_DIGEST",
    "Achievement",
    "Outcome",
    "Scale",
    "Target",
    "UnreadableAchievement",
    "aligned",
    "credit_amount",
    "fields_of_study",
    "level_alignment",
    "level_of",
    "scale_of",
]
