"""The demonstration, played once for all tests of the journey."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times, which is no failure. CI tries the same examples each time, so that a red run means
# a change; everybody else explores.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of `creditbank demo` left behind."""
    output = tmp_path_factory.mktemp("journey") / "demo-output"
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", "demo", "--output", str(output)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return output
