"""What commands that list have in common: how many, and that there are more."""

from typing import Annotated, Final

import typer

from creditbank.cli.terminal import Terminal

NEWEST: Final = 200
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most, the newest first.")]


def say_more(terminal: Terminal, limit: int, *, more: bool) -> None:
    """Say that a list was cut, and how to see the rest."""
    if more:
        terminal.hint(f"These are the newest {limit}; there are more. Ask for them: --limit {limit * 10}")
