"""The pages of shares: a learner makes, previews and withdraws them; anybody with the link sees what is shared.

The link's token stands in the path: the page tells the browser to pass it on to nobody, and search engines to keep off.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from creditbank.bootstrap import Bank
from creditbank.errors import BadInput, CreditBankError, NotFound
from creditbank.services.share_records import Share, ShareView
from creditbank.services.shares import Opened, PinNeeded, PinWrong, UnusableShare
from creditbank_api.dependencies import BankDep, gentle_verification
from creditbank_api.errors import NoSuchResource, NotSignedIn
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.shown import show
from creditbank_api.v1.shapes import urn
from creditbank_api.v1.shares import link_of
from creditbank_api.web import session
from creditbank_api.web.drawing import qr_code
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.owners import learner_rooms
from creditbank_api.web.rendering import page
from creditbank_api.web.reports import report_view
from creditbank_api.web.session import Visitor, VisitorDep, short, site_of

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
PRIVATE: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
LISTED: Final = 50


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share as its learner sees it, with who looked."""

    share: Share
    state: str
    short: str
    views: tuple[ShareView, ...]


@dataclass(frozen=True, slots=True)
class Choosable:
    """A credential that can be shared."""

    id: str
    title: str
    provider: str


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was just made."""

    link: str
    qr: Markup
    short: str


# -- whoever has the link


@router.get("/s/{token}", dependencies=[Depends(gentle_verification)])
def shared(request: Request, token: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What a link shows; it asks for the PIN where there is one."""
    return _opened(request, bank, visitor, token, "")


@router.post("/s/{token}", dependencies=[Depends(gentle_verification)])
async def shared_with_pin(request: Request, token: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The same with the PIN."""
    async with request.form(max_files=1, max_fields=2) as form:
        pin = str(form.get("pin", ""))
    return await run_in_threadpool(_opened, request, bank, visitor, token, pin)


def _opened(request: Request, bank: Bank, visitor: Visitor | None, token: str, pin: str) -> HTMLResponse:
    reader = "" if visitor is None or visitor.caller.is_learner else visitor.caller.subject
    try:
        opened = bank.shares.open(token, pin=pin, reader=reader)
    except (PinNeeded, PinWrong) as problem:
        told = None if isinstance(problem, PinNeeded) else problem
        status = 200 if told is None else 403
        answer = page(request, "share_pin.html", {"problem": told}, visitor=visitor, status=status)
    else:
        answer = _shown(request, bank, visitor, opened, preview=False)
    answer.headers.update(PRIVATE)
    return answer


def _shown(request: Request, bank: Bank, visitor: Visitor | None, opened: Opened, *, preview: bool) -> HTMLResponse:
    shown = show(bank, opened)
    reports = () if shown.examined is None else shown.examined.reports
    documents = {} if shown.examined is None else shown.examined.documents
    values = {
        "learner": opened.learner,
        "share": opened.share,
        "reports": [report_view(report, documents) for report in reports],
        "lacking": shown.lacking,
        "checked_at": bank.clock.now(),
        "preview": preview,
        "back": f"/learners/{short(opened.share.learner)}/shares",
    }
    return page(request, "shared.html", values, visitor=visitor)


# -- the learner


@router.get("/learners/{id}/shares")
def own_shares(request: Request, id: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """A learner's shares, and the form for another one."""
    return _own_page(request, bank, _learner(id, visitor), asked=asked)


@router.post("/learners/{id}/shares")
async def make(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Make a share; the answer is the one page that shows its link."""
    async with request.form(max_files=1, max_fields=80) as form:
        given = {
            name: str(form.get(name, "")) for name in ("form_token", "request", "audience", "purpose", "days", "pin")
        }
        chosen = [str(one) for one in form.getlist("credentials")]
    learner = _learner(id, visitor)
    session.require_own_form(request, given["form_token"], learner.form_token)
    return await run_in_threadpool(_make, request, bank, learner, given, chosen)


def _make(request: Request, bank: Bank, visitor: Visitor, given: dict[str, str], chosen: list[str]) -> HTMLResponse:
    try:
        made = bank.shares.share(
            f"page:{visitor.caller.subject}:{given['request'][:60]}",
            learner=visitor.caller.subject,
            credentials=chosen,
            audience=given["audience"].strip(),
            purpose=given["purpose"].strip(),
            until=bank.clock.now() + timedelta(days=_days(given["days"])),
            pin=given["pin"],
        )
    except (BadInput, NotFound) as problem:
        return _own_page(request, bank, visitor, problem=problem)
    if not made.token:
        return _own_page(request, bank, visitor)
    link = _link(request, bank, made.token)
    drawn = qr_code(link, "The link of the share")
    answer = _own_page(request, bank, visitor, made=Made(link, drawn, short(made.share.id)))
    answer.headers.update(PRIVATE)
    return answer


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 366):
        raise UnusableShare("A share ends after 1 to 366 days.")
    return int(text)


@router.get("/learners/{id}/shares/{share}/preview", dependencies=[Depends(gentle_verification)])
def preview(request: Request, id: str, share: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What they will see; it counts as no view."""
    learner = _learner(id, visitor)
    with hidden():
        opened = bank.shares.preview(str(urn(share)), learner=learner.caller.subject)
    return _shown(request, bank, learner, opened, preview=True)


@router.post("/learners/{id}/shares/{share}/withdraw")
async def withdraw(request: Request, id: str, share: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Close a share."""
    async with request.form(max_files=1, max_fields=2) as form:
        given = str(form.get("form_token", ""))
    learner = _learner(id, visitor)
    session.require_own_form(request, given, learner.form_token)
    with hidden():
        await run_in_threadpool(bank.shares.withdraw, str(urn(share)), learner=learner.caller.subject)
    return RedirectResponse(f"/learners/{short(learner.caller.subject)}/shares", status_code=303)


def _link(request: Request, bank: Bank, token: str) -> str:
    """The link of a share, under the bank's own name; on this machine alone under the name that it was reached by."""
    own, site = link_of(bank, token), site_of(request)
    return own if own.startswith(f"{site.origin}/") else f"{site.base}/s/{token}"


def _learner(id: str, visitor: Visitor | None) -> Visitor:
    """The learner themselves; raises `NotSignedIn`, and `NoSuchResource` for anybody else."""
    if visitor is None:
        raise NotSignedIn("This page is for the person it is about.", next_step="Sign in, then open it again.")
    if not (visitor.caller.is_learner and visitor.caller.subject == str(urn(id))):
        raise NoSuchResource
    return visitor


def _own_page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    *,
    made: Made | None = None,
    problem: CreditBankError | None = None,
    asked: Leafing | None = None,
) -> HTMLResponse:
    learner = visitor.caller.subject
    leafing = asked or Leafing(request, None, None)
    part = leafing.newest(lambda page: bank.shares.of(learner, page), LISTED)
    rows = [_row(bank, share, learner) for share in part.items]
    account = bank.sharing.account(learner)
    choices = [Choosable(one.facts.credential, one.facts.title, one.provider) for one in account.lots]
    choices += [Choosable(id, title, provider) for id, title, provider in _awards(bank, learner)]
    values = {
        "part": part,
        "shares": rows,
        "choices": choices,
        "made": made,
        "problem": problem,
        "request_id": str(uuid.uuid4()),
        "rooms": learner_rooms(bank, learner, "/shares"),
    }
    return page(
        request, "shares.html", values, here="account", visitor=visitor, status=400 if problem is not None else 200
    )


def _row(bank: Bank, share: Share, learner: str) -> ShareRow:
    _, views = bank.shares.get(share.id, learner=learner)
    return ShareRow(share, str(bank.shares.state_of(share)), short(share.id), tuple(views))


def _awards(bank: Bank, learner: str) -> list[tuple[str, str, str]]:
    with bank.store.transaction() as tx:
        made = [one for one in tx.awards_of(learner) if one.signed is not None]
        bodies = {one.organisation: tx.get_organisation(one.organisation).name for one in made}
        held = {one.id for one in tx.credentials_of(learner)}
    return [(one.id, f"Award: {one.qualification}", bodies[one.organisation]) for one in made if one.id in held]
