"""Where the credit of a new credential goes: into a lot at once, or into an offer that the learner accepts first.

This is the one place that decides it, whoever issued the credential and how.
"""

from dataclasses import replace
from datetime import datetime

from creditbank.canonical import JsonObject
from creditbank.credential import UnitFacts, read_credential
from creditbank.ledger import Entry, Lot, deposit
from creditbank.services.holder_records import Offer, OfferState
from creditbank.services.ledger_records import Notice
from creditbank.services.noticing import to_learner
from creditbank.services.ports import Entropy, Transaction
from creditbank.services.records import Accepts, IssuedCredential


def end_of(document: JsonObject) -> datetime | None:
    """When a credential says that it ends, and its credits with it; None for one that lasts."""
    return read_credential(document).valid_until if document.get("validUntil") is not None else None


def open_lot(tx: Transaction, issued: IssuedCredential, facts: UnitFacts, at: datetime, *, reason: str = "") -> Lot:
    """Deposit the credit of a credential in its learner's account; raises `LotAlreadyOpen` (threat 39).

    The lot ends when the credential does. A correction shares the lot of the first issue, and so its end.
    """
    lot, entry = deposited(issued, facts, at, issued.document, reason=reason)
    tx.open_lot(lot, entry)
    return lot


def deposited(
    issued: IssuedCredential, facts: UnitFacts, at: datetime, said: JsonObject, *, reason: str = ""
) -> tuple[Lot, Entry]:
    """The lot of a credential that says this, with the entry that opens it in its learner's account."""
    lot = Lot.of(
        account=issued.learner,
        credential=issued.id,
        issuer=facts.issuer,
        first_issue=facts.first_issue,
        amount=facts.credits,
        opened=at,
        expires=end_of(said),
    )
    return lot, deposit(lot, request=f"deposit:{issued.id}", at=at, reason=reason)


def credit(
    tx: Transaction,
    issued: IssuedCredential,
    facts: UnitFacts,
    entropy: Entropy,
    *,
    accepts: Accepts | None = None,
) -> None:
    """Open the lot of a credential just issued, or offer it where the learner wants to be asked.

    What was begun for an account that was merged into another meanwhile is that one's; a caller who says how the
    learner `accepts` has seen in this transaction that it was not.
    """
    if accepts is None:
        if (merger := tx.find_merger(issued.learner)) is not None:
            tx.hand_over(merger.source, merger.target)
            issued = replace(issued, learner=merger.target)
        accepts = tx.get_learner(issued.learner).accepts
    if accepts is Accepts.ASK:
        offer = first_offer(issued, entropy)
        tx.add_offer(offer)
        tell_offered(tx, offer, entropy)
    else:
        open_lot(tx, issued, facts, issued.issued)


def first_offer(issued: IssuedCredential, entropy: Entropy) -> Offer:
    """The first offer of a credential."""
    return Offer(entropy.urn(), issued.id, 1, issued.organisation, issued.learner, OfferState.OFFERED, at=issued.issued)


def tell_offered(tx: Transaction, offer: Offer, entropy: Entropy) -> None:
    """Tell the learner of an offer, in the transaction in which it is made."""
    document: JsonObject = {"offer": offer.id, "credential": offer.credential, "organisation": offer.organisation}
    tx.add_notice(Notice(entropy.urn(), to_learner(offer.learner), "credential-offered", document, offer.at))


def lapse(tx: Transaction, credential: str, *, at: datetime, why: str) -> bool:
    """Close the open offer of a credential that its issuer takes back; whether there was one."""
    last = tx.last_offer(credential)
    return last is not None and tx.decide_offer(last.id, OfferState.LAPSED, at, why=why)


def inherit(tx: Transaction, before: str, issued: IssuedCredential, entropy: Entropy) -> None:
    """Let a correction stand where the credential before it stood: accepted, open, or declined (threat 39).

    What was accepted has its lot, which the correction shares. What is open is offered in the corrected text; what was
    declined stays declined, until the provider offers the correction.
    """
    if lapse(tx, before, at=issued.issued, why=f"superseded by {issued.id}"):
        offer = first_offer(issued, entropy)
        tx.add_offer(offer)
        tell_offered(tx, offer, entropy)
        return
    last = tx.last_offer(before)
    if last is not None and last.state is OfferState.DECLINED:
        tx.add_offer(
            Offer(
                entropy.urn(),
                issued.id,
                1,
                issued.organisation,
                issued.learner,
                OfferState.DECLINED,
                at=issued.issued,
                decided=last.decided,
                why=last.why,
            )
        )
