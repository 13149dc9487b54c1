"""Flagging: a credential is revoked after its credits were counted for an award (threat 34).

The redemption stays recorded. The award is flagged under the university's stated policy, university and learner are
told, the learner may state their case, and the university decides. An award that is no more is reversed: its credential
is revoked, its credits come free on the chain and then here, by entries of their own with the reason.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from creditbank.anchoring import SALT_BYTES, issuer_id
from creditbank.canonical import JsonObject
from creditbank.errors import Conflict, CreditBankError, Refused
from creditbank.ledger import Entry, EntryKind, reverse
from creditbank.services import calls, reads
from creditbank.services.flags import DEFAULT
from creditbank.services.issuing import AlreadyRevoked, Issuing
from creditbank.services.ledger_records import Redemption, RedemptionState
from creditbank.services.looking_again import looking_again
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import AlreadyRecorded, Chain, Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import AwardRecord, AwardState
from creditbank.services.sending import Sender
from creditbank.services.standing_records import (
    TAKEN_BACK,
    AwardFlag,
    FlagCount,
    FlagPolicy,
    FlagState,
    Reversal,
    ReversalState,
)
from creditbank.units import NONE, Credits

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


class AwardGivenUp(Conflict):
    """What counted for this award counts for a higher one by now, or is held for it; nothing is left to take back."""

    slug = "award-given-up"

    def __init__(self, award: str) -> None:
        self.award = award
        super().__init__(
            f"The credits of the award {award} count for a higher award that took it up, or are held for it.",
            next_step="Take back the higher award; if it is still on its way, wait until it is made or refused.",
        )


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
        entropy: Entropy,
    ) -> None:
        self._store, self._chain, self._sender = store, chain, sender
        self._issuing, self._noticing, self._clock, self._entropy = issuing, noticing, clock, entropy

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

    def counted(self, subject: str) -> FlagCount:
        """How many flags there are on a learner's or a university's awards."""
        with self._store.glancing() as tx:
            return tx.count_flags(subject)

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
                if revoke and _counting(tx, flag.award, by):
                    self._begin_in(tx, f"flag:{id}", flag.award, by, reason)
            begun = tx.reversals_of(by, flag.award) if revoke else []
        for reversal in begun:
            self._finish(reversal.request)
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
        crash at any step; what was counted for the award anew since then is taken back by a new request. Raises
        `UnknownRecord` for an award that is not the asker's or counts nothing, `AwardGivenUp`, and `ReversalReused`.
        """
        with self._store.transaction() as tx:
            standing = tx.find_reversal(request)
            if standing is None:
                _require_counting(tx, award, by)
        if standing is None:
            standing = self._begin(request, award, by, reason)
        if standing.organisation != by:
            raise UnknownRecord(f"There is no award {award}.")
        if standing.award != award:
            raise ReversalReused(f"The id {request} stands for the reversal of another award.")
        self._finish(request)
        with self._store.transaction() as tx:
            done = tx.find_reversal(request)
        assert done is not None, "it was written down first"
        return done

    def resume(self, begun: datetime | None = None) -> None:
        """Finish every reversal that a crash cut short, of those `begun` by then, if given.

        The first that cannot go on is raised at the end.
        """
        with self._store.transaction() as tx:
            waiting = [one for one in tx.open_reversals() if begun is None or one.at <= begun]
        stuck: list[CreditBankError] = []
        for reversal in waiting:
            try:
                self._finish(reversal.request)
            except CreditBankError as error:
                stuck.append(error)
        if stuck:
            raise stuck[0]

    def _begin(self, request: str, award: str, by: str, reason: str) -> Reversal:
        """The reversal as it was written down, by this caller or by another of the same request."""
        try:
            with self._store.transaction() as tx:
                return self._begin_in(tx, request, award, by, reason)
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                found = tx.find_reversal(request)
            if found is None:
                raise ReversalReused(f"The award {award} is being reversed by another request.") from None
            return found

    def _begin_in(self, tx: Transaction, request: str, award: str, by: str, reason: str) -> Reversal:
        """Write a reversal down, in a moment in which nobody can take the award up for a higher one."""
        uses = _uses_of(tx, award, by)
        for account in sorted({tx.get_lot(lot).account for lot in uses}):
            tx.lock_account(account)
        for lot, amount in uses.items():
            if _counted_for(tx, lot, award, by) < amount:
                raise AwardGivenUp(award)
        now, salt = self._clock.now(), self._entropy.bytes(SALT_BYTES)
        reversal = Reversal(request, award, by, reason, ReversalState.BEGUN, now, salt)
        tx.add_reversal(reversal)
        return reversal

    def _finish(self, request: str) -> None:
        """Revoke, release on the chain, and only then free in the ledger: no credit is free in one place alone."""
        with self._store.transaction() as tx:
            reversal = tx.find_reversal(request)
            assert reversal is not None, "a reversal is written down first"
            award, body = reversal.award, tx.get_organisation(reversal.organisation)
            made = _own_award(tx, award, body.id)
            posted = [one for one in tx.redemptions_for(award) if _posted_by(one, body.id)]
            uses, redeemed = _uses_in(made, posted), [one.request for one in posted]
        if reversal.state is ReversalState.DONE:
            return
        if made is not None:
            try:
                self._issuing.revoke(award, by=reversal.organisation, reason=reversal.reason or TAKEN_BACK)
            except AlreadyRevoked:  # perhaps by us, just before a crash: then the list does not say so yet
                self._issuing.refresh_status(reversal.organisation)
        name, who = calls.award_id(award), issuer_id(body.did)
        for lot in uses:
            spent = reads.spent_for(self._chain, bytes.fromhex(lot[2:]), who, name)
            if spent:
                call = calls.release(bytes.fromhex(lot[2:]), spent.thousandths, name)
                self._sender.settle(f"reverse:{request}:{lot}", body.id, call, final=True)
        looking_again(lambda: self._end(reversal, uses, redeemed))

    def _end(self, reversal: Reversal, uses: dict[str, Credits], redeemed: list[str]) -> None:
        with self._store.transaction() as tx:
            if tx.end_reversal(reversal.request):
                self._free(tx, reversal, uses, redeemed)

    def _free(self, tx: Transaction, reversal: Reversal, uses: dict[str, Credits], redeemed: list[str]) -> None:
        """Free what was released on the chain: nothing that counts since, or for another body's award of this name."""
        award, now = reversal.award, self._clock.now()
        learners = {tx.get_lot(name).account for name in uses}
        for account in sorted(learners):  # a revocation waits, or what it did is seen
            tx.lock_account(account)
        reversal = tx.find_reversal(reversal.request) or reversal  # its words are gone where the account was erased
        for name, amount in sorted(uses.items()):
            lot = tx.get_lot(name)
            request, why = f"reverse:{reversal.request}:{lot.id}", reversal.code
            tx.post(reverse(lot, amount, request=request, award=award, at=now, reason=why))
        if _own_award(tx, award, reversal.organisation) is not None:
            tx.take_award_back(award)
        for request in redeemed:
            tx.end_redemption(request)
        for flag in tx.flags_on(award):
            if flag.organisation == reversal.organisation:
                tx.decide_flag(flag.id, FlagState.REVOKED, reversal.reason, now)
        for learner in sorted(learners):
            told: JsonObject = {"award": award}
            self._noticing.tell(tx, to_learner(learner), "award-reversed", told)


def words_of(tx: Transaction, entry: Entry) -> str:
    """What a body wrote for an entry that takes something back, while that is kept beside; else nothing."""
    if entry.kind is not EntryKind.REVERSE:
        return ""
    reversal = tx.find_reversal(entry.id.removeprefix("reverse:").removesuffix(f":{entry.lot}"))
    return reversal.reason if reversal is not None and reversal.code == entry.reason else ""


def _counting(tx: Transaction, award: str, by: str) -> bool:
    """Whether a body has an award of this name that counts, made here or elsewhere."""
    made, redeemed = tx.find_award(award), tx.redemptions_for(award)  # both, whichever there is: see threat 42
    own = made is not None and made.organisation == by and made.state is AwardState.POSTED
    return any([own, *(_posted_by(one, by) for one in redeemed)])


def _require_counting(tx: Transaction, award: str, by: str) -> None:
    """Raise `UnknownRecord` for what is not there, and `ReversalReused` for what another request took back."""
    reversed_before = tx.reversals_of(by, award)
    if _counting(tx, award, by):
        return
    if reversed_before:
        raise ReversalReused(f"The award {award} was reversed by another request.")
    raise UnknownRecord(f"There is no award {award} that could be taken back.")


def _own_award(tx: Transaction, award: str, by: str) -> AwardRecord | None:
    """The award of this name that a body made here and that stands."""
    made = tx.find_award(award)
    own = made is not None and made.organisation == by and made.state is AwardState.POSTED
    return made if own else None


def _uses_of(tx: Transaction, award: str, by: str) -> dict[str, Credits]:
    """How much of which lot a body's award of this name counts: a name is each body's own, and so is what it uses."""
    return _uses_in(_own_award(tx, award, by), [one for one in tx.redemptions_for(award) if _posted_by(one, by)])


def _uses_in(made: AwardRecord | None, posted: Sequence[Redemption]) -> dict[str, Credits]:
    """What an award made here and redemptions for one elsewhere count in all, by lot."""
    uses: Counter[str] = Counter({lot: amount.thousandths for lot, amount in made.uses} if made else {})
    for one in posted:
        uses.update({use.lot: use.amount.thousandths for use in one.uses})
    return {lot: Credits(amount) for lot, amount in sorted(uses.items())}


def _counted_for(tx: Transaction, lot: str, award: str, by: str) -> Credits:
    """How much of a lot counts for a body's award as the ledger has it: all under this name, less what is others'."""
    counts = sum((hold.redeemed for hold in tx.held_for(award) if hold.lot == lot), start=NONE)
    others = {one.organisation for one in tx.redemptions_for(award)} - {by}
    taken = sum((_uses_of(tx, award, other).get(lot, NONE) for other in sorted(others)), start=NONE)
    return counts - taken if taken < counts else NONE


def _posted_by(redemption: Redemption, by: str) -> bool:
    return redemption.organisation == by and redemption.state is RedemptionState.POSTED


def _own(tx: Transaction, id: str, subject: str) -> AwardFlag:
    flag = tx.get_flag(id)
    if subject not in (flag.learner, flag.organisation):
        raise UnknownRecord(f"There is no flag {id}.")
    return flag
