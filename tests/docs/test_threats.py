"""Each row of the threat model has tests that name it, and the page says where they are; what is open is said too."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text()
ALL = [*range(1, 66)]
ROW = re.compile(r"^\| ([0-9]+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
OPEN = re.compile(r"^\| ([0-9]+) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
NUMBERS = re.compile(r"[Tt]hreats? ([0-9]+(?:(?:, | and | to )[0-9]+)*)")


def numbers_in(text: str) -> Iterator[int]:
    """The numbers that a docstring names: `Threat 9`, `Threats 1, 2 and 3`, `threats 1 to 4`."""
    for found in NUMBERS.findall(text):
        parts = re.split(r"(, | and | to )", found)
        numbers = [int(part) for part in parts[::2]]
        yield from numbers
        for before, joint, after in zip(numbers, parts[1::2], numbers[1:], strict=False):
            if joint == " to ":
                yield from range(before, after)


def is_a_case(node: ast.FunctionDef) -> bool:
    """Whether the function is a way to break the good case, named with `@no(…)`, which a test runs."""
    return any(isinstance(one, ast.Call) and getattr(one.func, "id", "") == "no" for one in node.decorator_list)


def files_by_threat() -> dict[int, set[str]]:
    """The files in which a test says, in its docstring, that it is about a threat."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.name.startswith("test_") or is_a_case(node)):
                for number in numbers_in(ast.get_docstring(node) or ""):
                    found[number].add(str(path.relative_to(ROOT)))
    return found


TESTS = files_by_threat()
ROWS = {int(number): tests for number, _, _, tests in ROW.findall(PAGE)}
UNTESTED = [int(number) for number in OPEN.findall(PAGE)]
LISTED = [number for number in ALL if number not in UNTESTED]


def test_numbers_are_read_in_every_spelling() -> None:
    assert sorted(set(numbers_in("Threats 1 to 4 and 43; see threat 9."))) == [1, 2, 3, 4, 9, 43]


def test_the_page_lists_every_row() -> None:
    assert list(ROWS) == LISTED
    assert sorted([*ROWS, *UNTESTED]) == ALL


@pytest.mark.parametrize("number", LISTED)
def test_a_test_names_the_threat(number: int) -> None:
    assert TESTS[number], f"no test says in its docstring that it is about threat {number}"


@pytest.mark.parametrize("number", LISTED)
def test_the_page_says_where_the_tests_are(number: int) -> None:
    named = set(re.findall(r"`([^`]+\.py)`", ROWS[number]))
    assert named
    assert {f"tests/{name}" for name in named} <= TESTS[number]
