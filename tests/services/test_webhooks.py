"""Webhooks: what happens is sent, signed, until somebody says that they heard; to nobody else, and nowhere inwards."""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import shared_database  # noqa: F401 -- a fixture
from sqlalchemy import text

from creditbank.adapters.keys import FileVault
from creditbank.adapters.resolver import FetchFailed
from creditbank.adapters.store import SqlStore
from creditbank.adapters.system import SystemEntropy
from creditbank.canonical import JsonObject
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import Organisation, Role
from creditbank.services.trail import Trail
from creditbank.services.webhook_records import DeliveryState, Webhook, WebhookState
from creditbank.services.webhooks import EVENTS, HOLD, MOST, OVERLAP, WAITS, TooManyWebhooks, UnknownEvents, Webhooks
from creditbank.signing import FetchRefused

ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://lms.example/events"


@dataclass
class Watch:
    """A clock that stands until it is moved."""

    time: datetime = BEGIN

    def now(self) -> datetime:
        return self.time


@dataclass
class Post:
    """Carries events into a list, and answers as it is told to."""

    answer: int | Exception = 204
    carried: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.carried.append((url, dict(headers), body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Bench:
    """Two bodies, and what is told to them."""

    store: SqlStore
    clock: Watch
    post: Post
    hooks: Webhooks
    noticing: Noticing

    def add(self, *kinds: str, body: str = "one", request: str = "r") -> tuple[Webhook, bytes]:
        made, secret = self.hooks.add(request, body, URL, kinds, actor="test")
        assert secret is not None
        return made, base64.b64decode(secret.removeprefix("whsec_"))

    def tell(self, kind: str = "job-ended", to: str = "one", **document: str) -> str:
        told: JsonObject = {**document}
        with self.store.transaction() as tx:
            notice = self.noticing.tell(tx, to_organisation(to), kind, told)
        assert notice is not None
        return notice.id


@pytest.fixture(scope="module")
def store(shared_database: str) -> Iterator[SqlStore]:  # noqa: F811
    opened = SqlStore.open(shared_database, migrate=True)
    for id in ("one", "two"):
        with opened.transaction() as tx:
            roles = frozenset({Role.PROVIDER})
            tx.add_organisation(Organisation(id, id, f"did:web:{id}.example", roles, (), "IN", True, "", BEGIN))
    yield opened
    opened.close()


@pytest.fixture
def bench(store: SqlStore, tmp_path: Path) -> Bench:
    with store.transaction() as tx:
        for table in ("deliveries", "webhooks", "notices"):
            tx._connection.execute(text(f"DELETE FROM {table}"))
    clock, post, entropy = Watch(), Post(), SystemEntropy()
    vault = FileVault.open(tmp_path / "keys", None)
    hooks = Webhooks(store, vault, post, Trail(store, clock), clock, entropy)
    return Bench(store, clock, post, hooks, Noticing(store, clock, entropy))


def signatures(headers: Mapping[str, str], body: bytes, *secrets: bytes) -> list[str]:
    """What a receiver computes, by the words of Standard Webhooks and nothing of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return ["v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in secrets]


def test_the_published_vector_of_standard_webhooks_is_signed_as_published() -> None:
    """The example that the reference libraries carry (standard-webhooks/standard-webhooks, `libraries`)."""
    from creditbank.services.webhooks import signature

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    event, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
    assert signature(secret, event, "1614265330", body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_happens_while_a_webhook_is_paused_is_sent_when_it_goes_on(bench: Bench) -> None:
    webhook, _ = bench.add()
    paused = bench.hooks.change(webhook, WebhookState.PAUSED, actor="test")
    event = bench.tell(job="urn:uuid:j")
    assert bench.hooks.send() is None, "nothing is sent while it is paused"
    bench.hooks.change(paused, WebhookState.ACTIVE, actor="test")
    sent = bench.hooks.send()
    assert sent is not None
    assert (sent.event, sent.state) == (event, DeliveryState.DELIVERED)
    bench.hooks.change(webhook, WebhookState.REMOVED, actor="test")
    bench.tell(job="urn:uuid:k")
    assert bench.hooks.send() is None, "nobody is told at an address that was removed"


def test_what_happens_is_sent_once_signed_and_names_ids_alone(bench: Bench) -> None:
    webhook, secret = bench.add()
    event = bench.tell(job="urn:uuid:j", state="done")
    sent = bench.hooks.send()
    assert sent is not None
    assert (sent.state, sent.answer, sent.attempts) == (DeliveryState.DELIVERED, 204, 1)
    assert bench.hooks.send() is None
    ((url, headers, body),) = bench.post.carried
    assert (url, headers["webhook-id"], headers["webhook-timestamp"]) == (URL, event, str(int(BEGIN.timestamp())))
    assert headers["webhook-signature"].split() == signatures(headers, body, secret)
    assert json.loads(body) == {
        "type": "job-ended",
        "timestamp": "2026-03-02T09:30:00Z",
        "data": {"job": "urn:uuid:j", "state": "done"},
    }
    assert webhook.secret != secret
    assert secret not in webhook.secret


def test_nobody_hears_what_is_anothers_or_was_not_asked_for(bench: Bench) -> None:
    """Threat 42."""
    mine, _ = bench.add("batch-final")
    other, _ = bench.add(body="two", request="s")
    bench.tell("job-ended")
    event = bench.tell("batch-final")
    with bench.store.transaction() as tx:
        bench.noticing.tell(tx, to_learner("one"), "batch-final", {})
    sent = bench.hooks.send()
    assert sent is not None
    assert (sent.webhook, sent.event) == (mine.id, event)
    assert bench.hooks.send() is None
    with pytest.raises(UnknownRecord):
        bench.hooks.get("one", other.id)


def test_what_is_taken_back_is_not_sent(bench: Bench) -> None:
    bench.add()

    def fail() -> None:
        with bench.store.transaction() as tx:
            bench.noticing.tell(tx, to_organisation("one"), "job-ended", {})
            raise RuntimeError("the step failed after all")

    with pytest.raises(RuntimeError):
        fail()
    assert bench.hooks.send() is None


@pytest.mark.parametrize("answer", [500, 302, 404, FetchFailed("broke off"), FetchRefused("inwards")])
def test_an_event_is_sent_again_later_and_later_and_given_up_at_last(bench: Bench, answer: int | Exception) -> None:
    bench.add()
    event = bench.tell()
    bench.post.answer = answer
    for attempt, wait in enumerate(WAITS, 1):
        sent = bench.hooks.send()
        assert sent is not None
        assert (sent.state, sent.attempts) == (DeliveryState.WAITING, attempt)
        assert wait * 0.8 <= sent.due - bench.clock.time <= wait * 1.2
        assert bench.hooks.send() is None
        bench.clock.time = sent.due
    last = bench.hooks.send()
    assert last is not None
    assert (last.state, last.event) == (DeliveryState.GIVEN_UP, event)
    assert {headers["webhook-id"] for _, headers, _ in bench.post.carried} == {event}
    assert len(bench.post.carried) == len(WAITS) + 1


def test_what_was_given_up_or_delivered_is_sent_again_on_a_wish(bench: Bench) -> None:
    webhook, _ = bench.add()
    event = bench.tell()
    bench.hooks.send()
    replayed = bench.hooks.replay(webhook, event)
    assert (replayed.state, replayed.attempts) == (DeliveryState.WAITING, 0)
    sent = bench.hooks.send()
    assert sent is not None
    assert [headers["webhook-id"] for _, headers, _ in bench.post.carried] == [event, event]
    with pytest.raises(UnknownRecord):
        bench.hooks.replay(webhook, "urn:uuid:none")


def test_a_receiver_that_is_gone_is_not_called_again_until_its_owner_says_so(bench: Bench) -> None:
    webhook, _ = bench.add()
    bench.tell()
    bench.post.answer = 410
    bench.hooks.send()
    bench.clock.time += timedelta(days=1)
    assert bench.hooks.send() is None
    paused = bench.hooks.get("one", webhook.id)
    assert paused.state is WebhookState.PAUSED
    bench.post.answer = 200
    bench.hooks.change(paused, WebhookState.ACTIVE, actor="test")
    sent = bench.hooks.send()
    assert sent is not None
    assert sent.state is DeliveryState.DELIVERED


def test_a_removed_webhook_is_gone(bench: Bench) -> None:
    webhook, _ = bench.add()
    bench.tell()
    bench.hooks.change(webhook, WebhookState.REMOVED, actor="test")
    bench.tell()
    assert bench.hooks.send() is None
    assert bench.hooks.of("one") == []
    with pytest.raises(UnknownRecord):
        bench.hooks.get("one", webhook.id)


def test_for_a_day_both_secrets_sign(bench: Bench) -> None:
    webhook, old = bench.add()
    changed, spelt = bench.hooks.renew_secret(webhook, actor="test")
    new = base64.b64decode(spelt.removeprefix("whsec_"))
    for wait, secrets in ((timedelta(0), (new, old)), (OVERLAP, (new,))):
        bench.clock.time += wait
        bench.tell()
        bench.hooks.send()
        _, headers, body = bench.post.carried[-1]
        assert headers["webhook-signature"].split() == signatures(headers, body, *secrets)
    assert changed.id == webhook.id


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/events",
        "https://127.0.0.1/events",
        "https://localhost/events",
        "https://lms.example:8443/events",
        "https://user@lms.example/events",
        "https://lms.example/a\r\nX-Forged: 1",
        "ftp://lms.example",
    ],
)
def test_an_address_that_could_not_be_called_is_refused_at_once(bench: Bench, url: str) -> None:
    """Threat 14: https and a domain name alone; the addresses behind it are checked at each call."""
    with pytest.raises(FetchRefused):
        bench.hooks.add("r", "one", url, [], actor="test")


def test_the_same_request_again_is_the_same_webhook_without_its_secret(bench: Bench) -> None:
    """Threat 38."""
    first, _ = bench.add()
    assert bench.hooks.add("r", "one", URL, [], actor="test") == (first, None)


def test_a_body_has_only_so_many_and_no_events_that_are_none(bench: Bench) -> None:
    for number in range(MOST):
        bench.add(request=f"r{number}")
    with pytest.raises(TooManyWebhooks):
        bench.add(request="one more")
    assert len(bench.hooks.of("one")) == MOST
    for kind in ("Not A Kind", "job-end"):
        with pytest.raises(UnknownEvents):
            bench.add(kind, request="other")


def test_of_two_senders_one_takes_an_event_and_a_late_one_writes_nothing(bench: Bench) -> None:
    bench.add()
    bench.tell()
    with bench.store.transaction() as tx:
        taken = tx.take_delivery(now=bench.clock.time, until=bench.clock.time + HOLD)
    assert taken is not None
    assert bench.hooks.send() is None
    bench.clock.time += HOLD
    sent = bench.hooks.send()
    assert sent is not None
    assert (sent.state, sent.attempts) == (DeliveryState.DELIVERED, 2)
    with bench.store.transaction() as tx:
        assert not tx.end_attempt(taken, taken=taken.attempts)


def test_the_sender_goes_on_until_it_is_stopped(bench: Bench) -> None:
    bench.add()
    bench.tell()
    stopping = threading.Event()
    thread = threading.Thread(target=bench.hooks.go_on, args=[stopping])
    thread.start()
    while not bench.post.carried:
        pass
    stopping.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_every_event_stands_on_the_page_and_the_page_lists_no_other() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| `[^|]+ \|$", page, re.MULTILINE)) == EVENTS


def test_what_organisations_are_told_is_an_event() -> None:
    """Whoever tells an organisation of something new enters it in `EVENTS` and on the page."""
    told = set()
    for path in (ROOT / "src" / "creditbank" / "services").glob("*.py"):
        told |= set(re.findall(r'to_organisation\([^"()]*\), "([a-z-]+)"', path.read_text()))
    assert {"award-flagged", "waiting-refused"} <= told <= EVENTS
