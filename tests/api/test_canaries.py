"""Marked texts go through every door, refusals included: no log, metric, address or answer to another has them."""

import io
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from doors import MANY, House
from prometheus_client import generate_latest
from starlette.testclient import TestClient

from creditbank.adapters.logs import configure_logs
from creditbank.cli.running import run_command
from creditbank_api import web
from creditbank_api.app import create_app

CANARY = "canary7f3a"
NAME, REASON, PIN = f"Name {CANARY}", f"Reason {CANARY}", f"{CANARY}0000"
MAIL, TOKEN = f"{CANARY}@learner.example", f"cb_{CANARY}_secret"
FIELDS = ("token", "form_token", "form", "code", "answer", "old", "new", "again", "id", "next", "label", "role", "why")
UNREADABLE = "urn:uuid:00000000-0000-4000-8000-00000000cafe"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("debug", stream)
    logging.getLogger("httpx2").setLevel(logging.ERROR)  # this is the test's own client, which names what it asks
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def door(house: House) -> TestClient:
    app = create_app(house.bank, limits=MANY)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False)


def _filled(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """A value of roughly this form with a marked text wherever a text may stand."""
    if "$ref" in schema:
        return _filled(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _filled(schema[choice][0], components, depth + 1)
    if schema.get("type") == "object":
        if depth > 4:
            return {}
        named = {name: _filled(one, components, depth + 1) for name, one in schema.get("properties", {}).items()}
        return named or {CANARY: NAME}
    if schema.get("type") == "array":
        return [_filled(schema.get("items", {}), components, depth + 1)]
    if schema.get("type") in ("integer", "number"):
        return 1
    if schema.get("type") == "boolean":
        return True
    return UNREADABLE if "urn:uuid" in str(schema.get("pattern", "")) else f"{REASON} {MAIL}"


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    components = described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = next(iter(content.values()))["schema"] if content else None
            yield path, method, None if schema is None else (next(iter(content)), _filled(schema, components))


def _pages(router: Any) -> Iterator[tuple[str, str]]:
    """Every page and form of a router and of those inside it."""
    for route in router.routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from _pages(inside)
        else:
            for method in sorted((getattr(route, "methods", None) or set()) & {"GET", "POST"}):
                yield method, route.path


def _addressed(path: str, value: str) -> str:
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + value + rest.partition("}")[2]
    return path


def _ask(door: TestClient, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
    kind, content = body or ("", None)
    if kind == "application/json":
        return door.request(method, path, json=content, headers=headers)
    if content is not None:
        return door.request(
            method, path, data=content if isinstance(content, dict) else {"text": NAME}, headers=headers
        )
    return door.request(method, path, headers=headers)


def test_nothing_that_passes_a_door_is_written_down(house: House, door: TestClient, log: io.StringIO) -> None:
    """Threat 46: every operation, with marked ids, queries, bodies and tokens, signed in and not."""
    addresses: list[str] = []
    asked = 0
    for path, method, body in _operations(door.app.openapi()):  # type: ignore[attr-defined]
        for bearer in (house.tokens["deccan-registrar"], TOKEN):
            for value in (CANARY, UNREADABLE):
                headers = {
                    "Authorization": f"Bearer {bearer}",
                    "Idempotency-Key": f"{CANARY}-{uuid4()}",
                    "Cookie": f"creditbank_token={TOKEN}",
                    "User-Agent": NAME,
                    "X-Forwarded-For": CANARY,
                }
                answer = _ask(door, method, f"{_addressed(path, value)}?q={CANARY}&pin={PIN}", body, headers)
                addresses.append(answer.headers.get("Location", ""))
                asked += 1
    for method, page in _pages(web.router):
        for headers in ({"Cookie": f"creditbank_token={TOKEN}"}, {"Cookie": f"creditbank_session={TOKEN}"}):
            form = dict.fromkeys(FIELDS, TOKEN) | {"password": PIN, "email": MAIL, "name": NAME, "reason": REASON}
            answer = door.request(
                method,
                f"{_addressed(page, CANARY)}?text={CANARY}",
                headers=headers,
                data=form if method == "POST" else None,
            )
            addresses.append(answer.headers.get("Location", ""))
            asked += 1
    assert asked > 400
    told = log.getvalue()
    assert told.count('"event": "request"') >= asked
    assert CANARY not in told
    assert CANARY not in generate_latest(door.app.state.metrics.registry).decode()  # type: ignore[attr-defined]
    assert not [address for address in addresses if CANARY in address]


def test_what_one_wrote_down_another_does_not_read_in_a_refusal(
    house: House, door: TestClient, log: io.StringIO
) -> None:
    """Threat 46: names, reasons and titles of one tenant stand in no answer to another, whatever the other asks."""
    bank = house.bank
    halted = bank.halting.halt(by="operator", why=REASON, organisation=house.bodies["nilgiri"].id)
    learner = bank.registering.register_learner(name=NAME, sample=True)
    body = {"learner": learner.id, "achievement": "urn:creditbank:sample:none", "version": "1", "earned": "2026-01-01"}
    listed = door.get(f"/v1/credentials?learner={learner.id}", headers=house.bearer("asha"))
    assert CANARY not in listed.text, "a list is one's own, whatever else is asked for"
    foreign = [
        door.post(
            "/v1/credentials",
            json=body,
            headers=house.bearer("nilgiri") | {"Idempotency-Key": str(uuid4())},
        ),
        door.get(f"/learners/{learner.id.removeprefix('urn:uuid:')}"),
        door.get(f"/v1/halts/{halted.id}", headers=house.bearer("asha")),
    ]
    bank.halting.lift(halted.id, by="operator", why=REASON)
    assert [answer.status_code for answer in foreign if answer.status_code < 400] == []
    assert not [answer.text for answer in foreign if CANARY in answer.text]
    assert CANARY not in log.getvalue()


def test_a_command_repeats_no_secret(
    house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 46: neither a password in an address nor a passphrase is shown, when all is well and when it is not."""
    home = str(house.bank.settings.home)
    monkeypatch.setenv("CREDITBANK_DATABASE_URL", f"postgresql://bank:{CANARY}@127.0.0.1:1/none?sslkey={CANARY}")
    assert run_command(["batch", "list", "--home", home]) != 0
    monkeypatch.setenv("CREDITBANK_DATABASE_URL", f"nonsense {CANARY}")
    assert run_command(["batch", "list", "--home", home]) != 0
    monkeypatch.delenv("CREDITBANK_DATABASE_URL")
    monkeypatch.setenv("CREDITBANK_PASSPHRASE", f"words {CANARY}")
    assert run_command(["batch", "list", "--home", home]) != 0
    monkeypatch.setenv("CREDITBANK_PORT", CANARY)
    assert run_command(["batch", "list", "--home", home, "--json"]) == 2
    shown = capfd.readouterr()
    assert shown.err
    assert CANARY not in (shown.out + shown.err).replace(f"not '{CANARY}'", "")  # a port is no secret
