"""Spending on the chain: what one body wants to spend goes there together, in convoys (record 0036).

A claim's spends are written down with its reservation. Whoever waits for one looks whether a convoy of the body is on
its way into a block; if none is, a convoy is made of all that waits, and from then on it never changes. So anybody can
see to a convoy, again and again, and comes to the same: the sender sends its one transaction once, the contract tells
for each claim whether all of it counts, and the first to write that down is right for ever.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from creditbank.anchoring import issuer_id
from creditbank.ledger import Lot
from creditbank.services import calls, reads
from creditbank.services.halting import require_running
from creditbank.services.ports import Chain, ChainRefused, Clock, Entropy, Mined, Store, Transaction
from creditbank.services.records import Organisation
from creditbank.services.sending import Sender
from creditbank.services.spend_records import ChainSpend, Convoy, ConvoyState, SpendState
from creditbank.units import Credits

MOST: Final = 150
"""So many uses go in one transaction; a single claim may have a few more. 200 need about 10 million gas."""
LEASE: Final = timedelta(seconds=3)
"""How long others let the carrier of a convoy be. It saves work, and nothing rests on it."""
LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 60
NOT_ADMITTED: Final = "NotAdmitted"


class Spending:
    """Gathers what waits, sees it to the chain, and tells what became of it."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        sender: Sender,
        clock: Clock,
        entropy: Entropy,
        pause: Callable[[float], None],
    ) -> None:
        self._store, self._chain, self._sender, self._clock = store, chain, sender, clock
        self._entropy, self._pause = entropy, pause
        self._name, self._turns = entropy.urn(), _Turns()

    def write_down(self, tx: Transaction, key: str, organisation: str, award: str, uses: Mapping[Lot, Credits]) -> None:
        """Write down what a claim is to spend, once, in the transaction that reserves it."""
        parts = sorted((lot.id, used.thousandths, lot.amount.credits.thousandths) for lot, used in uses.items())
        document: Any = {"uses": [list(part) for part in parts]}
        now = self._clock.now()
        tx.add_spend(ChainSpend(key, organisation, award, document, len(parts), SpendState.WAITING, now))

    def settle(self, key: str, awarder: Organisation) -> ChainSpend | None:
        """See a claim's spends to the chain until it is final what became of them; what that was is the answer.

        None for a claim that was not written down. Raises `Halted`, and what the sender does: then nothing is decided,
        and asking again goes on.
        """
        turn = awarder.id  # whoever has just reserved need not look
        while True:
            held, told = self._turns.take(turn)
            try:
                if held:
                    told |= self._seen_to(turn, awarder)
            finally:
                if held:
                    self._turns.end(turn)
            found, turn = (told[key], awarder.id) if key in told else self._looked_up(key, awarder.id)
            if found is None or found.state is not SpendState.WAITING:
                return found

    def _looked_up(self, key: str, organisation: str) -> tuple[ChainSpend | None, str]:
        """A spend as it stands, and what to wait for: the body's next convoy, or the end of one that is in a block."""
        with self._store.glancing() as tx:
            found = tx.find_spend(key)
            if found is None or found.convoy is None:
                return found, organisation
            mined = found.state is SpendState.WAITING and tx.get_convoy(found.convoy).state is ConvoyState.MINED
            return found, found.convoy if mined else organisation

    def give_up(self, key: str, awarder: Organisation) -> ChainSpend | None:
        """Let a claim's spends not be sent, or say what became of them where they were on their way already.

        None for a claim of older code, which sent its spends by themselves.
        """
        with self._store.transaction() as tx:
            tx.give_spend_up(key)
            found = tx.find_spend(key)
        return found if found is None or found.state is not SpendState.WAITING else self.settle(key, awarder)

    def _seen_to(self, turn: str, awarder: Organisation) -> dict[str, ChainSpend]:
        """Take the body's convoy into a block, or one that is in a block (`turn` names it) to its end."""
        if turn != awarder.id:
            with self._store.transaction() as tx:
                spends = tx.spends_in(turn)
            return self._ended(turn, spends, awarder, final=True)
        with self._store.transaction() as tx:
            require_running(tx, awarder.id, redeeming=True)
            convoy = self._gathered(tx, awarder.id) or tx.sending_convoy(awarder.id)
            ours = convoy is not None and self._is_ours(tx, convoy)
            spends = [] if convoy is None else tx.spends_in(convoy.id)
        while convoy is not None and not ours:  # another process has it: look now and then how far it has come
            self._pause(LOOK_SECONDS)
            with self._store.transaction() as tx:
                convoy = tx.get_convoy(convoy.id)
                if convoy.state is not ConvoyState.SENDING:
                    return {one.key: one for one in tx.spends_in(convoy.id) if one.state is not SpendState.WAITING}
                ours = self._is_ours(tx, convoy)
        return {} if convoy is None else self._ended(convoy.id, spends, awarder, final=False)

    def _gathered(self, tx: Transaction, organisation: str) -> Convoy | None:
        now = self._clock.now()
        convoy = Convoy(self._entropy.urn(), organisation, ConvoyState.SENDING, self._name, now + LEASE, now)
        return convoy if tx.gather(convoy, most=MOST) else None

    def _is_ours(self, tx: Transaction, convoy: Convoy) -> bool:
        now = self._clock.now()
        if convoy.carrier == self._name:
            return True
        return convoy.until <= now and tx.take_convoy(convoy, self._name, now + LEASE)

    def _ended(
        self, convoy: str, spends: Sequence[ChainSpend], awarder: Organisation, *, final: bool
    ) -> dict[str, ChainSpend]:
        """What became of a convoy's spends once its block is final; nothing yet when that may take a while."""
        call, admitted, mined = calls.spend_bundles([_bundle(one) for one in spends]), True, None
        try:
            mined = self._sender.settle(f"convoy:{convoy}", awarder.id, call, final=final)
        except ChainRefused as refusal:
            if refusal.reason != NOT_ADMITTED:
                raise
            admitted = False
        if mined is not None and not mined.final:
            with self._store.transaction() as tx:
                tx.move_convoy(convoy, ConvoyState.MINED, since=ConvoyState.SENDING)
            return {}
        decided = self._decided(spends, issuer_id(awarder.did), mined, admitted=admitted)
        with self._store.transaction() as tx:
            sinces = (ConvoyState.SENDING, ConvoyState.MINED)
            if any(tx.move_convoy(convoy, ConvoyState.DONE, since=since) for since in sinces):
                tx.decide_spends(convoy, list(decided.values()))
                return decided
            return {one.key: one for one in tx.spends_in(convoy)}  # somebody else came to it first

    def _decided(
        self, spends: Sequence[ChainSpend], awarder: bytes, mined: Mined | None, *, admitted: bool
    ) -> dict[str, ChainSpend]:
        """What the contract says became of each; one that it could spend by now is tried again, with others."""
        counted = reads.bundles_spent(self._chain, awarder, [_bundle(one) for one in spends])
        decided: dict[str, ChainSpend] = {}
        for one, whole in zip(spends, counted, strict=True):
            if whole:
                hash = None if mined is None else mined.transaction
                decided[one.key] = replace(one, state=SpendState.SPENT, transaction=hash)
            elif not admitted:
                decided[one.key] = replace(one, state=SpendState.UNADMITTED)
            elif (lacking := self._lacking(one, awarder)) is not None:
                decided[one.key] = replace(one, state=SpendState.REFUSED, lot=lacking)
            else:
                decided[one.key] = replace(one, convoy=None)
        return decided

    def _lacking(self, spend: ChainSpend, awarder: bytes) -> str | None:
        """The first lot of which the contract would not spend so much for this award; None when it would by now."""
        for lot, amount, total in uses_in(spend):
            name = bytes.fromhex(lot[2:])
            known = reads.spent_for(self._chain, name, awarder, calls.award_id(spend.award)).thousandths
            use = reads.lot_use(self._chain, name)
            spent, of = (0, total) if use is None else (use.spent.thousandths, use.total.thousandths)
            if known != amount and (known or of != total or amount > total - spent):
                return lot
        return None


class _Turns:
    """Of the threads of this process one sees to a thing at a time; the others wait, and are told what came of it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: dict[str, tuple[threading.Event, dict[str, ChainSpend]]] = {}

    def take(self, name: str) -> tuple[bool, dict[str, ChainSpend]]:
        """Whether the turn is ours, and what is told; otherwise wait until whoever has it is done."""
        with self._guard:
            if name not in self._running:
                self._running[name] = (threading.Event(), {})
                return True, self._running[name][1]
            over, told = self._running[name]
        over.wait(PATIENCE_SECONDS)
        return False, told

    def end(self, name: str) -> None:
        """Wake whoever waits."""
        with self._guard:
            over, _ = self._running.pop(name)
        over.set()


def uses_in(spend: ChainSpend) -> list[tuple[str, int, int]]:
    """The lots of a spend, each with how much and of how much, in thousandths."""
    parts: Any = spend.uses["uses"]
    return [(str(lot), int(amount), int(total)) for lot, amount, total in parts]


def _bundle(spend: ChainSpend) -> calls.Bundle:
    uses = tuple((bytes.fromhex(lot[2:]), amount, total) for lot, amount, total in uses_in(spend))
    return calls.award_id(spend.award), uses
