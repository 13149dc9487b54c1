"""Drafts over HTTP: nobody overwrites what they have not read, and what is published never changes."""

import uuid
from typing import Any

import pytest
from doors import House
from sample_units import unit_bytes, unit_with
from starlette.testclient import TestClient


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


class Desk:
    """A provider with one unit on its desk."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.client, self.id = client, f"urn:uuid:{uuid.uuid4()}"
        self.did, self.header = house.bodies["deccan"].did, house.bearer("deccan")
        self.at = f"/v1/drafts/{self.id}/versions/1"

    def text(self, **changes: Any) -> str:
        told = {"id": self.id, "version": "1", "awarding_body": self.did, "supersedes": None, "template": None}
        return unit_bytes(unit_with(**told | changes)).decode()

    def write(self, text: str, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.put(self.at, json={"content": text}, headers={**self.header, **sent})

    def publish(self, tag: str | None, key: dict[str, str] | None = None) -> Any:
        headers = {**self.header, **(key or _key()), **({} if tag is None else {"If-Match": tag})}
        return self.client.post(f"{self.at}/publication", json={}, headers=headers)


@pytest.fixture
def desk(client: TestClient, house: House) -> Desk:
    return Desk(client, house)


def test_a_draft_is_written_changed_and_published_as_it_was_read(desk: Desk) -> None:
    made = desk.write(desk.text(), If_None_Match="*")
    assert made.status_code == 201, made.text
    first = made.headers["etag"]
    read = desk.client.get(desk.at, headers=desk.header)
    assert (read.headers["etag"], read.json()) == (first, made.json())
    changed = desk.write(desk.text(changelog=""), If_Match=first)
    assert changed.status_code == 200
    lost = desk.write(desk.text(), If_Match='"another"')
    assert _slug(lost) == (412, "precondition-failed")
    assert _slug(desk.publish('"another"')) == (412, "precondition-failed")
    assert _slug(desk.publish(None)) == (428, "precondition-missing")
    faults = desk.client.get(f"{desk.at}/faults", headers=desk.header)
    assert faults.json() == {"items": []}, faults.text
    key = _key()
    published = desk.publish(changed.headers["etag"], key)
    assert published.status_code == 201, published.text
    assert published.headers["location"] == f"/v1/achievements/{desk.id}/versions/1"
    assert desk.client.get(desk.at, headers=desk.header).status_code == 404
    assert desk.publish(changed.headers["etag"], key).content == published.content
    assert desk.publish(changed.headers["etag"]).json() == published.json()  # a retry without the key's memory
    public = desk.client.get(published.headers["location"])
    assert public.json() == published.json()
    assert desk.client.get(f"{published.headers['location']}/unit").text == desk.text(changelog="")
    assert _slug(desk.write(desk.text(changelog="new"), If_None_Match="*")) == (409, "achievement-frozen")


def test_nobody_overwrites_a_draft_that_they_have_not_read(desk: Desk) -> None:
    assert _slug(desk.write(desk.text())) == (428, "precondition-missing")
    assert _slug(desk.write(desk.text(), If_Match='"any"')) == (412, "precondition-failed")
    made = desk.write(desk.text(), If_None_Match="*")
    assert _slug(desk.write(desk.text(), If_None_Match="*")) == (412, "precondition-failed")
    assert _slug(desk.write(desk.text())) == (428, "precondition-missing")
    dropped = desk.client.delete(desk.at, headers=desk.header)
    assert _slug(dropped) == (428, "precondition-missing")
    dropped = desk.client.delete(desk.at, headers={**desk.header, "If-Match": made.headers["etag"]})
    assert (dropped.status_code, dropped.content) == (204, b"")
    assert desk.client.get(desk.at, headers=desk.header).status_code == 404


def test_of_two_changes_at_once_one_is_told(desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the same draft; the database lets the first one through."""
    from creditbank_api.v1 import drafts

    tag = desk.write(desk.text(), If_None_Match="*").headers["etag"]
    found = drafts._found

    def stale(*asked: Any) -> Any:
        before = found(*asked)
        monkeypatch.setattr(drafts, "_found", found)
        assert desk.write(desk.text(changelog="theirs"), If_Match=tag).status_code == 200
        return before

    monkeypatch.setattr(drafts, "_found", stale)
    assert _slug(desk.write(desk.text(changelog="ours"), If_Match=tag)) == (412, "draft-changed")
    assert "theirs" in desk.client.get(desk.at, headers=desk.header).json()["content"]


def test_a_draft_is_its_providers_alone(desk: Desk, house: House) -> None:
    """Threat 42."""
    tag = desk.write(desk.text(), If_None_Match="*").headers["etag"]
    for name in ("thames", "open"):
        other = house.bearer(name)
        for path in (desk.at, f"{desk.at}/faults"):
            assert desk.client.get(path, headers=other).status_code == 404
        assert desk.client.delete(desk.at, headers={**other, "If-Match": tag}).status_code == 404
        publish = desk.client.post(f"{desk.at}/publication", json={}, headers={**other, **_key(), "If-Match": tag})
        assert publish.status_code == 404
        listed = desk.client.get("/v1/drafts", headers=other).json()["items"]
        assert desk.id not in {draft["id"] for draft in listed}
    assert desk.client.get(desk.at, headers=house.bearer("asha")).status_code == 403


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"content": "document: creditbank/unit/v9"}, (422, "document-faults")),
        ({"content": "[" * 300}, (422, "document-faults")),
        ({"content": "x", "state": "published"}, (422, "invalid-request")),
        ({}, (422, "invalid-request")),
    ],
)
def test_what_is_no_unit_is_no_draft(desk: Desk, change: dict[str, str], told: tuple[int, str]) -> None:
    """Threat 43 among others: no field slips in."""
    answer = desk.client.put(desk.at, json=change, headers={**desk.header, "If-None-Match": "*"})
    assert _slug(answer) == told


def test_a_draft_stands_under_its_own_name(desk: Desk) -> None:
    answer = desk.client.put(
        desk.at.replace("/versions/1", "/versions/2"),
        json={"content": desk.text()},
        headers={**desk.header, "If-None-Match": "*"},
    )
    assert _slug(answer) == (422, "invalid-request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/content"]


def test_a_version_is_withdrawn_once_by_who_published_it(desk: Desk, house: House) -> None:
    tag = desk.write(desk.text(), If_None_Match="*").headers["etag"]
    at = desk.publish(tag).headers["location"]
    body = {"reason": "No longer taught."}
    other = desk.client.post(f"{at}/withdrawal", json=body, headers={**house.bearer("thames"), **_key()})
    assert _slug(other) == (403, "not-your-achievement")
    made = desk.client.post(f"{at}/withdrawal", json=body, headers={**desk.header, **_key()})
    assert (made.status_code, made.json()["withdrawalReason"]) == (201, "No longer taught.")
    again = desk.client.post(f"{at}/withdrawal", json=body, headers={**desk.header, **_key()})
    assert _slug(again) == (409, "achievement-withdrawn")
