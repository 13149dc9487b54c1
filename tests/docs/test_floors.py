"""The checks of the house can say no: a violation added to a copy of it is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in ("src", "api"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{house / 'src'}{os.pathsep}{house / 'api'}"}
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=house, capture_output=True, text=True, env=env)


def test_the_house_stands(copy):
    run = lint(copy)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("src/creditbank/merkle/tree.py", "import creditbank.verification", "The floors of the house"),
        ("src/creditbank/ledger/lot.py", "import creditbank.stacking", "The floors of the house"),
        ("src/creditbank/utils.py", '"""A room without a floor."""', "The floors of the house"),
        ("src/creditbank/verification/check.py", "import sqlalchemy", "The core does no I/O"),
        ("src/creditbank/stacking/checker.py", "import pathlib", "The core does no I/O"),
        (
            "src/creditbank/adapters/keys/vault.py",
            "import creditbank.adapters.store",
            "Adapters do not know each other",
        ),
        ("src/creditbank/cli/serve.py", "import creditbank_api", "The delivery stands on top"),
    ],
)
def test_a_violation_is_found(copy, file, line, contract):
    path = copy / file
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    run = lint(copy)
    assert run.returncode != 0
    assert any(contract in said and "BROKEN" in said for said in run.stdout.splitlines()), run.stdout
