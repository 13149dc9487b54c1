"""A credit stays spent when the bank goes over to another chain: what was spent on the former one is spent anew.

The ledger knows what counts here, and other banks know only the chain that they share. So redemption is fenced from the
moment in which a bank opens on other contracts than those that it spent on. It opens again once every use of this
bank's bodies stands on the chain in use, and what others spent on the former chain is counted in the ledger too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.anchoring import issuer_id
from creditbank.canonical import Json, json_digest
from creditbank.errors import BadInput
from creditbank.ledger import Bucket, EntryKind, Lot
from creditbank.services import calls, reads
from creditbank.services.counted import counts_elsewhere
from creditbank.services.halting import REDEMPTION, Halting
from creditbank.services.ledger_records import Hold, RedemptionState
from creditbank.services.ports import Call, Chain, ChainRefused, Store, Transaction
from creditbank.services.reconciling import CARRY, MOVED, Reconciliation, Reconciling
from creditbank.services.records import Attempt, AttemptState, Organisation
from creditbank.services.registering import OPERATOR
from creditbank.services.sending import Sender
from creditbank.services.spending import MOST, uses_in
from creditbank.units import NONE, Credits


class NotTheFormerChain(BadInput):
    """What is named as the chain before is the chain in use, where everything is known already."""

    slug = "not-the-former-chain"


class Former(Protocol):
    """The chain before, as far as it is asked."""

    @property
    def chain_id(self) -> int: ...
    @property
    def contracts(self) -> Mapping[str, str]: ...
    def block(self, number: int) -> tuple[str, datetime] | None:
        """Hash and time of a block."""
        ...

    def read(self, call: Call) -> object:
        """The contract's answer."""
        ...


@dataclass(frozen=True, slots=True)
class OwnUse:
    """So much of a lot that a body of this bank spent for an award of its own."""

    organisation: str
    award: str
    lot: str
    amount: Credits
    total: Credits

    @property
    def bundle(self) -> calls.Bundle:
        """As the contract takes it: by itself, so that one that is refused keeps no other."""
        use = (bytes.fromhex(self.lot[2:]), self.amount.thousandths, self.total.thousandths)
        return calls.award_id(self.award), (use,)


@dataclass(frozen=True, slots=True)
class Carried:
    """How many uses stood on the chain in use already, how many were spent there anew, and how it stands now.

    `learned` is of how many lots the former chain counts more than the ledger did.
    """

    standing: int
    spent: int
    learned: int
    compared: Reconciliation


class Carrying:
    """Fences redemption on a chain that knows nothing of earlier spends, and takes them there."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, halting: Halting, reconciling: Reconciling) -> None:
        self._store, self._chain, self._sender = store, chain, sender
        self._halting, self._reconciling = halting, reconciling

    def look(self) -> bool:
        """Fence redemption where the bank has come to other contracts since it last spent; whether it has.

        The fence itself is what is remembered: the newest of its kind names the contract for which it was made, and of
        a chain that was begun anew the first block, since contracts come to stand there where they stood before.
        """
        if "redemptions" not in self._chain.contracts:
            return False
        with self._store.transaction() as tx:
            made, empty = _moves(tx), not tx.has_lots()
            elsewhere = bool(made) or tx.sent_elsewhere(self._chain.chain_id)
            newest = tx.placed_attempts(self._chain.chain_id, 1)
        if empty:
            return False
        if self._is_begun_anew(newest):
            if made[-1:] == [self._anew]:
                return False
            self._halting.fence_anew(by=OPERATOR, why=self._anew)
            return True
        if made and self._is_here(made[-1]):
            return False
        if not elsewhere and reads.predecessor(self._chain, "redemptions") is None:
            return False
        self._halting.fence_anew(by=OPERATOR, why=self._why)
        return True

    def _is_begun_anew(self, newest: Sequence[Attempt]) -> bool:
        """Whether the block of this bank's newest transaction is not there, on a chain that keeps all of its own."""
        if not self._chain.keeps_all or not newest or newest[0].block_number is None:
            return False
        block = self._chain.block(newest[0].block_number)
        return block is None or block[0] != newest[0].block_hash

    @property
    def _why(self) -> str:
        return f"{MOVED}{self._chain.contracts['redemptions']} of chain {self._chain.chain_id}"

    @property
    def _anew(self) -> str:
        return f"{self._why}, begun anew with the block {_first_block(self._chain)}"

    def _is_here(self, why: str) -> bool:
        """Whether a fence was made for the contract in use, on this very chain."""
        return why == self._why or (why.startswith(f"{self._why},") and why == self._anew)

    def carry(self, former: Former | None, *, by: str) -> Carried:
        """Spend on the chain in use what the ledger counts for awards of this bank, and open redemption if all agrees.

        `former` is the chain before, for what others spent there; None where nobody can ask it any more, which is kept
        in the trail. Nothing is spent twice, and doing it again goes on. A chain that does not count what this bank
        spent before is another one: nothing is spent then, and the fence stands, as it does when anything is raised.
        Raises `NotTheFormerChain`, and what the sender and both chains do.
        """
        if former is not None:
            self._require_another(former)
        with self._store.reading() as tx:
            lots, _, _ = tx.journal()
        own, findings = list[OwnUse](), list[str]()
        for lot in lots:
            uses, unclear = self._own(lot)
            own, findings = own + uses, findings + unclear
        missing, learned = self._missing(own), 0
        standing = len(own) - len(missing)
        if former is not None:
            there = self._spent_before(former, own)
            if strange := [_strange(one, there[one]) for one in missing if there[one] < one.amount]:
                findings, missing = findings + strange, []
            else:
                learned, unclear = self._learn(former, lots, there)
                findings += unclear
        self._spend(missing)
        findings += [self._lacks(one) for one in self._missing(missing)]
        asked = "; nobody could ask the former chain" if former is None else "; the former chain was asked"
        compared = self._reconciling.reconcile(by=by, carried=not findings, why=asked)
        if compared.opened and not self._noted():
            self._halting.stop(REDEMPTION, by=by, why=self._why)
            self._halting.open_fence(by=by, why=f"all that was spent stands on the chain in use{asked}")
        both = (*findings, *compared.findings)
        return Carried(
            standing,
            len(missing),
            learned,
            Reconciliation(compared.lots, compared.recovered, both, compared.opened),
        )

    def _noted(self) -> bool:
        with self._store.transaction() as tx:
            made = _moves(tx)
        return bool(made) and self._is_here(made[-1])

    def _own(self, lot: Lot) -> tuple[list[OwnUse], list[str]]:
        """What bodies of this bank spent of a lot, and what of it cannot be said."""
        found, unclear = list[OwnUse](), list[str]()
        with self._store.reading() as tx:
            for hold in tx.holds_of(lot.id):
                if counts_elsewhere(hold.award):
                    continue
                if hold.reserved and _gives_up_another(tx, lot, hold.award):
                    unclear.append(f"lot {lot.id}: award {hold.award} is taking over from a lower one; finish it first")
                parts = _by_body(tx, hold)
                if sum(parts.values(), start=NONE) < hold.redeemed:
                    unclear.append(f"lot {lot.id}: nobody knows which body redeemed all of it for {hold.award}")
                found += [OwnUse(body, hold.award, lot.id, part, lot.amount.credits) for body, part in parts.items()]
        return found, unclear

    def _require_another(self, former: Former) -> None:
        def place(chain: Former) -> tuple[int, str]:
            return chain.chain_id, chain.contracts.get("redemptions", "").lower()

        if place(former) == place(self._chain) and _first_block(former) == _first_block(self._chain):
            raise NotTheFormerChain(
                "These are the contracts that the bank uses now.",
                next_step="Name the folder with bank.toml and chain.db of before the move; see docs/production.md.",
            )

    def _spent_before(self, former: Former, own: Sequence[OwnUse]) -> dict[OwnUse, Credits]:
        """What the former chain counts for these awards of these lots."""
        found: dict[OwnUse, Credits] = {}
        for body, uses in self._by_organisation(own):
            who = issuer_id(body.did)
            for one in uses:
                found[one] = reads.spent_for(former, bytes.fromhex(one.lot[2:]), who, calls.award_id(one.award))
        return found

    def _learn(self, former: Former, lots: Sequence[Lot], there: Mapping[OwnUse, Credits]) -> tuple[int, list[str]]:
        """Count in the ledger what others spent on the former chain: of how many lots, and what is unclear."""
        learned, unclear = 0, list[str]()
        ours: dict[str, dict[str, Credits]] = {lot.id: {} for lot in lots}
        for one, spent in there.items():
            ours[one.lot][one.award] = ours[one.lot].get(one.award, NONE) + spent
        for lot in lots:
            more, finding = self._reconciling.learn(former, lot, ours[lot.id])
            learned += bool(more)
            unclear += [] if finding is None else [finding]
        return learned, unclear

    def _missing(self, own: Sequence[OwnUse]) -> list[OwnUse]:
        """Which of these do not stand on the chain in use, exactly as they are."""
        missing: list[OwnUse] = []
        for body, uses in self._by_organisation(own):
            for first in range(0, len(uses), MOST):
                part = uses[first : first + MOST]
                stands = reads.bundles_spent(self._chain, issuer_id(body.did), [one.bundle for one in part])
                missing += [one for one, whole in zip(part, stands, strict=True) if not whole]
        return missing

    def _spend(self, missing: Sequence[OwnUse]) -> None:
        for body, uses in self._by_organisation(missing):
            for first in range(0, len(uses), MOST):
                part = uses[first : first + MOST]
                call = calls.spend_bundles([one.bundle for one in part])
                try:
                    self._sender.settle(self._purpose(body, part), body.id, call, final=True)
                except ChainRefused as refusal:
                    if refusal.reason != "NotAdmitted":
                        raise  # a body that may spend no more: what lacks is told of each use

    def _purpose(self, body: Organisation, part: Sequence[OwnUse]) -> str:
        """A name for these spends; another only after they were in a block, where what was refused is tried anew."""
        uses: list[Json] = [[one.award, one.lot, str(one.amount)] for one in part]
        what = json_digest({"uses": uses}).hex()[:32]
        with self._store.transaction() as tx:
            for number in range(2**16):
                name = f"{CARRY}:{body.id}:{self._chain.contracts['redemptions']}:{what}:{number}"
                here = [one for one in tx.attempts(name) if one.chain_id in (None, self._chain.chain_id)]
                if not any(one.state is AttemptState.MINED for one in here):
                    return name
        raise AssertionError("nobody tries so often")

    def _by_organisation(self, uses: Sequence[OwnUse]) -> Iterator[tuple[Organisation, list[OwnUse]]]:
        for id in sorted({one.organisation for one in uses}):
            with self._store.reading() as tx:
                body = tx.get_organisation(id)
            yield body, [one for one in uses if one.organisation == id]

    def _lacks(self, one: OwnUse) -> str:
        use = reads.lot_use(self._chain, bytes.fromhex(one.lot[2:]))
        there = "nothing of it" if use is None else f"{use.spent} of {use.total} of it"
        return (
            f"lot {one.lot}: the ledger counts {one.amount} for the award {one.award}, which the chain in use"
            f" does not take; it counts {there}"
        )


def _first_block(chain: Former) -> str:
    found = chain.block(0)
    return "" if found is None else found[0]


def _moves(tx: Transaction) -> list[str]:
    """For which contracts redemption was fenced, oldest first."""
    return [one.why for one in tx.halts() if one.scope == REDEMPTION and one.why.startswith(MOVED)]


def _strange(one: OwnUse, there: Credits) -> str:
    return (
        f"lot {one.lot}: the chain that was named as the former one counts {there} for the award {one.award}, and the"
        f" ledger {one.amount}; it is another chain"
    )


def _by_body(tx: Transaction, hold: Hold) -> dict[str, Credits]:
    """Which bodies spent what an award of this name has of a lot: what counts, and what is spent and not posted yet."""
    parts: dict[str, Credits] = {}
    for one in tx.redemptions_for(hold.award):
        for use in one.uses if one.state is RedemptionState.POSTED else ():
            if use.lot == hold.lot:
                parts[one.organisation] = parts.get(one.organisation, NONE) + use.amount
    known, made = sum(parts.values(), start=NONE), tx.find_award(hold.award)
    if made is not None and hold.redeemed > known:
        parts[made.organisation] = parts.get(made.organisation, NONE) + (hold.redeemed - known)
    reserved = hold.reserved
    for spend in tx.spends_for(hold.award) if reserved else ():
        for lot, amount, _ in uses_in(spend):
            beyond = Credits(amount) > parts.get(spend.organisation, NONE)
            if lot == hold.lot and beyond and Credits(amount) <= reserved:
                parts[spend.organisation] = Credits(amount)
                reserved -= Credits(amount)
    return parts


def _gives_up_another(tx: Transaction, lot: Lot, award: str) -> bool:
    return any(
        entry.kind is EntryKind.MOVE and entry.debit is Bucket.REDEEMED and (entry.lot, entry.award) == (lot.id, award)
        for entry in tx.entries_about(lot.account)
    )
