"""Every single-field mutation of a JSON document: each field, at any depth, gone, changed, of another type, with the
value of its like elsewhere in the document; each list shorter, longer, in another order; each object with a field more.

And forgeries of several fields at once that fit one another (`together`), as somebody would make who knows the format.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from creditbank.units import Credits

Path = tuple[str | int, ...]


class Mutation(NamedTuple):
    """What was done where, and the document in which it was done."""

    path: Path
    what: str
    document: dict[str, Any]

    @property
    def field(self) -> tuple[str, ...]:
        """The path with all items of a list taken alike, and what was done if it was no change of a value."""
        names = tuple("*" if isinstance(step, int) else step for step in self.path)
        return names if self.what == "value" else (*names, self.what)


def mutations(document: dict[str, Any]) -> Iterator[Mutation]:
    """All of them, one at a time."""
    like = _like(document)
    for path, value in _fields(document, ()):
        if path:
            others = [*_others(value), *(other for other in like.get(_name(path), ())[:3] if other != value)]
            yield from (Mutation(path, "value", _put(document, path, other)) for other in others)
            if isinstance(path[-1], str):
                yield Mutation(path, "gone", _without(document, path))
        if isinstance(value, dict):
            yield Mutation(path, "one more", _put(document, (*path, "more"), "x"))
        if isinstance(value, list):
            for name, items in _lists(value):
                yield Mutation(path, name, _put(document, path, items))


def together(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with two to four fields changed at once: to values of their likes, or a little more or less."""
    like, forged = _like(document), copy.deepcopy(document)
    fields = [(path, value) for path, value in _fields(document, ()) if path and not isinstance(value, dict | list)]
    changed = [path for path, value in fields if len(like[_name(path)]) > 1 or _near(value)]
    for path in chance.sample(changed, chance.randint(2, 4)):
        at: Any = forged
        for step in path[:-1]:
            at = at[step]
        others = [value for value in (*like[_name(path)], *_near(at[path[-1]])) if value != at[path[-1]]]
        at[path[-1]] = chance.choice(others)
    return forged


def _near(value: Any) -> list[Any]:
    """A little more and a little less."""
    if isinstance(value, bool) or value is None:
        return [not value]
    if isinstance(value, int):
        return [value + 1, max(0, value - 1)]
    if value.replace(".", "").isdigit():
        amount = Credits.parse(value).thousandths
        return [str(Credits(max(0, amount + more))) for more in (1, -1, 500, -500, 1000, -1000, 3000)]
    return []


def _name(path: Path) -> str:
    """What a field is called, also where it stands in a list."""
    return next(str(step) for step in reversed(path) if not isinstance(step, int))


def _like(document: dict[str, Any]) -> dict[str, list[Any]]:
    """All values of the fields of one name."""
    found: dict[str, list[Any]] = {}
    for path, value in _fields(document, ()):
        if path and not isinstance(value, dict | list):
            own = found.setdefault(_name(path), [])
            if not any(other == value and type(other) is type(value) for other in own):
                own.append(value)
    return found


def _fields(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _fields(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _fields(child, (*path, index))


def _others(value: Any) -> list[Any]:
    """Other values, those that look right first."""
    found: list[Any] = [None, True, 7, 0.5, "x", "", [], {}, ["x"], {"x": "x"}]
    if isinstance(value, bool):
        found.insert(0, not value)
    elif isinstance(value, int):
        found[:0] = [value + 1, max(0, value - 1), -value - 1, str(value), float(value) + 0.5]
    elif isinstance(value, str):
        found[:0] = [value + "x", value.upper(), f" {value}"]
        if value.startswith("sha256:"):
            found[:0] = ["sha256:" + "0" * 64, value[:-1] + ("0" if value[-1] != "0" else "1")]
        if value.replace(".", "").isdigit():
            found[:0] = [str(int(float(value)) + 1), "0", "0.001", f"{value}.0", f"0{value}", f"-{value}", "999999.999"]
        if value[:2] == "20" and len(value) == 10:
            found[:0] = ["2026-06-02", "2026-05-31", "2026-02-30", "20260601"]
    return [other for other in found if type(other) is not type(value) or other != value]


def _lists(items: list[Any]) -> list[tuple[str, list[Any]]]:
    found = []
    for index in range(len(items)):
        found.append(("an item less", items[:index] + items[index + 1 :]))
        found.append(("an item twice", [*items[: index + 1], *items[index:]]))
        if index and items[index] != items[index - 1]:
            swapped = [*items[: index - 1], items[index], items[index - 1], *items[index + 1 :]]
            found.append(("another order", swapped))
    return found


def _put(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    forged = copy.deepcopy(document)
    at: Any = forged
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return forged


def _without(document: dict[str, Any], path: Path) -> dict[str, Any]:
    forged = copy.deepcopy(document)
    at: Any = forged
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return forged
