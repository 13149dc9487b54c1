"""The part of the store's transaction that keeps the tiles of batches' trees."""

from collections.abc import Iterable
from typing import Protocol

from creditbank.merkle import Tile
from creditbank.services.records import Leaf


class TileTables(Protocol):
    """What is kept of each tree, in one unit of work."""

    def put_tiles(self, batch: str, kept: Iterable[Tile]) -> None:
        """Keep the tiles of a batch; what is kept already stays as it is."""
        ...

    def find_tile(self, batch: str, level: int, place: int) -> Tile | None: ...
    def leaf_at(self, batch: str, index: int) -> Leaf: ...
