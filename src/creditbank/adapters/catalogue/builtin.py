"""Where the data that ships with the bank lies: in the installed package, or beside the sources."""

from pathlib import Path
from typing import Final, Literal

from creditbank.errors import NotFound


class MissingData(NotFound):
    """The data files that ship with the bank are not where they should be."""

    slug = "missing-data"


_PACKAGE: Final = Path(__file__).resolve().parents[2]
_BESIDE_SOURCES: Final = {"frameworks": "frameworks", "contracts": "contracts/artifacts"}


def builtin_data(name: Literal["frameworks", "contracts"]) -> Path:
    """The folder of built-in data of this name; raise `MissingData` when it is in neither place.

    A wheel carries it as `_data/<name>` in the package; in a checkout it stands at the root of the
    repository, because an editable installation copies nothing.
    """
    installed = _PACKAGE / "_data" / name
    beside = _PACKAGE.parent.parent / _BESIDE_SOURCES[name]
    for folder in (installed, beside):
        if folder.is_dir():
            return folder
    raise MissingData(
        f"The built-in {name} are neither in the package nor beside the sources.",
        place=str(installed),
        next_step="Install the package again.",
    )
