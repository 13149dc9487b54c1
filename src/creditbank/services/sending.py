"""Getting a contract call onto the chain exactly once, through any crash, fee and reorganisation.

The signed raw transaction is stored before it is sent; after a crash the same bytes go out again. One transaction is in
flight per account, so that a later call never overtakes an earlier one; of callers who want to send at once the store
lets one record its bytes, and the others look again. What blocks have left out for long is replaced at the same nonce
for a higher fee, under the cap of the settings, and every attempt is kept, because any of them may be mined. What
counts as done is what the chain shows: whoever saw it is not overruled by somebody who is late, and what falls out of
the chain is sent again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.errors import Unavailable
from creditbank.services.failpoints import reach
from creditbank.services.ports import (
    AlreadyRecorded,
    Call,
    Chain,
    ChainRefused,
    Clock,
    FeeAboveCap,
    KeyVault,
    Mined,
    Store,
    Transaction,
)
from creditbank.services.records import Attempt, AttemptState
from creditbank.services.sending_records import FeeWait

IN_FLIGHT: Final = (AttemptState.RECORDED, AttemptState.SENT)
SETTLED: Final = (AttemptState.MINED, AttemptState.FAILED)

REVERTED: Final = "Reverted"
NOT_TAKEN: Final = frozenset({"NonceUsed", "NonceGap", "Underpriced"})
PAGE: Final = 50
MOST: Final = 2**62  # what a node may have claimed and a column still holds


class NotMinedYet(Unavailable):
    """The transaction was sent, but no block holds it yet."""

    slug = "not-mined-yet"


@dataclass(frozen=True, slots=True)
class Replacing:
    """When a transaction is replaced by a dearer one: after blocks of so much time left it out, and how often."""

    after: timedelta = timedelta(seconds=180)
    limit: int = 10


Guard = Callable[[Transaction], None]
"""Looks, in the transaction that records signed bytes, whether the caller may still do so; raises when not."""


def _anybody(tx: Transaction) -> None:
    """Whoever asks may send."""


class Sender:
    """Sends contract calls, each under a purpose that names it for ever: asking twice sends once."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        vault: KeyVault,
        clock: Clock,
        pause: Callable[[float], None],
        patience: int = 240,
        replacing: Replacing = Replacing(),
    ) -> None:
        self._store, self._chain, self._vault, self._clock = store, chain, vault, clock
        self._pause, self._patience, self._replacing = pause, patience, replacing

    def is_under_way(self, purpose: str) -> bool:
        """Whether bytes that may still be mined, or are, were signed for this on the chain that is in use."""
        return any(attempt.state in (*IN_FLIGHT, AttemptState.MINED) for attempt in self._attempts(purpose))

    def began_here(self, purpose: str) -> bool:
        """Whether anything was ever signed for this on the chain that is in use."""
        return bool(self._attempts(purpose))

    def began_elsewhere(self, purpose: str) -> bool:
        """Whether anything was ever signed for this on another chain."""
        with self._store.transaction() as tx:
            return any(not self._is_here(attempt) for attempt in tx.attempts(purpose))

    def step(
        self, purpose: str, owner: str, call: Call, *, guard: Guard = _anybody, begin: bool = True
    ) -> Mined | None:
        """Do what can be done now for `purpose`; return its place on the chain once a block holds it.

        Without `begin` only what is under way is taken on; `guard` may forbid to begin at the last moment.
        Raises `ChainRefused` when the contract says no, `FeeAboveCap` when it costs too much to begin, and
        `ChainUnavailable` when the chain does not answer; in each case nothing is lost, and the next step goes on from
        what was recorded.
        """
        mined = self._step(purpose, owner, call, guard=guard, begin=begin)
        return mined if mined is not None and mined.succeeded else None

    def _step(
        self, purpose: str, owner: str, call: Call, *, guard: Guard = _anybody, begin: bool = True
    ) -> Mined | None:
        """As `step`, and also where a failure stands whose block is not final yet."""
        attempts = self._attempts(purpose)
        mined, fallen = self._look(attempts)
        if mined is not None:
            return mined
        if fallen:
            return self._resend(fallen[0])
        waiting = [attempt for attempt in attempts if attempt.state in IN_FLIGHT]
        if waiting:
            return self._send_again(waiting[-1], owner)
        nonce = self._cleared(owner, purpose) if begin else None
        if nonce is None:
            return None
        try:
            attempt = self._record(purpose, owner, call, nonce=nonce, known=len(attempts), guard=guard)
        except AlreadyRecorded:
            return None  # somebody else sends for this account just now
        except ChainRefused:
            if len(self._attempts(purpose)) > len(attempts):
                return None  # it was sent by somebody else meanwhile, and what the contract refuses is a second one
            raise
        return self._send(attempt)

    def settle(self, purpose: str, owner: str, call: Call, *, final: bool = False) -> Mined:
        """Step until a block holds the call and, when `final`, until the chain's rule calls that block final.

        Raises `NotMinedYet` after the configured number of polls; calling again goes on waiting.
        """
        for wait in self.rounds():
            try:
                mined = self._step(purpose, owner, call)
            except ChainRefused as refusal:
                if refusal.reason != REVERTED:
                    raise
                continue  # building the call again lets the contract name its reason
            if mined is not None and mined.succeeded and (mined.final or not final):
                return mined
            wait(mined is not None)
        raise NotMinedYet(
            f"The transaction for {purpose} is on its way, but not yet deep enough in {self._chain.name}.",
            next_step="Try again in a few minutes; nothing will be sent twice.",
        )

    def rounds(self) -> Iterator[Callable[[bool], None]]:
        """As many rounds as there is patience; each gives a way to wait for a block (`mined`: only for depth)."""

        def wait(mined: bool) -> None:
            if not self._chain.advance() or not mined:
                self._pause(0.25)

        for _ in range(self._patience):
            yield wait

    def reconcile(self, *, older: timedelta = timedelta()) -> None:
        """Bring what is recorded as in flight to what the chain shows: for each account nonce, receipts, then bytes.

        What a crash left recorded and unsent goes out; nothing new is signed. What was recorded less than `older` ago
        is left to who sends it.
        """
        before = self._clock.now() - older
        with self._store.transaction() as tx:
            accounts = tx.senders_in_flight()
        for account in accounts:
            with self._store.transaction() as tx:
                pending = [attempt for attempt in tx.pending_attempts(account) if self._is_here(attempt)]
            for attempt in [one for one in pending if one.recorded <= before]:
                with suppress(ChainRefused):  # its own caller will be told
                    if self._seen(self._attempts(attempt.purpose)) is None:
                        self._resend(attempt)

    def watch(self, told: Callable[[Sequence[Attempt]], object] = len) -> list[Attempt]:
        """Look whether the blocks of what was mined still stand; send again what fell out of the chain, and name it.

        Before anything goes out again `told` hears, as it was recorded, of all that is in no block or in another one.
        The newest block that still stands vouches for all before it, so that one question is enough on most days.
        """
        orphans: list[Attempt] = []
        below: int | None = None
        while placed := self._placed(below):
            for attempt in placed:
                assert attempt.block_number is not None, "it was asked for"
                block = self._chain.block(attempt.block_number)
                if block is not None and block[0] == attempt.block_hash:
                    return self._bring_back(orphans, told)
                if block is not None:  # a node that lags behind knows nothing of the block, for or against it
                    orphans.append(attempt)
                below = attempt.block_number
        return self._bring_back(orphans, told)

    def _placed(self, below: int | None) -> list[Attempt]:
        with self._store.transaction() as tx:
            return tx.placed_attempts(self._chain.chain_id, PAGE, below=below)

    def _bring_back(self, orphans: list[Attempt], told: Callable[[Sequence[Attempt]], object]) -> list[Attempt]:
        ordered = sorted(orphans, key=lambda one: (one.sender, one.nonce))
        now = [(attempt, self._place(attempt)) for attempt in ordered]
        moved = [one for one, mined in now if mined is None or mined.block_hash != one.block_hash]
        if moved:
            told(moved)
        for attempt, mined in now:
            with suppress(ChainRefused):
                if mined is not None:
                    self._settled(attempt, mined)
                else:
                    self._resend(attempt)
        return [one for one, mined in now if mined is None]

    def _attempts(self, purpose: str) -> list[Attempt]:
        with self._store.glancing() as tx:
            return [attempt for attempt in tx.attempts(purpose) if self._is_here(attempt)]

    def _is_here(self, attempt: Attempt) -> bool:
        """Whether it was signed for the chain that is in use; what was signed for another one cannot be mined here."""
        return attempt.chain_id in (None, self._chain.chain_id)

    def _seen(self, attempts: list[Attempt]) -> Mined | None:
        """Where the first of these stands that a block holds; see `_look`."""
        return self._look(attempts)[0]

    def _look(self, attempts: list[Attempt]) -> tuple[Mined | None, list[Attempt]]:
        """Where the first of these stands that a block holds, and those whose block is no more.

        A failure that is known and final is passed over; one that is not final yet may still become a success.
        """
        fallen = []
        for attempt in attempts:
            mined = self._place(attempt)
            if mined is None:
                fallen += [attempt] if attempt.state in SETTLED else []
            elif mined.succeeded or not mined.final or attempt.state is not AttemptState.FAILED:
                return self._settled(attempt, mined), []
        return None, fallen

    def _place(self, attempt: Attempt) -> Mined | None:
        """Where an attempt stands. Nodes forget old receipts; a block that still stands holds what it held."""
        mined = self._chain.mined(attempt.hash, proven=True)
        if mined is not None or attempt.block_number is None or attempt.block_hash is None:
            return mined
        block = self._chain.block(attempt.block_number)
        if block is None or block[0] != attempt.block_hash:
            return None
        number, (newest, *_) = attempt.block_number, self._chain.head()
        succeeded, final = attempt.state is AttemptState.MINED, self._chain.is_final(number, block[0])
        return Mined(attempt.hash, number, *block, succeeded, max(newest - number, 0), final)

    def _record(self, purpose: str, owner: str, call: Call, *, nonce: int, known: int, guard: Guard) -> Attempt:
        account = self._vault.chain_account(owner)
        self._require_sure(account, nonce)
        try:
            unsigned = self._chain.build(account, call, nonce=nonce)
        except FeeAboveCap as above:
            self._wait_for_fees(purpose, account, above)
            raise
        attempt = self._signed(purpose, owner, account, nonce, unsigned)
        with self._store.transaction() as tx:
            guard(tx)
            if len([one for one in tx.attempts(purpose) if self._is_here(one)]) != known:
                raise AlreadyRecorded("Somebody else recorded a transaction for this meanwhile.")
            tx.add_attempt(attempt)
            tx.end_fee_wait(purpose)
        reach("tx.recorded")
        return attempt

    def _require_sure(self, account: str, nonce: int) -> None:
        """Raise `AlreadyRecorded` for a number of transactions that may be wrong: bytes at it would block the account.

        It is asked for twice; and more than were sent from here, as where somebody else holds the key, a final block
        must show: behind a gap that nobody fills nothing is ever mined. An account from which nothing was sent yet may
        have been used before.
        """
        if self._chain.nonce(account) != nonce:
            raise AlreadyRecorded("The node tells two numbers of transactions of this account.")
        with self._store.glancing() as tx:
            sent = tx.next_nonce(account, self._chain.chain_id)
        if 0 < sent < nonce and self._chain.nonce(account, final=True) < nonce:
            raise AlreadyRecorded(
                "The node tells of more transactions of this account than were sent, none of them final."
            )

    def _signed(self, purpose: str, owner: str, account: str, nonce: int, unsigned: dict[str, object]) -> Attempt:
        raw, hash = self._vault.sign_transaction(owner, unsigned)
        reach("tx.signed")
        now = self._clock.now()
        return Attempt(hash, purpose, account, nonce, raw, AttemptState.RECORDED, now, self._chain.chain_id)

    def _send_again(self, attempt: Attempt, owner: str) -> Mined | None:
        """Send recorded bytes once more, or dearer ones in their place when blocks have left them out for long."""
        if self._is_stuck(attempt):
            attempt = self._replaced(attempt, owner) or attempt
        return self._resend(attempt)

    def _resend(self, attempt: Attempt) -> Mined | None:
        """Send recorded bytes once more, and before them what the account signed earlier and the chain has not.

        A nonce counts as taken by others only where a final block says so, and the node knows nothing of these bytes:
        then they can never be mined. Who knows them and shows no place for them is asked again.
        """
        if self._chain.nonce(attempt.sender) > attempt.nonce:
            if (mined := self._place(attempt)) is not None:
                return self._settled(attempt, mined)
            taken = self._chain.nonce(attempt.sender, final=True) > attempt.nonce
            if taken and not self._chain.knows(attempt.raw):
                self._mark(attempt, AttemptState.REPLACED, since=(*IN_FLIGHT, *SETTLED))
            return None
        self._mark(attempt, AttemptState.SENT, since=SETTLED)
        for earlier in self._unmined(attempt.sender, self._chain.nonce(attempt.sender)):
            if earlier.nonce < attempt.nonce:
                self._broadcast(earlier)
        return self._send(attempt)

    def _unmined(self, account: str, nonce: int) -> list[Attempt]:
        """The newest bytes for each nonce that the chain has not seen used, though they were in flight or mined."""
        with self._store.glancing() as tx:
            later = tx.attempts_from(account, nonce)
        alive = [one for one in later if one.state is not AttemptState.REPLACED and self._is_here(one)]
        return list({one.nonce: one for one in alive}.values())

    def _broadcast(self, attempt: Attempt) -> bool:
        """Whether the node took the bytes; when not, a later step sees what their nonce went to, or offers more."""
        try:
            self._chain.send(attempt.raw)
        except ChainRefused as refusal:
            if refusal.reason not in NOT_TAKEN:
                raise
            return False
        reach("tx.sent")
        return True

    def _send(self, attempt: Attempt) -> Mined | None:
        if not self._broadcast(attempt):
            return None
        self._mark(attempt, AttemptState.SENT, since=(AttemptState.RECORDED,))  # unless somebody saw more meanwhile
        reach("tx.acked")
        mined = self._place(attempt)
        return self._settled(attempt, mined) if mined else None

    def _mark(self, attempt: Attempt, state: AttemptState, *, since: tuple[AttemptState, ...]) -> None:
        if attempt.state in since:
            with self._store.transaction() as tx:
                tx.mark_attempt(attempt.hash, state, since=since)

    def _settled(self, attempt: Attempt, mined: Mined) -> Mined:
        state = AttemptState.MINED if mined.succeeded else AttemptState.FAILED
        block = (mined.block_number, mined.block_hash)
        if (state, *block) != (attempt.state, attempt.block_number, attempt.block_hash):
            with self._store.transaction() as tx:
                for sibling in tx.attempts_from(attempt.sender, attempt.nonce):
                    if sibling.nonce == attempt.nonce and sibling.hash != attempt.hash and self._is_here(sibling):
                        tx.mark_attempt(sibling.hash, AttemptState.REPLACED, since=(*IN_FLIGHT, *SETTLED))
                tx.mark_attempt(attempt.hash, state, block=block)
                tx.end_fee_wait(attempt.purpose)
        if not mined.succeeded and mined.final:
            raise ChainRefused(REVERTED, f"The contract refused the transaction {attempt.hash} for {attempt.purpose}.")
        return mined

    def _is_stuck(self, attempt: Attempt) -> bool:
        """Whether blocks left it out for so long: on a chain that makes none, paying more would help nobody."""
        if self._clock.now() - attempt.recorded < self._replacing.after:
            return False
        return self._chain.head()[2] - attempt.recorded >= self._replacing.after

    def _replaced(self, attempt: Attempt, owner: str) -> Attempt | None:
        """Record dearer bytes for the same nonce; None where that is too dear, was done too often, or is not needed."""
        if attempt.sender != self._vault.chain_account(owner):
            return None  # the account was changed meanwhile; what the former one signed goes out as it is
        if self._chain.nonce(attempt.sender) != attempt.nonce:
            return None
        try:
            unsigned = self._chain.dearer(attempt.raw)
        except FeeAboveCap as above:
            self._wait_for_fees(attempt.purpose, attempt.sender, above)
            return None
        with self._store.transaction() as tx:
            tried = [one for one in tx.attempts_from(attempt.sender, attempt.nonce) if one.nonce == attempt.nonce]
        if len(tried) > self._replacing.limit:
            self._wait_for_fees(attempt.purpose, attempt.sender, None)
            return None
        dearer = self._signed(attempt.purpose, owner, attempt.sender, attempt.nonce, unsigned)
        with self._store.transaction() as tx:
            if not tx.mark_attempt(attempt.hash, AttemptState.REPLACED, since=IN_FLIGHT):
                return None  # somebody saw meanwhile what became of it
            tx.add_attempt(dearer)
            tx.end_fee_wait(attempt.purpose)
        return dearer

    def _wait_for_fees(self, purpose: str, account: str, above: FeeAboveCap | None) -> None:
        asked, now = 0 if above is None else above.asked, self._clock.now()
        with self._store.transaction() as tx:
            tx.wait_for_fees(FeeWait(purpose, account, now, now, min(asked, MOST)))

    def _cleared(self, owner: str, purpose: str) -> int | None:
        """Settle what this account still has on its way for other purposes; its next nonce when nothing is.

        On its way is what is in flight, and what was in a block that is no more.
        """
        account = self._vault.chain_account(owner)
        with self._store.glancing() as tx:
            pending = [one for one in tx.pending_attempts(account) if one.purpose != purpose and self._is_here(one)]
        for attempt in pending:
            with suppress(ChainRefused):  # its own caller will be told; here only the nonce matters
                if self._seen(self._attempts(attempt.purpose)) is None:
                    self._send_again(attempt, owner)
            if self._still_waits(attempt):
                return None
        nonce = self._chain.nonce(account)
        for attempt in self._unmined(account, nonce):
            if attempt.purpose != purpose:
                self._broadcast(attempt)
                return None
        return nonce

    def _still_waits(self, attempt: Attempt) -> bool:
        """Whether any bytes for this nonce are in flight yet."""
        with self._store.glancing() as tx:
            return any(
                standing.nonce == attempt.nonce and standing.state in IN_FLIGHT
                for standing in tx.pending_attempts(attempt.sender)
            )
