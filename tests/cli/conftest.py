"""A caller of the command line: its words, its files, its exit codes."""

import contextlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from creditbank.canonical import canonical_json
from creditbank.cli import run
from creditbank.credential import Achievement, Level, Outcome
from creditbank.units import CreditAmount, Credits


@dataclass(frozen=True)
class Called:
    """What one call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Called]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in an empty directory, without any setting of the caller's machine."""
    for name in [name for name in os.environ if name.startswith("CREDITBANK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> Called:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return Called(code, captured.out, captured.err)

    return called


@dataclass(frozen=True)
class Journey:
    """A bank that a short journey went through, told only by commands, and the files it left."""

    home: Path
    kit: Path
    trust: Path
    learner: str
    university: str
    credentials: tuple[str, ...]
    evaluation: str
    award: str


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """One learner, three units of two providers, one award: every step a command line call."""
    folder = tmp_path_factory.mktemp("journey")
    home = folder / "bank"

    def step(*arguments: str) -> Any:
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            code = run([*arguments, "--home", str(home), "--json"])
        assert code == 0, screen.getvalue()
        return json.loads(screen.getvalue())

    step("init")
    college = step("organisation", "register", "--name", "Sample College", "--role", "provider", "--country", "IN")[
        "id"
    ]
    roles = ("--role", "provider", "--role", "university")
    university = step("organisation", "register", "--name", "Sample University", *roles, "--country", "IN")["id"]
    learner = step("learner", "open", "--name", "Sample Learner", "--sample")["id"]
    credentials = []
    for number, (provider, credits, mode) in enumerate(
        [(university, "20", "on-site"), (college, "20", "online"), (university, "10", "blended")]
    ):
        unit = sample_unit(number, credits, mode)
        file = folder / f"unit-{number}.json"
        file.write_bytes(canonical_json(unit.to_json()))
        step("achievement", "publish", str(file), "--organisation", provider)
        wanted = ("--organisation", provider, "--learner", learner, "--achievement", unit.id, "--version", "1")
        made = step("credential", "issue", *wanted, "--earned", "2026-01-30", "--request", f"unit-{number}")
        credentials.append(made["id"])
    step("batch", "seal")
    step("anchor", "submit", "--wait")
    weighed = ("--learner", learner, "--university", university)
    evaluation = step("qualification", "evaluate", "in-ncrf-ug-certificate", *weighed)["evaluation"]
    award = step("award", "issue", "--evaluation", evaluation, "--university", university, "--request", "award")["id"]
    step("batch", "seal")
    step("anchor", "submit", "--wait")
    step("award", "show", award, "--output", str(folder / "kit"))
    trust = folder / "trust.json"
    trust.write_text(json.dumps(step("anchor", "trust")))
    return Journey(home, folder / "kit", trust, learner, university, tuple(credentials), evaluation, award)


def sample_unit(number: int, credits: str, mode: str) -> Achievement:
    """A complete description of a unit that a sample provider offers."""
    return Achievement(
        id=f"urn:sample:unit-{number}",
        version="1",
        name=f"Sample unit {number}",
        description="A sample.",
        criteria="Pass the examination.",
        credits=CreditAmount("in-ncrf", Credits.parse(credits)),
        level=Level("in-ncrf", "4.5"),
        workload="PT60H",
        categories=(),
        source_type="accredited-course",
        mode=mode,
        outcomes=(Outcome("Can do it.", "knowledge"),),
        assessment="Written examination",
        quality_assurance="A sample agency",
        supervision="",
        content=f"sample-{number}",
        language="en",
        country="IN",
    )
