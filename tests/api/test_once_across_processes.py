"""One request has one effect and one answer, whichever of several processes is asked (threats 29 and 38)."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from databases import shared_database  # noqa: F401 -- a fixture
from serving import Served, served
from worlds import unit

from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.cli.demo import samples
from creditbank.config import Settings

pytestmark = pytest.mark.slow


@dataclass
class Shared:
    """A bank that two server processes have open; the first one can be held inside issuing."""

    bank: Bank
    environment: dict[str, str]
    tokens: dict[str, str]
    wanted: dict[str, str]
    hold: Path
    first: Served
    second: Served

    def ask(self, server: Served, key: str, *, by: str = "provider", **changed: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key}
        return requests.post(
            f"{server.address}/v1/credentials", json={**self.wanted, **changed}, headers=headers, timeout=60
        )

    def another(self) -> AbstractContextManager[Served]:
        """One more server, which can be held as the first."""
        return served(self.bank.settings.home, self.environment, self.hold)

    def held(self) -> int:
        """How many credentials the learner holds."""
        with self.bank.store.transaction() as tx:
            return len(tx.credentials_of(self.wanted["learner"]))

    def begun(self, pool: ThreadPoolExecutor, server: Served, key: str) -> "Future[requests.Response]":
        """A request that a server is in the middle of."""
        inside = self.hold.with_suffix(".inside")
        inside.unlink(missing_ok=True)
        self.hold.touch()
        asked = pool.submit(self.ask, server, key)
        while not inside.exists():
            assert not asked.done(), asked.result().text
            time.sleep(0.01)
        return asked


@pytest.fixture(scope="module")
def shared(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:  # noqa: F811
    folder = tmp_path_factory.mktemp("shared")
    home, hold = folder / "bank", folder / "hold"
    environment = {**os.environ, "CREDITBANK_DATABASE_URL": shared_database}
    settings = Settings.load(environment, home)
    init_bank(settings)
    body = next(one for one in samples.BODIES if one.key == "deccan")
    with open_bank(settings) as bank:
        provider = bank.registering.register_organisation(
            name=body.name, roles=body.roles, frameworks=body.frameworks, country=body.country, did=body.web
        )
        learner = bank.registering.register_learner(name="Sample")
        achievement = unit("once")
        bank.drafting.publish(provider.id, achievement)
        issue = bank.registering.issue_token
        tokens = {
            role: issue(role=role, subject=provider.id, label="one of a body's tokens")
            for role in ("provider", "registrar")
        }
        wanted = {
            "learner": learner.id,
            "achievement": achievement.id,
            "version": achievement.version,
            "earned": "2026-01-30",
        }
        with served(home, environment, hold) as first, served(home, environment) as second:
            yield Shared(bank, environment, tokens, wanted, hold, first, second)


def _slug(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_while_one_process_answers_another_asks_to_wait_and_then_gives_the_first_answer(shared: Shared) -> None:
    """Threat 38: with the same key, another body, another caller, and after the first has answered."""
    key, before = str(uuid.uuid4()), shared.held()
    with ThreadPoolExecutor(1) as pool:
        asked = shared.begun(pool, shared.first, key)
        time.sleep(2.5)  # longer than the claim holds without a sign of life
        waiting = shared.ask(shared.second, key)
        assert _slug(waiting) == (409, "request-still-running")
        assert 1 <= int(waiting.headers["retry-after"]) <= 2
        assert _slug(shared.ask(shared.second, key, earned="2026-01-31")) == (422, "idempotency-key-reused")
        assert _slug(shared.ask(shared.second, key, by="registrar")) == (403, "not-for-this-role")
        shared.hold.unlink()
        first = asked.result(timeout=30)
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    again = shared.ask(shared.second, key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert shared.held() == before + 1


def test_a_killed_process_blocks_nobody_for_long(shared: Shared) -> None:
    """Threats 29 and 38: the retry waits for the dead for as long as it is told to, then does what is left, once."""
    key, before = str(uuid.uuid4()), shared.held()
    with ThreadPoolExecutor(1) as pool, shared.another() as doomed:
        asked = shared.begun(pool, doomed, key)
        doomed.process.send_signal(signal.SIGKILL)
        with pytest.raises(requests.ConnectionError):
            asked.result(timeout=30)
    shared.hold.unlink()
    waiting = shared.ask(shared.second, key)
    assert _slug(waiting) == (409, "request-still-running")
    time.sleep(int(waiting.headers["retry-after"]))
    done = shared.ask(shared.second, key)
    assert done.status_code == 201
    assert "idempotency-replayed" not in done.headers
    assert shared.held() == before + 1


def test_many_at_once_in_two_processes_have_one_effect_and_one_answer(shared: Shared) -> None:
    """Threat 38."""
    key, before = str(uuid.uuid4()), shared.held()
    with ThreadPoolExecutor(12) as pool:
        servers = [shared.first, shared.second] * 6
        answers = list(pool.map(lambda server: shared.ask(server, key), servers))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.content for answer in answers if answer.status_code == 201} == {
        shared.ask(shared.second, key).content
    }
    assert shared.held() == before + 1


def test_what_is_pruned_is_asked_anew_and_still_happens_once(shared: Shared) -> None:
    """A pruned answer is made again from what the services keep; a lasting one is not pruned."""
    key, before = str(uuid.uuid4()), shared.held()
    first = shared.ask(shared.second, key)
    now = shared.bank.clock.now()
    with shared.bank.store.transaction() as tx:
        assert tx.prune_claims(before=now - timedelta(hours=1)) == 0
        assert tx.prune_claims(before=now + timedelta(hours=1)) >= 1
    again = shared.ask(shared.second, key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in again.headers
    assert shared.held() == before + 1
