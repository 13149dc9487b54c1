"""The tree of rules: groups, the places that units fill, and what bounds everything that is counted.

Every node has an id of its own; its address is the path of ids from the root. A `requirement` is the only node that
units fill. All others speak about what is counted, and ask for no unit themselves.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from creditbank.framework.common import Confidence, CreditText, Document, DurationText, Id, ShareText, Text
from creditbank.framework.faults import Address
from creditbank.framework.grading import PointsText
from creditbank.framework.where import Where

Count = Annotated[int, Field(ge=1, le=1000)]
CountOrNone = Annotated[int, Field(ge=0, le=1000)]

FIELD_PORTIONS: Final[dict[str, int]] = {"broad-field": 2, "narrow-field": 3, "detailed-field": 4}
"""How many digits of an ISCED-F code name a portion."""
PORTIONS: Final = ("provider", *FIELD_PORTIONS, "source-type", "achievement", "category")
"""The words of `per` besides the names of calendars."""
SEVERAL: Final = (*FIELD_PORTIONS, "category")
"""The portions of which one unit may belong to several."""

Together = Literal["provider", "broad-field", "narrow-field", "detailed-field"]


class Node(Document):
    """What every node of the tree carries."""

    id: Id = Field(description="names the node in addresses; stands once in the document")
    title: Text = Field(description="the rule in a few words, for people")
    note: str = Field(default="", description="for people; changes nothing")
    confidence: Confidence = "H"


class Requirement(Node):
    """A place that units fill: at least so many credits, or so many units, or both.

    A unit fills at most one requirement of the tree, unless the document's `sharing` says otherwise. The two maxima
    bound what the place takes. `same` asks that all its units come from one provider, or one field.
    """

    kind: Literal["requirement"] = Field(default="requirement", description="a place that units fill")
    where: Where = Field(default=Where(), description="which units may fill it; left out, any")
    credits_at_least: CreditText | None = Field(default=None, description="what fills it comes to so many credits")
    units_at_least: Count | None = Field(default=None, description="so many units fill it")
    credits_at_most: CreditText | None = Field(default=None, description="it takes no more credits")
    units_at_most: Count | None = Field(default=None, description="it takes no more units")
    same: Together | None = Field(
        default=None, description="all units that fill it are of one provider, or of one field"
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.credits_at_least is None and self.units_at_least is None:
            raise ValueError("a requirement asks for credits_at_least or units_at_least")
        least, most = self.credits_at_least, self.credits_at_most
        if least is not None and most is not None and Fraction(most) < Fraction(least):
            raise ValueError(f"it asks for {least} credits and takes at most {most}")
        if self.units_at_most is not None and self.units_at_most < (self.units_at_least or 0):
            raise ValueError(f"it asks for {self.units_at_least} units and takes at most {self.units_at_most}")
        return self


BOUNDS: Final = (
    "credits_at_least",
    "credits_at_most",
    "units_at_least",
    "units_at_most",
    "share_at_least",
    "share_at_most",
    "distinct_at_least",
    "distinct_at_most",
    "in_one_at_least",
    "in_each_at_least",
    "last_at_least",
    "mean_at_least",
    "points_at_least",
    "span_at_most",
)
_NEED_PER: Final = ("distinct_at_least", "distinct_at_most", "in_one_at_least", "in_each_at_least")
_MAY_PER: Final = ("credits_at_most", "units_at_most", "share_at_most", *_NEED_PER)
_GRADED: Final = ("mean_at_least", "points_at_least")
_NOT_WITHIN: Final = ("in_each_at_least", "last_at_least", "span_at_most")
"""What runs over everything: of these no real rule about what fills a place alone is known to us."""


class Weight(Document):
    """How many times the credits (or the units) of some units weigh in a share, a mean or a sum of points."""

    where: Where = Field(description="the units that weigh so")
    times: PointsText = Field(description="how many times they weigh, such as 3")

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not Fraction(self.times):
            raise ValueError("what weighs nothing is left out by `where` (of a share by `base`), not by a weight of 0")
        return self


class Limit(Node):
    """One bound on what is counted.

    `over` names what the bound runs over: `counted`, the credits that the answer uses, or `attempted`, all units that
    were given for the evaluation. `per` cuts it into portions: by provider, by ISCED-F field, by source type, by
    achievement, by category (where `where` lists several categories, by these alone), or by the windows of a calendar
    of this document. The one bound is

    - credits or units, at least or at most (with `per`: at most, in each portion by itself);
    - a share, at least or at most, of the counted credits (`weigh_by: units`: of the counted units); `base` narrows of
      which, `weights` say which weigh more than once, and `base_per` takes the share within each portion;
    - `distinct_at_least`, `distinct_at_most`: from so many different portions;
    - `in_one_at_least`: at least so many credits within one portion, whichever it is;
    - `in_each_at_least`: at least so many credits within each portion in which any unit lies;
    - `last_at_least`: the last so many credits, by the day they were earned, are of these units: whatever else counts
      was earned before at least so many of them. With `of_last` so many of the last `of_last` credits are: of what was
      earned on one day these come first, and of a unit that lies across the edge its last credits are inside;
    - `mean_at_least`: the mean of the grades on the scale `grading` is this good or better, weighted by credits (or
      each unit alike). Units without points on the scale are left out, and a mean of nothing does not hold. Of
      `weights` the first that speaks of a unit says how many times it weighs;
    - `points_at_least`: credits times points of their grades come to this;
    - `span_at_most`: from the first to the last day of earning lies at most this long.

    `within` narrows what counts to what fills certain places: the ids of requirements, or of groups for all
    requirements below them. Shares and means are then of that alone.
    """

    kind: Literal["limit"] = Field(default="limit", description="a bound on what counts")
    over: Literal["counted", "attempted"] = Field(
        description="counted: what the answer counts. attempted: all units given"
    )
    where: Where = Field(default=Where(), description="which units it speaks of; left out, all")
    within: Annotated[tuple[Id, ...], Field(max_length=50)] = Field(
        default=(), description="only what fills these places: ids of requirements, or of groups of them"
    )
    per: Id | None = Field(default=None, description="one of the words for portions, or a calendar of this document")
    credits_at_least: CreditText | None = Field(default=None, description="they come to so many credits")
    credits_at_most: CreditText | None = Field(
        default=None, description="they come to no more credits (with `per`: in each portion)"
    )
    units_at_least: CountOrNone | None = Field(default=None, description="there are so many of them")
    units_at_most: CountOrNone | None = Field(
        default=None, description="there are no more of them (with `per`: in each portion)"
    )
    share_at_least: ShareText | None = Field(
        default=None, description="they are at least this part of all that counts, or of `base`"
    )
    share_at_most: ShareText | None = Field(
        default=None, description="they are at most this part of all that counts, or of `base`"
    )
    distinct_at_least: Count | None = Field(default=None, description="they lie in so many different portions")
    distinct_at_most: Count | None = Field(default=None, description="they lie in no more different portions")
    in_one_at_least: CreditText | None = Field(
        default=None, description="one portion, whichever it is, has so many credits"
    )
    in_each_at_least: CreditText | None = Field(
        default=None, description="each portion in which any unit lies has so many credits"
    )
    last_at_least: CreditText | None = Field(
        default=None, description="the last so many credits, by the day they were earned, are theirs"
    )
    of_last: CreditText | None = Field(
        default=None, description="with `last_at_least`: of how many last credits; left out, all of so many are theirs"
    )
    mean_at_least: PointsText | None = Field(
        default=None, description="the mean of their grades is this good or better"
    )
    points_at_least: PointsText | None = Field(default=None, description="credits times points come to this")
    span_at_most: DurationText | None = Field(
        default=None, description="no more time than this between the first and the last"
    )
    weigh_by: Literal["credits", "units"] = Field(
        default="credits",
        description="whether a share is one of credits or of units, and a mean weighs credits or each unit alike",
    )
    base: Where | None = Field(default=None, description="of which units a share is a part; left out, of all")
    base_per: bool = Field(default=False, description="the share is taken within each portion")
    grading: Id | None = Field(default=None, description="the scale of a mean or a sum of points")
    weights: Annotated[tuple[Weight, ...], Field(max_length=20)] = Field(
        default=(),
        description="which units weigh how many times in a share, a mean or a sum of points; others weigh once",
    )

    @property
    def bound(self) -> str:
        """The name of the one bound it states."""
        return next(name for name in BOUNDS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _bounds_exactly_one_thing(self) -> Self:
        given = [name for name in BOUNDS if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"this one has {len(given)}: {', '.join(given)}" if given else f"one of {', '.join(BOUNDS)}"
            raise ValueError(f"a limit has exactly one bound; {told}")
        (bound,) = given
        if self.per is not None and bound not in _MAY_PER:
            raise ValueError(f"`per` goes with {', '.join(_MAY_PER)}, not with {bound}")
        if self.per is None and bound in _NEED_PER:
            raise ValueError(f"{bound} needs `per`, which says what the portions are, such as provider")
        if (self.grading is not None) != (bound in _GRADED):
            raise ValueError("`grading` belongs to mean_at_least and points_at_least, and both need it")
        if self.weights and bound not in _GRADED and self.share is None:
            raise ValueError("`weights` belong to shares, mean_at_least and points_at_least, and only to them")
        if self.of_last is not None and Fraction(self.of_last) < Fraction(self.last_at_least or 10**6):
            raise ValueError("`of_last` belongs to last_at_least, and is at least as many credits")
        if self.share is None and (self.base is not None or self.base_per):
            raise ValueError("`base` and `base_per` belong to shares, and only to them")
        if self.within and (self.over != "counted" or bound in _NOT_WITHIN):
            raise ValueError(f"`within` goes with what is counted, and not with {', '.join(_NOT_WITHIN)}")
        if self.base_per and self.per is None:
            raise ValueError("`base_per` takes the share within each portion, so it needs `per`")
        if self.weigh_by == "units" and self.share is None and bound != "mean_at_least":
            raise ValueError("`weigh_by` belongs to shares and means, and only to them")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError("a share lies between 0/1 and 1/1")
        return self

    @property
    def share(self) -> Fraction | None:
        """The bound as a share, when it is one."""
        text = self.share_at_least or self.share_at_most
        return Fraction(text) if text else None


class Prerequisite(Node):
    """Order in time: each counted unit of `where` was earned after enough of `needs` had been.

    Enough is `credits_at_least` or `units_at_least` of counted units, earned on an earlier day; with `concurrent` on
    the same day or earlier.
    """

    kind: Literal["prerequisite"] = Field(description="something was earned before something else")
    over: Literal["counted", "attempted"] = Field(
        description="counted: what the answer counts. attempted: all units given"
    )
    where: Where = Field(description="the units that come later")
    needs: Where = Field(description="the units that come first")
    credits_at_least: CreditText | None = Field(default=None, description="so many credits of them come first")
    units_at_least: Count | None = Field(default=None, description="so many of them come first")
    concurrent: bool = Field(default=False, description="the same day is early enough")

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> Self:
        if (self.credits_at_least is None) == (self.units_at_least is None):
            raise ValueError("a prerequisite has either credits_at_least or units_at_least")
        return self


class Exclusion(Node):
    """Units of at most one of these choices count: whoever counts one kind cannot count another."""

    kind: Literal["exclusion"] = Field(description="units of one choice only count")
    over: Literal["counted", "attempted"] = Field(
        description="counted: what the answer counts. attempted: all units given"
    )
    between: Annotated[tuple[Where, ...], Field(min_length=2, max_length=20)] = Field(
        description="the choices of which at most one may be used"
    )


class Group(Node):
    """Nodes taken together: `all` of them, `any` one, or `n-of` them with `n`."""

    kind: Literal["all", "any", "n-of"] = Field(description="all: every node holds. any: one does. n-of: `n` do")
    n: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="how many nodes of an n-of group hold"
    )
    of: Annotated[tuple["AnyNode", ...], Field(min_length=1, max_length=200)] = Field(
        description="the nodes of the group"
    )

    @model_validator(mode="after")
    def _n_fits(self) -> Self:
        if (self.kind == "n-of") != (self.n is not None):
            raise ValueError("`n` belongs to n-of groups, and only to them")
        if self.n is not None and self.n > len(self.of):
            count = len(self.of)
            raise ValueError(f"n is {self.n}, but only {count} {'node is' if count == 1 else 'nodes are'} given")
        return self

    @property
    def needed(self) -> int:
        """How many of the nodes must hold."""
        return {"all": len(self.of), "any": 1}.get(self.kind, self.n or 0)


Leaf: TypeAlias = Requirement | Limit | Prerequisite | Exclusion
"""A node that is no group."""
AnyLeafOrGroup: TypeAlias = Group | Leaf
AnyNode = Annotated[Group | Requirement | Limit | Prerequisite | Exclusion, Field(discriminator="kind")]


def choices(node: AnyLeafOrGroup) -> tuple[tuple[Address, Where], ...]:
    """Every `where` that stands directly at a node, each with its address below the node."""
    if isinstance(node, Requirement):
        return ((("where",), node.where),)
    if isinstance(node, Limit):
        base: tuple[tuple[Address, Where], ...] = ((("base",), node.base),) if node.base is not None else ()
        weights = tuple((("weights", index, "where"), one.where) for index, one in enumerate(node.weights))
        return ((("where",), node.where), *base, *weights)
    if isinstance(node, Prerequisite):
        return (("where",), node.where), (("needs",), node.needs)
    if isinstance(node, Exclusion):
        return tuple((("between", index), where) for index, where in enumerate(node.between))
    return ()


def within(at: Address, where: Where) -> Iterator[tuple[Address, Where]]:
    """A choice and all choices inside it, each with its address."""
    yield at, where
    for inner, choice in where.inner():
        yield from within((*at, *inner), choice)


def addressed(node: AnyLeafOrGroup, at: Address = ("requires",)) -> Iterator[tuple[Address, AnyLeafOrGroup]]:
    """The node and every node below it, in document order, each with its address in the document."""
    yield at, node
    if isinstance(node, Group):
        for index, child in enumerate(node.of):
            yield from addressed(child, (*at, "of", index))


__all__ = [
    "BOUNDS",
    "FIELD_PORTIONS",
    "PORTIONS",
    "SEVERAL",
    "AnyLeafOrGroup",
    "AnyNode",
    "Exclusion",
    "Group",
    "Leaf",
    "Limit",
    "Node",
    "Prerequisite",
    "Requirement",
    "Together",
    "Weight",
    "addressed",
    "choices",
    "within",
]
