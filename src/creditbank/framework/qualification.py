"""Qualification documents: the rules an award must satisfy, as a registrar writes them.

The vocabulary is closed and small. A document says which units it *admits* at all, and then *requires* a
tree: groups (`all`, `any`, `n-of`), `requirement` leaves, which units fill, each unit at most one of them,
and `limit` leaves, which speak about everything that is counted. Every node has an id; its address is the
path of ids from the root.

Source of the constructs: the published rule sets named in each document under `sources`.
"""

from collections.abc import Collection, Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.canonical import Json, JsonObject
from creditbank.framework.common import (
    Confidence,
    CreditText,
    DateText,
    Document,
    DurationText,
    Id,
    LevelCode,
    Problems,
    ProviderText,
    ShareText,
    Sources,
    Tag,
    Term,
    Text,
    YearlyDateText,
)
from creditbank.framework.faults import Address
from creditbank.units import Credits

MAX_NESTING: Final = 16

Mode = Literal["online", "on-site", "blended"]


class Where(Document):
    """Which units a rule speaks of: every given field must hold, and a list means any one of its values.

    `provider` takes DIDs or the word `awarding` (the body that awards). `earned_within` is an ISO 8601
    duration of whole years, months or days (`P7Y`) counted back from the date of evaluation.
    """

    category: tuple[Tag, ...] = ()
    source_type: tuple[Id, ...] = ()
    mode: tuple[Mode, ...] = ()
    provider: tuple[ProviderText, ...] = ()
    framework: tuple[Id, ...] = ()
    achievement: tuple[Term, ...] = ()
    level_at_least: LevelCode | None = None
    level_at_most: LevelCode | None = None
    earned_within: DurationText | None = None
    excluding: "Where | None" = None

    @property
    def everything(self) -> bool:
        """True when no field narrows the choice."""
        return self == Where()


class Node(Document):
    """What every node of the tree carries."""

    id: Id
    title: Text
    note: str = ""
    confidence: Confidence = "H"


class Requirement(Node):
    """A place that units fill: at least so many credits, or so many units, or both.

    A unit fills at most one requirement of the tree: no double counting.
    """

    kind: Literal["requirement"] = "requirement"
    where: Where = Where()
    credits_at_least: CreditText | None = None
    units_at_least: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.credits_at_least is None and self.units_at_least is None:
            raise ValueError("a requirement asks for credits_at_least or units_at_least")
        return self


class Limit(Node):
    """A bound on what is counted: in credits, in units, or as a share of all counted credits.

    `over` names what the bound runs over; `counted` means the credits that the answer uses, not all that were
    tried. `per` applies the bound to each provider, or to each window of a named calendar, by itself.
    """

    kind: Literal["limit"] = "limit"
    over: Literal["counted"]
    where: Where = Where()
    per: Id | None = Field(default=None, description="`provider`, or the name of a calendar of this document")
    credits_at_least: CreditText | None = None
    credits_at_most: CreditText | None = None
    units_at_least: Annotated[int, Field(ge=0, le=1000)] | None = None
    units_at_most: Annotated[int, Field(ge=0, le=1000)] | None = None
    share_at_least: ShareText | None = None
    share_at_most: ShareText | None = None

    @model_validator(mode="after")
    def _bounds_exactly_one_thing(self) -> Self:
        bounds = (
            "credits_at_least",
            "credits_at_most",
            "units_at_least",
            "units_at_most",
            "share_at_least",
            "share_at_most",
        )
        given = [name for name in bounds if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a limit has exactly one bound, this one has {len(given)}")
        if self.per is not None and given[0].endswith("at_least"):
            raise ValueError("a limit per provider or calendar window is a maximum")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError("a share lies between 0/1 and 1/1")
        return self

    @property
    def share(self) -> Fraction | None:
        """The bound as a share of all counted credits, when it is one."""
        text = self.share_at_least or self.share_at_most
        return Fraction(text) if text else None


class Group(Node):
    """Nodes taken together: `all` of them, `any` one, or `n-of` them with `n`."""

    kind: Literal["all", "any", "n-of"]
    n: Annotated[int, Field(ge=1, le=100)] | None = None
    of: Annotated[tuple["AnyNode", ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _n_fits(self) -> Self:
        if (self.kind == "n-of") != (self.n is not None):
            raise ValueError("`n` belongs to n-of groups, and only to them")
        if self.n is not None and self.n > len(self.of):
            raise ValueError(f"n is {self.n}, but only {len(self.of)} nodes are given")
        return self

    @property
    def needed(self) -> int:
        """How many of the nodes must hold."""
        return {"all": len(self.of), "any": 1}.get(self.kind, self.n or 0)


AnyNode = Annotated[Group | Requirement | Limit, Field(discriminator="kind")]


class Calendar(Document):
    """Windows of time for per-window limits: each window runs from one start to the day before the next.

    The starts come in the order of the year, and the last window runs on into the next year.
    """

    starts: Annotated[tuple[YearlyDateText, ...], Field(min_length=1, max_length=12)]

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

    `frameworks` are native: their levels need no recognition decision. `max_age` is the shelf life of a
    credit. `whole_units` forbids counting a part of a unit. `same_content` says what happens to units of one
    content.
    """

    frameworks: tuple[Id, ...]
    max_age: DurationText | None = None
    level_at_least: LevelCode | None = None
    whole_units: bool = True
    same_content: Literal["count-once"] = "count-once"


AchievementType = Literal[
    "AssociateDegree", "BachelorDegree", "Certificate", "Diploma", "DoctoralDegree", "MasterDegree", "MicroCredential"
]


class Qualification(Document):
    """A full award described by rules: what it is, whose it is, and what must add up."""

    document: Literal["creditbank/qualification/v1"]
    id: Id
    version: Annotated[str, Field(min_length=1, max_length=32)]
    title: Text
    framework: Id
    level: LevelCode | None = None
    credit_system: Id
    achievement_type: AchievementType = Field(
        default="Certificate", description="the kind of award, in the words of Open Badges 3.0"
    )
    valid_from: DateText
    valid_until: DateText | None = None
    confidence: Confidence
    summary: Text
    sources: Sources
    calendars: dict[Id, Calendar] = Field(default_factory=dict)
    admits: Admission
    requires: Group

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found: list[tuple[Address, str]] = []
        if self.valid_until is not None and self.valid_until < self.valid_from:
            found.append((("valid_until",), f"it ends before it starts on {self.valid_from}"))
        if "provider" in self.calendars:
            found.append((("calendars", "provider"), "`provider` is a word of its own; give the calendar another name"))
        found.extend(tree_problems(self.requires.model_dump(mode="json"), self.calendars))
        if found:
            raise Problems(found)
        return self

    def nodes(self) -> list[tuple[str, Group | Requirement | Limit]]:
        """Every node with its path, root first, in document order."""
        found: list[tuple[str, Group | Requirement | Limit]] = []

        def visit(prefix: str, node: Group | Requirement | Limit) -> None:
            path = f"{prefix}/{node.id}" if prefix else node.id
            found.append((path, node))
            if isinstance(node, Group):
                for child in node.of:
                    visit(path, child)

        visit("", self.requires)
        return found


def addressed(
    node: Group | Requirement | Limit, at: Address = ("requires",)
) -> Iterator[tuple[Address, Group | Requirement | Limit]]:
    """The node and every node below it, in document order, each with its address in the document."""
    yield at, node
    if isinstance(node, Group):
        for index, child in enumerate(node.of):
            yield from addressed(child, (*at, "of", index))


def tree_problems(requires: Json, calendars: Collection[str]) -> list[tuple[Address, str]]:
    """Faults that no single node shows: ids standing twice, missing calendars, a tree nothing can fill.

    Takes the tree as plain data, so that they are told even when nodes have faults of their own.
    """
    found: list[tuple[Address, str]] = []
    seen: set[str] = set()
    nodes = list(_plain_nodes(requires, ("requires",)))
    for at, node in nodes:
        name, per = node.get("id"), node.get("per")
        if isinstance(name, str) and name in seen:
            found.append(((*at, "id"), f"the node id {name!r} stands twice"))
        seen.add(str(name))
        if at.count("of") == MAX_NESTING + 1:
            found.append((at, f"groups are nested deeper than {MAX_NESTING} levels"))
        if isinstance(per, str) and per != "provider" and per not in calendars:
            known = ", ".join(sorted(calendars)) or "none"
            found.append(((*at, "per"), f"no calendar named {per!r}; this document's calendars: {known}"))
    if not any(node.get("kind") == "requirement" for _, node in nodes):
        found.append((("requires", "of"), "no requirement stands in the tree, so nothing could ever be counted"))
    return found


def _plain_nodes(node: Json, at: Address) -> Iterator[tuple[Address, JsonObject]]:
    if isinstance(node, dict):
        yield at, node
        children = node.get("of")
        for index, child in enumerate(children if isinstance(children, list) else ()):
            yield from _plain_nodes(child, (*at, "of", index))


def credits_of(text: str | None) -> Credits | None:
    """Read an optional amount of a document; the pattern has already been checked."""
    return None if text is None else Credits.parse(text)
