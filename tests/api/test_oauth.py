"""OAuth 2.0 at the door: the forms of its standards, a token that opens the API, and nothing told of what is wrong."""

import uuid
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.services.granting import client_id
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.rights import BADGES, Scope
from creditbank_api.limits import Limits

GIVEN = {"grant_type": "client_credentials"}


@pytest.fixture
def registry(house: House) -> tuple[str, str]:
    """A client of the Deccan university, by name and secret."""
    made, secret = house.bank.granting.make_client(
        str(uuid.uuid4()),
        organisation=house.bodies["deccan"].id,
        label="A registry",
        scopes=[Scope.CREDENTIALS_READ, Scope.BADGES_READ],
        by=AT_THE_MACHINE,
        days=1,
    )
    assert secret is not None
    return client_id(made), secret


def test_client_credentials_give_a_token_that_opens_the_api(
    client: TestClient, house: House, registry: tuple[str, str]
) -> None:
    """RFC 6749, 4.4, as Open Badges 3.0 asks."""
    answer = client.post("/oauth/token", data=GIVEN | {"scope": "credentials:read"}, auth=registry)
    said = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 3600, "credentials:read")
    issued = house.issued["asha:writing"]
    bearer = {"Authorization": f"Bearer {said['access_token']}"}
    assert client.get(f"/v1/credentials/{issued.id}", headers=bearer).content == issued.signed
    assert client.get(f"/v1/awards/{house.made.id}", headers=bearer).status_code == 403
    client.post("/oauth/revocation", data={"token": said["access_token"]}, auth=registry)
    assert client.get(f"/v1/credentials/{issued.id}", headers=bearer).status_code == 401


def test_scopes_of_open_badges_are_asked_for_in_full(client: TestClient, registry: tuple[str, str]) -> None:
    scope = "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly"
    assert client.post("/oauth/token", data=GIVEN | {"scope": scope}, auth=registry).json()["scope"] == scope


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        (GIVEN | {"scope": "awards:write"}, "invalid_scope"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_what_is_not_given_is_told_in_a_word(
    client: TestClient, registry: tuple[str, str], form: dict[str, str], error: str
) -> None:
    """RFC 6749, 5.2."""
    answer = client.post("/oauth/token", data=form or None, auth=registry)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("header", [None, "Basic", "Basic x", "Basic eDp5", "Bearer eDp5", "Basic \u00e9"])
def test_a_client_that_does_not_show_itself_is_401(client: TestClient, header: str | None) -> None:
    headers: Any = {} if header is None else {b"authorization": header.encode("latin-1")}
    answer = client.post("/oauth/token", data=GIVEN, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_field_that_stands_twice_is_refused(client: TestClient, registry: tuple[str, str]) -> None:
    """RFC 6749, 3.2."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = "grant_type=client_credentials&grant_type=client_credentials"
    assert client.post("/oauth/token", content=twice, headers=form, auth=registry).status_code == 400
    assert client.post("/oauth/token", json=GIVEN, auth=registry).status_code == 400


def test_guessing_secrets_is_slowed_down(house: House) -> None:
    """Threat 54."""
    with house.client(Limits(failed_tokens=2)) as client:
        codes = [client.post("/oauth/token", data=GIVEN, auth=("x", f"guess-{n}")).status_code for n in range(5)]
        assert codes[0] == 401
        assert codes[-1] == 429


def test_a_wallet_registers_itself(client: TestClient) -> None:
    """RFC 7591, 3."""
    wanted = {
        "client_name": "A wallet",
        "redirect_uris": ["https://wallet.sample.example/back"],
        "scope": " ".join(BADGES),
        "software_id": "unknown here",
    }
    answer = client.post("/oauth/registration", json=wanted)
    said = answer.json()
    assert answer.status_code == 201
    assert set(said["scope"].split()) == BADGES
    assert said["client_secret"].startswith("cbcs_")
    itself = client.post("/oauth/token", data=GIVEN, auth=(said["client_id"], said["client_secret"]))
    assert (itself.status_code, itself.json()["error"]) == (400, "unauthorized_client")
    for spoilt, error in (
        ({"redirect_uris": ["http://wallet.sample.example/"]}, "invalid_redirect_uri"),
        ({"scope": "awards:write"}, "invalid_client_metadata"),
        ({"scope": "nothing"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
    ):
        refused = client.post("/oauth/registration", json=wanted | spoilt)
        assert (refused.status_code, refused.json()["error"]) == (400, error)


def test_a_client_is_made_listed_and_revoked(client: TestClient, house: House) -> None:
    """Threat 53."""
    at = f"/v1/organisations/{house.bodies['deccan'].id}/clients"
    headers = {**house.bearer("deccan"), "Idempotency-Key": str(uuid.uuid4())}
    wanted = {"label": "Registry", "scopes": ["credentials:read"]}
    first, again = (client.post(at, json=wanted, headers=headers) for _ in range(2))
    assert again.json() == first.json() | {"secret": None}
    auth = (first.json()["clientId"], first.json()["secret"])
    assert client.post("/oauth/token", data=GIVEN, auth=auth).status_code == 200
    listed = client.get(at, headers=house.bearer("deccan"))
    assert first.json()["id"] in {one["id"] for one in listed.json()["items"]}
    assert first.json()["secret"] not in listed.text
    assert client.delete(f"{at}/{first.json()['id']}", headers=house.bearer("deccan")).status_code == 204
    assert client.post("/oauth/token", data=GIVEN, auth=auth).status_code == 401
