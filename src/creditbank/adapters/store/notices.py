"""What was told to whom."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update

from creditbank.adapters.store.session import Tables, unknown, values
from creditbank.adapters.store.tables_ledger import notices
from creditbank.services.ledger_records import Notice


class Notices(Tables):
    """The part of `ports.Transaction` that tells people and bodies what happened."""

    def add_notice(self, notice: Notice) -> bool:
        return self._insert_new(notices, values(notice))

    def notices_of(
        self, audience: str, *, after: str | None = None, limit: int = 100, unseen: bool = False
    ) -> list[Notice]:
        query = select(notices).where(notices.c.audience == audience).order_by(notices.c.row).limit(limit)
        if unseen:
            query = query.where(notices.c.seen.is_(None))
        if after is not None:
            own = (notices.c.id == after) & (notices.c.audience == audience)
            row = self._connection.scalar(select(notices.c.row).where(own))
            query = query.where(notices.c.row > (unknown(f"notice {after}") if row is None else row))
        return self._all(Notice, query)

    def latest_notices(self, audience: str, limit: int) -> list[Notice]:
        query = select(notices).where(notices.c.audience == audience).order_by(notices.c.row.desc()).limit(limit)
        return self._all(Notice, query)

    def count_unseen(self, audience: str) -> int:
        mine = (notices.c.audience == audience) & notices.c.seen.is_(None)
        return int(self._connection.scalar(select(func.count()).select_from(notices).where(mine)) or 0)

    def see_notices(self, audience: str, ids: Collection[str], when: datetime) -> int:
        own = (notices.c.audience == audience) & notices.c.id.in_(ids) & notices.c.seen.is_(None)
        return self._connection.execute(update(notices).where(own).values(seen=when)).rowcount
