"""Webhooks as pages: where an organisation is told of its events, a test, and how each telling went.

A secret is shown once, in the answer to the form that made it. Whoever makes a webhook, renews its secret or removes it
signed in within the last ten minutes; to pause, to try and to send again it takes no more than the right to.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.canonical import pretty_json
from creditbank.errors import CreditBankError
from creditbank.services.rights import Scope
from creditbank.services.webhook_records import Delivery, DeliveryState, Webhook, WebhookState
from creditbank.services.webhooks import MOST, PING
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.owners import Act, act_or_say, body_rooms, named, new_request, own_body
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
NEEDS: Final = (Scope.WEBHOOKS_MANAGE,)
AT: Final = "/organisations/{organisation}/webhooks"
ONE: Final = AT + "/{webhook}"
LISTED: Final = 25
KINDS: Final = {
    "application-submitted": "A learner applies",
    "application-withdrawn": "A learner takes an application back",
    "award-flag-stated": "A learner says something to an award in question",
    "award-flagged": "A credential that an award rests on was revoked",
    "batch-final": "A batch with your credentials is final: the receipts are there",
    "enrolment-claimed": "Somebody claimed one of your numbers",
    "job-ended": "Long work came to its end",
    "offer-accepted": "A learner accepted a credential",
    "offer-declined": "A learner declined a credential",
    "reservation-lapsed": "Credits that you held were let go again",
    "share-received": "A learner shared credentials with you",
    "waiting-refused": "A credential that waited for somebody was not taken",
}
"""What each kind of event says, for whoever chooses among them; the one that tests is sent whatever was chosen."""


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook in the list, and on its own page."""

    href: str
    url: str
    kinds: tuple[str, ...]
    sign: Sign
    active: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """An event on its way, and how its telling went."""

    href: str
    event: str
    kind: str
    sign: Sign
    at: datetime
    attempts: int
    due: datetime | None
    answer: str
    data: str


# -- the list


@router.get(AT)
def webhooks(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The webhooks of an organisation, and the form for another one."""
    signed, body = own_body(organisation, visitor, *NEEDS)
    return _list(request, bank, signed, body)


def _list(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    at = f"/organisations/{short(body)}"
    found = bank.webhooks.of(body)
    values = {
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/webhooks"),
        "webhooks": [_row(at, one) for one in found],
        "kinds": sorted(KINDS.items(), key=lambda pair: pair[1]),
        "most": MOST,
        "full": len(found) >= MOST,
        "fresh": visitor.fresh,
        "request_id": (given or {}).get("request") or new_request(),
        "given": {"url": "", "kinds": ""} | (given or {}),
        "field": "" if problem is None else "url",
    }
    return form_page(request, visitor, "webhooks.html", values, problem=problem, here="office")


def _row(at: str, one: Webhook) -> WebhookRow:
    kinds = tuple(KINDS.get(kind, kind) for kind in sorted(one.kinds))
    active = one.state is WebhookState.ACTIVE
    return WebhookRow(f"{at}/webhooks/{short(one.id)}", one.url, kinds, words.WEBHOOKS[one.state], active, one.created)


@router.post(AT)
async def make(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Be told at another address; the answer shows the secret this once."""
    signed, body = own_body(organisation, visitor, *NEEDS)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        url, kinds = given["url"].strip(), given["kinds"].split()
        if not url.startswith("https://") or len(url) > 2000:
            raise NotAgreed("An address begins with https:// and has at most 2,000 characters.")
        made, secret = bank.webhooks.add(named(body, given["request"]), body, url, kinds, actor=signed.caller.actor)
        if secret is None:  # the form was sent twice: the webhook stands, and its secret was shown
            return RedirectResponse(f"/organisations/{short(body)}/webhooks/{short(made.id)}", 303)
        return _one(request, bank, signed, made, secret=secret)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _list(request, bank, signed, body, problem, given)

    return await act_or_say(request, signed, ("request", "url", "kinds"), act, say)


# -- one


def _own(bank: Bank, body: str, webhook: str) -> Webhook:
    with hidden():
        return bank.webhooks.get(body, str(urn(webhook)))


@router.get(ONE)
def webhook(
    request: Request, organisation: str, webhook: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep
) -> HTMLResponse:
    """One webhook, and what was sent to it."""
    signed, body = own_body(organisation, visitor, *NEEDS)
    return _one(request, bank, signed, _own(bank, body, webhook), asked)


def _one(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    found: Webhook,
    asked: Leafing | None = None,
    *,
    problem: CreditBankError | None = None,
    secret: str = "",
) -> HTMLResponse:
    at = f"/organisations/{short(found.organisation)}"
    row = _row(at, found)
    with bank.store.transaction() as tx:
        leafing = asked or Leafing(request, None, None, path=row.href)
        part = leafing.newest(lambda page: tx.list_deliveries(page, found.id), LISTED)
    values = {
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/webhooks"),
        "hook": row,
        "part": part,
        "deliveries": [_delivery(row, one) for one in part.items],
        "secret": secret,
        "request_id": new_request(),
        "fresh": visitor.fresh,
        "field": "",
    }
    return form_page(request, visitor, "webhook.html", values, problem=problem, here="office")


def _delivery(hook: WebhookRow, one: Delivery) -> DeliveryRow:
    waits = one.state is DeliveryState.WAITING
    tried = f"The last answer was {one.answer}" if one.answer is not None else "No answer so far"
    return DeliveryRow(
        href=f"{hook.href}/deliveries/{quote(one.event, safe='')}/replay",
        event=one.event,
        kind="A test" if one.kind == PING else KINDS.get(one.kind, one.kind),
        sign=words.DELIVERIES[one.state],
        at=one.at,
        attempts=one.attempts,
        due=one.due if waits and one.attempts else None,
        answer=tried if one.attempts else "",
        data=pretty_json(one.document).decode(),
    )


@router.post(ONE + "/ping")
async def ping(request: Request, organisation: str, webhook: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Send an event that says nothing, to see whether it arrives."""
    signed, body = own_body(organisation, visitor, *NEEDS)

    def act(given: dict[str, str]) -> Response:
        bank.webhooks.ping(named(body, given["request"]), _own(bank, body, webhook))
        return _back(body, webhook)

    return await _acted(request, bank, signed, body, webhook, act, "request")


@router.post(ONE + "/state")
async def change(request: Request, organisation: str, webhook: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Pause it, or let it go on."""
    signed, body = own_body(organisation, visitor, *NEEDS)

    def act(given: dict[str, str]) -> Response:
        if given["state"] not in (WebhookState.ACTIVE, WebhookState.PAUSED):
            raise NotAgreed("A webhook is active or paused.", next_step="Choose one of the two.")
        state = WebhookState(given["state"])
        bank.webhooks.change(_own(bank, body, webhook), state, actor=signed.caller.actor)
        return _back(body, webhook)

    return await _acted(request, bank, signed, body, webhook, act, "state")


@router.post(ONE + "/secret")
async def renew(request: Request, organisation: str, webhook: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """A new secret, which the answer shows this once."""
    signed, body = own_body(organisation, visitor, *NEEDS)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        made, secret = bank.webhooks.renew_secret(_own(bank, body, webhook), actor=signed.caller.actor)
        return _one(request, bank, signed, made, secret=secret)

    return await _acted(request, bank, signed, body, webhook, act)


@router.post(ONE + "/removal")
async def remove(request: Request, organisation: str, webhook: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Be told no more at this address."""
    signed, body = own_body(organisation, visitor, *NEEDS)
    require_fresh(signed)

    def act(_given: dict[str, str]) -> Response:
        bank.webhooks.change(_own(bank, body, webhook), WebhookState.REMOVED, actor=signed.caller.actor)
        return RedirectResponse(f"/organisations/{short(body)}/webhooks", 303)

    return await _acted(request, bank, signed, body, webhook, act)


@router.post(ONE + "/deliveries/{event}/replay")
async def replay(
    request: Request, organisation: str, webhook: str, event: str, bank: BankDep, visitor: VisitorDep
) -> Response:
    """Send an event once more, under the same id."""
    signed, body = own_body(organisation, visitor, *NEEDS)

    def act(_given: dict[str, str]) -> Response:
        bank.webhooks.replay(_own(bank, body, webhook), event)
        return _back(body, webhook)

    return await _acted(request, bank, signed, body, webhook, act)


def _back(body: str, webhook: str) -> RedirectResponse:
    return RedirectResponse(f"/organisations/{short(body)}/webhooks/{webhook}#deliveries", 303)


async def _acted(
    request: Request, bank: Bank, signed: Visitor, body: str, webhook: str, act: Act, *names: str
) -> Response:
    """Act on a webhook of the body's; what is refused is said on its page."""

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _one(request, bank, signed, _own(bank, body, webhook), problem=problem)

    return await act_or_say(request, signed, names, act, say)
