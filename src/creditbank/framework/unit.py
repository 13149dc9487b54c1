"""A unit of learning as its provider writes it: one version, complete enough to be weighed by a stranger.

Its keys are the union of what the EU asks of a micro-credential (Council Recommendation 2022/C 243/02, Annex I), of
the European Learning Model, and of the national standards that ask for more. A draft may leave out nearly all of
them, but what it says must be well formed; what publishing asks stands in `creditbank.framework.publishing`.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from creditbank.canonical import Json
from creditbank.framework.common import (
    CreditText,
    DateText,
    DidText,
    Document,
    DurationText,
    Id,
    LevelCode,
    Problems,
    ShareText,
    Tag,
    Term,
    Text,
    form,
)
from creditbank.framework.faults import Address

_HOURS: Final = re.compile(r"PT(?:([1-9][0-9]{0,4})H)?(?:([1-9][0-9]{0,3})M)?", re.ASCII)
_CALENDAR: Final = re.compile(r"P(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?", re.ASCII)


def hours_of(text: str) -> Fraction:
    """The hours of a time of work: `PT60H` is 60, `PT7H30M` is 15/2. The text was checked when it was read."""
    match = _HOURS.fullmatch(text)
    assert match is not None, "times of work were checked when the document was read"
    return Fraction(int(match[1] or 0)) + Fraction(int(match[2] or 0), 60)


def _time_of_work(text: str) -> str:
    match = _HOURS.fullmatch(text)
    if match is not None and (match[1] or match[2]):
        return text
    calendar = _CALENDAR.fullmatch(text)
    given = next((count for count in calendar.groups() if count), None) if calendar is not None else None
    if calendar is None or given is None:
        raise ValueError(f'{text[:40]!r} is not a time of work; sixty hours are "PT60H", seven and a half "PT7H30M"')
    units = zip(calendar.groups(), ("years", "months", "weeks", "days"), strict=True)
    meant = " and ".join(f"{count} {unit}" for count, unit in units if count)
    raise ValueError(f"{text} means {meant} (ISO 8601), and a time of work is in hours: {given} hours are PT{given}H")


HoursText = Annotated[
    str,
    AfterValidator(_time_of_work),
    Field(
        description="a learner's time in hours and minutes (ISO 8601), such as PT60H or PT7H30M",
        json_schema_extra={"pattern": r"^PT([1-9][0-9]{0,4}H)?([1-9][0-9]{0,3}M)?$"},
    ),
]
IriText = Annotated[
    str,
    form(
        r'^[A-Za-z][A-Za-z0-9+.-]{0,31}:[^\x00-\x20<>"{}|^`\\]{1,400}$',
        "an absolute identifier, such as urn:uuid:… or https://…",
    ),
]
ReferenceText = Annotated[
    str,
    form(
        r'^([a-z0-9][a-z0-9.-]{0,63}|[A-Za-z][A-Za-z0-9+.-]{0,31}:[^\x00-\x20<>"{}|^`\\]{1,400})$',
        "the id of a qualification such as mt-mqf-award, or an absolute identifier such as urn:uuid:…",
    ),
]
VersionText = Annotated[
    str,
    form(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,31}$", 'a version of letters, digits, `.`, `_`, `+` and `-`, such as "1.0"'),
]
UnitLanguage = Annotated[
    str,
    form(
        r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        "a language tag (BCP 47), such as en, pt-BR or zh-Hant",
    ),
]
UnitCountry = Annotated[str, form(r"^[A-Z]{2}$", "a country of two capital letters (ISO 3166-1), such as IN")]
FieldCode = Annotated[
    str,
    form(r"^[0-9]{2,4}$", 'a field of ISCED-F 2013 of two, three or four digits in quotes, such as "0542"'),
]
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SkillUri = Annotated[
    str,
    form(
        rf"^http://data\.europa\.eu/esco/skill/({_UUID}|[AKLST][0-9]{{1,2}}(\.[0-9]{{1,2}}){{0,3}})$",
        "an ESCO skill: http://data.europa.eu/esco/skill/ and its UUID, or the code of a group such as S2.4.1",
    ),
]
OccupationUri = Annotated[
    str,
    form(
        rf"^http://data\.europa\.eu/esco/(occupation/{_UUID}|isco/C[0-9]{{1,4}})$",
        "an ESCO occupation, http://data.europa.eu/esco/occupation/ and its UUID, or an ISCO group such as "
        "http://data.europa.eu/esco/isco/C2511",
    ),
]

Dimension = Literal["knowledge", "skills", "values"]
"""Knowledge and understanding; skills and capacity; sentiments, attitudes and values."""
Participation = Literal["online", "on-site", "blended", "volunteering", "work-experience"]
Supervision = Literal[
    "unsupervised without identity check",
    "supervised without identity check",
    "supervised online or on site with identity check",
]
"""Supervision and identity check during assessment: the EU's list (2022/C 243/02, Annex I)."""
UnitKind = Literal[
    "MicroCredential",
    "Assessment",
    "Assignment",
    "Badge",
    "Certificate",
    "CertificateOfCompletion",
    "CoCurricular",
    "CommunityService",
    "Competency",
    "Course",
    "Fieldwork",
    "LearningProgram",
]
"""The kinds of achievement in Open Badges 3.0 that a unit can be; whole degrees are qualifications."""


class UnitCredits(Document):
    """So many credits, never without their system."""

    system: Id
    points: CreditText


class UnitLevel(Document):
    """A level, in the framework and version that has it; `set_by` tells who placed the unit there, and how."""

    framework: Id
    version: Annotated[str, Field(max_length=32)] = ""
    code: LevelCode
    set_by: Annotated[str, Field(max_length=400)] = ""


class LearningOutcome(Document):
    """What the learner knows or can do afterwards. `weight` is its share of the unit, such as 1/4."""

    id: Id
    text: Text
    verb: Annotated[str, Field(max_length=60)] = ""
    dimension: Dimension | None = None
    skills: tuple[SkillUri, ...] = ()
    weight: ShareText | None = None


class GradingScale(Document):
    """A scale of results: its grades from the lowest to the highest, and the lowest that passes."""

    id: Tag
    title: Term
    grades: tuple[Term, ...] = ()
    passes_from: Term | None = None


class Assessment(Document):
    """How outcomes are assessed. `type` is a code such as `written-exam`; `grading` names the scale of its result."""

    id: Id
    type: Tag | None = None
    purpose: Literal["summative", "formative"] = "summative"
    method: Annotated[str, Field(max_length=4000)] = ""
    outcomes: tuple[Id, ...] = ()
    weight: ShareText | None = None
    grading: Tag | None = None
    pass_rule: Annotated[str, Field(max_length=4000)] = ""
    supervision: Supervision | None = None


class Activity(Document):
    """How outcomes are learned: taught, practised, studied alone or at work, where, and with whom."""

    id: Id
    title: Term
    kind: Literal["taught", "practised", "self-study", "work-based"] | None = None
    outcomes: tuple[Id, ...] = ()
    workload: HoursText | None = None
    mode: Participation | None = None
    venue: Annotated[str, Field(max_length=200)] = ""
    interaction: tuple[Literal["teacher", "peers", "environment"], ...] = ()


class Material(Document):
    """Something learners read, watch or use."""

    title: Term
    url: IriText | None = None
    tags: tuple[Tag, ...] = ()


class Content(Document):
    """A part of what is taught, with its materials."""

    id: Id
    title: Term
    outline: Annotated[str, Field(max_length=4000)] = ""
    materials: tuple[Material, ...] = ()
    outcomes: tuple[Id, ...] = ()


class QualityAssurance(Document):
    """Who stands behind the quality of the unit, and where that can be looked up."""

    type: Tag
    body: Annotated[str, Field(max_length=400)] = ""
    register_name: Annotated[str, Field(max_length=400)] = ""
    register_id: Annotated[str, Field(max_length=200)] = ""
    valid_from: DateText | None = None
    valid_until: DateText | None = None
    scope: Annotated[str, Field(max_length=4000)] = ""


class Prerequisite(Document):
    """What a learner brings: another unit, one outcome of it, or something that only a sentence can say."""

    unit: IriText | None = None
    version: Annotated[str, Field(max_length=32)] = ""
    outcome: Id | None = None
    text: Annotated[str, Field(max_length=4000)] = ""


class Stackability(Document):
    """Whether and towards what the unit counts: machine rules and not a yes or no."""

    kind: Literal["stand-alone", "stackable"]
    counts_towards: tuple[ReferenceText, ...] = ()
    excludes: tuple[IriText, ...] = ()
    equivalents: tuple[IriText, ...] = ()
    max_share: ShareText | None = None


class TemplateRef(Document):
    """The template a unit was made from."""

    id: Id
    version: Annotated[str, Field(min_length=1, max_length=32)]


class UnitDocument(Document):
    """One version of a unit: what can be earned. A draft needs `id`, `version` and `title` and no more."""

    document: Literal["creditbank/unit/v1"]
    id: IriText
    version: VersionText
    supersedes: VersionText | None = None
    changelog: Annotated[str, Field(max_length=4000)] = ""
    valid_from: DateText | None = None
    valid_until: DateText | None = None
    title: Term
    titles: dict[UnitLanguage, Term] = Field(default_factory=dict)
    description: Annotated[str, Field(max_length=4000)] = ""
    purpose: Annotated[str, Field(max_length=4000)] = ""
    language: UnitLanguage | None = None
    country: UnitCountry | None = None
    awarding_body: DidText | None = None
    provider: DidText | None = None
    criteria: Annotated[str, Field(max_length=4000)] = ""
    credits: tuple[UnitCredits, ...] = ()
    levels: tuple[UnitLevel, ...] = ()
    level_explained: Annotated[str, Field(max_length=4000)] = ""
    workload: HoursText | None = None
    contact: HoursText | None = None
    workload_explained: Annotated[str, Field(max_length=4000)] = ""
    outcomes: tuple[LearningOutcome, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    scales: tuple[GradingScale, ...] = ()
    activities: tuple[Activity, ...] = ()
    content: tuple[Content, ...] = ()
    mode: Participation | None = None
    supervision: Supervision | None = None
    quality_assurance: tuple[QualityAssurance, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    stackability: Stackability | None = None
    shelf_life: DurationText | None = None
    fields: tuple[FieldCode, ...] = ()
    occupations: tuple[OccupationUri, ...] = ()
    subject_standard: Annotated[str, Field(max_length=400)] = ""
    categories: tuple[Tag, ...] = ()
    source_type: Tag | None = None
    content_key: Annotated[str, Field(max_length=200)] = ""
    target_group: Annotated[str, Field(max_length=4000)] = ""
    cost: Annotated[str, Field(max_length=400)] = ""
    accessibility: Annotated[str, Field(max_length=4000)] = ""
    evidence_of_need: Annotated[str, Field(max_length=4000)] = ""
    tags: tuple[Tag, ...] = ()
    free_tags: tuple[Term, ...] = ()
    template: TemplateRef | None = None
    achievement_type: UnitKind = "MicroCredential"
    sample: bool = False

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := list(unit_problems(self.model_dump(mode="json", by_alias=True))):
            raise Problems(found)
        return self

    def outcome(self, id: str) -> LearningOutcome | None:
        """The outcome of this id, or None."""
        return next((one for one in self.outcomes if one.id == id), None)


Problem: TypeAlias = tuple[Address, str]


def unit_problems(plain: Json) -> Iterator[Problem]:
    """Everything in which a unit contradicts itself, each with its address and a sentence.

    Works on the plain values of a file, of which some may be malformed, so that these faults are told together with
    those of form.
    """
    if not isinstance(plain, dict):
        return
    yield from _versions(plain)
    yield from _doubles(plain)
    yield from _dangling(plain)
    yield from _weights(plain)
    yield from _amounts(plain)
    yield from _scales(plain)
    yield from _prerequisites(plain)
    yield from _stackability(plain)


_UNIQUE: Final[dict[str, tuple[str, ...]]] = {
    "credits": ("system",),
    "levels": ("framework", "version"),
    "outcomes": ("id",),
    "assessments": ("id",),
    "scales": ("id",),
    "activities": ("id",),
    "content": ("id",),
    "prerequisites": ("unit", "outcome", "text"),
    "fields": (),
    "occupations": (),
    "categories": (),
    "tags": (),
    "free_tags": (),
}
"""Lists in which nothing stands twice, and the keys that tell their entries apart (none: the entry itself)."""

_LISTS: Final = (
    ("outcomes", "skills"),
    ("assessments", "outcomes"),
    ("activities", "outcomes"),
    ("content", "outcomes"),
    ("stackability", "counts_towards"),
    ("stackability", "excludes"),
    ("stackability", "equivalents"),
)


def _entries(plain: dict[str, Json], key: str) -> Iterator[tuple[int, dict[str, Json]]]:
    found = plain.get(key)
    for index, entry in enumerate(found if isinstance(found, list) else []):
        if isinstance(entry, dict):
            yield index, entry


def _texts(value: Json) -> list[tuple[int, str]]:
    return [(index, item) for index, item in enumerate(value if isinstance(value, list) else []) if _text(item)]  # type: ignore[misc]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _period(holder: dict[str, Json], at: Address) -> Iterator[Problem]:
    first, last = holder.get("valid_from"), holder.get("valid_until")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        yield (*at, "valid_until"), f"it ends on {last}, before it starts on {first}"


def _versions(plain: dict[str, Json]) -> Iterator[Problem]:
    yield from _period(plain, ())
    for index, entry in _entries(plain, "quality_assurance"):
        yield from _period(entry, ("quality_assurance", index))
    version = plain.get("version")
    if _text(version) and plain.get("supersedes") == version:
        yield ("supersedes",), f"version {version} cannot take the place of itself"
    titles, language = plain.get("titles"), plain.get("language")
    if (
        isinstance(titles, dict)
        and isinstance(language, str)
        and titles.get(language) not in (None, plain.get("title"))
    ):
        yield ("titles", language), f"the title in {language} is another one than `title`, which is in {language} too"


def _doubles(plain: dict[str, Json]) -> Iterator[Problem]:
    for key, parts in _UNIQUE.items():
        if not parts:
            yield from _twice(_texts(plain.get(key)), (key,))
            continue
        named = [
            (index, " ".join(str(entry[part]) for part in parts if _text(entry.get(part))))
            for index, entry in _entries(plain, key)
        ]
        suffix = parts if len(parts) == 1 else ()
        yield from _twice([(index, name) for index, name in named if name], (key,), suffix)
    for key, inner in _LISTS:
        holder = plain.get(key)
        if isinstance(holder, dict):
            yield from _twice(_texts(holder.get(inner)), (key, inner))
        for index, entry in _entries(plain, key):
            yield from _twice(_texts(entry.get(inner)), (key, index, inner))


def _twice(named: Iterable[tuple[int, str]], at: Address, suffix: Address = ()) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in named:
        if name in seen:
            yield (*at, index, *suffix), f"{name[:80]!r} stands here twice"
        seen.add(name)


def _dangling(plain: dict[str, Json]) -> Iterator[Problem]:
    known = [str(entry["id"]) for _, entry in _entries(plain, "outcomes") if _text(entry.get("id"))]
    listed = ", ".join(known[:20]) or "none"
    for key in ("assessments", "activities", "content"):
        for index, entry in _entries(plain, key):
            for place, name in _texts(entry.get("outcomes")):
                if name not in known:
                    yield (
                        (key, index, "outcomes", place),
                        f"no outcome has the id {name[:80]!r}; outcomes are: {listed}",
                    )


def _weights(plain: dict[str, Json]) -> Iterator[Problem]:
    for key in ("outcomes", "assessments"):
        given = [(index, entry.get("weight")) for index, entry in _entries(plain, key)]
        stated = [(index, share) for index, text in given if (share := _share(text)) is not None]
        total = sum((share for _, share in stated), Fraction(0))
        for index, share in stated:
            if share == 0:
                yield (key, index, "weight"), "a weight of nothing says nothing; leave it out"
        if total > 1:
            yield (key,), f"the weights of the {key} come to {total}, which is more than the whole"
        elif stated and len(stated) == len(given) and total != 1:
            yield (key,), f"the weights of the {key} come to {total}, and not to the whole"


def _share(value: Json) -> Fraction | None:
    if not isinstance(value, str) or re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", value, re.ASCII) is None:
        return None
    return Fraction(value)


def _amounts(plain: dict[str, Json]) -> Iterator[Problem]:
    for index, entry in _entries(plain, "credits"):
        points = entry.get("points")
        if isinstance(points, str) and re.fullmatch(r"0+(\.0+)?", points, re.ASCII):
            yield ("credits", index, "points"), "a unit of no credits gives none; leave the entry out"
    whole = _hours(plain.get("workload"))
    contact = _hours(plain.get("contact"))
    if whole is not None and contact is not None and contact > whole:
        yield ("contact",), f"{plain['contact']} with a teacher is more than the whole workload, {plain['workload']}"
    for index, entry in _entries(plain, "activities"):
        part = _hours(entry.get("workload"))
        if whole is not None and part is not None and part > whole:
            sentence = f"{entry['workload']} of one activity is more than the whole workload, {plain['workload']}"
            yield ("activities", index, "workload"), sentence


def _hours(value: Json) -> Fraction | None:
    if not isinstance(value, str):
        return None
    match = _HOURS.fullmatch(value)
    return hours_of(value) if match is not None and (match[1] or match[2]) else None


def _scales(plain: dict[str, Json]) -> Iterator[Problem]:
    known = {entry.get("id") for _, entry in _entries(plain, "scales")}
    for index, entry in _entries(plain, "scales"):
        grades = [grade for _, grade in _texts(entry.get("grades"))]
        yield from _twice(enumerate(grades), ("scales", index, "grades"))
        least = entry.get("passes_from")
        if grades and isinstance(least, str) and least not in grades:
            yield ("scales", index, "passes_from"), f"{least[:60]!r} is none of the grades: {', '.join(grades[:20])}"
    for index, entry in _entries(plain, "assessments"):
        scale = entry.get("grading")
        if known and isinstance(scale, str) and scale not in known:
            listed = ", ".join(sorted(str(name) for name in known))
            yield ("assessments", index, "grading"), f"no scale has the id {scale[:80]!r}; scales are: {listed}"


def _prerequisites(plain: dict[str, Json]) -> Iterator[Problem]:
    own = plain.get("id")
    for index, entry in _entries(plain, "prerequisites"):
        unit = entry.get("unit")
        if _text(unit) and unit == own:
            yield ("prerequisites", index, "unit"), "a unit cannot come before itself"
        if not _text(unit) and not _text(entry.get("text")):
            yield ("prerequisites", index), "a prerequisite names a `unit`, or says in `text` what is asked"
        if not _text(unit) and (_text(entry.get("outcome")) or _text(entry.get("version"))):
            yield ("prerequisites", index), "an outcome or a version is one of a `unit`; name the unit"


def _stackability(plain: dict[str, Json]) -> Iterator[Problem]:
    stacking = plain.get("stackability")
    if not isinstance(stacking, dict):
        return
    at: Address = ("stackability",)
    share = _share(stacking.get("max_share"))
    if share is not None and not 0 < share <= 1:
        yield (*at, "max_share"), "a share lies between 0/1 and 1/1, and is not 0/1"
    if stacking.get("kind") == "stand-alone" and _texts(stacking.get("counts_towards")):
        yield (*at, "counts_towards"), "a stand-alone unit counts towards nothing; write `kind: stackable`"
    excluded = {name for _, name in _texts(stacking.get("excludes"))}
    for key in ("counts_towards", "excludes", "equivalents"):
        for index, name in _texts(stacking.get(key)):
            if name == plain.get("id"):
                yield (*at, key, index), "this is the unit itself"
            elif key == "equivalents" and name in excluded:
                yield (*at, key, index), "the same unit is excluded; equivalent units exclude each other already"


__all__ = [
    "Activity",
    "Assessment",
    "Content",
    "Dimension",
    "GradingScale",
    "HoursText",
    "IriText",
    "LearningOutcome",
    "Material",
    "Participation",
    "Prerequisite",
    "QualityAssurance",
    "Stackability",
    "Supervision",
    "TemplateRef",
    "UnitCredits",
    "UnitDocument",
    "UnitKind",
    "UnitLevel",
    "hours_of",
    "unit_problems",
]
