"""What can be earned: a unit of learning, described completely enough that a stranger can weigh it.

The elements are those the EU asks of every micro-credential (Council Recommendation 2022/C 243/02, Annex I),
in native Open Badges 3.0 terms first and in our own terms for the rest. A published version never changes.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from creditbank.canonical import Json, JsonObject
from creditbank.credential.facts import Level
from creditbank.credential.reading import IRI, Fields, without_blanks
from creditbank.credential.terms import level_url
from creditbank.errors import BadInput
from creditbank.units import CreditAmount, Credits, UnreadableCredits

LEVEL_TARGET: Final = "ext:QualificationLevel"
MODES: Final = ("online", "on-site", "blended")
SUPERVISION: Final = (
    "",
    "unsupervised without identity check",
    "supervised without identity check",
    "supervised online or on site with identity check",
)
"""Supervision and identity check during assessment, the EU's list; empty when the provider does not say."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,63}")
_HOURS: Final = re.compile(r"PT[1-9][0-9]{0,4}H(?:[0-9]{1,2}M)?")
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
class Achievement:
    """One frozen version of a unit of learning.

    `workload` is the learner's time as an ISO 8601 duration in hours (`PT60H`). `content` is a key that units
    of the same content share, so that a learner cannot count them twice. Raises `UnreadableAchievement` when
    an element is missing or malformed.
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
            "alignment": [level_alignment(self.level)] if self.level else [],
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
            "contentKey": self.content,
            "awardingCountry": self.country,
        }
        return without_blanks(document)

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


def level_of(fields: Fields) -> Level | None:
    """The level among the alignments of an achievement; two would leave it open which one counts."""
    found = [entry for entry in fields.objects("alignment") if entry.value.get("targetType") == LEVEL_TARGET]
    if len(found) > 1:
        fields.refuse("alignment", "The achievement claims more than one level.")
    if not found:
        return None
    (entry,) = found
    return Level(entry.text("targetFramework"), entry.text("targetCode"), entry.optional_text("frameworkVersion"))


def _refuse(field: str, sentence: str, next_step: str = "") -> None:
    raise UnreadableAchievement(sentence, place=f"/{field}", next_step=next_step)


__all__ = [
    "LEVEL_TARGET",
    "MODES",
    "SUPERVISION",
    "Achievement",
    "Outcome",
    "UnreadableAchievement",
    "credit_amount",
    "level_alignment",
    "level_of",
]
