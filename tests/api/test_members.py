"""Members, invitations and tokens through the API: scoped, shown once, and never another organisation's."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.services.listing_ports import Page
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind
from creditbank.services.rights import MemberRole, Scope, within

UNKNOWN = "urn:uuid:00000000-0000-4000-8000-000000000000"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}


def token_of(house: House, body: str, scopes: Iterable[Scope] = ()) -> str:
    """A token with these scopes, or with all that make sense there."""
    scopes = scopes or within(house.bodies[body].roles)
    made = house.bank.access.make_token(
        str(uuid.uuid4()), organisation=house.bodies[body].id, label="A test", scopes=scopes, by=AT_THE_MACHINE
    )
    assert made[1] is not None
    return made[1]


def token_id(house: House, body: str) -> str:
    held = house.bank.access.holder(token_of(house, body))
    assert held is not None
    return held.key


def member_of(house: House, body: str, *roles: MemberRole) -> str:
    with house.bank.store.transaction() as tx:
        way = NewSignIn(SignInKind.PASSWORD, f"{uuid.uuid4()}@sample.example", "hash")
        person = house.bank.door.people.open(tx, "Sample Member", way).id
    organisation = house.bodies[body].id
    _, code = house.bank.membership.invite(str(uuid.uuid4()), organisation=organisation, roles=roles, by=AT_THE_MACHINE)
    assert code is not None
    house.bank.membership.accept(code, person)
    return person


def slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_what_came_of_a_stolen_token_is_shown_and_ended(client: TestClient, house: House) -> None:
    """Threat 53."""
    body = house.bodies["deccan"].id
    at = f"/v1/organisations/{body}"
    owner, stolen = (token_of(house, "deccan") for _ in range(2))
    mine = {"label": "Mine", "scopes": ["credentials:read"]}
    made = client.post(f"{at}/tokens", json=mine, headers=bearer(stolen)).json()
    invited = client.post(f"{at}/invitations", json={"roles": ["auditor"]}, headers=bearer(stolen)).json()
    person = member_of(house, "thames", MemberRole.AUDITOR)
    house.bank.membership.accept(invited["code"], person)
    hook = client.post("/v1/webhooks", json={"url": "https://thief.example/"}, headers=bearer(stolen)).json()["id"]
    key = house.bank.access.holder(stolen)
    assert key is not None
    there = f"{at}/tokens/{key.key}"
    told = client.get(f"{there}/made", headers=bearer(owner)).json()
    assert [[one["id"] for one in told[name]] for name in ("invitations", "webhooks", "webhooksSeen")] == [
        [],
        [hook],
        [],
    ]
    assert {one["id"] for one in told["keys"]} == {key.key, made["id"]}
    assert [(one["person"], one["before"]) for one in told["members"]] == [(person, [])]
    assert [one["action"] for one in told["acts"]][-1] == "webhook.added"
    assert client.post(f"{there}/ending", json={"all": True}, headers=bearer(owner)).status_code == 422
    for lacking in (Scope.TOKENS_MANAGE, Scope.MEMBERS_MANAGE, Scope.WEBHOOKS_MANAGE, Scope.AUDIT_READ):
        weak = token_of(house, "deccan", within(house.bodies["deccan"].roles) - {lacking})
        refused = client.post(f"{there}/ending", json={}, headers=bearer(weak))
        assert (refused.status_code, slug(refused)) == (403, "scope-missing")
    asked = bearer(owner)
    ended, again = (client.post(f"{there}/ending", json={}, headers=asked) for _ in range(2))
    assert (ended.status_code, ended.json(), again.json()) == (201, told, told)
    assert client.get(f"{at}/members", headers=bearer(stolen)).status_code == 401
    assert client.get(f"/v1/webhooks/{hook}", headers=bearer(owner)).status_code == 404
    members = client.get(f"{at}/members", headers=bearer(owner)).json()["items"]
    assert person not in [one["person"] for one in members]
    left = client.get(f"{there}/made", headers=bearer(owner)).json()
    assert (left["keys"], left["members"], left["webhooks"], left["acts"]) == ([], [], [], told["acts"])
    for foreign in (UNKNOWN, token_id(house, "thames")):
        unseen = client.get(f"{at}/tokens/{foreign}/made", headers=bearer(owner))
        assert (unseen.status_code, slug(unseen)) == (404, "no-such-resource")


def test_what_a_stolen_token_issued_revoked_and_redeemed_is_named(client: TestClient, house: House) -> None:
    """Threat 53: also by what it made, and beside what nobody else asked for."""
    body, learner = house.bodies["deccan"].id, house.learners["minjun"].id
    owner, stolen = (token_of(house, "deccan") for _ in range(2))
    key = house.bank.access.holder(stolen)
    assert key is not None
    at, actor = f"/v1/organisations/{body}", f"token:{key.key}"
    wanted = {"label": "Second", "scopes": ["credentials:issue", "credentials:revoke", "redemptions:write"]}
    second = client.post(f"{at}/tokens", json=wanted, headers=bearer(stolen)).json()
    with house.bank.store.transaction() as tx:
        mine = next(one for _, one in tx.list_achievements(Page(5), body))
    earned = {"learner": learner, "achievement": mine.id, "version": mine.version, "earned": "2026-01-01"}
    issued = client.post("/v1/credentials", json=earned, headers=bearer(stolen)).json()["id"]
    other = client.post("/v1/credentials", json=earned, headers=bearer(owner)).json()["id"]
    lot = next(one.lot for one in house.bank.sharing.account(learner).lots if one.facts.credential == issued)
    use = {"lot": lot.id, "amount": "1", "award": f"urn:own:{issued}"}
    redeemed = client.post("/v1/redemptions", json=use, headers=bearer(second["token"]))
    assert redeemed.status_code == 201, redeemed.text
    gone = client.post(f"/v1/credentials/{other}/revocation", json={"reason": "x"}, headers=bearer(second["token"]))
    assert gone.status_code in (200, 201), gone.text
    told = client.get(f"{at}/tokens/{key.key}/made", headers=bearer(owner)).json()
    assert [(one["actor"], one["what"], one["made"]) for one in told["requests"]] == [
        (f"token:{second['id']}", f"POST /v1/credentials/{other}/revocation", None),
        (f"token:{second['id']}", "POST /v1/redemptions", redeemed.json()["id"]),
        (actor, "POST /v1/credentials", issued),
        (actor, f"POST {at}/tokens", None),
    ]
    assert told["more"] is False
    house.bank.access.revoke(body, key.key, by=AT_THE_MACHINE)
    with house.bank.store.transaction() as tx:
        assert tx.prune_claims(before=house.bank.clock.now() + timedelta(days=1)) > 0
    assert client.get(f"{at}/tokens/{key.key}/made", headers=bearer(owner)).json()["requests"] == told["requests"]
    listed = client.get(f"/v1/audit/requests?actor={actor}&limit=1", headers=bearer(owner)).json()
    assert [one["made"] for one in listed["items"]] == [issued]
    rest = client.get(f"/v1/audit/requests?actor={actor}&limit=1&cursor={listed['next']}", headers=bearer(owner)).json()
    assert ([one["what"] for one in rest["items"]], rest["next"]) == ([f"POST {at}/tokens"], None)
    everybody = client.get("/v1/audit/requests?limit=200", headers=bearer(owner)).json()["items"]
    assert other in [one["made"] for one in everybody]
    for foreign in ("thames", "baltic"):
        seen = client.get(f"/v1/audit/requests?actor={actor}", headers=bearer(token_of(house, foreign))).json()
        assert seen["items"] == []
    weak = token_of(house, "deccan", within(house.bodies["deccan"].roles) - {Scope.AUDIT_READ})
    assert slug(client.get("/v1/audit/requests", headers=bearer(weak))) == "scope-missing"


def test_what_is_asked_again_by_another_is_noted_of_both(client: TestClient, house: House) -> None:
    """Threat 53: a request that failed is no cover for whoever sends it again, and works, under its key."""
    first, second = (token_of(house, "deccan") for _ in range(2))
    key, asked = str(uuid.uuid4()), {"learner": UNKNOWN}
    for token in (first, second):
        headers = {**bearer(token), "Idempotency-Key": key}
        assert client.post("/v1/transcripts", json=asked, headers=headers).status_code == 404
    for token in (first, second):
        holder = house.bank.access.holder(token)
        assert holder is not None
        with house.bank.store.transaction() as tx:
            found = tx.list_asked(Page(9), house.bodies["deccan"].id, [f"token:{holder.key}"])
        assert [one.asked.what for _, one in found] == ["POST /v1/transcripts"]


def test_a_token_is_made_shown_once_used_listed_and_revoked(client: TestClient, house: House) -> None:
    """Threat 53."""
    manager = token_of(house, "deccan", [Scope.TOKENS_MANAGE, Scope.CREDENTIALS_READ])
    at = f"/v1/organisations/{house.bodies['deccan'].id}/tokens"
    wanted = {"label": "Registry", "scopes": ["credentials:read"], "days": 30}
    headers = bearer(manager)
    first, again = (client.post(at, json=wanted, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    secret = first.json()["token"]
    assert again.json() == first.json() | {"token": None}
    assert again.headers["idempotency-replayed"] == "true"
    issued = house.issued["asha:writing"]
    assert client.get(f"/v1/credentials/{issued.id}", headers=bearer(secret)).content == issued.signed
    listed = client.get(at, headers=bearer(manager))
    (mine,) = [one for one in listed.json()["items"] if one["id"] == first.json()["id"]]
    assert (mine["token"], mine["used"] is None, secret.startswith(mine["hint"])) == (None, False, True)
    assert secret not in listed.text
    assert client.delete(f"{at}/{mine['id']}", headers=bearer(manager)).status_code == 204
    assert client.get(f"/v1/credentials/{issued.id}", headers=bearer(secret)).status_code == 401
    assert client.delete(f"{at}/{mine['id']}", headers=bearer(manager)).status_code == 404


def test_a_missing_scope_is_named(client: TestClient, house: House) -> None:
    token = token_of(house, "deccan", [Scope.NOTICES_READ])
    answer = client.get(f"/v1/credentials/{house.issued['asha:writing'].id}", headers=bearer(token))
    assert (answer.status_code, slug(answer)) == (403, "scope-missing")
    assert "credentials:read" in answer.json()["detail"]


def test_a_token_is_made_with_no_more_scope_than_its_maker_has(client: TestClient, house: House) -> None:
    manager = token_of(house, "deccan", [Scope.TOKENS_MANAGE])
    at = f"/v1/organisations/{house.bodies['deccan'].id}/tokens"
    refused = client.post(at, json={"label": "x", "scopes": ["awards:write"]}, headers=bearer(manager))
    assert (refused.status_code, slug(refused)) == (403, "beyond-own-rights")
    unknown = client.post(at, json={"label": "x", "scopes": ["everything"]}, headers=bearer(manager))
    assert (unknown.status_code, slug(unknown)) == (422, "invalid-request")
    for days in (0, 366):
        long = client.post(at, json={"label": "x", "scopes": ["tokens:manage"], "days": days}, headers=bearer(manager))
        assert long.status_code == 422


def test_members_are_listed_changed_and_removed(client: TestClient, house: House) -> None:
    body = house.bodies["thames"].id
    owner = member_of(house, "thames", MemberRole.OWNER)
    other = member_of(house, "thames", MemberRole.AUDITOR)
    token = token_of(house, "thames")
    at = f"/v1/organisations/{body}/members"
    listed = client.get(at, headers=bearer(token)).json()["items"]
    roles = {one["person"]: one["roles"] for one in listed}
    assert (roles[owner], roles[other]) == (["owner"], ["auditor"])
    changed = client.put(f"{at}/{other}", json={"roles": ["administrator"]}, headers=bearer(token))
    assert (changed.status_code, changed.json()["roles"]) == (200, ["administrator"])
    beyond = client.put(f"{at}/{other}", json={"roles": ["owner"]}, headers=bearer(token))
    assert (beyond.status_code, slug(beyond)) == (403, "beyond-own-rights")
    assert client.delete(f"{at}/{other}", headers=bearer(token)).status_code == 204
    assert client.delete(f"{at}/{other}", headers=bearer(token)).status_code == 404


def test_an_invitation_is_made_and_withdrawn(client: TestClient, house: House) -> None:
    token, at = token_of(house, "baltic"), f"/v1/organisations/{house.bodies['baltic'].id}/invitations"
    made = client.post(at, json={"roles": ["auditor"], "days": 3}, headers=bearer(token))
    assert made.status_code == 201
    assert made.json()["code"].startswith("cbin_")
    (listed,) = client.get(at, headers=bearer(token)).json()["items"]
    assert listed == made.json() | {"code": None}
    assert client.delete(f"{at}/{listed['id']}", headers=bearer(token)).status_code == 204
    assert client.get(at, headers=bearer(token)).json() == {"items": []}


@pytest.mark.parametrize("room", ["members", "invitations", "tokens"])
def test_another_organisation_reads_like_none(client: TestClient, house: House, room: str) -> None:
    """Threat 42."""
    token = token_of(house, "open")
    theirs, nobodys = (
        client.get(f"/v1/organisations/{id}/{room}", headers=bearer(token))
        for id in (house.bodies["deccan"].id, UNKNOWN)
    )
    assert (theirs.status_code, theirs.json() | {"instance": ""}) == (404, nobodys.json() | {"instance": ""})


def test_a_learner_manages_no_organisation(client: TestClient, house: House) -> None:
    answer = client.get(f"/v1/organisations/{house.bodies['deccan'].id}/members", headers=house.bearer("asha"))
    assert (answer.status_code, slug(answer)) == (403, "not-for-this-role")
