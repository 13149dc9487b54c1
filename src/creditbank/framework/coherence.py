"""Does a unit hang together? The machine's part of a checklist in three parts, said so that a teacher can act on it.

The parts are those of Wang (2023): objectives and outcomes; content and materials; pedagogy, interaction, venue,
modality and assessment. Each point *holds*, *does not hold*, is *not stated* (the document does not say), or is *not
judged* (it says something that no list here knows). Only what holds is a yes. What a machine cannot see is a reviewer's
part, in `creditbank.framework.reviewing`.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.canonical import Digest
from creditbank.framework.common import (
    Confidence,
    Document,
    Id,
    LevelCode,
    Problems,
    Sources,
    Tag,
    Term,
    Text,
    document_digest,
)
from creditbank.framework.faults import Address, Fault
from creditbank.framework.fitting import number
from creditbank.framework.framework import CreditSystem
from creditbank.framework.unit import (
    Activity,
    Dimension,
    LearningOutcome,
    UnitDocument,
    UnitLanguage,
    VersionText,
    hours_of,
)

Part = Literal["outcomes", "content", "pedagogy"]
PARTS: Final[Mapping[Part, str]] = {
    "outcomes": "Objectives and outcomes",
    "content": "Content and materials",
    "pedagogy": "Pedagogy, interaction, venue, modality and assessment",
}


class BandLevels(Document):
    """The levels of one framework that belong to a band."""

    framework: Id
    codes: Annotated[tuple[LevelCode, ...], Field(min_length=1)]


class VerbBand(Document):
    """A range of levels in which the same kinds of verbs are to be expected."""

    id: Id
    title: Term
    levels: Annotated[tuple[BandLevels, ...], Field(min_length=1)]


class VerbGroup(Document):
    """Verbs for one kind of doing, and the bands of levels that they fit."""

    id: Id
    title: Term
    bands: Annotated[tuple[Id, ...], Field(min_length=1)]
    verbs: Annotated[tuple[Term, ...], Field(min_length=1)]


class VagueVerb(Document):
    """A verb for what nobody can observe, and verbs that say how it would show."""

    verb: Term
    instead: Annotated[tuple[Term, ...], Field(min_length=1)]


class VerbEnding(Document):
    """How a form leads back to its verb: `drop` the ending, `add` another."""

    drop: Term
    add: Annotated[str, Field(max_length=10)] = ""


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text.casefold())


class OutcomeVerbs(Document):
    """The verbs of outcomes in one language, by the levels they fit: a classification of somebody, named in sources."""

    document: Literal["creditbank/outcome-verbs/v1"]
    id: Id
    version: VersionText
    title: Term
    language: UnitLanguage
    summary: Text
    bands: Annotated[tuple[VerbBand, ...], Field(min_length=1)]
    groups: Annotated[tuple[VerbGroup, ...], Field(min_length=1)]
    not_observable: tuple[VagueVerb, ...] = ()
    lead_ins: tuple[Term, ...] = ()
    skipped_endings: tuple[Term, ...] = ()
    endings: tuple[VerbEnding, ...] = ()
    sources: Sources
    confidence: Confidence

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        found: list[tuple[Address, str]] = []
        known = [band.id for band in self.bands]
        for place, id in enumerate(known):
            if id in known[:place]:
                found.append((("bands", place, "id"), f"the band {id!r} stands twice"))
        vague = {one.verb for one in self.not_observable}
        for place, group in enumerate(self.groups):
            for at, id in enumerate(group.bands):
                if id not in known:
                    found.append((("groups", place, "bands", at), f"no band {id!r}; bands are: {', '.join(known)}"))
            for at, verb in enumerate(group.verbs):
                if verb in vague:
                    found.append((("groups", place, "verbs", at), f"{verb!r} stands among not_observable too"))
                if verb in group.verbs[:at] or verb != verb.casefold():
                    found.append((("groups", place, "verbs", at), f"{verb!r} stands twice, or has capitals"))
        levels = [(one.framework, code) for band in self.bands for one in band.levels for code in one.codes]
        if len(set(levels)) < len(levels):
            found.append((("bands",), "a level belongs to one band only"))
        if found:
            raise Problems(found)
        return self

    def bands_of(self, verb: str) -> tuple[str, ...]:
        """The bands that a verb fits, lowest first; empty for a verb that stands in no group."""
        fitting = {id for group in self.groups if verb in group.verbs for id in group.bands}
        return tuple(band.id for band in self.bands if band.id in fitting)

    def band_at(self, framework: str, code: str) -> VerbBand | None:
        """The band of a level; None when no band speaks of that framework and level."""
        for band in self.bands:
            if any(one.framework == framework and code in one.codes for one in band.levels):
                return band
        return None

    def instead_of(self, verb: str) -> tuple[str, ...]:
        """What to write instead of a verb that nobody can observe; empty for any other verb."""
        return next((one.instead for one in self.not_observable if one.verb == verb), ())

    def examples(self, band: str) -> tuple[str, ...]:
        """A verb of each group that fits a band, for advice."""
        return tuple(group.verbs[0] for group in self.groups if band in group.bands)

    def verb_in(self, text: str) -> str | None:
        """The verb with which an outcome begins, as this list spells it; None when it is not in the list.

        Lead-ins such as "be able to" and adverbs before the verb are passed over.
        """
        words = self._after_lead_in(_words(text))
        for _ in range(3):
            if (found := self._known(words)) is not None:
                return found
            if not words or not words[0].endswith(self.skipped_endings or ("\0",)):
                return None
            words = words[1:]
        return None

    def stands_in(self, verb: str, text: str) -> bool:
        """Whether a verb, in some form of it, stands anywhere in a text."""
        words, known = _words(text), self.verb_in(verb)
        if known is None:
            return " ".join(_words(verb)) in " ".join(words)
        return any(self._known(words[at:]) == known for at in range(len(words)))

    def _after_lead_in(self, words: list[str]) -> list[str]:
        leads = sorted((lead.casefold().split() for lead in self.lead_ins), key=len, reverse=True)
        while (lead := next((one for one in leads if words[: len(one)] == one), None)) is not None:
            words = words[len(lead) :]
        return words

    def _known(self, words: list[str]) -> str | None:
        listed = {verb for group in self.groups for verb in group.verbs} | {one.verb for one in self.not_observable}
        for length in range(min(3, len(words)), 0, -1):
            for first in self._forms(words[0]):
                phrase = " ".join([first, *words[1:length]])
                if phrase in listed:
                    return phrase
        return None

    def _forms(self, word: str) -> Iterator[str]:
        yield word
        for ending in self.endings:
            if word.endswith(ending.drop) and len(word) > len(ending.drop):
                yield word[: -len(ending.drop)] + ending.add


def check_verbs(verbs: OutcomeVerbs, levels: Mapping[str, Iterable[str]]) -> list[Fault]:
    """Frameworks and levels that the bands of a list name and that do not exist, given all codes by framework."""
    found: list[Fault] = []
    for place, band in enumerate(verbs.bands):
        for at, one in enumerate(band.levels):
            here: Address = ("bands", place, "levels", at)
            if one.framework not in levels:
                sentence = f"No framework {one.framework!r} is loaded."
                found.append(Fault("unknown-document-named", (*here, "framework"), sentence))
                continue
            known = set(levels[one.framework])
            for index, code in enumerate(one.codes):
                if code not in known:
                    sentence = f"{one.framework} has no level {code!r}."
                    found.append(Fault("unknown-level", (*here, "codes", index), sentence))
    return found


class AssessmentType(Document):
    """A way of assessing, and the dimensions of outcomes that it can show."""

    type: Tag
    title: Term
    shows: Annotated[tuple[Dimension, ...], Field(min_length=1)]


class AssessmentTypes(Document):
    """Ways of assessing by their codes: a classification of somebody, named in sources."""

    document: Literal["creditbank/assessment-types/v1"]
    id: Id
    version: VersionText
    title: Term
    summary: Text
    types: Annotated[tuple[AssessmentType, ...], Field(min_length=1)]
    sources: Sources
    confidence: Confidence

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        codes = [one.type for one in self.types]
        found = [
            (("types", at, "type"), f"{code!r} stands twice") for at, code in enumerate(codes) if code in codes[:at]
        ]
        if found:
            raise Problems(found)
        return self

    def shows(self, type: str) -> tuple[Dimension, ...] | None:
        """The dimensions that a way of assessing can show; None when it is not in the list."""
        return next((one.shows for one in self.types if one.type == type), None)


@dataclass(frozen=True, slots=True)
class CoherenceLists:
    """What the machine knows when it looks at a unit: hours of credits, verbs by language, ways of assessing."""

    systems: Mapping[str, CreditSystem] = field(default_factory=dict, repr=False)
    verbs: tuple[OutcomeVerbs, ...] = field(default=(), repr=False)
    types: tuple[AssessmentTypes, ...] = field(default=(), repr=False)

    def verbs_in(self, language: str | None) -> OutcomeVerbs | None:
        """The verbs of a language, or of the language that a regional one belongs to; the newest version counts."""
        names = [language, (language or "").partition("-")[0]]
        for name in names:
            found = sorted((one for one in self.verbs if one.language == name), key=lambda one: (one.version, one.id))
            if found:
                return found[-1]
        return None

    def shows(self, type: str) -> tuple[Dimension, ...] | None:
        """The dimensions that a way of assessing can show; None when no list has it."""
        return next((known for one in self.types if (known := one.shows(type)) is not None), None)


class State(StrEnum):
    """What the machine found about one point."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    NOT_STATED = "not stated"  # the document does not say
    NOT_JUDGED = "not judged"  # it says something that no list here knows


_WORST: Final = (State.DOES_NOT_HOLD, State.NOT_STATED, State.NOT_JUDGED, State.HOLDS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its state, where in the document, and a sentence a teacher can act on."""

    state: State
    address: Address
    sentence: str


@dataclass(frozen=True, slots=True)
class CoherenceItem:
    """One point of the checklist, with everything that was found about it; there is always something."""

    id: str
    part: Part
    title: str
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of its findings."""
        states = {one.state for one in self.findings}
        return next(state for state in _WORST if state in states)


@dataclass(frozen=True, slots=True)
class CoherenceReport:
    """The machine's part of the checklist for exactly one text of a unit."""

    unit: str
    version: str
    digest: Digest
    items: tuple[CoherenceItem, ...]

    @property
    def state(self) -> State:
        """The worst of all points: it holds only when every one does."""
        states = {item.state for item in self.items}
        return next(state for state in _WORST if state in states)


def outcome_weights(outcomes: Sequence[LearningOutcome]) -> tuple[Fraction, ...] | None:
    """How much each outcome weighs: as stated, or all alike when none says; None when only some of them say."""
    given = [one.weight for one in outcomes]
    if not any(given):
        return tuple(Fraction(1, len(outcomes)) for _ in outcomes)
    if not all(given):
        return None
    return tuple(Fraction(weight or 0) for weight in given)


def outcomes_taught(unit: UnitDocument) -> frozenset[str]:
    """Ids of the outcomes that some content or some activity of kind `taught` serves."""
    content = {id for one in unit.content for id in one.outcomes}
    return frozenset(content | {id for one in unit.activities if one.kind == "taught" for id in one.outcomes})


def outcomes_practised(unit: UnitDocument) -> frozenset[str]:
    """Ids of the outcomes that learners try themselves: in an activity that is practised or work-based."""
    kinds = ("practised", "work-based")
    return frozenset(id for one in unit.activities if one.kind in kinds for id in one.outcomes)


def outcomes_assessed(unit: UnitDocument) -> frozenset[str]:
    """Ids of the outcomes that some assessment covers."""
    return frozenset(id for one in unit.assessments for id in one.outcomes)


Found = Iterator[Finding]
Look = Callable[[UnitDocument, CoherenceLists], Found]

_NO_OUTCOMES: Final = "No outcome is stated yet: say what learners know, can do or value afterwards."


def check_coherence(unit: UnitDocument, lists: CoherenceLists) -> CoherenceReport:
    """Look at every point of the checklist that a machine can see."""
    items = []
    for id, (part, title, look) in _CHECKLIST.items():
        findings = tuple(look(unit, lists))
        assert findings, "a point about which nothing was found would look like a yes"
        items.append(CoherenceItem(id, part, title, findings))
    return CoherenceReport(unit.id, unit.version, document_digest(unit), tuple(items))


def _holds(sentence: str, *address: str | int) -> Finding:
    return Finding(State.HOLDS, address, sentence)


def _fails(sentence: str, *address: str | int) -> Finding:
    return Finding(State.DOES_NOT_HOLD, address, sentence)


def _silent(sentence: str, *address: str | int) -> Finding:
    return Finding(State.NOT_STATED, address, sentence)


def _open(sentence: str, *address: str | int) -> Finding:
    return Finding(State.NOT_JUDGED, address, sentence)


def _or_holds(found: Iterable[Finding], sentence: str, *address: str | int) -> Found:
    """What was found, or the sentence that says that nothing is wrong; only for what has been looked at."""
    listed = list(found)
    yield from listed or [_holds(sentence, *address)]


def _purpose(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if unit.purpose.strip():
        yield _holds("The purpose is stated.", "purpose")
    else:
        yield _silent("Say in `purpose` what the unit is for, and for whom.", "purpose")


def _outcomes(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.outcomes:
        yield _silent(_NO_OUTCOMES, "outcomes")
    elif len(unit.outcomes) > MOST_OUTCOMES:
        sentence = f"{len(unit.outcomes)} outcomes are more than a small unit can teach and assess; join some of them."
        yield _fails(sentence, "outcomes")
    else:
        yield _holds(f"{_count(len(unit.outcomes), 'outcome')} stated.", "outcomes")


MOST_OUTCOMES: Final = 12
"""Of our own making: more outcomes than this are rarely each taught, practised and assessed in one small unit."""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


_DIMENSIONS: Final[Mapping[str, str]] = {
    "knowledge": "knowledge and understanding",
    "skills": "skills and capacity",
    "values": "sentiments, attitudes and values",
}


def _dimensions(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.outcomes:
        yield _silent(_NO_OUTCOMES, "outcomes")
        return
    untyped = [index for index, one in enumerate(unit.outcomes) if one.dimension is None]
    for index in untyped:
        sentence = f"Say in which dimension the outcome {unit.outcomes[index].id!r} lies: knowledge, skills or values."
        yield _silent(sentence, "outcomes", index)
    covered = {one.dimension for one in unit.outcomes}
    missing = [words for dimension, words in _DIMENSIONS.items() if dimension not in covered]
    if missing and not untyped:
        for words in missing:
            yield _fails(f"No outcome lies in {words}: add one, or let a reviewer say why none is meant.", "outcomes")
    elif not missing and not untyped:
        yield _holds("There are outcomes in all three dimensions.", "outcomes")


def _verb(verbs: OutcomeVerbs, outcome: LearningOutcome) -> tuple[str | None, str]:
    """The verb of an outcome as the list knows it, and as it stands in the document."""
    text = outcome.verb or outcome.text
    return verbs.verb_in(text), outcome.verb or " ".join(text.split()[:3])


def _observable(unit: UnitDocument, lists: CoherenceLists) -> Found:
    verbs = yield from _verbs_for(unit, lists)
    if verbs is None:
        return
    for index, outcome in enumerate(unit.outcomes):
        verb, shown = _verb(verbs, outcome)
        instead = verbs.instead_of(verb or "")
        if outcome.verb and not verbs.stands_in(outcome.verb, outcome.text):
            sentence = (
                f"`verb` of {outcome.id!r} is {outcome.verb!r}, and its text does not say so; correct one of them."
            )
            yield _fails(sentence, "outcomes", index, "verb")
        elif verb is None:
            sentence = f"{shown!r}: the list of verbs has no verb that {outcome.id!r} begins with, so nobody judged it."
            yield _open(sentence, "outcomes", index, "text")
        elif instead:
            sentence = f"Nobody can see whether a learner does {verb!r}; write what would show it, such as "
            yield _fails(f"{sentence}{_or(instead)}.", "outcomes", index, "text")
        else:
            yield _holds(f"{outcome.id!r} says what can be seen: {verb}.", "outcomes", index, "text")


def _verbs_for(unit: UnitDocument, lists: CoherenceLists) -> Generator[Finding, None, OutcomeVerbs | None]:
    """The list of verbs for a unit, given back; what stands in its way is yielded."""
    if not unit.outcomes:
        yield _silent(_NO_OUTCOMES, "outcomes")
        return None
    if unit.language is None:
        yield _silent("Say in `language` which language the outcomes are in.", "language")
        return None
    verbs = lists.verbs_in(unit.language)
    if verbs is None:
        yield _open(f"There is no list of verbs in {unit.language}, so nobody judged them.", "language")
    return verbs


def _fit_level(unit: UnitDocument, lists: CoherenceLists) -> Found:
    verbs = yield from _verbs_for(unit, lists)
    if verbs is None:
        return
    if not unit.levels:
        yield _silent("No level is stated, so no verb can fit it; name a framework and its level.", "levels")
        return
    banded = [
        (level, band) for level in unit.levels if (band := verbs.band_at(level.framework, level.code)) is not None
    ]
    if not banded:
        yield _open(f"The list of verbs says nothing about level {_levels(unit)}.", "levels")
        return
    for index, outcome in enumerate(unit.outcomes):
        verb, shown = _verb(verbs, outcome)
        bands = verbs.bands_of(verb or "")
        at: Address = ("outcomes", index, "text")
        if verb is None or not bands:
            yield _open(f"{verb or shown!r} stands in no group of verbs, so nobody judged it.", *at)
            continue
        wrong = [(level, band) for level, band in banded if band.id not in bands]
        if not wrong:
            yield _holds(f"{verb!r} fits level {_levels(unit)}.", *at)
            continue
        level, band = wrong[0]
        where = "below" if _rank(verbs, bands[-1]) < _rank(verbs, band.id) else "above"
        sentence = f"{verb!r} is usual {where} level {level.code} of {level.framework}; there one would write, say, "
        yield _fails(f"{sentence}{_or(verbs.examples(band.id))}.", *at)


def _rank(verbs: OutcomeVerbs, band: str) -> int:
    return [one.id for one in verbs.bands].index(band)


def _levels(unit: UnitDocument) -> str:
    return ", ".join(f"{one.code} of {one.framework}" for one in unit.levels)


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _workload(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if unit.workload is None:
        yield _silent("Say in `workload` how many hours a learner works in all, such as PT60H.", "workload")
        return
    if not unit.activities:
        yield _silent("No activity is stated, so the workload cannot be added up.", "activities")
        return
    without = [index for index, one in enumerate(unit.activities) if one.workload is None]
    for index in without:
        title = unit.activities[index].title
        yield _silent(f"Say how many hours {title!r} takes, such as PT4H.", "activities", index, "workload")
    whole = hours_of(unit.workload)
    parts = sum((hours_of(one.workload) for one in unit.activities if one.workload is not None), Fraction(0))
    if parts > whole:
        sentence = f"The activities take {number(parts)} hours, more than the {number(whole)} hours of the whole unit."
        yield _fails(f"{sentence} Correct the one or the other.", "workload")
    elif parts < whole and not without:
        gap = f"The activities take {number(parts)} of {number(whole)} hours"
        if unit.workload_explained.strip():
            yield _open(f"{gap}; the rest is explained in words, which a reviewer judges.", "workload_explained")
        else:
            sentence = f"{gap}. Add what fills the other {number(whole - parts)} (own study, preparing for assessment)."
            yield _fails(sentence, "activities")
    elif not without:
        yield _holds(f"The activities take {number(parts)} hours, which is the workload.", "workload")


def _credits(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.credits:
        yield _silent("No credits are stated; name their system and how many.", "credits")
    for index, one in enumerate(unit.credits):
        system = lists.systems.get(one.system)
        at: Address = ("credits", index)
        if system is None or system.hours is None:
            yield _open(f"Nothing is known about the hours of a credit of {one.system}.", *at)
            continue
        key = "contact" if system.hours_kind == "class" else "workload"
        text = unit.contact if key == "contact" else unit.workload
        if text is None:
            yield _silent(f"Say in `{key}` how many hours stand behind the credits.", key)
            continue
        least, most = (bound * Fraction(one.points) for bound in system.hours)
        stated = hours_of(text)
        span = number(least) if least == most else f"{number(least)} to {number(most)}"
        if least <= stated <= most:
            yield _holds(f"{one.points} credits of {one.system} stand for {span} hours; {key} says so.", *at)
        elif unit.workload_explained.strip():
            sentence = f"{one.points} credits of {one.system} stand for {span} hours, and {key} is {number(stated)}; "
            yield _open(f"{sentence}the difference is explained in words, which a reviewer judges.", *at)
        else:
            sentence = f"{one.points} credits of {one.system} stand for {span} hours, and {key} is {number(stated)}. "
            yield _fails(f"{sentence}Correct one of them, or explain it in workload_explained.", *at)


def _each_covered(unit: UnitDocument, covered: frozenset[str], done: str, step: str) -> Found:
    if not unit.outcomes:
        yield _silent(_NO_OUTCOMES, "outcomes")
        return
    missing = [
        _fails(f"The outcome {one.id!r} is not {done}. {step}", "outcomes", index)
        for index, one in enumerate(unit.outcomes)
        if one.id not in covered
    ]
    yield from _or_holds(missing, f"Every outcome is {done}.", "outcomes")


def _taught(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.content and not unit.activities:
        yield _silent("Neither content nor activities are stated, so nothing is taught yet.", "content")
        return
    step = "Name it in a part of `content`, or in an activity of kind taught."
    yield from _each_covered(unit, outcomes_taught(unit), "taught", step)


def _content_serves(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.content:
        yield _silent("No content is stated: name its parts, and which outcome each serves.", "content")
        return
    idle = [
        _fails(f"The part {one.title!r} serves no outcome; name those it serves, or leave it out.", "content", index)
        for index, one in enumerate(unit.content)
        if not one.outcomes
    ]
    yield from _or_holds(idle, "Every part of the content serves an outcome.", "content")


def _materials(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.content:
        yield _silent("No content is stated, so no materials either.", "content")
        return
    bare = [
        _silent(f"Name what learners read, watch or use for {one.title!r}.", "content", index, "materials")
        for index, one in enumerate(unit.content)
        if not one.materials
    ]
    yield from _or_holds(bare, "Every part of the content names its materials.", "content")


def _materials_in_reach(unit: UnitDocument, lists: CoherenceLists) -> Found:
    named = [(place, at, one) for place, part in enumerate(unit.content) for at, one in enumerate(part.materials)]
    if not named:
        yield _silent("No materials are named, so nobody can say whether learners reach them.", "content")
        return
    if unit.mode is None:
        yield _silent("Say in `mode` in which form learners take part.", "mode")
        return
    if unit.mode != "online":
        yield _holds(f"Learners of a unit that is {unit.mode} can be handed what has no address.", "mode")
        return
    found = [
        _silent(
            f"Say where online learners find {one.title!r}: give its url.", "content", place, "materials", at, "url"
        )
        for place, at, one in named
        if one.url is None
    ]
    yield from _or_holds(found, "Online learners are told where every material is.", "content")


def _practised(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.activities:
        yield _silent("No activities are stated, so nothing is practised yet.", "activities")
        return
    step = "Name it in an activity of kind practised or work-based."
    yield from _each_covered(unit, outcomes_practised(unit), "practised", step)


def _assessed(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.assessments:
        yield _silent("No assessment is stated, so nobody can know who reached the outcomes.", "assessments")
        return
    yield from _each_covered(unit, outcomes_assessed(unit), "assessed", "Name it in an assessment, or leave it out.")


def _activities_serve(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.activities:
        yield _silent("No activities are stated.", "activities")
        return
    idle = [
        _fails(f"The activity {one.title!r} serves no outcome; name those it serves.", "activities", index)
        for index, one in enumerate(unit.activities)
        if not one.outcomes
    ]
    yield from _or_holds(idle, "Every activity serves an outcome.", "activities")


def _assessments_serve(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.assessments:
        yield _silent("No assessment is stated.", "assessments")
        return
    idle = [
        _fails(f"The assessment {one.id!r} covers no outcome; name those it covers.", "assessments", index)
        for index, one in enumerate(unit.assessments)
        if not one.outcomes
    ]
    yield from _or_holds(idle, "Every assessment covers an outcome.", "assessments")


def _weights(unit: UnitDocument, lists: CoherenceLists) -> Found:
    deciding = [(index, one) for index, one in enumerate(unit.assessments) if one.purpose == "summative"]
    if not deciding:
        yield _silent("No assessment is stated that decides whether the unit is earned.", "assessments")
        return
    if len(deciding) == 1 and deciding[0][1].weight is None:
        yield _holds("One assessment decides, so it weighs all.", "assessments")
        return
    without = [
        _silent(f"Say how much the assessment {one.id!r} weighs, such as 1/2.", "assessments", index)
        for index, one in deciding
        if one.weight is None
    ]
    total = sum((Fraction(one.weight) for _, one in deciding if one.weight is not None), Fraction(0))
    if not without and total != 1:
        without = [_fails(f"The assessments that decide weigh {total} together, and not the whole.", "assessments")]
    yield from _or_holds(without, "The weights of the assessments add up to the whole.", "assessments")


def _fit_dimensions(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.outcomes or not unit.assessments:
        yield _silent("Outcomes and assessments must be stated before they can fit.", "assessments")
        return
    for index, outcome in enumerate(unit.outcomes):
        at: Address = ("outcomes", index)
        if outcome.dimension is None:
            yield _silent(f"The outcome {outcome.id!r} has no dimension.", *at)
            continue
        types = [one.type for one in unit.assessments if outcome.id in one.outcomes]
        if not types:
            yield _silent(f"No assessment covers the outcome {outcome.id!r}.", *at)
            continue
        known = [shown for type in types if type is not None and (shown := lists.shows(type)) is not None]
        if any(outcome.dimension in shown for shown in known):
            yield _holds(f"{outcome.id!r} is assessed in a way that can show {outcome.dimension}.", *at)
        elif None in types:
            yield _silent(f"Say of which type the assessments of {outcome.id!r} are.", *at)
        elif len(known) < len(types):
            unknown = sorted({type for type in types if type is not None and lists.shows(type) is None})
            yield _open(f"No list here knows what {_or(unknown)} can show.", *at)
        else:
            listed = _or(sorted({type for type in types if type is not None}))
            sentence = f"{outcome.id!r} lies in {_DIMENSIONS[outcome.dimension]}, which {listed} cannot show by itself."
            yield _fails(f"{sentence} Add a way of assessing that can.", *at)


_WITH: Final[Mapping[str, str]] = {
    "teacher": "with a teacher",
    "peers": "with each other",
    "environment": "with their surroundings (a workplace, a laboratory, data, the field)",
}


def _interaction(unit: UnitDocument, lists: CoherenceLists) -> Found:
    said = {whom for one in unit.activities for whom in one.interaction}
    if not said:
        yield _silent("Say of each activity with whom learners interact: teacher, peers, environment.", "activities")
        return
    missing = [
        _fails(f"In no activity do learners interact {words}. Add it, or let a reviewer say why not.", "activities")
        for whom, words in _WITH.items()
        if whom not in said
    ]
    yield from _or_holds(missing, "Learners interact with teachers, peers and their surroundings.", "activities")


_AT_A_PLACE: Final = frozenset({"on-site", "blended", "work-experience", "volunteering"})
_ON_SCREEN: Final = frozenset({"online", "blended"})


def _participation(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if unit.mode is None:
        yield _silent("Say in `mode` in which form learners take part.", "mode")
        return
    if not unit.activities:
        yield _silent(
            "No activities are stated, so the form of participation cannot be compared with them.", "activities"
        )
        return
    look = {"online": _all_online, "on-site": _all_on_site, "blended": _mixed}.get(unit.mode, _at_work)
    yield from _or_holds(look(unit), f"The activities agree with the unit, which is {unit.mode}.", "mode")


def _all_online(unit: UnitDocument) -> Found:
    for index, one in enumerate(unit.activities):
        if one.mode is not None and one.mode != "online":
            sentence = f"The unit is online, and {one.title!r} is {one.mode}. Call the unit blended, or change it."
            yield _fails(sentence, "activities", index, "mode")
        elif one.mode is None and one.venue:
            sentence = f"The unit is online, and {one.title!r} has a venue. Say in its `mode` how learners take part."
            yield _silent(sentence, "activities", index, "mode")


def _all_on_site(unit: UnitDocument) -> Found:
    for index, one in enumerate(unit.activities):
        if one.mode in _ON_SCREEN:
            sentence = f"The unit is on site, and {one.title!r} is {one.mode}. Call the unit blended, or change it."
            yield _fails(sentence, "activities", index, "mode")


def _mixed(unit: UnitDocument) -> Found:
    said = {one.mode for one in unit.activities}
    for modes, words in ((_ON_SCREEN, "online"), (_AT_A_PLACE, "at a place")):
        if modes & said:
            continue
        sentence = f"The unit is blended, and no activity is said to be {words}."
        if None in said:
            yield _silent(f"{sentence} Say of each activity in its `mode` how learners take part.", "activities")
        else:
            yield _fails(f"{sentence} Add one, or call the unit what it is.", "activities")


def _at_work(unit: UnitDocument) -> Found:
    if any(one.kind == "work-based" or one.mode == unit.mode for one in unit.activities):
        return
    sentence = f"The unit is {unit.mode}, and no activity is work-based or has this mode."
    yield _fails(f"{sentence} Say which one is.", "activities")


def _venues(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.activities:
        yield _silent("No activities are stated.", "activities")
        return
    found = [finding for index, one in enumerate(unit.activities) for finding in _venue(unit, index, one)]
    yield from _or_holds(found, "Every activity that takes place somewhere says where.", "activities")


def _venue(unit: UnitDocument, index: int, activity: Activity) -> Found:
    mode = activity.mode or unit.mode
    if mode is None:
        sentence = f"Say how learners take part in {activity.title!r} (`mode`), and where (`venue`)."
        yield _silent(sentence, "activities", index, "mode")
    elif mode in _AT_A_PLACE and activity.kind != "self-study" and not activity.venue.strip():
        sentence = f"Say where {activity.title!r} takes place, such as laboratory, workplace or seminar room."
        yield _silent(sentence, "activities", index, "venue")


def _supervised(unit: UnitDocument, lists: CoherenceLists) -> Found:
    if not unit.assessments:
        yield _silent("No assessment is stated.", "assessments")
        return
    if unit.supervision is not None:
        yield _holds("It is stated how assessments are supervised.", "supervision")
        return
    found = [
        _silent(f"Say whether the assessment {one.id!r} is supervised, and identity checked.", "assessments", index)
        for index, one in enumerate(unit.assessments)
        if one.supervision is None
    ]
    yield from _or_holds(found, "Of every assessment it is stated how it is supervised.", "assessments")


_CHECKLIST: Final[Mapping[str, tuple[Part, str, Look]]] = {
    "purpose-stated": ("outcomes", "The unit says what it is for", _purpose),
    "outcomes-stated": ("outcomes", "It has outcomes, and no more than it can serve", _outcomes),
    "dimensions-covered": ("outcomes", "Outcomes lie in all three dimensions", _dimensions),
    "outcomes-observable": ("outcomes", "Outcomes say what can be seen", _observable),
    "verbs-fit-level": ("outcomes", "The verbs of the outcomes fit the level", _fit_level),
    "workload-adds-up": ("outcomes", "The activities add up to the workload", _workload),
    "credits-fit-workload": ("outcomes", "Credits and workload agree", _credits),
    "outcomes-taught": ("content", "Every outcome is taught", _taught),
    "content-serves-outcomes": ("content", "No content without an outcome", _content_serves),
    "materials-stated": ("content", "Materials are named", _materials),
    "materials-in-reach": ("content", "Learners can reach the materials", _materials_in_reach),
    "outcomes-practised": ("pedagogy", "Every outcome is practised", _practised),
    "activities-serve-outcomes": ("pedagogy", "No activity without an outcome", _activities_serve),
    "interaction": ("pedagogy", "Learners interact with teachers, peers and surroundings", _interaction),
    "participation-agrees": ("pedagogy", "Activities agree with the form of participation", _participation),
    "venues-stated": ("pedagogy", "It is said where activities take place", _venues),
    "outcomes-assessed": ("pedagogy", "Every outcome is assessed", _assessed),
    "assessments-serve-outcomes": ("pedagogy", "No assessment without an outcome", _assessments_serve),
    "assessment-weights": ("pedagogy", "The weights of assessments add up", _weights),
    "assessment-fits-dimensions": ("pedagogy", "Assessments can show what they assess", _fit_dimensions),
    "supervision-stated": ("pedagogy", "It is said how assessments are supervised", _supervised),
}

ITEMS: Final[tuple[str, ...]] = tuple(_CHECKLIST)
"""The points of the checklist, by the ids that reviews use."""


__all__ = [
    "ITEMS",
    "PARTS",
    "AssessmentTypes",
    "CoherenceItem",
    "CoherenceLists",
    "CoherenceReport",
    "Finding",
    "OutcomeVerbs",
    "State",
    "check_coherence",
    "check_verbs",
    "outcome_weights",
    "outcomes_assessed",
    "outcomes_practised",
    "outcomes_taught",
]
