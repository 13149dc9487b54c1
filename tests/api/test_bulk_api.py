"""Tables over HTTP: sent, rehearsed, reviewed, confirmed, watched; each row once."""

import json
import time
import uuid
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.cli.demo import samples

UNIT = samples.ASHA_UNITS[0]


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _work(house: House) -> None:
    while house.bank.jobs.work(house.bank.handlers(sends=False)) is not None:
        pass


def _table(house: House, *rows: tuple[str, str]) -> bytes:
    lines = [
        f"{learner},{UNIT.achievement.id},{UNIT.achievement.version},{UNIT.earned},,,{row}" for learner, row in rows
    ]
    return "\n".join(["learner,achievement,version,earned,result,scale,row", *lines]).encode()


def _send(client: TestClient, header: dict[str, str], content: bytes, kind: str = "text/csv", **more: str) -> Any:
    headers = {**header, **_key(), "Content-Type": kind, **more}
    return client.post("/v1/bulk", content=content, headers=headers)


def test_a_table_goes_its_way_and_the_second_of_it_issues_nothing(client: TestClient, house: House) -> None:
    header = house.bearer(UNIT.body)
    learner = house.bank.registering.register_learner(name="Bulk sample", sample=True)
    content = _table(house, (learner.id, "1"), ("nobody", "2"), (learner.did, "3"))
    sent = _send(client, header, content)
    assert (sent.status_code, sent.json()["state"]) == (202, "received")
    at = sent.headers["location"]
    assert client.get(at, headers=header).headers["retry-after"] == "2"
    _work(house)
    seen = client.get(at, headers=header)
    review = seen.json()
    assert (review["state"], review["counts"]["good"], review["counts"]["faulty"]) == ("rehearsed", 2, 1)
    assert "retry-after" not in seen.headers
    assert [(one["place"], one["field"], one["fault"]) for one in review["faulty"]] == [
        ("line 3", "learner", "unknown-record")
    ]
    assert house.bank.sharing.account(learner.id).lots == ()
    wrong = client.post(f"{at}/confirmation", json={"rehearsal": "sha256:" + "0" * 64}, headers={**header, **_key()})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/other-rehearsal")
    key = _key()
    for _ in range(2):
        made = client.post(f"{at}/confirmation", json={"rehearsal": review["rehearsal"]}, headers={**header, **key})
        assert (made.status_code, made.json()["state"]) == (202, "confirmed")
    _work(house)
    done = client.get(at, headers=header).json()
    assert (done["state"], done["counts"]["issued"], done["counts"]["faulty"]) == ("done", 2, 1)
    assert len(house.bank.sharing.account(learner.id).lots) == 2
    failed = client.get(f"{at}/failures", headers=header)
    assert failed.headers["content-type"].startswith("text/csv")
    assert failed.text.splitlines()[1].startswith("nobody,")
    again = _send(client, header, content)
    assert again.headers["location"] != at
    _work(house)
    assert client.get(again.headers["location"], headers=header).json()["counts"]["stands"] == 2
    first = client.get("/v1/bulk?limit=1", headers=header).json()
    second = client.get(f"/v1/bulk?limit=1&cursor={first['next']}", headers=header).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [again.json()["id"], sent.json()["id"]]


def test_a_repeated_request_is_the_first_one_and_another_body_is_refused(client: TestClient, house: House) -> None:
    """Threat 38."""
    header, key = house.bearer(UNIT.body), {**_key(), "Content-Type": "text/csv"}
    first = client.post("/v1/bulk", content=_table(house, ("x", "1")), headers={**header, **key})
    again = client.post("/v1/bulk", content=_table(house, ("x", "1")), headers={**header, **key})
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = client.post("/v1/bulk", content=_table(house, ("y", "1")), headers={**header, **key})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    bare = client.post("/v1/bulk", content=b"x", headers={**header, "Content-Type": "text/csv"})
    assert bare.status_code == 400


def test_rows_are_read_in_pages_and_by_state(client: TestClient, house: House) -> None:
    header = house.bearer(UNIT.body)
    rows = [
        {"learner": f"n{number}", "achievement": "x", "version": "1", "earned": "2026-01-01"} for number in range(5)
    ]
    at = _send(client, header, json.dumps(rows).encode(), "application/json").headers["location"]
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    other = _send(client, header, lines, "application/x-ndjson").headers["location"]
    _work(house)
    page = client.get(f"{at}/rows?limit=3", headers=header).json()
    rest = client.get(f"{at}/rows?limit=3&cursor={page['next']}", headers=header).json()
    assert [row["number"] for row in [*page["items"], *rest["items"]]] == [1, 2, 3, 4, 5]
    assert rest["next"] is None
    assert client.get(f"{at}/rows?state=good", headers=header).json()["items"] == []
    assert len(client.get(f"{other}/rows?state=faulty", headers=header).json()["items"]) == 5
    assert client.get(f"{at}/rows?cursor=bm90LWEtbnVtYmVy", headers=header).status_code == 400


def test_anothers_upload_is_not_there(client: TestClient, house: House) -> None:
    """Threat 42: foreign and unknown answer alike."""
    at = _send(client, house.bearer(UNIT.body), _table(house, ("x", "7"))).headers["location"]
    _work(house)
    unknown = f"/v1/bulk/urn:uuid:{uuid.uuid4()}"
    rival = house.bearer("nilgiri")
    for ending in ("", "/rows", "/failures"):
        foreign, absent = (client.get(f"{place}{ending}", headers=rival) for place in (at, unknown))
        assert foreign.status_code == absent.status_code == 404
        assert {**foreign.json(), "instance": ""} == {**absent.json(), "instance": ""}
    body = {"rehearsal": "sha256:" + "0" * 64}
    assert client.post(f"{at}/confirmation", json=body, headers={**rival, **_key()}).status_code == 404
    for name in ("asha", "deccan-registrar"):
        assert _send(client, house.bearer(name), b"x").status_code == 403
    assert client.post("/v1/bulk", content=b"x", headers=_key()).status_code == 401


def _endless(count: int) -> Any:
    for _ in range(count):
        yield b"x" * 1_000_000


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"x", {"Content-Type": "text/plain"}, 415),
        (b"x", {"Content-Type": "text/csv", "Content-Encoding": "gzip"}, 415),
        (b"x", {"Content-Type": "text/csv", "Content-Length": "200000000"}, 413),
        (lambda: _endless(80), {"Content-Type": "text/csv"}, 413),
    ],
)
def test_hostile_bodies_are_cut_at_once(
    client: TestClient, house: House, content: Any, headers: dict[str, str], status: int
) -> None:
    """Threats 3 and 4."""
    begun = time.perf_counter()
    given = content() if callable(content) else content
    answer = client.post("/v1/bulk", content=given, headers={**house.bearer(UNIT.body), **_key(), **headers})
    assert answer.status_code == status
    assert time.perf_counter() - begun < 5
