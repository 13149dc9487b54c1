"""Pages for signing in through an organisation: a form asks, a page says where the browser goes, and it comes back.

The way out is a link that people follow, not a redirect: the policy of the site lets no form lead elsewhere, and
whoever is sent to another site is told so first.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.federating import OPEN_FOR, Purpose, WrongIdentity
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web import session
from creditbank_api.web.forms import own_form
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, asking_of, own_path, site_of
from creditbank_api.web.settings import account_page, signed_person
from creditbank_api.web.signing import again_page, arrived, sign_in_page, told

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
COOKIE = "creditbank_organisation"
RETURN = "/sign-in/organisation/return"


def _go(
    request: Request, bank: Bank, visitor: Visitor | None, purpose: Purpose, organisation: str, target: str
) -> HTMLResponse:
    """Say where the browser goes, and leave in it what it must bring back."""
    person = "" if visitor is None or visitor.person is None else visitor.person.id
    departure = bank.door.federating.depart(
        organisation,
        purpose,
        redirect=site_of(request).base + RETURN,
        target=target,
        asking=asking_of(request),
        person=person,
    )
    name = dict(bank.door.federating.choices()).get(organisation, "")
    values = {"address": departure.address, "host": urlsplit(departure.address).netloc, "name": name}
    answer = page(request, "organisation_go.html", values, here="sign-in", visitor=visitor)
    session.keep(request, answer, COOKIE, departure.browser, age=int(OPEN_FOR.total_seconds()))
    return answer


@router.post("/sign-in/organisation/ask")
async def ask_to_sign_in(request: Request, bank: BankDep) -> HTMLResponse:
    """Begin a sign-in through an organisation."""
    given = await own_form(request, None, "organisation", "next")
    target = own_path(given["next"])

    def go() -> HTMLResponse:
        try:
            return _go(request, bank, None, Purpose.SIGN_IN, given["organisation"], target)
        except CreditBankError as error:
            return sign_in_page(request, target, told(error), field="organisation")

    return await run_in_threadpool(go)


@router.post("/sign-in/again/organisation/ask")
async def ask_again(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Begin to show once more who it is, by an organisation's word."""
    signed, _ = signed_person(visitor)
    given = await own_form(request, visitor, "organisation", "next")
    target = own_path(given["next"])

    def go() -> HTMLResponse:
        try:
            return _go(request, bank, signed, Purpose.AGAIN, given["organisation"], target)
        except CreditBankError as error:
            return again_page(request, bank, signed, target, told(error))

    return await run_in_threadpool(go)


@router.post("/account/organisation/ask")
async def ask_to_add(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Begin to add an organisation's sign-in to an account."""
    signed, _ = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "organisation")

    def go() -> HTMLResponse:
        try:
            return _go(request, bank, signed, Purpose.ADD, given["organisation"], "/account")
        except CreditBankError as error:
            return account_page(request, bank, signed, told(error), "organisation")

    return await run_in_threadpool(go)


@router.get(RETURN)
def come_back(
    request: Request,
    bank: BankDep,
    visitor: VisitorDep,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str, Query(max_length=2000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take in what the issuer answered. An error of the issuer is told, never quoted."""
    person = "" if visitor is None or visitor.person is None else visitor.person.id
    site = site_of(request)
    try:
        if error or not code:
            raise WrongIdentity("Your organisation did not sign you in.", next_step="Begin again, or ask it why.")
        found = bank.door.federating.arrive(
            state=state,
            code=code,
            named=iss,
            browser=session.held(request, COOKIE),
            redirect=site.base + RETURN,
            asking=asking_of(request),
            person=person,
            at=site.base,
        )
    except CreditBankError as problem:
        answer: Response = sign_in_page(request, "/", told(problem), field="organisation")
    else:
        answer = RedirectResponse(found.target, status_code=303)
        if found.signed_in is not None:
            answer = arrived(request, found.signed_in, found.target)
        elif found.opened is not None:
            session.keep_session(request, answer, found.opened.secret)
    session.forget(request, answer, COOKIE)
    return answer
