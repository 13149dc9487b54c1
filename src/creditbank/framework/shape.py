"""Keys of a unit as a template names them: `workload`, `outcomes.dimension`, `stackability.kind`.

A path goes through lists without saying so: `outcomes.dimension` is the dimension of every outcome. What stands at a
path, and which values may, is told by the model of the unit and by nothing else.
"""

import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from creditbank.canonical import Json
from creditbank.framework.common import Document
from creditbank.framework.faults import Address
from creditbank.framework.unit import HoursText, UnitDocument

Kind = Literal["text", "hours", "texts", "entries", "object", "table", "flag"]
"""A text; hours of work; a list of texts; a list of entries with keys; one entry; texts by language; yes or no."""

OWN_KEYS: Final = frozenset({"document", "id", "version", "supersedes", "template", "sample"})
"""Keys that belong to each unit by itself, and that no template rules."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands at a path: its kind, the type of the whole value, and of one value of a list."""

    kind: Kind
    whole: Any
    item: Any
    model: type[Document] | None = None

    def refuses(self, value: Json, *, item: bool = False) -> str:
        """Why this value cannot stand there (or, with `item`, in the list there); empty when it can."""
        adapter = _adapter(self.item if item else self.whole)
        try:
            adapter.validate_json(json.dumps(value), strict=True)
        except ValidationError as cause:
            return str(cause.errors()[0]["msg"])
        return ""


def shape_of(path: str) -> Shape | None:
    """What stands at a path of a unit, or None when the unit has no such key."""
    return _shapes().get(path)


def paths_of_units() -> tuple[str, ...]:
    """Every path of a unit that a template may speak of, in the order of the unit's keys."""
    return tuple(_shapes())


@cache
def _shapes() -> dict[str, Shape]:
    return {path: shape for path, shape in _walk(UnitDocument, "") if path.partition(".")[0] not in OWN_KEYS}


def _walk(model: type[Document], before: str) -> Iterator[tuple[str, Shape]]:
    hints = get_type_hints(model, include_extras=True)
    for key in model.model_fields:
        path = f"{before}{key}"
        shape = _shape(hints[key])
        yield path, shape
        if shape.model is not None:
            yield from _walk(shape.model, f"{path}.")


def _shape(hint: Any) -> Shape:
    inner = _stated(hint)
    if inner == HoursText:
        return Shape("hours", inner, inner)
    bare = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    if get_origin(bare) is tuple:
        item = get_args(bare)[0]
        model = _model(item)
        return Shape("entries" if model else "texts", inner, item, model)
    if get_origin(bare) is dict:
        return Shape("table", inner, get_args(bare)[1])
    if bare is bool:
        return Shape("flag", inner, inner)
    model = _model(bare)
    return Shape("object" if model else "text", inner, inner, model)


def _stated(hint: Any) -> Any:
    """The type of a key that is stated: without the None of a key that may be left out."""
    if get_origin(hint) in (Union, types.UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        assert len(options) == 1, "a unit's key has one type"
        return _stated(options[0])
    return hint


def _model(hint: Any) -> type[Document] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Document) else None


def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def stated(value: Json) -> bool:
    """Whether a value says anything: an empty text or list and `null` do not."""
    return value not in (None, "", [], {})


def values_at(plain: Json, path: str) -> list[tuple[Address, Json]]:
    """Every value at a path of a unit in plain values, with its address: one per entry of each list on the way.

    An entry or key that is not there gives one None; a list without entries gives nothing.
    """
    found: list[tuple[Address, Json]] = [((), plain)]
    for key in path.split("."):
        below: list[tuple[Address, Json]] = []
        for address, value in found:
            entries = enumerate(value) if isinstance(value, list) else None
            holders = [((*address, index), entry) for index, entry in entries] if entries is not None else None
            for at, holder in holders if holders is not None else [(address, value)]:
                below.append(((*at, key), holder.get(key) if isinstance(holder, dict) else None))
        found = below
    return found


def texts_at(plain: Json, path: str) -> list[tuple[Address, str]]:
    """Every single text at a path: lists and tables of texts are taken apart, what is empty is left out."""
    found: list[tuple[Address, str]] = []
    for address, value in values_at(plain, path):
        if isinstance(value, str) and value:
            found.append((address, value))
        elif isinstance(value, list):
            found += [((*address, index), one) for index, one in enumerate(value) if isinstance(one, str) and one]
        elif isinstance(value, dict):
            found += [((*address, key), one) for key, one in value.items() if isinstance(one, str) and one]
    return found


__all__ = ["OWN_KEYS", "Kind", "Shape", "paths_of_units", "shape_of", "stated", "texts_at", "values_at"]
