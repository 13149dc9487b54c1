"""Webhooks over HTTP: made, tried, paused, replayed and removed by their organisation alone."""

import base64
import uuid
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.services.noticing import to_organisation

URL = "https://lms.example/events"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


def _made(client: TestClient, house: House, name: str = "thames", **changed: Any) -> Any:
    return client.post("/v1/webhooks", json={"url": URL, **changed}, headers={**house.bearer(name), **_key()})


def _post(client: TestClient, house: House, path: str, body: dict[str, Any], name: str = "thames") -> Any:
    return client.post(path, json=body, headers={**house.bearer(name), **_key()})


def test_the_secret_of_a_webhook_is_seen_once_and_kept_sealed(client: TestClient, house: House) -> None:
    """Threats 51 and 53's neighbour: no answer, no repetition and no row of the database gives it again."""
    headers = {**house.bearer("thames"), **_key()}
    made = client.post("/v1/webhooks", json={"url": URL, "kinds": ["job-ended"]}, headers=headers)
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    again = client.post("/v1/webhooks", json={"url": URL, "kinds": ["job-ended"]}, headers=headers)
    assert again.json() == made.json() | {"secret": None}
    assert client.get(made.headers["location"], headers=house.bearer("thames")).json() == again.json()
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    for file in house.bank.settings.home.rglob("store.db*"):
        content = file.read_bytes()
        assert secret.encode() not in content
        assert raw not in content


def test_an_event_is_pinged_listed_and_replayed(client: TestClient, house: House) -> None:
    made = _made(client, house).json()
    at = f"/v1/webhooks/{made['id']}"
    ping = _post(client, house, f"{at}/ping", {})
    assert (ping.status_code, ping.json()["kind"], ping.json()["state"]) == (202, "ping", "waiting")
    with house.bank.store.transaction() as tx:
        audience = to_organisation(house.bodies["thames"].id)
        told = house.bank.noticing.tell(tx, audience, "batch-final", {"batch": "urn:uuid:b"})
    assert told is not None
    listed = client.get(f"{at}/deliveries", headers=house.bearer("thames")).json()["items"]
    assert [one["kind"] for one in listed] == ["batch-final", "ping"]
    one = client.get(f"{at}/deliveries/{told.id}", headers=house.bearer("thames"))
    assert one.json() == listed[0]
    assert one.json()["data"] == {"batch": "urn:uuid:b"}
    again = _post(client, house, f"{at}/deliveries/{told.id}/replay", {})
    assert again.status_code == 202
    assert _slug(_post(client, house, f"{at}/deliveries/urn:uuid:none/replay", {})) == (404, "no-such-resource")


def test_a_webhook_is_paused_renewed_and_removed(client: TestClient, house: House) -> None:
    made = _made(client, house).json()
    at = f"/v1/webhooks/{made['id']}"
    assert _post(client, house, f"{at}/state", {"state": "paused"}).json()["state"] == "paused"
    assert _slug(_post(client, house, f"{at}/state", {"state": "removed"})) == (422, "invalid-request")
    renewed = _post(client, house, f"{at}/secret", {}).json()
    assert renewed["secret"] not in (None, made["secret"])
    assert client.delete(at, headers=house.bearer("thames")).status_code == 204
    assert _slug(client.get(at, headers=house.bearer("thames"))) == (404, "no-such-resource")
    acts = client.get("/v1/audit", headers=house.bearer("thames")).json()["items"]
    assert [act["action"] for act in acts if act["object"] == made["id"]] == [
        "webhook.removed",
        "webhook.renewed",
        "webhook.paused",
        "webhook.added",
    ]


def test_anothers_webhook_is_nobodys(client: TestClient, house: House) -> None:
    """Threat 42: byte for byte as one that there is not, whatever is asked of it."""
    id, unknown = _made(client, house).json()["id"], f"urn:uuid:{uuid.uuid4()}"
    for name in ("deccan", "open"):
        for path in ("", "/deliveries", "/deliveries/urn:uuid:e"):
            theirs, nothing = (
                client.get(f"/v1/webhooks/{one}{path}", headers=house.bearer(name)) for one in (id, unknown)
            )
            assert _slug(theirs) == (404, "no-such-resource")
            assert theirs.json() | {"instance": ""} == nothing.json() | {"instance": ""}
        for path, body in (("/ping", {}), ("/secret", {}), ("/state", {"state": "paused"})):
            assert _post(client, house, f"/v1/webhooks/{id}{path}", body, name).status_code == 404
        assert client.delete(f"/v1/webhooks/{id}", headers=house.bearer(name)).status_code == 404
    assert client.get("/v1/webhooks", headers=house.bearer("asha")).status_code == 403


@pytest.mark.parametrize("url", ["http://lms.example/", "https://10.0.0.1/", "https://localhost/", "https://a b/"])
def test_an_inward_address_is_refused(client: TestClient, house: House, url: str) -> None:
    """Threat 14."""
    assert _slug(_made(client, house, url=url)) == (422, "fetch-refused")


def test_extra_fields_are_refused(client: TestClient, house: House) -> None:
    """Threat 43."""
    assert _slug(_made(client, house, secret="whsec_mine")) == (422, "invalid-request")
