"""Pages by which people come in and go: sign in, sign up, recover, and the links that mails bring.

Whatever the outcome, asking for a mail ends on the same page (threat 44). A token stands in the address of a link from
a mail alone; it works once, and opening the link uses nothing up, because mail programs open links too.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.people_records import LinkPurpose
from creditbank.services.signing_in import SignedIn
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotSignedIn
from creditbank_api.problems import headers_of, problem_of
from creditbank_api.requests import StrictRoute
from creditbank_api.security import count_failure, identify, may_try
from creditbank_api.web import session
from creditbank_api.web.forms import form_token, keep_form_token, own_form
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, asking_of, own_path, site_of

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
LONGEST_TARGET = 4_000
"""What a program asks for (`allowing`) is the longest address that somebody comes back to."""


def form_page(
    request: Request,
    visitor: Visitor | None,
    template: str,
    values: Mapping[str, Any],
    *,
    problem: CreditBankError | None = None,
    here: str = "",
) -> HTMLResponse:
    """A page with forms, with what was wrong in its summary of errors."""
    token = form_token(visitor)
    row = None if problem is None else problem_of(problem)
    status = 200 if problem is None else (row.status if row else 500)
    shown = {"form_token": token, "problem": problem, **values}
    answer = page(request, template, shown, here=here, visitor=visitor, status=status)
    keep_form_token(request, answer, visitor, token)
    if problem is not None:
        answer.headers.update(headers_of(problem, status))
    return answer


def told(error: CreditBankError) -> CreditBankError:
    """The error, if a form can say it; one of our own goes on to the page of errors."""
    row = problem_of(error)
    if row is None or row.status >= 500:
        raise error
    return error


# -- sign in and out


@router.get("/sign-in")
def sign_in_form(request: Request, next: Annotated[str, Query(max_length=LONGEST_TARGET)] = "/") -> HTMLResponse:
    """The ways to sign in."""
    return sign_in_page(request, own_path(next))


def sign_in_page(
    request: Request, target: str, problem: CreditBankError | None = None, *, field: str = "address"
) -> HTMLResponse:
    """The ways to sign in, with what was wrong beside the `field` it was about."""
    values = {"next": target, "field": field} | _ways(request)
    return form_page(request, None, "sign_in.html", values, problem=problem, here="sign-in")


def _ways(request: Request) -> dict[str, Any]:
    bank: Bank = request.app.state.bank
    return {
        "demo_tokens": bank.settings.demo_tokens and request.app.state.samples,
        "organisations": bank.door.federating.choices(),
    }


@router.post("/sign-in/password")
async def sign_in_with_password(request: Request, bank: BankDep) -> Response:
    """Sign in by address and password."""
    given = await own_form(request, None, "address", "password", "next")
    target = own_path(given["next"])
    asking = asking_of(request)
    try:
        signed_in = await run_in_threadpool(
            bank.door.signing_in.with_password, given["address"], given["password"], asking
        )
    except CreditBankError as error:
        return await run_in_threadpool(sign_in_page, request, target, told(error))
    return await run_in_threadpool(arrived, request, signed_in, target)


@router.post("/sign-in")
async def sign_in_with_token(request: Request, bank: BankDep) -> Response:
    """Put a demo token into a cookie that scripts cannot read, and go on."""
    given = await own_form(request, None, "token", "next")
    may_try(request)
    token, target = given["token"].strip(), own_path(given["next"])
    caller = await run_in_threadpool(identify, bank, token) if bank.settings.demo_tokens else None
    if caller is None:
        count_failure(request)
        unknown = NotSignedIn("This token is unknown or has expired.", next_step="Copy the whole token, or ask anew.")
        return await run_in_threadpool(sign_in_page, request, target, unknown, field="token")
    visitor = Visitor(caller, session.signed_form_token(token))
    answer = RedirectResponse(visitor.href or visitor.office or "/demo" if target == "/" else target, status_code=303)
    session.keep(request, answer, session.COOKIE, token, age=session.MAX_AGE, strict=True)
    session.forget(request, answer, session.FORM_COOKIE, session.SESSION_COOKIE)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """End the session, in the database and in this browser."""
    if visitor is not None:
        await own_form(request, visitor)
        if visitor.secret:
            await run_in_threadpool(bank.door.sessions.end, visitor.secret)
    answer = RedirectResponse("/", status_code=303)
    session.forget(request, answer, session.COOKIE, session.SESSION_COOKIE)
    return answer


def arrived(request: Request, signed_in: SignedIn, target: str) -> RedirectResponse:
    """Go on after a sign-in: to where somebody wanted to go, else to their credits."""
    bank: Bank = request.app.state.bank
    visitor = session.person_visitor(bank, signed_in.opened.session, signed_in.opened.secret)
    answer = RedirectResponse(visitor.home if target == "/" else target, status_code=303)
    session.keep_signed_in(request, answer, signed_in)
    return answer


# -- once more


@router.get("/sign-in/again")
def again_form(
    request: Request, bank: BankDep, visitor: VisitorDep, next: Annotated[str, Query(max_length=500)] = "/account"
) -> HTMLResponse:
    """Show once more who it is, before something sensitive."""
    return again_page(request, bank, visitor, own_path(next))


def again_page(
    request: Request, bank: Bank, visitor: Visitor | None, target: str, problem: CreditBankError | None = None
) -> HTMLResponse:
    """The ways to show once more who it is."""
    signed = session.require_person(visitor)
    assert signed.person is not None
    kinds = {each.kind for each in bank.door.people.sign_ins(signed.person.id)}
    addresses = [each.handle for each in bank.door.people.sign_ins(signed.person.id) if each.kind == "password"]
    organisations = bank.door.federating.choices()
    values = {"next": target, "kinds": kinds, "addresses": addresses, "organisations": organisations}
    return form_page(request, visitor, "sign_in_again.html", values, problem=problem)


@router.post("/sign-in/again")
async def again(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Go on in the same session, under a new id."""
    signed = session.require_person(visitor)
    assert signed.person is not None
    given = await own_form(request, visitor, "address", "password", "next")
    target = own_path(given["next"])
    try:
        opened = await run_in_threadpool(
            bank.door.signing_in.confirm, signed.person.id, given["address"], given["password"], asking_of(request)
        )
    except CreditBankError as error:
        return await run_in_threadpool(again_page, request, bank, visitor, target, told(error))
    answer = RedirectResponse(target, status_code=303)
    session.keep_session(request, answer, opened.secret)
    return answer


# -- sign up and recover: each begins with a mail


@router.get("/sign-up")
def sign_up_form(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """The form that opens an account."""
    return form_page(request, None, "sign_up.html", {"address": "", "field": "address"}, here="sign-in")


@router.post("/sign-up")
async def sign_up(request: Request, bank: BankDep) -> HTMLResponse:
    """Send a link, and say the same whoever has the address."""
    return await _mail(request, "sign_up.html", bank.door.joining.ask)


@router.get("/recover")
def recover_form(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """The ways back into an account."""
    return form_page(request, None, "recover.html", {"address": "", "field": "address"}, here="sign-in")


@router.post("/recover")
async def recover(request: Request, bank: BankDep) -> HTMLResponse:
    """Send a link, and say the same whoever has the address."""
    return await _mail(request, "recover.html", bank.door.recovering.ask)


async def _mail(request: Request, template: str, ask: Callable[..., None]) -> HTMLResponse:
    given = await own_form(request, None, "address")
    values = {"address": given["address"], "field": "address"}
    try:
        await run_in_threadpool(ask, given["address"], asking_of(request), at=site_of(request).base)
    except CreditBankError as error:
        return await run_in_threadpool(form_page, request, None, template, values, problem=told(error), here="sign-in")
    return await run_in_threadpool(page, request, "mail_sent.html", values, here="sign-in")


@router.post("/recover/code")
async def recover_by_code(request: Request, bank: BankDep) -> Response:
    """Sign in by a recovery code."""
    given = await own_form(request, None, "code")
    asking, at = asking_of(request), site_of(request).base
    try:
        signed_in = await run_in_threadpool(bank.door.recovering.by_code, given["code"], asking, at=at)
    except CreditBankError as error:
        values = {"address": "", "field": "code"}
        return await run_in_threadpool(
            form_page, request, None, "recover.html", values, problem=told(error), here="sign-in"
        )
    return await run_in_threadpool(arrived, request, signed_in, "/account")


# -- the links of mails


@router.get("/mail/sign-up/{token}")
def sign_up_link(request: Request, token: str, bank: BankDep) -> HTMLResponse:
    """The form that a link opens; nothing is used up yet."""
    return _link(request, bank, None, LinkPurpose.SIGN_UP, token, "")


@router.get("/mail/recovery/{token}")
def recovery_link(request: Request, token: str, bank: BankDep) -> HTMLResponse:
    """The form that a link opens; nothing is used up yet."""
    return _link(request, bank, None, LinkPurpose.RECOVERY, token, "")


@router.get("/mail/address/{token}")
def address_link(request: Request, token: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The form that a link opens, for the account that is signed in; nothing is used up yet."""
    return _link(request, bank, session.require_person(visitor), LinkPurpose.ADDRESS, token, "")


def _link(
    request: Request,
    bank: Bank,
    visitor: Visitor | None,
    purpose: LinkPurpose,
    token: str,
    name: str,
    problem: CreditBankError | None = None,
) -> HTMLResponse:
    values = {
        "purpose": purpose,
        "token": token,
        "name": name,
        "address": bank.door.joining.address_of(token, purpose),
    }
    return form_page(request, visitor, "mail_link.html", values, problem=problem, here="sign-in")


@router.post("/mail/sign-up")
async def finish_sign_up(request: Request, bank: BankDep) -> Response:
    """Open the account."""
    given = await own_form(request, None, "token", "name", "password")
    asking = asking_of(request)
    try:
        signed_in = await run_in_threadpool(
            bank.door.joining.finish, given["token"], given["name"], given["password"], asking
        )
    except CreditBankError as error:
        return await run_in_threadpool(
            _link, request, bank, None, LinkPurpose.SIGN_UP, given["token"], given["name"], told(error)
        )
    return await run_in_threadpool(arrived, request, signed_in, "/account")


@router.post("/mail/recovery")
async def finish_recovery(request: Request, bank: BankDep) -> Response:
    """Choose a new password."""
    given = await own_form(request, None, "token", "password")
    asking, at = asking_of(request), site_of(request).base
    try:
        signed_in = await run_in_threadpool(
            bank.door.recovering.finish, given["token"], given["password"], asking, at=at
        )
    except CreditBankError as error:
        return await run_in_threadpool(
            _link, request, bank, None, LinkPurpose.RECOVERY, given["token"], "", told(error)
        )
    return await run_in_threadpool(arrived, request, signed_in, "/account")


@router.post("/mail/address")
async def finish_adding_address(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Add the address to the account that is signed in."""
    signed = session.require_person(visitor)  # who asked for the link was fresh then, and has the mailbox now
    assert signed.person is not None
    given = await own_form(request, visitor, "token", "password")
    at = site_of(request).base
    try:
        await run_in_threadpool(
            bank.door.joining.finish_adding, signed.person.id, given["token"], given["password"], at=at
        )
    except CreditBankError as error:
        return await run_in_threadpool(
            _link, request, bank, visitor, LinkPurpose.ADDRESS, given["token"], "", told(error)
        )
    return RedirectResponse("/account", status_code=303)
