"""Grading scales, as the rules of one award read them: which grade is better, and what each is worth.

A scale stands in the document that uses it, so that a sum can be re-checked from that document alone. Units name
the scale of their grade by the same id, signed by their issuer.
"""

import re
from fractions import Fraction
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from creditbank.framework.common import Document, Problems, Term, form

Grade = Annotated[str, Field(min_length=1, max_length=16)]
PointsText = Annotated[
    str, form(r"^[0-9]{1,4}(\.[0-9]{1,3})?$", 'points in quotes with at most three places, such as "3.7"')
]

_NUMBER: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?", re.ASCII)


class GradeStep(Document):
    """One grade of a scale. `points` is what it is worth in means and sums; without points it is left out of them."""

    code: Grade = Field(description="the grade as credentials state it")
    title: Term | None = Field(default=None, description="the grade in words")
    points: PointsText | None = Field(
        default=None, description="what it is worth in means and sums; without, it is left out of them"
    )


class GradeScale(Document):
    """A grading scale: named `grades` from the worst to the best, or `numbers` from the worst to the best.

    `numbers: ["0", "100"]` is a scale on which more is better, `numbers: ["5", "1"]` one on which less is. On a
    scale of numbers a grade is worth itself. On a scale of named grades points rise from the worst to the best.
    """

    grades: Annotated[tuple[GradeStep, ...], Field(max_length=60)] = Field(
        default=(), description="named grades, the worst first"
    )
    numbers: tuple[PointsText, PointsText] | None = Field(
        default=None, description="the worst and the best number, instead of named grades"
    )

    @model_validator(mode="after")
    def _orders_grades(self) -> Self:
        if bool(self.grades) == (self.numbers is not None):
            raise ValueError("a scale has either `grades` or `numbers`")
        found: list[tuple[tuple[str | int, ...], str]] = []
        if self.numbers is not None and Fraction(self.numbers[0]) == Fraction(self.numbers[1]):
            found.append((("numbers",), "the worst and the best number are the same"))
        seen: set[str] = set()
        before: Fraction | None = None
        for index, step in enumerate(self.grades):
            if step.code in seen:
                found.append((("grades", index, "code"), f"the grade {step.code!r} stands twice"))
            seen.add(step.code)
            if step.points is None:
                continue
            worth = Fraction(step.points)
            if before is not None and worth < before:
                found.append((("grades", index, "points"), "grades stand worst first, so their points never fall"))
            before = worth
        if found:
            raise Problems(found)
        return self

    @property
    def descends(self) -> bool:
        """Whether a smaller number is the better grade."""
        return self.numbers is not None and Fraction(self.numbers[1]) < Fraction(self.numbers[0])

    @property
    def best(self) -> Fraction | None:
        """What the best grade is worth in means; None where no grade has points."""
        if self.numbers is not None:
            return Fraction(self.numbers[1])
        points = [Fraction(step.points) for step in self.grades if step.points is not None]
        return max(points) if points else None

    def rank(self, grade: str) -> Fraction | None:
        """Where a grade stands, the better the larger; None for a text that is no grade of this scale."""
        if self.numbers is None:
            codes = [step.code for step in self.grades]
            return Fraction(codes.index(grade)) if grade in codes else None
        if _NUMBER.fullmatch(grade) is None:
            return None
        value, (worst, best) = Fraction(grade), map(Fraction, self.numbers)
        if not min(worst, best) <= value <= max(worst, best):
            return None
        return -value if self.descends else value

    def points(self, grade: str) -> Fraction | None:
        """What a grade is worth in a mean or a sum of points; None when it is left out of them."""
        if self.numbers is not None:
            return Fraction(grade) if self.rank(grade) is not None else None
        found = next((step.points for step in self.grades if step.code == grade), None)
        return None if found is None else Fraction(found)


__all__ = ["Grade", "GradeScale", "GradeStep", "PointsText"]
