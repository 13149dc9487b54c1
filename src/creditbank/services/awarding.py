"""Awarding: intent, reserve, spend until final, sign, post. Each step is a transaction of its own and safe to repeat.

A lower award on the same ladder that is given up for it is held with the reservation, moved on the chain with the
spending, and withdrawn in the status list once the new award is stored; what is not needed of it comes free last.

Once the intent is written no time-out applies: after a crash `resume` goes on from the step that was reached, and the
award is made, or refused with everything given back, exactly once.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from creditbank import __version__
from creditbank.canonical import Digest, JsonObject, canonical_json, load_object, parse_digest, sha256
from creditbank.credential import build_award
from creditbank.errors import Conflict, CreditBankError, Refused
from creditbank.ledger import CreditsAlreadyRedeemed, LotExpired, LotRevoked
from creditbank.services.accrediting import Accrediting
from creditbank.services.applying import Applying
from creditbank.services.correcting import standing_id
from creditbank.services.deciding import Deciding
from creditbank.services.evaluating import Evaluating, Weighed, holder_in
from creditbank.services.halting import require_running
from creditbank.services.issuing import AlreadyRevoked, Issuing, KeyNoLongerSigns, issuer_profile
from creditbank.services.looking_again import looking_again
from creditbank.services.ports import AlreadyRecorded, Clock, Entropy, SigningPurpose, Store, Transaction
from creditbank.services.records import AwardRecord, AwardState, IssueIntent, IssueState
from creditbank.services.redeeming import ENDINGS, Claim, Move, Redeeming, Spend, awarder_of
from creditbank.services.signatures import Signatures
from creditbank.services.statuses import status_entry
from creditbank.stacking import GivenUp, stacking_proof
from creditbank.units import NONE, Credits

GIVEN_BACK: Final = "the chain refused one of the award's credits"
FINISHED: Final = (AwardState.POSTED, AwardState.REFUSED, AwardState.REVERSED)


class DoesNotAddUp(Refused):
    """An award needs an evaluation that adds up, made by the university that awards."""

    slug = "does-not-add-up"


class AwardReused(Conflict):
    """This request id already stands for another award."""

    slug = "award-reused"


class AwardRefused(Conflict):
    """This award was refused: credits it needs are used, revoked or expired, or its body may not award any more.

    That is final.
    """

    slug = "award-refused"

    def __init__(self, award: str) -> None:
        self.award = award
        super().__init__(
            f"The award {award} was refused: credits it needs count towards another award, are revoked or expired, "
            "or the university was withdrawn on the chain before they were spent.",
            next_step="Evaluate again; it counts only what is still free.",
        )


class LowerAwardOfAnother(Refused):
    """Only the body that made an award can give it up."""

    slug = "lower-award-of-another"

    def __init__(self, award: str, body: str) -> None:
        self.award = award
        super().__init__(
            f"The sum counts credits of the award {award}, which {body} made, so only {body} can give it up.",
            next_step=f"Let {body} make this award, or evaluate again once enough other credits are free.",
        )


class LotMoved(Conflict):
    """The credits an award needs stand in another account by now than the learner's who was weighed."""

    slug = "lot-moved"


class _Overtaken(Exception):
    """Another caller of the same request took the award on meanwhile."""


class Awarding:
    """Makes awards, once."""

    def __init__(
        self,
        store: Store,
        evaluating: Evaluating,
        deciding: Deciding,
        redeeming: Redeeming,
        issuing: Issuing,
        signatures: Signatures,
        clock: Clock,
        entropy: Entropy,
        base_url: str,
        accrediting: Accrediting,
        applying: Applying,
    ) -> None:
        self._accrediting, self._applying = accrediting, applying
        self._store, self._evaluating, self._redeeming, self._issuing = store, evaluating, redeeming, issuing
        self._signatures, self._clock, self._entropy, self._base_url = signatures, clock, entropy, base_url
        self._deciding = deciding

    def award(self, request: str, *, evaluation: str, by: str) -> AwardRecord:
        """Turn an evaluation that adds up into an award; the same request again gives the first answer.

        Raises `DoesNotAddUp`, `NotAnAwarder`, `AwardReused`, `EvaluationChanged`, `NotAdopted` when the sum rests on a
        decision that the university has not signed, or not in force, `NotEntitled` when a register that the bank holds
        denies the university this award, `LowerAwardOfAnother` when another body would have to give one up,
        `NoApplication` when the learner did not ask this university for it, and `CreditsAlreadyRedeemed`,
        `LotRevoked` or `LotExpired` when a credit it needs went to another award or lapsed in the meantime: then
        nothing of this award remains reserved or spent.
        """
        with self._store.transaction() as tx:
            standing = tx.find_award_by_request(request)
        if standing is None:
            standing = self._intended(request, evaluation, by)
        if (standing.evaluation, standing.organisation) != (evaluation, by):
            raise AwardReused(f"The request id {request} was used before for another award.")
        return self._go_on(standing)

    def _intended(self, request: str, evaluation: str, by: str) -> AwardRecord:
        weighed = self._evaluating.again(evaluation)
        self._evaluating.confirm(weighed)
        self._redeeming.require_admitted(by)
        try:
            return self._intend(request, weighed, by)
        except AlreadyRecorded:  # the same request at the same moment: the other one's intent is ours
            with self._store.transaction() as tx:
                standing = tx.find_award_by_request(request)
            assert standing is not None, "the request is what was recorded"
            return standing

    def get(self, award: str) -> AwardRecord:
        """An award as it stands; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_award(award)

    def resume(self, begun: datetime | None = None) -> list[AwardRecord]:
        """Go on with every award that a crash interrupted, of those `begun` by then, if given; or record its refusal.

        One that cannot go on does not hold up the others; the first such error is raised once all had their turn.
        """
        with self._store.transaction() as tx:
            waiting = [one for one in tx.open_awards() if begun is None or one.created <= begun]
        stuck: list[CreditBankError] = []
        for award in waiting:
            try:
                self._go_on(award)
            except CreditBankError as error:
                if self.get(award.id).state not in FINISHED:
                    stuck.append(error)
        if stuck:
            raise stuck[0]
        return [self.get(award.id) for award in waiting]

    def _intend(self, request: str, weighed: Weighed, by: str) -> AwardRecord:
        record, allocation = weighed.record, weighed.evaluation.allocation
        if not weighed.evaluation.adds_up or allocation is None or record.organisation != by:
            raise DoesNotAddUp(
                f"Evaluation {record.id} is no ground for an award by this university.",
                next_step="Evaluate again, or see the evaluation for what is missing.",
            )
        id = self._entropy.urn()
        with self._store.transaction() as tx:
            require_running(tx, by, redeeming=True)
            awarder = awarder_of(tx, by)
            proof = _proof(weighed, id, holder_in(tx, record))
            _require_own(tx, weighed.evaluation.gives_up, by)
            today = self._clock.now().date()
            self._accrediting.require_entitled(tx, awarder.did, weighed.qualification)
            self._deciding.require_in(tx, awarder, _rested_on(proof), (weighed.evaluation.date, today))
            lots = {standing_id(tx, lot.credential): lot.id for lot in tx.lots_of(record.learner)}
            spends: dict[str, Credits] = {}
            for use in allocation:
                lot = lots[use.credential]
                spends[lot] = spends.get(lot, NONE) + use.amount
            award = AwardRecord(
                id,
                request,
                record.learner,
                by,
                record.qualification,
                record.version,
                record.id,
                AwardState.INTENDED,
                tuple(sorted(spends.items())),
                canonical_json(proof),
                None,
                self._clock.now(),
            )
            tx.add_award(award)
            self._applying.consent_in(
                tx, learner=record.learner, organisation=by, qualification=record.qualification, award=id
            )
        return award

    def _go_on(self, award: AwardRecord) -> AwardRecord:
        steps: dict[AwardState, Callable[[AwardRecord], AwardRecord]] = {
            AwardState.INTENDED: self._reserve,
            AwardState.RESERVED: self._spend,
            AwardState.SPENT: self._sign,
            AwardState.SIGNED: self._post,
            AwardState.RELEASING: self._give_back,
        }
        while award.state not in FINISHED:
            with self._store.transaction() as tx:
                require_running(tx, award.organisation, redeeming=True)
            try:
                award = steps[award.state](award)
            except _Overtaken:  # another caller of the same request took this step, or decided against the award
                award = self.get(award.id)
        if award.state is AwardState.REFUSED:
            raise AwardRefused(award.id)
        return award

    def _reserve(self, award: AwardRecord) -> AwardRecord:
        try:
            return looking_again(lambda: self._reserved(award))
        except (CreditsAlreadyRedeemed, LotMoved, LotRevoked, LotExpired) as refusal:
            self._move(award, AwardState.REFUSED)
            raise self._redeeming.precise(refusal, award.organisation) from refusal

    def _reserved(self, award: AwardRecord) -> AwardRecord:
        with self._store.transaction() as tx:
            _require_unmoved(tx, award)
            self._redeeming.reserve_in(tx, _claim(tx, award), award.organisation)
            return _moved(tx, award, AwardState.RESERVED)

    def _spend(self, award: AwardRecord) -> AwardRecord:
        with self._store.transaction() as tx:
            awarder, claim = tx.get_organisation(award.organisation), _claim(tx, award)
        try:
            self._redeeming.spend(claim, awarder)
        except ENDINGS:
            self._give_back(self._move(award, AwardState.RELEASING))
            raise
        try:
            return self._move(award, AwardState.SPENT)
        except _Overtaken:
            if self.get(award.id).state in (AwardState.RELEASING, AwardState.REFUSED):
                self._redeeming.undo(claim, awarder, GIVEN_BACK)  # what was spent since they gave back
            raise

    def _give_back(self, award: AwardRecord) -> AwardRecord:
        """Once begun, giving back is never turned into an award again, whatever becomes free meanwhile."""
        with self._store.transaction() as tx:
            awarder, claim = tx.get_organisation(award.organisation), _claim(tx, award)
        self._redeeming.undo(claim, awarder, GIVEN_BACK)
        return self._move(award, AwardState.REFUSED)

    def _sign(self, award: AwardRecord) -> AwardRecord:
        assert award.proof is not None, "the proof is written down with the intent"
        intent = self._award_intent(award)
        with self._store.transaction() as tx:
            awarder = tx.get_organisation(award.organisation)
        rules = self._evaluating.rules_of(award.evaluation)
        unsigned = build_award(
            id=award.id,
            issuer=issuer_profile(awarder),
            subject=str(load_object(award.proof, max_bytes=16 * 1024 * 1024)["learner"]),
            qualification_id=rules.id,
            version=rules.version,
            title=rules.title,
            framework=rules.framework,
            level=rules.level,
            criteria=rules.summary,
            valid_from=award.created,
            status=status_entry(self._base_url, awarder, intent.status_index),
            proof_id=f"{award.id}#stacking-proof",
            proof_digest=sha256(award.proof),
            achievement_type=rules.achievement_type,
        )
        signed = self._signatures.sign(
            unsigned, awarder.id, awarder.did, self._clock.now(), purpose=SigningPurpose.AWARD
        )
        return self._move(replace(award, signed=signed), AwardState.SIGNED)

    def _post(self, award: AwardRecord) -> AwardRecord:
        assert award.signed is not None
        with self._store.transaction() as tx:
            stored = tx.find_credential(award.id)
        if stored is None:
            try:
                self._issuing.store_signed(self._award_intent(award), award.signed, with_lot=False)
            except KeyNoLongerSigns:  # revoked since it was signed, and nobody has seen those bytes
                return self._sign(award)
            except AlreadyRecorded:
                pass  # the same bytes, by another caller of the same request
        with self._store.transaction() as tx:
            awarder, claim = tx.get_organisation(award.organisation), _claim(tx, award)
        for lower in claim.origins:
            try:
                self._issuing.revoke(lower, by=award.organisation, reason=f"given up for the award {award.id}")
            except AlreadyRevoked:  # perhaps by us, just before a crash: then the list does not say so yet
                with self._store.transaction() as tx:
                    given_up = tx.get_credential(lower)
                self._issuing.refresh_for(given_up)
        self._redeeming.free_rest(claim, awarder)
        with self._store.transaction() as tx:
            self._redeeming.post_in(tx, claim)
            return _moved(tx, award, AwardState.POSTED)

    def _award_intent(self, award: AwardRecord) -> IssueIntent:
        """The intent to sign the award's credential; written once, so that its place in the status list is fixed."""
        request = f"award:{award.id}"
        with self._store.transaction() as tx:
            standing = tx.find_intent(request)
            if standing is not None:
                return standing
            intent = IssueIntent(
                request,
                award.id,
                award.organisation,
                award.learner,
                award.qualification,
                award.version,
                award.created.date().isoformat(),
                self._issuing.free_status_index(tx, award.organisation),
                IssueState.INTENDED,
                self._clock.now(),
            )
            tx.add_intent(intent)
        return intent

    def _move(self, award: AwardRecord, state: AwardState) -> AwardRecord:
        with self._store.transaction() as tx:
            return _moved(tx, award, state)


def _require_unmoved(tx: Transaction, award: AwardRecord) -> None:
    """Raise `LotMoved` where a lot was handed to another account since the award was intended (threat 40)."""
    for lot, _ in award.uses:
        if tx.get_lot(lot).account != award.learner:
            raise LotMoved(
                f"Lot {lot} was handed to another account.", next_step="Evaluate again, for the account that has it."
            )


def _moved(tx: Transaction, award: AwardRecord, state: AwardState) -> AwardRecord:
    """Take an award on from the step it was read in; raise `_Overtaken` when it is no longer there."""
    moved = replace(award, state=state)
    if not tx.update_award(moved, since=award.state):
        raise _Overtaken(award.id)
    return moved


def _proof(weighed: Weighed, award: str, learner: str) -> JsonObject:
    return stacking_proof(
        weighed.evaluation,
        weighed.qualification,
        weighed.candidates,
        weighed.setting,
        id=f"{award}#stacking-proof",
        award=award,
        learner=learner,
        engine=f"creditbank {__version__}",
    )


def _rested_on(proof: Any) -> list[Digest]:
    """The decisions that a sum rests on, by digest."""
    rare = [ref for name in ("acceptances", "exceptions") for ref in proof.get(name, [])]
    refs = (*proof["conversions"], *proof["recognitions"], *rare)
    return [parse_digest(ref["digest"]) for ref in refs]


def _require_own(tx: Transaction, gives_up: Sequence[GivenUp], by: str) -> None:
    """Raise `LowerAwardOfAnother` for the first award given up that this body did not make."""
    for lower in gives_up:
        made = tx.get_award(lower.award).organisation
        if made != by:
            raise LowerAwardOfAnother(lower.award, tx.get_organisation(made).name)


def _claim(tx: Transaction, award: AwardRecord) -> Claim:
    """What an award takes from which lots; what moves from lower awards stands in its proof, by credential."""
    proof: Any = load_object(award.proof or b"{}", max_bytes=16 * 1024 * 1024)
    used = [tx.get_lot(lot) for lot, _ in award.uses] if "givesUp" in proof else []
    lots = {standing_id(tx, lot.credential): lot.id for lot in used}
    moves = [
        Move(lots[move["credential"]], Credits.parse(move["amount"]), lower["award"])
        for lower in proof.get("givesUp", [])
        for move in lower["moves"]
    ]
    moves.sort(key=lambda move: (move.lot, move.origin))
    return Claim(award.id, award.id, tuple(Spend(lot, amount) for lot, amount in award.uses), tuple(moves))
