"""What commands that list have in common: how many, and that there are more."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from creditbank.cli.terminal import Terminal

NEWEST: Final = 200
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most, the newest first.")]


def show_listed(
    terminal: Terminal,
    views: Mapping[str, Sequence[Any]],
    rows: Sequence[Sequence[str]],
    *,
    headers: Sequence[str],
    none: str,
    limit: int,
    more: bool,
) -> int:
    """Write a list as JSON under its one name, or as a table; `none` is said of an empty one.

    Where it was cut, it says so, and how to see the rest.
    """
    if terminal.json_output:
        terminal.json({**views, "more": more})
    elif not rows:
        terminal.line(none)
    else:
        terminal.rows(rows, headers=headers)
        if more:
            terminal.hint(f"These are the newest {limit}; there are more. Ask for them: --limit {limit * 10}")
    return 0
