"""A learner's own acts as pages: offers, numbers at providers, what they bring, and their keys.

Each form works without JavaScript, changes one thing, and leads back to where it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.canonical import sha256
from creditbank.errors import CreditBankError
from creditbank.services.depositing import Taken
from creditbank.services.holder_records import HolderChallenge, OfferState
from creditbank.services.holding import Identity
from creditbank.services.records import Accepts
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource, NotSignedIn
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import session
from creditbank_api.web.forms import own_form
from creditbank_api.web.owners import learner_rooms
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page, told
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
JWE_TYPE = "application/jose"
OFFERS = {
    OfferState.OFFERED: Sign("half", "Offered", "open"),
    OfferState.ACCEPTED: Sign("tick", "Accepted", "good"),
    OfferState.DECLINED: Sign("cross", "Declined", "none"),
    OfferState.LAPSED: Sign("dash", "Taken back", "none"),
}
ORIGINS = {
    "made": "made by this bank",
    "presented": "shown by a presentation of yours",
    "brought": "brought, and the key before signed for it",
    "recovered": "brought, without the key before",
    "merged": "from another account of yours",
}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer as it is listed; `open` ones have a form."""

    id: str
    title: str
    provider: str
    credits: str
    earned: date
    sign: Sign
    open: bool
    why: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number under which a provider knows the learner."""

    id: str
    provider: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class IdentityPage:
    """Everything on the page of a learner's identity; `brought` and `challenge` where something was just asked for."""

    name: str
    href: str
    asks: bool
    numbers: tuple[NumberRow, ...]
    identities: tuple[Identity, ...]
    challenge: HolderChallenge | None
    domain: str
    brought: tuple[Taken, ...] = ()


def offer_rows(bank: Bank, learner: str) -> tuple[OfferRow, ...]:
    """The offers made to a learner, newest first."""
    rows = []
    for offer, facts in bank.accepting.offers(learner, limit=200):
        with bank.store.transaction() as tx:
            provider = tx.get_organisation(offer.organisation).name
        rows.append(
            OfferRow(
                short(offer.id),
                facts.title,
                provider,
                f"{facts.credits.credits} {facts.credits.system}",
                facts.earned,
                OFFERS[offer.state],
                offer.state is OfferState.OFFERED,
                offer.why,
            )
        )
    return tuple(rows)


def _mine(id: str, visitor: Visitor | None) -> tuple[Visitor, str]:
    """The learner whose page it is, if they are the one who asks; nobody acts in another's place."""
    if visitor is None:
        raise NotSignedIn("This page opens for the person it is about.", next_step="Sign in, then open it again.")
    learner = str(urn(id))
    if not visitor.caller.is_learner or visitor.caller.subject != learner:
        raise NoSuchResource
    return visitor, learner


@router.get("/learners/{id}/identity")
def identity(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Numbers, identifiers and keys of a learner, and how credentials come in."""
    signed, learner = _mine(id, visitor)
    return _identity(request, bank, signed, learner)


def _identity(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    *,
    problem: CreditBankError | None = None,
    field: str = "",
    challenge: HolderChallenge | None = None,
    brought: tuple[Taken, ...] = (),
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        person = tx.get_learner(learner)
        known = [(one, tx.get_organisation(one.organisation).name) for one in tx.enrolments_of(learner)]
    shown = IdentityPage(
        name=person.name,
        href=f"/learners/{short(learner)}",
        asks=person.accepts is Accepts.ASK,
        numbers=tuple(NumberRow(short(one.id), provider, one.number, one.name) for one, provider in known),
        identities=bank.holding.identities(learner),
        challenge=challenge,
        domain=bank.depositing.domain,
        brought=brought,
    )
    rooms = learner_rooms(bank, learner, "/identity")
    values = {"page": shown, "field": field, "origins": ORIGINS, "rooms": rooms}
    return form_page(request, visitor, "identity.html", values, problem=problem, here="account")


async def _act(
    request: Request,
    bank: Bank,
    visitor: Visitor | None,
    id: str,
    names: tuple[str, ...],
    act: Callable[[Visitor, str, dict[str, str]], Response],
    *,
    field: str = "",
) -> Response:
    """Read a form of the learner's own page and act; what a rule refuses is said on that page."""
    signed, learner = _mine(id, visitor)
    given = await own_form(request, signed, *names)

    def done() -> Response:
        try:
            with hidden():
                return act(signed, learner, given)
        except NoSuchResource:
            raise
        except CreditBankError as problem:
            return _identity(request, bank, signed, learner, problem=told(problem), field=field)

    return await run_in_threadpool(done)


def _back(learner: str, part: str = "") -> RedirectResponse:
    return RedirectResponse(f"/learners/{short(learner)}{part}", 303)


@router.post("/learners/{id}/offers/{offer}/accept")
async def accept(request: Request, id: str, offer: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Accept an offer."""

    def act(_: Visitor, learner: str, _given: dict[str, str]) -> Response:
        bank.accepting.accept(str(urn(offer)), by=learner)
        return _back(learner, "#offers")

    return await _act(request, bank, visitor, id, (), act)


@router.post("/learners/{id}/offers/{offer}/decline")
async def decline(request: Request, id: str, offer: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Decline an offer; the provider is told why."""

    def act(_: Visitor, learner: str, given: dict[str, str]) -> Response:
        bank.accepting.decline(str(urn(offer)), by=learner, why=given["why"][:400])
        return _back(learner, "#offers")

    return await _act(request, bank, visitor, id, ("why",), act)


@router.post("/learners/{id}/accepts")
async def prefer(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Say whether to be asked before a credential enters the account."""

    def act(_: Visitor, learner: str, given: dict[str, str]) -> Response:
        bank.accepting.prefer(learner, Accepts.ASK if given["accepts"] == "ask" else Accepts.AUTOMATIC)
        return _back(learner, "/identity")

    return await _act(request, bank, visitor, id, ("accepts",), act)


@router.post("/learners/{id}/numbers")
async def claim(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Bind a provider's number to the account, by the code that the provider handed over."""
    signed, learner = _mine(id, visitor)
    given = await own_form(request, signed, "code")

    def done() -> Response:
        try:
            bank.enrolling.claim(learner, given["code"], actor=signed.caller.actor)
        except CreditBankError as problem:  # an unknown code is a mistyped one, and is said beside the field
            return _identity(request, bank, signed, learner, problem=problem, field="code")
        return _back(learner, "/identity#numbers")

    return await run_in_threadpool(done)


@router.post("/learners/{id}/numbers/{enrolment}/leave")
async def leave(request: Request, id: str, enrolment: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Unbind a provider's number from the account."""

    def act(signed: Visitor, learner: str, _given: dict[str, str]) -> Response:
        bank.enrolling.free(str(urn(enrolment)), by=learner, actor=signed.caller.actor)
        return _back(learner, "/identity#numbers")

    return await _act(request, bank, visitor, id, (), act)


@router.post("/learners/{id}/deposits/challenge")
async def challenge(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Show what a wallet signs a presentation for."""

    def act(signed: Visitor, learner: str, _given: dict[str, str]) -> Response:
        return _identity(request, bank, signed, learner, challenge=bank.depositing.challenge(learner))

    return await _act(request, bank, visitor, id, (), act)


@router.post("/learners/{id}/deposits")
async def deposit(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Take in what the learner pasted."""
    signed, learner = _mine(id, visitor)
    async with request.form(max_files=1, max_fields=8, max_part_size=1024 * 1024) as form:
        token, text = str(form.get("form_token", "")), str(form.get("signed", "")).strip()
    session.require_own_form(request, token, signed.form_token)

    def done() -> Response:
        try:
            name = f"page:{learner}:{sha256(text.encode()).hex()}"  # sent twice, it is taken once
            taken = bank.depositing.deposit(name, learner=learner, signed=text.encode())
        except CreditBankError as problem:
            return _identity(request, bank, signed, learner, problem=told(problem), field="signed")
        return _identity(request, bank, signed, learner, brought=taken)

    return await run_in_threadpool(done)


@router.post("/learners/{id}/keys/export")
async def export(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Hand a key over as a file that a passphrase opens; asks for a sign-in just now."""
    require_fresh(visitor)

    def act(signed: Visitor, learner: str, given: dict[str, str]) -> Response:
        jwe = bank.holding.export(learner, given["did"], given["passphrase"], actor=signed.caller.actor)
        headers = {"Content-Disposition": 'attachment; filename="key.jwe"', "Cache-Control": "no-store"}
        return Response(jwe, media_type=JWE_TYPE, headers=headers)

    return await _act(request, bank, visitor, id, ("did", "passphrase"), act, field="keys")


@router.post("/learners/{id}/keys/forget")
async def forget(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Have the bank destroy its copy of a key; asks for a sign-in just now."""
    require_fresh(visitor)

    def act(signed: Visitor, learner: str, given: dict[str, str]) -> Response:
        bank.holding.forget(learner, given["did"], actor=signed.caller.actor)
        return _back(learner, "/identity#keys")

    return await _act(request, bank, visitor, id, ("did",), act, field="keys")
