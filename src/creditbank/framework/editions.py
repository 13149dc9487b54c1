"""The versions of one framework: which is in force on a day, and do they agree with each other?

A version is in force from its first day to its last. Where it states no last day, it ends the day before a version
that says it `supersedes` it: a published version is never edited. A draft was never in force, ends nothing and
overlaps with nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from creditbank.framework.faults import Address, Fault
from creditbank.framework.framework import Framework

FOREVER: Final = "9999-12-31"
"""The last day of what states no end."""


def newest_edition(versions: Sequence[Framework]) -> Framework:
    """The version that starts last among those that are no draft; a draft only when there is nothing else."""
    assert versions, "a framework that is known has a version"
    ordered = sorted(versions, key=_age)
    return next((one for one in reversed(ordered) if one.standing == "in-force"), ordered[-1])


def last_day(version: Framework, versions: Sequence[Framework]) -> str:
    """The last day on which a version is in force, as ISO 8601 text; `9999-12-31` when none is known."""
    ends = [version.valid_until or FOREVER]
    ends += [_day_before(one.valid_from) for one in versions if _ends(one, version)]
    return min(ends)


def edition_in_force(versions: Sequence[Framework], day: date) -> Framework | None:
    """The version in force on this day, both its ends included, or None. Drafts are never in force."""
    text = day.isoformat()
    held = [one for one in versions if one.standing == "in-force" and one.valid_from <= text <= last_day(one, versions)]
    return max(held, key=_age, default=None)


def check_editions(versions: Sequence[Framework]) -> Iterator[tuple[int, Fault]]:
    """Every contradiction between the versions of one framework, each with the place of the version at fault.

    Two versions of one name are not told here: they are one document that stands twice.
    """
    known = {one.version for one in versions}
    for place, one in enumerate(versions):
        if one.supersedes and one.supersedes not in known:
            sentence = f"No version {one.supersedes!r} of {one.id!r} is loaded; loaded are: {', '.join(sorted(known))}."
            yield place, Fault("unknown-document-named", ("supersedes",), sentence)
        for other in versions:
            if one.supersedes == other.version != one.version and one.valid_from <= other.valid_from:
                sentence = f"It starts on {one.valid_from}; {other.version!r}, which it ends, on {other.valid_from}."
                yield place, Fault("inconsistent", ("supersedes",), sentence, "A version ends an older one.")
            if _overlaps(other, one, versions):
                sentence = (
                    f"From {one.valid_from} on both this version, {one.version!r}, and version {other.version!r} of "
                    f"{one.id!r} would be in force."
                )
                step = f'Give {other.version!r} an earlier last day, or write `supersedes: "{other.version}"` here.'
                yield place, Fault("overlapping-versions", ("valid_from",), sentence, step)


def check_framework(framework: Framework, systems: Collection[str]) -> list[Fault]:
    """Every credit system that a framework names and that does not exist."""
    named: list[tuple[Address, str | None]] = [(("credit_system",), framework.credit_system)]
    for index, kind in enumerate(framework.qualification_types):
        for place, size in enumerate(kind.sizes):
            named.append((("qualification_types", index, "sizes", place, "credit_system"), size.credit_system))
    return [
        Fault("unknown-document-named", address, f"No credit system {name!r} is loaded.")
        for address, name in named
        if name is not None and name not in systems
    ]


def _age(one: Framework) -> tuple[str, str]:
    return one.valid_from, one.version


def _ends(later: Framework, earlier: Framework) -> bool:
    return (
        later.supersedes == earlier.version
        and later.standing == "in-force"
        and later.valid_from > earlier.valid_from
        and later.id == earlier.id
    )


def _overlaps(earlier: Framework, later: Framework, versions: Sequence[Framework]) -> bool:
    if earlier.version == later.version or "draft" in (earlier.standing, later.standing):
        return False
    return _age(earlier) < _age(later) and later.valid_from <= last_day(earlier, versions)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
