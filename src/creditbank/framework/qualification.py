"""Qualification documents: the rules an award must satisfy, as a registrar writes them.

The vocabulary is closed and small. A document says which units it *admits* at all, and then *requires* a tree of
rules (`creditbank.framework.rules`). Beside the tree stands what all rules share: calendars, grading scales, which
achievements stand for each other, which places may share a unit, and how this version relates to others.

Source of the constructs: the published rule sets named in each document under `sources`.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from creditbank.framework.common import (
    Confidence,
    CreditText,
    DateText,
    Document,
    DurationText,
    Id,
    LevelCode,
    Problems,
    Sources,
    Tag,
    Term,
    Text,
    YearlyDateText,
)
from creditbank.framework.faults import Address
from creditbank.framework.grading import GradeScale
from creditbank.framework.rules import (
    PORTIONS,
    AnyLeafOrGroup,
    AnyNode,
    Exclusion,
    Group,
    Leaf,
    Limit,
    Node,
    Prerequisite,
    Requirement,
    addressed,
    choices,
    within,
)
from creditbank.framework.wellformed import document_problems
from creditbank.framework.where import Dimension, FieldText, Mode, Where
from creditbank.units import Credits


class Calendar(Document):
    """Windows of time for per-window limits: each window runs from one start to the day before the next.

    The starts come in the order of the year, and the last window runs on into the next year.
    """

    starts: Annotated[tuple[YearlyDateText, ...], Field(min_length=1, max_length=12)] = Field(
        description="the first day of each window, in the order of the year"
    )

    @model_validator(mode="after")
    def _starts_ascend(self) -> Self:
        if list(self.starts) != sorted(set(self.starts)):
            raise ValueError("the starts of a calendar are distinct and come in the order of the year")
        return self

    def window(self, day: date) -> date:
        """The first day of the window in which `day` lies; it names the window."""
        month_day = f"{day.month:02d}-{day.day:02d}"
        begun = [start for start in self.starts if start <= month_day]
        year, start = (day.year, begun[-1]) if begun else (day.year - 1, self.starts[-1])
        if year < 1:
            return date.min
        return date(year, int(start[:2]), int(start[3:]))


class Admission(Document):
    """Which units may be weighed at all.

    `frameworks` are native: their levels need no recognition decision. `max_age` is the shelf life of a credit. `where`
    narrows further: a unit it does not speak of never counts. `accredited` asks that, by a register, the provider was
    accredited for the unit's field, level and kind on the day it was earned. `whole_units` forbids counting a part of a
    unit. A unit that fits `half_units` weighs half wherever units are counted: two of them are one. `same_content` says
    what happens to units of one content, `same_achievement` to an achievement earned twice.
    """

    frameworks: tuple[Id, ...] = Field(description="units of these frameworks need no recognition")
    max_age: DurationText | None = Field(default=None, description="the shelf life of a credit")
    level_at_least: LevelCode | None = Field(default=None, description="units below this level never count")
    where: Where = Field(default=Where(), description="a unit that this does not speak of never counts")
    accredited: bool = Field(
        default=False, description="the provider was accredited for the unit on the day it was earned"
    )
    whole_units: bool = Field(default=True, description="false: a part of a unit may count")
    half_units: Where | None = Field(
        default=None, description="a unit that this speaks of weighs half wherever units are counted"
    )
    same_content: Literal["count-once"] = Field(
        default="count-once", description="of units with the same content one counts"
    )
    same_achievement: Literal["count-each", "count-once"] = Field(
        default="count-each", description="whether an achievement that was earned twice counts twice"
    )


class Sharing(Document):
    """Permission that one unit fills several requirements at once.

    `between` names nodes; two requirements may share a unit when they stand under (or are) different ones of them.
    At most `units_at_most` units, or `credits_at_most` counted credits, are shared so in all; without either, any
    number. `places_at_most` is the most requirements that one unit fills through this permission.
    """

    id: Id
    title: Text = Field(description="the permission in a few words")
    between: Annotated[tuple[Id, ...], Field(min_length=2, max_length=50)] = Field(
        description="ids of nodes that lie apart: a unit may fill one place under each"
    )
    units_at_most: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="no more units than this are shared so"
    )
    credits_at_most: CreditText | None = Field(default=None, description="no more credits than this are shared so")
    places_at_most: Annotated[int, Field(ge=2, le=50)] = Field(
        default=2, description="one unit fills no more places than this"
    )
    note: str = Field(default="", description="for people; changes nothing")
    confidence: Confidence = "H"

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.units_at_most is not None and self.credits_at_most is not None:
            raise ValueError("sharing is bounded by units_at_most or by credits_at_most, not by both")
        if len(set(self.between)) != len(self.between):
            raise ValueError("a node stands twice in `between`")
        if self.places_at_most > len(self.between):
            raise ValueError(f"places_at_most is {self.places_at_most}, but only {len(self.between)} nodes are named")
        return self


class Equivalence(Document):
    """Achievements of one substance: a rule that names one means all, and of all of them one unit counts."""

    id: Id
    achievements: Annotated[tuple[Term, ...], Field(min_length=2, max_length=100)] = Field(
        description="ids of achievements that are the same in substance"
    )
    note: str = Field(default="", description="for people; changes nothing")


class Substitute(Document):
    """Achievements that are accepted where a rule names another. It runs one way, one step, and merges nothing."""

    id: Id
    instead_of: Term = Field(description="the achievement that a rule names")
    accepted: Annotated[tuple[Term, ...], Field(min_length=1, max_length=100)] = Field(
        description="achievements that are accepted in its place"
    )
    note: str = Field(default="", description="for people; changes nothing")


class Part(Document):
    """One part of a bundle: an achievement of its own, with so many of the credential's credits.

    What a part does not state, it has from the credential. Its level is one of the award's framework.
    """

    id: Id = Field(description="names the part in sums")
    achievement: Term = Field(description="what this part is, if it is earned by itself")
    credits: CreditText = Field(description="how many of the credential's own credits it has")
    title: Term | None = Field(default=None, description="for people")
    level: LevelCode | None = Field(default=None, description="its level, in the framework of the award")
    categories: tuple[Tag, ...] = Field(default=(), description="its categories, instead of the credential's")
    fields: tuple[FieldText, ...] = Field(default=(), description="its fields of study, instead of the credential's")
    dimensions: tuple[Dimension, ...] = Field(
        default=(), description="the dimensions of its outcomes, instead of the credential's"
    )


class Bundle(Document):
    """A credential that stands for several units: it is weighed as its parts, and never as a whole.

    All parts together have no more credits than the credential. A part counts once, whether it was earned in the
    bundle or by itself.
    """

    id: Id
    achievement: Term = Field(description="what the credential says was earned")
    parts: Annotated[tuple[Part, ...], Field(min_length=2, max_length=50)] = Field(
        description="the units that it stands for"
    )
    note: str = Field(default="", description="for people; changes nothing")

    @property
    def credits(self) -> Credits:
        """What all parts come to, in the credential's own credits."""
        return Credits(sum(Credits.parse(part.credits).thousandths for part in self.parts))


class Transition(Document):
    """Grandfathering: after its last day this version still applies, until `until`, to who had begun by `begun_by`.

    A learner has begun when a unit that counts in the award was earned on that day or before.
    """

    begun_by: DateText = Field(description="who earned a counting unit by this day may finish")
    until: DateText = Field(description="the last day on which they can")


class Tightened(Document):
    """The rules that these ones keep and make stricter, such as national minima under an institution's own rules."""

    id: Id = Field(description="the rules that these contain")
    version: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="in this version")


class PersonCheck(Document):
    """A condition that no credential can show and a person has to check. The engine says so and decides nothing."""

    id: Id
    text: Text = Field(description="what a person has to check")
    note: str = Field(default="", description="for people; changes nothing")
    confidence: Confidence = "H"


AchievementType = Literal[
    "AssociateDegree", "BachelorDegree", "Certificate", "Diploma", "DoctoralDegree", "MasterDegree", "MicroCredential"
]


class Qualification(Document):
    """A full award described by rules: what it is, whose it is, and what must add up.

    `absorbs` names lower awards on a ladder: their credits count here once the lower award is given up. `tightens`
    names rules that these ones contain and never loosen. `transition` keeps an older version open to those who had
    begun under it.
    """

    document: Literal["creditbank/qualification/v1"] = Field(description="what this file is")
    id: Id = Field(description="starts with the owner of the rules")
    version: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="changed rules get a new version")
    title: Text = Field(description="for people")
    framework: Id = Field(description="the framework in which the award stands")
    level: LevelCode | None = Field(default=None, description="its level there; null when it has none")
    credit_system: Id = Field(description="the credits in which every number here is meant")
    achievement_type: AchievementType = Field(
        default="Certificate", description="the kind of award, in the words of Open Badges 3.0"
    )
    valid_from: DateText = Field(description="the first day of these rules")
    valid_until: DateText | None = Field(default=None, description="the last day of these rules")
    transition: Transition | None = Field(default=None, description="who may still finish under this version")
    confidence: Confidence
    summary: Text = Field(description="for people")
    sources: Sources = Field(description="where each fact was published")
    tightens: Tightened | None = Field(default=None, description="the rules that these contain and make stricter")
    absorbs: tuple[Id, ...] = Field(
        default=(), description="lower awards whose credits count here once they are given up"
    )
    calendars: dict[Id, Calendar] = Field(default_factory=dict, description="ways to cut time into windows, by name")
    grading: dict[Id, GradeScale] = Field(default_factory=dict, description="grading scales, by name")
    equivalents: tuple[Equivalence, ...] = Field(default=(), description="achievements that are the same in substance")
    substitutes: tuple[Substitute, ...] = Field(default=(), description="achievements accepted in place of another")
    bundles: Annotated[tuple[Bundle, ...], Field(max_length=200)] = Field(
        default=(), description="credentials that stand for several units"
    )
    admits: Admission = Field(description="which units may be weighed at all")
    sharing: Annotated[tuple[Sharing, ...], Field(max_length=50)] = Field(
        default=(), description="permissions that one unit fills several places"
    )
    checked_by_people: tuple[PersonCheck, ...] = Field(default=(), description="conditions that no credential can show")
    requires: Group = Field(description="what must hold")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found: list[tuple[Address, str]] = []
        if self.valid_until is not None and self.valid_until < self.valid_from:
            found.append((("valid_until",), f"it ends before it starts on {self.valid_from}"))
        found.extend(_transition_problems(self))
        for word in PORTIONS:
            if word in self.calendars:
                told = f"`{word}` is a word of its own; give the calendar another name"
                found.append((("calendars", word), told))
        found.extend(document_problems(self.model_dump(mode="json")))
        if found:
            raise Problems(found)
        return self

    def nodes(self) -> list[tuple[str, AnyLeafOrGroup]]:
        """Every node with its path, root first, in document order."""
        found: list[tuple[str, AnyLeafOrGroup]] = []

        def visit(prefix: str, node: AnyLeafOrGroup) -> None:
            path = f"{prefix}/{node.id}" if prefix else node.id
            found.append((path, node))
            if isinstance(node, Group):
                for child in node.of:
                    visit(path, child)

        visit("", self.requires)
        return found

    def places_below(self, names: Collection[str]) -> tuple[str, ...]:
        """The paths of the requirements that have one of these ids, or stand below a group that has."""
        if not names:
            return ()
        return tuple(
            path
            for path, node in self.nodes()
            if isinstance(node, Requirement) and not set(names).isdisjoint(path.split("/"))
        )

    def every_choice(self) -> Iterator[tuple[Address, Where]]:
        """Every `where` of the document, the inner ones too, each with its address."""
        yield from within(("admits", "where"), self.admits.where)
        if self.admits.half_units is not None:
            yield from within(("admits", "half_units"), self.admits.half_units)
        for address, node in addressed(self.requires):
            for inner, where in choices(node):
                yield from within((*address, *inner), where)


def _transition_problems(rules: Qualification) -> Iterator[tuple[Address, str]]:
    if rules.transition is None:
        return
    if rules.valid_until is None:
        yield ("transition",), "only a version that ends (`valid_until`) has a transition"
    elif rules.transition.until <= rules.valid_until:
        yield ("transition", "until"), f"it ends before the version itself does, on {rules.valid_until}"
    if rules.transition.begun_by < rules.valid_from:
        yield ("transition", "begun_by"), f"nobody began under this version before {rules.valid_from}"


def credits_of(text: str | None) -> Credits | None:
    """Read an optional amount of a document; the pattern has already been checked."""
    return None if text is None else Credits.parse(text)


__all__ = [
    "Admission",
    "AnyLeafOrGroup",
    "AnyNode",
    "Bundle",
    "Calendar",
    "Equivalence",
    "Exclusion",
    "Group",
    "Leaf",
    "Limit",
    "Mode",
    "Node",
    "Part",
    "PersonCheck",
    "Prerequisite",
    "Qualification",
    "Requirement",
    "Sharing",
    "Substitute",
    "Tightened",
    "Transition",
    "Where",
    "addressed",
    "credits_of",
]
