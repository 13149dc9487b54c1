"""The frame around every command: help, usage, accidents, interrupts, speed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from creditbank import __version__
from creditbank.cli.commands import COMMANDS, load_command

from .conftest import Call

SOURCES = Path(__file__).parents[2] / "src"


def shell(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "creditbank", *arguments], capture_output=True, text=True, env=environment, **more
    )


def walk(name: str) -> list[tuple[list[str], Any]]:
    command = load_command(name)
    found = [([name], command)]
    for verb, inner in getattr(command, "commands", {}).items():
        found.append(([name, verb], inner))
    return found


EVERY_COMMAND = [(path, command) for name in COMMANDS for path, command in walk(name)]
NAMES = [" ".join(path) for path, _ in EVERY_COMMAND]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_overview_line_is_the_first_line_of_the_commands_own_help(name: str) -> None:
    assert (load_command(name).help or "").splitlines()[0] == COMMANDS[name].line


@pytest.mark.parametrize(("path", "command"), EVERY_COMMAND, ids=NAMES)
def test_every_help_has_an_example_that_calls_the_command(path: list[str], command: Any) -> None:
    assert f"creditbank {path[0]}" in command.epilog
    assert " ".join(["creditbank", *path]) in command.epilog or hasattr(command, "commands")


@pytest.mark.parametrize(("path", "command"), EVERY_COMMAND, ids=NAMES)
def test_every_option_of_every_command_is_explained(path: list[str], command: Any) -> None:
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{' '.join(path)} {parameter.name}"


@pytest.mark.parametrize(("path", "command"), EVERY_COMMAND, ids=NAMES)
def test_help_is_printed_on_stdout_and_accepted(path: list[str], command: Any, call: Call) -> None:
    called = call(*path, "--help")
    assert called.code == 0
    assert called.out.startswith(f"Usage: creditbank {' '.join(path)}")
    assert "Example" in called.out


def test_no_command_is_usage_and_shows_the_overview(call: Call) -> None:
    called = call()
    assert called.code == 2
    assert called.out == ""
    assert "Exit codes: 0 accepted, 1 rejected, 2 usage or bad input, 3 inconclusive." in called.err
    assert all(name in called.err for name in COMMANDS)


def test_no_line_of_the_overview_is_cut_short(call: Call) -> None:
    assert "..." not in call("--help").out.replace("[ARGS]...", "")


def test_a_misspelt_command_is_usage_and_names_the_nearest(call: Call) -> None:
    called = call("vreify", "x.json")
    assert called.code == 2
    assert "Did you mean 'verify'?" in called.err


def test_an_unknown_option_is_usage_and_points_to_the_help(call: Call) -> None:
    called = call("framework", "list", "--colour")
    assert called.code == 2
    assert "creditbank framework list --help" in called.err


def test_usage_is_a_problem_object_for_machines(call: Call) -> None:
    called = call("framework", "show", "--json")
    assert called.code == 2
    assert called.err == ""
    assert called.json["type"] == "urn:creditbank:problem:usage"


def test_the_version_is_the_packages(call: Call) -> None:
    assert call("--version").out == f"creditbank {__version__}\n"


def test_an_accident_is_one_sentence_and_concludes_nothing(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr("creditbank.cli.framework.catalogue_of", broken)
    called = call("framework", "list")
    assert called.code == 3
    assert called.err.startswith("creditbank: Something broke inside creditbank (RuntimeError: odd).")


def test_ctrl_c_exits_130_without_a_word(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("creditbank.cli.framework.catalogue_of", interrupted)
    called = call("framework", "list")
    assert (called.code, called.out, called.err) == (130, "", "")


def test_a_traceback_appears_only_for_who_asks_for_one(tmp_path: Path) -> None:
    broken = tmp_path / "rules.yaml"
    broken.mkdir()
    quiet = shell("qualification", "explain", str(broken))
    loud = shell("qualification", "explain", str(broken), env={"CREDITBANK_DEBUG": "1"})
    assert (quiet.returncode, loud.returncode) == (2, 2)
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    piped = subprocess.Popen(
        [sys.executable, "-m", "creditbank", "framework", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
    )
    assert piped.stdout is not None
    assert piped.stderr is not None
    piped.stdout.close()
    said = piped.stderr.read()
    piped.stderr.close()
    assert piped.wait() == 141
    assert said == b""


def test_help_loads_no_heavy_room() -> None:
    asked = "import sys; from creditbank.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SOURCES)}
    )
    loaded = {name.partition(".")[0] for name in answer.stderr.split()}
    assert not loaded & {"pydantic", "sqlalchemy", "web3", "eth", "highspy", "numpy", "fastapi", "uvicorn", "yaml"}


def test_python_dash_m_is_the_same_command() -> None:
    assert shell("--version").stdout == f"creditbank {__version__}\n"
