"""Take everything along, merge two accounts, leave: what a learner does once, as pages that say before what follows.

Each of them asks for a sign-in within the last ten minutes, because a passer-by at an open browser must do none.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.adapters.documents import packed
from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.listing_ports import Page
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.web.account import title_of
from creditbank_api.web.owners import act_or_say, learner_rooms, own_learner
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
MOST_SHARES = 100_000


@dataclass(frozen=True, slots=True)
class Kept:
    """An award that stays with its university."""

    title: str
    university: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What goes and what stays when an account is erased."""

    did: str
    name: str
    credentials: int
    identifiers: int
    shares: int
    applications: int
    merged: int
    free: tuple[str, ...]
    lots: int
    entries: int
    kept: tuple[Kept, ...]


@router.get("/learners/{id}/leaving")
def leaving(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What one can take along, merge, and end."""
    signed, learner = own_learner(id, visitor)
    return _leaving(request, bank, signed, learner)


def _leaving(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    problem: CreditBankError | None = None,
    field: str = "",
    given: dict[str, str] | None = None,
    code: str = "",
) -> HTMLResponse:
    values = {
        "at": f"/learners/{short(learner)}",
        "rooms": learner_rooms(bank, learner, "/leaving"),
        "fresh": visitor.fresh,
        "field": field,
        "given": {"challenge": "", "domain": "", "code": ""} | (given or {}),
        "code": code,
    }
    return form_page(request, visitor, "leaving.html", values, problem=problem, here="account")


@router.post("/learners/{id}/leaving/export")
async def export(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Everything that the account holds, as one archive; for another bank that gave a challenge, to be taken in."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        challenge, domain = given["challenge"].strip()[:200], given["domain"].strip()[:200]
        made = bank.taking_along.of(learner, challenge=challenge, domain=domain)
        headers = {"Content-Disposition": 'attachment; filename="account.zip"', "Cache-Control": "no-store"}
        return Response(packed("account", made.files), media_type="application/zip", headers=headers)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _leaving(request, bank, signed, learner, problem, "challenge", given)

    return await act_or_say(request, signed, ("challenge", "domain"), act, say)


# -- merging


@router.post("/learners/{id}/leaving/merge-code")
async def merge_code(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Show, this once, the code by which another account of the same person takes this one over."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        code = bank.merging.code(learner, actor=signed.caller.actor)
        return _leaving(request, bank, signed, learner, code=code)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _leaving(request, bank, signed, learner, problem, "merge-code")

    return await act_or_say(request, signed, (), act, say)


@router.post("/learners/{id}/leaving/merger")
async def merge(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Take over the account whose code this is, for good."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        if given["agree"] != "yes":
            raise NotAgreed("The other account ends for good, and the box that says so is empty.")
        bank.merging.merge(given["code"].strip(), into=learner, actor=signed.caller.actor)
        return RedirectResponse(f"/learners/{short(learner)}/notices", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        field = "merge-agree" if isinstance(problem, NotAgreed) else "code"
        return _leaving(request, bank, signed, learner, problem, field, given)

    return await act_or_say(request, signed, ("code", "agree"), act, say, unknown=True)


# -- leaving


@router.get("/learners/{id}/leaving/erasure")
def erasure(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What goes and what stays, before anything does."""
    signed, learner = own_learner(id, visitor)
    return _erasure(request, bank, signed, learner)


def _erasure(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    values = {
        "at": f"/learners/{short(learner)}",
        "rooms": learner_rooms(bank, learner, "/leaving"),
        "preview": _preview(bank, learner),
        "fresh": visitor.fresh,
        "field": "" if problem is None else "confirm",
        "given": {"confirm": "", "why": ""} | (given or {}),
    }
    return form_page(request, visitor, "erasure.html", values, problem=problem, here="account")


def _preview(bank: Bank, learner: str) -> Preview:
    account = bank.sharing.account(learner)
    with bank.store.transaction() as tx:
        awards = [one for one in tx.awards_of(learner) if one.signed is not None]
        bodies = {body.id: body.name for body in tx.organisations()}
        held = tx.credentials_of(learner)
        applications, merged = tx.applications_of(learner), tx.mergers_into(learner)
    kept = {one.id for one in awards}
    return Preview(
        did=account.learner.did,
        name=account.learner.name,
        credentials=sum(one.id not in kept for one in held),
        identifiers=len(bank.holding.identities(learner)),
        shares=len(bank.shares.of(learner, Page(MOST_SHARES))),
        applications=sum(one.award not in kept for one in applications),
        merged=len(merged),
        free=tuple(f"{one.available} {one.system}" for one in account.balances if one.available),
        lots=len(account.lots),
        entries=len(account.entries),
        kept=tuple(Kept(title_of(bank, one.qualification, one.version), bodies[one.organisation]) for one in awards),
    )


@router.post("/learners/{id}/leaving/erasure")
async def erase(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Erase the account for good."""
    signed, learner = own_learner(id, visitor)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        bank.erasing.erase(
            learner, confirm=given["confirm"].strip(), actor=signed.caller.actor, why=given["why"].strip()[:400]
        )
        return RedirectResponse("/erased", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _erasure(request, bank, signed, learner, problem, given)

    return await act_or_say(request, signed, ("confirm", "why"), act, say)


@router.get("/erased")
def erased(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """Where whoever erased an account arrives; it says nothing about anybody."""
    return page(request, "erased.html", {}, visitor=visitor)
