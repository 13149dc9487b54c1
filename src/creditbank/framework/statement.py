"""What somebody has published about credits of two systems. It informs whoever decides; it decides nothing.

A *conversion statement* says what its author takes one credit of a system to be worth in another: one way, with its
reach, its year and its source. Statements contradict each other, and both may be right for their own purpose; so they
stand side by side under their names. A body that wants to use one adopts it in a conversion policy of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from creditbank.errors import BadInput
from creditbank.framework.common import Confidence, Document, Id, Problems, ShareText, Sources, Text, YearText
from creditbank.framework.faults import Fault
from creditbank.framework.framework import (
    ConversionPolicy,
    CreditSystem,
    conversion_interval,
    year_ratio,
)
from creditbank.units import Credits


class SameCreditSystem(BadInput):
    """Credits were to be compared with credits of their own system."""

    slug = "same-credit-system"


class ConversionStatement(Document):
    """A published statement that one credit of a system is worth `ratio` credits of another. It runs one way.

    `basis` is why: equal `hours`, equal full-time `year`s, or an `agreement` (also a custom that nobody computed).
    `scope` says in words for what it was meant. What follows from hours or years alone is computed, never stated.
    """

    document: Literal["creditbank/conversion-statement/v1"]
    id: Id
    from_system: Id
    to_system: Id
    ratio: ShareText
    basis: Literal["hours", "year", "agreement"]
    stated_by: Text
    year: Annotated[YearText | None, Field(description="when it was stated; null when no page read says so")] = None
    scope: Text
    confidence: Confidence
    note: str = ""
    sources: Sources

    @model_validator(mode="after")
    def _compares_two_systems(self) -> Self:
        found: list[tuple[tuple[str | int, ...], str]] = []
        if self.from_system == self.to_system:
            found.append((("to_system",), "a statement speaks of another credit system"))
        if Fraction(self.ratio) == 0:
            found.append((("ratio",), "a ratio of nothing says nothing"))
        if found:
            raise Problems(found)
        return self

    @property
    def exact(self) -> Fraction:
        """What one credit of `from_system` is worth."""
        return Fraction(self.ratio)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is said and what can be computed about an amount of credits in another system; none of it is a decision.

    All values are exact and in `target` credits. `hours` is the least and the most that equal hours give, `year` what
    equal full-time years give; None where that cannot be computed, and `no_hours` then says why.
    """

    amount: Credits
    source: CreditSystem
    target: CreditSystem
    stated: tuple[tuple[ConversionStatement, Fraction], ...]
    hours: tuple[Fraction, Fraction] | None
    no_hours: str
    year: Fraction | None


def compare(
    amount: Credits, source: CreditSystem, target: CreditSystem, statements: Iterable[ConversionStatement]
) -> Comparison:
    """Set side by side what is known of `amount` credits of `source` in `target` credits.

    Only statements from the one system to the other count: none is turned round, and two never make a third. Raises
    `SameCreditSystem`.
    """
    if source.id == target.id:
        raise SameCreditSystem(
            f"Both are {source.id} credits, so there is nothing to compare.", next_step="Name two credit systems."
        )
    have = amount.as_fraction()
    interval, year = conversion_interval(source, target), year_ratio(source, target)
    return Comparison(
        amount,
        source,
        target,
        tuple(
            (one, have * one.exact)
            for one in sorted(statements, key=lambda one: one.id)
            if (one.from_system, one.to_system) == (source.id, target.id)
        ),
        None if interval is None else (have * interval[0], have * interval[1]),
        _why_no_hours(source, target) if interval is None else "",
        None if year is None else have * year,
    )


def _why_no_hours(source: CreditSystem, target: CreditSystem) -> str:
    for system in (source, target):
        if system.hours is None:
            return f"not known: the hours of a {system.id} credit are not stated"
    words = {"class": "time in class", "notional": "all the time a learner needs"}
    return (
        f"not comparable: {source.id} credits count {words[source.hours_kind]},"
        f" {target.id} credits {words[target.hours_kind]}"
    )


def check_conversion(policy: ConversionPolicy, statements: Iterable[ConversionStatement]) -> list[Fault]:
    """Where a policy differs from the statement that it says it adopts; nothing when it names none."""
    if policy.adopts is None:
        return []
    named = next((one for one in statements if one.id == policy.adopts), None)
    if named is None:
        sentence = f"No conversion statement {policy.adopts!r} is loaded."
        return [Fault("unknown-document-named", ("adopts",), sentence)]
    found = [
        Fault(
            "not-as-adopted",
            (key,),
            f"{named.id} speaks of {getattr(named, key)} credits, this policy of {getattr(policy, key)} credits.",
            "A statement runs one way, between the two systems it names.",
        )
        for key in ("from_system", "to_system")
        if getattr(policy, key) != getattr(named, key)
    ]
    if Fraction(policy.ratio) != named.exact:
        sentence = f"{named.id} states the ratio {named.ratio}, and this policy says {policy.ratio}."
        next_step = "Take its ratio, or leave `adopts` out: then the ratio is the body's own."
        found.append(Fault("not-as-adopted", ("ratio",), sentence, next_step))
    return found
