"""What papers list of one credential: read once from its signed bytes, with what the bank knows of its state beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.canonical import Digest, JsonObject
from creditbank.credential.credential import AwardFacts, NotAnAward, NotAUnit, award_facts, unit_facts
from creditbank.credential.facts import Level, UnitFacts
from creditbank.units import CreditAmount


class Standing(StrEnum):
    """Whether a credential holds today, in a word for a person."""

    STANDS = "stands"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CORRECTED = "corrected by a later one"


@dataclass(frozen=True, slots=True)
class Learned:
    """One unit or award as a paper lists it. `file` names the signed credential, `digest` is of its canonical JSON.

    `counted` are sentences about what awards have of its credits; `anchor` says where it is anchored, or is empty.
    """

    credential: str
    title: str
    award: bool
    issuer: str
    issuer_name: str
    country: str
    language: str
    earned: date
    credits: CreditAmount | None
    level: Level | None
    mode: str
    workload: str
    grades: tuple[tuple[str, str], ...]
    outcomes: tuple[str, ...]
    file: str
    digest: Digest
    standing: Standing
    anchor: str = ""
    counted: Sequence[str] = ()

    @property
    def stands(self) -> bool:
        """Whether it can be relied on today, as far as the bank knows."""
        return self.standing is Standing.STANDS


def read_learned(
    document: JsonObject,
    *,
    file: str,
    digest: Digest,
    standing: Standing,
    anchor: str = "",
    counted: Sequence[str] = (),
) -> Learned | None:
    """The line of a credential on a paper; None for one that states neither a unit nor an award."""
    try:
        facts: UnitFacts | AwardFacts = unit_facts(document)
    except NotAUnit:
        try:
            facts = award_facts(document)
        except NotAnAward:
            return None
    unit = facts if isinstance(facts, UnitFacts) else None
    achievement = _achievement(document)
    return Learned(
        credential=facts.credential,
        title=facts.title,
        award=unit is None,
        issuer=facts.issuer,
        issuer_name=_text(_issuer(document).get("name")) or facts.issuer,
        country=(unit.country if unit else "")
        or _text(_object(_issuer(document).get("address")).get("addressCountry")),
        language="" if unit is None else unit.language,
        earned=facts.awarded if isinstance(facts, AwardFacts) else facts.earned,
        credits=None if unit is None else unit.credits,
        level=facts.level,
        mode="" if unit is None else unit.mode,
        workload=_text(achievement.get("workload")),
        grades=() if unit is None else unit.grades,
        outcomes=_outcomes(achievement),
        file=file,
        digest=digest,
        standing=standing,
        anchor=anchor,
        counted=tuple(counted),
    )


def _achievement(document: JsonObject) -> JsonObject:
    subject = document.get("credentialSubject")
    return _object(_object(subject[0] if isinstance(subject, list) and subject else subject).get("achievement"))


def _issuer(document: JsonObject) -> JsonObject:
    return _object(document.get("issuer"))


def _outcomes(achievement: JsonObject) -> tuple[str, ...]:
    found = achievement.get("learningOutcome")
    texts = [_text(_object(one).get("description")) for one in (found if isinstance(found, list) else [found])]
    return tuple(text for text in texts if text)


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
