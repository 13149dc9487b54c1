"""An organisation's own administrators set, try and remove the issuer at which its people sign in."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from doors import House
from front_doors import TestClock
from soft_issuer import CLIENT, ISSUER, SoftIssuer
from starlette.testclient import TestClient

from creditbank.adapters.people.oidc import OpenIdConnect
from creditbank.adapters.resolver import HttpsExchange
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.rights import Scope


@pytest.fixture(autouse=True)
def soft(house: House) -> Iterator[SoftIssuer]:
    """The bank asks an issuer in memory; what it asks of the network itself is tested where it is asked."""
    federating, issuer = house.bank.door.federating, SoftIssuer(TestClock())
    before, federating._issuers = federating._issuers, lambda: OpenIdConnect(issuer, house.bank.clock)
    yield issuer
    federating._issuers = before


@pytest.fixture
def body(house: House) -> Any:
    """An organisation of this test's own, with the key of an administrator's program and one that only reads."""
    made = house.bank.registering.register_organisation(
        name="Sample College", roles=house.bodies["deccan"].roles, frameworks=(), country="IN", sample=True
    )
    for name, scopes in (("college", [Scope.MEMBERS_READ, Scope.MEMBERS_MANAGE]), ("reader", [Scope.MEMBERS_READ])):
        _, house.tokens[name] = house.bank.access.make_token(
            f"{made.id}:{name}", organisation=made.id, label=name, scopes=scopes, by=AT_THE_MACHINE
        )
    return made


def ask(
    house: House, client: TestClient, method: str, body: Any, sent: Any = None, *, who: str = "college", at: str = ""
) -> Any:
    headers = {**house.bearer(who), "Idempotency-Key": str(uuid.uuid4())}
    return client.request(method, f"/v1/organisations/{body.id}/issuer{at}", json=sent, headers=headers)


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


WANTED = {"issuer": ISSUER, "client": CLIENT, "secret": "canary-of-a-secret", "domains": ["College.example"]}


def test_an_issuer_is_set_tried_changed_and_removed(house: House, client: TestClient, body: Any) -> None:
    """Threats 46 and 51: the secret is sealed, and no answer has it."""
    assert slug(ask(house, client, "GET", body)) == (404, "no-identity-provider")
    made = ask(house, client, "PUT", body, WANTED)
    assert (made.status_code, made.json()["domains"], made.json()["secretKept"]) == (200, ["college.example"], True)
    assert "canary" not in made.text
    assert ask(house, client, "GET", body, who="reader").json() == made.json()
    stored = b"".join(file.read_bytes() for file in house.bank.settings.home.glob("*.db*"))
    assert b"canary-of-a-secret" not in stored
    tried = ask(house, client, "POST", body, {}, at="/check")
    assert (tried.status_code, tried.json()["issuer"]) == (201, ISSUER)
    kept = {name: value for name, value in WANTED.items() if name != "secret"} | {"claims": {"role": "staff"}}
    assert ask(house, client, "PUT", body, kept).json()["secretKept"] is True
    assert ask(house, client, "PUT", body, {**WANTED, "secret": ""}).json()["secretKept"] is False
    assert ask(house, client, "DELETE", body).status_code == 204
    assert slug(ask(house, client, "POST", body, {}, at="/check")) == (404, "no-identity-provider")
    acts = [entry.action for entry in house.bank.trail.entries(body.id)]
    assert [one for one in acts if one.startswith("issuer")] == ["issuer.set"] * 3 + ["issuer.removed"]


def test_the_secret_of_one_issuer_is_told_to_no_other(
    house: House, client: TestClient, body: Any, soft: SoftIssuer
) -> None:
    """Threat 53: who holds a stolen key changes the address, and would have the secret sent there."""
    ask(house, client, "PUT", body, WANTED)
    kept = {name: value for name, value in WANTED.items() if name != "secret"}
    assert slug(ask(house, client, "PUT", body, {**kept, "client": "another"})) == (422, "secret-missing")
    soft.say = {"issuer": f"{ISSUER}/"}
    assert slug(ask(house, client, "PUT", body, {**kept, "issuer": f"{ISSUER}/"})) == (422, "secret-missing")
    assert ask(house, client, "GET", body).json()["client"] == CLIENT


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"issuer": "http://login.sample.example"}, (422, "unusable-issuer")),
        ({"issuer": f"{ISSUER}?x=1"}, (422, "unusable-issuer")),
        ({"domains": ["college"]}, (422, "invalid-request")),
        ({"claims": {"role": ["staff"]}}, (422, "invalid-request")),
        ({"client": "two\nlines"}, (422, "invalid-request")),
        ({"organisation": "urn:uuid:another"}, (422, "invalid-request")),
    ],
)
def test_what_is_no_issuer_is_not_set(
    house: House, client: TestClient, body: Any, change: dict[str, Any], told: tuple[int, str]
) -> None:
    assert slug(ask(house, client, "PUT", body, {**WANTED, **change})) == told
    assert ask(house, client, "GET", body).status_code == 404


def test_an_issuer_inside_the_own_network_is_not_asked(house: House, client: TestClient, body: Any) -> None:
    """Threat 14: by the exchange that the bank really uses."""
    house.bank.door.federating._issuers = lambda: OpenIdConnect(HttpsExchange(), house.bank.clock)
    for address in (
        "https://127.0.0.1",
        "https://localhost",
        "https://169.254.169.254",
        "https://[::1]",
        "https://10.0.0.1:8443",
    ):
        answer = ask(house, client, "PUT", body, {**WANTED, "issuer": address})
        assert answer.status_code in (422, 503), answer.text
        assert slug(answer)[1] in ("unusable-issuer", "issuer-unavailable")
    assert ask(house, client, "GET", body).status_code == 404


def test_only_who_manages_members_changes_it_and_a_foreign_one_is_unknown(
    house: House, client: TestClient, body: Any
) -> None:
    """Threat 42."""
    ask(house, client, "PUT", body, WANTED)
    for method, at in (("PUT", ""), ("DELETE", ""), ("POST", "/check")):
        sent = {"PUT": WANTED, "POST": {}}.get(method)
        assert slug(ask(house, client, method, body, sent, who="reader", at=at)) == (403, "scope-missing")
        assert slug(ask(house, client, method, body, sent, who="open", at=at)) == (404, "no-such-resource")
        unknown = replace(body, id=f"urn:uuid:{uuid.uuid4()}")
        assert slug(ask(house, client, method, unknown, sent, at=at)) == (404, "no-such-resource")
    assert slug(ask(house, client, "GET", body, who="open")) == (404, "no-such-resource")
    assert ask(house, client, "GET", body).status_code == 200


def test_descriptions_are_not_read_without_end(house: House, client: TestClient, body: Any) -> None:
    """Threat 54."""
    ask(house, client, "PUT", body, WANTED)
    answers = [ask(house, client, "POST", body, {}, at="/check") for _ in range(12)]
    assert slug(answers[-1]) == (429, "too-many-tries")
    assert "retry-after" in answers[-1].headers
