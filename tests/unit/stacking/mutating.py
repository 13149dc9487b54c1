"""Every single-field mutation of a JSON document: each field, at any depth, gone, changed, of another type; each list
shorter, longer, in another order; each object with a field more.
"""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

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
    for path, value in _fields(document, ()):
        if path:
            yield from (Mutation(path, "value", _put(document, path, other)) for other in _others(value))
            if isinstance(path[-1], str):
                yield Mutation(path, "gone", _without(document, path))
        if isinstance(value, dict):
            yield Mutation(path, "one more", _put(document, (*path, "more"), "x"))
        if isinstance(value, list):
            for name, items in _lists(value):
                yield Mutation(path, name, _put(document, path, items))


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
