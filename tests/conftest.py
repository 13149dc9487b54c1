"""The demonstration, played once for all tests of the journey."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of `creditbank demo` left behind."""
    output = tmp_path_factory.mktemp("journey") / "demo-output"
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", "demo", "--output", str(output)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return output
