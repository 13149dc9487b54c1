"""An account is erased by its learner, once, and its tokens end with it."""

import uuid

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
