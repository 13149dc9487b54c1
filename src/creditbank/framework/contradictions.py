"""What a framework or a relation says in two ways, found in its plain values.

These rules look at values that may be wrong in form as well, so that a file with a misspelt word and a level that
stands twice is told both at once. What cannot be read is passed over here: whoever reads the form tells it.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from creditbank.framework.common import CREDIT_PATTERN

Found: TypeAlias = Iterator[tuple[tuple[str | int, ...], str]]
Plain: TypeAlias = Mapping[str, Any]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CREDITS: Final = re.compile(CREDIT_PATTERN)


def framework_contradictions(plain: Plain) -> Found:
    """Everything a framework says in two ways, each with its address and a sentence."""
    yield from _period(plain)
    yield from _levels(plain)
    types = dict(_objects(plain, "qualification_types"))
    codes, kinds = _codes(plain, "levels"), _codes(plain, "qualification_types")
    seen: set[str] = set()
    for index, kind in types.items():
        code = kind.get("code")
        at = ("qualification_types", index)
        if isinstance(code, str) and code in seen:
            yield (*at, "code"), f"the type {code!r} stands twice"
        seen.add(str(code))
        for inner, said in _kind_of_award(kind, codes, kinds):
            yield (*at, *inner), said
    for name in ("levels", "qualification_types", "remarks"):
        yield from _sources(plain, name)
    if plain.get("supersedes") and plain.get("supersedes") == plain.get("version"):
        yield ("supersedes",), "a version supersedes another one, not itself"


def relation_contradictions(plain: Plain) -> Found:
    """Everything a relation says in two ways, each with its address and a sentence."""
    seen: set[str] = set()
    matched: set[str] = set()
    for index, pair in _objects(plain, "pairs"):
        level = pair.get("level")
        if isinstance(level, str) and level in seen:
            yield ("pairs", index, "level"), f"the level {level!r} stands twice"
        seen.add(str(level))
        codes = _texts(pair, "to")
        matched.update(codes.values())
        yield from _twice(("pairs", index, "to"), codes)
    unmatched = _texts(plain, "unmatched")
    for place, code in unmatched.items():
        if code in matched:
            yield ("unmatched", place), f"the level {code!r} has a counterpart above"
    yield from _twice(("unmatched",), {place: code for place, code in unmatched.items() if code not in matched})
    yield from _sources(plain, "pairs")
    if isinstance(plain.get("from_framework"), str) and plain.get("from_framework") == plain.get("to_framework"):
        yield ("to_framework",), "a relation leads to another framework"


def _period(plain: Plain) -> Found:
    start, end = plain.get("valid_from"), plain.get("valid_until")
    if (
        isinstance(start, str)
        and isinstance(end, str)
        and _DAY.fullmatch(start)
        and _DAY.fullmatch(end)
        and end < start
    ):
        yield ("valid_until",), f"it ends on {end}, before it starts on {start}"


def _levels(plain: Plain) -> Found:
    domains = list(_texts(plain, "domains").values())
    seen: set[str] = set()
    for index, level in _objects(plain, "levels"):
        code = level.get("code")
        if isinstance(code, str) and code in seen:
            yield ("levels", index, "code"), f"the level {code!r} stands twice"
        seen.add(str(code))
        summary = level.get("summary")
        for domain in summary if isinstance(summary, Mapping) else ():
            if domain not in domains:
                yield ("levels", index, "summary", domain), _no_domain(domain, domains)


def _no_domain(domain: str, domains: list[str]) -> str:
    return f"no domain {domain!r}; domains are: {', '.join(domains) or 'none'}"


def _kind_of_award(kind: Plain, codes: set[str], kinds: set[str]) -> Found:
    yield from _ranges(kind)
    for place, size in _objects(kind, "sizes"):
        for inner, said in _ranges(size):
            yield ("sizes", place, *inner), said
    levels = _texts(kind, "levels")
    for name in ("level", "credits_from_level"):
        code = kind.get(name)
        if isinstance(code, str) and code not in codes:
            yield (name,), f"no level {code!r} in this framework"
    for place, code in levels.items():
        if code not in codes:
            yield ("levels", place), f"no level {code!r} in this framework"
    if kind.get("level") is not None and levels:
        yield ("levels",), "a kind of award has `level` or `levels`, not both"
    yield from _twice(("levels",), levels)
    yield from _at_level(kind)
    if kind.get("uncredited") is True and (_sized(kind) or kind.get("sizes")):
        yield ("uncredited",), "what is awarded without credits has no number of credits"
    after = kind.get("after")
    if isinstance(after, str) and (after == kind.get("code") or after not in kinds):
        yield ("after",), f"no other type {after!r} in this framework"


def _at_level(kind: Plain) -> Found:
    part, whole = _number(kind, "credits_at_level_min"), _number(kind, "credits_min")
    if part is None:
        return
    stated = kind.get("credits_min")
    if stated is None or (whole is not None and part > whole):
        said = f"{kind['credits_at_level_min']} is a part of credits_min, {stated or 'which is missing'}"
        yield ("credits_at_level_min",), said


def _ranges(item: Plain) -> Found:
    """Least sizes that are more than the largest; within one unit of measure only."""
    for unit in ("credits", "hours", "years"):
        low, high = _number(item, f"{unit}_min"), _number(item, f"{unit}_max")
        if low is not None and high is not None and low > high:
            yield (f"{unit}_min",), f"{item[f'{unit}_min']} is more than {unit}_max, {item[f'{unit}_max']}"


def _sources(plain: Plain, name: str) -> Found:
    """Blocks that name a source the document does not list."""
    names = [str(source.get("name")) for _, source in _objects(plain, "sources")]
    for index, block in _objects(plain, name):
        source = block.get("source")
        if isinstance(source, str) and source and source not in names:
            listed = "; ".join(names)
            yield (name, index, "source"), f"no source {source!r} is listed; listed are: {listed}"


def _twice(at: tuple[str | int, ...], codes: Mapping[int, str]) -> Found:
    seen: set[str] = set()
    for place, code in codes.items():
        if code in seen:
            yield (*at, place), f"the level {code!r} stands twice"
        seen.add(code)


def _sized(kind: Plain) -> bool:
    return kind.get("credits_min") is not None or kind.get("credits_max") is not None


def _codes(plain: Plain, name: str) -> set[str]:
    """The codes of a list, a number without quotes too: it is told where it stands, not where it is used."""
    return {str(item.get("code")) for _, item in _objects(plain, name)}


def _objects(plain: Plain, name: str) -> list[tuple[int, Plain]]:
    items = plain.get(name)
    if not isinstance(items, list | tuple):
        return []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, Mapping)]


def _texts(plain: Plain, name: str) -> dict[int, str]:
    items = plain.get(name)
    if not isinstance(items, list | tuple):
        return {}
    return {index: item for index, item in enumerate(items) if isinstance(item, str)}


def _number(item: Plain, name: str) -> Fraction | None:
    text = item.get(name)
    return Fraction(text) if isinstance(text, str) and _CREDITS.fullmatch(text) else None
