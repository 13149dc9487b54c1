"""A body's decision that something else than the rules say holds for one learner.

Rules are written for everybody, and people have petitions: another unit in a place, a higher maximum, a requirement let
go. An *exception* is such a decision as a document: for one learner, about one text of one qualification, at one
address in it, with who decided, why, and from when until when. Rules are never edited for it; what it changes is stated
in `creditbank.framework.excepting`.

An exception names a learner's DID, so it is personal data, unlike every other decision of a body: it is kept out of
open listings and travels with the award that rests on it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from creditbank.framework.common import DateText, DidText, Document, Id, Problems, Term, Text
from creditbank.framework.decision import DigestText, NodePath
from creditbank.framework.faults import Address
from creditbank.framework.framework import FOREVER, period_problem

ExceptionKind = Literal["also-allow", "block", "change-limit", "pin", "substitute", "waive"]
ChangedBound = Literal[
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
    "n",
]


def _as_spelled(value: object) -> object:
    """A bound's value as rule documents spell it: a whole number, or a short text such as "2.5", 1/2 or P7Y."""
    if isinstance(value, str) and 1 <= len(value) <= 32:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000:
        return value
    raise ValueError("a bound is a whole number up to 1000, or a short text in quotes, as the rules spell it")


BoundValue = Annotated[
    Any,
    AfterValidator(_as_spelled),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 1000},
                {"type": "string", "minLength": 1, "maxLength": 32},
            ]
        }
    ),
]


class RulesText(Document):
    """The one text of rules that is spoken of: a qualification by id, version and digest."""

    id: Id = Field(description="the qualification")
    version: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="in this version")
    digest: DigestText = Field(description="in exactly this text")


_OF_A_UNIT: Final = ("credential", "achievement")
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "also-allow": (),
    "block": (),
    "pin": (),
    "change-limit": ("bound", "value"),
    "substitute": ("instead_of", "accepted"),
    "waive": (),
}
_SAID: Final = (*_OF_A_UNIT, "instead_of", "accepted", "bound", "value")


class RuleException(Document):
    """A body's decision that for one learner something else holds at one node of one text of its rules.

    - `also-allow`: this unit is also spoken of by the requirement, or by the limit.
    - `block`: this unit is not spoken of there; at a group by no requirement below it, at the root it never counts.
    - `pin`: this unit fills exactly this requirement, when it counts; and the requirement holds only with it.
    - `substitute` (at the root): achievements that are accepted wherever these rules name another one.
    - `change-limit`: one bound of the node has another value.
    - `waive`: the node, with everything below it, is not asked for.

    A unit is named by its `credential`, or as any unit of an `achievement`. `decided_by` is a role, such as
    "examination board", never a person's name, and `reason` is read by everybody who checks the award.
    """

    document: Literal["creditbank/exception/v1"] = Field(description="what this file is")
    id: Id = Field(description="names the exception in evaluations and proofs")
    by: DidText = Field(description="the awarding body that decides")
    learner: DidText = Field(description="the one learner it is for")
    rules: RulesText = Field(description="the one text of rules that it departs from")
    node: NodePath = Field(description="the address of the rule: ids from the root, such as certificate/depth")
    kind: ExceptionKind = Field(description="what it does there")
    credential: Term | None = Field(default=None, description="the unit, as this one credential, by id")
    achievement: Term | None = Field(default=None, description="the unit, as any one of this achievement, by id")
    instead_of: Term | None = Field(default=None, description="the achievement that the rules name")
    accepted: Annotated[tuple[Term, ...], Field(max_length=20)] = Field(
        default=(), description="achievements that are accepted in its place"
    )
    bound: ChangedBound | None = Field(default=None, description="the bound of the node that changes")
    value: BoundValue | None = Field(default=None, description="its new value, spelled as in the rules")
    decided: DateText = Field(description="it holds from this day on")
    valid_until: DateText | None = Field(default=None, description="the last day on which it holds; left out, for good")
    decided_by: Term = Field(description="who decided: a role, never a person's name")
    reason: Text = Field(description="why; read by everybody who checks the award")
    sample: bool = Field(default=False, description="true: made up, decided by nobody")

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        found: list[tuple[Address, str]] = list(period_problem(self.decided, self.valid_until))
        found += self._missing_or_needless()
        if found:
            raise Problems(found)
        return self

    def _missing_or_needless(self) -> Iterator[tuple[Address, str]]:
        needs = _NEEDS[self.kind]
        given = [name for name in _SAID if getattr(self, name) not in (None, ())]
        for name in needs:
            if name not in given:
                yield (name,), f"`{self.kind}` needs `{name}`"
        of_a_unit = self.kind in ("also-allow", "block", "pin")
        named = [name for name in given if name in _OF_A_UNIT]
        if of_a_unit and len(named) != 1:
            yield (named[1] if named else "kind",), f"`{self.kind}` names one unit: by `credential` or by `achievement`"
        for name in given:
            if name not in needs and not (of_a_unit and name in _OF_A_UNIT):
                yield (name,), f"`{name}` does not belong to `{self.kind}`"
        for index, name in enumerate(self.accepted):
            if name == self.instead_of:
                yield ("accepted", index), f"{name!r} would stand for itself"
            elif name in self.accepted[:index]:
                yield ("accepted", index), f"{name!r} stands twice"

    @property
    def names(self) -> str:
        """The unit it names, as a credential or an achievement; empty where it names none."""
        return self.credential or self.achievement or ""

    @property
    def order(self) -> tuple[str, str]:
        """Its place among others: by the day of the decision, then by id."""
        return (self.decided, self.id)

    def valid_on(self, day: date) -> bool:
        """Whether the decision is in force on this day; both ends belong to it."""
        return self.decided <= day.isoformat() <= (self.valid_until or FOREVER)

    def reaches(self, path: str) -> bool:
        """Whether a node is the one it is about, or stands below it."""
        return path == self.node or path.startswith(f"{self.node}/")


__all__ = ["BoundValue", "ChangedBound", "ExceptionKind", "RuleException", "RulesText"]
