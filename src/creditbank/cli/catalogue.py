"""The catalogue of frameworks and rules that a command looks at: the one that ships, or a directory of
one's own.
"""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.adapters.catalogue import Catalogue, builtin_data

Data = Annotated[
    Path | None,
    typer.Option("--data", help="A directory of framework and rule files to look at instead of the built-in ones."),
]


def catalogue_of(data: Path | None) -> Catalogue:
    """Load the built-in catalogue, or the one at `data`; raises `DocumentFaults` with everything that is
    wrong.
    """
    return Catalogue.load(builtin_data("frameworks") if data is None else data)
