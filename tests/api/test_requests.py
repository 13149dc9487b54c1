"""How bodies are read: capped, strict, and never inflated (threats 1 to 4 and 43)."""

import gzip
import json
import time

import pytest
from doors import House
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}


def _problem(answer: object) -> tuple[int, str]:
    body = answer.json()  # type: ignore[attr-defined]
    return body["status"], body["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    "body",
    [
        b'{"files": [], "files": [{"name": "a", "content": "b"}]}',
        b'{"policy": NaN}',
        b'{"policy": 1e400}',
        b'{"policy": 9007199254740993}',
        b'{"policy": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        '{"policy": "live"}'.encode("utf-16"),
        b"",
        b"{",
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_what_readers_could_read_two_ways_is_400_before_any_use(client: TestClient, body: bytes) -> None:
    """Threats 1, 2 and 3."""
    answer = client.post("/v1/verifications", content=body, headers=JSON)
    assert _problem(answer) == (400, "unreadable-json")


def test_a_nul_in_a_name_is_an_answer_and_never_a_500(client: TestClient) -> None:
    body = b'{"files": [{"name": "a\\u0000b", "content": "x"}]}'
    assert client.post("/v1/verifications", content=body, headers=JSON).status_code in (400, 422)


def test_a_body_is_cut_at_one_mebibyte_while_it_arrives(client: TestClient) -> None:
    """Threat 3: two hundred megabytes are offered, and about one is taken."""
    taken = 0

    def stream() -> object:
        nonlocal taken
        for _ in range(200):
            taken += 1
            yield b" " * 1024 * 1024

    begun = time.monotonic()
    answer = client.post("/v1/verifications", content=stream(), headers=JSON)  # type: ignore[arg-type]
    assert _problem(answer) == (413, "body-too-large")
    assert time.monotonic() - begun < 5


def test_an_announced_size_is_refused_before_the_body_is_read(client: TestClient) -> None:
    for size in ("1048577", "99999999999999999999", "-1", "many"):
        answer = client.post("/v1/verifications", content=b"{}", headers={**JSON, "Content-Length": size})
        assert _problem(answer) == (413, "body-too-large")


def test_a_compressed_body_is_415(client: TestClient) -> None:
    """Threat 4."""
    headers = {**JSON, "Content-Encoding": "gzip"}
    answer = client.post("/v1/verifications", content=gzip.compress(b"{}"), headers=headers)
    assert _problem(answer) == (415, "encoded-body")


def test_a_compressed_form_of_files_is_415(client: TestClient) -> None:
    """Threat 4: what is uploaded to be verified is not inflated either, by whichever door it comes."""
    form = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{}\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/v1/verifications/files", content=form, headers=headers).status_code != 415
    for path in ("/v1/verifications/files", "/verify"):
        answer = client.post(path, content=gzip.compress(form), headers={**headers, "Content-Encoding": "gzip"})
        assert answer.status_code == 415, path


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_anything_but_json_is_415(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/verifications", content=b"{}", headers={"Content-Type": kind} if kind else {})
    assert _problem(answer) == (415, "not-json")


def test_unknown_fields_are_refused_with_their_json_pointer(client: TestClient, house: House) -> None:
    """Threat 43: no field slips in."""
    body = {"evaluation": house.evaluations[0].id, "state": "posted", "a/b~c": 1}
    headers = {**house.bearer("deccan-registrar"), "Idempotency-Key": "mass-assignment"}
    answer = client.post("/v1/awards", json=body, headers=headers)
    assert _problem(answer) == (422, "invalid-request")
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/state", "/a~1b~0c"}


def test_a_validation_error_does_not_repeat_what_was_sent(client: TestClient) -> None:
    """Threat 46."""
    answer = client.post("/v1/verifications", json={"files": 7, "policy": "canary-5be1"})
    assert answer.status_code == 422
    assert "canary" not in answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/files", "/policy"]


@pytest.mark.parametrize("day", ["2026-02-30", "23.11.2026", 20261123, "٢٠٢٦-١١-٢٣", "2026-11-23T00:00:00Z", None])
def test_a_day_has_one_spelling(client: TestClient, house: House, day: object) -> None:
    body = {"learner": house.learners["asha"].id, "achievement": "a", "version": "1", "earned": day}
    headers = {**house.bearer("deccan"), "Idempotency-Key": "one-spelling"}
    answer = client.post("/v1/credentials", content=json.dumps(body), headers={**headers, **JSON})
    assert _problem(answer) == (422, "invalid-request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/earned"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=1000000000", "limit=x", "cursor=%2e%2e", "cursor=QUJD"]
)
def test_lists_are_capped_and_take_no_forged_cursor(client: TestClient, query: str) -> None:
    """Threat 55."""
    assert client.get(f"/v1/batches?{query}").status_code in (400, 422)


def test_a_list_goes_on_where_it_stopped(client: TestClient, house: House) -> None:
    whole = [item["id"] for item in client.get("/v1/batches").json()["items"]]
    assert len(whole) >= 2
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        query = f"?limit=1&cursor={following}" if following else "?limit=1"
        answer = client.get(f"/v1/batches{query}")
        seen += [item["id"] for item in answer.json()["items"]]
        following = answer.json()["next"]
        assert ("next" in answer.headers.get("link", "")) == (following is not None)
    assert seen == whole
