"""Tiles of batches' trees: written once, with the batch."""

from collections.abc import Iterable

from sqlalchemy import select

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables_tiles import tiles
from creditbank.merkle import Tile


class Tiles(Tables):
    """The part of `ports.Transaction` that keeps tiles."""

    def put_tiles(self, batch: str, kept: Iterable[Tile]) -> None:
        for tile in kept:
            row = {"batch": batch, "level": tile.level, "place": tile.place, "hashes": tile.hashes}
            self._insert_new(tiles, row)

    def find_tile(self, batch: str, level: int, place: int) -> Tile | None:
        here = (tiles.c.batch == batch) & (tiles.c.level == level) & (tiles.c.place == place)
        return self._one(Tile, select(tiles.c.level, tiles.c.place, tiles.c.hashes).where(here))
