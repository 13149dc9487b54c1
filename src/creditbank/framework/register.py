"""A register: which body was accredited for what and when, and which qualifications it may award.

A document of this kind is a *snapshot*, dated by `taken`. It answers for days up to that day and for none after it:
what was renewed or withdrawn since stands in no file that was written before. Every question is asked as of a day, and
every no says why; a no that only means "it does not say" is told apart from one that the register knows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from creditbank.framework.common import (
    CountryText,
    DateText,
    DidText,
    Document,
    Id,
    LevelCode,
    Problems,
    Sources,
    Tag,
    Term,
    Text,
    form,
)
from creditbank.framework.faults import Address

MAX_BODIES: Final = 10_000
MAX_OF_A_BODY: Final = 2_000
_FOREVER: Final = "9999-12-31"

BodyId = Annotated[
    str,
    form(
        r"^[A-Za-z0-9][A-Za-z0-9._:/%-]{0,399}$",
        "a DID or an id of a register, such as did:web:example.org or DEQARINST0001",
    ),
]
FieldText = Annotated[
    str, form(r"^[0-9]{2,4}$", 'a field of ISCED-F 2013 in quotes: two, three or four digits, such as "0613"')
]
ProvisionKind = Literal[
    "micro-credential", "course", "certificate", "diploma", "degree", "programme", "apprenticeship", "licence"
]

KINDS_BY_ACHIEVEMENT_TYPE: Final[dict[str, ProvisionKind]] = {
    "MicroCredential": "micro-credential",
    "Badge": "micro-credential",
    "Course": "course",
    "Competency": "course",
    "Achievement": "course",
    "Assessment": "course",
    "Assignment": "course",
    "Fieldwork": "course",
    "Certificate": "certificate",
    "CertificateOfCompletion": "certificate",
    "Certification": "certificate",
    "MasterCertificate": "certificate",
    "Diploma": "diploma",
    "SecondarySchoolDiploma": "diploma",
    "GeneralEducationDevelopment": "diploma",
    "AssociateDegree": "degree",
    "BachelorDegree": "degree",
    "Degree": "degree",
    "DoctoralDegree": "degree",
    "MasterDegree": "degree",
    "ProfessionalDoctorate": "degree",
    "ResearchDoctorate": "degree",
    "LearningProgram": "programme",
    "ApprenticeshipCertificate": "apprenticeship",
    "JourneymanCertificate": "apprenticeship",
    "License": "licence",
}
"""What a register calls the achievement types of Open Badges 3.0 (its enumeration `AchievementType`)."""


def kind_of(achievement_type: str) -> str:
    """The register's word for an achievement type; a word of the register stays, and what has none is empty."""
    if achievement_type in KINDS_BY_ACHIEVEMENT_TYPE.values():
        return achievement_type
    return KINDS_BY_ACHIEVEMENT_TYPE.get(achievement_type, "")


class Withdrawal(Document):
    """From this day on it no longer holds; what was decided before stays as it was."""

    since: DateText
    reason: Text


class _Dated(Document):
    """What holds from a day, until a day (both belong to it) or without an end, unless it is withdrawn."""

    valid_from: DateText
    valid_until: DateText | None = None
    withdrawn: Withdrawal | None = None

    def _times_problems(self) -> list[tuple[Address, str]]:
        found: list[tuple[Address, str]] = []
        if self.valid_until is not None and self.valid_until < self.valid_from:
            found.append((("valid_until",), f"it ends on {self.valid_until}, before it starts on {self.valid_from}"))
        if self.withdrawn is not None and self.withdrawn.since > (self.valid_until or _FOREVER):
            sentence = f"it is withdrawn on {self.withdrawn.since}, when it has ended on {self.valid_until} already"
            found.append((("withdrawn", "since"), sentence))
        return found

    def _untimely(self, on: str) -> "tuple[Reason, str] | None":
        """Why it does not hold on this day, or None."""
        if on < self.valid_from:
            return Reason.NOT_YET, f"holds only from {self.valid_from}"
        if self.withdrawn is not None and self.withdrawn.since <= on:
            return Reason.WITHDRAWN, f"was withdrawn on {self.withdrawn.since}: {self.withdrawn.reason.rstrip('.')}"
        if on > (self.valid_until or _FOREVER):
            return Reason.LAPSED, f"lapsed after {self.valid_until}"
        return None


class LevelScope(Document):
    """Levels of one framework that an accreditation speaks of."""

    framework: Id
    codes: Annotated[tuple[LevelCode, ...], Field(min_length=1, max_length=64)]


class Programme(Document):
    """A programme that was looked at: the id of its qualification or achievement, further ids of it, its title."""

    id: Term
    also: Annotated[tuple[Term, ...], Field(max_length=32)] = ()
    title: Term | None = None


class Accreditation(_Dated):
    """One decision of one agency about one body: for what, since when, under which conditions.

    `fields`, `levels` and `kinds` each limit it; a list that is left out limits nothing. An accreditation of kind
    `programme` speaks of its `programmes` alone, and never of whatever else the body offers. Only `accredited`, with
    conditions or without, ever covers anything: `evaluated` says that somebody looked and accredited nothing by it.
    """

    id: Term
    by: Term
    kind: Literal["institution", "programme"]
    decision: Literal["accredited", "accredited-with-conditions", "refused", "evaluated"]
    fields: Annotated[tuple[FieldText, ...], Field(max_length=500)] = ()
    levels: Annotated[tuple[LevelScope, ...], Field(max_length=32)] = ()
    kinds: Annotated[tuple[ProvisionKind, ...], Field(max_length=16)] = ()
    programmes: Annotated[tuple[Programme, ...], Field(max_length=500)] = ()
    conditions: Annotated[tuple[Text, ...], Field(max_length=64)] = ()
    note: str = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = self._times_problems()
        if (self.kind == "programme") != bool(self.programmes):
            found.append((("programmes",), "an accreditation of kind `programme` names its programmes, and no other"))
        if (self.decision == "accredited-with-conditions") != bool(self.conditions):
            sentence = "conditions stand with the decision `accredited-with-conditions`, and with no other"
            found.append((("conditions",), sentence))
        if not self.accredits and self.withdrawn is not None:
            found.append((("withdrawn",), "only what was accredited can be withdrawn"))
        found += _twice((scope.framework for scope in self.levels), ("levels",), "framework")
        found += _twice((one.id for one in self.programmes), ("programmes",), "id")
        if found:
            raise Problems(found)
        return self

    @property
    def accredits(self) -> bool:
        """Whether its decision accredits at all."""
        return self.decision in ("accredited", "accredited-with-conditions")


class Entitlement(_Dated):
    """A qualification that a body may award, in one version or, with none named, in any."""

    qualification: Term
    version: Annotated[str, Field(min_length=1, max_length=32)] | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := self._times_problems():
            raise Problems(found)
        return self


class Identifier(Document):
    """An id that a body has elsewhere: the scheme, such as `eter`, `ror` or `erasmus`, and the id in it.

    A question names it with its scheme, `eter:XX0001`.
    """

    scheme: Tag
    value: Term


class Body(Document):
    """One body, with every accreditation the register has of it.

    `id` is a DID or the register's own id; `dids` and `identifiers` are further ids of the same body. `parent` and
    `successor` are ids of other bodies: they inform, and nothing is inherited through them. `awards` left out: the
    register does not say what the body may award; an empty list: nothing.
    """

    id: BodyId
    dids: Annotated[tuple[DidText, ...], Field(max_length=32)] = ()
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=32)] = ()
    names: Annotated[tuple[Term, ...], Field(min_length=1, max_length=64)]
    country: CountryText = ""
    parent: BodyId | None = None
    successor: BodyId | None = None
    accreditations: Annotated[tuple[Accreditation, ...], Field(max_length=MAX_OF_A_BODY)] = ()
    awards: Annotated[tuple[Entitlement, ...], Field(max_length=MAX_OF_A_BODY)] | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = _twice((one.id for one in self.accreditations), ("accreditations",), "id")
        for key in ("parent", "successor"):
            if getattr(self, key) in self.ids:
                found.append(((key,), f"a body is not its own {key}"))
        if found:
            raise Problems(found)
        return self

    @property
    def ids(self) -> frozenset[str]:
        """Every id by which this body may be asked for."""
        return frozenset((self.id, *self.dids, *(f"{one.scheme}:{one.value}" for one in self.identifiers)))

    @property
    def title(self) -> str:
        """Its first name, with its id."""
        return f"{self.names[0]} ({self.id})"


class Reason(StrEnum):
    """Why a register does not say yes."""

    NOT_KNOWN = "not-known"  # the day is after the snapshot
    UNKNOWN_BODY = "unknown-body"
    NOT_TOLD = "not-told"  # the question leaves out what the accreditation is limited to
    SILENT = "silent"  # the register does not say which awards a body may give
    NOT_ACCREDITED = "not-accredited"
    OUTSIDE_KINDS = "outside-kinds"
    OUTSIDE_PROGRAMMES = "outside-programmes"
    OUTSIDE_FIELDS = "outside-fields"
    OUTSIDE_LEVELS = "outside-levels"
    REFUSED = "refused"
    NOT_DECIDED = "not-decided"
    NOT_YET = "not-yet"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    NOT_ENTITLED = "not-entitled"
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and why, in a sentence. `known` tells a no that the register knows from one it merely cannot deny."""

    reason: Reason
    sentence: str
    known: bool = True


Level: TypeAlias = tuple[str, str]
"""A level: the framework's id and the code."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What is asked about: its fields, its levels, its kind and its id; what is empty is not known.

    Of the levels it is enough that one is covered and no other of the same framework is outside; of the fields each
    is covered.
    """

    fields: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    kind: str = ""
    programme: str = ""


class Register(Document):
    """A dated snapshot of a register.

    `complete` states that whoever is accredited stands in it, so that not standing in it is a no; without it, silence
    about a body says nothing. Two snapshots of one `id` are versions of one register, told apart by `taken`.
    """

    document: Literal["creditbank/register/v1"]
    id: Id
    title: Term
    publisher: Term
    taken: DateText
    complete: bool = False
    sample: bool = False
    sources: Sources
    bodies: Annotated[tuple[Body, ...], Field(max_length=MAX_BODIES)]

    @model_validator(mode="after")
    def _each_body_once(self) -> Self:
        found: list[tuple[Address, str]] = []
        owner: dict[str, int] = {}
        for index, body in enumerate(self.bodies):
            for one in sorted(body.ids):
                if owner.setdefault(one, index) != index:
                    other = self.bodies[owner[one]].names[0]
                    found.append((("bodies", index, "id"), f"the id {one!r} is one of {other!r} already"))
        if found:
            raise Problems(found)
        return self

    @property
    def version(self) -> str:
        """The day it was taken on: what tells two snapshots of one register apart."""
        return self.taken

    @property
    def label(self) -> str:
        """How a report names it: publisher, id and day, and whether it is a sample."""
        return f"{self.publisher} ({self.id}, as of {self.taken}{', a sample' if self.sample else ''})"

    def body(self, body: str) -> Body | None:
        """The body that has this id, or None."""
        return next((one for one in self.bodies if body in one.ids), None)

    def accreditation(
        self, body: str, on: date, *, field: str, framework: str, level: str, kind: str, programme: str = ""
    ) -> Accreditation | Refusal:
        """The accreditation that covers a field, a level and a kind of provision on a day, or why there is none.

        `kind` is a word of the register or an achievement type of Open Badges. An empty text is "not known": an
        accreditation that is not limited there covers it, one that is limited does not.
        """
        levels = ((framework, level),) if framework and level else ()
        asked = Provision((field,) if field else (), levels, kind, programme)
        return self.accreditation_of(body, on, asked)

    def accreditation_of(self, body: str, on: date, asked: Provision) -> Accreditation | Refusal:
        """The accreditation that covers all of a provision on a day, or the refusal nearest to a yes."""
        entry = self._entry(body, on)
        if isinstance(entry, Refusal):
            return entry
        nearest: Refusal | None = None
        rank = -1
        for one in entry.accreditations:
            refused = _not_covered(one, entry, on.isoformat(), asked)
            if refused is None:
                return one
            if _NEARNESS.index(refused.reason) > rank:
                nearest, rank = refused, _NEARNESS.index(refused.reason)
        return nearest or Refusal(
            Reason.NOT_ACCREDITED, f"The register lists {entry.title} without any accreditation.{_moved(entry)}"
        )

    def may_award(self, body: str, qualification: str, version: str, on: date) -> Entitlement | Refusal:
        """What entitles a body to award this version of a qualification on a day, or why nothing does."""
        entry = self._entry(body, on)
        if isinstance(entry, Refusal):
            return entry
        if entry.awards is None:
            sentence = f"The register does not say which qualifications {entry.title} may award."
            return Refusal(Reason.SILENT, sentence, known=False)
        mine = [one for one in entry.awards if one.qualification == qualification]
        if not mine:
            sentence = f"{qualification} is not among the qualifications that {entry.title} may award."
            return Refusal(Reason.NOT_ENTITLED, f"{sentence}{_moved(entry)}")
        fitting = [one for one in mine if one.version in (None, version)]
        if not fitting:
            named = ", ".join(sorted({one.version for one in mine if one.version}))
            sentence = f"{entry.title} may award {qualification} in version {named}, not in version {version}."
            return Refusal(Reason.OTHER_VERSION, sentence)
        refused: tuple[Reason, str] | None = None
        for one in fitting:
            refused = one._untimely(on.isoformat())
            if refused is None:
                return one
        assert refused is not None, "there was at least one to ask"
        sentence = f"The right of {entry.title} to award {qualification} {refused[1]}; asked is {on.isoformat()}."
        return Refusal(refused[0], f"{sentence}{_moved(entry)}")

    def entitlement(
        self, body: str, on: date, qualification: str, version: str, asked: Provision
    ) -> Entitlement | Accreditation | Refusal:
        """What `may_award` says; where awards are not listed one by one, the accreditation that covers them.

        `asked` is the award as a provision: its level, its kind, and the qualification as its programme.
        """
        found = self.may_award(body, qualification, version, on)
        if isinstance(found, Refusal) and found.reason is Reason.SILENT:
            instead = self.accreditation_of(body, on, asked)
            return found if isinstance(instead, Refusal) else instead
        return found

    def _entry(self, body: str, on: date) -> Body | Refusal:
        if on.isoformat() > self.taken:
            sentence = f"The register was taken on {self.taken} and cannot say what holds on {on.isoformat()}."
            return Refusal(Reason.NOT_KNOWN, sentence, known=False)
        entry = self.body(body)
        if entry is not None:
            return entry
        sentence = f"{body[:200]} does not stand in the register of {self.publisher}, taken on {self.taken}."
        if not self.complete:
            sentence = f"{sentence} It does not claim to list everybody."
        return Refusal(Reason.UNKNOWN_BODY, sentence, known=self.complete)


def newest(registers: Iterable[Register]) -> tuple[Register, ...]:
    """Of several snapshots of one register the one taken last, because it corrects those before it; by id."""
    last: dict[str, Register] = {}
    for one in registers:
        held = last.get(one.id)
        if held is None or one.taken > held.taken:
            last[one.id] = one
    return tuple(last[name] for name in sorted(last))


_NEARNESS: Final = (
    Reason.NOT_DECIDED,
    Reason.REFUSED,
    Reason.OUTSIDE_PROGRAMMES,
    Reason.OUTSIDE_KINDS,
    Reason.OUTSIDE_FIELDS,
    Reason.OUTSIDE_LEVELS,
    Reason.NOT_YET,
    Reason.LAPSED,
    Reason.WITHDRAWN,
    Reason.NOT_TOLD,
)
"""From the refusal farthest from a yes to the nearest: the nearest is told, because it helps most."""


def _not_covered(one: Accreditation, body: Body, on: str, asked: Provision) -> Refusal | None:
    """Why an accreditation does not cover what is asked, or None when it does."""
    who = f"The accreditation {one.id} of {body.title} by {one.by}"
    if one.decision == "refused":
        return Refusal(Reason.REFUSED, f"{one.by} refused to accredit {body.title}: {one.id}, {one.valid_from}.")
    if not one.accredits:
        sentence = f"{one.by} evaluated {body.title} and accredited nothing by it: {one.id}, {one.valid_from}."
        return Refusal(Reason.NOT_DECIDED, sentence)
    gaps = list(_outside(one, asked))
    for reason, words in gaps:
        if reason is not Reason.NOT_TOLD:
            return Refusal(reason, f"{who} {words}.")
    untimely = one._untimely(on)
    if untimely is not None:
        return Refusal(untimely[0], f"{who} {untimely[1]}; asked is {on}.{_moved(body)}")
    if gaps:
        return Refusal(Reason.NOT_TOLD, f"{who} {gaps[0][1]}.", known=False)
    return None


def _outside(one: Accreditation, asked: Provision) -> Iterator[tuple[Reason, str]]:
    """Each part of the scope that does not hold what is asked, or cannot be compared with it."""
    if one.kind == "programme":
        named = ", ".join(programme.title or programme.id for programme in one.programmes)
        if not asked.programme:
            yield Reason.NOT_TOLD, f"speaks of {named[:400]} alone, and no programme was named"
        elif not any(asked.programme in (programme.id, *programme.also) for programme in one.programmes):
            yield Reason.OUTSIDE_PROGRAMMES, f"speaks of {named[:400]} alone, not of {asked.programme[:200]}"
    if one.kinds:
        kind = kind_of(asked.kind)
        if not kind:
            yield Reason.NOT_TOLD, f"is for {_listed(one.kinds)}, and it is not known what kind this is"
        elif kind not in one.kinds:
            yield Reason.OUTSIDE_KINDS, f"is for {_listed(one.kinds)}, not for a {kind}"
    yield from _outside_fields(one, asked.fields)
    yield from _outside_levels(one, asked.levels)


def _outside_fields(one: Accreditation, fields: tuple[str, ...]) -> Iterator[tuple[Reason, str]]:
    if not one.fields:
        return
    if not fields:
        yield Reason.NOT_TOLD, f"is for the fields {_listed(one.fields)} of ISCED-F, and it is not known which this is"
    for field in fields:
        if field.startswith(one.fields):
            continue
        if any(limit.startswith(field) for limit in one.fields):
            yield Reason.NOT_TOLD, f"is for the fields {_listed(one.fields)} of ISCED-F, and {field} says no more"
        else:
            yield Reason.OUTSIDE_FIELDS, f"is for the fields {_listed(one.fields)} of ISCED-F, not for {field}"


def _outside_levels(one: Accreditation, levels: tuple[Level, ...]) -> Iterator[tuple[Reason, str]]:
    if not one.levels:
        return
    codes = {scope.framework: scope.codes for scope in one.levels}
    named = "; ".join(f"{_listed(scope.codes)} of {scope.framework}" for scope in one.levels)
    shared = [level for level in levels if level[0] in codes]
    if not levels:
        yield Reason.NOT_TOLD, f"is for the levels {named}, and it is not known which this is"
    elif not shared:
        given = _listed([f"{code} of {framework}" for framework, code in levels])
        yield Reason.NOT_TOLD, f"is for the levels {named}, and levels of frameworks are not compared: this is {given}"
    for framework, code in shared:
        if code not in codes[framework]:
            yield Reason.OUTSIDE_LEVELS, f"is for the levels {named}, not for {code} of {framework}"


def _moved(body: Body) -> str:
    return f" {body.successor} is named as its successor." if body.successor else ""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _twice(values: Iterable[str], at: Address, key: str) -> list[tuple[Address, str]]:
    seen: set[str] = set()
    found: list[tuple[Address, str]] = []
    for index, value in enumerate(values):
        if value in seen:
            found.append(((*at, index, key), f"{value!r} stands twice"))
        seen.add(value)
    return found
