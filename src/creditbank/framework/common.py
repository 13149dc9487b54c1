"""What every data document shares: its habits, its small types of text, and its digest.

A document is data that an agency or a registrar writes by hand. Its text types are patterns and not numbers,
because `2.5` read as a floating-point number is no longer what stands in the file.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from creditbank.canonical import Digest, json_digest


class Problems(ValueError):
    """Several faults found by one rule: each with the address of the value it speaks of, and a sentence."""

    def __init__(self, found: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(sentence for _, sentence in self.found))


def _existing_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is not a day of the calendar") from None
    return text


def _yearly_date(text: str) -> str:
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise ValueError(f"{text} is not a day that every year has") from None
    return text


FORMS: Final[dict[str, str]] = {}
"""The patterns of text types in words, for the sentence that refuses another text."""


def form(pattern: str, words: str) -> Any:
    """A text type's pattern together with the words for it."""
    FORMS[pattern] = words
    return Field(pattern=pattern, description=words)


Id = Annotated[str, form(r"^[a-z0-9][a-z0-9.-]{0,63}$", "an id of lower-case letters, digits, `.` and `-`")]
Tag = Annotated[
    str,
    form(
        r"^[a-z0-9][a-z0-9.:-]{0,127}$",
        "a tag of lower-case letters, digits, `.`, `:` and `-`",
    ),
]
Term = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
LevelCode = Annotated[
    str,
    form(r"^[A-Za-z0-9][A-Za-z0-9 .-]{0,31}$", 'a level as its framework spells it, such as "4.5"'),
]
CREDIT_PATTERN: Final = r"^[0-9]{1,6}(\.[0-9]{1,3})?$"
CreditText = Annotated[str, form(CREDIT_PATTERN, 'a decimal in quotes with at most three places, such as "2.5"')]
ShareText = Annotated[
    str, form(r"^[0-9]{1,4}/[1-9][0-9]{0,3}$", "a fraction of whole numbers of at most four digits, such as 1/2")
]
DateText = Annotated[
    str, form(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date, such as 2021-07-28"), AfterValidator(_existing_date)
]
YearlyDateText = Annotated[
    str,
    form(r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "month and day, such as 03-01"),
    AfterValidator(_yearly_date),
]
YearText = Annotated[str, form(r"^[0-9]{4}$", 'a year in quotes, such as "2019"')]
DurationText = Annotated[
    str, form(r"^P[1-9][0-9]{0,2}[YMD]$", "a duration of whole years, months or days, such as P7Y")
]
DidText = Annotated[
    str,
    form(r"^did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,400}$", "a DID, such as did:web:example.org"),
]
ProviderText = Annotated[
    str,
    form(
        r"^(awarding|did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,400})$",
        "the word `awarding`, or a DID",
    ),
]
CountryText = Annotated[
    str,
    form(r"^([A-Z]{2}|)$", "two capital letters (ISO 3166-1), such as IN, or empty for a region"),
]
Confidence = Annotated[
    Literal["H", "M", "L"],
    Field(description="H: read in a named source. M: known or second-hand. L: memory only, indicative."),
]


class Document(BaseModel):
    """The habits every data document shares: unknown keys are refused, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Source(Document):
    """Where a fact was published, and how sure we are of our reading of it."""

    name: Text
    note: str = ""
    confidence: Confidence = "H"


Sources = Annotated[tuple[Source, ...], Field(min_length=1)]


def document_digest(document: Document) -> Digest:
    """Hash a document by what it says: SHA-256 over the RFC 8785 form of its values, those at their default left out.

    Spelling, comments and key order of the file do not matter; YAML and JSON of one content have one digest. Leaving
    defaults out keeps the digests of published documents when the vocabulary grows by an optional key; so the default
    of a published key never changes: that would be `/v2`.
    """
    return json_digest(document.model_dump(mode="json", by_alias=True, exclude_defaults=True))


_DURATION: Final = re.compile(r"P([0-9]{1,3})([YMD])")


def day_after(day: date, duration: str) -> date:
    """The day that lies `duration` (`P7Y`, `P18M`, `P90D`) after `day`.

    Where that month is shorter, its last day: one year after 29 February is 28 February. Beyond the year 9999 it is the
    last day there is.
    """
    match = _DURATION.fullmatch(duration)
    assert match is not None, "durations were checked when the document was read"
    count, unit = int(match[1]), match[2]
    try:
        if unit == "D":
            return day + timedelta(days=count)
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "Y" else 1)
        return date(months // 12, months % 12 + 1, min(day.day, monthrange(months // 12, months % 12 + 1)[1]))
    except (OverflowError, ValueError):
        return date.max


def day_before(day: date, duration: str) -> date:
    """The day that lies `duration` (`P7Y`, `P18M`, `P90D`) before `day`.

    Where that month is shorter, its last day: one year before 29 February is 28 February. Before year 1 it is
    the first day there is.
    """
    match = _DURATION.fullmatch(duration)
    assert match is not None, "durations were checked when the document was read"
    count, unit = int(match[1]), match[2]
    try:
        if unit == "D":
            return day - timedelta(days=count)
        months = day.year * 12 + day.month - 1 - count * (12 if unit == "Y" else 1)
        first = date(months // 12, months % 12 + 1, 1)
    except (OverflowError, ValueError):
        return date.min
    next_month = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), next_month - timedelta(days=1))
