"""Erasing: a learner leaves, and what stays says nothing of them (threat 47).

Deleted are the name, the identifiers and their keys, the credentials with their salts and receipts, what was brought,
shared, offered, applied with and weighed, and the same of accounts that were merged into this one. What stays is said:
lots and ledger entries under the account's random number, because their chain of hashes proves everybody's; the hash
of each leaf under a salt that is gone, so that the batch proves the others still; places in status lists, never given
away again; and awards with what they rest on, the learner's application included, which are the records of their
universities. Free credits lapse by an entry. It cannot be undone; asking again changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.errors import BadInput, Conflict
from creditbank.ledger import revoke
from creditbank.services.ports import Clock, KeyVault, Store, Transaction
from creditbank.services.records import AwardState, Learner
from creditbank.services.signatures import HOLDER_LABELS
from creditbank.services.trail import OPERATOR, Trail

ENDS: Final = (AwardState.POSTED, AwardState.REFUSED, AwardState.REVERSED)
REASON: Final = "the learner left, and the account was erased"


class ErasureNotConfirmed(BadInput):
    """Who erases an account names its identifier once more, because it cannot be undone."""

    slug = "erasure-not-confirmed"


class ErasureNotYet(Conflict):
    """An award is being made from this account; it is erased when that has come to its end."""

    slug = "erasure-not-yet"


@dataclass(frozen=True, slots=True)
class Erasure:
    """An account that was erased. `kept` are the awards that stay as their universities' records."""

    learner: str
    at: datetime
    kept: tuple[str, ...]


class Erasing:
    """Erases accounts."""

    def __init__(self, store: Store, vault: KeyVault, trail: Trail, clock: Clock) -> None:
        self._store, self._vault, self._trail, self._clock = store, vault, trail, clock

    def erase(self, learner: str, *, confirm: str, actor: str, why: str = "") -> Erasure:
        """Erase an account, whose identifier `confirm` repeats; an account that was erased gives the first answer.

        Raises `UnknownRecord`, `ErasureNotConfirmed` and `ErasureNotYet`, and then nothing is erased.
        """
        with self._store.transaction() as tx:
            tx.hold_learners(learner)
            before = tx.erased_at(learner)
            if before is None:
                _require_confirmed(tx.get_learner(learner), confirm)
                made = self.erase_in(tx, learner, actor=actor, why=why)
            else:
                made = Erasure(learner, before, _kept(tx, learner))
        self.finish()
        return made

    def erase_in(self, tx: Transaction, learner: str, *, actor: str, why: str = "") -> Erasure:
        """Erase an account in the caller's transaction, who then calls `finish`; raises `ErasureNotYet`.

        A reason is kept where the operator gives it: what learners say of themselves would outlive them in the trail.
        """
        tx.hold_learners(learner)  # what is being issued to it is there by now, or finds nobody
        if tx.lots_of(learner):
            tx.lock_account(learner)  # nothing of it is reserved from here on
        _require_settled(tx, learner)
        now, kept = self._clock.now(), _kept(tx, learner)
        for lot in tx.lots_of(learner):
            if not lot.revoked:
                tx.post(revoke(lot, request=f"erase:{lot.id}", reason=REASON, at=now))
        for account in (learner, *(one.source for one in tx.mergers_into(learner))):
            tx.erase_learner(account, kept=frozenset(kept), when=now)
        self._trail.tell(tx, actor, "learner.erase", learner, why if actor == OPERATOR else "")
        return Erasure(learner, now, kept)

    def is_settled(self, tx: Transaction, learner: str) -> bool:
        """Whether no award is being made from the account."""
        return _is_settled(tx, learner)

    def finish(self) -> list[str]:
        """Destroy the keys of accounts that are erased; whose these were.

        It is done after the erasure was committed, and the erasure says that it is to be done: a crash before leaves
        the account whole, and one after leaves keys that nobody can use and that the next run destroys.
        """
        with self._store.transaction() as tx:
            doomed = tx.doomed_keys()
        for learner in doomed:
            self._forget_keys(learner)
            with self._store.transaction() as tx:
                tx.keys_are_gone(learner)
        if doomed:
            self._store.scrub()
        return doomed

    def _forget_keys(self, learner: str) -> None:
        for label in HOLDER_LABELS:
            key = self._vault.find_key(learner, label)
            if key is not None:
                self._vault.forget_key(key.reference, learner)


def _is_settled(tx: Transaction, learner: str) -> bool:
    going_on = [award for award in tx.awards_of(learner) if award.state not in ENDS]
    return not going_on and not any(lot.reserved for lot in tx.lots_of(learner))


def _kept(tx: Transaction, learner: str) -> tuple[str, ...]:
    return tuple(award.id for award in tx.awards_of(learner) if award.signed is not None)


def _require_confirmed(person: Learner, confirm: str) -> None:
    if confirm != person.did:
        raise ErasureNotConfirmed(
            "The identifier that confirms the erasure is not that of the account.",
            next_step="Repeat the account's DID exactly; once erased, nothing brings it back.",
        )


def _require_settled(tx: Transaction, learner: str) -> None:
    if not _is_settled(tx, learner):
        raise ErasureNotYet(
            "An award is being made from this account.",
            next_step="Ask again when it is made or was refused; or ask the university.",
        )
