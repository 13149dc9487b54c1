"""The page on which a person lets a program in (OAuth 2.0, RFC 6749, 4.1.1): who asks, for what, allow or refuse.

Whoever registers a program names it as they like, so the page says that the bank does not know it, and to which address
the answer goes. That address was registered to the letter; the page's own policy lets its form lead there and nowhere
else. What is wrong with a question is said here, with a link back: nobody is sent on unasked (RFC 9700, 4.11.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.services.granting import Asked, GrantRefused, UnknownClient, scopes_in
from creditbank.services.rights import Scope
from creditbank_api.dependencies import BankDep
from creditbank_api.headers import POLICY
from creditbank_api.requests import StrictRoute
from creditbank_api.web.forms import own_form
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, require_person
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
PATH: Final = "/oauth/authorize"
FIELDS: Final = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"),
)
LONGEST: Final = 2_000
NAMED_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
"""A host as a policy can name it (CSP 3, 2.3.1): no address of IPv6, and no star."""
MEANING: Final[Mapping[Scope, str]] = {
    Scope.BADGES_READ: "Read the credentials in your account",
    Scope.BADGES_UPSERT: "Bring credentials into your account",
    Scope.PROFILE_READ: "Read your name and the identifier by which credentials name you",
    Scope.PROFILE_UPDATE: "Change your profile, of which nothing can be changed this way today",
}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the person's that the program could be let into."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a program asks for, as it sent it: each parameter once (RFC 6749, 3.1)."""

    given: Mapping[str, str]

    def asked(self, bank: Bank) -> Asked:
        """The question, checked; raises `UnknownClient` and `GrantRefused`."""
        if self.given["response_type"] != "code":
            raise GrantRefused("unsupported_response_type", "A program asks for a code here, and for nothing else.")
        if self.given["code_challenge_method"] != "S256":
            raise GrantRefused("invalid_request", "A program asks with a challenge of S256 (RFC 7636).")
        return bank.granting.asked(
            client=self.given["client_id"],
            redirect=self.given["redirect_uri"],
            scopes=scopes_in(self.given["scope"]),
            challenge=self.given["code_challenge"],
        )

    def back(self, **answer: str) -> str:
        """The registered address with an answer, and with the program's own `state`."""
        if self.given["state"]:
            answer["state"] = self.given["state"]
        address = self.given["redirect_uri"]
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(answer)}"

    @property
    def host(self) -> str:
        """Where the answer goes, for people."""
        return urlsplit(self.given["redirect_uri"]).netloc


@router.get(PATH)
def ask(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Who asks for what, and whether the person allows it; whoever is not signed in does so first, and comes back."""
    given = {name: request.query_params.get(name, "")[:LONGEST] for name in FIELDS}
    question = Question(given)
    twice = any(len(request.query_params.getlist(name)) > 1 for name in FIELDS)
    bank.granting.require_redirect(client=given["client_id"], redirect=given["redirect_uri"])
    try:
        if twice:
            raise GrantRefused("invalid_request", "The question names something twice.")
        asked = question.asked(bank)
    except UnknownClient:
        raise
    except GrantRefused as refusal:
        return _refused(request, visitor, question, refusal)
    if visitor is None or visitor.person is None:
        return RedirectResponse(f"/sign-in?next={quote(f'{PATH}?{request.url.query}')}", 303)
    return _page(request, bank, visitor, question, asked)


def _refused(request: Request, visitor: Visitor | None, question: Question, refusal: GrantRefused) -> HTMLResponse:
    values = {"problem": refusal, "host": question.host, "back": question.back(error=refusal.error)}
    return page(request, "app_refused.html", values, visitor=visitor, status=400)


def _page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    question: Question,
    asked: Asked,
    problem: GrantRefused | None = None,
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        own = [tx.get_learner(one.subject) for one in visitor.choices if one.kind == "learner"]
    values = {
        "label": asked.client.label,
        "host": question.host,
        "may": [MEANING[scope] for scope in Scope if scope in asked.scopes],
        "accounts": [Account(one.id, one.name) for one in own],
        "given": question.given,
        "path": PATH,
        "field": "",
    }
    answer = form_page(request, visitor, "app_asks.html", values, problem=problem)
    answer.headers["Content-Security-Policy"] = policy_for(question.given["redirect_uri"])
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
    question = Question({name: given[name][:LONGEST] for name in FIELDS})

    def act() -> Response:
        bank.granting.require_redirect(client=given["client_id"], redirect=given["redirect_uri"])
        if given["answer"] != "allow":
            return _go(request, signed, question, question.back(error="access_denied"))
        assert signed.person is not None
        try:
            asked = question.asked(bank)
            code = bank.granting.allow(asked, person=signed.person.id, learner=given["learner"])
        except UnknownClient:
            raise
        except GrantRefused as refusal:
            return _refused(request, signed, question, refusal)
        return _go(request, signed, question, question.back(code=code))

    return await run_in_threadpool(act)


def _go(request: Request, visitor: Visitor, question: Question, address: str) -> Response:
    if NAMED_HOST.fullmatch(question.host) is None:
        return page(request, "app_go.html", {"address": address, "host": question.host}, visitor=visitor)
    return RedirectResponse(address, 303, headers={"Referrer-Policy": "no-referrer"})
