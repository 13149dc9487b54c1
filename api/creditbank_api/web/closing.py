"""Closing the account that a person signs in to: a page says what goes, what stays and what stands in the way."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web import session
from creditbank_api.web.account import title_of
from creditbank_api.web.leaving import Kept
from creditbank_api.web.owners import act_or_say
from creditbank_api.web.rendering import page
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short, site_of
from creditbank_api.web.settings import signed_person
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Own:
    """A learner's account that goes along, and where everything in it is taken along first."""

    name: str
    href: str


@router.get("/account/closing")
def closing(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What closing takes away, before anything happens."""
    signed, _ = signed_person(visitor)
    return _page(request, bank, signed)


def _page(
    request: Request, bank: Bank, visitor: Visitor, problem: CreditBankError | None = None, typed: str = ""
) -> HTMLResponse:
    assert visitor.person is not None, "a person is asked for"
    found = bank.closing.preview(visitor.person.id)
    with bank.store.transaction() as tx:
        awards = [tx.get_award(id) for id in found.kept]
        bodies = {one.id: tx.get_organisation(one.organisation).name for one in awards}
    values = {
        "preview": found,
        "kept": [Kept(title_of(bank, one.qualification, one.version), bodies[one.id]) for one in awards],
        "own": [Own(one.name, f"/learners/{short(one.id)}") for one in found.learners],
        "fresh": visitor.fresh,
        "typed": typed,
        "field": "" if problem is None else "confirm",
    }
    return form_page(request, visitor, "closing.html", values, problem=problem, here="settings")


@router.post("/account/closing")
async def close(request: Request, bank: BankDep, visitor: VisitorDep) -> Response:
    """Close the account for good; this browser is signed out with all others."""
    signed, person = signed_person(require_fresh(visitor))

    def act(given: dict[str, str]) -> Response:
        at = site_of(request).base
        bank.closing.close(person.id, confirm=given["confirm"], actor=f"person:{person.id}", at=at)
        answer = RedirectResponse("/closed", 303)
        session.forget(request, answer, session.SESSION_COOKIE, session.DEVICE_COOKIE)
        return answer

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _page(request, bank, signed, problem, given["confirm"])

    return await act_or_say(request, signed, ("confirm",), act, say)


@router.get("/closed")
def closed(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """Where whoever closed an account arrives; it says nothing about anybody."""
    return page(request, "closed.html", {}, visitor=visitor)
