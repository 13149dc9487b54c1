"""What is kept of webhooks: where a body wants to be told, and how each telling went."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from creditbank.canonical import JsonObject
from creditbank.services.ledger_records import Notice
from creditbank.services.listing_ports import Listed, Page


class WebhookState(StrEnum):
    """Active, paused by its owner or by an endpoint that said 410, or removed for good."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """Waiting for its next attempt, delivered, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a body is told of its events. `kinds` are the events it wants, all of them where none is named.

    `secret` is sealed by the vault; `before` is the one before it, which signs too until `before_until`.
    """

    id: str
    organisation: str
    url: str
    kinds: tuple[str, ...]
    state: WebhookState
    secret: bytes
    created: datetime
    request: str
    before: bytes | None = None
    before_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook. `event` is the id of the notice, the same at every attempt.

    `attempts` counts those that were begun, and is the number under which an attempt's outcome is written.
    """

    webhook: str
    event: str
    kind: str
    document: JsonObject
    at: datetime
    state: DeliveryState
    attempts: int
    due: datetime
    ended: datetime | None = None
    answer: int | None = None


class WebhookTable(Protocol):
    """The part of a unit of work that keeps webhooks and what is sent to them."""

    def add_webhook(self, webhook: Webhook) -> Webhook:
        """Keep a webhook, and give the one that stands under its request: asked twice, it is the first."""
        ...

    def get_webhook(self, id: str) -> Webhook: ...
    def webhooks_of(self, organisation: str) -> list[Webhook]:
        """Those that are not removed, oldest first."""
        ...

    def change_webhook(self, webhook: Webhook) -> None: ...
    def queue_deliveries(self, notice: Notice, organisation: str) -> int:
        """Let each webhook of a body that wants events of this kind be told, also a paused one; to how many."""
        ...

    def queue_delivery(self, webhook: str, delivery: Delivery) -> None: ...
    def take_delivery(self, *, now: datetime, until: datetime) -> Delivery | None:
        """The oldest delivery that is due at an active webhook, nobody else's before `until`; or None."""
        ...

    def end_attempt(self, delivery: Delivery, *, taken: int) -> bool:
        """Write how an attempt went, unless a later one has been begun; whether it was written."""
        ...

    def get_delivery(self, webhook: str, event: str) -> Delivery: ...
    def replay_delivery(self, webhook: str, event: str, *, due: datetime) -> None:
        """Let an event be delivered once more, whatever became of it."""
        ...

    def list_deliveries(self, page: Page, webhook: str) -> Listed[Delivery]: ...
