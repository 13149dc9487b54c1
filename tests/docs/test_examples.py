"""Every command that README and docs show is run as it stands; every file they point to exists."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "frameworks" / "README.md",
        ROOT / "contracts" / "README.md",
    ]
)
SETUP = ("make ", "git ", "pip ", "npm ")


def commands() -> list[tuple[str, str]]:
    """(page, command) for each `$ …` line of a console block, continuation lines joined."""
    return [
        (page.name, re.sub(r"\\\n\s*", "", command))
        for page in PAGES
        for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
        for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)
    ]


RUN = [(page, command) for page, command in commands() if not command.startswith(SETUP)]


def test_the_pages_show_commands():
    assert len(RUN) >= 4


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"`make ([a-z]+)`|^\$ make ([a-z]+)", page.read_text(), re.MULTILINE):
            assert "".join(target) in targets, f"{page.name}: make {''.join(target)}"


@pytest.mark.parametrize(("page", "command"), RUN)
def test_the_command_works_as_it_stands(demo, page, command):
    words = shlex.split(command)
    env = {key: value for key, value in os.environ.items() if not key.startswith("CREDITBANK_")}
    while "=" in words[0]:
        key, _, value = words.pop(0).partition("=")
        env[key] = value
    assert Path(words[0]).name == "creditbank", f"{page}: {command}"
    run = subprocess.run(
        [sys.executable, "-m", "creditbank", *words[1:]], cwd=demo.parent, capture_output=True, text=True, env=env
    )
    assert run.returncode == 0, f"{page}: {command}\n{run.stdout}{run.stderr}"


PROGRAMS = [page for page in PAGES if "```python\n" in page.read_text()]


@pytest.mark.parametrize("page", PROGRAMS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_program_works_as_it_stands(demo, page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=demo.parent, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"{page}\n{run.stdout}{run.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
