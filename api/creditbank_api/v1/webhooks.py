"""Webhooks: where an organisation is told of its events, and how each telling went."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field, StringConstraints

from creditbank.bootstrap import Bank
from creditbank.services.webhook_records import Delivery, Webhook, WebhookState
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import NOTED, Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Organisation, Scope, hidden, needs
from creditbank_api.v1.shapes import IdInPath, Shape

router = APIRouter(tags=["webhooks"], route_class=JsonRoute, dependencies=[needs(Scope.WEBHOOKS_MANAGE)])
EventInPath = Annotated[str, Path(max_length=100, description="`webhook-id` of the delivery")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=60)]
SEEN = (*GUARDED, "no-such-resource", "invalid-request")


class WebhookRequest(Shape):
    """An https address of the public internet, and the kinds of events that it is told of: all where none is named."""

    url: Annotated[
        str, StringConstraints(min_length=9, max_length=2000), Field(examples=["https://lms.example/events"])
    ]
    kinds: Annotated[list[Kind], Field(max_length=50)] = Field(default_factory=list)


class StateRequest(Shape):
    """Let a webhook wait, or go on. What happens while it waits is sent when it goes on."""

    state: Literal["active", "paused"]


class Nothing(Shape):
    """Nothing more is said than that it shall be done."""


class WebhookView(Shape):
    """A webhook. `secret` is there once, in the answer that made it; it signs every event (Standard Webhooks)."""

    id: str
    url: str
    kinds: list[str]
    state: str
    created: str
    secret: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, secret: str | None = None) -> "WebhookView":
        """Shape a record."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            kinds=list(webhook.kinds),
            state=str(webhook.state),
            created=instant_text(webhook.created),
            secret=secret,
        )


class WebhookList(Shape):
    """Some webhooks, by id; `next` continues, and is missing at the end."""

    items: list[WebhookView]
    next: str | None


class DeliveryView(Shape):
    """An event on its way: waiting, delivered or given up, after how many attempts; `answer` is the last status."""

    event: str
    kind: str
    at: str
    data: dict[str, Any]
    state: str
    attempts: int
    due: str | None
    ended: str | None
    answer: int | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        """Shape a record."""
        return cls(
            event=delivery.event,
            kind=delivery.kind,
            at=instant_text(delivery.at),
            data=dict(delivery.document),
            state=str(delivery.state),
            attempts=delivery.attempts,
            due=None if delivery.ended is not None else instant_text(delivery.due),
            ended=None if delivery.ended is None else instant_text(delivery.ended),
            answer=delivery.answer,
        )


class DeliveryList(Shape):
    """Some deliveries, newest first; `next` continues, and is missing at the end."""

    items: list[DeliveryView]
    next: str | None


@router.get("/webhooks", responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"))
def webhooks(
    bank: BankDep, caller: Organisation, response: Response, asked: Annotated[Window, Depends(window)]
) -> WebhookList:
    """The webhooks of the caller's organisation."""
    part, following = asked.sorted(bank.webhooks.of(caller.subject), lambda one: one.id, response)
    return WebhookList(items=[WebhookView.of(one) for one in part], next=following)


@router.post(
    "/webhooks",
    status_code=201,
    response_model=WebhookView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "fetch-refused",
        "too-many-webhooks",
        "unknown-events",
        "beyond-own-rights",
    ),
)
def add(wanted: WebhookRequest, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """Be told of events at an address. The secret is shown this once."""

    def act(request: str) -> Answer:
        with hidden():
            made, secret = bank.webhooks.add(request, caller.subject, wanted.url, wanted.kinds, actor=caller.actor)
        return Answer(WebhookView.of(made, secret), f"/v1/webhooks/{made.id}", secrets=("secret",))

    return once.answer(act)


@router.get("/webhooks/{id}", responses=declared(*SEEN))
def read(id: IdInPath, bank: BankDep, caller: Organisation) -> WebhookView:
    """A webhook."""
    return WebhookView.of(_own(bank, caller.subject, id))


@router.post(
    "/webhooks/{id}/state",
    status_code=201,
    response_model=WebhookView,
    responses=declared(*SEEN, *READING, *ONCE),
)
def change(id: IdInPath, wanted: StateRequest, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """Pause a webhook, or let it go on."""
    webhook = _own(bank, caller.subject, id)

    def act(_request: str) -> Answer:
        made = bank.webhooks.change(webhook, WebhookState(wanted.state), actor=caller.actor)
        return Answer(WebhookView.of(made), f"/v1/webhooks/{made.id}")

    return once.answer(act)


@router.post(
    "/webhooks/{id}/secret",
    status_code=201,
    response_model=WebhookView,
    responses=declared(*SEEN, *READING, *ONCE, "beyond-own-rights"),
)
def renew(id: IdInPath, wanted: Nothing, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """A new secret, shown this once. For a day events are signed under the one before, too."""
    webhook = _own(bank, caller.subject, id)

    def act(_request: str) -> Answer:
        made, secret = bank.webhooks.renew_secret(webhook, actor=caller.actor)
        return Answer(WebhookView.of(made, secret), f"/v1/webhooks/{made.id}", secrets=("secret",))

    return once.answer(act)


@router.post(
    "/webhooks/{id}/ping",
    status_code=202,
    response_model=DeliveryView,
    responses=declared(*SEEN, *READING, *ONCE),
)
def ping(id: IdInPath, wanted: Nothing, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """Send an event that says nothing, to see whether it arrives."""
    webhook = _own(bank, caller.subject, id)
    return once.answer(lambda request: _queued(webhook, bank.webhooks.ping(request, webhook)))


@router.get("/webhooks/{id}/deliveries", responses=declared(*SEEN, "unreadable-cursor"))
def deliveries(
    id: IdInPath, bank: BankDep, caller: Organisation, response: Response, asked: Annotated[Window, Depends(window)]
) -> DeliveryList:
    """What was sent to a webhook, and how it went."""
    webhook = _own(bank, caller.subject, id)
    with bank.store.transaction() as tx:
        found = tx.list_deliveries(asked.page(), webhook.id)
    part, following = asked.part(found, response)
    return DeliveryList(items=[DeliveryView.of(one) for one in part], next=following)


@router.get("/webhooks/{id}/deliveries/{event}", responses=declared(*SEEN))
def delivery(id: IdInPath, event: EventInPath, bank: BankDep, caller: Organisation) -> DeliveryView:
    """One event, and how its delivery went."""
    webhook = _own(bank, caller.subject, id)
    with hidden(), bank.store.transaction() as tx:
        return DeliveryView.of(tx.get_delivery(webhook.id, event))


@router.post(
    "/webhooks/{id}/deliveries/{event}/replay",
    status_code=202,
    response_model=DeliveryView,
    responses=declared(*SEEN, *READING, *ONCE),
)
def replay(
    id: IdInPath, event: EventInPath, wanted: Nothing, once: OnceDep, bank: BankDep, caller: Organisation
) -> Response:
    """Send an event once more, under the same `webhook-id`, whatever became of it."""
    webhook = _own(bank, caller.subject, id)

    def act(_request: str) -> Answer:
        with hidden():
            return _queued(webhook, bank.webhooks.replay(webhook, event))

    return once.answer(act)


@router.delete("/webhooks/{id}", status_code=204, dependencies=[NOTED], responses=declared(*SEEN))
def remove(id: IdInPath, bank: BankDep, caller: Organisation) -> None:
    """Be told no more at this address."""
    bank.webhooks.change(_own(bank, caller.subject, id), WebhookState.REMOVED, actor=caller.actor)


def _own(bank: Bank, organisation: str, id: str) -> Webhook:
    with hidden():
        return bank.webhooks.get(organisation, id)


def _queued(webhook: Webhook, queued: Delivery) -> Answer:
    return Answer(DeliveryView.of(queued), f"/v1/webhooks/{webhook.id}/deliveries/{queued.event}", 202)
