"""Alive, ready, halted, and of the same time as those we depend on."""

from datetime import timedelta

import pytest
from doors import House
from starlette.testclient import TestClient


def test_a_ready_bank_says_of_each_part_that_it_answers(house: House, client: TestClient) -> None:
    told = client.get("/readyz").json()
    assert {name: told[name] for name in ("ready", "database", "chain", "clocks", "halted")} == {
        "ready": True, "database": True, "chain": True, "clocks": True, "halted": False,
    }  # fmt: skip


def test_a_halted_bank_is_ready_because_it_still_reads(house: House, client: TestClient) -> None:
    halted = house.bank.halting.halt(by="operator", why="to see it")
    try:
        answer = client.get("/readyz")
    finally:
        house.bank.halting.lift(halted.id, by="operator", why="seen")
    assert answer.status_code == 200
    assert answer.json()["halted"] is True


@pytest.mark.parametrize("skew", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_clock_that_runs_away_makes_the_bank_unready(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch, skew: timedelta
) -> None:
    """Threat 57: more than five minutes between this machine and the database is told before it harms."""
    monkeypatch.setattr("creditbank.adapters.store.SqlStore.clock_skew", lambda self, now: skew)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["clocks"] is False
    assert client.get("/healthz").status_code == 200


def test_a_block_from_the_future_is_a_clock_that_runs_away(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 57: block time bounds what is claimed, so a chain ahead of us is no clock to go by."""
    number, hash, time = house.bank.chain.head()
    monkeypatch.setattr(type(house.bank.chain), "head", lambda self: (number, hash, time + timedelta(hours=1)))
    assert client.get("/readyz").json()["clocks"] is False


def test_another_schema_is_told_unless_it_is_a_newer_one(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 63: old code goes on over tables that a newer version has made; over older ones it is not ready."""
    for found, ready in (("0001", False), ("9999", True), (None, False)):
        monkeypatch.setattr("creditbank.adapters.store.store.revision_of", lambda connection, found=found: found)
        assert client.get("/readyz").json()["database"] is ready, found
