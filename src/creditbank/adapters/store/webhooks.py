"""Webhooks and their deliveries: queued in the transaction of what happened, taken by one sender at a time."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from creditbank.adapters.store.session import Tables, known, limited, record, values
from creditbank.adapters.store.tables_webhooks import deliveries, webhooks
from creditbank.services.ledger_records import Notice
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.webhook_records import Delivery, DeliveryState, Webhook, WebhookState


class Webhooks(Tables):
    """The part of `ports.Transaction` that keeps webhooks."""

    def add_webhook(self, webhook: Webhook) -> Webhook:
        self._insert_new(webhooks, values(webhook))
        found = self._one(Webhook, select(webhooks).where(webhooks.c.request == webhook.request))
        return known(found, f"webhook {webhook.id}")

    def get_webhook(self, id: str) -> Webhook:
        return known(self._one(Webhook, select(webhooks).where(webhooks.c.id == id)), f"webhook {id}")

    def webhooks_of(self, organisation: str) -> list[Webhook]:
        there = (webhooks.c.organisation == organisation) & (webhooks.c.state != WebhookState.REMOVED)
        return self._all(Webhook, select(webhooks).where(there).order_by(webhooks.c.row))

    def change_webhook(self, webhook: Webhook) -> None:
        changed = values(webhook, without=frozenset({"id", "organisation", "created", "request"}))
        self._change(webhooks, webhooks.c.id == webhook.id, f"webhook {webhook.id}", **changed)

    def queue_deliveries(self, notice: Notice, organisation: str) -> int:
        wanted = [one for one in self.webhooks_of(organisation) if not one.kinds or notice.kind in one.kinds]
        for one in wanted:
            waits = DeliveryState.WAITING
            told = Delivery(one.id, notice.id, notice.kind, notice.document, notice.at, waits, 0, notice.at)
            self.queue_delivery(one.id, told)
        return len(wanted)

    def queue_delivery(self, webhook: str, delivery: Delivery) -> None:
        self._insert_new(deliveries, values(replace(delivery, webhook=webhook)))

    def take_delivery(self, *, now: datetime, until: datetime) -> Delivery | None:
        """PostgreSQL passes over what another sender is taking just now."""
        active = select(webhooks.c.id).where(webhooks.c.state == WebhookState.ACTIVE)
        due = (deliveries.c.state == DeliveryState.WAITING) & (deliveries.c.due <= now)
        query = select(deliveries).where(due, deliveries.c.webhook.in_(active)).order_by(deliveries.c.due).limit(1)
        found = self._one(Delivery, query.with_for_update(skip_locked=True))
        if found is None:
            return None
        taken = replace(found, attempts=found.attempts + 1, due=until)
        self._connection.execute(update(deliveries).where(_one(found)).values(attempts=taken.attempts, due=until))
        return taken

    def end_attempt(self, delivery: Delivery, *, taken: int) -> bool:
        mine = _one(delivery) & (deliveries.c.attempts == taken) & (deliveries.c.state == DeliveryState.WAITING)
        told = {"state": delivery.state, "due": delivery.due, "ended": delivery.ended, "answer": delivery.answer}
        return self._connection.execute(update(deliveries).where(mine).values(**told)).rowcount == 1

    def get_delivery(self, webhook: str, event: str) -> Delivery:
        one = (deliveries.c.webhook == webhook) & (deliveries.c.event == event)
        return known(self._one(Delivery, select(deliveries).where(one)), f"delivery of {event}")

    def replay_delivery(self, webhook: str, event: str, *, due: datetime) -> None:
        one = (deliveries.c.webhook == webhook) & (deliveries.c.event == event)
        again = {"state": DeliveryState.WAITING, "attempts": 0, "due": due, "ended": None, "answer": None}
        self._change(deliveries, one, f"delivery of {event}", **again)

    def list_deliveries(self, page: Page, webhook: str) -> Listed[Delivery]:
        query = limited(select(deliveries).where(deliveries.c.webhook == webhook), page, deliveries.c.row)
        return [(row.row, record(Delivery, row)) for row in self._connection.execute(query)]


def _one(delivery: Delivery) -> ColumnElement[bool]:
    return (deliveries.c.webhook == delivery.webhook) & (deliveries.c.event == delivery.event)
