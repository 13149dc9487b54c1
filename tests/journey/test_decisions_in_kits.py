"""The demonstration's award, handed on with the university's decision left out, altered, or signed by somebody else."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AWARD = "awards/asha-in-ncrf-ug-certificate.json"
PARTS = ("proofs/asha-in-ncrf-ug-certificate.json", "credentials", "receipts", "rules")
POLICY = "conversion-sample-deccan-uk-by-hours.json"


def recheck(demo: Path, decisions: Path) -> tuple[int, dict[str, str]]:
    """The exit code and every outcome of `check-award` with these decisions in the place of the genuine ones."""
    files = [str(demo / part) for part in (AWARD, *PARTS)]
    trusted = ["--documents", str(demo / "documents"), "--trust", str(demo / "trust.json"), "--offline", "--json"]
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", "check-award", *files, str(decisions), *trusted],
        capture_output=True,
        text=True,
    )
    (judged,) = json.loads(run.stdout)["reports"]
    return run.returncode, {check["name"]: check["outcome"] for check in judged["report"]["checks"]}


@pytest.fixture
def decisions(demo: Path, tmp_path: Path) -> dict[str, Any]:
    """The signed decisions of the demonstration by file name."""
    return {file.name: json.loads(file.read_text()) for file in sorted((demo / "decisions").iterdir())}


def written(folder: Path, decisions: dict[str, Any]) -> Path:
    folder.mkdir()
    for name, value in decisions.items():
        (folder / name).write_text(json.dumps(value))
    return folder


def test_with_the_decisions_as_signed_the_award_is_accepted(
    demo: Path, decisions: dict[str, Any], tmp_path: Path
) -> None:
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert code == 0
    assert (outcomes["stack.conversions"], outcomes["stack.recognitions"]) == ("passed", "passed")


def test_without_the_signed_policy_nobody_can_say(demo: Path, decisions: dict[str, Any], tmp_path: Path) -> None:
    del decisions[POLICY]
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert (code, outcomes["stack.conversions"], outcomes["stack.recognitions"]) == (3, "unchecked", "passed")


def test_the_bare_policy_without_its_signature_is_not_enough(
    demo: Path, decisions: dict[str, Any], tmp_path: Path
) -> None:
    decisions[POLICY] = decisions[POLICY]["decision"]
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert (code, outcomes["stack.conversions"]) == (3, "unchecked")


@pytest.mark.parametrize(
    "change",
    [
        {"ratio": "2/3"},
        {"max_share": "1/1"},
        {"rounding_unit": "0.5"},
        {"valid_until": "2099-12-31"},
        {"source": "Another source."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_policy_altered_after_signing_is_rejected_by_name(
    change: dict[str, str], demo: Path, decisions: dict[str, Any], tmp_path: Path
) -> None:
    decisions[POLICY]["decision"].update(change)
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert (code, outcomes["stack.conversions"]) == (1, "failed")


def test_another_bodys_name_on_the_envelope_is_rejected_by_name(
    demo: Path, decisions: dict[str, Any], tmp_path: Path
) -> None:
    decisions[POLICY]["by"] = "did:web:nilgiri.sample.example"
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert (code, outcomes["stack.conversions"]) == (1, "failed")


def test_the_signature_of_one_decision_does_not_fit_another(
    demo: Path, decisions: dict[str, Any], tmp_path: Path
) -> None:
    other = next(name for name in decisions if name != POLICY)
    decisions[POLICY]["proof"] = copy.deepcopy(decisions[other]["proof"])
    code, outcomes = recheck(demo, written(tmp_path / "d", decisions))
    assert (code, outcomes["stack.conversions"], outcomes["stack.recognitions"]) == (1, "failed", "passed")
