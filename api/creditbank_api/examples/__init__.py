"""The examples of the API description: each was sent to a bank and answered by it.

They stand in the order in which they are played, scene by scene. A test sends every request of theirs to a real
application and compares every answer, so that an example that is no longer true fails (`tests/api/test_examples.py`);
ids, digests, keys and times are the bank's own each time, and stand for each other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

NAMES: Final = "names.json"
"""Who and what the examples speak of, by the name that the test knows them by, and the moment in which they speak."""
PROBLEMS: Final = "problems.json"
"""What any operation may answer, whatever it is about: by slug, without the address that was asked."""


@dataclass(frozen=True, slots=True)
class Example:
    """One request and what it was answered.

    `who` asks; `made` says that the test makes the body each time, and `unordered` that lists in the answer stand in
    an order of the bank's own ids. `moving` answers are of their moment: only which members they have is compared.
    """

    operation: str
    title: str
    who: str
    status: int
    answer: Any
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    made: str = ""
    unordered: bool = False
    moving: bool = False

    @property
    def slug(self) -> str:
        """The slug of the problem that this answer is; empty where it is none."""
        return str(self.answer["type"]).removeprefix("/problems/") if self.status >= 400 else ""


def read_files() -> dict[str, Any]:
    """The text of every file by its name, in the order of the names."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".json"))
    return {file.name: json.loads(file.read_text("utf-8")) for file in sorted(files, key=lambda file: file.name)}


@cache
def examples() -> Mapping[str, tuple[Example, ...]]:
    """The examples of each operation that has any."""
    found: dict[str, tuple[Example, ...]] = {}
    for name, scene in read_files().items():
        for one in scene if name not in (NAMES, PROBLEMS) else ():
            found[one["operation"]] = (*found.get(one["operation"], ()), Example(**one))
    return found


@cache
def common_problems() -> Mapping[str, dict[str, Any]]:
    """The problem documents that any operation may answer with, by slug."""
    known: dict[str, dict[str, Any]] = read_files().get(PROBLEMS, {})
    return known


def show(operation: str, route: dict[str, Any]) -> None:
    """Put the examples of an operation into its description, each beside the shape that it has."""
    for number, example in enumerate(examples().get(operation, ()), 1):
        name = example.slug or f"example-{number}"
        _beside(route.get("requestBody", {}), name, example.title, example.body, skip=example.status >= 400)
        _beside(route["responses"].get(str(example.status), {}), name, example.title, example.answer)
        if example.status < 400:
            given = {**example.path, **example.query, **{key.lower(): text for key, text in example.headers.items()}}
            for parameter in route.get("parameters", []):
                if (text := given.get(str(parameter["name"]).lower())) is not None:
                    parameter.setdefault("example", text)


def _beside(described: dict[str, Any], name: str, title: str, value: Any, *, skip: bool = False) -> None:
    if value is None or skip:
        return
    for media, content in described.get("content", {}).items():
        if ("json" in media or media == "application/vc") != isinstance(value, str):
            content.pop("example", None)
            content.setdefault("examples", {})[name] = {"summary": title, "value": value}
