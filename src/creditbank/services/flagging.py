"""Flagging: a credential is revoked after its credits were counted for an award (threat 34).

The redemption stays recorded. The award is flagged under the university's stated policy, university and learner are
told, the learner may state their case, and the university decides. An award that is no more is reversed: its credential
is revoked, its credits come free on the chain and then here, by entries of their own with the reason.
"""

from datetime import timedelta
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject
from creditbank.errors import Conflict, CreditBankError, Refused
from creditbank.ledger import reverse
from creditbank.services import calls, reads
from creditbank.services.flags import DEFAULT
from creditbank.services.issuing import AlreadyRevoked, Issuing
from creditbank.services.ledger_records import Hold, Redemption, RedemptionState
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import AlreadyRecorded, Chain, Clock, Store, Transaction, UnknownRecord
from creditbank.services.records import AwardState
from creditbank.services.sending import Sender
from creditbank.services.standing_records import AwardFlag, FlagPolicy, FlagState, Reversal, ReversalState

APPEAL: Final = timedelta(days=14)
"""How long a learner has for a statement before an award can be revoked without one."""


class StatedAlready(Conflict):
    """A learner states their case once, before it is decided."""

    slug = "stated-already"


class FlagDecided(Conflict):
    """This flag was decided before."""

    slug = "flag-decided"


class PolicyKeepsAward(Refused):
    """The university's policy at the time keeps the award, and the flag is all that is said of it."""

    slug = "policy-keeps-award"


class LearnerNotHeard(Refused):
    """Nothing is decided against a learner who has not spoken, and still has time to."""

    slug = "learner-not-heard"


class StatementNeeded(Refused):
    """Under this policy an award stands only where the learner's statement gives the reason."""

    slug = "statement-needed"


class ReversalReused(Conflict):
    """This award was reversed by another request, or this request stands for another award."""

    slug = "reversal-reused"


class Flagging:
    """Keeps flags, hears learners, and takes back what is no more."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        sender: Sender,
        issuing: Issuing,
        noticing: Noticing,
        clock: Clock,
    ) -> None:
        self._store, self._chain, self._sender = store, chain, sender
        self._issuing, self._noticing, self._clock = issuing, noticing, clock

    def policy(self, organisation: str) -> FlagPolicy:
        """The policy that a university has stated, or the one that counts where it has stated none."""
        with self._store.transaction() as tx:
            return tx.policy_of(tx.get_organisation(organisation).id) or DEFAULT

    def set_policy(self, organisation: str, policy: FlagPolicy) -> FlagPolicy:
        """State a policy; it counts for what is flagged from now on."""
        with self._store.transaction() as tx:
            tx.put_policy(tx.get_organisation(organisation).id, policy, self._clock.now())
        return policy

    def of(self, subject: str) -> list[AwardFlag]:
        """The flags on a learner's or a university's awards, newest first."""
        with self._store.transaction() as tx:
            return tx.flags_of(subject)

    def get(self, id: str, *, subject: str) -> AwardFlag:
        """A flag, for its learner and its university; raises `UnknownRecord` for anybody else."""
        with self._store.transaction() as tx:
            return _own(tx, id, subject)

    def state(self, id: str, *, by: str, statement: str) -> AwardFlag:
        """Keep what the learner says to it; raises `UnknownRecord`, `StatedAlready` and `FlagDecided`."""
        with self._store.transaction() as tx:
            flag = _own(tx, id, by)
            if by != flag.learner:
                raise UnknownRecord(f"There is no flag {id}.")
            if not tx.state_flag(id, statement, self._clock.now()):
                if tx.get_flag(id).state is FlagState.OPEN:
                    raise StatedAlready("The statement was given before, and is read as it is.")
                raise FlagDecided(f"It was decided before: {tx.get_flag(id).state}.")
            told: JsonObject = {"flag": id, "award": flag.award}
            self._noticing.tell(tx, to_organisation(flag.organisation), "award-flag-stated", told)
            return tx.get_flag(id)

    def decide(self, id: str, *, by: str, revoke: bool, reason: str) -> AwardFlag:
        """Let the award stand, or revoke it, as the policy allows; asking again finishes what a crash cut short.

        Raises `UnknownRecord`, `FlagDecided`, `PolicyKeepsAward`, `LearnerNotHeard` and `StatementNeeded`.
        """
        wanted = FlagState.REVOKED if revoke else FlagState.STANDS
        with self._store.transaction() as tx:
            flag = _own(tx, id, by)
            if by != flag.organisation:
                raise UnknownRecord(f"There is no flag {id}.")
            if flag.state not in (FlagState.OPEN, wanted):
                raise FlagDecided(f"It was decided before: {flag.state}.")
            if flag.state is FlagState.OPEN:
                self._require_allowed(flag, revoke=revoke)
                tx.decide_flag(id, wanted, reason, self._clock.now())
                told: JsonObject = {"flag": id, "award": flag.award, "decision": str(wanted)}
                self._noticing.tell(tx, to_learner(flag.learner), "award-flag-decided", told)
                if revoke and tx.find_reversal(flag.award) is None:
                    tx.add_reversal(self._begun(f"flag:{id}", flag.award, by, reason))
        if revoke:
            self._finish(flag.award)
        return self.get(id, subject=by)

    def _require_allowed(self, flag: AwardFlag, *, revoke: bool) -> None:
        if revoke and flag.policy is FlagPolicy.FLAG:
            raise PolicyKeepsAward("The policy in force when it was flagged lets the award stand.")
        if revoke and flag.stated is None and self._clock.now() < flag.at + APPEAL:
            raise LearnerNotHeard(
                f"The learner has not spoken, and has until {(flag.at + APPEAL).date().isoformat()}.",
                next_step="Wait for the statement, or for that day.",
            )
        if not revoke and flag.policy is FlagPolicy.REVOKE and flag.stated is None:
            raise StatementNeeded("Under this policy the award stands only for what the learner states.")

    def reverse(self, request: str, *, award: str, by: str, reason: str) -> Reversal:
        """Take back an award of one's own: its credential is revoked and all that counted for it comes free.

        For an award made elsewhere the redemption is taken back. Asking again gives the first answer, also after a
        crash at any step. Raises `UnknownRecord` for an award that is not the asker's or counts nothing, and
        `ReversalReused`.
        """
        with self._store.transaction() as tx:
            standing = tx.find_reversal(award)
            if standing is None:
                _require_counting(tx, award, by)
        if standing is None:
            standing = self._begun(request, award, by, reason)
            try:
                with self._store.transaction() as tx:
                    tx.add_reversal(standing)
            except AlreadyRecorded:
                with self._store.transaction() as tx:
                    found = tx.find_reversal(award)
                if found is None:
                    raise ReversalReused(f"The id {request} stands for the reversal of another award.") from None
                standing = found
        if standing.organisation != by:
            raise UnknownRecord(f"There is no award {award}.")
        if standing.request != request:
            raise ReversalReused(f"The award {award} was reversed by another request.")
        self._finish(award)
        with self._store.transaction() as tx:
            done = tx.find_reversal(award)
        assert done is not None, "it was written down first"
        return done

    def resume(self) -> None:
        """Finish every reversal that a crash cut short; the first that cannot go on is raised at the end."""
        with self._store.transaction() as tx:
            waiting = tx.open_reversals()
        stuck: list[CreditBankError] = []
        for reversal in waiting:
            try:
                self._finish(reversal.award)
            except CreditBankError as error:
                stuck.append(error)
        if stuck:
            raise stuck[0]

    def _begun(self, request: str, award: str, by: str, reason: str) -> Reversal:
        return Reversal(request, award, by, reason, ReversalState.BEGUN, self._clock.now())

    def _finish(self, award: str) -> None:
        """Revoke, release on the chain, and only then free in the ledger: no credit is free in one place alone."""
        with self._store.transaction() as tx:
            reversal = tx.find_reversal(award)
            assert reversal is not None, "a reversal is written down first"
            body, made = tx.get_organisation(reversal.organisation), tx.find_award(award)
            counting = [hold for hold in tx.held_for(award) if hold.redeemed and not _of_another(tx, hold, body.id)]
            redeemed = [one.request for one in tx.redemptions_for(award) if _posted_by(one, body.id)]
        if reversal.state is ReversalState.DONE:
            return
        if made is not None:
            try:
                self._issuing.revoke(award, by=reversal.organisation, reason=reversal.reason)
            except AlreadyRevoked:  # perhaps by us, just before a crash: then the list does not say so yet
                self._issuing.refresh_status(reversal.organisation)
        name, who = calls.award_id(award), issuer_id(body.did)
        for hold in counting:
            lot = bytes.fromhex(hold.lot[2:])
            spent = reads.spent_for(self._chain, lot, who, name)
            if spent:
                call = calls.release(lot, spent.thousandths, name)
                self._sender.settle(f"reverse:{award}:{hold.lot}", body.id, call, final=True)
        with self._store.transaction() as tx:
            if tx.end_reversal(award):
                self._free(tx, reversal, {hold.lot for hold in counting}, redeemed)

    def _free(self, tx: Transaction, reversal: Reversal, released: set[str], redeemed: list[str]) -> None:
        """Free what was released on the chain: no lot that counts since, or for another body's award of this name."""
        award, now = reversal.award, self._clock.now()
        learners = set()
        for hold in tx.held_for(award):
            if hold.redeemed and hold.lot in released:
                lot = tx.get_lot(hold.lot)
                name, why = f"reverse:{award}:{lot.id}", reversal.reason
                tx.post(reverse(lot, hold.redeemed, request=name, award=award, at=now, reason=why))
                learners.add(lot.account)
        if (made := tx.find_award(award)) is not None and made.state is AwardState.POSTED:
            tx.take_award_back(award)
        for request in redeemed:
            tx.end_redemption(request)
        for flag in tx.flags_on(award):
            if flag.organisation == reversal.organisation:
                tx.decide_flag(flag.id, FlagState.REVOKED, reversal.reason, now)
        for learner in sorted(learners):
            told: JsonObject = {"award": award}
            self._noticing.tell(tx, to_learner(learner), "award-reversed", told)


def _require_counting(tx: Transaction, award: str, by: str) -> None:
    made, redeemed = tx.find_award(award), tx.redemptions_for(award)  # both, whichever there is: see threat 42
    own = made.organisation == by if made else any(_posted_by(one, by) for one in redeemed)
    if not own or (made is not None and made.state is not AwardState.POSTED):
        raise UnknownRecord(f"There is no award {award} that could be taken back.")


def _posted_by(redemption: Redemption, by: str) -> bool:
    return redemption.organisation == by and redemption.state is RedemptionState.POSTED


def _of_another(tx: Transaction, hold: Hold, by: str) -> bool:
    """Whether a lot counts for an award that another body calls by the same name: a name is each body's own."""
    return any(
        one.organisation != by
        and one.state not in (RedemptionState.REFUSED, RedemptionState.REVERSED)
        and any(use.lot == hold.lot for use in one.uses)
        for one in tx.redemptions_for(hold.award)
    )


def _own(tx: Transaction, id: str, subject: str) -> AwardFlag:
    flag = tx.get_flag(id)
    if subject not in (flag.learner, flag.organisation):
        raise UnknownRecord(f"There is no flag {id}.")
    return flag
