"""What a learner or an organisation was told, as a page: each notice in a sentence, with where to go for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.credential import NotAUnit, unit_facts
from creditbank.errors import NotFound
from creditbank.services.ledger_records import Notice
from creditbank.services.noticing import to_learner, to_organisation
from creditbank.services.ports import Transaction
from creditbank.services.rights import Scope
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.forms import own_form
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.owners import body_rooms, learner_rooms, own_body, own_learner
from creditbank_api.web.session import VisitorDep, short
from creditbank_api.web.signing import form_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """How a kind of notice is told: its heading, its sentence, and the path below its owner's pages (`{field}`)."""

    heading: str
    sentence: str
    path: str = ""
    link: str = ""


TO_LEARNERS: Final[Mapping[str, Told]] = {
    "application-more-wanted": Told(
        "More is wanted",
        "A university asks for more before it answers: {title}.",
        "/applications/{application}",
        "Answer",
    ),
    "application-accepted": Told(
        "Accepted", "A university accepted your application: {title}.", "/applications/{application}", "See it"
    ),
    "application-declined": Told(
        "Declined", "A university declined your application: {title}.", "/applications/{application}", "Read why"
    ),
    "award-flagged": Told(
        "An award is in question",
        "A credential that one of your awards counts was revoked. You may say what you have to say to it.",
        "/flags/{flag}",
        "State your case",
    ),
    "award-flag-decided": Told(
        "It was decided", "The university decided about the award in question.", "/flags/{flag}", "Read the decision"
    ),
    "award-reversed": Told(
        "An award was taken back", "What it counted came free again, unless its credential was revoked.", "", "See it"
    ),
    "credential-offered": Told("A credential is offered", "Accept {unit}, or decline it.", "#offers", "Decide"),
    "credits-expiring": Told(
        "Credits expire soon", "{amount} credits of {unit} can be used until {expires}.", "", "See"
    ),
    "credits-expired": Told("Credits have expired", "{amount} credits of {unit} can no longer be used."),
    "credits-reserved": Told(
        "Credits are held", "A university holds credits of yours for an award. They come free if it does not make it."
    ),
    "account-merged": Told("Accounts merged", "Another account of yours was merged into this one."),
    "job-ended": Told("Work has ended", "Work that you asked for has come to its end: {state}."),
}
TO_BODIES: Final[Mapping[str, Told]] = {
    "application-submitted": Told(
        "Application received", "A learner applies: {title}.", "/applications/{application}", "Open it"
    ),
    "application-withdrawn": Told(
        "Application withdrawn",
        "A learner took an application back: {title}.",
        "/applications/{application}",
        "Open it",
    ),
    "award-flagged": Told(
        "An award is in question",
        "A credential that one of your awards counts was revoked.",
        "/flags/{flag}",
        "Open it",
    ),
    "award-flag-stated": Told(
        "A learner has spoken", "There is a statement about an award in question.", "/flags/{flag}", "Read it"
    ),
    "batch-final": Told("A batch is final", "Credentials of yours are anchored for good; their receipts are there."),
    "enrolment-claimed": Told("A number was claimed", "Somebody bound a number of yours to their account."),
    "job-ended": Told("Work has ended", "Long work has come to its end: {state}."),
    "offer-accepted": Told("Accepted", "A learner accepted a credential."),
    "offer-declined": Told("Declined", "A learner declined a credential."),
    "ping": Told("A test", "Somebody tried a webhook."),
    "reservation-lapsed": Told("Credits let go", "The time was over for which you held credits, and they came free."),
    "share-received": Told("Shared with you", "A learner shared credentials with you."),
    "waiting-refused": Told("Could not be issued", "What waited for a claim could not be issued: {problem}."),
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as it is listed."""

    id: str
    heading: str
    sentence: str
    href: str
    link: str
    at: datetime
    new: bool


def _listed(bank: Bank, asked: Leafing, audience: str, at: str, kinds: Mapping[str, Told]) -> dict[str, Any]:
    with bank.store.transaction() as tx:
        part = asked.newest(lambda page: tx.list_notices(page, audience), SHOWN)
        return {"part": part, "rows": [_row(bank, tx, one, at, kinds) for one in part.items]}


def _row(bank: Bank, tx: Transaction, notice: Notice, at: str, kinds: Mapping[str, Told]) -> NoticeRow:
    told = kinds.get(notice.kind) or Told(notice.kind.replace("-", " ").capitalize(), "")
    known = _known(bank, tx, notice)
    href = at + told.path.format_map(known) if told.link else ""
    return NoticeRow(
        notice.id, told.heading, told.sentence.format_map(known), href, told.link, notice.at, notice.seen is None
    )


class _Known(dict[str, str]):
    """What a notice names; a sentence that speaks of something else has a gap there, and is still told."""

    def __missing__(self, name: str) -> str:
        return "…"


def _known(bank: Bank, tx: Transaction, notice: Notice) -> _Known:
    """What the sentences speak of: ids as they stand in addresses, titles and days in words."""
    document: Any = notice.document
    known = _Known({name: short(str(value)) for name, value in document.items()})
    if "qualification" in document:
        known["title"] = title_of(bank, document["qualification"])
    if "expires" in document:
        known["expires"] = words.moment(datetime.fromisoformat(document["expires"]))
    if "credential" in document:
        known["unit"] = _unit(tx, document["credential"])
    return known


def _unit(tx: Transaction, credential: str) -> str:
    try:
        return unit_facts(tx.get_credential(credential).document).title
    except (NotFound, NotAUnit):
        return "a credential that is gone"


def _see(bank: Bank, audience: str, last: str) -> None:
    """Note that everything up to the notice `last` was read; what came after the page was drawn stays new."""
    newest = [one.id for one in bank.noticing.latest(audience)]
    if last not in newest:
        return
    newer = set(newest[: newest.index(last)])
    while read := [one.id for one in bank.noticing.told(audience, unseen=True) if one.id not in newer]:
        bank.noticing.see(audience, read)


# -- a learner's


@router.get("/learners/{id}/notices")
def of_learner(request: Request, id: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """What a learner was told."""
    signed, learner = own_learner(id, visitor)
    at = f"/learners/{short(learner)}"
    values = {
        "at": at,
        "rooms": learner_rooms(bank, learner, "/notices"),
        "owner": "My account",
    } | _listed(bank, asked, to_learner(learner), at, TO_LEARNERS)
    return form_page(request, signed, "notices.html", values, here="account")


@router.post("/learners/{id}/notices")
async def seen_by_learner(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Note that everything was read that was there."""
    signed, learner = own_learner(id, visitor)
    given = await own_form(request, signed, "last")
    await run_in_threadpool(_see, bank, to_learner(learner), given["last"])
    return RedirectResponse(f"/learners/{short(learner)}/notices", 303)


# -- an organisation's


@router.get("/organisations/{organisation}/notices")
def of_body(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """What an organisation was told."""
    signed, body = own_body(organisation, visitor, Scope.NOTICES_READ)
    at = f"/organisations/{short(body)}"
    values = {
        "at": at,
        "rooms": body_rooms(bank, signed.caller, "/notices"),
        "owner": "My organisation",
    } | _listed(bank, asked, to_organisation(body), at, TO_BODIES)
    return form_page(request, signed, "notices.html", values, here="office")


@router.post("/organisations/{organisation}/notices")
async def seen_by_body(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Note that everything was read that was there, by a member for all of them."""
    signed, body = own_body(organisation, visitor, Scope.NOTICES_READ)
    given = await own_form(request, signed, "last")
    await run_in_threadpool(_see, bank, to_organisation(body), given["last"])
    return RedirectResponse(f"/organisations/{short(body)}/notices", 303)
