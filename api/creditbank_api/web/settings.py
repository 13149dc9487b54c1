"""The pages of a person's own account: name, whom they act for, how they sign in, where they are signed in, codes.

What can change who gets into the account asks for a sign-in within the last ten minutes (`require_fresh`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.authorising import WORDS
from creditbank.services.grant_records import Grant
from creditbank.services.membership_records import AccessKey
from creditbank.services.people_records import Person, Session, SignIn, SignInKind
from creditbank.services.rights import Acting
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchActing
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.web import session
from creditbank_api.web.forms import own_form
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, asking_of, short, site_of
from creditbank_api.web.signing import form_page, told

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
KINDS = {
    SignInKind.PASSWORD: "Password",
    SignInKind.PASSKEY: "Passkey",
    SignInKind.OIDC: "Organisation",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign in, as it is listed."""

    id: str
    kind: str
    label: str
    record: SignIn


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody whom the person may act for."""

    subject: str
    name: str
    kind: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One session, as it is listed."""

    record: Session
    here: bool
    same_browser: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A program that the person let in: what it calls itself, where it runs, what it may do, since when."""

    id: str
    label: str
    host: str
    may: tuple[str, ...]
    since: datetime


def signed_person(visitor: Visitor | None) -> tuple[Visitor, Person]:
    """The visitor and the person they are; raises `NotSignedIn`, also for a demo token."""
    signed = session.require_person(visitor)
    assert signed.person is not None
    return signed, signed.person


@router.get("/account")
def account(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The whole account on one page."""
    return account_page(request, bank, visitor)


def account_page(
    request: Request, bank: Bank, visitor: Visitor | None, problem: CreditBankError | None = None, field: str = ""
) -> HTMLResponse:
    """The account with what was wrong, if something was, beside the `field` it was about."""
    signed, person = signed_person(visitor)
    values: dict[str, Any] = {
        "person": person,
        "field": field,
        "fresh": signed.fresh,
        "ways": [_way(each) for each in bank.door.people.sign_ins(person.id)],
        "choices": [_choice(bank, each, signed) for each in signed.choices],
        "places": _places(bank, signed),
        "organisations": bank.door.federating.choices(),
        "codes_left": bank.door.recovering.codes_left(person.id),
        "programs": [_program(grant, key) for grant, key in bank.granting.let_in(person.id)],
    }
    return form_page(request, signed, "settings.html", values, problem=problem, here="settings")


def _program(grant: Grant, key: AccessKey) -> Program:
    may = tuple(words for scope, words in WORDS.items() if scope in grant.scopes & key.scopes)
    return Program(grant.id, key.label, urlsplit(grant.redirect or "").netloc, may, grant.created)


def _way(record: SignIn) -> Way:
    return Way(record.id, KINDS[record.kind], record.label or record.handle, record)


def _choice(bank: Bank, acting: Acting, visitor: Visitor) -> Choice:
    with bank.store.transaction() as tx:
        if acting.kind == "learner":
            name = tx.get_learner(acting.subject).name
        else:
            name = tx.get_organisation(acting.subject).name
    return Choice(acting.subject, name, acting.kind, acting.subject == visitor.caller.subject)


def _places(bank: Bank, visitor: Visitor) -> list[Place]:
    here = visitor.session
    assert here is not None, "a person is signed in by a session"
    return [
        Place(each, here=each.hash == here.hash, same_browser=each.agent == here.agent)
        for each in bank.door.sessions.of(here.person)
    ]


async def _change(
    request: Request,
    bank: Bank,
    visitor: Visitor | None,
    field: str,
    act: Callable[..., object],
    *given: object,
    **named: object,
) -> Response:
    """Change something, and show the account again, with what was wrong if something was."""
    try:
        await run_in_threadpool(act, *given, **named)
    except CreditBankError as error:
        return await run_in_threadpool(account_page, request, bank, visitor, told(error), field)
    return RedirectResponse("/account", status_code=303)


@router.post("/account/name")
async def rename(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Change how the person is called."""
    _, person = signed_person(visitor)
    given = await own_form(request, visitor, "name")
    return await _change(request, bank, visitor, "name", bank.door.people.rename, person.id, given["name"])


@router.post("/account/acting")
async def act_for(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Act for somebody else from now on, under a new id of the session."""
    signed, _ = signed_person(visitor)
    given = await own_form(request, visitor, "subject")
    if given["subject"] not in {each.subject for each in signed.choices}:
        raise NoSuchActing("You may not act for this one.", next_step="Choose one of those that your account lists.")
    opened = await run_in_threadpool(bank.door.sessions.renew, signed.secret, acting=given["subject"])
    now = await run_in_threadpool(session.person_visitor, bank, opened.session, opened.secret)
    answer = RedirectResponse(now.home, status_code=303)
    session.keep_session(request, answer, opened.secret)
    return answer


@router.post("/account/invitations")
async def accept_invitation(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Join an organisation by the code of an invitation, within ten minutes of a sign-in."""
    _, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "code")
    accept = bank.membership.accept
    return await _change(request, bank, visitor, "invitation", accept, given["code"].strip(), person.id)


@router.post("/account/addresses")
async def add_address(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Send a link to one more address."""
    _, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "address")
    ask, at = bank.door.joining.ask_to_add, site_of(request).base
    try:
        await run_in_threadpool(ask, person.id, given["address"], asking_of(request), at=at)
    except CreditBankError as error:
        return await run_in_threadpool(account_page, request, bank, visitor, told(error), "address")
    values = {"address": given["address"]}
    return await run_in_threadpool(page, request, "mail_sent.html", values, here="settings", visitor=visitor)


@router.post("/account/password")
async def change_password(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Change the password of an address, and sign every other browser out."""
    signed, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "id", "password")
    at, keep = site_of(request).base, signed.secret
    act = bank.door.joining.change_password
    known = any(each.id == given["id"] for each in await run_in_threadpool(bank.door.people.sign_ins, person.id))
    field = f"password-{short(given['id'])}" if known else "sign-ins"
    return await _change(
        request, bank, visitor, field, act, person.id, given["id"], given["password"], keep=keep, at=at
    )


@router.post("/account/sign-ins/remove")
async def remove(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Take a way to sign in away."""
    signed, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "id")
    at, keep = site_of(request).base, signed.secret
    act = bank.door.joining.remove
    return await _change(request, bank, visitor, "sign-ins", act, person.id, given["id"], keep=keep, at=at)


@router.post("/account/sessions/end")
async def end_session(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Sign one browser out."""
    _, person = signed_person(visitor)
    given = await own_form(request, visitor, "id")
    return await _change(request, bank, visitor, "sessions", bank.door.sessions.end_one, person.id, given["id"])


@router.post("/account/sessions/end-others")
async def end_others(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Sign every other browser out."""
    signed, _ = signed_person(visitor)
    await own_form(request, visitor)
    return await _change(request, bank, visitor, "sessions", bank.door.sessions.end_others, signed.session)


@router.post("/account/programs/end")
async def end_program(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """End what a program was let do, at once."""
    _, person = signed_person(visitor)
    given = await own_form(request, visitor, "id")

    def end() -> None:
        with hidden():
            bank.granting.end(given["id"], person=person.id)

    return await _change(request, bank, visitor, "programs", end)


@router.post("/account/recovery-codes")
async def new_codes(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Make recovery codes, and show them this once."""
    _, person = signed_person(session.require_fresh(visitor))
    await own_form(request, visitor)
    codes = await run_in_threadpool(bank.door.recovering.new_codes, person.id, at=site_of(request).base)
    return await run_in_threadpool(page, request, "codes.html", {"codes": codes}, here="settings", visitor=visitor)
