"""The page on the conformance protocol says what the command does: its examples run, and nothing is left out of it."""

import json
import re
from pathlib import Path

import pytest

from creditbank.cli.conformance import answer_to
from creditbank.cli.conformance_ops import OPERATIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "conformance.md").read_text()
EXCHANGE = re.compile(r"^> (.*?)\n< (.*?)(?=\n> |\n```)", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    found
    for block in re.findall(r"^```jsonl\n.*?^```", PAGE, re.MULTILINE | re.DOTALL)
    for found in EXCHANGE.findall(block)
]


def joined(wrapped: str) -> str:
    return re.sub(r"\n +", " ", wrapped)


def test_every_operation_has_an_example() -> None:
    assert {json.loads(joined(request))["op"] for request, _ in EXAMPLES} == OPERATIONS.keys()


@pytest.mark.parametrize(("request_text", "answer_text"), EXAMPLES)
def test_the_example_is_answered_as_shown(request_text: str, answer_text: str) -> None:
    given, shown = answer_to(joined(request_text).encode()), json.loads(joined(answer_text))
    assert {name: given.get(name) for name in shown} == shown


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_page_names_each_field_and_each_error_of_the_operation(name: str) -> None:
    operation = OPERATIONS[name]
    (section,) = re.findall(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert operation.line in section
    for field in operation.fields:
        row = f"| {' or '.join(f'`{spelled}`' for spelled in field.spellings)} | {field.kind}"
        assert f"{row}{', required' if field.required else ''} | {field.line} |" in section
    for error, line in operation.says_no.items():
        assert f"`{error}`: {line}" in section
    for member, line in operation.answers.items():
        assert f"`{member}` ({line})" in section
