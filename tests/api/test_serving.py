"""Serving: requests of one university at once, and the worker that anchors beside them."""

import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from doors import MANY, ORIGIN, House, _issue, build_house
from starlette.testclient import TestClient

from creditbank.bootstrap import Bank
from creditbank.cli.demo import samples
from creditbank.services.ports import ChainUnavailable
from creditbank_api.app import create_app, create_from_env
from creditbank_api.worker import Worker


@pytest.fixture
def own_house(tmp_path: Path) -> House:
    """A house for one test alone; the test closes the bank."""
    return build_house(tmp_path / "bank")


def test_one_university_redeems_many_lots_at_once_and_none_is_left_half_done(own_house: House) -> None:
    house = own_house
    for unit in samples.ASHA_UNITS[1:5]:
        _issue(house, "minjun", unit)
    lots = [view.lot for view in house.bank.sharing.account(house.learners["minjun"].id).lots]
    answers: list[Any] = []
    with house.client() as client:

        def redeem(lot: str) -> None:
            body = {"lot": lot, "amount": "1", "award": f"elsewhere-{lot[:10]}"}
            headers = {**house.bearer("nilgiri-registrar"), "Idempotency-Key": str(uuid.uuid4())}
            answers.append(client.post("/v1/redemptions", json=body, headers=headers))

        threads = [threading.Thread(target=redeem, args=[lot.id]) for lot in lots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [answer.status_code for answer in answers] == [201] * len(lots)
    after = [view.lot for view in house.bank.sharing.account(house.learners["minjun"].id).lots]
    assert {(str(lot.reserved), str(lot.redeemed)) for lot in after} == {("0", "1")}
    house.bank.close()


def test_a_served_bank_anchors_what_waits_and_closes_at_the_end(
    own_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditbank_api.worker.STEP_SECONDS", 0.05)
    house = own_house
    _issue(house, "minjun", samples.ASHA_UNITS[1])
    id = house.issued["minjun:statistics"].id
    with TestClient(create_app(house.bank, limits=MANY, owns_bank=True), base_url=ORIGIN) as client:
        deadline = time.monotonic() + 30
        answer = client.get(f"/v1/credentials/{id}/receipt", headers=house.bearer("minjun"))
        while answer.status_code == 404 and time.monotonic() < deadline:
            time.sleep(0.1)
            answer = client.get(f"/v1/credentials/{id}/receipt", headers=house.bearer("minjun"))
        assert answer.status_code == 200
        assert answer.json()["final"] is True


def test_a_worker_outlives_what_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def fail(*_: object) -> None:
        calls.append("asked")
        raise ChainUnavailable("the chain is away")

    monkeypatch.setattr("creditbank.services.anchoring.Anchoring.seal", fail)
    monkeypatch.setattr("creditbank.services.anchoring.Anchoring.advance", fail)
    Worker(house.bank).step(demand=True)
    assert calls == ["asked", "asked"]


def test_the_worker_keeps_the_books_by_the_day_and_takes_on_what_was_left(own_house: House, monkeypatch) -> None:
    """Heads are sealed and learners warned without anybody's command; what a dead process left is gone on with."""
    went_on, done = [], threading.Event()
    with own_house.bank.store.transaction() as tx:
        assert tx.last_head_set() is None
    monkeypatch.setattr("creditbank.services.bookkeeping.Bookkeeping.warn", lambda _: went_on.append("warned"))
    Worker(own_house.bank).step()
    with own_house.bank.store.transaction() as tx:
        assert tx.last_head_set() is not None
    assert went_on == ["warned"]
    monkeypatch.setattr("creditbank_api.worker.STEP_SECONDS", 0.02)
    monkeypatch.setattr(Bank, "go_on", lambda _: done.set())
    worker = Worker(own_house.bank)
    worker.start()
    assert done.wait(60)
    worker.stop()
    own_house.bank.close()


def test_what_a_crash_left_is_finished_again_until_that_succeeds(
    own_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 27: a chain that is down while the process starts leaves no award half done until the next start."""
    tries, done = [], threading.Event()

    def resume(bank: Bank) -> None:
        tries.append(bank)
        if len(tries) < 3:
            raise ChainUnavailable("The node does not answer.")
        done.set()

    monkeypatch.setattr("creditbank_api.worker.STEP_SECONDS", 0.02)
    monkeypatch.setattr(Bank, "resume", resume)
    worker = Worker(own_house.bank)
    worker.start()
    assert done.wait(60)
    worker.stop()
    assert len(tries) == 3
    own_house.bank.close()


def test_the_factory_opens_the_bank_that_the_environment_names(
    own_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_house.bank.settings.home
    own_house.bank.close()
    monkeypatch.setenv("CREDITBANK_HOME", str(home))
    with TestClient(create_from_env(), base_url=ORIGIN) as client:
        assert client.get("/readyz").json()["ready"] is True
        assert client.get("/demo").status_code == 200
