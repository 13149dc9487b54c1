"""Halts: who stopped what, and who let it go on."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables_halts import halts
from creditbank.services.halting_records import Halt

_STANDING: Final = select(halts).where(halts.c.lifted.is_(None)).order_by(halts.c.row)
_STANDING_OF: Final = _STANDING.where(halts.c.scope.in_(bindparam("scopes", expanding=True)))


class Halts(Tables):
    """The part of `ports.Transaction` that keeps halts."""

    def add_halt(self, halt: Halt) -> None:
        self._add(halts, values(halt), f"A halt of {halt.scope}")

    def get_halt(self, id: str) -> Halt:
        return known(self._one(Halt, select(halts).where(halts.c.id == id)), f"halt {id}")

    def lift_halt(self, id: str, *, when: datetime, by: str, why: str) -> bool:
        standing = update(halts).where(halts.c.id == id, halts.c.lifted.is_(None))
        changed = standing.values(lifted=when, lifted_by=by, lifted_why=why)
        return self._connection.execute(changed).rowcount == 1

    def halts(self) -> list[Halt]:
        return self._all(Halt, select(halts).order_by(halts.c.row))

    def standing_halts(self, *scopes: str) -> list[Halt]:
        return self._all(Halt, _STANDING_OF, scopes=scopes) if scopes else self._all(Halt, _STANDING)
