"""Long work over HTTP: 202 and a resource to watch; a rotation of a key is one."""

import uuid
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.services.jobs import Handler
from creditbank_api.v1.jobs import SCOPES


@pytest.fixture(scope="module", autouse=True)
def nothing_waits(house: House) -> None:
    """What other files left to be done in the house of all is done first."""
    while house.bank.jobs.work(house.bank.handlers(sends=True)):
        pass


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def _signing(client: TestClient, header: dict[str, str]) -> str:
    keys = client.get("/v1/keys", headers=header).json()["items"]
    return str(next(key["multikey"] for key in keys if key["state"] == "current"))


def _asked(client: TestClient, header: dict[str, str], **body: str) -> Any:
    return client.post("/v1/keys/rotations", json=body, headers={**header, **_key()})


def test_a_key_is_rotated_as_a_job_and_an_old_request_rotates_nothing(client: TestClient, house: House) -> None:
    header = house.bearer("nilgiri-registrar")
    before = _signing(client, header)
    answer = _asked(client, header, replaces=before)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    watched = client.get(answer.headers["location"], headers=header)
    assert watched.json() == answer.json()
    assert watched.headers["retry-after"] == "2"
    house.bank.jobs.work(house.bank.handlers(sends=True))
    done = client.get(answer.headers["location"], headers=header)
    assert "retry-after" not in done.headers
    after = _signing(client, header)
    assert (done.json()["state"], done.json()["result"]) == ("done", {"key": after, "replaced": before})
    assert after != before
    late = _asked(client, header, replaces=before)
    house.bank.jobs.work(house.bank.handlers(sends=True))
    assert client.get(late.headers["location"], headers=header).json()["result"]["key"] == after
    assert _signing(client, header) == after
    listed = client.get("/v1/keys", headers=header).json()["items"]
    assert [key["state"] for key in listed] == ["retiring", "current"]


def test_beside_the_embedded_chain_what_must_be_sent_is_left_to_the_server(client: TestClient, house: House) -> None:
    header = house.bearer("night")
    job = _asked(client, header, replaces="z6MkNobody")
    assert house.bank.jobs.work(house.bank.handlers(sends=False)) is None
    client.post(f"/v1/jobs/{job.json()['id']}/cancellation", json={}, headers={**header, **_key()})


def test_a_job_is_seen_and_stopped_only_by_whom_it_is_done_for(client: TestClient, house: House) -> None:
    """Threat 42."""
    header = house.bearer("thames")
    id = _asked(client, header, replaces="z6MkNobody").json()["id"]
    unknown = f"urn:uuid:{uuid.uuid4()}"
    for name in ("deccan", "asha", "open-registrar"):
        for path in (f"/v1/jobs/{id}", f"/v1/jobs/{unknown}"):
            answer = client.get(path, headers=house.bearer(name))
            assert (answer.status_code, _slug(answer)) == (404, "no-such-resource")
            stop = client.post(f"{path}/cancellation", json={}, headers={**house.bearer(name), **_key()})
            assert stop.json() | {"instance": ""} == answer.json() | {"instance": ""}
    stop = client.post(f"/v1/jobs/{id}/cancellation", json={}, headers={**header, **_key()})
    assert (stop.status_code, stop.json()["state"]) == (202, "cancelled")


def test_a_job_that_failed_says_why_as_a_problem_does_and_a_fault_of_ours_says_nothing(
    client: TestClient, house: House
) -> None:

    def accident(task: object) -> dict[str, str]:
        raise RuntimeError("canary")

    fixed = house.bearer("baltic")  # known by a did:key
    problems = []
    for header, handlers in (
        (house.bearer("thames"), {"key-rotation": Handler(accident)}),  # type: ignore[arg-type]
        (fixed, house.bank.handlers(sends=True)),
    ):
        made = _asked(client, header, replaces=_signing(client, header))
        house.bank.jobs.work(handlers)
        failed = client.get(made.headers["location"], headers=header)
        assert failed.json()["state"] == "failed"
        problems.append(failed.json()["problem"])
        stop = client.post(f"{made.headers['location']}/cancellation", json={}, headers={**header, **_key()})
        assert (stop.status_code, _slug(stop)) == (409, "job-ended")
    assert problems[0] == {
        "type": "/problems/error",
        "title": "Something went wrong",
        "detail": None,
        "nextStep": None,
    }
    assert problems[1]["type"] == "/problems/key-fixed-by-did"
    assert problems[1]["nextStep"]


@pytest.mark.parametrize("name", ["asha", "admin"])
def test_only_a_body_has_keys_here(client: TestClient, house: House, name: str) -> None:
    answer = client.get("/v1/keys", headers=house.bearer(name))
    assert (answer.status_code, _slug(answer)) == (403, "not-for-this-role")


def test_to_stop_a_job_takes_what_it_takes_to_ask_for_it(house: House) -> None:
    """Every kind that the bank knows has its scope."""
    assert set(SCOPES) == set(house.bank.handlers(sends=True))
