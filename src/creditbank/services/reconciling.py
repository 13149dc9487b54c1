"""After a restore, and after the chain took back what was final: the ledger is brought to what the chain knows, and
redemption opens once the two agree.

A backup knows nothing of what was redeemed since it was taken. The exported journal is replayed first; whatever the
chain counts beyond that is taken into the ledger under an award of its own name, because it is spent, whoever spent it.
Until ledger and chain agree, nothing can be redeemed (threat 61).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.ledger import Lot, audit, post, release, reserve
from creditbank.services import calls, reads
from creditbank.services.counted import RECOVERED, only_elsewhere, only_said
from creditbank.services.halting import REDEMPTION, Halting
from creditbank.services.ledger_records import RedemptionState, ReservationState
from creditbank.services.ports import Chain, Clock, Store, Transaction
from creditbank.services.records import Attempt, AttemptState, AwardState
from creditbank.services.registering import OPERATOR
from creditbank.services.spend_records import ConvoyState
from creditbank.services.watching import LEDGER, RECONCILED, Watching
from creditbank.units import NONE, Credits

UNDER_WAY: Final = (RedemptionState.RESERVED, RedemptionState.UNDOING)
SPENDS: Final = ("spend", "redeem", "unspend", "free", "reverse")
"""What the purposes of transactions begin with that move credits, besides convoys."""
CARRY: Final = "carry"
"""And those that spend on the chain in use what was spent on a former one."""
ENDED: Final = ReservationState.LAPSED
MOVED: Final = "spends of a former contract are to be carried over to "
"""With what the reason for a fence begins where the bank has come to other contracts than those that it spent on."""


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

    def reconcile(self, *, by: str, carried: bool = False, why: str = "") -> Reconciliation:
        """Compare every lot with the chain and audit the ledger; open redemption where all agrees.

        Only a fenced bank learns from the chain: elsewhere what the chain has and the ledger has not is on its way.
        A fence of a bank that moved opens only where all that was spent before is `carried` over; `why` is kept then.
        Raises `ChainUnavailable`; asking again goes on.
        """
        with self._store.reading() as tx:
            fences = tx.standing_halts(REDEMPTION)
            lots, _, _ = tx.journal()
            moved = any(one.why.startswith(MOVED) for one in tx.halts())
        fenced, recovered, findings = bool(fences), 0, list[str]()
        if not carried and any(one.why.startswith(MOVED) for one in fences):
            findings.append(
                "what was spent on the former chain is not carried over; see `creditbank bank carry --help`"
            )
        for lot in lots:
            use = reads.lot_use(self._chain, bytes.fromhex(lot.id[2:]))
            spent = NONE if use is None else use.spent
            counted, usable = self._counted(lot, spent)
            if fenced and spent > counted and usable:
                self._recover(lot, min(spent - counted, usable))
                recovered += 1
            elif (
                finding := _differs(lot, spent, counted if usable else spent, self._said(lot, moved=moved))
            ) is not None:
                findings.append(finding)
        findings += self.audit()
        self._watching.note(RECONCILED, passed=not findings, said=f"{len(lots)} lots, {len(findings)} findings")
        opened = fenced and not findings
        if opened:
            self._halting.open_fence(by=by, why=f"ledger and chain agree on {len(lots)} lots{why}")
        return Reconciliation(len(lots), recovered, tuple(findings), opened)

    def learn(self, former: reads.Reader, lot: Lot, ours: Mapping[str, Credits]) -> tuple[Credits, str | None]:
        """Count in the ledger what others spent of a lot on a former chain: how much was new, and what is unclear.

        `ours` is what that chain counts for awards of this bank, by award. Unclear is what the former chain counts
        where an award under way holds what is left. A lot that is over teaches nothing: nobody can use it any more.
        """
        use = reads.lot_use(former, bytes.fromhex(lot.id[2:]))
        if use is None:
            return NONE, None
        claims, usable = self._under_way(former, lot)
        with self._store.reading() as tx:
            counted = only_elsewhere(tx, lot.id) + sum(ours.values(), start=NONE)
        counted += sum((amount for award, amount in claims.items() if award not in ours), start=NONE)
        if use.spent <= counted:
            return NONE, None
        learned = min(use.spent - counted, usable)
        if learned:
            self._recover(lot, learned)
        with self._store.reading() as tx:
            reserved = tx.get_lot(lot.id).reserved
        if use.spent - counted == learned or not reserved:
            return learned, None
        return learned, (
            f"lot {lot.id}: the former chain counts {use.spent}, the ledger knew of {counted}, and awards under way"
            f" hold {reserved} of it; withdraw them first"
        )

    def taken_back(self, orphans: Sequence[Attempt]) -> bool:
        """Fence redemption where the chain took back what the ledger acted upon for good; whether it did.

        What comes back may come in another order: what failed may succeed, and who was first be second. Until ledger
        and chain were compared again nobody redeems.
        """
        with self._store.transaction() as tx:
            acted = [one for one in orphans if _was_acted_upon(tx, one)]
        if acted:
            why = f"the chain took back {len(acted)} transactions by which the ledger had moved"
            self._halting.stop(REDEMPTION, by=OPERATOR, why=why)
        return bool(acted)

    def _said(self, lot: Lot, *, moved: bool) -> Credits:
        """How much of what is counted stands on no chain, or where the bank moved perhaps on the former one alone."""
        if not lot.redeemed:
            return NONE
        with self._store.reading() as tx:
            return only_elsewhere(tx, lot.id) if moved else only_said(tx, lot.id)

    def audit(self) -> Iterator[str]:
        """Every place where the ledger is not as it was written; remembered as the last audit of it."""
        with self._store.reading() as tx:
            lots, entries, heads = tx.journal()
        faults = audit(lots, entries, heads=heads)
        self._watching.note(LEDGER, passed=not faults, said=f"{len(entries)} entries, {len(faults)} faults")
        yield from (fault.sentence for fault in faults)

    def _counted(self, lot: Lot, spent: Credits) -> tuple[Credits, Credits]:
        """How much of a lot the chain should count by what the ledger knows, and how much could still be used here.

        Of what is reserved, awards and redemptions under way may be on the chain already or not yet; what a university
        merely holds is on none, and could be used as what is free.
        """
        if spent <= lot.redeemed:
            return lot.redeemed, lot.available
        claims, usable = self._under_way(self._chain, lot)
        return lot.redeemed + sum(claims.values(), start=NONE), usable

    def _under_way(self, on: reads.Reader, lot: Lot) -> tuple[dict[str, Credits], Credits]:
        """What a chain counts already of what is reserved, by award, and how much of a lot could still be used here."""
        chain = bytes.fromhex(lot.id[2:])
        with self._store.reading() as tx:
            holds = [hold for hold in tx.holds_of(lot.id) if hold.reserved]
            held = [one.amount for hold in holds for one in tx.held_reservations(hold.award, [lot.id])]
            claims = [(hold, _claimants(tx, lot, hold.award)) for hold in holds]
        there: dict[str, Credits] = {}
        for hold, claimants in claims:
            found = [reads.spent_for(on, chain, by, calls.award_id(award)) for by, award in claimants]
            there[hold.award] = min(hold.reserved, sum(found, start=NONE))
        over = lot.revoked or (lot.expires is not None and lot.expires <= self._clock.now())
        return there, NONE if over else sum(held, start=lot.available)

    def _recover(self, lot: Lot, missing: Credits) -> None:
        """Count in the ledger what the chain counts beyond it; what a university merely held gives way to it."""
        now, why = self._clock.now(), "spent on the chain"
        with self._store.transaction() as tx:
            for hold in tx.holds_of(lot.id) if missing > lot.available else ():
                for one in tx.held_reservations(hold.award, [lot.id]):
                    if tx.get_lot(lot.id).available < missing and tx.end_reservation(one.request, ENDED):
                        request, free = f"free:{one.request}", tx.get_lot(lot.id)
                        tx.post(release(free, one.amount, request=request, award=one.award, at=now, reason=why))
            before = sum((one.redeemed for one in tx.holds_of(lot.id) if one.award == RECOVERED), start=NONE)
            # named by how much was learned before, so that two who compare at once count it once
            request = f"recover:after-{before.thousandths}:{lot.id}"
            count_spent(tx, tx.get_lot(lot.id), missing, request=request, at=now)


def _was_acted_upon(tx: Transaction, attempt: Attempt) -> bool:
    """Whether the ledger moved by what became of this: of a convoy once it is final, of others by their failure.

    By what was carried over redemption was opened.
    """
    task, _, rest = attempt.purpose.partition(":")
    if task == CARRY:
        return attempt.state is AttemptState.MINED
    if task == "convoy":
        return tx.get_convoy(rest).state is ConvoyState.DONE
    return task in SPENDS and attempt.state is AttemptState.FAILED


def _claimants(tx: Transaction, lot: Lot, award: str) -> set[tuple[bytes, str]]:
    """For which bodies and awards the chain may count what is reserved of a lot for awards of this name.

    What moves from a lower award is counted for that one until it moved.
    """
    made = tx.find_award(award)
    found = {(one.organisation, award) for one in tx.redemptions_for(award) if one.state in UNDER_WAY}
    if made is not None and made.state is not AwardState.POSTED:
        about = [one for one in tx.entries_about(lot.account) if (one.lot, one.award) == (lot.id, award)]
        lower = {one.origin for one in about if one.origin is not None}
        found |= {(made.organisation, name) for name in (award, *lower)}
    return {(issuer_id(tx.get_organisation(body).did), name) for body, name in found}


def count_spent(tx: Transaction, lot: Lot, amount: Credits, *, request: str, at: datetime) -> None:
    """Count in the ledger what the chain says is spent, in the caller's transaction."""
    why = "spent on the chain"
    tx.post(reserve(lot, amount, request=f"{request}:reserve", award=RECOVERED, at=at, reason=why))
    tx.post(post(lot, amount, request=f"{request}:post", award=RECOVERED, at=at, reason=why))


def _differs(lot: Lot, spent: Credits, counted: Credits, said: Credits) -> str | None:
    """What is wrong where the chain counts more of a lot than the ledger knows of, or less than it counts.

    Of a lot of which nothing can be used here, another bank may have spent more.
    What was only `said` to be counted elsewhere when it was brought stands on no chain.
    """
    if spent > counted:
        return f"lot {lot.id}: the chain counts {spent}, and the ledger knows of {counted}"
    if spent + said < lot.redeemed:
        return f"lot {lot.id}: the ledger counts {lot.redeemed}, and the chain {spent}"
    return None
