"""The operator halts the bank through the API, in every process at once; callers are told when to come back."""

from uuid import uuid4

from doors import House
from starlette.testclient import TestClient


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def test_the_operator_halts_a_body_and_lets_it_go_on(house: House, client: TestClient) -> None:
    deccan, admin = house.bodies["deccan"].id, house.bearer("admin")
    halted = client.post("/v1/halts", json={"organisation": deccan, "why": "a key was stolen"}, headers=admin | _key())
    assert halted.status_code == 201
    assert halted.json()["lifted"] is None
    try:
        lot = house.bank.sharing.account(house.learners["minjun"].id).lots[0].lot.id
        body = {"lot": lot, "amount": "1", "award": "elsewhere"}
        refused = client.post("/v1/redemptions", json=body, headers=house.bearer("deccan-registrar") | _key())
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/halted"
        assert int(refused.headers["Retry-After"]) > 5
        assert "stolen" not in refused.text
        assert client.get("/v1/awards", headers=house.bearer("deccan-registrar")).status_code != 503
    finally:
        lifted = client.post(
            f"/v1/halts/{halted.json()['id']}/lift", json={"why": "it is revoked"}, headers=admin | _key()
        )
    assert lifted.status_code == 200
    assert lifted.json()["liftedWhy"] == "it is revoked"
    listed = client.get("/v1/halts", headers=admin).json()["halts"]
    assert lifted.json() in listed


def test_nobody_but_the_operator_halts(house: House, client: TestClient) -> None:
    for name in ("deccan", "deccan-registrar", "asha"):
        for answer in (
            client.get("/v1/halts", headers=house.bearer(name)),
            client.post("/v1/halts", json={"why": "because"}, headers=house.bearer(name) | _key()),
        ):
            assert answer.status_code == 403
            assert answer.json()["type"] == "/problems/not-for-this-role"
    assert client.get("/v1/halts").status_code == 401


def test_a_halt_without_a_reason_or_of_nobody_is_refused(house: House, client: TestClient) -> None:
    admin = house.bearer("admin")
    assert client.post("/v1/halts", json={"why": " "}, headers=admin | _key()).status_code == 422
    unknown = {"organisation": f"urn:uuid:{uuid4()}", "why": "because"}
    assert client.post("/v1/halts", json=unknown, headers=admin | _key()).status_code == 404
    lifting = client.post(f"/v1/halts/urn:uuid:{uuid4()}/lift", json={"why": "because"}, headers=admin | _key())
    assert lifting.status_code == 404
