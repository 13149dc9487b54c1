"""An account is erased by its learner, once, and its tokens end with it."""

import io
import uuid
import zipfile
from typing import Any

from doors import House
from sqlalchemy import select
from starlette.testclient import TestClient

from creditbank.adapters.store.tables_claims import claims
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind


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


def test_answers_that_are_kept_for_repetitions_go_with_the_account(client: TestClient, house: House) -> None:
    """Threat 47: what a learner asked for, and why they left, stands in no file of the database."""
    learner = house.bank.registering.register_learner(name="Canary Plover", sample=True)
    token = house.bank.registering.issue_token(role="learner", subject=learner.id, label="canary-label")

    def post(path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
        return client.post(path, json=body, headers=headers)

    wanted = {"organisation": house.bodies["deccan"].id, "purpose": "canary-purpose"}
    assert post("/v1/consents", wanted).status_code == 201
    erased = post("/v1/account/erasure", {"confirm": learner.did, "why": "canary-goodbye"})
    assert (erased.status_code, erased.json()["account"]) == (201, learner.id)
    stored = b"".join(file.read_bytes() for file in house.bank.settings.home.glob("*.db*") if "chain" not in file.name)
    assert len(stored) > 100_000
    with house.bank.store.transaction() as tx:
        answers = select(claims.c.answer).where(claims.c.subject == learner.id)
        assert set(tx._connection.scalars(answers)) == {None}, "not even what asked for the erasure"
    for canary in ("canary-", "Canary", learner.did):
        assert canary.encode() not in stored, canary


def test_a_learner_closes_the_account_that_they_sign_in_to(client: TestClient, house: House) -> None:
    """Sign-ins, sessions and memberships go with the learner's account; a key closes only what it speaks for."""
    bank, unowned = house.bank, house.bearer("minjun")
    address = "canary-crane@sample.example"
    way = NewSignIn(SignInKind.PASSWORD, address, "hash", label=address, contact=address)
    with bank.store.transaction() as tx:
        person = bank.door.joining.open(tx, "Canary Crane", way)
    (learner,) = bank.door.people.learners(person.id)
    token = bank.registering.issue_token(role="learner", subject=learner.id, label="closing")
    bearer = {"Authorization": f"Bearer {token}"}

    def close(name: str, who: dict[str, str] = bearer) -> Any:
        headers = {**who, "Idempotency-Key": str(uuid.uuid4())}
        return client.post("/v1/account/closing", json={"confirm": name}, headers=headers)

    shown = client.get("/v1/account/closing", headers=bearer).json()
    assert (shown["name"], shown["signIns"], shown["accounts"]) == ("Canary Crane", 1, [learner.id])
    assert client.get("/v1/account/closing", headers=unowned).status_code == 404
    assert close("Minjun", unowned).status_code == 404
    assert close("Another").json()["type"] == "/problems/closing-not-confirmed"
    done = close("Canary Crane")
    assert (done.status_code, done.json()["erased"]) == (201, [learner.id])
    assert close("Canary Crane").status_code == 401
    stored = b"".join(file.read_bytes() for file in bank.settings.home.glob("*.db*") if "chain" not in file.name)
    for canary in (b"Canary Crane", address.encode()):
        assert canary not in stored


def test_a_learner_takes_everything_along(client: TestClient, house: House) -> None:
    answer = client.get("/v1/account/export", headers=house.bearer("asha"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    names = set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    assert {"account/account.json", "account/credentials/001.json", "account/awards/001.proof.json"} <= names
    assert client.get("/v1/account/export", headers=house.bearer("deccan")).status_code == 403
