"""Redeeming: credits count towards an award once, in this bank and in every bank that shares the chain.

Reserve in the ledger, spend on the chain until final, post in the ledger: each step a transaction of its own, each safe
to repeat. If the chain says no, what was spent for this award is released again and nothing is half done.

Where a lower award is given up, all that counts for it is held for the higher one first, so that nobody else can take
it up; on the chain what is needed moves from the one to the other, after everything that may still be refused; and what
is not needed comes free at the very end, when nothing can turn back any more.
"""

from dataclasses import dataclass
from typing import Final

from creditbank.canonical import Digest, canonical_json, json_digest, load_object
from creditbank.errors import Conflict, Refused
from creditbank.ledger import (
    Bucket,
    CreditsAlreadyRedeemed,
    EntryKind,
    Lot,
    counted,
    give_up,
    post,
    release,
    reserve,
    take_back,
)
from creditbank.services import calls, reads
from creditbank.services.halting import require_running
from creditbank.services.ports import Call, Chain, ChainRefused, Clock, Store, Transaction
from creditbank.services.records import AttemptState, Organisation, Role
from creditbank.services.sending import Sender
from creditbank.services.suspending import require_not_suspended
from creditbank.units import NONE, Credits

REFUSED: Final = "the chain refused to spend these credits"


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


@dataclass(frozen=True, slots=True)
class Move:
    """So much of one lot, from a lower award (`origin`) that is given up."""

    lot: str
    amount: Credits
    origin: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one request wants from which lots, for which award. `key` names the request in every step it takes.

    `moves` are those parts of the `spends` that a lower award of the same body gives up, with all else that counts for
    it.
    """

    key: str
    award: str
    spends: tuple[Spend, ...]
    moves: tuple[Move, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """The lower awards that are given up."""
        return tuple(sorted({move.origin for move in self.moves}))

    @property
    def free(self) -> tuple[Spend, ...]:
        """What is wanted beyond what moves, in the order of lot ids."""
        parts = [Spend(spend.lot, spend.amount - self.moved(spend.lot)) for spend in self.ordered]
        return tuple(part for part in parts if part.amount)

    def moved(self, lot: str, origin: str | None = None) -> Credits:
        """How much of a lot moves, in all or from one lower award."""
        mine = [move.amount for move in self.moves if move.lot == lot and origin in (None, move.origin)]
        return sum(mine, start=NONE)

    @property
    def ordered(self) -> tuple[Spend, ...]:
        """In the order of lot ids, so that two claims never wait for each other."""
        return tuple(sorted(self.spends, key=lambda spend: spend.lot))

    def purpose(self, lot: str) -> str:
        """The name under which a lot is spent on the chain for this claim, for ever."""
        return f"spend:{self.key}:{lot}"


class Redeeming:
    """Moves credits from available to redeemed."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, clock: Clock) -> None:
        self._store, self._chain, self._sender, self._clock = store, chain, sender, clock

    def redeem(self, request: str, *, lot: str, amount: Credits, award: str, by: str) -> Redemption:
        """Count part of one lot towards an award made elsewhere; asking twice gives the first answer, a no included.

        Raises `CreditsAlreadyRedeemed` when the lot no longer has so much, `NotAnAwarder`, and `RedemptionReused` when
        the id stands for another redemption or the award uses this lot already.
        """
        name = f"redeem:{request}"
        asked = json_digest({"lot": lot, "amount": str(amount), "award": award, "by": by})
        claim = Claim(name, award, (Spend(lot, amount),))
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, by)
            standing = tx.find_answer(name)
        if standing is not None:
            return _first_answer(request, claim, asked, *standing)
        self.require_admitted(by)
        with self._store.transaction() as tx:
            standing = tx.find_answer(name)
            if standing is None:
                require_running(tx, by, redeeming=True)
                _refuse_second_claim(tx, claim)
                self.reserve_in(tx, claim)
        if standing is not None:
            return _first_answer(request, claim, asked, *standing)
        try:
            transaction = self.spend(claim, awarder)[0]
        except CreditsAlreadyRedeemed as refusal:
            self.undo(claim, awarder, REFUSED)
            with self._store.transaction() as tx:
                tx.put_answer(name, asked, canonical_json({"refused": refusal.credential}))
            raise
        with self._store.transaction() as tx:
            standing = tx.find_answer(name)
            if standing is None:
                self.post_in(tx, claim)
                tx.put_answer(name, asked, canonical_json({"transaction": transaction}))
        if standing is None:
            return Redemption(request, lot, amount, award, transaction)
        try:
            return _first_answer(request, claim, asked, *standing)
        except CreditsAlreadyRedeemed:  # told to a faster caller of this request, who gave back before we spent
            self.undo(claim, awarder, REFUSED)
            raise

    def require_admitted(self, organisation: str) -> None:
        """Ask the chain, before anything is reserved, whether it would take a spend from this university now.

        Raises `NotAnAwarder`: credits reserved for a body that may not spend them would be held for ever.
        """
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, organisation)
        admission = reads.awarder_admission(self._chain, awarder.account)
        if admission is None or not admission.admitted:
            raise NotAnAwarder(f"{awarder.name} is not admitted to award on {self._chain.name} now.")

    def reserve_in(self, tx: Transaction, claim: Claim) -> None:
        """Reserve everything or nothing, inside a transaction that the caller holds.

        All that counts for a lower award is held for this one, needed or not. Raises `CreditsAlreadyRedeemed` for the
        first lot that lacks what is asked.
        """
        now = self._clock.now()
        account = tx.get_lot(claim.spends[0].lot).account if claim.moves else ""
        there = counted(tx.entries_of(account)) if claim.moves else {}
        for move in claim.moves:
            if there.get((move.lot, move.origin), NONE) < move.amount:
                lot = tx.get_lot(move.lot)
                raise CreditsAlreadyRedeemed(lot.credential, detail=f"they count no longer for {move.origin}")
        for (name, origin), amount in sorted(there.items()):
            if origin in claim.origins:
                request = f"move:{claim.key}:{origin}:{name}"
                lot = tx.get_lot(name)
                tx.post(give_up(lot, amount, request=request, award=claim.award, origin=origin, at=now))
        for spend in claim.free:
            lot = tx.get_lot(spend.lot)
            require_not_suspended(tx, lot.credential)
            tx.post(reserve(lot, spend.amount, request=f"reserve:{claim.key}:{lot.id}", award=claim.award, at=now))

    def spend(self, claim: Claim, awarder: Organisation) -> list[str]:
        """Spend on the chain until final; return the transactions as sent: in the order of lot ids, then what moves.

        Raises `CreditsAlreadyRedeemed` for the first lot that the chain refuses; `undo` then gives the rest back.
        """
        steps: list[tuple[str, str, Call]] = []
        for spend in claim.free:
            with self._store.transaction() as tx:
                lot = tx.get_lot(spend.lot)
            steps.append((lot.id, claim.purpose(lot.id), _spend_call(lot, spend.amount, claim.award)))
        steps += [
            (move.lot, f"move:{claim.key}:{move.origin}:{move.lot}", _move_call(move, move.origin, claim.award))
            for move in claim.moves  # last, because what moved once is moved back only by us
        ]
        transactions: list[str] = []
        for position, (name, purpose, call) in enumerate(steps):
            with self._store.transaction() as tx:
                require_running(tx, awarder.id, redeeming=True)
            last = position == len(steps) - 1  # blocks below the last one are at least as deep
            try:
                mined = self._sender.settle(purpose, awarder.id, call, final=last)
            except ChainRefused as refusal:
                with self._store.transaction() as tx:
                    lot = tx.get_lot(name)
                raise self._already(lot, refusal) from refusal
            transactions.append(mined.transaction)
        return transactions

    def undo(self, claim: Claim, awarder: Organisation, reason: str) -> None:
        """Give everything back that a claim spent, moved or reserved; safe to repeat until it is done."""
        for move in reversed(claim.moves):
            if self._mined(f"move:{claim.key}:{move.origin}:{move.lot}"):
                back = f"unmove:{claim.key}:{move.origin}:{move.lot}"
                self._sender.settle(back, awarder.id, _move_call(move, claim.award, move.origin))
        for spend in claim.free:
            if self._mined(claim.purpose(spend.lot)):
                call = calls.release(_bytes(spend.lot), spend.amount.thousandths, calls.award_id(claim.award))
                self._sender.settle(f"unspend:{claim.key}:{spend.lot}", awarder.id, call)
        now = self._clock.now()
        with self._store.transaction() as tx:
            for spend in claim.free:
                name, lot = f"release:{claim.key}:{spend.lot}", tx.get_lot(spend.lot)
                tx.post(release(lot, spend.amount, request=name, award=claim.award, at=now, reason=reason))
            for move in _given_up(tx, claim):
                name, lot, to = f"unmove:{claim.key}:{move.origin}:{move.lot}", tx.get_lot(move.lot), move.origin
                entry = take_back(lot, move.amount, request=name, award=claim.award, origin=to, at=now, reason=reason)
                tx.post(entry)

    def free_rest(self, claim: Claim, awarder: Organisation) -> None:
        """Release on the chain what lower awards gave up and nobody needs; safe to repeat, and never turned back."""
        with self._store.transaction() as tx:
            given_up = _given_up(tx, claim)
        for move in given_up:
            rest = move.amount - claim.moved(move.lot, move.origin)
            if rest:
                call = calls.release(_bytes(move.lot), rest.thousandths, calls.award_id(move.origin))
                self._sender.settle(f"free:{claim.key}:{move.origin}:{move.lot}", awarder.id, call)

    def _mined(self, purpose: str) -> bool:
        with self._store.transaction() as tx:
            return any(attempt.state is AttemptState.MINED for attempt in tx.attempts(purpose))

    def post_in(self, tx: Transaction, claim: Claim) -> None:
        """Turn the reservations of a claim into redemptions; what lower awards gave up beyond that is free again."""
        now = self._clock.now()
        rests: dict[str, Credits] = {}
        for move in _given_up(tx, claim):
            rest = move.amount - claim.moved(move.lot, move.origin)
            rests[move.lot] = rests.get(move.lot, NONE) + rest
        for name, rest in sorted(rests.items()):
            if rest:
                request, lot = f"free:{claim.key}:{name}", tx.get_lot(name)
                reason = f"not needed of what {', '.join(claim.origins)} gave up"
                tx.post(release(lot, rest, request=request, award=claim.award, at=now, reason=reason))
        for spend in claim.ordered:
            lot = tx.get_lot(spend.lot)
            tx.post(post(lot, spend.amount, request=f"post:{claim.key}:{lot.id}", award=claim.award, at=now))

    def _already(self, lot: Lot, refusal: ChainRefused) -> CreditsAlreadyRedeemed | ChainRefused:
        if refusal.reason in ("SpentBeyondTotal", "TotalDiffers", "AlreadySpent", "NotSpentThere"):
            return CreditsAlreadyRedeemed(lot.credential, detail="the contract on the chain refused to spend them")
        return refusal


def awarder_of(tx: Transaction, organisation: str) -> Organisation:
    """The university that asks; raises `NotAnAwarder` for anybody else."""
    awarder = tx.get_organisation(organisation)
    if Role.UNIVERSITY not in awarder.roles:
        raise NotAnAwarder(f"{awarder.name} is not admitted as an awarding university.")
    return awarder


def _refuse_second_claim(tx: Transaction, claim: Claim) -> None:
    """An award uses a lot by one request; a second one would count in the ledger and not on the chain."""
    for spend in claim.spends:
        lot = tx.get_lot(spend.lot)
        own = f"reserve:{claim.key}:{lot.id}"
        for entry in tx.entries_of(lot.account):
            if (
                (entry.lot, entry.award) == (lot.id, claim.award)
                and entry.id.startswith("reserve:")
                and entry.id != own
            ):
                raise RedemptionReused(f"Award {claim.award} uses lot {lot.id} already, by another request.")


def _first_answer(request: str, claim: Claim, asked: Digest, first: Digest, answer: bytes) -> Redemption:
    if first != asked:
        raise RedemptionReused(f"The id {request} was used before for another redemption.")
    document = load_object(answer)
    if "refused" in document:
        raise CreditsAlreadyRedeemed(str(document["refused"]), detail="this request was refused before")
    (spend,) = claim.spends
    return Redemption(request, spend.lot, spend.amount, claim.award, str(document["transaction"]))


def _spend_call(lot: Lot, amount: Credits, award: str) -> Call:
    total = lot.amount.credits.thousandths
    return calls.spend(_bytes(lot.id), amount.thousandths, total, calls.award_id(award))


def _given_up(tx: Transaction, claim: Claim) -> list[Move]:
    """All that was held for this claim of what counted for lower awards, as the ledger has it, in the order of lots."""
    if not claim.moves:
        return []
    account = tx.get_lot(claim.moves[0].lot).account
    return sorted(
        (
            Move(entry.lot, entry.amount, entry.origin)
            for entry in tx.entries_of(account)
            if entry.kind is EntryKind.MOVE
            and entry.debit is Bucket.REDEEMED
            and entry.award == claim.award
            and entry.origin is not None
        ),
        key=lambda move: (move.lot, move.origin),
    )


def _move_call(move: Move, origin: str, award: str) -> Call:
    return calls.move(_bytes(move.lot), move.amount.thousandths, calls.award_id(origin), calls.award_id(award))


def _bytes(lot: str) -> bytes:
    return bytes.fromhex(lot[2:])
