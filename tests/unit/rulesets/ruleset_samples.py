"""Sample units for the tests of the shipped rule sets. No real person or institution is meant."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import sha256
from creditbank.credential import Level, UnitFacts
from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Evaluation, Setting, Status, evaluate
from creditbank.units import CreditAmount, Credits

AWARDING = "did:web:awarding.example"
LEARNER = "did:key:z6MkSampleLearner"
TODAY = date(2026, 6, 1)


@cache
def catalogue() -> Catalogue:
    """Everything that ships, read once."""
    return Catalogue.load(builtin_data("frameworks"))


def rules(id: str, version: str | None = None) -> Qualification:
    """A shipped rule document."""
    return catalogue().qualification(id, version)


def unit(
    qualification: Qualification,
    name: str,
    credits: str,
    *,
    level: str | None = None,
    provider: str = AWARDING,
    earned: date = date(2026, 3, 2),
    categories: Iterable[str] = (),
    source: str = "accredited-course",
    mode: str = "on-site",
    grade: tuple[str, str] | None = None,
    achievement: str = "",
    content: str = "",
    framework: str = "",
) -> Candidate:
    """A unit in the credits of the rules, at a level of a framework that they admit."""
    facts = UnitFacts(
        credential=f"urn:uuid:{name}",
        first_issue=f"urn:uuid:{name}",
        issuer=provider if provider.startswith("did:") else f"did:web:{provider}.example",
        subject=LEARNER,
        achievement=achievement or f"urn:achievement:{name}",
        achievement_version="1",
        title=f"Sample unit {name}",
        credits=CreditAmount(qualification.credit_system, Credits.parse(credits)),
        level=Level(framework or qualification.admits.frameworks[0], level) if level else None,
        earned=earned,
        categories=frozenset(categories),
        source_type=source,
        mode=mode,
        content=content,
        grades=(grade,) if grade else (),
    )
    return Candidate(facts, sha256(repr(facts).encode()), Credits.parse(credits))


def weigh(
    qualification: Qualification, candidates: Iterable[Candidate], *, day: date = TODAY, **more: Any
) -> Evaluation:
    """Weigh with the frameworks and credit systems that ship."""
    shipped = catalogue()
    setting = Setting(day, AWARDING, shipped.frameworks(), shipped.credit_systems(), **more)
    return evaluate(qualification, list(candidates), setting)


def blamed(found: Evaluation) -> set[str]:
    """The ids of the rules that a no names as colliding."""
    assert found.conflict is not None, "it adds up, or it was not decided"
    return {path.rsplit("/", 1)[-1] for path in found.conflict.rules}


def statuses(found: Evaluation) -> Mapping[str, Status]:
    """How each rule directly below the root stands."""
    return {child.id: child.status for child in found.tree.children}


def less(credits: str) -> str:
    """One thousandth of a credit less."""
    return str(Credits(Credits.parse(credits).thousandths - 1))


def more(credits: str) -> str:
    """One thousandth of a credit more."""
    return str(Credits(Credits.parse(credits).thousandths + 1))
