"""Where a command writes: its report on stdout, progress and hints on stderr.

Every text goes through `plain` on its way, because names inside credentials are a stranger's and could
carry control sequences that repaint a terminal (or turn the reading direction) to show a verdict that was
never given. Colour appears only on a terminal, and not at all with `NO_COLOR`.
"""

import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from creditbank.canonical import pretty_json

BROKEN_PIPE: Final = 141
"""What a shell reports for a program that SIGPIPE ended; a reader that went away says nothing about the
report.
"""

NO_WRAP: Final = 10_000
"""The width of output that no terminal shows: one fact, one line, however long."""

TURNING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

Piece = str | tuple[str, str]
"""A text, or a text with its style."""


class _QuietConsole(Console):
    """A console whose reader may leave: the program then ends without a word."""

    def on_broken_pipe(self) -> None:
        leave_quietly()


class Terminal:
    """The two streams of one command. With `json_output` nothing but one JSON document goes to stdout."""

    def __init__(self, *, json_output: bool = False) -> None:
        self.json_output = json_output
        self.report = _console(sys.stdout)
        self.hints = _console(sys.stderr)

    def line(self, *pieces: Piece, indent: int = 0) -> None:
        """Write one line of the report; a long one continues below its own start on a terminal."""
        _write(self.report, pieces, indent)

    def hint(self, *pieces: Piece, indent: int = 0) -> None:
        """Write one line of progress or advice, for people only."""
        _write(self.hints, pieces, indent)

    def rows(self, rows: Sequence[Sequence[Piece]], *, headers: Sequence[str] = (), indent: int = 0) -> None:
        """Write aligned columns; only the last one may wrap. No rows write nothing, not even the headers."""
        if not rows:
            return
        columns = max(len(row) for row in rows)
        table = Table(box=None, show_header=bool(headers), pad_edge=False, padding=(0, 2, 0, 0))
        if indent:
            table.add_column(width=max(indent - 2, 0), no_wrap=True)
        for position in range(columns):
            title = headers[position] if position < len(headers) else ""
            table.add_column(Text(title, style="bold"), no_wrap=position < columns - 1, overflow="fold")
        for row in rows:
            cells = [_text([piece]) for piece in row]
            table.add_row(*([Text("")] if indent else []), *cells)
        if self.report.is_terminal:
            self.report.print(table)
            return
        with self.report.capture() as captured:
            self.report.print(table)
        self.raw("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def json(self, document: Mapping[str, Any]) -> None:
        """Write the one JSON document of a `--json` run."""
        self.raw(pretty_json(document).decode())

    def raw(self, text: str) -> None:
        """Write text to stdout exactly as it is."""
        try:
            self.report.file.write(text)
            self.report.file.flush()
        except BrokenPipeError:
            leave_quietly()


def plain(text: str) -> str:
    """Show every character that would steer a terminal, or the direction of reading, as its code point."""
    return "".join(_visible(character) for character in text)


def leave_quietly() -> None:
    """Point stdout at nothing, so that the interpreter has nothing left to complain of, and end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    raise SystemExit(BROKEN_PIPE)


def _visible(character: str) -> str:
    if character in "\n\t":
        return " "
    if unicodedata.category(character) in ("Cc", "Cs") or character in TURNING:
        return f"\\u{ord(character):04x}"
    return character


def _console(stream: IO[str]) -> Console:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    shown = stream.isatty()
    return _QuietConsole(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if shown else NO_WRAP,
        force_terminal=shown,
        force_jupyter=False,
    )


def _text(pieces: Sequence[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        words, style = (piece, "") if isinstance(piece, str) else piece
        text.append(plain(words), style=style)
    return text


def _write(console: Console, pieces: Sequence[Piece], indent: int) -> None:
    if not indent:
        console.print(_text(pieces))
        return
    table = Table.grid(padding=0)
    table.add_column(width=indent, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", _text(pieces))
    console.print(table)
