"""What the words of a rule mean for one unit. The engine and the checker read rules by these definitions
alone.

**Native.** A unit is native when the framework of its level is among those the rules admit. A unit that
states no level is native when its credits are in the qualification's own credit system. A native unit's
level code is read in the qualification's framework, and its categories are those its issuer signed. A unit
of unknown level meets no condition that speaks of levels.

A level that the qualification's framework knows from memory only is *indicative*: where these rules compare levels,
such a unit has none, until a recognition gives it one. Its categories stay those that its issuer signed.

**Recognised.** Any other unit is admitted only by a recognition: a decision, in force on the date, about
its achievement and for the qualification's framework. It then takes its level *and its categories* from the
decision, not from its issuer.

**Counted credits.** A unit in the qualification's credit system counts as it is. Any other counts by one
conversion policy, directly from its own system and in force on the date; policies are never chained. A part
of a unit always converts rounded down (`ConversionPolicy.convert`), so parts never come to more than the
whole would.

**Standing for another.** Where a rule names an achievement, all of its class of `equivalents` are meant, and what
`substitutes` accept instead of any of these, with the classes of what they accept. That is one step of each: what is
accepted for a substitute is not accepted for what it substitutes.

**Accredited.** Where the rules ask for it, the register that the awarding body goes by must say that the unit's issuer
was accredited, on the day it was earned, for its fields, level and kind. What the register does not know is no yes.

**In parts.** A credential whose achievement is that of a bundle of the rules is weighed as the parts of it. Each is
a unit with an achievement, credits and whatever else the rules state of it, and for the rest as the credential says;
a recognition and a register are asked about the credential. Of a credential that has fewer credits than its parts come
to nothing counts.

**Attempted.** A rule over attempted units runs over every unit that was given, once, with all of its credits: too old,
at too low a level, not recognised, used elsewhere or failed, it was attempted. A unit that nobody's policy converts
adds nothing to a minimum; any other rule that asks for its amount, or for anybody's size, cannot be told and does not
hold.

**Unknown is no.** A unit without a field, a grade on the scale that is asked for, or a source type fits no rule that
asks for one, and belongs to none of the portions that are cut by it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from creditbank.credential.facts import UnitFacts
from creditbank.framework.common import day_before
from creditbank.framework.excepting import ExceptedRules, NamedCredential, choice_of
from creditbank.framework.exception import RuleException
from creditbank.framework.framework import (
    ConversionPolicy,
    CreditSystem,
    Recognition,
    UnknownLevel,
    conversion_interval,
    year_ratio,
)
from creditbank.framework.qualification import (
    Bundle,
    Exclusion,
    Leaf,
    Limit,
    Part,
    Prerequisite,
    Qualification,
    Requirement,
    Sharing,
    Where,
)
from creditbank.framework.rules import FIELD_PORTIONS, PORTIONS, choices, within
from creditbank.stacking.messages import Wording
from creditbank.stacking.setting import Setting, level_codes
from creditbank.units import CreditAmount, Credits


class Reason(NamedTuple):
    """Why a unit is not counted: a slug for machines, a sentence for people."""

    slug: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """An admitted unit as the rules see it.

    `rank` is its level's place in the qualification's framework, `stands_for` every achievement that a rule may name
    to speak of this unit.
    """

    facts: UnitFacts
    framework: str
    rank: int | None
    categories: frozenset[str]
    conversion: ConversionPolicy | None
    recognition: Recognition | None
    stands_for: frozenset[str] = frozenset()
    worth_known: bool = True
    """False for a unit that was attempted and that no policy converts: what it is worth here nobody can say."""
    part: str = ""
    """Which part of a bundle it is, by id; `facts` are then those of the part."""
    credential: Credits | None = None
    """What the whole credential has, where this is a part of it: a part of that is rounded as one."""

    def counted(self, amount: Credits) -> Credits:
        """What `amount` of the unit, in its own credits, counts in the qualification's credits."""
        if self.conversion is None:
            return amount
        return self.conversion.convert(amount, whole=self.credential or self.facts.credits.credits)

    @property
    def size(self) -> Credits:
        """What the whole unit is worth in the qualification's credits."""
        return self.counted(self.facts.credits.credits)


def bundle_of(facts: UnitFacts, qualification: Qualification) -> Bundle | None:
    """What these rules take the credential apart into, or None where they weigh it as one unit."""
    for one in qualification.bundles:
        if one.achievement == facts.achievement:
            return one
    return None


def parts_of(facts: UnitFacts, qualification: Qualification) -> tuple[str, ...]:
    """The parts a credential is weighed as, by id; a credential that is one unit has one part without a name."""
    bundle = bundle_of(facts, qualification)
    if bundle is None or bundle.credits > facts.credits.credits:
        return ("",)
    return tuple(part.id for part in bundle.parts)


def counts_once(qualification: Qualification) -> frozenset[str]:
    """The achievements that stand as a part of a bundle: each counts once, earned so or by itself."""
    return frozenset(part.achievement for bundle in qualification.bundles for part in bundle.parts)


def achievement_of(facts: UnitFacts, part: str, qualification: Qualification) -> str:
    """What a unit, or this part of a bundle, was earned for."""
    bundle = bundle_of(facts, qualification)
    parts = () if bundle is None else bundle.parts
    return next((one.achievement for one in parts if one.id == part), facts.achievement)


def facts_of_part(facts: UnitFacts, part: Part) -> UnitFacts:
    """A part as a unit: what the rules say of it, and for the rest what its credential says.

    The same content is told by its achievement, and no longer by the key of the whole.
    """
    return replace(
        facts,
        achievement=part.achievement,
        title=part.title or facts.title,
        credits=CreditAmount(facts.credits.system, Credits.parse(part.credits)),
        categories=frozenset(part.categories) or facts.categories,
        fields=frozenset(part.fields) or facts.fields,
        dimensions=frozenset(part.dimensions) or facts.dimensions,
        content="",
    )


def _part_named(facts: UnitFacts, name: str, qualification: Qualification, setting: Setting) -> Part | Reason | None:
    """The part of a bundle by its id; None for a unit that is none; a reason where the two do not fit."""
    bundle = bundle_of(facts, qualification)
    part = None if bundle is None else next((one for one in bundle.parts if one.id == name), None)
    if bundle is not None and bundle.credits > facts.credits.credits:
        told = setting.wording.say("rule.bundle-differs", parts=bundle.credits, credits=facts.credits)
        return Reason("bundle-differs", told)
    if (bundle is None and name) or (bundle is not None and part is None):
        return Reason("no-such-part", setting.wording.say("rule.no-such-part", part=name))
    return part


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
    part: str = "",
) -> Weighed | Reason:
    """Weigh one unit (or this part of a bundle) by the decisions named, or say why it may not be counted."""
    own = _part_named(facts, part, qualification, setting)
    if isinstance(own, Reason):
        return own
    refusal = _too_early_or_late(facts, qualification, setting)
    if refusal is not None:
        return refusal
    standing = _standing(facts, qualification, setting, recognition)
    if standing is None:
        return _not_recognised(facts, qualification, setting)
    code, categories, recognition = standing
    if own is not None:
        code, categories = own.level or code, frozenset(own.categories) or categories
    rank = rank_of(code, qualification, setting)
    refusal = _below_floor(facts, code, rank, qualification, setting)
    if refusal is None and qualification.admits.accredited:
        refusal = _not_accredited(facts, setting)
    if refusal is not None:
        return refusal
    if facts.credits.system == qualification.credit_system:
        conversion = None
    elif conversion is None or not converts(conversion, facts, qualification, setting):
        return _no_conversion(facts, qualification, setting)
    framework = facts.level.framework if facts.level else qualification.framework
    unit, whole = (facts, None) if own is None else (facts_of_part(facts, own), facts.credits.credits)
    named = stands_for(unit.achievement, qualification)
    weighed = Weighed(unit, framework, rank, categories, conversion, recognition, named, part=part, credential=whole)
    if not speaks_of(qualification.admits.where, weighed, qualification, setting):
        return _not_admitted(weighed, qualification, setting)
    return weighed


def _not_admitted(unit: Weighed, qualification: Qualification, setting: Setting) -> Reason:
    exceptions = qualification.exceptions if isinstance(qualification, ExceptedRules) else ()
    for one in exceptions:
        if (
            one.kind == "block"
            and one.node == qualification.requires.id
            and is_named(one, unit, qualification, setting)
        ):
            return Reason("blocked", setting.wording.say("rule.blocked", exception=one.id, reason=one.reason))
    return Reason("not-admitted", setting.wording.say("rule.not-admitted"))


def is_named(one: RuleException, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    """Whether an exception names this unit: this very credential, or whatever stands for its achievement."""
    return bool(one.names) and speaks_of(choice_of(one), unit, qualification, setting)


def attempt(
    facts: UnitFacts,
    qualification: Qualification,
    setting: Setting,
    *,
    conversion: ConversionPolicy | None,
    recognition: Recognition | None,
    part: str = "",
) -> Weighed:
    """An attempted unit (or this part of a bundle) as the rules see it, whether it may be counted or not.

    Without the recognition that it would need it has neither level nor categories; without a policy that converts it,
    its worth is not known.
    """
    code, categories, decided = _standing(facts, qualification, setting, recognition) or (None, frozenset(), None)
    piece = _part_named(facts, part, qualification, setting)
    unit, whole = facts, None
    if isinstance(piece, Part):
        code, categories = piece.level or code, frozenset(piece.categories) or categories
        unit, whole = facts_of_part(facts, piece), facts.credits.credits
    own = facts.credits.system == qualification.credit_system
    policy = (
        None if own or conversion is None or not converts(conversion, facts, qualification, setting) else conversion
    )
    return Weighed(
        unit,
        facts.level.framework if facts.level else qualification.framework,
        rank_of(code, qualification, setting),
        categories,
        policy,
        decided,
        stands_for(unit.achievement, qualification),
        worth_known=own or policy is not None,
        part=part,
        credential=whole,
    )


def _standing(
    facts: UnitFacts, qualification: Qualification, setting: Setting, recognition: Recognition | None
) -> tuple[str | None, frozenset[str], Recognition | None] | None:
    """A unit's level and categories, and the recognition they rest on; None when it needs one that it has not."""
    decided = recognition is not None and recognises(recognition, facts, qualification, setting)
    if not is_native(facts, qualification):
        if recognition is None or not decided:
            return None
        return recognition.level, frozenset(recognition.categories), recognition
    if not is_unsure(facts, qualification, setting):
        return facts.level.code if facts.level else None, facts.categories, None
    if recognition is None or not decided:
        return None, facts.categories, None
    return recognition.level, facts.categories, recognition


def _below_floor(
    facts: UnitFacts, code: str | None, rank: int | None, qualification: Qualification, setting: Setting
) -> Reason | None:
    floor = qualification.admits.level_at_least
    if floor is None:
        return None
    if rank is None and is_unsure(facts, qualification, setting):
        return indicative_level(facts, qualification, setting)
    if rank is None:
        return Reason("level-unknown", setting.wording.say("rule.level-unknown", floor=floor))
    if rank < setting.frameworks[qualification.framework].order(floor):
        return Reason("level-too-low", setting.wording.say("rule.level-too-low", level=code or "", floor=floor))
    return None


def indicative_level(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Reason:
    """Why a unit has no level although its issuer states one, and which decision would give it one."""
    code = facts.level.code if facts.level is not None else "none"
    sentence = setting.wording.say("rule.indicative-level", level=code, framework=qualification.framework)
    return Reason("indicative-level", sentence)


def _not_accredited(facts: UnitFacts, setting: Setting) -> Reason | None:
    """What the register says against counting a unit, or None. That it does not know is a reason of its own."""
    if setting.register is None:
        return Reason("accreditation-unknown", setting.wording.say("rule.no-register"))
    from creditbank.framework.register import Provision, Refusal

    levels = () if facts.level is None else ((facts.level.framework, facts.level.code),)
    asked = Provision(tuple(sorted(facts.fields)), levels, facts.kind, facts.achievement)
    found = setting.register.accreditation_of(facts.issuer, facts.earned, asked)
    if not isinstance(found, Refusal):
        return None
    told = setting.wording.say(f"rule.register-{found.reason}", told=found.sentence)
    return Reason("not-accredited" if found.known else "accreditation-unknown", told)


def is_unsure(facts: UnitFacts, qualification: Qualification, setting: Setting) -> bool:
    """Whether a native unit's level is only indicative, and these rules compare levels."""
    framework = setting.frameworks.get(qualification.framework)
    if framework is None or facts.level is None or not is_native(facts, qualification):
        return False
    return facts.level.code in framework.indicative_levels and bool(level_codes(qualification))


def stands_for(achievement: str, qualification: Qualification) -> frozenset[str]:
    """Every achievement in whose place this one is accepted; itself first of all."""
    if not qualification.equivalents and not qualification.substitutes:
        return frozenset((achievement,))
    own = equal_to(achievement, qualification)
    found = set(own)
    for substitute in qualification.substitutes:
        if not own.isdisjoint(substitute.accepted):
            found |= equal_to(substitute.instead_of, qualification)
    return frozenset(found)


def equal_to(achievement: str, qualification: Qualification) -> set[str]:
    """The achievement and its class of equivalents."""
    classes = (one.achievements for one in qualification.equivalents if achievement in one.achievements)
    return {achievement}.union(*classes)


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
        return Reason("not-yet-earned", setting.wording.say("rule.not-yet-earned", day=facts.earned))
    age = qualification.admits.max_age
    if age is not None and facts.earned < day_before(setting.date, age):
        oldest = day_before(setting.date, age)
        return Reason("too-old", setting.wording.say("rule.too-old", day=facts.earned, oldest=oldest))
    return None


def _not_recognised(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Reason:
    origin = facts.level.framework if facts.level else facts.credits.system
    sentence = setting.wording.say("rule.not-recognised", origin=origin, framework=qualification.framework)
    return Reason("not-recognised", sentence)


def _no_conversion(facts: UnitFacts, qualification: Qualification, setting: Setting) -> Reason:
    have, want = facts.credits.system, qualification.credit_system
    sentence = setting.wording.say("rule.no-conversion", have=have, want=want)
    source, target = setting.systems.get(have), setting.systems.get(want)
    if source is not None and target is not None:
        sentence = setting.wording.sentences(sentence, _worth(source, target, setting.wording))
    return Reason("no-conversion", sentence)


def _worth(source: CreditSystem, target: CreditSystem, wording: Wording) -> str:
    """What one credit would be worth by hours and by full-time year; it converts nothing."""
    interval, year = conversion_interval(source, target), year_ratio(source, target)
    told: dict[str, str] = {} if year is None else {"year": str(year)}
    message = "rule.worth-year-hours" if year is not None else "rule.worth-hours"
    if interval is not None and interval[0] == interval[1]:
        return wording.say(f"{message}-exactly", worth=str(interval[0]), **told)
    if interval is not None:
        return wording.say(f"{message}-between", least=str(interval[0]), most=str(interval[1]), **told)
    silent = next((system for system in (source, target) if system.hours is None), None)
    if silent is not None:
        return wording.say(f"{message}-unknown", system=silent.id, **told)
    return wording.say(
        f"{message}-unlike",
        source=source.id,
        source_hours=wording.say(f"rule.hours-{source.hours_kind}"),
        target=target.id,
        target_hours=wording.say(f"rule.hours-{target.hours_kind}"),
        **told,
    )


def speaks_of(where: Where, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    """Whether a rule's `where` holds for a unit: every field that is given, any one of its values."""
    return all(test(unit) for test in meaning(where, qualification, setting))


Test = Callable[[Weighed], bool]


def meaning(where: Where, qualification: Qualification, setting: Setting) -> tuple[Test, ...]:
    """What a rule's `where` asks of a unit, each condition as a test; all of them must hold, and none is left out."""
    if isinstance(where, NamedCredential):
        return (lambda unit: where.means(unit.facts.credential, unit.facts.first_issue),)
    tests: list[Test] = []
    if where.category or where.provider or where.framework or where.achievement:
        tests.append(lambda unit: _named(where, unit, setting))
    if _is_described(where):
        tests.append(lambda unit: _described(where, unit))
    if _is_sized(where) or _is_dated(where):
        tests.append(lambda unit: _sized_and_dated(where, unit, setting))
    if where.level_at_least is not None or where.level_at_most is not None:
        tests.append(lambda unit: _level_fits(where, unit, qualification, setting))
    if where.grade is not None:
        tests.append(lambda unit: _grade_fits(where, unit, qualification))
    if where.any_of:
        ways = [meaning(one, qualification, setting) for one in where.any_of]
        tests.append(lambda unit: any(all(test(unit) for test in way) for way in ways))
    if where.excluding is not None:
        barred = meaning(where.excluding, qualification, setting)
        tests.append(lambda unit: not all(test(unit) for test in barred))
    return tuple(tests)


def _is_described(where: Where) -> bool:
    asked = where.source_type or where.mode or where.achievement_type or where.field
    return bool(asked or where.dimension or where.language or where.country)


def _is_sized(where: Where) -> bool:
    return where.size_at_least is not None or where.size_at_most is not None


def _is_dated(where: Where) -> bool:
    return where.earned_within is not None or where.earned_from is not None or where.earned_until is not None


def _named(where: Where, unit: Weighed, setting: Setting) -> bool:
    """What the rules of this award call it, and whose it is."""
    return (
        (not where.category or not unit.categories.isdisjoint(where.category))
        and (not where.provider or _issued_by(where, unit, setting))
        and (not where.framework or unit.framework in where.framework)
        and (not where.achievement or not unit.stands_for.isdisjoint(where.achievement))
    )


def _issued_by(where: Where, unit: Weighed, setting: Setting) -> bool:
    issuer = unit.facts.issuer
    return issuer in where.provider or (issuer == setting.awarding and "awarding" in where.provider)


def _described(where: Where, unit: Weighed) -> bool:
    """How its issuer describes it. A language is compared without its region, a field with all that it contains."""
    facts = unit.facts
    return (
        (not where.source_type or facts.source_type in where.source_type)
        and (not where.mode or facts.mode in where.mode)
        and (not where.achievement_type or facts.kind in where.achievement_type)
        and (not where.field or any(code.startswith(where.field) for code in facts.fields))
        and (not where.dimension or not facts.dimensions.isdisjoint(where.dimension))
        and (not where.language or facts.language.partition("-")[0].lower() in where.language)
        and (not where.country or facts.country in where.country)
    )


def _sized_and_dated(where: Where, unit: Weighed, setting: Setting) -> bool:
    day = unit.facts.earned
    if not unit.worth_known and (where.size_at_least is not None or where.size_at_most is not None):
        return False
    return (
        (where.size_at_least is None or unit.size >= Credits.parse(where.size_at_least))
        and (where.size_at_most is None or unit.size <= Credits.parse(where.size_at_most))
        and (where.earned_within is None or day >= day_before(setting.date, where.earned_within))
        and (where.earned_from is None or day.isoformat() >= where.earned_from)
        and (where.earned_until is None or day.isoformat() <= where.earned_until)
    )


def _grade_fits(where: Where, unit: Weighed, qualification: Qualification) -> bool:
    """Whether its grade lies in the range, by this document's order of grades. No grade there, no fit."""
    assert where.grade is not None, "only a choice by grade is asked"
    scale, grade = qualification.grading.get(where.grade.scale), unit.facts.grade_on(where.grade.scale)
    rank = scale.rank(grade) if scale is not None and grade is not None else None
    if scale is None or rank is None:
        return False
    least = scale.rank(where.grade.at_least) if where.grade.at_least is not None else rank
    most = scale.rank(where.grade.at_most) if where.grade.at_most is not None else rank
    return least is not None and most is not None and least <= rank <= most


def _level_fits(where: Where, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    if unit.rank is None:
        return False
    order = setting.frameworks[qualification.framework].order
    return (where.level_at_least is None or unit.rank >= order(where.level_at_least)) and (
        where.level_at_most is None or unit.rank <= order(where.level_at_most)
    )


def portions_of(limit: Limit, unit: Weighed, qualification: Qualification) -> tuple[str, ...]:
    """The portions of a limit to which a unit belongs: all in one, its window of a calendar, or its keys.

    Where a limit names several categories, these are its portions, and no others that its units carry besides.
    """
    if limit.per is None:
        return ("",)
    if limit.per == "category" and len(limit.where.category) > 1:
        return tuple(name for name in keys_of("category", unit) if name in limit.where.category)
    if limit.per in PORTIONS:
        return keys_of(limit.per, unit)
    return (qualification.calendars[limit.per].window(unit.facts.earned).isoformat(),)


def keys_of(word: str, unit: Weighed) -> tuple[str, ...]:
    """What a unit goes by: its provider, achievement or source type, or its fields to so many digits."""
    facts = unit.facts
    if word == "provider":
        return (facts.issuer,) if facts.issuer else ()
    if word in FIELD_PORTIONS:
        digits = FIELD_PORTIONS[word]
        return tuple(sorted({code[:digits] for code in facts.fields if len(code) >= digits}))
    if word == "category":
        return tuple(sorted(unit.categories))
    key = {"achievement": facts.achievement, "source-type": facts.source_type}[word]
    return (key,) if key else ()


def fits_place(node: Requirement, unit: Weighed, qualification: Qualification, setting: Setting) -> bool:
    """Whether a unit may fill a requirement. Where all its units go by one key, a unit without a key does not."""
    return has_key(node, unit) and speaks_of(node.where, unit, qualification, setting)


def has_key(node: Requirement, unit: Weighed) -> bool:
    """Whether a unit has what all units of this requirement have to have in common, if that is asked."""
    return node.same is None or bool(keys_of(node.same, unit))


def permission(one: str, other: str, qualification: Qualification) -> Sharing | None:
    """The entry that lets one unit fill both of these requirements (by path): the first in document order, or None."""
    above, beside = set(one.split("/")), set(other.split("/"))
    for entry in qualification.sharing:
        ends, others = above.intersection(entry.between), beside.intersection(entry.between)
        if ends and others and len(ends | others) > 1:
            return entry
    return None


def points_of(scale: str, unit: Weighed, qualification: Qualification) -> Fraction | None:
    """What its grade on this scale is worth, or None when it is left out of means and sums of points."""
    grading, grade = qualification.grading.get(scale), unit.facts.grade_on(scale)
    return grading.points(grade) if grading is not None and grade is not None else None


def times_of(node: Limit, unit: Weighed, qualification: Qualification, setting: Setting) -> Fraction:
    """How many times a unit weighs in a mean or a sum of points: as the first of `weights` that speaks of it says."""
    for one in node.weights:
        if speaks_of(one.where, unit, qualification, setting):
            return Fraction(one.times)
    return Fraction(1)


def weight_of(unit: Weighed, qualification: Qualification, setting: Setting) -> Fraction | int:
    """What a unit weighs where units are counted: one, or half where the rules say so."""
    half = qualification.admits.half_units
    return Fraction(1, 2) if half is not None and speaks_of(half, unit, qualification, setting) else 1


_MINIMA: Final = (
    *("credits_at_least", "units_at_least", "distinct_at_least", "in_one_at_least", "in_each_at_least"),
    *("last_at_least", "points_at_least"),
)


def over_attempted(node: object) -> bool:
    """Whether a rule runs over all attempted units, and not over what counts."""
    return isinstance(node, Limit | Prerequisite | Exclusion) and node.over == "attempted"


def weighs_attempts(qualification: Qualification) -> bool:
    """Whether any rule runs over all attempted units."""
    return any(over_attempted(node) for _, node in qualification.nodes())


def unknowable(
    node: Leaf, attempts: Sequence[Weighed], qualification: Qualification, setting: Setting
) -> Weighed | None:
    """The first attempted unit whose unknown worth leaves open whether this rule over attempts holds, or None."""
    unknown = [unit for unit in attempts if not unit.worth_known]
    half = qualification.admits.half_units if _counts_units(node) else None
    asked = [choice for _, choice in choices(node)] + ([half] if half is not None else [])
    if unknown and any(_asks_for_size(where) for choice in asked for _, where in within((), choice)):
        return unknown[0]
    if isinstance(node, Limit) and node.of_last is not None:  # what is none of these may reach beyond the edge
        return next((unit for unit in unknown if not speaks_of(node.where, unit, qualification, setting)), None)
    if not isinstance(node, Limit) or node.bound in _MINIMA or not _needs_amounts(node):
        return None
    base = node.base or Where()
    for unit in unknown:
        spoken = node.share is not None or speaks_of(node.where, unit, qualification, setting)
        graded = node.grading is None or points_of(node.grading, unit, qualification) is not None
        if spoken and graded and speaks_of(base, unit, qualification, setting):
            return unit
    return None


def _asks_for_size(where: Where) -> bool:
    return where.size_at_least is not None or where.size_at_most is not None


def _counts_units(node: Leaf) -> bool:
    if isinstance(node, Exclusion):
        return False
    by_units = isinstance(node, Limit) and (node.units_at_most is not None or node.weigh_by == "units")
    return by_units or node.units_at_least is not None


def _needs_amounts(node: Limit) -> bool:
    if node.share is not None or node.mean_at_least is not None:
        return node.weigh_by == "credits"
    return node.credits_at_most is not None


def lot_key(facts: UnitFacts) -> str:
    """What makes two credentials one issue: the id of the first issue, which corrections carry."""
    return facts.first_issue or facts.credential
