"""Members of an organisation, its invitations, and the keys of its programs, as pages.

What is given or taken here asks for a sign-in within the last ten minutes. A code or a secret is shown once, in the
answer to the form that made it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services import access, membership
from creditbank.services.granting import client_id
from creditbank.services.membership_records import AccessKey, Invitation, KeyKind
from creditbank.services.rights import MemberRole, Scope, fits, scopes_of, within
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.v1.shapes import urn
from creditbank_api.web.owners import act_or_say, body_rooms, named, new_request, own_body
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
ROLES: Final = {
    MemberRole.OWNER: "Owner: everything, and who belongs here",
    MemberRole.ADMINISTRATOR: "Administrator: members, keys and webhooks, and reading",
    MemberRole.ISSUER: "Issuer: units, credentials and transcripts",
    MemberRole.REGISTRAR: "Registrar: applications, evaluations and awards",
    MemberRole.RECOGNISER: "Recogniser: decisions on what is recognised",
    MemberRole.OFFICER: "Officer: registers and endorsements",
    MemberRole.AUDITOR: "Auditor: reading only",
}


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role that may be given, with what it means; `held` by the member it is offered for."""

    name: str
    words: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, and the roles that could be theirs."""

    id: str
    name: str
    roles: str
    since: datetime
    you: bool
    choices: tuple[RoleChoice, ...]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that nobody has accepted yet."""

    id: str
    roles: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of a program, by how it begins; never the key."""

    id: str
    kind: str
    hint: str
    label: str
    scopes: tuple[str, ...]
    expires: datetime
    used: datetime | None


# -- members and invitations


@router.get("/organisations/{organisation}/members")
def members(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Who belongs to an organisation, in which roles, and who is invited."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ)
    return _members(request, bank, signed, body)


def _members(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    problem: CreditBankError | None = None,
    field: str = "",
    code: str = "",
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        kinds = tx.get_organisation(body).roles
    offered = [role for role in MemberRole if fits(role, kinds)]
    manages = Scope.MEMBERS_MANAGE in visitor.caller.scopes
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/members"),
        "members": [
            MemberRow(
                short(record.person),
                name,
                _titles(record.roles),
                record.since,
                record.person == visitor.caller.person,
                tuple(RoleChoice(str(role), ROLES[role], role in record.roles) for role in offered),
            )
            for record, name in bank.membership.members(body)
        ],
        "invitations": [_invitation(one) for one in bank.membership.invitations(body)],
        "choices": [
            RoleChoice(str(role), ROLES[role]) for role in offered if scopes_of([role], kinds) <= visitor.caller.scopes
        ],
        "manages": manages and visitor.fresh,
        "stale": manages and not visitor.fresh,
        "most": membership.MOST_DAYS,
        "days": membership.INVITED_DAYS,
        "request_id": new_request(),
        "field": field,
        "code": code,
    }
    return form_page(request, visitor, "members.html", values, problem=problem, here="office")


def _titles(roles: frozenset[MemberRole]) -> str:
    return ", ".join(ROLES[role].partition(":")[0] for role in MemberRole if role in roles)


def _invitation(one: Invitation) -> InvitationRow:
    return InvitationRow(short(one.id), _titles(one.roles), one.expires)


def _roles(text: str) -> list[MemberRole]:
    """The roles that were ticked; raises `NotAgreed` where there is none."""
    known = set(MemberRole)
    given = [MemberRole(word) for word in text.split() if word in known]
    if not given:
        raise NotAgreed("No role was chosen.", next_step="Choose at least one.")
    return given


@router.post("/organisations/{organisation}/members/{person}")
async def change(request: Request, organisation: str, person: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Give a member these roles and no others."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        bank.membership.change(body, str(urn(person)), _roles(given["roles"]), by=signed.caller.giver)
        return RedirectResponse(f"/organisations/{short(body)}/members", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _members(request, bank, signed, body, problem, f"roles-{person}")

    return await act_or_say(request, signed, ("roles",), act, say)


@router.post("/organisations/{organisation}/members/{person}/removal")
async def remove(request: Request, organisation: str, person: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """End a membership. The keys that the member made are revoked with it."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        bank.membership.remove(body, str(urn(person)), by=signed.caller.giver)
        gone = signed.caller.person == str(urn(person))
        return RedirectResponse("/account" if gone else f"/organisations/{short(body)}/members", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _members(request, bank, signed, body, problem, f"roles-{person}")

    return await act_or_say(request, signed, (), act, say)


@router.post("/organisations/{organisation}/invitations")
async def invite(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Make an invitation, whose code the answer shows this once."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        _, code = bank.membership.invite(
            named(body, given["request"]),
            organisation=body,
            roles=_roles(given["roles"]),
            by=signed.caller.giver,
            days=_days(given["days"], membership.MOST_DAYS),
        )
        return _members(request, bank, signed, body, code=code or "")

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _members(request, bank, signed, body, problem, "invite")

    return await act_or_say(request, signed, ("request", "roles", "days"), act, say)


@router.post("/organisations/{organisation}/invitations/{invitation}/withdrawal")
async def withdraw(
    request: Request, organisation: str, invitation: str, bank: BankDep, visitor: VisitorDep
) -> Response:
    """Take an open invitation back."""
    signed, body = own_body(organisation, visitor, Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        bank.membership.withdraw(body, str(urn(invitation)), by=signed.caller.giver)
        return RedirectResponse(f"/organisations/{short(body)}/members", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _members(request, bank, signed, body, problem, "invitations")

    return await act_or_say(request, signed, (), act, say)


def _days(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= most):
        raise NotAgreed(f"A number of days from 1 to {most} is missing.", next_step="Say for how many days.")
    return int(text)


# -- tokens and clients


@router.get("/organisations/{organisation}/tokens")
def tokens(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The keys of an organisation's programs."""
    signed, body = own_body(organisation, visitor, Scope.TOKENS_MANAGE)
    return _tokens(request, bank, signed, body)


def _tokens(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
    made: tuple[AccessKey, str] | None = None,
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        kinds = tx.get_organisation(body).roles
    found = [*bank.access.keys(body), *bank.access.keys(body, KeyKind.CLIENT)]
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/tokens"),
        "keys": [_key(one) for one in found],
        "scopes": sorted(str(scope) for scope in within(kinds) & visitor.caller.scopes),
        "fresh": visitor.fresh,
        "most": access.MOST_DAYS,
        "request_id": new_request(),
        "field": "" if problem is None else _wrong(problem, given or {}),
        "given": {"label": "", "days": str(access.DAYS), "kind": "token", "scopes": ""} | (given or {}),
        "made": None if made is None else _key(made[0]),
        "client": "" if made is None or made[0].kind is KeyKind.TOKEN else client_id(made[0]),
        "secret": "" if made is None else made[1],
    }
    return form_page(request, visitor, "tokens.html", values, problem=problem, here="office")


def _wrong(problem: CreditBankError, given: dict[str, str]) -> str:
    """The field of the form for a key that a refusal is about."""
    if isinstance(problem, NotAgreed):
        return "days"
    return "label" if given.get("scopes") else "scope-1"


def _key(one: AccessKey) -> KeyRow:
    kind = "Token" if one.kind is KeyKind.TOKEN else "OAuth client"
    return KeyRow(short(one.id), kind, one.hint, one.label, tuple(sorted(one.scopes)), one.expires, one.used)


@router.post("/organisations/{organisation}/tokens")
async def make(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Make a key with at most what its maker may do; the answer shows it this once."""
    signed, body = own_body(organisation, visitor, Scope.TOKENS_MANAGE)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        known = set(Scope)
        key, secret = bank.access.make(
            named(body, given["request"]),
            kind=KeyKind.CLIENT if given["kind"] == "client" else KeyKind.TOKEN,
            organisation=body,
            label=given["label"].strip(),
            scopes=[Scope(word) for word in given["scopes"].split() if word in known],
            by=signed.caller.giver,
            days=_days(given["days"], access.MOST_DAYS),
        )
        return _tokens(request, bank, signed, body, made=None if secret is None else (key, secret))

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _tokens(request, bank, signed, body, problem, given)

    return await act_or_say(request, signed, ("request", "kind", "label", "days", "scopes"), act, say)


@router.post("/organisations/{organisation}/tokens/{token}/revocation")
async def revoke(request: Request, organisation: str, token: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Revoke a key at once and for good."""
    signed, body = own_body(organisation, visitor, Scope.TOKENS_MANAGE)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        bank.access.revoke(body, str(urn(token)), by=signed.caller.giver)
        return RedirectResponse(f"/organisations/{short(body)}/tokens", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _tokens(request, bank, signed, body, problem)

    return await act_or_say(request, signed, (), act, say)
