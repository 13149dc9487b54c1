"""Redeeming: credits count towards an award once, in this bank and in every bank that shares the chain.

Reserve in the ledger, spend on the chain until final, post in the ledger: each step a transaction of its own, each safe
to repeat. If the chain says no, what was spent for this award is released again and nothing is half done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.canonical import canonical_json, json_digest, load_object
from creditbank.errors import Conflict, Refused
from creditbank.ledger import CreditsAlreadyRedeemed, Lot, post, release, reserve
from creditbank.services.calls import release_call, spend_call
from creditbank.services.ports import Chain, ChainRefused, Clock, Store, Transaction
from creditbank.services.records import AttemptState, Organisation, Role
from creditbank.services.sending import Sender
from creditbank.units import Credits


class NotAnAwarder(Refused):
    """Only an admitted university redeems credits."""

    slug = "not-an-awarder"


class RedemptionReused(Conflict):
    """This redemption id already stands for another redemption."""

    slug = "redemption-reused"


@dataclass(frozen=True, slots=True)
class Spend:
    """So much of one lot."""

    lot: str
    amount: Credits


@dataclass(frozen=True, slots=True)
class Redemption:
    """Credits that count towards an award, with the transaction that says so on the chain."""

    request: str
    lot: str
    amount: Credits
    award: str
    transaction: str


class Redeeming:
    """Moves credits from available to redeemed."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, clock: Clock) -> None:
        self._store, self._chain, self._sender, self._clock = store, chain, sender, clock

    def redeem(self, request: str, *, lot: str, amount: Credits, award: str, by: str) -> Redemption:
        """Count part of one lot towards an award made elsewhere; asking twice gives the first answer.

        Raises `CreditsAlreadyRedeemed` when the lot no longer has so much, `NotAnAwarder`, and `RedemptionReused` when
        the id stands for another redemption.
        """
        asked = json_digest({"lot": lot, "amount": str(amount), "award": award, "by": by})
        with self._store.transaction() as tx:
            standing = tx.find_answer(f"redeem:{request}")
            awarder = awarder_of(tx, by)
        if standing is not None:
            if standing[0] != asked:
                raise RedemptionReused(f"The id {request} was used before for another redemption.")
            return Redemption(request, lot, amount, award, str(load_object(standing[1])["transaction"]))
        spends = [Spend(lot, amount)]
        self.reserve(award, spends)
        try:
            transaction = self.spend(award, spends, awarder)[0]
        except CreditsAlreadyRedeemed:
            self.undo(award, spends, awarder, "the chain refused to spend these credits")
            raise
        with self._store.transaction() as tx:
            self.post_in(tx, award, spends)
            tx.put_answer(f"redeem:{request}", asked, canonical_json({"transaction": transaction}))
        return Redemption(request, lot, amount, award, transaction)

    def reserve(self, award: str, spends: Sequence[Spend]) -> None:
        """Reserve everything or nothing, in the order of lot ids so that two awards never wait for each other.

        Raises `CreditsAlreadyRedeemed` for the first lot that lacks what is asked.
        """
        with self._store.transaction() as tx:
            self.reserve_in(tx, award, spends)

    def reserve_in(self, tx: Transaction, award: str, spends: Sequence[Spend]) -> None:
        """Reserve inside a transaction that the caller holds."""
        now = self._clock.now()
        for spend in sorted(spends, key=lambda item: item.lot):
            lot = tx.get_lot(spend.lot)
            entry = reserve(lot, spend.amount, request=f"reserve:{award}:{lot.id}", award=award, at=now)
            tx.post(entry)

    def spend(self, award: str, spends: Sequence[Spend], awarder: Organisation) -> list[str]:
        """Spend on the chain until final; return the transactions in the order of lot ids.

        Raises `CreditsAlreadyRedeemed` for the first lot that the chain refuses; `undo` then gives the rest back.
        """
        transactions: list[str] = []
        ordered = sorted(spends, key=lambda item: item.lot)
        for position, spend in enumerate(ordered):
            with self._store.transaction() as tx:
                lot = tx.get_lot(spend.lot)
            call = spend_call(lot.id, spend.amount, lot.amount.credits, award)
            last = position == len(ordered) - 1  # blocks below the last one are at least as deep
            try:
                mined = self._sender.settle(_purpose(award, lot.id), awarder.id, call, final=last)
            except ChainRefused as refusal:
                raise self._already(lot, refusal) from refusal
            transactions.append(mined.transaction)
        return transactions

    def undo(self, award: str, spends: Sequence[Spend], awarder: Organisation, reason: str) -> None:
        """Give everything back that an award spent or reserved; safe to repeat until it is done."""
        for spend in sorted(spends, key=lambda item: item.lot):
            with self._store.transaction() as tx:
                attempts = tx.attempts(_purpose(award, spend.lot))
            if any(attempt.state is AttemptState.MINED for attempt in attempts):
                call = release_call(spend.lot, spend.amount, award)
                self._sender.settle(f"unspend:{award}:{spend.lot}", awarder.id, call)
        self.release(award, spends, reason)

    def post_in(self, tx: Transaction, award: str, spends: Sequence[Spend]) -> None:
        """Turn the reservations of an award into redemptions."""
        now = self._clock.now()
        for spend in sorted(spends, key=lambda item: item.lot):
            lot = tx.get_lot(spend.lot)
            entry = post(lot, spend.amount, request=f"post:{award}:{lot.id}", award=award, at=now)
            tx.post(entry)

    def release(self, award: str, spends: Sequence[Spend], reason: str) -> None:
        """Give back what an award had reserved but never used."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            for spend in sorted(spends, key=lambda item: item.lot):
                lot = tx.get_lot(spend.lot)
                entry = release(
                    lot,
                    spend.amount,
                    request=f"release:{award}:{lot.id}",
                    award=award,
                    at=now,
                    reason=reason,
                )
                tx.post(entry)

    def _already(self, lot: Lot, refusal: ChainRefused) -> CreditsAlreadyRedeemed | ChainRefused:
        if refusal.reason in ("SpentBeyondTotal", "TotalDiffers"):
            return CreditsAlreadyRedeemed(lot.credential, detail="the contract on the chain refused to spend them")
        return refusal


def awarder_of(tx: Transaction, organisation: str) -> Organisation:
    """The university that asks; raises `NotAnAwarder` for anybody else."""
    awarder = tx.get_organisation(organisation)
    if Role.UNIVERSITY not in awarder.roles:
        raise NotAnAwarder(f"{awarder.name} is not admitted as an awarding university.")
    return awarder


def _purpose(award: str, lot: str) -> str:
    return f"spend:{award}:{lot}"
