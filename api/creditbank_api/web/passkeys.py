"""Pages for passkeys: a form asks, a page puts the question to the device, and a form brings the answer back.

The question is made by a form of ours and stands in the page, so that no script has to fetch anything, and the policy
of the site (`connect-src` none) stays as it is. Whoever runs no scripts signs in another way.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.errors import CreditBankError
from creditbank.services.passkeys import NoPasskeysHere, Party, Purpose, Question
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web import session
from creditbank_api.web.forms import own_form
from creditbank_api.web.session import Visitor, VisitorDep, asking_of, own_path, site_of
from creditbank_api.web.settings import account_page, signed_person
from creditbank_api.web.signing import again_page, arrived, form_page, sign_in_page, told

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
FIELDS = ("question", "answer", "next", "label")


def party_of(request: Request) -> Party:
    """The site as a passkey knows it; raises `NoPasskeysHere` where the address is a number."""
    origin = site_of(request).origin
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Party(host, origin)
    port = "" if parts.port is None else f":{parts.port}"
    raise NoPasskeysHere(
        f"A passkey belongs to a name, and {host} is none.",
        next_step=f"Open {parts.scheme}://localhost{port}, which is the same bank, and try there.",
    )


def _put(
    request: Request,
    visitor: Visitor | None,
    purpose: Purpose,
    ask: Callable[[Party], Question],
    *,
    action: str,
    back: str,
    target: str = "",
    label: str = "",
) -> HTMLResponse:
    """Put a question to the browser's device."""
    question = ask(party_of(request))
    values = {
        "purpose": purpose,
        "options": question.options,
        "question": question.name,
        "action": action,
        "back": back,
        "next": target,
        "label": label,
    }
    return form_page(request, visitor, "passkey.html", values, here="sign-in" if visitor is None else "settings")


# -- sign in


@router.post("/sign-in/passkey/ask")
async def ask_to_sign_in(request: Request, bank: BankDep) -> HTMLResponse:
    """Ask for any passkey of this site."""
    given = await own_form(request, None, "next")
    target = own_path(given["next"])

    def put() -> HTMLResponse:
        ask = bank.door.passkeys.ask_to_sign_in
        try:
            return _put(request, None, Purpose.SIGN_IN, ask, action="/sign-in/passkey", back="/sign-in", target=target)
        except NoPasskeysHere as error:
            return sign_in_page(request, target, error, field="passkey")

    return await run_in_threadpool(put)


@router.post("/sign-in/passkey")
async def sign_in(request: Request, bank: BankDep) -> Response:
    """Sign in by what the device answered."""
    given = await own_form(request, None, *FIELDS)
    target, asking = own_path(given["next"]), asking_of(request)

    def enter() -> Response:
        try:
            party = party_of(request)
            signed_in = bank.door.passkeys.sign_in(party, given["question"], given["answer"], asking)
        except CreditBankError as error:
            return sign_in_page(request, target, told(error), field="passkey")
        return arrived(request, signed_in, target)

    return await run_in_threadpool(enter)


# -- once more


@router.post("/sign-in/again/passkey/ask")
async def ask_again(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Ask for a passkey of whoever is signed in."""
    signed, person = signed_person(visitor)
    given = await own_form(request, visitor, "next")
    target = own_path(given["next"])

    def put() -> HTMLResponse:
        def ask(party: Party) -> Question:
            return bank.door.passkeys.ask_again(party, person.id)

        action = "/sign-in/again/passkey"
        try:
            return _put(request, signed, Purpose.AGAIN, ask, action=action, back="/sign-in/again", target=target)
        except NoPasskeysHere as error:
            return again_page(request, bank, signed, target, error)

    return await run_in_threadpool(put)


@router.post("/sign-in/again/passkey")
async def again(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Go on in the same session, under a new id."""
    signed, person = signed_person(visitor)
    given = await own_form(request, visitor, *FIELDS)
    target, asking = own_path(given["next"]), asking_of(request)

    def go_on() -> Response:
        try:
            party = party_of(request)
            opened = bank.door.passkeys.confirm(party, person.id, given["question"], given["answer"], asking)
        except CreditBankError as error:
            return again_page(request, bank, signed, target, told(error))
        answer = RedirectResponse(target, status_code=303)
        session.keep_session(request, answer, opened.secret)
        return answer

    return await run_in_threadpool(go_on)


# -- add one


@router.post("/account/passkeys/ask")
async def ask_to_add(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Ask for a new passkey of whoever is signed in."""
    signed, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, "label")

    def put() -> HTMLResponse:
        def ask(party: Party) -> Question:
            return bank.door.passkeys.ask_to_add(party, person.id)

        action, label = "/account/passkeys", given["label"]
        try:
            return _put(request, signed, Purpose.ADD, ask, action=action, back="/account", label=label)
        except NoPasskeysHere as error:
            return account_page(request, bank, signed, error, "label")

    return await run_in_threadpool(put)


@router.post("/account/passkeys")
async def add(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Add the passkey that the device made."""
    signed, person = signed_person(session.require_fresh(visitor))
    given = await own_form(request, visitor, *FIELDS)
    at = site_of(request).base

    def keep() -> Response:
        try:
            party = party_of(request)
            made = given["question"], given["answer"]
            bank.door.passkeys.add(party, person.id, *made, label=given["label"], at=at)
        except CreditBankError as error:
            return account_page(request, bank, signed, told(error), "label")
        return RedirectResponse("/account", status_code=303)

    return await run_in_threadpool(keep)


# -- open an account with one


@router.post("/sign-up/passkey/ask")
async def ask_to_sign_up(request: Request, bank: BankDep) -> HTMLResponse:
    """Ask for a passkey with which an account is opened."""
    given = await own_form(request, None, "name")

    def put() -> HTMLResponse:
        def ask(party: Party) -> Question:
            return bank.door.passkeys.ask_to_sign_up(party, given["name"])

        try:
            return _put(request, None, Purpose.SIGN_UP, ask, action="/sign-up/passkey", back="/sign-up")
        except CreditBankError as error:
            return _sign_up(request, told(error))

    return await run_in_threadpool(put)


@router.post("/sign-up/passkey")
async def sign_up(request: Request, bank: BankDep) -> Response:
    """Open the account."""
    given = await own_form(request, None, *FIELDS)
    asking = asking_of(request)

    def open_account() -> Response:
        try:
            party = party_of(request)
            signed_in = bank.door.passkeys.sign_up(party, given["question"], given["answer"], asking)
        except CreditBankError as error:
            return _sign_up(request, told(error))
        return arrived(request, signed_in, "/account")

    return await run_in_threadpool(open_account)


def _sign_up(request: Request, problem: CreditBankError) -> HTMLResponse:
    values = {"address": "", "field": "name"}
    return form_page(request, None, "sign_up.html", values, problem=problem, here="sign-in")
