"""Write the published JSON Schemas from the models: `python frameworks/build_schemas.py`.

An editor that is shown a schema completes keys and underlines mistakes while a document is written. A test
compares the files with the models, so that they are never out of date.
"""

import json
from pathlib import Path
from typing import Any

from creditbank.framework import DOCUMENT_KINDS

SCHEMAS = Path(__file__).resolve().parent / "schemas"


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of document."""
    schema = DOCUMENT_KINDS[kind].model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


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
