"""What a weighing starts from: the learner's units, and the documents and decisions of the body that
awards.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from creditbank.canonical import Digest
from creditbank.credential.facts import UnitFacts
from creditbank.errors import BadInput, Refused
from creditbank.framework.framework import ConversionPolicy, CreditSystem, Framework, Recognition
from creditbank.framework.qualification import Limit, Qualification, Requirement, Where
from creditbank.units import Credits


class RulesNotInForce(Refused):
    """The rule document does not apply on the date of the evaluation."""

    slug = "rules-not-in-force"


class MissingFramework(BadInput):
    """The rules speak of levels, and the framework that orders those levels was not given."""

    slug = "missing-framework"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit that may be counted: its signed facts, its credential's digest, and how much of it is left.

    `available` is in the unit's own credit system. `expires` is the last day on which it may be counted,
    where there is one. For a unit of a catalogue, not earned yet, `facts` say what it would be.
    """

    facts: UnitFacts
    digest: Digest
    available: Credits
    expires: datetime.date | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """The date, the awarding body (a DID), and the documents it weighs by.

    `conversions` and `recognitions` are those the awarding body adopts; whether it may is for verification
    to ask. `names` puts a name in sentences where only a DID is known; no rule looks at it.
    """

    date: datetime.date
    awarding: str
    frameworks: Mapping[str, Framework]
    systems: Mapping[str, CreditSystem]
    conversions: tuple[ConversionPolicy, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, did: str) -> str:
        """A body as a person would call it, or its DID."""
        return self.names.get(did, did)


def level_codes(qualification: Qualification) -> list[str]:
    """Every level code that the rules compare with, in document order."""
    found = [qualification.admits.level_at_least]
    for _, node in qualification.nodes():
        where: Where | None = node.where if isinstance(node, Requirement | Limit) else None
        while where is not None:
            found += [where.level_at_least, where.level_at_most]
            where = where.excluding
    return [code for code in found if code is not None]


def require_applicable(qualification: Qualification, setting: Setting) -> None:
    """Raise when these rules cannot be applied in this setting at all.

    `RulesNotInForce` outside the document's own dates, `MissingFramework` when its levels have no order here,
    `creditbank.framework.UnknownLevel` when it names a level that its framework does not have.
    """
    day = setting.date.isoformat()
    if not qualification.valid_from <= day <= (qualification.valid_until or "9999-12-31"):
        until = f" until {qualification.valid_until}" if qualification.valid_until else ""
        raise RulesNotInForce(
            f"Version {qualification.version} of {qualification.id} is in force from {qualification.valid_from}{until},"
            f" not on {day}.",
            next_step="Choose the version in force on that day.",
        )
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
    "MissingFramework",
    "RulesNotInForce",
    "Setting",
    "level_codes",
    "require_applicable",
]
