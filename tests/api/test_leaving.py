"""An account is erased by its learner, once, and its tokens end with it."""

import io
import uuid
import zipfile

from doors import House
from starlette.testclient import TestClient


def test_a_learner_has_the_account_erased(client: TestClient, house: House) -> None:
    """Threat 47."""
    learner = house.bank.registering.register_learner(name="Leaving sample", sample=True)
    token = house.bank.registering.issue_token(role="learner", subject=learner.id, label="leaving")

    def asked(confirm: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        answer = client.post("/v1/account/erasure", json={"confirm": confirm}, headers=headers)
        return answer.status_code, answer.text

    assert asked("did:key:another")[0] == 422
    status, text = asked(learner.did)
    assert (status, '"kept":[]' in text) == (201, True)
    assert asked(learner.did)[0] == 401
    assert client.get(f"/v1/accounts/{learner.id}", headers=house.bearer("admin")).status_code == 404


def test_a_learner_takes_everything_along(client: TestClient, house: House) -> None:
    answer = client.get("/v1/account/export", headers=house.bearer("asha"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    names = set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    assert {"account/account.json", "account/credentials/001.json", "account/awards/001.proof.json"} <= names
    assert client.get("/v1/account/export", headers=house.bearer("deccan")).status_code == 403
