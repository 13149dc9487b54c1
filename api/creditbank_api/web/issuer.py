"""Where the people of an organisation sign in, as a page: set, tried and removed by who manages its members.

Changes ask for a sign-in within the last ten minutes. The secret is typed in and never shown.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.federating import NoIdentityProvider
from creditbank.services.people_records import IdentityProvider
from creditbank.services.rights import Scope
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.v1.issuers import RETURN, IssuerRequest
from creditbank_api.web.owners import act_or_say, body_rooms, own_body
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
FIELDS: Final = ("issuer", "client", "secret", "domains", "claims")
AT: Final = "/organisations/{organisation}/sign-in"


@router.get(AT)
def issuer(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Where the organisation's people sign in."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ)
    return _issuer(request, bank, signed, body)


def _issuer(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
    *,
    tried: bool = False,
) -> HTMLResponse:
    try:
        found = bank.door.federating.provider(body)
    except NoIdentityProvider:
        found = None
    manages = Scope.MEMBERS_MANAGE in visitor.caller.scopes
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/sign-in"),
        "found": found,
        "secret_kept": found is not None and bank.door.federating.has_secret(found),
        "redirect": f"{bank.settings.base_url}{RETURN}",
        "manages": manages and visitor.fresh,
        "stale": manages and not visitor.fresh,
        "given": given or _as_typed(found),
        "tried": tried,
        "field": "issuer",
    }
    return form_page(request, visitor, "issuer.html", values, problem=problem)


def _as_typed(found: IdentityProvider | None) -> dict[str, str]:
    if found is None:
        return dict.fromkeys(FIELDS, "")
    claims = "\n".join(f"{name}={value}" for name, value in found.claims.items())
    told = {"issuer": found.issuer, "client": found.client, "domains": " ".join(found.domains), "claims": claims}
    return told | {"secret": ""}


@router.post(AT)
async def put(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Set the issuer, after its description was read."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        wanted = _wanted(given)
        bank.door.federating.configure(
            body,
            issuer=wanted.issuer,
            client=wanted.client,
            secret="" if given["public"] else wanted.secret,
            domains=tuple(wanted.domains),
            claims=dict(wanted.claims),
            by=signed.caller.actor,
        )
        return RedirectResponse(f"/organisations/{short(body)}/sign-in", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _issuer(request, bank, signed, body, problem, given | {"secret": ""})

    return await act_or_say(request, signed, (*FIELDS, "public"), act, say, unknown=True)


def _wanted(given: dict[str, str]) -> IssuerRequest:
    """What was typed, by the rules of the API; raises `NotAgreed` for what does not have its form."""
    pairs = [line.partition("=") for line in given["claims"].splitlines() if line.strip()]
    try:
        return IssuerRequest(
            issuer=given["issuer"].strip(),
            client=given["client"].strip(),
            secret=given["secret"] or None,
            domains=given["domains"].replace(",", " ").split(),
            claims={name.strip(): value.strip() for name, _, value in pairs},
        )
    except ValidationError:
        raise NotAgreed(
            "Issuer and client are needed; domains look like example.org, and claims like role=staff.",
            next_step="Correct what you typed, one claim in each line.",
        ) from None


@router.post(AT + "/check")
async def check(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Read the issuer's description, as a sign-in would."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)

    def act(_given: dict[str, str]) -> Response:
        bank.door.federating.check(body)
        return _issuer(request, bank, signed, body, tried=True)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _issuer(request, bank, signed, body, problem)

    return await act_or_say(request, signed, (), act, say, unknown=True)


@router.post(AT + "/removal")
async def remove(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Let nobody sign in through the organisation any more."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        bank.door.federating.forget(body, by=signed.caller.actor)
        return RedirectResponse(f"/organisations/{short(body)}/sign-in", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _issuer(request, bank, signed, body, problem)

    return await act_or_say(request, signed, (), act, say, unknown=True)
