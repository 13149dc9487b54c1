"""What a weighing starts from: the learner's units, and the documents and decisions of the body that
awards.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from creditbank.canonical import Digest, JsonObject
from creditbank.credential.facts import UnitFacts
from creditbank.errors import BadInput, Refused
from creditbank.framework.decision import Acceptance
from creditbank.framework.excepting import ExceptedRules
from creditbank.framework.exception import RuleException
from creditbank.framework.faults import Address
from creditbank.framework.framework import ConversionPolicy, CreditSystem, Framework, Recognition
from creditbank.framework.qualification import Limit, Qualification
from creditbank.stacking.messages import Wording
from creditbank.units import Credits

if TYPE_CHECKING:  # few rules ask a register
    from creditbank.framework.register import Register


class RulesNotInForce(Refused):
    """The rule document does not apply on the date of the evaluation."""

    slug = "rules-not-in-force"


class MissingFramework(BadInput):
    """The rules speak of levels, and the framework that orders those levels was not given."""

    slug = "missing-framework"


class RuleNotWeighed(Refused):
    """The rules hold something that the engine cannot weigh exactly; it weighs nothing rather than ignore it."""

    slug = "rule-not-weighed"


class IndicativeRules(Refused):
    """The rules rest on what is known from memory only, and nobody has decided to use it."""

    slug = "indicative-rules"


class Standing(StrEnum):
    """Whether a unit is earned. Only what is earned counts; a what-if may count the rest too."""

    EARNED = "earned"
    IN_PROGRESS = "in progress"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """So much of a unit, in its own credits, counts for an award (by id) of a qualification (by id) already.

    `by` is the body (a DID) that made the award, empty where it is the one that weighs. `title` puts a name in
    sentences; no rule looks at it.
    """

    award: str
    qualification: str
    amount: Credits
    by: str = ""
    title: str = ""

    def to_json(self) -> JsonObject:
        """What is held as it stands in an evaluation."""
        return {
            "award": self.award,
            "qualification": self.qualification,
            "amount": str(self.amount),
            **({"by": self.by} if self.by else {}),
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit that may be counted: its signed facts, its credential's digest, and how much of it is left.

    `available` is in the unit's own credit system. `expires` is the last day on which it may be counted,
    where there is one. For a unit that is not earned yet (in progress, planned, or of a catalogue), `facts` say what it
    would be; its day of earning is then the day on which it is expected. `held` is what counts for other awards: rules
    that absorb one of these may count it again, when that award is given up.
    """

    facts: UnitFacts
    digest: Digest
    available: Credits
    expires: datetime.date | None = None
    revoked: bool = False
    standing: Standing = Standing.EARNED
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """The date, the awarding body (a DID), and the documents it weighs by.

    `conversions`, `recognitions` and `acceptances` are those the awarding body adopts; whether it may is for
    verification to ask. `exceptions` may be of other learners, texts and days too: those that hold for the learner are
    picked out (`excepting`); `learner` tells whose they are where no unit does. `register` is the one by which it
    judges who is accredited. `names` puts a name in sentences where only a DID is known; no rule looks at it.
    """

    date: datetime.date
    awarding: str
    frameworks: Mapping[str, Framework]
    systems: Mapping[str, CreditSystem]
    conversions: tuple[ConversionPolicy, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    register: "Register | None" = None
    acceptances: tuple[Acceptance, ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    learner: str = ""
    wording: Wording = field(default_factory=Wording)

    def name_of(self, did: str) -> str:
        """A body as a person would call it, or its DID."""
        return self.names.get(did, did)


def level_codes(qualification: Qualification) -> list[str]:
    """Every level code that the rules compare with, in document order."""
    found = [qualification.admits.level_at_least]
    found += [part.level for bundle in qualification.bundles for part in bundle.parts]
    for _, where in qualification.every_choice():
        found += [where.level_at_least, where.level_at_most]
    return [code for code in found if code is not None]


def not_weighed(qualification: Qualification) -> Iterator[tuple[str, str]]:
    """What the engine does not weigh, each as the path of its rule (or its address in the document) and a reason."""
    for address, where in qualification.every_choice():
        for grade in (where.grade.at_least, where.grade.at_most) if where.grade is not None else ():
            scale = qualification.grading.get(where.grade.scale) if where.grade is not None else None
            if scale is None or (grade is not None and scale.rank(grade) is None):
                yield _dotted(address), "its grade is none of a scale that this document gives under `grading`"
    for path, node in qualification.nodes():
        if isinstance(node, Limit) and node.grading is not None and node.grading not in qualification.grading:
            yield path, f"this document gives no scale {node.grading!r} under `grading`"
    written = qualification.original if isinstance(qualification, ExceptedRules) else qualification
    known = {node.id for _, node in written.nodes()}  # what stood below a waived group is shared with nothing
    for entry in qualification.sharing:
        for end in sorted(set(entry.between) - known):
            yield f"sharing/{entry.id}", f"there is no node {end!r} to share with"


def _dotted(address: Address) -> str:
    return ".".join(map(str, address))


def require_applicable(qualification: Qualification, setting: Setting) -> None:
    """Raise when these rules cannot be applied in this setting at all.

    `RuleNotWeighed` when they hold what the engine cannot weigh, `IndicativeRules` when they rest on what nobody has
    accepted, `RulesNotInForce` outside the document's own dates and its transition, `MissingFramework` when its levels
    have no order here, `creditbank.framework.UnknownLevel` when it names a level that its framework does not have.
    """
    unweighed = next(not_weighed(qualification), None)
    if unweighed is not None:
        raise RuleNotWeighed(
            f"A rule of {qualification.id} {qualification.version} cannot be weighed: {unweighed[1]}.",
            place=unweighed[0],
            next_step="Leave this rule to a person under `checked_by_people`, or write it in another way.",
        )
    day = setting.date.isoformat()
    last = qualification.transition.until if qualification.transition else qualification.valid_until
    if not qualification.valid_from <= day <= (last or "9999-12-31"):
        until = f" until {qualification.valid_until}" if qualification.valid_until else ""
        raise RulesNotInForce(
            f"Version {qualification.version} of {qualification.id} is in force from {qualification.valid_from}{until},"
            f" not on {day}.",
            next_step="Choose the version in force on that day.",
        )
    _require_levels(qualification, setting)
    acceptances_used(qualification, setting)


def begun_by(qualification: Qualification, day: datetime.date) -> datetime.date | None:
    """The day by which a learner must have begun for these rules still to apply, or None where nothing asks for one."""
    transition, last = qualification.transition, qualification.valid_until
    if transition is None or last is None or day.isoformat() <= last:
        return None
    return datetime.date.fromisoformat(transition.begun_by)


def acceptances_used(qualification: Qualification, setting: Setting) -> tuple[Acceptance, ...]:
    """The acceptances by which these rules may be used although they rest on what is only indicative, by id.

    Indicative are the document, a rule, a permission to share, or a level that a rule compares with, of confidence
    `L`. Raises `IndicativeRules` when no acceptance covers one of them. A credit system is not asked about: a sum
    compares credits of one system and never looks at their hours.
    """
    found: dict[str, Acceptance] = {}
    for what, decision in _indicative(qualification, setting):
        if decision is None:
            raise IndicativeRules(
                f"{qualification.id} {qualification.version} rests on what is known from memory only: {what}.",
                place=what,
                next_step="A body that takes it upon itself says so by an acceptance, by name and for a time.",
            )
        found[decision.id] = decision
    return tuple(found[name] for name in sorted(found))


def _indicative(qualification: Qualification, setting: Setting) -> Iterator[tuple[str, Acceptance | None]]:
    if "L" in (qualification.confidence, *(entry.confidence for entry in qualification.sharing)):
        yield qualification.id, accepted(qualification, setting)
    for path, node in qualification.nodes():
        if node.confidence == "L":
            yield path, accepted(qualification, setting, node=path)
    framework = setting.frameworks.get(qualification.framework)
    for code in dict.fromkeys(level_codes(qualification)):
        if framework is not None and framework.is_indicative(code):
            yield f"level {code} of {framework.id}", accepted(framework, setting, level=code)


def accepted(
    document: Qualification | Framework, setting: Setting, *, node: str = "", level: str = ""
) -> Acceptance | None:
    """The acceptance that covers this part of a document: the awarding body's own first, then the last decided."""
    found = [one for one in setting.acceptances if one.covers(document, setting.date, node=node, level=level)]
    found.sort(key=lambda one: (one.by == setting.awarding, one.decided, one.id), reverse=True)
    return found[0] if found else None


def _require_levels(qualification: Qualification, setting: Setting) -> None:
    codes = level_codes(qualification)
    if not codes:
        return
    framework = setting.frameworks.get(qualification.framework)
    if framework is None:
        raise MissingFramework(
            f"{qualification.id} compares levels of {qualification.framework}, but that framework was not given.",
            next_step=f"Give the framework document of {qualification.framework}.",
        )
    for code in codes:
        framework.order(code)


__all__ = [
    "Candidate",
    "Held",
    "IndicativeRules",
    "MissingFramework",
    "RuleNotWeighed",
    "RulesNotInForce",
    "Setting",
    "Standing",
    "acceptances_used",
    "accepted",
    "begun_by",
    "level_codes",
    "require_applicable",
]
