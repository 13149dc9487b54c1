"""Webhooks: a body is told of its events at an address of its own, signed, until it says that it heard.

An event is queued in the transaction in which it happened and sent afterwards, at least once: the id is the same at
every attempt, so that a receiver tells a repetition from news. Signed as Standard Webhooks 1.0 says: HMAC-SHA256 over
id, time and body. A payload names things by their ids alone; whoever wants to know more asks the API with a token.
"""

import base64
import hmac
import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from creditbank.canonical import canonical_json
from creditbank.errors import BadInput, Conflict, CreditBankError
from creditbank.services.membership import require_unrevoked
from creditbank.services.ports import Clock, Entropy, Safe, Store, UnknownRecord
from creditbank.services.trail import Trail
from creditbank.services.webhook_records import Delivery, DeliveryState, Webhook, WebhookState
from creditbank.signing import fetch_target
from creditbank.units import instant_text

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- how Standard Webhooks spells a secret
MOST: Final = 20
"""So many webhooks a body may have."""
HOLD: Final = timedelta(seconds=60)
"""So long nobody else takes up an attempt; it is several times what an attempt may last."""
OVERLAP: Final = timedelta(days=1)
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""After which attempt how long to wait, up to a fifth more or less; after the last one an event is given up."""
PING: Final = "ping"
EVENTS: Final = frozenset(
    {
        "application-submitted",
        "application-withdrawn",
        "award-flag-stated",
        "award-flagged",
        "batch-final",
        "enrolment-claimed",
        "job-ended",
        "offer-accepted",
        "offer-declined",
        PING,
        "reservation-lapsed",
        "share-received",
        "waiting-refused",
    }
)
"""What organisations are told of; docs/webhooks.md says what each means, and a test compares the two."""
GONE: Final = 410
IDLE_SECONDS: Final = 1.0
log = logging.getLogger("creditbank.webhooks")


class TooManyWebhooks(Conflict):
    """A body has only so many webhooks."""

    slug = "too-many-webhooks"


class UnknownEvents(BadInput):
    """There are no events of this kind."""

    slug = "unknown-events"


class Courier(Protocol):
    """Carries a signed event to an https address of the public internet, and nowhere else (threat 14)."""

    def deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; raise a `CreditBankError` where there is none."""
        ...


class Webhooks:
    """Keeps webhooks, and sends what is due to them."""

    def __init__(
        self, store: Store, safe: Safe, courier: Courier, trail: Trail, clock: Clock, entropy: Entropy
    ) -> None:
        self._store, self._safe, self._courier, self._trail = store, safe, courier, trail
        self._clock, self._entropy = clock, entropy

    # -- what a body asks for

    def add(
        self, request: str, organisation: str, url: str, kinds: Collection[str], *, actor: str
    ) -> tuple[Webhook, str | None]:
        """A new webhook with its secret, which is seen this once; the same request again gives it without.

        Raises `FetchRefused` for an address that could not be called, `TooManyWebhooks`, `UnknownEvents`, and
        `BeyondOwnRights` for a key that was revoked since it was shown at the door.
        """
        fetch_target(url)
        wanted = _kinds(kinds)
        id, secret = self._entropy.urn(), self._entropy.bytes(32)
        locked = self._safe.lock(_about(id), secret)
        now = self._clock.now()
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            made = tx.add_webhook(Webhook(id, organisation, url, wanted, WebhookState.ACTIVE, locked, now, request))
            if made.id != id:
                return made, None
            self._trail.hold(tx, organisation)
            require_unrevoked(tx, actor)
            if len(tx.webhooks_of(organisation)) > MOST:
                raise TooManyWebhooks(f"A body has at most {MOST} webhooks.", next_step="Remove one first.")
            self._trail.tell(tx, actor, "webhook.added", id, organisation=organisation)
        return made, _spelt(secret)

    def of(self, organisation: str) -> list[Webhook]:
        """The webhooks of a body, oldest first."""
        with self._store.transaction() as tx:
            return tx.webhooks_of(organisation)

    def get(self, organisation: str, id: str) -> Webhook:
        """One of a body's webhooks; raises `UnknownRecord` for another's, a removed one, or none."""
        with self._store.transaction() as tx:
            found = tx.get_webhook(id)
        if found.organisation != organisation or found.state is WebhookState.REMOVED:
            raise UnknownRecord("There is no such webhook.")
        return found

    def change(self, webhook: Webhook, state: WebhookState, *, actor: str) -> Webhook:
        """Pause a webhook, let it go on, or remove it. What happens while it is paused is sent when it goes on."""
        changed = replace(webhook, state=state)
        with self._store.transaction() as tx:
            tx.change_webhook(changed)
            self._trail.tell(tx, actor, f"webhook.{state}", webhook.id, organisation=webhook.organisation)
        return changed

    def renew_secret(self, webhook: Webhook, *, actor: str) -> tuple[Webhook, str]:
        """A new secret, seen this once; for a day the one before signs beside it."""
        secret, until = self._entropy.bytes(32), self._clock.now() + OVERLAP
        locked = self._safe.lock(_about(webhook.id), secret)
        changed = replace(webhook, secret=locked, before=webhook.secret, before_until=until)
        with self._store.transaction() as tx:
            self._trail.hold(tx, webhook.organisation)
            require_unrevoked(tx, actor)
            tx.change_webhook(changed)
            self._trail.tell(tx, actor, "webhook.renewed", webhook.id, organisation=webhook.organisation)
        return changed, _spelt(secret)

    def ping(self, request: str, webhook: Webhook) -> Delivery:
        """Send an event that says nothing, to see whether it arrives; the same request again sends none."""
        now = self._clock.now()
        event = f"{PING}:{sha256(request.encode()).hexdigest()[:32]}"
        told = Delivery(webhook.id, event, PING, {"webhook": webhook.id}, now, DeliveryState.WAITING, 0, now)
        with self._store.transaction() as tx:
            tx.queue_delivery(webhook.id, told)
            return tx.get_delivery(webhook.id, event)

    def replay(self, webhook: Webhook, event: str) -> Delivery:
        """Send an event once more, whatever became of it; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.replay_delivery(webhook.id, event, due=self._clock.now())
            return tx.get_delivery(webhook.id, event)

    # -- what the worker does

    def send(self) -> Delivery | None:
        """Take one event that is due to its webhook, and write down how it went; None when none is due."""
        now = self._clock.now()
        with self._store.transaction() as tx:
            taken = tx.take_delivery(now=now, until=now + HOLD)
            webhook = None if taken is None else tx.get_webhook(taken.webhook)
        if taken is None or webhook is None:
            return None
        answer = self._sent(webhook, taken)
        told = self._outcome(taken, answer)
        with self._store.transaction() as tx:
            tx.end_attempt(told, taken=taken.attempts)
            if answer == GONE:
                standing = tx.get_webhook(webhook.id)
                tx.change_webhook(replace(standing, state=WebhookState.PAUSED))
        return told

    def go_on(self, stopping: threading.Event) -> None:
        """Send what is due until `stopping` is set; what fails is told and tried again."""
        while not stopping.is_set():
            try:
                sent = self.send()
            except CreditBankError as error:
                log.warning("no event could be sent: %s; it is tried again", type(error).slug)
                sent = None
            except Exception:
                log.exception("an event met an error of ours; it is tried again")
                sent = None
            if sent is None:
                stopping.wait(IDLE_SECONDS)

    def _sent(self, webhook: Webhook, delivery: Delivery) -> int | None:
        body = canonical_json(
            {"type": delivery.kind, "timestamp": instant_text(delivery.at), "data": dict(delivery.document)}
        )
        headers = self.headers(webhook, delivery.event, body, self._clock.now())
        try:
            return self._courier.deliver(webhook.url, headers, body)
        except CreditBankError as error:
            log.info("a webhook could not be called: %s", type(error).slug)
            return None

    def headers(self, webhook: Webhook, event: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers by which a receiver knows that the bank sent exactly this, just now."""
        seconds = str(int(now.timestamp()))
        locked = [webhook.secret]
        if webhook.before is not None and webhook.before_until is not None and now < webhook.before_until:
            locked.append(webhook.before)
        secrets = [self._safe.unlock(_about(webhook.id), one) for one in locked]
        return {
            "Content-Type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(signature(secret, event, seconds, body) for secret in secrets),
        }

    def _outcome(self, taken: Delivery, answer: int | None) -> Delivery:
        now = self._clock.now()
        if answer is not None and 200 <= answer < 300:
            return replace(taken, state=DeliveryState.DELIVERED, ended=now, answer=answer)
        if taken.attempts > len(WAITS):
            return replace(taken, state=DeliveryState.GIVEN_UP, ended=now, answer=answer)
        wait = WAITS[taken.attempts - 1] * (800 + self._entropy.below(401)) / 1000
        return replace(taken, due=now + wait, answer=answer)


def signature(secret: bytes, event: str, seconds: str, body: bytes) -> str:
    """The signature of one event under one secret (Standard Webhooks, `v1`)."""
    signed = hmac.new(secret, f"{event}.{seconds}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _about(id: str) -> str:
    return f"webhook:{id}"


def _spelt(secret: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def _kinds(kinds: Collection[str]) -> tuple[str, ...]:
    for kind in kinds:
        if kind not in EVENTS:
            raise UnknownEvents(f"{kind[:80]!r} is no kind of event.", next_step="docs/webhooks.md lists them.")
    return tuple(sorted(set(kinds)))
