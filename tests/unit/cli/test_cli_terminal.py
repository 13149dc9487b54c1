"""What reaches a terminal, and what does not."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.cli.terminal import TURNING, Terminal, plain


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> str:
    screen = Screen()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout", screen)
    Terminal().line(("yes", "green"))
    return screen.getvalue()


@given(st.text())
def test_no_text_steers_the_terminal(text: str) -> None:
    shown = plain(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    assert not TURNING.intersection(shown)


def test_an_escape_sequence_in_a_name_is_shown_and_not_obeyed() -> None:
    assert plain("\x1b[2J\x1b[32mAccepted") == "\\u001b[2J\\u001b[32mAccepted"


def test_ordinary_names_of_every_script_stay_as_they_are() -> None:
    assert plain("학점은행 भारत Zürich 😀") == "학점은행 भारत Zürich 😀"


def test_a_long_line_is_one_line_where_no_terminal_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().line("word " * 100, indent=2)
    assert capsys.readouterr().out.count("\n") == 1


def test_columns_end_without_blanks_where_no_terminal_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().rows([["a", "long one"], ["b", "c"]], headers=("x", "y"))
    assert all(line == line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_colour_appears_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m" in shown_on_a_terminal(monkeypatch)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown_on_a_terminal(monkeypatch)


def test_colour_never_reaches_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().line(("yes", "bold green"))
    assert capsys.readouterr().out == "yes\n"


def test_json_is_the_only_thing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(json_output=True)
    terminal.hint("working")
    terminal.json({"name": "\x1b[2J"})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"name": "\x1b[2J"}
    assert "\x1b" not in captured.out
    assert captured.err == "working\n"
