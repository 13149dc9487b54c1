"""After a restore: the ledger is brought to what the chain knows, and redemption opens once the two agree.

A backup knows nothing of what was redeemed since it was taken. The exported journal is replayed first; whatever the
chain counts beyond that is taken into the ledger under an award of its own name, because it is spent, whoever spent it.
Until ledger and chain agree, nothing can be redeemed (threat 61).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.ledger import Lot, audit, post, reserve
from creditbank.services import reads
from creditbank.services.counted import only_said
from creditbank.services.halting import REDEMPTION, Halting
from creditbank.services.ports import Chain, Clock, Store, Transaction
from creditbank.services.watching import LEDGER, RECONCILED, Watching
from creditbank.units import NONE, Credits

RECOVERED: Final = "urn:creditbank:recovered-from-chain"
"""The award under which the ledger counts what the chain says is spent, where nobody knows for what."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, what the ledger learned from the chain, and what still does not agree."""

    lots: int
    recovered: int
    findings: tuple[str, ...]
    opened: bool


class Reconciling:
    """Compares ledger and chain, and lifts the fence of a restored bank."""

    def __init__(self, store: Store, chain: Chain, clock: Clock, halting: Halting, watching: Watching) -> None:
        self._store, self._chain, self._clock = store, chain, clock
        self._halting, self._watching = halting, watching

    def reconcile(self, *, by: str) -> Reconciliation:
        """Compare every lot with the chain and audit the ledger; open redemption where all agrees.

        Only a fenced bank learns from the chain: elsewhere what the chain has and the ledger has not is on its way.
        Raises `ChainUnavailable`; asking again goes on.
        """
        with self._store.reading() as tx:
            fenced = bool(tx.standing_halts(REDEMPTION))
            lots, _, _ = tx.journal()
        recovered, findings = 0, []
        for lot in lots:
            use = reads.lot_use(self._chain, bytes.fromhex(lot.id[2:]))
            spent = NONE if use is None else use.spent
            if fenced and spent > lot.reserved + lot.redeemed and self._recover(lot, spent):
                recovered += 1
            elif (finding := _differs(lot, spent, self._only_said(lot))) is not None:
                findings.append(finding)
        findings += self.audit()
        self._watching.note(RECONCILED, passed=not findings, said=f"{len(lots)} lots, {len(findings)} findings")
        opened = fenced and not findings
        if opened:
            self._halting.open_fence(by=by, why=f"ledger and chain agree on {len(lots)} lots")
        return Reconciliation(len(lots), recovered, tuple(findings), opened)

    def _only_said(self, lot: Lot) -> Credits:
        if not lot.redeemed:
            return NONE
        with self._store.reading() as tx:
            return only_said(tx, lot.id)

    def audit(self) -> Iterator[str]:
        """Every place where the ledger is not as it was written; remembered as the last audit of it."""
        with self._store.reading() as tx:
            lots, entries, heads = tx.journal()
        faults = audit(lots, entries, heads=heads)
        self._watching.note(LEDGER, passed=not faults, said=f"{len(entries)} entries, {len(faults)} faults")
        yield from (fault.sentence for fault in faults)

    def _recover(self, lot: Lot, spent: Credits) -> bool:
        """Count in the ledger what the chain counts beyond it; whether the lot had so much left."""
        missing = spent - (lot.reserved + lot.redeemed)
        if lot.revoked or missing > lot.available:
            return False
        now, name = self._clock.now(), f"recover:{spent.thousandths}:{lot.id}"
        if lot.expires is not None and lot.expires <= now:
            return False
        with self._store.transaction() as tx:
            count_spent(tx, lot, missing, request=name, at=now)
        return True


def count_spent(tx: Transaction, lot: Lot, amount: Credits, *, request: str, at: datetime) -> None:
    """Count in the ledger what the chain says is spent, in the caller's transaction."""
    why = "spent on the chain"
    tx.post(reserve(lot, amount, request=f"{request}:reserve", award=RECOVERED, at=at, reason=why))
    tx.post(post(lot, amount, request=f"{request}:post", award=RECOVERED, at=at, reason=why))


def _differs(lot: Lot, spent: Credits, said: Credits) -> str | None:
    """What is wrong where the chain counts more of a lot than the ledger holds, or less than it counts.

    Of a lot that has nothing free here, since it was revoked or its time is over, another bank may have spent more.
    What was only `said` to be counted elsewhere when it was brought stands on no chain.
    """
    if spent > lot.reserved + lot.redeemed and lot.available:
        return f"lot {lot.id}: the chain counts {spent}, and the ledger has room for {lot.reserved + lot.redeemed}"
    if spent + said < lot.redeemed:
        return f"lot {lot.id}: the ledger counts {lot.redeemed}, and the chain {spent}"
    return None
