"""Revoking, suspending and giving back over HTTP: once, by the issuer alone, and seen by all who ask for the list."""

from uuid import uuid4

import httpx2
from doors import House
from starlette.testclient import TestClient

from creditbank.cli.demo import samples


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _issued(client: TestClient, house: House) -> str:
    unit = samples.ASHA_UNITS[1].achievement
    learner = house.learners["minjun"].id
    wanted = {"learner": learner, "achievement": unit.id, "version": unit.version, "earned": "2026-06-30"}
    return client.post("/v1/credentials", json=wanted, headers={**house.bearer("deccan"), **_key()}).json()["id"]


def _says(
    client: TestClient, house: House, id: str, what: str, *, who: str = "deccan", key: dict[str, str] | None = None
) -> httpx2.Response:
    headers = {**house.bearer(who), **(key or _key())}
    return client.post(f"/v1/credentials/{id}/{what}", json={"reason": "a sample reason"}, headers=headers)


def test_an_issuer_suspends_gives_back_and_revokes(client: TestClient, house: House) -> None:
    id = _issued(client, house)
    key = _key()
    answer = _says(client, house, id, "suspension", key=key)
    assert (answer.status_code, answer.json()["status"]) == (201, "suspended")
    assert _says(client, house, id, "suspension", key=key).content == answer.content
    again = _says(client, house, id, "suspension")
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "already-suspended")
    assert _says(client, house, id, "reinstatement").json()["status"] == "reinstated"
    assert _says(client, house, id, "reinstatement").status_code == 409
    assert _says(client, house, id, "revocation").json()["status"] == "revoked"
    for what in ("revocation", "suspension", "reinstatement"):
        assert _says(client, house, id, what).json()["type"].rpartition("/")[2] == "already-revoked"


def test_nobody_else_changes_the_status_of_a_credential(client: TestClient, house: House) -> None:
    id = _issued(client, house)
    for what in ("revocation", "suspension", "reinstatement"):
        assert _says(client, house, id, what, who="open").status_code == 404
        assert _says(client, house, id, what, who="asha").status_code == 403
        assert _says(client, house, f"urn:uuid:{uuid4()}", what).status_code == 404


def test_the_list_of_suspensions_is_served_to_everybody(client: TestClient, house: House) -> None:
    id = _issued(client, house)
    document = client.get(f"/v1/credentials/{id}", headers=house.bearer("deccan")).json()
    place = document["suspensionStatus"]
    served = client.get("/documents", params={"id": place["statusListCredential"]})
    assert served.status_code == 200, served.text
    assert served.json()["credentialSubject"]["statusPurpose"] == "suspension"
