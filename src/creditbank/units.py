"""Small exact types that everybody shares: amounts of credit, and instants in time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final, Self

from creditbank.errors import BadInput


class UnreadableCredits(BadInput):
    """This text is not an amount of credit."""

    slug = "unreadable-credits"


class UnreadableInstant(BadInput):
    """This text is not a point in time with its zone."""

    slug = "unreadable-instant"


class NegativeCredits(BadInput):
    """An amount of credit cannot fall below zero."""

    slug = "negative-credits"


@dataclass(frozen=True, slots=True, order=True)
class Credits:
    """An amount of learning credit, kept in whole thousandths so that sums are exact.

    It says nothing of the credit system; `CreditAmount` does. Never negative.
    """

    thousandths: int

    def __post_init__(self) -> None:
        if self.thousandths < 0:
            raise NegativeCredits(f"{self.thousandths} thousandths of a credit is below zero.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"2.5"` as two and a half credits; raise `UnreadableCredits` for anything else."""
        match = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{1,3}))?", text, re.ASCII)
        if match is None:
            raise UnreadableCredits(
                f"{text[:40]!r} is not an amount of credit.",
                next_step='Write a plain decimal such as "2.5", with at most three places.',
            )
        whole, part = match[1], match[2] or ""
        return cls(int(whole) * 1000 + int(part.ljust(3, "0")))

    def __add__(self, other: Self) -> Self:
        return type(self)(self.thousandths + other.thousandths)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.thousandths - other.thousandths)

    def __bool__(self) -> bool:
        return self.thousandths > 0

    def __str__(self) -> str:
        whole, part = divmod(self.thousandths, 1000)
        return f"{whole}.{part:03d}".rstrip("0").rstrip(".") if part else str(whole)

    def as_fraction(self) -> Fraction:
        """The amount as an exact fraction of whole credits."""
        return Fraction(self.thousandths, 1000)


NONE: Final = Credits(0)


@dataclass(frozen=True, slots=True)
class CreditAmount:
    """So many credits of one named credit system, for example 2.5 of `eu-ects`. Systems never mix silently."""

    system: str
    credits: Credits

    def __str__(self) -> str:
        return f"{self.credits} {self.system}"


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 date-time with a zone, such as `2026-11-23T14:02:00Z`, as an aware UTC datetime.

    Raises `UnreadableInstant` for a missing zone, a leap second, 24:00 or anything else (threat 57).
    """
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise UnreadableInstant(
            f"{text[:40]!r} is not a date and time with a zone.",
            next_step="Write it like 2026-11-23T14:02:00Z.",
        )
    try:
        trimmed = re.sub(r"\.([0-9]{6})[0-9]+", r".\1", text)
        return datetime.fromisoformat(trimmed).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableInstant(f"{text[:40]!r} is not a date and time that exists.") from None


def instant_text(moment: datetime) -> str:
    """Write an aware datetime as RFC 3339 in UTC, to the second."""
    assert moment.tzinfo is not None, "times inside the bank carry their zone"
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
