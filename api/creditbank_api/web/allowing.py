"""The page on which a person lets a program in (OAuth 2.0, RFC 6749, 4.1.1): who asks, for what, allow or refuse.

Whoever registers a program names it as they like, so the page says that the bank does not know it, and to which address
the answer goes. That address was registered to the letter; the page's own policy lets its form lead there and nowhere
else. What is wrong with a question is said here, with a link back: nobody is sent on unasked (RFC 9700, 4.11.2).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.services.authorising import FIELDS, Question, SentBack
from creditbank.services.granting import GrantRefused, UnknownClient
from creditbank_api.dependencies import BankDep
from creditbank_api.headers import POLICY
from creditbank_api.requests import StrictRoute
from creditbank_api.web.forms import own_form
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, require_person
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
PATH: Final = "/oauth/authorize"
LONGEST: Final = 2_000
NAMED_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
"""A host as a policy can name it (CSP 3, 2.3.1): no address of IPv6, and no star."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the person's that the program could be let into."""

    id: str
    name: str


@router.get(PATH)
def ask(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Who asks for what, and whether the person allows it; whoever is not signed in does so first, and comes back."""
    given = _short(request.query_params.multi_items())
    try:
        question = bank.authorising.read(given)
    except SentBack as refusal:
        return _refused(request, visitor, refusal)
    if visitor is None or visitor.person is None:
        return RedirectResponse(f"/sign-in?next={quote(f'{PATH}?{request.url.query}')}", 303)
    return _page(request, bank, visitor, question, dict(given))


def _short(given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What we know of the parameters and has a value (RFC 6749, 3.1); too long a one is cut, and wrong then."""
    return [(name, value[:LONGEST]) for name, value in given if name in FIELDS and value]


def _refused(request: Request, visitor: Visitor | None, refusal: SentBack) -> HTMLResponse:
    values = {"problem": refusal, "host": urlsplit(refusal.back).netloc, "back": refusal.back}
    return page(request, "app_refused.html", values, visitor=visitor, status=400)


def _page(request: Request, bank: Bank, visitor: Visitor, question: Question, given: Mapping[str, str]) -> HTMLResponse:
    with bank.store.transaction() as tx:
        own = [tx.get_learner(one.subject) for one in visitor.choices if one.kind == "learner"]
    values = {
        "label": question.client,
        "host": question.host,
        "may": question.words,
        "accounts": [Account(one.id, one.name) for one in own],
        "given": given,
        "path": PATH,
        "field": "",
    }
    answer = form_page(request, visitor, "app_asks.html", values)
    answer.headers["Content-Security-Policy"] = policy_for(question.asked.redirect)
    return answer


def policy_for(redirect: str) -> str:
    """The policy of the site, by which this page's form may lead to the one registered address besides.

    An address that a policy cannot name is left out: whoever allows is then shown a link to it.
    """
    parts = urlsplit(redirect)
    if NAMED_HOST.fullmatch(parts.netloc) is None:
        return POLICY
    path = quote(parts.path, safe="/%-._~")
    return POLICY.replace("form-action 'self'", f"form-action 'self' {parts.scheme}://{parts.netloc}{path}")


@router.post(PATH)
async def answer(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Allow or refuse; the program hears of it at its registered address, and nowhere else."""
    signed = require_person(visitor)
    given = await own_form(request, signed, *FIELDS, "answer", "learner")

    def act() -> Response:
        try:
            question = bank.authorising.read(_short(given.items()))
            if given["answer"] != "allow":
                return _go(request, signed, question, bank.authorising.decline(question))
            assert signed.person is not None
            return _go(request, signed, question, _allowed(bank, question, signed.person.id, given["learner"]))
        except SentBack as refusal:
            return _refused(request, signed, refusal)

    return await run_in_threadpool(act)


def _allowed(bank: Bank, question: Question, person: str, learner: str) -> str:
    """Where the browser goes with the code; raises `UnknownClient`, and `SentBack` for what the person may not give."""
    try:
        return bank.authorising.allow(question, person=person, learner=learner)
    except UnknownClient:
        raise
    except GrantRefused as refusal:
        raise SentBack(refusal, bank.authorising.decline(question)) from None


def _go(request: Request, visitor: Visitor, question: Question, address: str) -> Response:
    if NAMED_HOST.fullmatch(question.host) is None:
        return page(request, "app_go.html", {"address": address, "host": question.host}, visitor=visitor)
    return RedirectResponse(address, 303, headers={"Referrer-Policy": "no-referrer"})
