"""The audit trail: appended to, one at a time for each chain."""

from collections.abc import Collection

from sqlalchemy import select, update

from creditbank.adapters.store.session import Tables, values
from creditbank.adapters.store.tables_trail import trail, trail_heads
from creditbank.services.trail_records import TrailEntry, TrailHead


class TrailRows(Tables):
    """The part of `ports.Transaction` that keeps the audit trail."""

    def claim_trail(self, start: TrailHead) -> TrailHead:
        self._insert_new(trail_heads, values(start))
        query = select(trail_heads).where(trail_heads.c.chain == start.chain).with_for_update()
        head = self._one(TrailHead, query)
        assert head is not None, "it was written just now, or before"
        return head

    def append_trail(self, entry: TrailEntry) -> None:
        self._add(trail, values(entry), f"Entry {entry.number} of {entry.chain}")
        moved = update(trail_heads).where(
            (trail_heads.c.chain == entry.chain) & (trail_heads.c.number == entry.number - 1)
        )
        changed = self._connection.execute(moved.values(number=entry.number, hash=entry.hash)).rowcount
        assert changed == 1, "an entry follows the head that its transaction holds"

    def trail_of(self, chain: str, *, after: int = 0, limit: int = 500) -> list[TrailEntry]:
        query = select(trail).where((trail.c.chain == chain) & (trail.c.number > after))
        return self._all(TrailEntry, query.order_by(trail.c.number).limit(limit))

    def trail_by(self, chain: str, actors: Collection[str]) -> list[TrailEntry]:
        theirs = (trail.c.chain == chain) & trail.c.actor.in_(sorted(actors))
        return self._all(TrailEntry, select(trail).where(theirs).order_by(trail.c.number))

    def trail_about(self, chain: str, action: str, objects: Collection[str]) -> list[TrailEntry]:
        told = (trail.c.chain == chain) & (trail.c.action == action) & trail.c.object.in_(sorted(objects))
        return self._all(TrailEntry, select(trail).where(told).order_by(trail.c.number))

    def trail_heads(self) -> list[TrailHead]:
        return self._all(TrailHead, select(trail_heads).order_by(trail_heads.c.chain))
