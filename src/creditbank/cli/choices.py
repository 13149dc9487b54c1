"""Which units a rule speaks of, in plain language; and the small words that rules share."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from creditbank.framework import Where
from creditbank.framework.where import GradeRange

DURATIONS: Final = {"Y": "year", "M": "month", "D": "day"}
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DIMENSIONS: Final = {
    "knowledge": "knowledge and understanding",
    "skills": "skills and capacity",
    "values": "values and attitudes",
}
_TAKEN: Final = {"volunteering": "as volunteering", "work-experience": "as work experience"}


def where_words(where: Where) -> str:
    """Which units a rule speaks of, to be put behind `units`; empty when it speaks of all."""
    parts: list[str] = []
    if where.category:
        parts.append(f"in category {any_of(where.category)}")
    if where.source_type:
        parts.append(f"earned by {any_of(tuple(text.replace('-', ' ') for text in where.source_type))}")
    if where.mode:
        parts.append(f"taken {any_of(tuple(_TAKEN.get(text, text) for text in where.mode))}")
    if where.provider:
        parts.append(f"from {any_of(tuple(_provider(text) for text in where.provider))}")
    if where.framework:
        parts.append(f"of framework {any_of(where.framework)}")
    if where.achievement:
        parts.append(f"named {any_of(where.achievement)}")
    if where.achievement_type:
        parts.append(f"of the kind {any_of(where.achievement_type)}")
    parts.extend(_subject_words(where))
    parts.extend(_range_words(where))
    parts.extend(_time_words(where))
    if where.any_of:
        options = [where_words(choice) or "of any kind" for choice in where.any_of]
        if len(options) > 1:
            parts.append(f"either {'; or '.join(options)}")
        elif parts:
            parts[-1] += f" and {options[0]}"
        else:
            parts.append(options[0])
    if where.excluding is not None:
        parts.append(f"other than those {where_words(where.excluding) or 'of any kind'}")
    return ", ".join(parts)


def _subject_words(where: Where) -> list[str]:
    parts: list[str] = []
    if where.field:
        parts.append(f"in ISCED field {any_of(where.field)}")
    if where.dimension:
        parts.append(f"with an outcome in {any_of(tuple(DIMENSIONS[name] for name in where.dimension))}")
    if where.language:
        parts.append(f"taught in {any_of(where.language)}")
    if where.country:
        parts.append(f"from country {any_of(where.country)}")
    return parts


def _range_words(where: Where) -> list[str]:
    parts: list[str] = []
    if where.grade is not None:
        parts.append(grade_words(where.grade))
    low, high = where.level_at_least, where.level_at_most
    if low and high:
        parts.append(f"at level {low}" if low == high else f"at levels {low} to {high}")
    elif low or high:
        parts.append(f"at level {low} or above" if low else f"at level {high} or below")
    least, most = where.size_at_least, where.size_at_most
    if least and most:
        parts.append(f"of {count(least, 'credit')} each" if least == most else f"of {least} to {most} credits each")
    elif least or most:
        parts.append(f"of at {'least' if least else 'most'} {count(str(least or most), 'credit')} each")
    return parts


def grade_words(grade: GradeRange) -> str:
    """The grades that a choice asks for."""
    scale = f"on the scale {grade.scale}"
    if grade.at_least and grade.at_most:
        if grade.at_least == grade.at_most:
            return f"with the grade {grade.at_least} {scale}"
        return f"with a grade from {grade.at_least} to {grade.at_most} {scale}"
    if grade.at_least or grade.at_most:
        better = f"{grade.at_least} or better" if grade.at_least else f"{grade.at_most} or worse"
        return f"with a grade of {better} {scale}"
    return f"with a grade {scale}"


def _time_words(where: Where) -> list[str]:
    parts: list[str] = []
    if where.earned_within:
        parts.append(f"earned within the last {duration_words(where.earned_within)}")
    first, last = where.earned_from, where.earned_until
    if first and last:
        parts.append(f"earned on {first}" if first == last else f"earned from {first} to {last}")
    elif first or last:
        parts.append(f"earned on {first} or later" if first else f"earned on {last} or earlier")
    return parts


def duration_words(duration: str) -> str:
    """`P7Y` as `7 years`."""
    return count(duration[1:-1], DURATIONS[duration[-1]])


def day_words(text: str) -> str:
    """`03-01` as `1 March`."""
    return f"{int(text[3:])} {MONTHS[int(text[:2]) - 1]}"


def share_words(share: Fraction) -> str:
    """A share as a percentage where that is exact, else as the fraction."""
    percent = share * 100
    return f"{percent.numerator} %" if percent.denominator == 1 else f"{share.numerator}/{share.denominator}"


def any_of(names: Sequence[str]) -> str:
    """Names joined with `or`."""
    return _joined(names, "or") or "none"


def all_of(names: Sequence[str]) -> str:
    """Names joined with `and`."""
    return _joined(names, "and") or "none"


def count(number: str, noun: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def _joined(names: Sequence[str], word: str) -> str:
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else "".join(names)


def _provider(text: str) -> str:
    return "the body that awards" if text == "awarding" else text
