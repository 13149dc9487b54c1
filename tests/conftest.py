"""The demonstration, played once for all tests of the journey; and how many published vectors were run."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times, which is no failure. CI tries the same examples each time, so that a red run means
# a change; everybody else explores.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("house")

os.environ.setdefault("CREDITBANK_FETCH_DOCUMENTS", "false")  # no test asks the network, in this process or another


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one run of `creditbank demo` left behind."""
    output = tmp_path_factory.mktemp("journey") / "demo-output"
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", "demo", "--output", str(output)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return output


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Say that so many vectors of a suite were run, and how many of them a decision record answers otherwise."""

    def say(suite: str, run: int, *, otherwise: int = 0) -> None:
        record_property(f"vectors: {suite}", (run, otherwise))

    return say


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each suite of published vectors, below the results of the whole run."""
    run: Counter[str] = Counter()
    otherwise: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith("vectors: ") and getattr(report, "when", "") == "call":
                    run[name] += value[0]
                    otherwise[name] += value[1]
    if not run:
        return
    terminalreporter.section("published vectors")
    for name in sorted(run):
        aside = f", {otherwise[name]} of them answered otherwise (docs/decisions)" if otherwise[name] else ""
        terminalreporter.line(f"{name.removeprefix('vectors: ')}: {run[name]} run{aside}")
    terminalreporter.line(f"{sum(run.values())} in all")
