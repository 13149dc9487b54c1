"""Our own cases, through the real command: the way a tester in another language would ask."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

CASES = [
    (file.stem, json.loads(line))
    for file in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for line in file.read_bytes().splitlines()
]


@pytest.fixture(scope="module")
def answers() -> list[Mapping[str, Any]]:
    """What one run of the command answers to every case, in their order."""
    lines = [json.dumps({"id": number, **case["request"]}) for number, (_, case) in enumerate(CASES)]
    ran = subprocess.run(
        [sys.executable, "-m", "creditbank", "conformance"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.strip() == f"{len(CASES)} answered, 0 of them with internal_error."
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_every_line_has_its_answer(answers: list[Mapping[str, Any]]) -> None:
    assert [answer["id"] for answer in answers] == list(range(len(CASES)))


@pytest.mark.parametrize(
    ("number", "case"),
    [(number, case) for number, (_, case) in enumerate(CASES)],
    ids=[f"{file}: {case['name']}" for file, case in CASES],
)
def test_the_answer_is_the_expected_one(number: int, case: Mapping[str, Any], answers: list[Mapping[str, Any]]) -> None:
    """Each member of the expected answer stands in the given one."""
    given = answers[number]
    assert {name: given.get(name) for name in case["answer"]} == case["answer"], given.get("sentence")
