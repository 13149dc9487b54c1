"""Depositing: the holder of a credential brings it, and its credit enters the account once.

Whoever brings it shows that they hold it: by a presentation that the credential's own subject signed for this bank and
this occasion, or because the bank itself keeps the subject's key for the account. What it says is believed only where
the bank's verifier accepts it under the bank's policy for deposits. One (issuer, first issue) is one lot, in whatever
format, inside whatever document, in whosever account and however often it is brought (threat 39).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from creditbank.anchoring import Receipt
from creditbank.canonical import canonical_json
from creditbank.credential import (
    CredentialView,
    NotAUnit,
    UnitFacts,
    presented_credentials,
    read_credential,
    unit_facts,
)
from creditbank.errors import CreditBankError, Refused
from creditbank.ledger import LotAlreadyOpen, NothingReserved, lot_id, release
from creditbank.services.accepting import OfferDeclined, OfferOpen
from creditbank.services.correcting import find_lot_of
from creditbank.services.counted import (
    UNKNOWN,
    Held,
    Said,
    counted_elsewhere,
    counted_since,
    hold_elsewhere,
    only_said,
)
from creditbank.services.crediting import open_lot
from creditbank.services.delivering import CredentialIdTaken, StatusNotKept
from creditbank.services.holder_records import Deposited, DidOrigin, HolderChallenge, Occasion, OfferState
from creditbank.services.holding import Holding, dids_of, require_account
from creditbank.services.issuing import RequestReused
from creditbank.services.ports import AlreadyRecorded, Chain, Clock, Store, Transaction
from creditbank.services.records import IssuedCredential, StoredReceipt
from creditbank.services.verifying import Verifying, is_presentation
from creditbank.signing import CredentialToken, proofs_of
from creditbank.verification import Outcome, Policy, Report, Secured, Verdict, read_secured
from creditbank.verification.nested import inside

PROVEN: Final = ("presentation.readable", "presentation.signature", "presentation.audience", "presentation.holder")
MOST: Final = 256


class HoldingNotProven(Refused):
    """Nothing shows that whoever brings this credential is the one it was issued to."""

    slug = "holding-not-proven"


class DepositRefused(Refused):
    """The bank's verifier does not accept the credential under the policy for deposits."""

    slug = "deposit-refused"

    def __init__(self, credential: str, sentence: str, *, policy: str) -> None:
        super().__init__(
            f"{credential[:120]} is not accepted under the policy {policy!r}. {sentence}",
            next_step="Verify it by itself to see every check; bring its receipt along where it has one.",
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one credential that was brought: its lot, or why it was not taken.

    `held` is what of the lot is not free, because awards elsewhere have it or nobody can say.
    """

    credential: str
    title: str
    lot: str | None
    refusal: CreditBankError | None = None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class _Brought:
    """One unit's credential that was brought, with what the verifier says of it."""

    secured: Secured
    report: Report
    view: CredentialView
    facts: UnitFacts

    @property
    def lot(self) -> str:
        """The name of its lot, in every bank."""
        return "0x" + lot_id(self.facts.issuer, self.facts.first_issue).hex()


class Depositing:
    """Takes in what learners bring."""

    def __init__(
        self,
        store: Store,
        verifying: Verifying,
        holding: Holding,
        chain: Chain,
        clock: Clock,
        base_url: str,
        policy: Policy,
    ) -> None:
        self._store, self._verifying, self._holding, self._chain = store, verifying, holding, chain
        self._clock, self._base_url, self._policy = clock, base_url, policy

    @property
    def domain(self) -> str:
        """For whom a presentation is signed that deposits something here."""
        return self._base_url

    def challenge(self, learner: str) -> HolderChallenge:
        """What a presentation has to be signed for, once; raises `UnknownRecord`."""
        return self._holding.challenge(learner, Occasion.DEPOSIT)

    def deposit(
        self,
        request: str,
        *,
        learner: str,
        signed: bytes,
        receipts: Sequence[Receipt] = (),
        claims: Mapping[str, bytes] | None = None,
        said: Said | None = None,
    ) -> tuple[Taken, ...]:
        """Take in the units of a presentation, or of a credential whose subject's key the bank keeps for the account.

        `claims` came along: documents that count as far as signatures bear them out. `said` is what an archive says of
        its lots: what awards elsewhere have of one is not free here, and the chain is asked as well. Each unit is taken
        by itself; where none can be, the first refusal is raised. The same request again gives what
        was taken. Raises `HoldingNotProven`, `DidOfAnother`, `NotAUnit` where there is no unit with an amount of credit
        in it, `DepositRefused`, `StatusNotKept`, `LotAlreadyOpen`, `OfferOpen` and `OfferDeclined`,
        `CredentialIdTaken`, `RequestReused`, and what reading raises.
        """
        secured = read_secured(signed)
        proof = secured.digest
        with self._store.transaction() as tx:
            tx.get_learner(learner)
            require_account(tx, learner)
            if standing := tx.deposited_under(request):
                if {one.learner for one in standing} != {learner} or proof not in (
                    standing[0].proof,
                    standing[0].digest,
                ):
                    raise RequestReused(f"The request id {request} was used before for another deposit.")
                return tuple(_taken(tx, one) for one in standing)
        if is_presentation(secured.document):
            return self._presented(request, learner, secured, receipts, claims, said)
        (report,) = self._verifying.verify([secured], receipts=receipts, claims=claims, policy=self._policy)
        brought = _units(secured, report)
        elsewhere = self._elsewhere(brought, said)
        with self._store.transaction() as tx:
            own = {one.did for one in dids_of(tx, learner)}
            for one in brought:
                kept = one.facts.subject in own and self._holding.key_of(tx, learner, one.facts.subject) is not None
                if not kept:
                    raise HoldingNotProven(
                        f"{one.facts.credential[:120]} was issued to an identifier whose key the bank does not keep for"
                        " this account.",
                        next_step="Ask for a challenge, and bring a presentation that the holder's key signed for it.",
                    )
            return self._take_all(tx, request, learner, brought, elsewhere, receipts, None)

    def _presented(
        self,
        request: str,
        learner: str,
        secured: Secured,
        receipts: Sequence[Receipt],
        claims: Mapping[str, bytes] | None,
        said: Said | None,
    ) -> tuple[Taken, ...]:
        nonce = _challenge_in(secured)
        (report,) = self._verifying.verify(
            [secured], receipts=receipts, claims=claims, policy=self._policy, challenge=nonce, domain=self.domain
        )
        lacking = [one for one in report.checks if one.name in PROVEN and one.outcome is not Outcome.PASSED]
        if lacking or not nonce:
            raise _unproven(lacking[0].sentence if lacking else "The presentation was signed for no challenge.")
        shown = [read_secured(one) for one in presented_credentials(secured.document)]
        brought = [unit for one, part in zip(shown, report.parts, strict=True) for unit in _found(one, part)]
        if not brought:
            unit_facts(shown[0].document)  # says what is wrong with it as a unit
        holder, elsewhere = report.issuer, self._elsewhere(brought, said)
        with self._store.transaction() as tx:
            if not tx.use_holder_challenge(nonce, learner, Occasion.DEPOSIT, self._clock.now()):
                raise _unproven("Its challenge was used, has expired, or was not given to this account.")
            if stranger := next((one for one in brought if one.facts.subject != holder), None):
                raise _unproven(f"{stranger.facts.credential[:120]} was issued to somebody else.")
            signed = secured.token.encode() if secured.token else _spelt(secured)
            self._holding.bind(tx, learner, holder, DidOrigin.PRESENTED, signed)
            return self._take_all(tx, request, learner, brought, elsewhere, receipts, secured)

    def _elsewhere(self, brought: Sequence[_Brought], said: Said | None) -> dict[str, tuple[Held, ...]]:
        """What awards elsewhere have of each lot; the chain is asked before a transaction begins."""
        accepted = [one for one in brought[:MOST] if one.report.verdict is Verdict.ACCEPTED]
        return {one.lot: counted_elsewhere(self._chain, one.lot, one.facts.credits.credits, said) for one in accepted}

    def ask_again(self) -> int:
        """Ask the chain about lots that it said nothing about when they were brought; how many are clear now."""
        with self._store.transaction() as tx:
            waiting = [(tx.get_lot(hold.lot), hold.reserved) for hold in tx.held_for(UNKNOWN) if hold.reserved]
        clear = 0
        for lot, amount in waiting:
            found = counted_elsewhere(self._chain, lot.id, lot.amount.credits, None)
            if any(not one.settled for one in found):
                return clear  # it is still silent, and would be for every other lot
            with suppress(NothingReserved, AlreadyRecorded), self._store.transaction() as tx:
                name, now = f"asked-again:{lot.id}", self._clock.now()
                tx.post(
                    release(
                        tx.get_lot(lot.id), amount, request=name, award=UNKNOWN, at=now, reason="the chain answered"
                    )
                )
                if not lot.revoked:
                    beyond = counted_since(found, only_said(tx, lot.id))
                    hold_elsewhere(tx, tx.get_lot(lot.id), beyond, now, request=name)
                clear += 1
        return clear

    def _take_all(
        self,
        tx: Transaction,
        request: str,
        learner: str,
        brought: Sequence[_Brought],
        elsewhere: Mapping[str, tuple[Held, ...]],
        receipts: Sequence[Receipt],
        presentation: Secured | None,
    ) -> tuple[Taken, ...]:
        tx.hold_learners(learner)  # who merges this account away waits for us, or we for them
        require_account(tx, learner)
        taken: dict[tuple[str, str], Taken] = {}
        for one in brought[:MOST]:
            lot = (one.facts.issuer, one.facts.first_issue)
            if lot in taken:  # the same issue once more, in another format or place
                continue
            facts = one.facts
            try:
                made = self._take(tx, request, learner, one, elsewhere.get(one.lot, ()), presentation)
            except AlreadyRecorded:  # nothing of it is half kept: the whole deposit falls
                raise
            except CreditBankError as refusal:
                taken[lot] = Taken(facts.credential, facts.title, None, refusal)
                continue
            taken[lot] = Taken(facts.credential, facts.title, made, held=elsewhere.get(one.lot, ()))
            for receipt in receipts:
                if receipt.digest == one.secured.digest and tx.find_receipt(facts.credential) is None:
                    tx.put_receipt(StoredReceipt(facts.credential, receipt.to_json(), final=receipt.final))
        found = tuple(taken.values())
        refused = [one.refusal for one in found if one.refusal is not None]
        if len(refused) == len(found) and refused:
            raise refused[0]
        return found

    def _take(
        self,
        tx: Transaction,
        request: str,
        learner: str,
        one: _Brought,
        held: Sequence[Held],
        presentation: Secured | None,
    ) -> str:
        """Open the lot of one credential, or raise why not; what is raised leaves nothing behind."""
        facts, now = one.facts, self._clock.now()
        if one.report.verdict is not Verdict.ACCEPTED:
            raise DepositRefused(facts.credential, one.report.first_reason, policy=self._policy.name)
        self._require_free(tx, facts)
        if any(entry.list_id.startswith(f"{self._base_url}/") for entry in one.view.status):
            raise StatusNotKept(
                f"{facts.credential[:120]} names a place in a status list of this bank that was not given to it.",
                place="/credentialStatus",
                next_step="Ask its issuer for a credential with a status list of its own.",
            )
        body = tx.find_organisation_by_did(facts.issuer)
        entry = next(iter(one.view.status), None)
        kept = Deposited(
            facts.credential,
            request,
            learner,
            "" if body is None else body.id,
            facts.issuer,
            _name(one.secured) if body is None else body.name,
            facts.subject,
            one.secured.token.encode() if one.secured.token else _spelt(one.secured),
            one.secured.digest,
            now,
            "" if entry is None else entry.list_id,
            0 if entry is None or entry.index is None else entry.index,
            None if presentation is None else presentation.digest,
        )
        issued = IssuedCredential(
            kept.id, kept.organisation, learner, kept.signed, kept.digest, now, kept.status_list, kept.status_index
        )
        lot = open_lot(tx, issued, facts, now, reason="brought by its holder")
        hold_elsewhere(tx, lot, held, now, request=f"deposit:{issued.id}")
        tx.add_deposited(kept)
        return lot.id

    def _require_free(self, tx: Transaction, facts: UnitFacts) -> None:
        known, offer = tx.find_credential(facts.credential), tx.last_offer(facts.credential)
        if find_lot_of(tx, facts) is not None:
            raise LotAlreadyOpen(
                f"The credits of {facts.first_issue[:120]} were deposited before.",
                next_step="One issue is one lot, however often and in whatever format it is brought.",
            )
        if offer is not None and offer.state is OfferState.OFFERED:
            raise OfferOpen(f"{facts.credential} is offered by its provider.", next_step="Accept the offer.")
        if offer is not None and offer.state is OfferState.DECLINED:
            raise OfferDeclined(
                f"{facts.credential} was declined, and that is final.", next_step="Ask the provider to offer it anew."
            )
        others = (tx.find_award(facts.credential), tx.find_endorsement(facts.credential), tx.leaf_of(facts.credential))
        if known is not None or any(one is not None for one in others):
            raise CredentialIdTaken(
                f"The id {facts.credential[:120]} stands for something else here.",
                place="/id",
                next_step="Ask its issuer; every credential has an id of its own.",
            )


def _units(secured: Secured, report: Report) -> list[_Brought]:
    """The units in a document; raises `NotAUnit` where there is none."""
    found = list(_found(secured, report))
    if not found:
        unit_facts(secured.document)
        raise NotAUnit("There is no unit in this document.")
    return found


def _found(secured: Secured, report: Report) -> Iterator[_Brought]:
    """The unit that a document is, or the units inside it, each with its own report."""
    try:
        facts = unit_facts(secured.document)
    except NotAUnit:
        readable = [one.secured for one in inside(secured.document) if one.secured is not None]
        for below, part in zip(readable, report.parts, strict=False):
            yield from _found(below, part)
        return
    yield _Brought(secured, report, read_credential(secured.document), facts)


def _challenge_in(secured: Secured) -> str:
    """The challenge for which a presentation says that it was signed."""
    if secured.token is not None:
        return CredentialToken.read(secured.token).nonce or ""
    try:
        stated = {proof.get("challenge") for proof in proofs_of(secured.document)}
    except CreditBankError:
        return ""
    found = stated.pop() if len(stated) == 1 else None
    return found if isinstance(found, str) else ""


def _taken(tx: Transaction, one: Deposited) -> Taken:
    facts = unit_facts(read_secured(one.signed).document)
    lot = find_lot_of(tx, facts)
    return Taken(one.id, facts.title, None if lot is None else lot.id)


def _name(secured: Secured) -> str:
    issuer = secured.document.get("issuer")
    name = issuer.get("name") if isinstance(issuer, dict) else None
    return name[:400] if isinstance(name, str) else ""


def _spelt(secured: Secured) -> bytes:
    return canonical_json(secured.document)


def _unproven(sentence: str) -> HoldingNotProven:
    return HoldingNotProven(
        sentence, next_step="Ask for a new challenge, and sign a presentation for it and for this bank."
    )
