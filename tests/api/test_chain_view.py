"""`GET /v1/chain`: for the operator, and for nobody else."""

from doors import House
from starlette.testclient import TestClient


def test_the_operator_sees_how_the_chain_stands(house: House, client: TestClient) -> None:
    found = client.get("/v1/chain", headers=house.bearer("admin"))
    assert found.status_code == 200
    said = found.json()
    assert said["testChain"]
    assert said["admitted"]
    assert set(said["codeMatches"]) == {"issuers", "anchors", "redemptions"} == set(said["contracts"])
    assert said["anchorsLeft"] is None
    assert said["nonceMined"] == said["nonceOwn"]


def test_nobody_else_does(house: House, client: TestClient) -> None:
    assert client.get("/v1/chain").status_code == 401
    assert client.get("/v1/chain", headers=house.bearer("deccan-registrar")).status_code == 403
