"""The command line: what did the caller ask, and in which words do we answer?

`main` is the console entry point. Each command stands in a module of its own and is imported only when it
is called, so that `creditbank check-award` loads no database, solver or chain, and `creditbank --help`
answers at once.
"""

import gc
import sys
from typing import Final

__all__ = ["main", "run"]


RARELY: Final = 50_000
"""After so many new objects the collector looks for garbage: what a command imports is none, and is most of them."""


def main() -> None:
    """Run the command line with this process's arguments, and exit with the command's code."""
    gc.set_threshold(RARELY)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 accepted, 1 rejected, 2 usage or bad input, 3 inconclusive.

    130 says that it was interrupted, 141 that nobody reads its output any more.
    """
    try:
        from creditbank.cli.running import run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        return 130
