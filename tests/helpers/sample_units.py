"""Units for tests: the shipped sample, whole or with some of its keys changed."""

import json
from functools import cache
from typing import Any

from creditbank.adapters.catalogue import builtin_data
from creditbank.framework import UnitDocument, load_document


@cache
def sample_unit(name: str = "statistics") -> UnitDocument:
    """The sample unit of this name, as it ships."""
    path = builtin_data("frameworks") / "units" / f"sample-{name}.yaml"
    unit = load_document(path.read_bytes(), str(path))
    assert isinstance(unit, UnitDocument)
    return unit


def unit_with(**changes: Any) -> UnitDocument:
    """The sample unit on statistics with these keys, and `None` for keys to leave out; checked as when read."""
    plain = sample_unit().model_dump(mode="json", exclude_defaults=True)
    plain.update(changes)
    kept = {key: value for key, value in plain.items() if value is not None}
    return UnitDocument.model_validate_json(json.dumps(kept), strict=True)


def unit_bytes(unit: UnitDocument) -> bytes:
    """The unit as a JSON file."""
    return json.dumps(unit.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, indent=1).encode()
