"""Options that several commands share, spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.cli.terminal import plain


def written_name(text: str) -> str:
    """A name that a person can read in a credential: not empty, and nothing in it that steers a screen."""
    if not text.strip() or plain(text) != text:
        raise typer.BadParameter("a name must be readable: not empty, and without control characters.")
    return text


def country_code(text: str) -> str:
    """Two capitals, as ISO 3166-1 writes a country."""
    if not (len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()):
        raise typer.BadParameter(f"{plain(text)!r} is no country code: write two capitals, such as IN.")
    return text


def write_file(path: Path, content: bytes) -> None:
    """Write a file that the caller named, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


Home = Annotated[
    Path | None,
    typer.Option("--home", help="The bank's directory; else CREDITBANK_HOME, else creditbank-home here."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for machines; errors too.")]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Files or directories; what each is, is told from its content."),
]
Documents = Annotated[
    Path | None,
    typer.Option(
        "--documents",
        help="A directory of DID documents, profiles and status lists that you trust; each is found by its own id.",
    ),
]
Trust = Annotated[
    Path | None,
    typer.Option("--trust", help="A file of block hashes and registry facts that you trust."),
]
Registers = Annotated[
    list[Path] | None,
    typer.Option(
        "--register",
        help="A register of accreditation that you trust; then accreditation is required. Give it again for another.",
    ),
]
PolicyName = Annotated[
    str | None,
    typer.Option("--policy", help="live, archival, or a policy file; live when online, archival with --offline."),
]
Now = Annotated[
    str | None,
    typer.Option("--now", help="Judge as of this moment, such as 2026-11-23T14:02:00Z, instead of now."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Look at files alone: open no bank, no chain and no network.")]
Request = Annotated[
    str | None,
    typer.Option(
        "--request",
        help="Your own id for this request: asking twice with the same id gives the first answer.",
    ),
]
Full = Annotated[
    bool, typer.Option("--full", help="Show every check of every credential inside, and how each was made.")
]
