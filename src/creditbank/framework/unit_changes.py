"""What differs between two versions of one unit, told key by key in sentences."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from creditbank.canonical import Json, JsonObject
from creditbank.errors import BadInput
from creditbank.framework.faults import Address, path_text
from creditbank.framework.unit import UnitDocument

_NAMING: Final = {
    "credits": "system",
    "levels": "framework",
    "outcomes": "id",
    "assessments": "id",
    "scales": "id",
    "activities": "id",
    "content": "id",
}
"""The key by which entries of a list are the same in both versions."""
_LEFT_OUT: Final = frozenset({"document", "id", "version", "supersedes", "changelog"})


class OtherUnit(BadInput):
    """Only two versions of one unit can be compared."""

    slug = "other-unit"


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One difference: what kind, where in the document, and what stood and stands there (None for nothing)."""

    kind: Literal["added", "removed", "changed"]
    path: str
    before: Json
    after: Json

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if self.kind == "added":
            return f"{self.path} is new: {_shown(self.after)}."
        if self.kind == "removed":
            return f"{self.path} is gone; it was {_shown(self.before)}."
        return f"{self.path} was {_shown(self.before)} and is {_shown(self.after)}."


def unit_changes(old: UnitDocument, new: UnitDocument) -> tuple[UnitChange, ...]:
    """Every difference in what two versions say, in the order of the keys; raise `OtherUnit` when their ids differ.

    Entries of a list are the same when their id is (credits: their system, levels: their framework). Version,
    changelog and what is superseded tell of the change and are no part of it.
    """
    if old.id != new.id:
        raise OtherUnit(f"These are two units, {old.id} and {new.id}.", next_step="Compare versions of one unit.")
    before, after = _plain(old), _plain(new)
    keys = [key for key in UnitDocument.model_fields if key not in _LEFT_OUT]
    return tuple(change for key in keys for change in _between((key,), before.get(key), after.get(key)))


def _plain(unit: UnitDocument) -> JsonObject:
    plain: JsonObject = unit.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for key, name in _NAMING.items():
        entries = plain.get(key)
        if isinstance(entries, list):
            plain[key] = {str(entry[name]): entry for entry in entries if isinstance(entry, dict)}
    return plain


def _between(at: Address, before: Json, after: Json) -> Iterator[UnitChange]:
    if before == after:
        return
    path = path_text(at)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _between((*at, key), before.get(key), after.get(key))
    elif before is None:
        yield UnitChange("added", path, None, after)
    elif after is None:
        yield UnitChange("removed", path, before, None)
    else:
        yield UnitChange("changed", path, before, after)


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"


__all__ = ["OtherUnit", "UnitChange", "unit_changes"]
