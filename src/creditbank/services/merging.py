"""Merging: two accounts turn out to be one person's, and one takes over all that the other had.

The person shows it by acting in both: a code is asked for in the account that ends, and given in the one that stays.
Every lot is handed over by a transfer in the ledger with all that happened to it; identifiers, keys, credentials,
numbers, evaluations and awards follow in the same transaction. The account that ends stays as an empty record.
"""

from datetime import timedelta
from typing import Final

from creditbank.canonical import JsonObject, sha256
from creditbank.errors import BadInput, NotFound
from creditbank.ledger import transfer
from creditbank.services.applying import OPEN
from creditbank.services.enrolling import plain_code, spelt
from creditbank.services.holder_records import DidOrigin, HolderChallenge, LearnerDid, Merger, Occasion
from creditbank.services.holding import dids_of, require_account
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.standing_records import ApplicationState, ApplicationStep
from creditbank.services.trail import OPERATOR, Trail

LIFETIME: Final = timedelta(minutes=15)


class UnknownMergeCode(NotFound):
    """No account waits to be merged by this code: it is mistyped, used, outworn, or was never given out."""

    slug = "unknown-merge-code"


class SameAccount(BadInput):
    """An account is not merged into itself."""

    slug = "same-account"


class Merging:
    """Merges accounts of one person."""

    def __init__(self, store: Store, trail: Trail, noticing: Noticing, clock: Clock, entropy: Entropy) -> None:
        self._store, self._trail, self._noticing = store, trail, noticing
        self._clock, self._entropy = clock, entropy

    def code(self, source: str, *, actor: str = OPERATOR) -> str:
        """A code by which another account takes this one over, once and within a quarter of an hour.

        Only its hash is kept. Raises `UnknownRecord`, and `AccountMerged` for an account that has ended.
        """
        code = spelt(self._entropy.bytes(16))
        with self._store.transaction() as tx:
            tx.get_learner(source)
            require_account(tx, source)
            tx.add_holder_challenge(HolderChallenge(_name(code), source, Occasion.MERGE, self._clock.now() + LIFETIME))
            self._trail.tell(tx, actor, "account.merge-code-made", source)
        return code

    def merge(self, code: str, *, into: str, actor: str = OPERATOR) -> Merger:
        """Take over the account whose code this is; asking again gives the first answer.

        Raises `UnknownMergeCode` alike for every code that does not work, `SameAccount`, `AccountMerged` where this
        account itself has ended, and `LotReserved` while an award is on its way that needs one of the lots.
        """
        now, name = self._clock.now(), _name(code)
        with self._store.transaction() as tx:
            asked = tx.find_holder_challenge(name)
            if asked is None or asked.occasion is not Occasion.MERGE:
                raise _unknown()
            source = asked.learner
            if source == into:
                raise SameAccount("This is the code of this very account.", next_step="Give it in the other account.")
            tx.hold_learners(source, into)
            standing = tx.find_merger(source)
            if standing is not None and standing.target == into:
                return standing
            if standing is not None or not tx.use_holder_challenge(name, source, Occasion.MERGE, now):
                raise _unknown()
            require_account(tx, into)
            merger = Merger(source, into, now)
            tx.add_merger(merger)
            for lot in tx.lots_of(source):
                reason = "both accounts are one person's"
                tx.transfer(*transfer(lot, into, request=f"merge:{source}:{lot.id}", at=now, reason=reason))
            for one in dids_of(tx, source):
                if tx.find_did(one.did) is None:
                    tx.add_did(LearnerDid(one.did, source, one.since, now, DidOrigin.MERGED))
            tx.take_dids(source, into, now)
            self._withdraw_twins(tx, source, into)
            for grant in tx.grants_of(source):  # a client was let see that account, not all that is in this one
                tx.end_grant(grant.id, now)
            tx.hand_over(source, into)
            self._trail.tell(tx, actor, "account.merged", source, f"into {into}")
            document: JsonObject = {"source": source}
            self._noticing.tell(tx, to_learner(into), "account-merged", document, once=f"merged:{source}")
        return merger

    def _withdraw_twins(self, tx: Transaction, source: str, into: str) -> None:
        """Take back each open application of the account that ends that the one that stays has open as well."""
        mine = [one for one in tx.applications_of(into) if one.state in OPEN]
        open_here = {(one.organisation, one.qualification) for one in mine}
        for one in tx.applications_of(source):
            if one.state not in OPEN or (one.organisation, one.qualification) not in open_here:
                continue
            state, why = ApplicationState.WITHDRAWN, "the account that took this one over applied as well"
            step = ApplicationStep(one.id, 0, state, to_learner(source), why, self._clock.now())
            if tx.move_application(step, since=OPEN):
                told: JsonObject = {"application": one.id, "qualification": one.qualification}
                self._noticing.tell(tx, to_organisation(one.organisation), f"application-{state}", told)


def _name(code: str) -> str:
    return sha256(b"creditbank/merge/v1\n" + plain_code(code).encode()).hex()


def _unknown() -> UnknownMergeCode:
    return UnknownMergeCode(
        "No account waits to be merged by this code.",
        next_step="Ask for a new code in the account that ends, and give it here within a quarter of an hour.",
    )
