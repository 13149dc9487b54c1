"""Write the published JSON Schemas from the models: `python frameworks/build_schemas.py`.

An editor that is shown a schema completes keys and underlines mistakes while a document is written. A test
compares the files with the models, so that they are never out of date.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from creditbank.framework import DOCUMENT_KINDS

SCHEMAS = Path(__file__).resolve().parent / "schemas"


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of document."""
    schema = DOCUMENT_KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    for model, key in set(_told_apart(schema)):
        if key not in (required := schema["$defs"][model]["required"]):
            required.append(key)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _told_apart(schema: Any) -> Iterator[tuple[str, str]]:
    """Each model that a key tells from its like, and that key: the reader asks for it, though the model knows it."""
    if isinstance(schema, dict):
        found = schema.get("discriminator")
        if isinstance(found, dict) and "mapping" in found:
            yield from ((one.rpartition("/")[2], found["propertyName"]) for one in found["mapping"].values())
        schema = list(schema.values())
    for inner in schema if isinstance(schema, list) else ():
        yield from _told_apart(inner)


def schema_name(kind: str) -> str:
    """`creditbank/framework/v1` is written to `framework.v1.schema.json`."""
    _, name, version = kind.split("/")
    return f"{name}.{version}.schema.json"


def schema_text(kind: str) -> str:
    """What the file of one kind holds."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema."""
    SCHEMAS.mkdir(exist_ok=True)
    for kind in DOCUMENT_KINDS:
        (SCHEMAS / schema_name(kind)).write_text(schema_text(kind), encoding="utf-8")


if __name__ == "__main__":
    main()
