"""Redeeming: credits count towards an award once, in this bank and in every bank that shares the chain.

Reserve in the ledger, spend on the chain until final, post in the ledger: each step a transaction of its own, each safe
to repeat. If the chain says no, what was spent for this award is released again and nothing is half done.

Where a lower award is given up, all that counts for it is held for the higher one first, so that nobody else can take
it up; on the chain what is needed moves from the one to the other, after everything that may still be refused; and what
is not needed comes free at the very end, when nothing can turn back any more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from creditbank.canonical import Digest, Json, JsonObject, digest_text, json_digest, load_object
from creditbank.errors import BadInput, Conflict, CreditBankError, Refused
from creditbank.ledger import (
    ASKED,
    Bucket,
    CreditsAlreadyRedeemed,
    EmptyEntry,
    EntryKind,
    Lot,
    LotChanged,
    LotExpired,
    LotRevoked,
    counted,
    give_up,
    post,
    release,
    reserve,
    take_back,
)
from creditbank.services import calls, reads
from creditbank.services.claim_ports import Alongside, NothingAlongside
from creditbank.services.consenting import require_consent
from creditbank.services.counted import counts_elsewhere, require_own_name
from creditbank.services.failpoints import reach
from creditbank.services.halting import require_running
from creditbank.services.ledger_records import RedeemedUse, Redemption, RedemptionState
from creditbank.services.ports import (
    AlreadyRecorded,
    Call,
    Chain,
    ChainRefused,
    Clock,
    Store,
    Transaction,
    UnknownRecord,
)
from creditbank.services.records import AttemptState, AwardState, Organisation, Role
from creditbank.services.reservations import take_reservations
from creditbank.services.sending import Sender
from creditbank.services.spend_records import SpendState
from creditbank.services.spending import Spending
from creditbank.services.standing_records import ReversalState
from creditbank.services.suspending import CreditSuspended, require_not_suspended
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
class Move:
    """So much of one lot, from a lower award (`origin`) that is given up."""

    lot: str
    amount: Credits
    origin: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one request wants from which lots, for which award. `key` names the request in every step it takes.

    `moves` are those parts of the `spends` that a lower award of the same body gives up, with all else that counts for
    it. `asked` is what the request stands for; it is written into the entries that reserve, and so into their hashes.
    """

    key: str
    award: str
    spends: tuple[Spend, ...]
    moves: tuple[Move, ...] = ()
    asked: str = ""

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

    @property
    def lots(self) -> tuple[str, ...]:
        """The ids of its lots, in their order."""
        return tuple(spend.lot for spend in self.ordered)

    def purpose(self, lot: str) -> str:
        """The name under which a lot is spent on the chain for this claim, for ever."""
        return f"spend:{self.key}:{lot}"


class UnusableBundle(BadInput):
    """A redemption names each lot once, at least one, all of one learner."""

    slug = "unusable-bundle"


FINAL_REFUSALS: Final = (CreditsAlreadyRedeemed, LotRevoked, LotExpired, CreditSuspended)
"""What answers a request for ever; whatever else was raised, nothing was decided."""
ENDINGS: Final = (CreditsAlreadyRedeemed, NotAnAwarder)
"""With what the chain ends a claim that was reserved: another spent, or the body may spend no more. All goes back."""
FINISHED: Final = (RedemptionState.POSTED, RedemptionState.REFUSED, RedemptionState.REVERSED)
MOST_USES: Final = 200
TRIES: Final = 3
REMEMBERED: Final = timedelta(seconds=2)
"""How long a university that was admitted a moment ago is not asked about again."""
Made = TypeVar("Made")
_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _CloserLook(Exception):
    """One look does not show that all is plain."""


class _Beside:
    """What a caller writes along, and whether its end was written."""

    def __init__(self, along: Alongside[Redemption]) -> None:
        self.begin, self.begun, self._end = along.begin, along.begun, along.end
        self.ended = False

    def end(self, tx: Transaction, made: Redemption) -> None:
        """Last of all; whatever this transaction fails of, the whole request fails of."""
        self._end(tx, made)
        self.ended = True


class Redeeming:
    """Moves credits from available to redeemed."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, spending: Spending, clock: Clock) -> None:
        self._store, self._chain, self._sender, self._clock = store, chain, sender, clock
        self._spending, self._seen_admitted = spending, dict[str, tuple[str, datetime]]()

    def redeem(self, request: str, *, lot: str, amount: Credits, award: str, by: str) -> Redemption:
        """Count part of one lot towards an award made elsewhere; as `redeem_together` of one."""
        return self.redeem_together(request, uses=(Spend(lot, amount),), award=award, by=by)

    def redeem_together(
        self,
        request: str,
        *,
        uses: Sequence[Spend],
        award: str,
        by: str,
        along: Alongside[Redemption] | None = None,
    ) -> Redemption:
        """Count parts of lots towards an award made elsewhere, all or none; asking twice gives the first answer.

        A no is an answer too, and stays one whatever becomes free. Raises `CreditsAlreadyRedeemed` for the first lot,
        in the order of ids, that no longer has so much; `LotRevoked`, `LotExpired` and `CreditSuspended`;
        `NotAnAwarder`, `UnusableBundle`, `AwardNameTaken`, `UnknownRecord` for an unknown lot, and `RedemptionReused`
        when the id stands for another redemption or the award uses a lot already. What the caller writes `along` stands
        together with the reservation, or its refusal, and then with what was posted.
        """
        claim = Claim(f"redeem:{request}", award, _bundle(uses))
        asked, beside = _asked(claim, by), _Beside(along or NothingAlongside())
        try:
            standing, awarder = self._at_once(request, claim, asked, by, beside)
        except (_CloserLook, AlreadyRecorded):
            standing, awarder = self._after_a_look(request, claim, asked, by, beside)
        if standing.asked != asked:
            raise RedemptionReused(f"The id {request} was used before for another redemption.")
        done = self._go_on(standing, awarder, beside)
        if not beside.ended:
            with self._store.transaction() as tx:
                beside.end(tx, done)
        return done

    def _at_once(
        self, request: str, claim: Claim, asked: Digest, by: str, beside: "_Beside"
    ) -> tuple[Redemption, Organisation]:
        """Reserve what one look finds plain, for a body that was admitted a moment ago, in one transaction.

        The look never says no: raises `_CloserLook` where anything may, and then nothing was written.
        """
        account = self._lately_admitted(by)
        if account is None or counts_elsewhere(claim.award):
            raise _CloserLook
        reach("redeem.checked")
        wanted, told = self._wanted(request, claim, asked, by), replace(claim, asked=digest_text(asked))

        def reserve_plainly(tx: Transaction) -> Organisation:
            beside.begin(tx)
            seen = tx.before_redeeming(request, claim.key, organisation=by, award=claim.award, named=claim.lots)
            if seen is None or seen.awarder.account != account or Role.UNIVERSITY not in seen.awarder.roles:
                raise _CloserLook
            one = _one_account(seen.lots)
            if seen.signs_in:
                require_consent(tx, one, by, wanted.created)
            tx.add_redemption(wanted)
            self._hold(tx, told, by, seen.lots)
            reach("redeem.locked")
            return seen.awarder

        try:
            awarder = self._reserved(reserve_plainly)
        except FINAL_REFUSALS as refusal:
            with self._store.glancing() as tx:
                awarder = awarder_of(tx, by)
            kept = self._refused(wanted, refusal, beside)
            beside.begun()
            return kept, awarder
        beside.begun()
        return wanted, awarder

    def _after_a_look(
        self, request: str, claim: Claim, asked: Digest, by: str, beside: "_Beside"
    ) -> tuple[Redemption, Organisation]:
        """As `_at_once` by the rules one by one, which alone refuse; also for what was asked before."""
        with self._store.transaction() as tx:
            beside.begin(tx)
            awarder = awarder_of(tx, by)
            standing, before = tx.find_redemption(request), tx.find_answer(claim.key)
        beside.begun()
        if standing is None and before is not None:
            return _first_answer(request, claim, by, asked, *before), awarder
        if standing is None:
            self._require_admitted(awarder)
            reach("redeem.checked")
            standing = self._begun(request, claim, asked, by)
        return standing, awarder

    def get(self, request: str, *, by: str) -> Redemption:
        """A body's own redemption as it stands; raises `UnknownRecord` for any other."""
        with self._store.transaction() as tx:
            found = tx.find_redemption(request)
        if found is None or found.organisation != by:
            raise UnknownRecord(f"There is no redemption {request}.")
        return found

    def resume(self, begun: datetime | None = None) -> None:
        """Finish every redemption that a crash cut short, forwards or backwards; of those `begun` by then, if given.

        One that cannot go on does not hold up the others; the first such error is raised once all had their turn.
        """
        with self._store.transaction() as tx:
            waiting = [one for one in tx.open_redemptions() if begun is None or one.created <= begun]
        stuck: list[CreditBankError] = []
        for redemption in waiting:
            try:
                with self._store.glancing() as tx:
                    awarder = tx.get_organisation(redemption.organisation)
                self._go_on(redemption, awarder, _Beside(NothingAlongside()))
            except CreditBankError as error:
                with self._store.transaction() as tx:
                    now = tx.find_redemption(redemption.request)
                if now is None or now.state not in FINISHED:
                    stuck.append(error)
        if stuck:
            raise stuck[0]

    def _wanted(self, request: str, claim: Claim, asked: Digest, by: str) -> Redemption:
        uses = tuple(RedeemedUse(spend.lot, spend.amount) for spend in claim.ordered)
        return Redemption(request, by, claim.award, asked, RedemptionState.RESERVED, uses, None, self._clock.now())

    def _begun(self, request: str, claim: Claim, asked: Digest, by: str) -> Redemption:
        """Write the redemption down and reserve, or write its refusal down; of two callers at once one writes."""
        require_own_name(claim.award)
        wanted, told = self._wanted(request, claim, asked, by), replace(claim, asked=digest_text(asked))

        def reserve_by_the_rules(tx: Transaction) -> None:
            require_running(tx, by, redeeming=True)
            lots = tx.get_lots(claim.lots)
            require_consent(tx, _one_account(lots), by, self._clock.now())
            _refuse_second_claim(tx, claim, by)
            tx.add_redemption(wanted)
            take_reservations(tx, by, claim.award, lots, self._clock.now())
            self.reserve_in(tx, told, by, lots=lots)
            reach("redeem.locked")

        try:
            self._reserved(reserve_by_the_rules)
        except FINAL_REFUSALS as refusal:
            return self._refused(wanted, refusal, _Beside(NothingAlongside()))
        except AlreadyRecorded:
            with self._store.transaction() as tx:
                standing = tx.find_redemption(request)
            if standing is None:
                raise RedemptionReused(
                    f"Award {claim.award} uses one of these lots already, by another request."
                ) from None
            return standing
        return wanted

    def _reserved(self, act: Callable[[Transaction], Made]) -> Made:
        for attempt in range(TRIES):
            try:
                with self._store.transaction() as tx:
                    made = act(tx)
                reach("redeem.written")
            except LotChanged:  # it was revoked or changed hands between the look and the act: look again
                if attempt == TRIES - 1:
                    raise
            else:
                return made
        raise AssertionError("the last try returns or raises")

    def _refused(self, wanted: Redemption, refusal: CreditBankError, beside: "_Beside") -> Redemption:
        refused = replace(
            wanted, state=RedemptionState.REFUSED, refusal=kept_refusal(self.precise(refusal, wanted.organisation))
        )
        with self._store.transaction() as tx:
            beside.begin(tx)
            standing = tx.find_redemption(refused.request)
            if standing is None:
                tx.add_redemption(refused)
        return standing or refused

    def _go_on(self, redemption: Redemption, awarder: Organisation, beside: "_Beside") -> Redemption:
        while redemption.state not in FINISHED:
            if redemption.state is RedemptionState.RESERVED:
                redemption = self._count(redemption, awarder, beside)
            else:
                redemption = self._give_back(redemption, awarder)
        if redemption.refusal is not None:
            raise refusal_of(redemption.refusal)
        return redemption

    def _count(self, redemption: Redemption, awarder: Organisation, beside: "_Beside") -> Redemption:
        claim = _claim_of(redemption)
        try:
            sent = self.spend(claim, awarder)
        except ENDINGS as refusal:
            return self._step(replace(redemption, state=RedemptionState.UNDOING, refusal=kept_refusal(refusal)))
        uses = tuple(replace(use, transaction=hash) for use, hash in zip(redemption.uses, sent, strict=True))
        done = replace(redemption, state=RedemptionState.POSTED, uses=uses)
        with self._store.transaction() as tx:
            if posted := tx.update_redemption(done, since=redemption.state):
                self.post_in(tx, claim)
                beside.end(tx, done)
        if posted:
            reach("redeem.committed")
            return done
        standing = self.get(redemption.request, by=redemption.organisation)
        if standing.refusal is not None:  # a faster caller of this request gave back before we spent
            self.undo(claim, awarder, REFUSED)
        return standing

    def _give_back(self, redemption: Redemption, awarder: Organisation) -> Redemption:
        """Once begun, giving back is never turned into a redemption again, whatever becomes free meanwhile."""
        self.undo(_claim_of(redemption), awarder, REFUSED)
        return self._step(replace(redemption, state=RedemptionState.REFUSED), since=RedemptionState.UNDOING)

    def _step(self, to: Redemption, *, since: RedemptionState = RedemptionState.RESERVED) -> Redemption:
        """The redemption after this step, or where another caller of the same request took it meanwhile."""
        with self._store.transaction() as tx:
            moved = tx.update_redemption(to, since=since)
        return to if moved else self.get(to.request, by=to.organisation)

    def precise(self, refusal: CreditBankError, by: str) -> CreditBankError:
        """A refusal that names the award which has the credits, where that is an award of the asker's own."""
        if not isinstance(refusal, CreditsAlreadyRedeemed) or not refusal.lot:
            return refusal
        with self._store.transaction() as tx:
            own = [hold.award for hold in tx.holds_of(refusal.lot) if _made_by(tx, hold.award, by)]
        if not own:
            return refusal
        return CreditsAlreadyRedeemed(
            refusal.credential, own[0], lot=refusal.lot, free=refusal.free, detail=refusal.detail
        )

    def require_admitted(self, organisation: str) -> None:
        """Ask the chain, before anything is reserved, whether it would take a spend from this university now.

        Raises `NotAnAwarder`: credits reserved for a body that may not spend them would be held for ever.
        """
        with self._store.transaction() as tx:
            awarder = awarder_of(tx, organisation)
        self._require_admitted(awarder)

    def _require_admitted(self, awarder: Organisation) -> None:
        if self._lately_admitted(awarder.id) == awarder.account:
            return  # were it withdrawn since, the spend is refused, and all comes free again
        now = self._clock.now()
        admission = reads.awarder_admission(self._chain, awarder.account)
        if admission is None or not admission.admitted:
            raise NotAnAwarder(f"{awarder.name} is not admitted to award on {self._chain.name} now.")
        self._seen_admitted[awarder.id] = awarder.account, now

    def _lately_admitted(self, organisation: str) -> str | None:
        """The account by which this body was seen admitted a moment ago."""
        account, seen = self._seen_admitted.get(organisation, (None, _BEFORE))
        return account if timedelta(0) <= self._clock.now() - seen < REMEMBERED else None

    def reserve_in(
        self, tx: Transaction, claim: Claim, organisation: str, *, lots: Mapping[str, Lot] | None = None
    ) -> None:
        """Reserve everything or nothing, inside a transaction that the caller holds.

        All that counts for a lower award is held for this one, needed or not. Raises `CreditsAlreadyRedeemed` for the
        first lot that lacks what is asked. `lots` are those of the claim, where the caller has just read them.
        """
        now = self._clock.now()
        there = _counted_there(tx, claim) if claim.moves else {}
        for (name, origin), amount in sorted(there.items()):
            if origin in claim.origins:
                request = f"move:{claim.key}:{origin}:{name}"
                lot = tx.get_lot(name)
                tx.post(give_up(lot, amount, request=request, award=claim.award, origin=origin, at=now))
        known = tx.get_lots([spend.lot for spend in claim.free]) if lots is None else lots
        for spend in claim.free:
            require_not_suspended(tx, known[spend.lot].credential)
        self._hold(tx, claim, organisation, known)

    def _hold(self, tx: Transaction, claim: Claim, organisation: str, known: Mapping[str, Lot]) -> None:
        now = self._clock.now()
        uses = {known[spend.lot]: spend.amount for spend in claim.free}
        if uses:  # entries last, since from then on nobody else writes in this account
            self._spending.write_down(tx, claim.key, organisation, claim.award, uses)
            why = f"{ASKED}{claim.asked}" if claim.asked else ""
            tx.post_all(
                [
                    reserve(lot, use, request=f"reserve:{claim.key}:{lot.id}", award=claim.award, at=now, reason=why)
                    for lot, use in uses.items()
                ]
            )

    def spend(self, claim: Claim, awarder: Organisation) -> list[str]:
        """Spend on the chain until final; return the transactions as sent: in the order of lot ids, then what moves.

        Raises `CreditsAlreadyRedeemed` for the first lot that the chain refuses, `NotAnAwarder` for a body that was
        withdrawn there meanwhile; `undo` then gives the rest back.
        """
        transactions = [self._spent(claim, awarder)] * len(claim.free) if claim.free else []
        for position, move in enumerate(claim.moves):  # last, because what moved once is moved back only by us
            with self._store.transaction() as tx:
                require_running(tx, awarder.id, redeeming=True)
            last = position == len(claim.moves) - 1  # blocks below the last one are at least as deep
            name, call = f"move:{claim.key}:{move.origin}:{move.lot}", _move_call(move, move.origin, claim.award)
            try:
                mined = self._sender.settle(name, awarder.id, call, final=last)
            except ChainRefused as refusal:
                with self._store.transaction() as tx:
                    lot = tx.get_lot(move.lot)
                raise self._ending(lot, awarder, refusal) from refusal
            transactions.append(mined.transaction)
        return transactions

    def _spent(self, claim: Claim, awarder: Organisation) -> str:
        """The transaction in which all of a claim was spent; raises as `spend` does."""
        done = self._spending.settle(claim.key, awarder)
        if done is None:  # older code reserved it
            with self._store.transaction() as tx:
                uses = {tx.get_lot(spend.lot): spend.amount for spend in claim.free}
                self._spending.write_down(tx, claim.key, awarder.id, claim.award, uses)
            return self._spent(claim, awarder)
        if done.state is SpendState.SPENT:
            return done.transaction or ""
        if done.state is SpendState.UNADMITTED:
            raise self._unadmitted(awarder)
        with self._store.transaction() as tx:
            lot = tx.get_lot(done.lot or claim.free[0].lot)
        raise self._taken(lot)

    def undo(self, claim: Claim, awarder: Organisation, reason: str) -> None:
        """Give everything back that a claim spent, moved or reserved; safe to repeat until it is done."""
        for move in reversed(claim.moves):
            if self._mined(f"move:{claim.key}:{move.origin}:{move.lot}"):
                back = f"unmove:{claim.key}:{move.origin}:{move.lot}"
                self._sender.settle(back, awarder.id, _move_call(move, claim.award, move.origin))
        ended = self._spending.give_up(claim.key, awarder) if claim.free else None
        together = ended is not None and ended.state is SpendState.SPENT
        for spend in claim.free:
            if together or self._mined(claim.purpose(spend.lot)):
                call = calls.release(_bytes(spend.lot), spend.amount.thousandths, calls.award_id(claim.award))
                self._sender.settle(f"unspend:{claim.key}:{spend.lot}", awarder.id, call)
        now = self._clock.now()
        with self._store.transaction() as tx:
            tx.lock_account(tx.get_lot(claim.spends[0].lot).account)  # a revocation waits, or what it did is seen
            lots = tx.get_lots([spend.lot for spend in claim.free])
            for spend in claim.free:
                name, lot = f"release:{claim.key}:{spend.lot}", lots[spend.lot]
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
        if rests:
            tx.lock_account(tx.get_lot(claim.spends[0].lot).account)  # a revocation waits, or what it did is seen
        for name, rest in sorted(rests.items()):
            if rest:
                request, lot = f"free:{claim.key}:{name}", tx.get_lot(name)
                reason = f"not needed of what {', '.join(claim.origins)} gave up"
                tx.post(release(lot, rest, request=request, award=claim.award, at=now, reason=reason))
        lots = tx.get_lots(claim.lots)
        tx.post_all(
            [
                post(lots[one.lot], one.amount, request=f"post:{claim.key}:{one.lot}", award=claim.award, at=now)
                for one in claim.ordered
            ]
        )

    def _ending(self, lot: Lot, awarder: Organisation, refusal: ChainRefused) -> CreditBankError:
        if refusal.reason == "NotAdmitted":
            return self._unadmitted(awarder)
        return self._taken(lot) if refusal.reason == "NotSpentThere" else refusal

    def _unadmitted(self, awarder: Organisation) -> NotAnAwarder:
        return NotAnAwarder(f"{awarder.name} is no longer admitted to award on {self._chain.name}.")

    def _taken(self, lot: Lot) -> CreditsAlreadyRedeemed:
        use = reads.lot_use(self._chain, _bytes(lot.id))
        free = None if use is None or use.total != lot.amount.credits else use.total - use.spent
        return CreditsAlreadyRedeemed(
            lot.credential, lot=lot.id, free=free, detail="the contract on the chain refused to spend them"
        )


def _counted_there(tx: Transaction, claim: Claim) -> dict[tuple[str, str], Credits]:
    """What counts for which award, once nobody else can change it; raises `CreditsAlreadyRedeemed` where it lacks.

    A lower award that is being taken back gives up nothing: what counts for it comes free.
    """
    account = tx.get_lot(claim.spends[0].lot).account
    tx.lock_account(account)
    there = counted(tx.entries_about(account))
    for move in claim.moves:
        lower = tx.get_award(move.origin)
        begun = any(one.state is ReversalState.BEGUN for one in tx.reversals_of(lower.organisation, lower.id))
        if begun or there.get((move.lot, move.origin), NONE) < move.amount:
            lot = tx.get_lot(move.lot)
            raise CreditsAlreadyRedeemed(
                lot.credential, lot=lot.id, free=lot.available, detail=f"they count no longer for {move.origin}"
            )
    return there


def awarder_of(tx: Transaction, organisation: str) -> Organisation:
    """The university that asks; raises `NotAnAwarder` for anybody else."""
    awarder = tx.get_organisation(organisation)
    if Role.UNIVERSITY not in awarder.roles:
        raise NotAnAwarder(f"{awarder.name} is not admitted as an awarding university.")
    return awarder


def _refuse_second_claim(tx: Transaction, claim: Claim, by: str) -> None:
    """A body's award uses a lot by one request; a second one would count in the ledger and not on the chain.

    Of two redemptions at once the database lets one be written. What an award made here uses was written down with its
    intent. Whatever else holds the lot under this name was redeemed before redemptions had rows, by whom nobody knows.
    """
    made = tx.find_award(claim.award)
    live = made is not None and made.state not in (AwardState.REFUSED, AwardState.REVERSED)
    uses = dict(made.uses) if made is not None and live else {}
    there = {hold.lot: hold.reserved + hold.redeemed for hold in tx.held_for(claim.award)}
    for spend in claim.ordered:
        held = [there[spend.lot]] if spend.lot in there else []
        mine = made is not None and made.organisation == by and spend.lot in uses
        if mine or (held and held[0] > _known_to_use(tx, claim.award, spend.lot, uses.get(spend.lot, NONE))):
            raise RedemptionReused(f"Award {claim.award} uses lot {spend.lot} already, by another request.")


def _known_to_use(tx: Transaction, award: str, lot: str, made: Credits) -> Credits:
    """How much of a lot awards of this name use, whosever they are, as far as rows say by which request."""
    redeemed = [use.amount for one in tx.redemptions_for(award) if one.counts for use in one.uses if use.lot == lot]
    reserved = [held.amount for held in tx.held_reservations(award, [lot])]
    return sum([*redeemed, *reserved], start=made)


def _bundle(uses: Sequence[Spend]) -> tuple[Spend, ...]:
    """Raise `UnusableBundle` for no use, too many, a lot named twice (threat 36), or an amount of nothing."""
    if not 0 < len(uses) <= MOST_USES:
        raise UnusableBundle(f"A redemption uses from one to {MOST_USES} lots, not {len(uses)}.")
    if len({use.lot for use in uses}) < len(uses):
        raise UnusableBundle("A redemption names each lot once.", next_step="Add up what it uses of one lot.")
    for use in uses:
        if not use.amount:
            raise EmptyEntry(f"To redeem nothing of lot {use.lot} is no redemption.", next_step="Name an amount.")
    return tuple(uses)


def _asked(claim: Claim, by: str) -> Digest:
    """What a request id stands for; of one lot in the words of before there were several."""
    if len(claim.spends) == 1:
        (only,) = claim.spends
        return json_digest({"lot": only.lot, "amount": str(only.amount), "award": claim.award, "by": by})
    uses: list[Json] = [{"lot": one.lot, "amount": str(one.amount)} for one in claim.ordered]
    return json_digest({"uses": uses, "award": claim.award, "by": by})


def asked_of(redemption: Redemption) -> Digest:
    """What its request stands for, worked out from what is kept of it."""
    return _asked(_claim_of(redemption), redemption.organisation)


def _one_account(lots: Mapping[str, Lot]) -> str:
    """The account in which all of these lots are."""
    account, *others = {lot.account for lot in lots.values()}
    if others:
        raise UnusableBundle("An award counts the credits of one learner.", next_step="Redeem for each alone.")
    return account


def _claim_of(redemption: Redemption) -> Claim:
    spends = tuple(Spend(use.lot, use.amount) for use in redemption.uses)
    return Claim(f"redeem:{redemption.request}", redemption.award, spends)


def _made_by(tx: Transaction, award: str, organisation: str) -> bool:
    """Whether an award of this name, made here or elsewhere, is this body's."""
    made = tx.find_award(award)
    bodies = {one.organisation for one in tx.redemptions_for(award)} | ({made.organisation} if made else set())
    return organisation in bodies


def kept_refusal(refusal: CreditBankError) -> JsonObject:
    """A refusal in a form that keeps."""
    kept: JsonObject = {"slug": refusal.slug, "sentence": refusal.sentence, "nextStep": refusal.next_step}
    if isinstance(refusal, CreditsAlreadyRedeemed):
        kept |= {"credential": refusal.credential, "award": refusal.award, "lot": refusal.lot}
        kept |= {"detail": refusal.detail, "free": None if refusal.free is None else str(refusal.free)}
    return kept


def refusal_of(kept: JsonObject) -> CreditBankError:
    """The refusal that was kept, word for word."""
    if kept["slug"] == CreditsAlreadyRedeemed.slug:
        free = None if kept["free"] is None else Credits.parse(str(kept["free"]))
        texts = {name: str(kept[name]) for name in ("credential", "award", "lot", "detail")}
        return CreditsAlreadyRedeemed(
            texts["credential"], texts["award"], lot=texts["lot"], free=free, detail=texts["detail"]
        )
    kinds: dict[str, type[CreditBankError]] = {kind.slug: kind for kind in (*FINAL_REFUSALS, *ENDINGS)}
    return kinds[str(kept["slug"])](str(kept["sentence"]), next_step=str(kept["nextStep"]))


def _first_answer(request: str, claim: Claim, by: str, asked: Digest, first: Digest, answer: bytes) -> Redemption:
    """The answer that was given before redemptions had rows of their own."""
    if first != asked:
        raise RedemptionReused(f"The id {request} was used before for another redemption.")
    document = load_object(answer)
    if "refused" in document:
        raise CreditsAlreadyRedeemed(str(document["refused"]), detail="this request was refused before")
    (spend,) = claim.spends
    use = RedeemedUse(spend.lot, spend.amount, str(document["transaction"]))
    return Redemption(request, by, claim.award, asked, RedemptionState.POSTED, (use,), None, _BEFORE)


def _given_up(tx: Transaction, claim: Claim) -> list[Move]:
    """All that was held for this claim of what counted for lower awards, as the ledger has it, in the order of lots."""
    if not claim.moves:
        return []
    account = tx.get_lot(claim.moves[0].lot).account
    return sorted(
        (
            Move(entry.lot, entry.amount, entry.origin)
            for entry in tx.entries_about(account)
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
