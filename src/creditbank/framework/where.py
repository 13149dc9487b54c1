"""Which units a rule speaks of."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from creditbank.framework.common import (
    CreditText,
    DateText,
    Document,
    DurationText,
    Id,
    LevelCode,
    ProviderText,
    Tag,
    Term,
    form,
)
from creditbank.framework.grading import Grade

Mode = Literal["online", "on-site", "blended", "volunteering", "work-experience"]
Dimension = Literal["knowledge", "skills", "values"]
FieldText = Annotated[
    str, form(r"^[0-9]{2,4}$", 'an ISCED-F 2013 code in quotes: "06" broad, "061" narrow, "0612" detailed')
]
LanguageText = Annotated[str, form(r"^[a-z]{2,3}$", "a language of two or three small letters, such as en")]
CountryCode = Annotated[str, form(r"^[A-Z]{2}$", "two capital letters (ISO 3166-1), such as IN")]


class GradeRange(Document):
    """Grades of one scale of this document's `grading`. Without bounds: any grade on that scale."""

    scale: Id
    at_least: Grade | None = None
    at_most: Grade | None = None


class Where(Document):
    """Which units a rule speaks of: every given field must hold, and a list means any one of its values.

    `provider` takes DIDs or the word `awarding` (the body that awards). `field` takes ISCED-F codes and everything
    below them. `dimension` asks for an outcome in that dimension. `size_at_least` and `size_at_most` speak of the whole
    unit, in the award's credits. `earned_within` is an ISO 8601 duration of whole years, months or days (`P7Y`) counted
    back from the date of evaluation; `earned_from` and `earned_until` are days, both included. `any_of` holds when one
    of its choices does.
    """

    category: tuple[Tag, ...] = ()
    source_type: tuple[Id, ...] = ()
    mode: tuple[Mode, ...] = ()
    provider: tuple[ProviderText, ...] = ()
    framework: tuple[Id, ...] = ()
    achievement: tuple[Term, ...] = ()
    achievement_type: tuple[Term, ...] = ()
    field: tuple[FieldText, ...] = ()
    dimension: tuple[Dimension, ...] = ()
    language: tuple[LanguageText, ...] = ()
    country: tuple[CountryCode, ...] = ()
    grade: GradeRange | None = None
    size_at_least: CreditText | None = None
    size_at_most: CreditText | None = None
    level_at_least: LevelCode | None = None
    level_at_most: LevelCode | None = None
    earned_within: DurationText | None = None
    earned_from: DateText | None = None
    earned_until: DateText | None = None
    any_of: Annotated[tuple["Where", ...], Field(max_length=20)] = ()
    excluding: "Where | None" = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.earned_from is not None and self.earned_until is not None and self.earned_until < self.earned_from:
            raise ValueError(f"no day lies from {self.earned_from} until {self.earned_until}")
        return self

    @property
    def everything(self) -> bool:
        """True when no field narrows the choice."""
        return self == Where()

    def inner(self) -> "tuple[tuple[tuple[str | int, ...], Where], ...]":
        """The choices directly inside this one, each with its address below it."""
        found: list[tuple[tuple[str | int, ...], Where]] = [
            (("any_of", index), choice) for index, choice in enumerate(self.any_of)
        ]
        if self.excluding is not None:
            found.append((("excluding",), self.excluding))
        return tuple(found)


__all__ = ["CountryCode", "Dimension", "FieldText", "GradeRange", "LanguageText", "Mode", "Where"]
