"""Which units a rule speaks of."""

from typing import Annotated, Final, Literal, Self

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

    scale: Id = Field(description="the name of a scale in `grading`")
    at_least: Grade | None = Field(default=None, description="this grade or a better one")
    at_most: Grade | None = Field(default=None, description="this grade or a worse one")


class Where(Document):
    """Which units a rule speaks of: every given field must hold, and a list means any one of its values.

    `provider` takes DIDs or the word `awarding` (the body that awards). `field` takes ISCED-F codes and everything
    below them. `dimension` asks for an outcome in that dimension. `size_at_least` and `size_at_most` speak of the whole
    unit, in the award's credits. `earned_within` is an ISO 8601 duration of whole years, months or days (`P7Y`) counted
    back from the date of evaluation; `earned_from` and `earned_until` are days, both included. `any_of` holds when one
    of its choices does.
    """

    category: tuple[Tag, ...] = Field(default=(), description="it carries one of these categories")
    source_type: tuple[Id, ...] = Field(
        default=(), description="it came about in one of these ways, such as accredited-course"
    )
    mode: tuple[Mode, ...] = Field(default=(), description="how it was taken")
    provider: tuple[ProviderText, ...] = Field(default=(), description="who issued it: DIDs, or the word `awarding`")
    framework: tuple[Id, ...] = Field(default=(), description="its level is of one of these frameworks")
    achievement: tuple[Term, ...] = Field(default=(), description="it is one of these achievements, by id")
    achievement_type: tuple[Term, ...] = Field(
        default=(), description="it is of one of these kinds, in the words of Open Badges 3.0"
    )
    field: tuple[FieldText, ...] = Field(default=(), description="its field of study (ISCED-F 2013), or one above it")
    dimension: tuple[Dimension, ...] = Field(default=(), description="one of its outcomes is of this dimension")
    language: tuple[LanguageText, ...] = Field(default=(), description="the language it was taught in")
    country: tuple[CountryCode, ...] = Field(default=(), description="the country it comes from")
    grade: GradeRange | None = Field(default=None, description="its grade is in this range")
    size_at_least: CreditText | None = Field(
        default=None, description="the whole unit, in credits of the award, is this large"
    )
    size_at_most: CreditText | None = Field(
        default=None, description="the whole unit, in credits of the award, is no larger"
    )
    level_at_least: LevelCode | None = Field(default=None, description="lowest level, in the framework of the award")
    level_at_most: LevelCode | None = Field(default=None, description="highest level, in the framework of the award")
    earned_within: DurationText | None = Field(
        default=None, description="no longer ago than this on the day of evaluation"
    )
    earned_from: DateText | None = Field(default=None, description="earned on this day or later")
    earned_until: DateText | None = Field(default=None, description="earned on this day or earlier")
    any_of: Annotated[tuple["Where", ...], Field(max_length=20)] = Field(
        default=(), description="it fits at least one of these"
    )
    excluding: "Where | None" = Field(default=None, description="it does not fit this")

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.earned_from is not None and self.earned_until is not None and self.earned_until < self.earned_from:
            raise ValueError(f"no day lies from {self.earned_from} until {self.earned_until}")
        return self

    @property
    def everything(self) -> bool:
        """True when no field narrows the choice."""
        return self == _EVERYTHING

    def given(self) -> tuple[str, ...]:
        """The names of the keys that narrow the choice, in the order of the vocabulary."""
        written = self.model_fields_set
        return tuple(name for name in Where.model_fields if name in written and getattr(self, name) not in ((), None))

    def inner(self) -> "tuple[tuple[tuple[str | int, ...], Where], ...]":
        """The choices directly inside this one, each with its address below it."""
        found: list[tuple[tuple[str | int, ...], Where]] = [
            (("any_of", index), choice) for index, choice in enumerate(self.any_of)
        ]
        if self.excluding is not None:
            found.append((("excluding",), self.excluding))
        return tuple(found)


_EVERYTHING: Final = Where()

__all__ = ["CountryCode", "Dimension", "FieldText", "GradeRange", "LanguageText", "Mode", "Where"]
