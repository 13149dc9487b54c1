"""Sample learners and rules for the tests of the stacking room. No real person or institution is meant."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from creditbank.canonical import Digest, sha256
from creditbank.credential import Level, UnitFacts
from creditbank.framework import ConversionPolicy, CreditSystem, Framework, Qualification, Recognition
from creditbank.framework.reading import load_document
from creditbank.stacking import Candidate, Setting
from creditbank.units import CreditAmount, Credits

FRAMEWORKS = Path(__file__).parents[3] / "frameworks"
AWARDING = "did:web:awarding.example"
LEARNER = "did:key:z6MkSampleLearner"
TODAY = date(2026, 6, 1)


def load(path: str) -> Any:
    """A document shipped with the product."""
    return load_document((FRAMEWORKS / path).read_bytes(), path)


def acbs() -> Qualification:
    return load("qualifications/kr-acbs/2025/bachelor.yaml")


def ug_certificate() -> Qualification:
    return load("qualifications/in-ncrf/2021/ug-certificate.yaml")


def did(name: str) -> str:
    return name if name.startswith("did:") else f"did:web:{name.lower()}.example"


def unit(
    id: str,
    credits: str = "3",
    *,
    provider: str = "a",
    system: str = "kr",
    level: Level | None = None,
    earned: date = date(2026, 3, 2),
    categories: Iterable[str] = (),
    source: str = "accredited-course",
    mode: str = "on-site",
    content: str = "",
    achievement: str = "",
    first_issue: str = "",
    available: str | None = None,
    subject: str = LEARNER,
    about: dict[str, Any] | None = None,
    **more: Any,
) -> Candidate:
    """One unit of a sample learner; `about` are further facts by name."""
    facts = UnitFacts(
        credential=f"urn:uuid:{id}",
        first_issue=first_issue or f"urn:uuid:{id}",
        issuer=did(provider),
        subject=subject,
        achievement=achievement or f"urn:achievement:{id}",
        achievement_version="1",
        title=f"Sample unit {id}",
        credits=CreditAmount(system, Credits.parse(credits)),
        level=level,
        earned=earned,
        categories=frozenset(categories),
        source_type=source,
        mode=mode,
        content=content,
        **(about or {}),
    )
    return Candidate(facts, sha256(repr(facts).encode()), Credits.parse(available or credits), **more)


def setting_of(
    *,
    day: date = TODAY,
    awarding: str = AWARDING,
    conversions: Sequence[ConversionPolicy] = (),
    recognitions: Sequence[Recognition] = (),
    names: dict[str, str] | None = None,
) -> Setting:
    frameworks = [load(f"frameworks/{name}.yaml") for name in ("kr-acbs", "in-ncrf", "uk-fheq")]
    systems = [load(f"credit-systems/{name}.yaml") for name in ("kr", "in-ncrf", "eu-ects", "uk")]
    assert all(isinstance(item, Framework) for item in frameworks)
    assert all(isinstance(item, CreditSystem) for item in systems)
    return Setting(
        date=day,
        awarding=awarding,
        frameworks={item.id: item for item in frameworks},
        systems={item.id: item for item in systems},
        conversions=tuple(conversions),
        recognitions=tuple(recognitions),
        names=names or {},
    )


def conversion(**changes: Any) -> ConversionPolicy:
    """A sample policy: three ECTS credits count as one Indian credit... or as the changes say."""
    return ConversionPolicy.model_validate(
        {
            "document": "creditbank/conversion/v1",
            "id": "sample-ects-to-ncrf",
            "version": "1",
            "from_system": "eu-ects",
            "to_system": "in-ncrf",
            "ratio": "5/6",
            "basis": "hours",
            "issuer": AWARDING,
            "source": "A sample, made for tests",
            "valid_from": "2020-01-01",
            "rounding": "down",
            "rounding_unit": "0.5",
            "sample": True,
            **changes,
        }
    )


def recognition(achievement: str, **changes: Any) -> Recognition:
    return Recognition.model_validate(
        {
            "document": "creditbank/recognition/v1",
            "id": "sample-recognition",
            "by": AWARDING,
            "achievement": achievement,
            "framework": "in-ncrf",
            "level": "4.5",
            "decided": "2025-01-01",
            "reason": "A sample, made for tests",
            "sample": True,
            **changes,
        }
    )


def rules(of: list[dict[str, Any]], *, kind: str = "all", n: int | None = None, **changes: Any) -> Qualification:
    """A small qualification of the tests' own, in Korean credits and without levels."""
    root: dict[str, Any] = {"id": "root", "title": "All of it", "kind": kind, "of": of}
    if n is not None:
        root["n"] = n
    admits = {"frameworks": ["kr-acbs"], **changes.pop("admits", {})}
    return Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": "sample",
            "version": "1",
            "title": "Sample qualification",
            "framework": "kr-acbs",
            "credit_system": "kr",
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "Made for tests.",
            "sources": [{"name": "made for tests"}],
            "admits": admits,
            "requires": root,
            **changes,
        }
    )


def semester_days(count: int, start: date = date(2016, 3, 2)) -> list[date]:
    """Days that fall into successive Korean semesters."""
    found = []
    for index in range(count):
        year, half = divmod(index, 2)
        found.append(date(start.year + year, 9 if half else 3, 2))
    return found


def acbs_learner(first: int, second: int, *, per_term: int = 7) -> list[Candidate]:
    """Three-credit units: `first` from institution A, then `second` from B; 20 major, 10 general, the rest
    electives.

    At most seven units (21 credits) fall into one semester, and 14 (42 credits) into a year.
    """
    days = semester_days(-(-(first + second) // per_term))
    found = []
    for index in range(first + second):
        category = "kr-acbs:major" if index < 20 else "kr-acbs:general-education" if index < 30 else "kr-acbs:elective"
        found.append(
            unit(
                f"{index:03d}",
                provider="a" if index < first else "b",
                earned=days[index // per_term],
                categories=[category],
            )
        )
    return found


def facts_of(candidates: Iterable[Candidate]) -> dict[Digest, UnitFacts]:
    return {candidate.digest: candidate.facts for candidate in candidates}


def days_before(day: date, count: int) -> date:
    return day - timedelta(days=count)


def changed(candidate: Candidate, **facts: Any) -> Candidate:
    return dataclasses.replace(candidate, facts=dataclasses.replace(candidate.facts, **facts))
