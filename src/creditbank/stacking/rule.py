"""What the words of a rule mean for one unit. The engine and the checker read rules by these definitions
alone.

**Native.** A unit is native when the framework of its level is among those the rules admit. A unit that
states no level is native when its credits are in the qualification's own credit system. A native unit's
level code is read in the qualification's framework, and its categories are those its issuer signed. A unit
of unknown level meets no condition that speaks of levels.

**Recognised.** Any other unit is admitted only by a recognition: a decision, in force on the date, about
its achievement and for the qualification's framework. It then takes its level *and its categories* from the
decision, not from its issuer.

**Counted credits.** A unit in the qualification's credit system counts as it is. Any other counts by one
conversion policy, directly from its own system and in force on the date; policies are never chained. A part
of a unit always converts rounded down (`ConversionPolicy.convert`), so parts never come to more than the
whole would.
"""

from dataclasses import dataclass
from typing import NamedTuple

from creditbank.credential.facts import UnitFacts
from creditbank.framework.common import day_before
from creditbank.framework.framework import ConversionPolicy, Recognition, UnknownLevel
from creditbank.framework.qualification import Limit, Qualification, Where
from creditbank.framework.statement import worth_in_words
from creditbank.stacking.setting import Setting
from creditbank.units import Credits


class Reason(NamedTuple):
    """Why a unit is not counted: a slug for machines, a sentence for people."""

    slug: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """An admitted unit as the rules see it. `rank` is its level's place in the qualification's framework."""

    facts: UnitFacts
    framework: str
    rank: int | None
    categories: frozenset[str]
    conversion: ConversionPolicy | None
    recognition: Recognition | None

    def counted(self, amount: Credits) -> Credits:
        """What `amount` of the unit, in its own credits, counts in the qualification's credits."""
        if self.conversion is None:
            return amount
        return self.conversion.convert(amount, whole=self.facts.credits.credits)


def is_native(facts: UnitFacts, qualification: Qualification) -> bool:
    """Whether the rules admit the unit without a recognition."""
    if facts.level is None:
        return facts.credits.system == qualification.credit_system
    return facts.level.framework in qualification.admits.frameworks


def converts(policy: ConversionPolicy, facts: UnitFacts, qualification: Qualification, setting: Setting) -> bool:
    """Whether this policy leads from the unit's credits to the qualification's, today, in one step."""
    return (
        policy.from_system == facts.credits.system
        and policy.to_system == qualification.credit_system
        and policy.valid_on(setting.date)
    )


def recognises(decision: Recognition, facts: UnitFacts, qualification: Qualification, setting: Setting) -> bool:
    """Whether this decision speaks of the unit's achievement, for the qualification's framework, today."""
    return (
        decision.achievement == facts.achievement
        and decision.achievement_version in ("", facts.achievement_version)
        and decision.framework == qualification.framework
        and decision.valid_on(setting.date)
    )


def admit(
    facts: UnitFacts,
    qualification: Qualification,
    setting: Setting,
    *,
    conversion: ConversionPolicy | None,
    recognition: Recognition | None,
) -> Weighed | Reason:
    """Weigh one unit by the decisions named, or say why it may not be counted."""
    refusal = _too_early_or_late(facts, qualification, setting)
    if refusal is not None:
        return refusal
    if is_native(facts, qualification):
        recognition = None
        code = facts.level.code if facts.level else None
        categories = facts.categories
    elif recognition is not None and recognises(recognition, facts, qualification, setting):
        code, categories = recognition.level, frozenset(recognition.categories)
    else:
        return _not_recognised(facts, qualification)
    rank = rank_of(code, qualification, setting)
    floor = qualification.admits.level_at_least
    if floor is not None:
        if rank is None:
            return Reason("level-unknown", f"Its level is not known, and only units at level {floor} or above count.")
        if rank < setting.frameworks[qualification.framework].order(floor):
            return Reason("level-too-low", f"It is at level {code}; only units at level {floor} or above count.")
    if facts.credits.system == qualification.credit_system:
        conversion = None
    elif conversion is None or not converts(conversion, facts, qualification, setting):
        return _no_conversion(facts, qualification, setting)
    framework = facts.level.framework if facts.level else qualification.framework
    return Weighed(facts, framework, rank, categories, conversion, recognition)


def rank_of(code: str | None, qualification: Qualification, setting: Setting) -> int | None:
    """The place of a level code in the qualification's framework, or None when it has none."""
    framework = setting.frameworks.get(qualification.framework)
    if code is None or framework is None:
        return None
    try:
        return framework.order(code)
    except UnknownLevel:
        return None


def _too_early_or_late(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Reason | None:
    if facts.earned > setting.date:
        return Reason("not-yet-earned", f"It was earned on {facts.earned}, after the day of this evaluation.")
    age = qualification.admits.max_age
    if age is not None and facts.earned < day_before(setting.date, age):
        oldest = day_before(setting.date, age)
        return Reason("too-old", f"It was earned on {facts.earned}; units earned before {oldest} no longer count.")
    return None


def _not_recognised(facts: UnitFacts, qualification: Qualification) -> Reason:
    origin = facts.level.framework if facts.level else facts.credits.system
    return Reason(
        "not-recognised",
        f"It belongs to {origin}, and no recognition decision says where it stands in {qualification.framework}.",
    )


def _no_conversion(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Reason:
    have, want = facts.credits.system, qualification.credit_system
    sentence = f"Its credits are {have} credits, and no policy in force converts them to {want} credits."
    source, target = setting.systems.get(have), setting.systems.get(want)
    if source is not None and target is not None:
        sentence += f" {worth_in_words(source, target)}"
    return Reason("no-conversion", sentence)


def speaks_of(where: Where, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    """Whether a rule's `where` holds for a unit: every field that is given, any one of its values."""
    facts = unit.facts
    providers = {setting.awarding if name == "awarding" else name for name in where.provider}
    holds = (
        (not where.category or not unit.categories.isdisjoint(where.category))
        and (not where.source_type or facts.source_type in where.source_type)
        and (not where.mode or facts.mode in where.mode)
        and (not where.provider or facts.issuer in providers)
        and (not where.framework or unit.framework in where.framework)
        and (not where.achievement or facts.achievement in where.achievement)
    )
    if not holds or not _level_fits(where, unit, qualification, setting):
        return False
    if where.earned_within is not None and facts.earned < day_before(setting.date, where.earned_within):
        return False
    return where.excluding is None or not speaks_of(where.excluding, unit, qualification, setting)


def _level_fits(where: Where, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    if where.level_at_least is None and where.level_at_most is None:
        return True
    if unit.rank is None:
        return False
    order = setting.frameworks[qualification.framework].order
    return (where.level_at_least is None or unit.rank >= order(where.level_at_least)) and (
        where.level_at_most is None or unit.rank <= order(where.level_at_most)
    )


def portion_of(limit: Limit, unit: Weighed, qualification: Qualification) -> str:
    """Which of a limit's portions a unit belongs to: its provider, the first day of its window, or all in
    one.
    """
    if limit.per is None:
        return ""
    if limit.per == "provider":
        return unit.facts.issuer
    return qualification.calendars[limit.per].window(unit.facts.earned).isoformat()


def lot_key(facts: UnitFacts) -> str:
    """What makes two credentials one issue: the id of the first issue, which corrections carry."""
    return facts.first_issue or facts.credential
