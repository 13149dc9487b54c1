"""Leases: a guarded UPDATE decides who holds one."""

from datetime import datetime

from sqlalchemy import case, delete, or_, select, update

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables_leases import leases
from creditbank.services.lease_records import Lease


class Leases(Tables):
    """The part of `ports.Transaction` that keeps leases."""

    def find_lease(self, name: str) -> Lease | None:
        return self._one(Lease, select(leases).where(leases.c.name == name))

    def take_lease(self, name: str, holder: str, *, now: datetime, until: datetime) -> Lease | None:
        if self._insert_new(leases, {"name": name, "holder": holder, "fence": 1, "until": until}):
            return Lease(name, holder, 1, until)
        own = leases.c.holder == holder
        free = (leases.c.name == name) & or_(own, leases.c.until <= now)
        fence = case((own, leases.c.fence), else_=leases.c.fence + 1)
        taken = update(leases).where(free).values(holder=holder, until=until, fence=fence)
        if self._connection.execute(taken).rowcount != 1:
            return None
        return self.find_lease(name)

    def give_lease_back(self, name: str, holder: str) -> None:
        self._connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
