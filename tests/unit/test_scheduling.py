"""A process of the tests' own that dies is told of, and takes no other test with it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
HOOK = """
def pytest_xdist_make_scheduler(config, log):
    from scheduling import Steady
    return Steady(config, log)
"""
FILE = """
import os, signal, pytest

@pytest.mark.parametrize("number", range({tests}))
def test_it(number):
    if (number, {file}) == (1, {deadly}):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("deadly", [6, 9])
def test_a_run_ends_with_everything_asked_once_though_a_process_dies_in_it(tmp_path: Path, deadly: int) -> None:
    """With the scheduler of xdist 3.8 the same run never ends."""
    (tmp_path / "conftest.py").write_text(HOOK)
    for file in range(10):
        (tmp_path / f"test_file_{file}.py").write_text(FILE.format(tests=12 - file, file=file, deadly=deadly))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(HELPERS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    counts = re.search(r"(\d+) failed, (\d+) passed", run.stdout)
    assert run.returncode == 1
    assert counts is not None, run.stdout
    assert counts.groups() == ("1", str(sum(12 - file for file in range(10)) - 1))
    assert f"crashed while running 'test_file_{deadly}.py::test_it[1]'" in run.stdout
