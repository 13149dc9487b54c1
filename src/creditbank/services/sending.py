"""Getting a contract call onto the chain exactly once, through any crash.

The signed raw transaction is stored before it is sent; after a crash the same bytes go out again. One transaction is in
flight per account, so that a later call never overtakes an earlier one; of callers who want to send at once the store
lets one record its bytes, and the others look again. What counts as done is what the chain shows, and whoever saw it
is not overruled by somebody who is late.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from creditbank.errors import Unavailable
from creditbank.services.ports import AlreadyRecorded, Call, Chain, ChainRefused, Clock, KeyVault, Mined, Store
from creditbank.services.records import Attempt, AttemptState

IN_FLIGHT: Final = (AttemptState.RECORDED, AttemptState.SENT)

REVERTED: Final = "Reverted"
NONCE_TROUBLE: Final = frozenset({"NonceUsed", "NonceGap"})


class NotMinedYet(Unavailable):
    """The transaction was sent, but no block holds it yet."""

    slug = "not-mined-yet"


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
    ) -> None:
        self._store, self._chain, self._vault, self._clock = store, chain, vault, clock
        self._pause, self._patience = pause, patience

    def step(self, purpose: str, owner: str, call: Call) -> Mined | None:
        """Do what can be done now for `purpose`; return its place on the chain once a block holds it.

        Raises `ChainRefused` when the contract says no and `ChainUnavailable` when the chain does not answer; either
        way nothing is lost, and the next step goes on from what was recorded.
        """
        with self._store.transaction() as tx:
            attempts = tx.attempts(purpose)
        for attempt in attempts:
            if attempt.state is not AttemptState.FAILED and (mined := self._chain.mined(attempt.hash)):
                return self._settled(attempt, mined)
        waiting = [attempt for attempt in attempts if attempt.state in IN_FLIGHT]
        if waiting:
            return self._send_again(waiting[-1])
        if not self._clear_the_way(self._vault.chain_account(owner), purpose):
            return None
        try:
            attempt = self._record(purpose, owner, call)
        except AlreadyRecorded:
            return None  # somebody else sends for this account just now
        return self._send(attempt)

    def settle(self, purpose: str, owner: str, call: Call, *, final: bool = False) -> Mined:
        """Step until a block holds the call and, when `final`, until it is as deep as the chain's finality asks.

        Raises `NotMinedYet` after the configured number of polls; calling again goes on waiting.
        """
        depth = self._chain.finality_depth if final else 0
        for _ in range(self._patience):
            try:
                mined = self.step(purpose, owner, call)
            except ChainRefused as refusal:
                if refusal.reason != REVERTED:
                    raise
                continue  # building the call again lets the contract name its reason
            if mined is not None and mined.depth >= depth:
                return mined
            self._chain.advance()
            if not self._chain.test_chain or mined is None:
                self._pause(0.25)
        raise NotMinedYet(
            f"The transaction for {purpose} is on its way, but not yet deep enough in {self._chain.name}.",
            next_step="Try again in a few minutes; nothing will be sent twice.",
        )

    def _record(self, purpose: str, owner: str, call: Call) -> Attempt:
        account = self._vault.chain_account(owner)
        nonce = self._chain.nonce(account)
        raw, hash = self._vault.sign_transaction(owner, self._chain.build(account, call, nonce=nonce))
        attempt = Attempt(hash, purpose, account, nonce, raw, AttemptState.RECORDED, self._clock.now())
        with self._store.transaction() as tx:
            tx.add_attempt(attempt)
        return attempt

    def _send_again(self, attempt: Attempt) -> Mined | None:
        """Send recorded bytes once more, unless another transaction took their nonce: then they can never be mined."""
        if self._chain.nonce(attempt.sender) > attempt.nonce:
            if mined := self._chain.mined(attempt.hash):
                return self._settled(attempt, mined)
            with self._store.transaction() as tx:
                tx.mark_attempt(attempt.hash, AttemptState.REPLACED, since=IN_FLIGHT)
            return None
        return self._send(attempt)

    def _send(self, attempt: Attempt) -> Mined | None:
        try:
            self._chain.send(attempt.raw)
        except ChainRefused as refusal:
            if refusal.reason not in NONCE_TROUBLE:
                raise
            return None  # the next step sees what the nonce went to
        with self._store.transaction() as tx:  # unless somebody saw meanwhile what became of it
            tx.mark_attempt(attempt.hash, AttemptState.SENT, since=(AttemptState.RECORDED,))
        mined = self._chain.mined(attempt.hash)
        return self._settled(attempt, mined) if mined else None

    def _settled(self, attempt: Attempt, mined: Mined) -> Mined:
        state = AttemptState.MINED if mined.succeeded else AttemptState.FAILED
        if state is not attempt.state:
            with self._store.transaction() as tx:
                tx.mark_attempt(attempt.hash, state)
        if not mined.succeeded:
            raise ChainRefused(REVERTED, f"The contract refused the transaction {attempt.hash} for {attempt.purpose}.")
        return mined

    def _clear_the_way(self, account: str, purpose: str) -> bool:
        """Settle what this account still has in flight for other purposes; True when nothing is."""
        with self._store.transaction() as tx:
            pending = [attempt for attempt in tx.pending_attempts(account) if attempt.purpose != purpose]
        for attempt in pending:
            mined = self._chain.mined(attempt.hash)
            if mined is None:
                with suppress(ChainRefused):  # its own caller will be told; here only the nonce matters
                    mined = self._send_again(attempt)
            if mined is None and self._still_waits(attempt):
                return False
            if mined is not None:
                with self._store.transaction() as tx:
                    tx.mark_attempt(attempt.hash, AttemptState.MINED if mined.succeeded else AttemptState.FAILED)
        return True

    def _still_waits(self, attempt: Attempt) -> bool:
        with self._store.transaction() as tx:
            return any(
                standing.hash == attempt.hash and standing.state in IN_FLIGHT
                for standing in tx.attempts(attempt.purpose)
            )
