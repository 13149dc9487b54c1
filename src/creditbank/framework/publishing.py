"""What a unit still lacks before it can be published: each point in a sentence a teacher can act on.

The elements are those that the EU makes mandatory for a micro-credential (Council Recommendation 2022/C 243/02, Annex
I), and the few without which nobody could weigh the unit: its credits, a description, how it was earned. What a
draft contradicts itself in is told when it is read; here is told what is missing, unknown, or does not add up.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from creditbank.framework.codes import CodeLists, code_faults
from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import CreditSystem, Framework
from creditbank.framework.unit import UnitCredits, UnitDocument, hours_of


def faults_of_publishing(
    unit: UnitDocument,
    frameworks: Mapping[str, Sequence[Framework]],
    systems: Mapping[str, CreditSystem],
    codes: CodeLists,
) -> list[Fault]:
    """Everything that keeps a unit from being published, in the order of the document; empty when nothing does.

    `frameworks` are all versions of every framework by id, because a level is one of a framework's version.
    """
    return [
        *_missing(unit),
        *_title_faults(unit),
        *_outcome_faults(unit),
        *_assessment_faults(unit),
        *_weight_faults(unit),
        *_credit_faults(unit, systems),
        *_level_faults(unit, frameworks),
        *code_faults(unit, codes),
        *_version_faults(unit),
    ]


_MANDATORY: Final = (
    ("description", "what the unit is about", 'description: "…", a few sentences'),
    ("criteria", "what a learner must do to earn it", 'criteria: "…", for whoever reads the credential'),
    ("language", "in which language it is taught", "language: en"),
    ("country", "in which country the awarding body is", "country: IN"),
    ("awarding_body", "which body awards it", "awarding_body: and its DID, such as did:web:example.org"),
    ("outcomes", "what learners know, can do or value afterwards", "outcomes: with an id, a text and a dimension each"),
    ("workload", "how many hours a learner works for it in all", "workload: PT60H for sixty hours"),
    ("credits", "how many credits of which system it gives", 'credits: [{system: eu-ects, points: "2"}]'),
    ("assessments", "how the outcomes are assessed", "assessments: with an id, a type and the outcomes of each"),
    ("mode", "in which form learners take part", "mode: online, on-site, blended, volunteering or work-experience"),
    ("quality_assurance", "who assures its quality, and how", "quality_assurance: [{type: external-accreditation}]"),
    ("source_type", "what kind of learning it is, as rules ask for it", "source_type: such as taught-course"),
)
"""What must be said: the key, what it tells, and how it is written."""


def _missing(unit: UnitDocument) -> Iterator[Fault]:
    for key, words, written in _MANDATORY:
        value = getattr(unit, key)
        if value is None or (isinstance(value, str) and not value.strip()) or value == ():
            yield Fault("missing-for-publishing", (key,), f"It is not said {words}.", f"Write {written}.")


_DEGREES: Final = re.compile(
    r"\b(diplomas?|degrees?|bachelors?|masters?|doctor(?:s|al|ate)?|under-?graduate|post-?graduate)\b", re.IGNORECASE
)
_NEW_ZEALAND: Final = re.compile(r"\b(new zealand|national)\b", re.IGNORECASE)


def _title_faults(unit: UnitDocument) -> Iterator[Fault]:
    if unit.achievement_type != "MicroCredential":
        return
    titles: list[tuple[Address, str]] = [(("title",), unit.title)]
    titles += [(("titles", language), text) for language, text in unit.titles.items()]
    for address, text in titles:
        found = _DEGREES.search(text) or (_NEW_ZEALAND.search(text) if unit.country == "NZ" else None)
        if found is not None:
            yield Fault(
                "title-of-a-degree",
                address,
                f"{found[0]!r} in the title of a micro-credential makes it look like a full qualification.",
                "Choose other words, or say with achievement_type what else it is, such as Course.",
            )


def _outcome_faults(unit: UnitDocument) -> Iterator[Fault]:
    assessed = {name for one in unit.assessments for name in one.outcomes}
    for index, outcome in enumerate(unit.outcomes):
        if outcome.dimension is None:
            yield Fault(
                "outcome-without-dimension",
                ("outcomes", index),
                f"The outcome {outcome.id!r} has no dimension.",
                "Write knowledge (and understanding), skills (and capacity), or values (sentiments and attitudes).",
            )
        if outcome.id not in assessed and unit.assessments:
            yield Fault(
                "outcome-not-assessed",
                ("outcomes", index),
                f"No assessment covers the outcome {outcome.id!r}, so nobody can know who reached it.",
                f"Add {outcome.id} to the outcomes of an assessment, or leave the outcome out.",
            )


def _assessment_faults(unit: UnitDocument) -> Iterator[Fault]:
    for index, one in enumerate(unit.assessments):
        if one.type is None:
            sentence = f"The assessment {one.id!r} has no type."
            yield Fault("missing-for-publishing", ("assessments", index), sentence, "Write type: such as written-exam.")
        if not one.outcomes:
            sentence = f"The assessment {one.id!r} assesses no outcome."
            yield Fault("missing-for-publishing", ("assessments", index), sentence, "Name the outcomes it covers.")
    if unit.assessments and all(one.purpose == "formative" for one in unit.assessments):
        sentence = "Every assessment is formative, so none decides whether the unit is earned."
        yield Fault("nothing-decides", ("assessments",), sentence, "Mark what decides with purpose: summative.")


def _weight_faults(unit: UnitDocument) -> Iterator[Fault]:
    for key in ("outcomes", "assessments"):
        entries: Sequence[object] = getattr(unit, key)
        without = [place for place, one in enumerate(entries) if getattr(one, "weight", None) is None]
        if without and len(without) < len(entries):
            sentence = f"Some of the {key} have a weight and others have none."
            yield Fault("weights-incomplete", (key, without[0]), sentence, "Give each a weight, or none.")


def _credit_faults(unit: UnitDocument, systems: Mapping[str, CreditSystem]) -> Iterator[Fault]:
    for index, credit in enumerate(unit.credits):
        system = systems.get(credit.system)
        if system is None:
            sentence = f"No credit system {credit.system!r} is loaded; loaded are: {_listed(systems)}."
            yield Fault("unknown-document-named", ("credits", index, "system"), sentence, "Use one of these ids.")
        elif (found := _hours_fault(unit, index, credit, system)) is not None:
            yield found


def _hours_fault(unit: UnitDocument, index: int, credit: UnitCredits, system: CreditSystem) -> Fault | None:
    in_class = system.hours_kind == "class"
    key, stated = ("contact", unit.contact) if in_class else ("workload", unit.workload)
    if system.hours is None or unit.workload_explained.strip():
        return None
    if stated is None:
        if not in_class:
            return None  # a missing workload is told already
        sentence = f"Credits of {system.id} stand for hours in class, and contact does not say how many there are."
        return Fault("missing-for-publishing", ("contact",), sentence, "Write contact: PT45H for forty-five hours.")
    least, most = (Fraction(credit.points) * bound for bound in system.hours)
    hours = hours_of(stated)
    if least <= hours and (in_class or hours <= most):
        return None
    meant = _number(least) if least == most else f"{_number(least)} to {_number(most)}"
    meant = f"at least {_number(least)} hours in class" if in_class else f"{meant} hours of work"
    return Fault(
        "credits-against-workload",
        ("credits", index, "points"),
        f"{credit.points} credits of {system.id} stand for {meant}; {key} says {_number(hours)}.",
        f"Correct the credits or {key}, or say in workload_explained why they differ.",
    )


def _level_faults(unit: UnitDocument, frameworks: Mapping[str, Sequence[Framework]]) -> Iterator[Fault]:
    if not unit.levels and not unit.level_explained.strip():
        yield Fault(
            "missing-for-publishing",
            ("levels",),
            "It is not said at which level of which framework the unit stands.",
            "Write levels: with framework, version and code, or say in level_explained why none applies.",
        )
    for index, level in enumerate(unit.levels):
        editions = frameworks.get(level.framework)
        at: Address = ("levels", index)
        if not editions:
            sentence = f"No framework {level.framework!r} is loaded; loaded are: {_listed(frameworks)}."
            yield Fault("unknown-document-named", (*at, "framework"), sentence, "Use one of these ids.")
            continue
        known = ", ".join(one.version for one in editions)
        if not level.version:
            sentence = f"It is not said of which version of {level.framework} the level {level.code!r} is."
            yield Fault("missing-for-publishing", at, sentence, f"Write version: one of {known}.")
            continue
        edition = next((one for one in editions if one.version == level.version), None)
        if edition is None:
            sentence = f"{level.framework} has no version {level.version!r} here; its versions are: {known}."
            yield Fault("unknown-version", (*at, "version"), sentence, "Name one of these.")
        elif edition.standing == "draft":
            sentence = f"Version {level.version!r} of {level.framework} is a draft and was never in force."
            yield Fault("unknown-version", (*at, "version"), sentence, "Name a version in force.")
        elif level.code not in {one.code for one in edition.levels}:
            codes = ", ".join(one.code for one in edition.levels) or "none at all"
            sentence = f"{level.framework} ({level.version}) has no level {level.code!r}; its levels are: {codes}."
            yield Fault("unknown-level", (*at, "code"), sentence, "Spell the level as that version does.")


def _version_faults(unit: UnitDocument) -> Iterator[Fault]:
    if unit.supersedes is not None and not unit.changelog.strip():
        yield Fault(
            "missing-for-publishing",
            ("changelog",),
            f"This version takes the place of {unit.supersedes}, and it is not said what changed.",
            "Say in changelog what changed, and why.",
        )


def _listed(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or "none"


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0").rstrip(".")


__all__ = ["faults_of_publishing"]
