"""How a command says no: one clear sentence with its place and the next step, and the exit code of its
kind.

The sentences are the core's own; here stands only how they are shown. A traceback appears for nobody who
did not ask for one with `CREDITBANK_DEBUG=1`, and never for an error the product raises on purpose.
"""

import os
from collections.abc import Mapping
from typing import ClassVar, Final

from creditbank.canonical import JsonObject
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput, Conflict, CreditBankError, NotFound, Refused, Unavailable

ACCEPTED: Final = 0
REJECTED: Final = 1
USAGE: Final = 2
INCONCLUSIVE: Final = 3

EXIT_CODES: Final[Mapping[type[CreditBankError], int]] = {
    BadInput: USAGE,
    NotFound: USAGE,
    Conflict: REJECTED,
    Refused: REJECTED,
    Unavailable: INCONCLUSIVE,
}


class Usage(BadInput):
    """The command was not called the way its help says."""

    slug: ClassVar[str] = "usage"


class FileTrouble(BadInput):
    """A file or directory named on the command line cannot be read or written."""

    slug: ClassVar[str] = "file-trouble"


class InternalError(CreditBankError):
    """The product broke a promise of its own; nothing can be concluded from it."""

    slug: ClassVar[str] = "internal-error"


def exit_code(error: CreditBankError) -> int:
    """The exit code of an error's kind; what has no kind concludes nothing."""
    for kind, code in EXIT_CODES.items():
        if isinstance(error, kind):
            return code
    return INCONCLUSIVE


def problem(error: CreditBankError) -> JsonObject:
    """An error as the JSON problem object (RFC 9457) that `--json` answers with."""
    document: JsonObject = {
        "type": f"urn:creditbank:problem:{error.slug}",
        "title": title_of(error),
        "detail": error.sentence,
        "exitCode": exit_code(error),
    }
    if error.place:
        document["place"] = error.place
    if error.next_step:
        document["nextStep"] = error.next_step
    return document


def title_of(error: CreditBankError) -> str:
    """The rule that an error protects: the first sentence of its class's docstring."""
    return (type(error).__doc__ or error.slug).strip().splitlines()[0]


def tell(error: CreditBankError, terminal: Terminal) -> int:
    """Say what went wrong, to a person or a machine; return the exit code."""
    if terminal.json_output:
        terminal.json(problem(error))
        return exit_code(error)
    first, *more = str(error).splitlines()
    terminal.hint(("creditbank: ", "bold red"), first)
    for line in more:
        terminal.hint(line.strip(), indent=2)
    if error.next_step:
        terminal.hint(("What to try: ", "bold"), error.next_step, indent=2)
    return exit_code(error)


def of_system(error: OSError) -> CreditBankError:
    """An error of the operating system as one of ours: which file, and what the system said."""
    place = str(error.filename) if error.filename is not None else ""
    said = error.strerror or type(error).__name__
    return FileTrouble(f"{said}.", place=place, next_step="Check the path and who may read or write it.")


def of_accident(error: Exception) -> InternalError:
    """An exception that nobody planned for as one sentence."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return InternalError(
        f"Something broke inside creditbank ({said}).",
        next_step="Run it again with CREDITBANK_DEBUG=1 to see where, and report that.",
    )


def trace() -> None:
    """Show where the exception at hand came from, to whoever asked for it."""
    if os.environ.get("CREDITBANK_DEBUG") == "1":
        import traceback

        traceback.print_exc()
