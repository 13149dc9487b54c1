"""The halt switch: for all, or for one body, nothing is issued, awarded or redeemed until somebody says go on.

Reading, verifying, revoking and exporting go on, because learners and verifiers are not to pay for our trouble. A step
asks inside the transaction in which it writes, so that whatever begins after a halt was recorded is refused; what was
begun before stays written down as an intent and goes on after the halt.
"""

from contextlib import suppress
from typing import Final

from creditbank.errors import BadInput, Conflict, Unavailable
from creditbank.services.halting_records import Halt
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, Store, Transaction
from creditbank.services.trail import BANK, LONGEST, Trail

ALL: Final = "all"
REDEMPTION: Final = "redemption"
"""Awards and redemptions of everybody: how a bank comes back from a backup, until ledger and chain agree."""
RETRY_SECONDS: Final = 60


class Halted(Unavailable):
    """The operator has stopped this bank, or this body in it: nothing is issued, awarded or redeemed for now."""

    slug = "halted"

    def __init__(self, halt: Halt) -> None:
        self.retry_after = RETRY_SECONDS
        who = "one body" if halt.scope.startswith("organisation:") else "the bank"
        what = "awards and redemptions" if halt.scope == REDEMPTION else "issuing, awarding and redeeming"
        super().__init__(
            f"The operator has halted {what} of {who}, so nothing was done.",
            next_step="Send the same request again later. Reading, verifying and exporting go on.",
        )


class NotHalted(Conflict):
    """There is no halt here that could be lifted."""

    slug = "not-halted"


class FenceStands(Conflict):
    """Redemption that a restore has fenced opens when ledger and chain agree, and not by anybody's word."""

    slug = "fence-stands"


class ReasonMissing(BadInput):
    """Whoever halts a bank, or lets it go on, says why: it is read again when it matters."""

    slug = "reason-missing"


def scope_of(organisation: str | None) -> str:
    """The scope of a halt: one body's, or everybody's."""
    return ALL if organisation is None else f"organisation:{organisation}"


def require_running(tx: Transaction, organisation: str, *, redeeming: bool = False) -> None:
    """Raise `Halted` where the bank or this body is stopped; with `redeeming`, also where only redemption is."""
    scopes = (ALL, scope_of(organisation), *([REDEMPTION] if redeeming else []))
    if standing := tx.standing_halts(*scopes):
        raise Halted(standing[0])


def require_bank_running(tx: Transaction) -> None:
    """Raise `Halted` where the whole bank is stopped."""
    if standing := tx.standing_halts(ALL):
        raise Halted(standing[0])


def is_halted(tx: Transaction) -> bool:
    """Whether the whole bank is stopped."""
    return bool(tx.standing_halts(ALL))


class Halting:
    """Halts and resumes, each with who asked and why."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._store, self._clock, self._entropy, self._trail = store, clock, entropy, trail

    def halt(self, *, by: str, why: str, organisation: str | None = None) -> Halt:
        """Stop one body, or everybody; a halt that stands already is the answer.

        Raises `UnknownRecord` for an unknown body, and `ReasonMissing`.
        """
        if organisation is not None:
            with self._store.transaction() as tx:
                tx.get_organisation(organisation)
        return self.stop(scope_of(organisation), by=by, why=why)

    def stop(self, scope: str, *, by: str, why: str) -> Halt:
        """Record a halt of any scope, or give the one that stands; raises `ReasonMissing`."""
        halt = Halt(self._entropy.urn(), scope, self._clock.now(), by, _reason(why))
        try:
            with self._store.transaction() as tx:
                tx.add_halt(halt)
                self._tell(tx, by, "halt", scope, halt.why)
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                return tx.standing_halts(scope)[0]
        return halt

    def resume(self, *, by: str, why: str, organisation: str | None = None) -> Halt:
        """Let one body, or everybody, go on; raises `NotHalted` and `ReasonMissing`."""
        with self._store.transaction() as tx:
            standing = tx.standing_halts(scope_of(organisation))
        if not standing:
            raise NotHalted(
                "Nothing of this kind is halted.", next_step="`creditbank bank halts` shows the halts that stand."
            )
        return self.lift(standing[0].id, by=by, why=why)

    def lift(self, halt: str, *, by: str, why: str) -> Halt:
        """Lift a halt; one that was lifted stays as it is.

        Raises `UnknownRecord`, `ReasonMissing`, and `FenceStands` for the halt after a restore.
        """
        reason = _reason(why)
        with self._store.transaction() as tx:
            if tx.get_halt(halt).scope == REDEMPTION:
                raise FenceStands(
                    "Redemption is fenced since a backup was restored, the chain took spends back, or the bank came to"
                    " another chain.",
                    next_step="Run `creditbank bank reconcile`, or `bank carry` on another chain: they open it once"
                    " ledger and chain agree.",
                )
            standing = tx.get_halt(halt)
            if tx.lift_halt(halt, when=self._clock.now(), by=by, why=reason):
                self._tell(tx, by, "resume", standing.scope, reason)
            return tx.get_halt(halt)

    def fence_anew(self, *, by: str, why: str) -> None:
        """Fence redemption for this reason, in the place of a fence that stands for another: no moment is without one.

        What opened the other would else open redemption before this one came to stand.
        """
        reason = _reason(why)
        with suppress(AlreadyRecorded), self._store.transaction() as tx:  # somebody else fenced it just now
            standing = tx.standing_halts(REDEMPTION)
            if any(halt.why == reason for halt in standing):
                return
            for halt in standing:
                tx.lift_halt(halt.id, when=self._clock.now(), by=by, why="followed by another fence")
            tx.add_halt(Halt(self._entropy.urn(), REDEMPTION, self._clock.now(), by, reason))
            self._tell(tx, by, "halt", REDEMPTION, reason)

    def open_fence(self, *, by: str, why: str) -> None:
        """Let redemption go on after a restore; only who compared ledger and chain may say so."""
        with self._store.transaction() as tx:
            for halt in tx.standing_halts(REDEMPTION):
                if tx.lift_halt(halt.id, when=self._clock.now(), by=by, why=why):
                    self._tell(tx, by, "resume", halt.scope, why)

    def _tell(self, tx: Transaction, by: str, action: str, scope: str, why: str) -> None:
        body = scope.partition(":")[2]
        self._trail.tell(tx, by, action, scope, why, organisation=body or BANK)

    def all(self) -> list[Halt]:
        """Every halt there ever was, oldest first."""
        with self._store.transaction() as tx:
            return tx.halts()

    def standing(self) -> list[Halt]:
        """The halts that stand, oldest first."""
        with self._store.transaction() as tx:
            return tx.standing_halts()


def _reason(why: str) -> str:
    text = " ".join(why.split())
    if not text:
        raise ReasonMissing("A halt needs a reason, and so does its end.", next_step="Say in a line why.")
    return text[:LONGEST]
