"""The typed client: a journey through a real server, and operations that are those of the description."""

import ast
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from doors import CERTIFICATE, MANY, House

from creditbank.cli.demo import samples
from creditbank_api.app import create_app
from creditbank_api.client_source import source_of
from creditbank_client import Client, JobFailed, Problem, Transport
from creditbank_client.operations import IssueRequest


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """A server of this process, on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house.bank, limits=MANY), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


def test_a_journey_from_a_unit_to_an_evaluation_through_a_real_server(address: str, house: House) -> None:
    provider, learner = Client(address, house.tokens["deccan"]), Client(address, house.tokens["minjun"])
    unit = samples.ASHA_UNITS[2].achievement
    wanted: IssueRequest = {
        "learner": house.learners["minjun"].id,
        "achievement": unit.id,
        "version": unit.version,
        "earned": "2026-06-30",
    }
    made = provider.credentials.issue(wanted, key="a-journey-of-the-client")
    assert provider.credentials.issue(wanted, key="a-journey-of-the-client") == made
    assert made in list(learner.credentials.list(limit=1))
    signed = learner.credentials.signed_bytes(made["id"])
    (report,) = Client(address).verifications.verify({"files": [{"name": "c.json", "content": signed.decode()}]})[
        "reports"
    ]
    assert report["verdict"] in ("accepted", "inconclusive")
    lots = [lot for lot in learner.accounts.lots(house.learners["minjun"].id) if lot["credential"] == made["id"]]
    assert [lot["state"] for lot in lots] == ["available"]
    weighed = learner.evaluations.evaluate(
        {"organisation": house.bodies["deccan"].id, "qualification": CERTIFICATE, "suggestions": False}
    )
    assert learner.evaluations.read(weighed["id"]) == weighed
    with pytest.raises(Problem) as refusal:
        learner.credentials.receipt(made["id"])
    assert (refusal.value.status, refusal.value.slug) == (404, "receipt-not-ready")
    assert refusal.value.next_step


def test_a_no_is_a_typed_problem(address: str, house: House) -> None:
    with pytest.raises(Problem) as refusal:
        Client(address).credentials.list().__next__()
    assert (refusal.value.status, refusal.value.slug) == (401, "not-signed-in")
    with pytest.raises(Problem) as refusal:
        Client(address, house.tokens["deccan"]).credentials.issue({"learner": "x"})  # type: ignore[typeddict-item]
    assert refusal.value.slug == "invalid-request"
    assert {"/learner", "/achievement"} <= {fault["pointer"] for fault in refusal.value.errors}


def test_long_work_is_waited_for_and_another_end_is_raised(address: str, house: House) -> None:
    client = Client(address, house.tokens["thames"])
    client.transport.pause = lambda seconds: house.bank.jobs.work(house.bank.handlers(sends=True))  # type: ignore[assignment]
    before = next(key["multikey"] for key in client.keys.keys()["items"] if key["state"] == "current")
    done = client.wait(client.keys.rotate({"replaces": before}))
    assert done["result"]["replaced"] == before
    stopped = client.keys.rotate({"replaces": before})
    client.jobs.cancel(stopped["id"], {})
    with pytest.raises(JobFailed) as failure:
        client.wait(stopped)
    assert failure.value.job["state"] == "cancelled"


class Lossy(requests.Session):
    """A line that loses answers, or gives these instead, before it lets one through."""

    def __init__(self, *troubles: object) -> None:
        super().__init__()
        self.troubles, self.keys = list(troubles), list[str]()

    def request(self, method: Any, url: Any, **asked: Any) -> requests.Response:  # type: ignore[override]
        self.keys.append(asked["headers"].get("Idempotency-Key", ""))
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Exception):
            super().request(method, url, **asked)
            raise trouble
        if isinstance(trouble, requests.Response):
            return trouble
        return super().request(method, url, **asked)


def _busy() -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer._content = 503, b'{"type": "/problems/store-busy", "title": "Busy"}'
    answer.headers.update({"Content-Type": "application/problem+json", "Retry-After": "3"})
    return answer


def test_a_lost_answer_is_asked_for_again_under_the_same_key(address: str, house: House) -> None:
    """Threats 29 and 38: it happened once, however often the line broke."""
    line, waits = Lossy(requests.ConnectionError("lost"), _busy(), requests.Timeout("late")), list[float]()
    client = Client(address, house.tokens["deccan"], session=line)
    client.transport.pause = waits.append
    before = len(list(client.endorsements.list()))
    client.endorsements.issue({"endorsed": house.bodies["nilgiri"].did, "comment": "Sound teaching"})
    assert len(list(client.endorsements.list())) == before + 1
    assert len({key for key in line.keys if key}) == 1
    assert 3.0 in waits


def test_what_is_not_asked_under_a_key_is_asked_once(address: str, house: House) -> None:
    line = Lossy(_busy())
    transport = Transport(address, session=line, pause=lambda seconds: pytest.fail("it was asked again"))
    with pytest.raises(Problem):
        transport.ask("POST", "/v1/plans", body={})
    line = Lossy(*[requests.ConnectionError("lost")] * 9)
    transport = Transport(address, session=line, tries=3, pause=time.monotonic_ns)  # type: ignore[arg-type]
    transport.pause = lambda seconds: None
    with pytest.raises(requests.ConnectionError):
        transport.ask("GET", "/v1/batches")
    assert len(line.keys) == 3


def _methods(source: str) -> dict[tuple[str, str], str]:
    """Every method of a module by class and name, as its code without spelling."""
    return {
        (group.name, method.name): ast.unparse(method)
        for group in ast.parse(source).body
        if isinstance(group, ast.ClassDef)
        for method in group.body
        if isinstance(method, ast.FunctionDef)
    }


def test_every_operation_of_the_client_is_one_of_the_description(house: House) -> None:
    """Run `make client` when this fails: the API has changed since."""
    import creditbank_client

    folder = Path(creditbank_client.__file__).parent
    written = _methods((folder / "operations.py").read_text())
    described = _methods(source_of(create_app(house.bank).openapi())[0])
    stale = [name for name, code in written.items() if described.get(name) != code]
    assert stale == []
    assert len(written) > 100
