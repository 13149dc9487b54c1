"""What a key was not made for it does not do: writing takes no key away, reading signs nothing (threat 53)."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from doors import MANY, ORIGIN, House
from starlette.testclient import TestClient

from creditbank.bootstrap import KEY_ROTATION
from creditbank.services.bulk import ISSUING
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.rights import LEARNERS, CallerRole, Scope
from creditbank_api.app import create_app
from creditbank_api.security import Caller, caller_of

Door = Callable[[str, frozenset[Scope]], AbstractContextManager[TestClient]]
WRITING = frozenset({Scope.ACCOUNT_READ, Scope.ACCOUNT_WRITE, Scope.SHARES_WRITE, Scope.CREDENTIALS_READ})
KEY = "/v1/account/identifiers"
TAKES_A_KEY = (
    (f"{KEY}/statements", {"did": "did:key:z"}),
    (KEY, {"did": "did:key:z", "challenge": "x", "signature": "A" * 86}),
    (f"{KEY}/renewal", None),
    (f"{KEY}/export", {"did": "did:key:z", "passphrase": "long enough to be one"}),
    (f"{KEY}/forgetting", {"did": "did:key:z"}),
    ("/v1/account/mergers", {"code": "x"}),
)
LEAVES = (("/v1/account/merge-codes", None), ("/v1/account/erasure", {"confirm": "did:key:z"}))


@pytest.fixture
def holding(house: House) -> Door:
    """A door at which a learner stands with a key of these scopes."""

    @contextmanager
    def open_door(learner: str, scopes: frozenset[Scope]) -> Iterator[TestClient]:
        app = create_app(house.bank, limits=MANY)
        caller = Caller(frozenset({CallerRole.LEARNER}), learner, "a key", scopes=scopes)
        app.dependency_overrides[caller_of] = lambda: caller
        with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
            yield client

    return open_door


def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def refused(answer: Any) -> str:
    """The scope that a refusal names; empty for anything else."""
    said = answer.json() if answer.status_code == 403 else {}
    return str(said.get("detail", "")).split(",")[0].rpartition(" ")[2] if said.get("type") else ""


@pytest.mark.parametrize(("path", "body"), TAKES_A_KEY, ids=[path for path, _ in TAKES_A_KEY])
def test_a_key_made_for_writing_takes_no_key_away(
    house: House, holding: Door, path: str, body: dict[str, str] | None
) -> None:
    learner = house.bank.registering.register_learner(name="Keeping sample", sample=True).id
    with holding(learner, LEARNERS - {Scope.ACCOUNT_KEYS}) as client:
        assert refused(client.post(path, json=body, headers=once())) == Scope.ACCOUNT_KEYS
    with holding(learner, frozenset({Scope.ACCOUNT_KEYS})) as client:
        assert not refused(client.post(path, json={"other": 1}, headers=once()))


@pytest.mark.parametrize(("path", "body"), LEAVES, ids=[path for path, _ in LEAVES])
def test_a_key_made_for_writing_ends_no_account(
    house: House, holding: Door, path: str, body: dict[str, str] | None
) -> None:
    learner = house.bank.registering.register_learner(name="Staying sample", sample=True)
    with holding(learner.id, LEARNERS - {Scope.ACCOUNT_LEAVE}) as client:
        confirmed = body and {"confirm": learner.did}
        assert refused(client.post(path, json=confirmed, headers=once())) == Scope.ACCOUNT_LEAVE
    with house.bank.store.transaction() as tx:
        assert tx.find_learner(learner.id) == learner
    with holding(learner.id, frozenset({Scope.ACCOUNT_LEAVE})) as client:
        assert client.post(path, json=body, headers=once()).status_code in (201, 422)


def test_a_key_made_for_reading_signs_nothing(house: House, holding: Door) -> None:
    """The challenge is the caller's own, so whoever signs for it says of themselves that they are the learner."""
    asha, wanted = house.learners["asha"].id, {"challenge": "another-bank", "domain": "bank.example"}
    with holding(asha, WRITING) as client:
        assert client.get("/v1/account/export").status_code == 200
        for some in (wanted, {"challenge": "another-bank"}, {"domain": "bank.example"}):
            assert refused(client.get("/v1/account/export", params=some)) == Scope.ACCOUNT_KEYS
    with holding(asha, WRITING | {Scope.ACCOUNT_KEYS}) as client:
        assert client.get("/v1/account/export", params=wanted).status_code == 200


def token(house: House, *scopes: Scope, body: str = "deccan") -> dict[str, str]:
    _, secret = house.bank.access.make_token(
        str(uuid.uuid4()), organisation=house.bodies[body].id, label="A test", scopes=scopes, by=AT_THE_MACHINE
    )
    return {"Authorization": f"Bearer {secret}"}


def test_lists_of_keys_and_of_received_shares_need_a_scope(client: TestClient, house: House) -> None:
    for path, scope in (("/v1/keys", Scope.KEYS_MANAGE), ("/v1/shares/received", Scope.CREDENTIALS_READ)):
        assert refused(client.get(path, headers=token(house, Scope.NOTICES_READ))) == scope
        assert client.get(path, headers=token(house, scope)).status_code == 200


def test_a_job_is_seen_with_the_scope_by_which_it_is_asked_for(client: TestClient, house: House) -> None:
    owner = house.bodies["thames"].id
    with house.bank.store.transaction() as tx:
        made = {
            kind: house.bank.jobs.add(tx, f"scopes:{kind}", owner=owner, kind=kind, input={}).id
            for kind in (KEY_ROTATION, ISSUING)
        }
    seen = {
        Scope.JOBS_MANAGE: set(made.values()),
        Scope.KEYS_MANAGE: {made[KEY_ROTATION]},
        Scope.CREDENTIALS_ISSUE: {made[ISSUING]},
    }
    for scope, ids in seen.items():
        headers = token(house, scope, body="thames")
        listed = client.get("/v1/jobs", headers=headers).json()["items"]
        assert {one["id"] for one in listed} == ids
        for id in made.values():
            answer = client.get(f"/v1/jobs/{id}", headers=headers)
            assert answer.status_code == (200 if id in ids else 403), (scope, answer.text)
    bare = token(house, Scope.NOTICES_READ, body="thames")
    assert refused(client.get("/v1/jobs", headers=bare)) == Scope.JOBS_MANAGE
    assert refused(client.get(f"/v1/jobs/{made[ISSUING]}", headers=bare)) == Scope.JOBS_MANAGE
    for id in made.values():  # the house is everybody's, and nobody shall find work left over
        house.bank.jobs.cancel(id)
    foreign = token(house, Scope.JOBS_MANAGE, body="open")
    assert client.get(f"/v1/jobs/{made[ISSUING]}", headers=foreign).status_code == 404
