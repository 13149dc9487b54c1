"""What the bank's providers offer, as units that could be earned, with what they need before them and until when.

An offer is the newest published version of an achievement that was not withdrawn. Its unit document says which units it
needs before it (any equivalent that such a unit names does as well) and between which days it is given. A prerequisite
that only a sentence can say is left to people, and told beside the step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditbank.canonical import Digest
from creditbank.credential import Achievement, UnitFacts
from creditbank.framework import UnitDocument, read_document
from creditbank.services.ports import Transaction, UnknownRecord
from creditbank.services.records import PublishedAchievement
from creditbank.stacking import Candidate, Offer, Standing


@dataclass(frozen=True, slots=True)
class Planned:
    """An achievement (by id) that a learner means to earn, and the day on which it is expected, else today."""

    achievement: str
    expected: date | None = None
    in_progress: bool = False


def offers_of(tx: Transaction, owned: frozenset[str], today: date) -> tuple[Offer, ...]:
    """Everything on offer whose content is not among those `owned`."""
    published = _newest(tx.achievements())
    units = {one.id: _unit(one) for one in published}
    found = []
    for one in published:
        achievement = Achievement.from_json(one.document)
        if achievement.content not in owned:
            provider = tx.get_organisation(one.organisation).did
            found.append(_offer(candidate_of(achievement, provider, one.digest, today), units))
    return tuple(found)


def planned_units(tx: Transaction, planned: Sequence[Planned], learner: str, today: date) -> tuple[Candidate, ...]:
    """Units that a learner (a DID) means to earn, as they would be; raises `UnknownRecord` for what nobody offers."""
    newest = {one.id: one for one in _newest(tx.achievements())}
    found = []
    for plan in planned:
        if plan.achievement not in newest:
            raise UnknownRecord(
                f"Nobody offers the achievement {plan.achievement}.",
                next_step="`creditbank achievement list` shows what is on offer.",
            )
        one = newest[plan.achievement]
        provider = tx.get_organisation(one.organisation).did
        unit = candidate_of(Achievement.from_json(one.document), provider, one.digest, plan.expected or today)
        standing = Standing.IN_PROGRESS if plan.in_progress else Standing.PLANNED
        found.append(replace(unit, facts=replace(unit.facts, subject=learner), standing=standing))
    return tuple(found)


def _newest(published: Sequence[PublishedAchievement]) -> list[PublishedAchievement]:
    """Of each achievement the newest version, unless it was withdrawn."""
    last: dict[str, PublishedAchievement] = {}
    for one in published:
        if one.id not in last or (last[one.id].published, last[one.id].version) < (one.published, one.version):
            last[one.id] = one
    return [one for _, one in sorted(last.items()) if one.withdrawn is None]


def _unit(published: PublishedAchievement) -> UnitDocument | None:
    if published.unit is None:
        return None
    document = read_document(published.unit).document
    return document if isinstance(document, UnitDocument) else None


def _offer(unit: Candidate, units: Mapping[str, UnitDocument | None]) -> Offer:
    document = units[unit.facts.achievement]
    if document is None:
        return Offer(unit)
    needed = sorted({one.unit for one in document.prerequisites if one.unit is not None})
    return Offer(
        unit,
        after=tuple(frozenset({name, *_equivalents(units.get(name))}) for name in needed),
        since=None if document.valid_from is None else date.fromisoformat(document.valid_from),
        until=None if document.valid_until is None else date.fromisoformat(document.valid_until),
        asks=tuple(one.text for one in document.prerequisites if one.unit is None and one.text),
    )


def _equivalents(document: UnitDocument | None) -> tuple[str, ...]:
    return () if document is None or document.stackability is None else document.stackability.equivalents


def candidate_of(achievement: Achievement, provider: str, digest: Digest, earned: date) -> Candidate:
    """What a unit would be if it were earned on that day: all that its credential would sign, but no grade yet."""
    facts = UnitFacts(
        credential=achievement.id,
        first_issue=achievement.id,
        issuer=provider,
        subject="",
        achievement=achievement.id,
        achievement_version=achievement.version,
        title=achievement.name,
        credits=achievement.credits,
        level=achievement.level,
        earned=earned,
        categories=frozenset(achievement.categories),
        source_type=achievement.source_type,
        mode=achievement.mode,
        content=achievement.content,
        dimensions=frozenset(outcome.dimension for outcome in achievement.outcomes),
        fields=frozenset(field.code for field in achievement.fields),
        language=achievement.language,
        country=achievement.country,
        kind=achievement.achievement_type,
    )
    return Candidate(facts, digest, achievement.credits.credits)
