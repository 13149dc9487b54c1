"""Watching the bank: the figures that alarms look at, and the checks that are done now and then and remembered."""

from collections.abc import Callable
from typing import Final

from creditbank.services.ports import Clock, Store
from creditbank.services.watching_records import Checkup, Figures

LEDGER: Final = "ledger-audit"
BACKUP: Final = "backup"
RECONCILED: Final = "reconciliation"
STATUS_ROOT: Final = "status-root"

__all__ = ["BACKUP", "LEDGER", "RECONCILED", "STATUS_ROOT", "Checkup", "Figures", "Watching"]


class Watching:
    """Reads figures, and keeps what checks found."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def figures(self) -> Figures:
        """How the bank stands now."""
        with self._store.reading() as tx:
            return tx.figures(self._clock.now())

    def note(self, name: str, *, passed: bool, said: str = "") -> Checkup:
        """Remember what a check found; the newest result of each counts."""
        checkup = Checkup(name, self._clock.now(), passed, said[:500])
        with self._store.transaction() as tx:
            tx.put_checkup(checkup)
        return checkup

    def checked(self, name: str, look: Callable[[], int]) -> Checkup:
        """Do a check that counts its findings, and remember the result."""
        found = look()
        return self.note(name, passed=found == 0, said="in order" if found == 0 else f"{found} findings")
