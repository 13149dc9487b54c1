"""Corrections: a credential issued anew takes the place of the one before, and both are one lot (threat 39).

Nothing issued is edited. The correction names, signed, whom it supersedes and which credential was issued first; the
one before is revoked in the same transaction in which the correction is kept, so that there is always exactly one.
A credential is corrected once; whoever corrects again corrects the correction.
"""

from typing import Any, Final

from creditbank.credential import UnitFacts, unit_facts
from creditbank.errors import BadInput, Conflict, Refused
from creditbank.ledger import Lot, lot_id
from creditbank.services.ports import Transaction
from creditbank.services.records import IssuedCredential, IssueState

AWARD: Final = "award:"
REISSUE: Final = "reissue:"
OWN: Final = "own:"
"""How the request of a credential begins that its provider signs itself: the bank signs none of them."""
TRANSCRIPT: Final = "transcript:"
"""How the request of a transcript begins: it is no unit, and opens no lot."""
RESERVED: Final = (AWARD, OWN, REISSUE, TRANSCRIPT)
"""How the bank's own requests begin; nobody else's may."""


class RequestReserved(BadInput):
    """Request ids that begin like this are the bank's own."""

    slug = "request-reserved"


class CreditsInUse(Conflict):
    """Credits of this credential are reserved or count towards an award, which rests on its text."""

    slug = "credits-in-use"


class CorrectionChangesCredits(Refused):
    """A correction keeps the amount: others may have been told it already."""

    slug = "correction-changes-credits"


class CorrectionOfSuspended(Conflict):
    """A suspended credential is not corrected: its correction would not be suspended."""

    slug = "correction-of-suspended"


class CorrectionUnderWay(Conflict):
    """A correction of this credential was begun and is not finished."""

    slug = "correction-under-way"


def correction_request(credential: str) -> str:
    """The request under which the correction of a credential is issued: there is one."""
    return f"{REISSUE}{credential}"


def corrects(request: str) -> str:
    """The credential that a request corrects; empty for a request that corrects none."""
    return request.removeprefix(REISSUE) if request.startswith(REISSUE) else ""


def check_request(request: str) -> None:
    """Raise `RequestReserved` for a request id that poses as one of the bank's own."""
    if request.startswith(RESERVED):
        raise RequestReserved(
            f"A request id does not begin with {request.partition(':')[0]}:.", next_step="Choose another request id."
        )


def standing_id(tx: Transaction, credential: str) -> str:
    """The credential that stands in the place of this one today: its newest correction, or itself."""
    while (intent := tx.find_intent(correction_request(credential))) and intent.state is IssueState.ISSUED:
        credential = intent.credential
    return credential


def first_issue_of(tx: Transaction, credential: str) -> str:
    """The credential of which this one is a correction, in the end; itself where it corrects none."""
    while (intent := tx.find_intent_for(credential)) and (before := corrects(intent.request)):
        credential = before
    return credential


def standing_credential(tx: Transaction, lot: Lot) -> IssuedCredential:
    """The credential by which a lot is shown and counted today."""
    return tx.get_credential(standing_id(tx, lot.credential))


def facts_of(issued: IssuedCredential) -> UnitFacts:
    """What a credential says of a unit; raises `NotAUnit` for an award."""
    return unit_facts(issued.document)


def lot_of(tx: Transaction, facts: UnitFacts) -> Lot:
    """The lot of a credential and of every correction of it."""
    return tx.get_lot("0x" + lot_id(facts.issuer, facts.first_issue).hex())


def find_lot_of(tx: Transaction, facts: UnitFacts) -> Lot | None:
    """The same, or None: before its learner accepts what was offered, an issue has no lot."""
    return tx.find_lot("0x" + lot_id(facts.issuer, facts.first_issue).hex())


def plain_result(issued: IssuedCredential) -> str | None:
    """The result on no scale that a credential states, or None."""
    document: Any = issued.document
    for one in document["credentialSubject"].get("result", []):
        if "resultDescription" not in one:
            return str(one["value"])
    return None


def require_reinstated(tx: Transaction, credential: str) -> None:
    """Raise `CorrectionOfSuspended` while a credential is suspended."""
    history = tx.suspensions_of(credential)
    if history and history[-1].suspended:
        raise CorrectionOfSuspended(
            f"{credential} is suspended, and a correction would not be.",
            next_step="Reinstate it first, or revoke it for good.",
        )


def require_unused(lot: Lot | None) -> None:
    """Raise `CreditsInUse` where an award rests, or is about to rest, on the text that would be corrected."""
    if lot is not None and (lot.reserved or lot.redeemed):
        raise CreditsInUse(
            f"Credits of {lot.first_issue} are in use, and what uses them rests on the credential as it is.",
            next_step="Take the award back first, or leave the credential as it is.",
        )
