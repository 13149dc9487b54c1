"""Frameworks, credit systems, and the decisions that lead from one to another.

A framework orders levels; a credit system says what one credit stands for. Neither leads by itself to
another: a *conversion policy* is a body's decision about credits, a *recognition* its decision about one
unit, and a *relation* a published statement about levels that decides nothing. None of them is ever chained.
"""

from datetime import date
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.errors import BadInput
from creditbank.framework.common import (
    Confidence,
    CountryText,
    CreditText,
    DateText,
    DidText,
    Document,
    Id,
    LevelCode,
    Problems,
    ShareText,
    Sources,
    Tag,
    Term,
    Text,
    YearText,
)
from creditbank.framework.contradictions import framework_contradictions, relation_contradictions
from creditbank.units import Credits


class UnknownLevel(BadInput):
    """The framework has no level of this code."""

    slug = "unknown-level"


class PartExceedsWhole(BadInput):
    """More of a unit was to be converted than the unit has."""

    slug = "part-exceeds-whole"


def period_problem(valid_from: str, valid_until: str | None) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong with a period whose two ends belong to it, as `Problems` takes it; empty when nothing is."""
    if valid_until is not None and valid_until < valid_from:
        return [(("valid_until",), f"it ends on {valid_until}, before it starts on {valid_from}")]
    return []


_OWN_CONFIDENCE: Final = "when it differs from the document's"
_OWN_SOURCE: Final = "which of the document's `sources` this was read in, by name, when not in all of them"


class LevelDef(Document):
    """One level: its code, examples of what is awarded at it, and what it asks, by domain."""

    code: LevelCode
    title_examples: tuple[Term, ...] = ()
    summary: dict[Id, Text] = Field(default_factory=dict)
    note: str = ""
    source: str = Field(default="", description=_OWN_SOURCE)
    confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)


class Size(Document):
    """The size of a kind of award as published in one more credit system. It converts nothing."""

    credit_system: Id
    credits_min: CreditText | None = None
    credits_max: CreditText | None = None


class QualificationType(Document):
    """A kind of award the framework knows, with its published size: in credits, in hours, in full-time years.

    A size is that of the whole award; with `after` it is what the award asks on top of another kind.
    """

    code: Id
    title: Term
    level: LevelCode | None = None
    levels: tuple[LevelCode, ...] = Field(
        default=(), description="instead of `level`, for a kind that is awarded at several levels"
    )
    credits_min: CreditText | None = None
    credits_max: CreditText | None = None
    credits_from_level: LevelCode | None = Field(
        default=None, description="the lowest level whose credits count towards `credits_min`"
    )
    credits_at_level_min: CreditText | None = Field(
        default=None, description="of `credits_min`, at least so many at the award's own level or above"
    )
    at_level_confidence: Confidence | None = Field(
        default=None, description="of `credits_at_level_min`, when it differs from that of the type"
    )
    uncredited: bool = Field(default=False, description="it is awarded without any count of credits")
    hours_min: CreditText | None = None
    hours_max: CreditText | None = None
    years_min: CreditText | None = Field(default=None, description="full-time years of learning")
    years_max: CreditText | None = None
    sizes: tuple[Size, ...] = Field(default=(), description="the same size as published in other credit systems")
    after: Id | None = Field(default=None, description="the kind of award it builds on; sizes are what comes on top")
    note: str = ""
    source: str = Field(default="", description=_OWN_SOURCE)
    confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)

    @property
    def at_levels(self) -> tuple[str, ...]:
        """The levels it is awarded at; none when the framework does not say."""
        return self.levels if self.level is None else (self.level,)


class Remark(Document):
    """A statement about a framework that has a source or a confidence of its own."""

    text: Text
    source: str = Field(default="", description=_OWN_SOURCE)
    confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)


class Framework(Document):
    """A qualifications framework in one version: levels in ascending order, domains, kinds of award.

    A framework without levels (a credit bank, for instance) leaves `levels` empty. A version that is a `draft`
    was never in force; one that `supersedes` another ends that one the day before it starts, so that a published
    version need not be edited.
    """

    document: Literal["creditbank/framework/v1"]
    id: Id
    name: Text
    owner: Text
    country: CountryText = ""
    region: str = ""
    kind: Literal["national", "regional", "credit-bank", "micro-credential-standard", "custom"] = Field(
        description="`custom`: nobody has set a framework; the document says what is usual"
    )
    version: Annotated[str, Field(min_length=1, max_length=32)]
    standing: Literal["in-force", "draft"] = "in-force"
    supersedes: Annotated[str, Field(max_length=32)] = Field(
        default="", description="the version that this one ends, when that one states no last day"
    )
    valid_from: DateText
    valid_until: DateText | None = None
    confidence: Confidence
    summary: Text
    domains: tuple[Id, ...] = ()
    levels: tuple[LevelDef, ...] = ()
    credit_system: Id | None = None
    hours_per_year: CreditText | None = Field(
        default=None, description="hours of a full-time year, where sizes are published in years"
    )
    qualification_types: tuple[QualificationType, ...] = ()
    notes: tuple[Text, ...] = ()
    remarks: tuple[Remark, ...] = Field(default=(), description="statements with a source or a confidence of their own")
    sources: Sources

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := tuple(framework_contradictions(self.model_dump())):
            raise Problems(found)
        return self

    def order(self, code: str) -> int:
        """The rank of a level, 0 for the lowest; raise `UnknownLevel` for a code it does not have."""
        for rank, level in enumerate(self.levels):
            if level.code == code:
                return rank
        known = ", ".join(level.code for level in self.levels) or "none at all"
        raise UnknownLevel(
            f"{self.id} ({self.version}) has no level {code!r}; its levels are: {known}.",
            next_step="Spell the level as the framework does.",
        )

    def level(self, code: str) -> LevelDef:
        """The level of this code; raise `UnknownLevel` for a code the framework does not have."""
        return self.levels[self.order(code)]

    def confidence_of(self, code: str) -> Confidence:
        """How sure we are of a level: its own confidence, else the document's. Raises `UnknownLevel`."""
        return self.level(code).confidence or self.confidence

    def is_indicative(self, code: str) -> bool:
        """Whether a level is known from memory only (confidence L), so that nothing is stacked on it unasked.

        Raises `UnknownLevel` for a code the framework does not have.
        """
        return self.confidence_of(code) == "L"

    @property
    def indicative_levels(self) -> tuple[str, ...]:
        """The codes of all levels known from memory only, lowest first."""
        return tuple(level.code for level in self.levels if (level.confidence or self.confidence) == "L")


class CreditSystem(Document):
    """What one credit stands for: hours of learning, and how many make a full-time year.

    `hours_kind` tells whether the hours are a learner's whole working time (`notional`) or time in class
    (`class`); the two cannot be compared. The hours and the year may each be known with a confidence of its own.
    """

    document: Literal["creditbank/credit-system/v1"]
    id: Id
    name: Text
    hours_min: CreditText | None = None
    hours_max: CreditText | None = None
    hours_kind: Literal["notional", "class"] = "notional"
    full_time_year: CreditText | None = None
    hours_confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)
    year_confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)
    basis: Text
    confidence: Confidence
    sources: Sources

    @model_validator(mode="after")
    def _hours_form_a_range(self) -> Self:
        if (self.hours_min is None) != (self.hours_max is None):
            raise ValueError("hours_min and hours_max stand together, or both are left out")
        found: list[tuple[tuple[str | int, ...], str]] = []
        for name in ("hours_min", "hours_max", "full_time_year"):
            text = getattr(self, name)
            if text is not None and Fraction(text) == 0:
                found.append(((name,), "a credit of no hours, or a year of no credits, says nothing"))
        hours = self.hours
        if hours is not None and hours[0] > hours[1]:
            found.append((("hours_min",), f"{self.hours_min} is more than hours_max, {self.hours_max}"))
        if found:
            raise Problems(found)
        return self

    @property
    def hours(self) -> tuple[Fraction, Fraction] | None:
        """The fewest and the most hours of one credit."""
        if self.hours_min is None or self.hours_max is None:
            return None
        return Fraction(self.hours_min), Fraction(self.hours_max)


def conversion_interval(source: CreditSystem, target: CreditSystem) -> tuple[Fraction, Fraction] | None:
    """What one `source` credit may be worth in `target` credits by hours alone: least and most.

    None when the hours of either are unknown or are not of one kind. This is what a refusal shows; it
    converts nothing.
    """
    have, want = source.hours, target.hours
    if have is None or want is None or source.hours_kind != target.hours_kind:
        return None
    return have[0] / want[1], have[1] / want[0]


def year_ratio(source: CreditSystem, target: CreditSystem) -> Fraction | None:
    """What one `source` credit is worth in `target` credits if full-time years are equal, or None."""
    if source.full_time_year is None or target.full_time_year is None:
        return None
    return Fraction(target.full_time_year) / Fraction(source.full_time_year)


class ConversionPolicy(Document):
    """A body's decision how credits of one system count in another: exact, one way, for a time.

    `basis` tells why: equal `hours`, equal full-time `year`s, or an `agreement`. `max_share` is the largest
    part of an award's counted credits that may come through this policy. `adopts` names the published statement whose
    ratio it takes, when it takes one. `sample` marks a policy made for a demonstration.
    """

    document: Literal["creditbank/conversion/v1"]
    id: Id
    version: Annotated[str, Field(min_length=1, max_length=32)]
    title: str = ""
    from_system: Id
    to_system: Id
    ratio: ShareText
    basis: Literal["hours", "year", "agreement"]
    issuer: DidText
    source: Text
    valid_from: DateText
    valid_until: DateText | None = None
    rounding: Literal["down", "half-up"] = "down"
    rounding_unit: CreditText = "0.5"
    max_share: ShareText | None = None
    adopts: Id | None = Field(default=None, description="the id of the conversion statement whose ratio this is")
    sample: bool = False

    @model_validator(mode="after")
    def _is_a_conversion(self) -> Self:
        found = period_problem(self.valid_from, self.valid_until)
        if self.from_system == self.to_system:
            found.append((("to_system",), "a conversion leads to another credit system"))
        if Fraction(self.ratio) == 0:
            found.append((("ratio",), "a ratio of nothing converts nothing"))
        if Fraction(self.rounding_unit) == 0:
            found.append((("rounding_unit",), 'the rounding unit is more than zero, such as "0.5"'))
        if self.max_share is not None and not 0 < Fraction(self.max_share) <= 1:
            found.append((("max_share",), "a share lies between 0/1 and 1/1, and is not 0/1"))
        if self.rounding == "half-up" and self.basis != "agreement":
            found.append((("rounding",), "only an agreement may round up past a unit's own hours; write `down`"))
        if found:
            raise Problems(found)
        return self

    @property
    def share(self) -> Fraction:
        """The largest part of an award's counted credits that may come through it (1 when unbounded)."""
        return Fraction(self.max_share) if self.max_share else Fraction(1)

    def valid_on(self, day: date) -> bool:
        """Whether the policy is in force on this day; both ends belong to it."""
        return self.valid_from <= day.isoformat() <= (self.valid_until or FOREVER)

    def convert(self, amount: Credits, *, whole: Credits | None = None) -> Credits:
        """Convert `amount` credits of a unit that has `whole` (by default `amount` is all of it), exactly.

        Rounds once, on the unit. A part always rounds down, so that the parts of a unit never come to more
        than the whole would. Raises `PartExceedsWhole` when `amount` is more than `whole`.
        """
        if whole is not None and amount > whole:
            raise PartExceedsWhole(f"{amount} credits of a unit that has {whole} cannot be converted.")
        step = Fraction(self.rounding_unit)
        steps = amount.as_fraction() * Fraction(self.ratio) / step
        if self.rounding == "half-up" and whole in (None, amount):
            steps += Fraction(1, 2)
        return Credits(int((steps.numerator // steps.denominator) * step * 1000))


FOREVER: Final = "9999-12-31"


class Recognition(Document):
    """A body's decision that one achievement counts at a level, and in categories, of a framework.

    Without it a unit of another framework has no level here. It decides nothing about credits.
    """

    document: Literal["creditbank/recognition/v1"]
    id: Id
    by: DidText
    achievement: Term
    achievement_version: str = Field(default="", description="empty: every version of the achievement")
    framework: Id
    level: LevelCode | None = None
    categories: tuple[Tag, ...] = ()
    decided: DateText
    valid_until: DateText | None = None
    reason: Text
    sample: bool = False

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if found := period_problem(self.decided, self.valid_until):
            raise Problems(found)
        return self

    def valid_on(self, day: date) -> bool:
        """Whether the decision is in force on this day; both ends belong to it."""
        return self.decided <= day.isoformat() <= (self.valid_until or FOREVER)


class LevelPair(Document):
    """One level and its counterparts in the other framework; an empty list says that there is none."""

    level: LevelCode
    to: tuple[LevelCode, ...]
    note: str = ""
    source: str = Field(default="", description=_OWN_SOURCE)
    confidence: Confidence | None = Field(default=None, description=_OWN_CONFIDENCE)


class Relation(Document):
    """A published statement how levels of one framework compare with those of another: one way, attributed.

    It is not recognition, it does not run backwards, and two relations never make a third. A statement made about
    one version of a framework names it, and says nothing about other versions.
    """

    document: Literal["creditbank/relation/v1"]
    id: Id
    kind: Literal["referenced", "compared", "best-fit", "custom"]
    from_framework: Id
    from_version: Annotated[str, Field(max_length=32)] = Field(
        default="", description="the version it was made about; empty when it names none"
    )
    to_framework: Id
    to_version: Annotated[str, Field(max_length=32)] = Field(
        default="", description="the version it was made about; empty when it names none"
    )
    stated_by: Text
    year: YearText | None = None
    confidence: Confidence
    pairs: Annotated[tuple[LevelPair, ...], Field(min_length=1)]
    unmatched: tuple[LevelCode, ...] = Field(
        default=(), description="levels of `to_framework` that are stated to have no counterpart"
    )
    note: str = ""
    sources: Sources

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := tuple(relation_contradictions(self.model_dump())):
            raise Problems(found)
        return self

    def counterparts(self, code: str) -> tuple[str, ...] | None:
        """The levels stated for `code`: empty when it states that there is none, None when it is silent."""
        return next((pair.to for pair in self.pairs if pair.level == code), None)
