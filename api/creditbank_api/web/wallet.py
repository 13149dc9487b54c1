"""Binding one's own wallet as pages: say which key, sign what the page shows, and the account goes by it.

Step one names the did:key of the wallet. Step two shows the statement that it signs, as text, and as a QR code for one
that scans. Where the bank keeps the key before, it signs as well; else the wallet before does, or nobody, and then each
provider confirms the new identifier first.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.holder_records import Occasion
from creditbank.signing import base64url_decode
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web.drawing import qr_code
from creditbank_api.web.owners import act_or_say, learner_rooms, own_learner
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
LONGEST_DID = 200


@dataclass(frozen=True, slots=True)
class Statement:
    """What the wallet signs: the text, whose key, and the challenge that is good once."""

    did: str
    challenge: str
    text: str
    qr: Markup


@router.get("/learners/{id}/identity/wallet")
def wallet(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Which key the account shall go by."""
    signed, learner = own_learner(id, visitor)
    return _page(request, bank, signed, learner)


def _page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    problem: CreditBankError | None = None,
    field: str = "",
    given: dict[str, str] | None = None,
    statement: Statement | None = None,
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        did = tx.get_learner(learner).did
    today = next(one for one in bank.holding.identities(learner) if one.did.did == did)
    values = {
        "at": f"/learners/{short(learner)}",
        "rooms": learner_rooms(bank, learner, "/identity"),
        "today": did,
        "held": today.held,
        "fresh": visitor.fresh,
        "field": field,
        "given": {"did": "", "signature": "", "before": ""} | (given or {}),
        "statement": statement,
    }
    return form_page(request, visitor, "wallet.html", values, problem=problem, here="account")


def _statement(bank: Bank, learner: str, did: str, challenge: str) -> Statement:
    text = bank.holding.statement(learner, did, challenge).decode()
    return Statement(did, challenge, text, qr_code(text, "The statement to sign"))


@router.post("/learners/{id}/identity/wallet/statement")
async def statement(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Show what the wallet signs."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        did = given["did"].strip()[:LONGEST_DID]
        bank.holding.statement(learner, did, "")  # a DID of another kind is refused before a challenge is spent on it
        challenge = bank.holding.challenge(learner, Occasion.BIND).nonce
        shown = _statement(bank, learner, did, challenge)
        return _page(request, bank, signed, learner, given=given, statement=shown)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _page(request, bank, signed, learner, problem, "did", given)

    return await act_or_say(request, signed, ("did",), act, say)


@router.post("/learners/{id}/identity/wallet")
async def bind(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Let the account go by the wallet's key, for which its signature speaks."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        before = given["before"].strip()
        bank.holding.rebind(
            learner,
            did=given["did"],
            nonce=given["challenge"],
            signature=base64url_decode(given["signature"].strip()),
            signature_before=base64url_decode(before) if before else None,
            actor=signed.caller.actor,
        )
        return RedirectResponse(f"/learners/{short(learner)}/identity#keys", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        shown = _statement(bank, learner, given["did"], given["challenge"][:LONGEST_DID])
        return _page(request, bank, signed, learner, problem, "signature", given, shown)

    return await act_or_say(request, signed, ("did", "challenge", "signature", "before"), act, say)
