"""Writes the operations of the typed client out of the description of the API: `make client`.

`python -m creditbank_api.client_source FILE` describes a fresh bank and writes FILE. A method of the client is an
operation of the description; a test compares the two.
"""

import keyword
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from creditbank.bootstrap import init_bank, open_bank
from creditbank.config import Settings
from creditbank_api.app import create_app

HEAD: Final = '''"""The operations of the API and the shapes of what they take and give.

Written by `make client` out of the description in OpenAPI; do not edit.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, cast

from creditbank_client.transport import Transport, new_key, step

'''
GROUP: Final = '''

class {name}:
    """Operations on {words}."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport
'''
CLIENT: Final = '''"""The client: every group of operations behind one connection."""

from collections.abc import Mapping
from typing import Any

import requests

from creditbank_client import operations
from creditbank_client.transport import Transport


class Client:
    """One bank, asked with one token."""

    def __init__(self, address: str, token: str = "", *, session: requests.Session | None = None) -> None:
        self.transport = Transport(address, token, session=session or requests.Session())
{groups}

    def wait(self, job: Mapping[str, Any], *, seconds: float = 600.0) -> Mapping[str, Any]:
        """Watch a job until it is done; raises `JobFailed` at another end, and `TimeoutError` when it takes longer."""
        return self.transport.wait(job, seconds=seconds)
'''
LONGEST: Final = 100
Described = Mapping[str, Any]


def operations_of(described: Described) -> dict[str, dict[str, tuple[str, str, Described]]]:
    """Method, address and description of each operation, by group and by name."""
    found: dict[str, dict[str, tuple[str, str, Described]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/v1/") or "multipart/form-data" in _taken(operation):
                continue
            group, _, name = str(operation["operationId"]).partition("_")
            name = "list" if _listed(described, operation) and name in (group, "listed") else name
            found.setdefault(group, {})[name] = (method.upper(), path, operation)
    return found


def source_of(described: Described) -> tuple[str, str]:
    """The modules `operations` and `client`."""
    parts = [HEAD]
    schemas = described["components"]["schemas"]
    parts += [_shape(name, schemas[name]) for name in sorted(schemas)]
    groups = operations_of(described)
    for group in sorted(groups):
        parts.append(GROUP.format(name=f"{group.capitalize()}Group", words=group))
        parts += [_method(described, name, *groups[group][name]) for name in sorted(groups[group])]
    lines = [f"        self.{group} = operations.{group.capitalize()}Group(self.transport)" for group in sorted(groups)]
    return "".join(parts), CLIENT.format(groups="\n".join(lines))


def _shape(name: str, schema: Described) -> str:
    if "properties" not in schema:
        return f"\n{name} = {_type(schema)}\n"
    required = set(schema.get("required", ()))
    fields = {
        key: _type(value) if key in required else f"NotRequired[{_type(value)}]"
        for key, value in schema["properties"].items()
    }
    if any(not key.isidentifier() or keyword.iskeyword(key) for key in fields):
        inside = ", ".join(f'"{key}": "{kind}"' for key, kind in fields.items())
        return f"\n{name} = TypedDict({name!r}, {{{inside}}})\n"
    told = _sentence(schema.get("description", name))
    lines = "".join(f"    {key}: {kind}\n" for key, kind in fields.items())
    return f'\n\nclass {name}(TypedDict):\n    """{told}"""\n\n{lines}'


def _type(schema: Described) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema or "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema.get('enum', [schema.get('const')]))}]"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    kinds = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
    kind = schema.get("type")
    if kind == "array":
        return f"builtins.list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        return "dict[str, Any]"
    return kinds.get(str(kind), "Any")


def _method(described: Described, name: str, method: str, path: str, operation: Described) -> str:
    asked = operation.get("parameters", [])
    steps = [_python(one["name"]) for one in asked if one["in"] == "path"]
    query = [one for one in asked if one["in"] == "query" and one["name"] != "cursor"]
    headers = [one for one in asked if one["in"] == "header" and one["name"].lower() != "idempotency-key"]
    keyed = any(one["name"].lower() == "idempotency-key" for one in asked)
    body = _taken(operation).get("application/json")
    item = _listed(described, operation)
    given = [*(f"{one}: str" for one in steps)]
    if body is not None:
        given.append(f"body: {_type(body['schema'])}")
    named = [f"{_python(one['name'])}: {_optional(one['schema'])} = None" for one in (*query, *headers)]
    if keyed:
        named.append("key: str | None = None")
    signature = ", ".join(["self", *given, *(["*", *named] if named else [])])
    address = re.sub(r"\{(\w+)\}", lambda found: f"{{step({_python(found[1])})}}", path)
    text = f'f"{address}"' if steps else f'"{address}"'
    extras = []
    if query:
        extras.append("query={" + ", ".join(f'"{one["name"]}": {_python(one["name"])}' for one in query) + "}")
    if item is not None:
        call, gives = f"self._bank.items({', '.join([text, *extras])})", f"Iterator[{item}]"
    else:
        if body is not None:
            extras.insert(0, "body=body")
        if headers:
            extras.append("headers={" + ", ".join(f'"{one["name"]}": {_python(one["name"])}' for one in headers) + "}")
        if keyed:
            extras.append("key=key or new_key()")
        gives = _given(operation)
        reader = "bytes" if gives == "bytes" else "json"
        call = f"self._bank.{reader}({', '.join([repr(method), text, *extras])})"
    result = call if gives == "bytes" else f"cast({gives!r}, {call})"
    line = f"        {call}\n" if gives == "None" else f"        return {result}\n"
    told = _sentence(operation.get("description", operation["summary"]))
    return f'\n    def {name}({signature}) -> {gives}:\n        """{told}"""\n{line}'


def _taken(operation: Described) -> dict[str, Any]:
    return dict(operation.get("requestBody", {}).get("content", {}))


def _answers(operation: Described) -> Iterator[dict[str, Any]]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield dict(response.get("content", {}))


def _given(operation: Described) -> str:
    contents = list(_answers(operation))
    for content in contents:
        schema = content.get("application/json", {}).get("schema")
        if schema:
            return _type(schema)
    return "None" if all(not content for content in contents) else "bytes"


def _listed(described: Described, operation: Described) -> str | None:
    """What a list gives one by one, None for what is no list in pages."""
    name = _given(operation)
    properties = described["components"]["schemas"].get(name, {}).get("properties", {})
    if not {"items", "next"} <= properties.keys():
        return None
    return _type(properties["items"]["items"])


def _optional(schema: Described) -> str:
    kind = _type(schema)
    return kind if "None" in kind else f"{kind} | None"


def _python(name: str) -> str:
    return name.lower().replace("-", "_")


def _sentence(text: str) -> str:
    """The first sentence of a description, in one line of code."""
    told = " ".join(text.split("\n\n")[0].split()).replace('"', "'").split(". ")[0].rstrip(".")
    return f"{told}." if len(told) < LONGEST else f"{told[:LONGEST].rpartition(' ')[0]} …"


def main() -> None:
    """Describe a fresh bank, and write what the client needs into the folder that is named."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({}, Path(folder) / "bank")
        init_bank(settings)
        with open_bank(settings) as bank:
            operations, client = source_of(create_app(bank).openapi())
    target = Path(sys.argv[1])
    (target / "operations.py").write_text(operations, encoding="utf-8")
    (target / "client.py").write_text(client, encoding="utf-8")


if __name__ == "__main__":
    main()
