"""What is measured: by route template, on a port of its own, and true."""

from uuid import uuid4

import pytest
from doors import MANY, House
from prometheus_client.parser import text_string_to_metric_families
from requests import get
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.metrics import Metrics


@pytest.fixture
def measured(house: House) -> TestClient:
    app = create_app(house.bank, limits=MANY)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def _samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    metrics: Metrics = client.app.state.metrics  # type: ignore[attr-defined]
    listening = metrics.serve(0)
    try:
        answer = get(f"http://127.0.0.1:{listening.port}/metrics", timeout=10)
    finally:
        listening.stop()
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_template_and_nothing_names_anybody(house: House, measured: TestClient) -> None:
    """Threat 46: no label is an id, and an address that leads nowhere is not repeated."""
    learner = house.learners["minjun"].id
    measured.get(f"/learners/{learner.removeprefix('urn:uuid:')}")
    measured.get("/canary-in-an-address")
    measured.get("/static/style.css")
    found = _samples(measured)
    routes = {dict(labels)["route"] for name, labels in found if name == "creditbank_requests_total"}
    assert "(no route)" in routes
    assert any("{" in route for route in routes)
    assert not any("canary" in str(labels) or learner[9:] in str(labels) for _, labels in found)


def test_a_redemption_that_wins_one_that_loses_and_one_that_is_asked_again(house: House, measured: TestClient) -> None:
    held = (view.lot for view in house.bank.sharing.account(house.learners["asha"].id).lots)
    lot = next(lot for lot in held if lot.redeemed == lot.amount.credits)  # whatever else was done in this house
    headers = house.bearer("deccan-registrar")
    body = {"lot": lot.id, "amount": "400", "award": "elsewhere"}
    lost = measured.post("/v1/redemptions", json=body, headers=headers | {"Idempotency-Key": str(uuid4())})
    assert lost.status_code == 409
    found = _samples(measured)
    assert found["creditbank_redemptions_total", frozenset({("outcome", "lost")})] == 1
    assert found["creditbank_redemptions_total", frozenset({("outcome", "won")})] == 0


def test_the_queue_the_batches_and_the_halts_are_told(house: House, measured: TestClient) -> None:
    halted = house.bank.halting.halt(by="operator", why="to see it")
    with house.bank.store.transaction() as tx:
        waiting = tx.unbatched_leaves(1000)
    house.bank.watching.note("ledger-audit", passed=True)
    try:
        found = _samples(measured)
    finally:
        house.bank.halting.lift(halted.id, by="operator", why="seen")
    none: frozenset[tuple[str, str]] = frozenset()
    assert found["creditbank_leaves_waiting", none] == len(waiting)
    assert found["creditbank_halted", frozenset({("scope", "all")})] == 1
    assert found["creditbank_batches", frozenset({("state", "final")})] >= 1
    assert found["creditbank_check_passed", frozenset({("check", "ledger-audit")})] == 1
    assert 0 < found["creditbank_signing_cap_use", frozenset({("purpose", "credential")})] < 1


def test_metrics_are_not_public(measured: TestClient) -> None:
    assert measured.get("/metrics").status_code == 404


def test_a_bank_that_cannot_read_its_figures_says_so(
    house: House, measured: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from creditbank.adapters.store import DatabaseUnavailable

    def broken() -> object:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr("creditbank.services.watching.Watching.figures", lambda self: broken())
    assert _samples(measured)["creditbank_up", frozenset()] == 0
