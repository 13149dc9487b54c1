"""The Open Badges 3.0 API: what its section 6 asks for, in its own words, for the caller's own things alone."""

import json
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.canonical import load_object
from creditbank.cli.demo import samples
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.rights import Scope
from creditbank.units import instant_text

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "schemas" / "1edtech"
AT = "/ims/ob/v3p0"


def _minor(answer: Any) -> tuple[int, str]:
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["imsx_codeMajor"] == "failure"
    assert told["imsx_severity"] == ("status" if answer.status_code == 404 else "error")
    assert told["imsx_description"]
    (field,) = told["imsx_codeMinor"]["imsx_codeMinorField"]
    return answer.status_code, field["imsx_codeMinorFieldValue"]


def _schema(name: str) -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    path = SCHEMAS / f"ob_v3p0_{name}_schema.json"
    if not path.exists():
        pytest.skip(f"1EdTech's schemas are not beside this project: {path.name}")
    return jsonschema.Draft201909Validator(json.loads(path.read_text()))


def test_a_learner_is_given_what_they_hold_in_parts_with_links_and_a_count(client: TestClient, house: House) -> None:
    header = house.bearer("asha")
    whole = client.get(f"{AT}/credentials?limit=200", headers=header)
    total = int(whole.headers["x-total-count"])
    badges = whole.json()["credential"]
    assert total == len(badges) + len(whole.json()["compactJwsString"]) >= 12
    assert load_object(house.issued["asha:writing"].signed) in badges
    first = client.get(f"{AT}/credentials?limit=5", headers=header)
    assert set(first.links) == {"first", "last", "next"}
    second = client.get(f"{AT}/credentials?limit=5&offset=5", headers=header)
    assert set(second.links) == {"first", "last", "next", "prev"}
    assert second.links["prev"]["url"].endswith("limit=5&offset=0")
    assert first.json()["credential"] + second.json()["credential"] == badges[:10]
    beyond = client.get(f"{AT}/credentials?offset={total}", headers=header)
    assert beyond.json() == {"credential": [], "compactJwsString": []}


def test_only_what_was_issued_since_is_given(client: TestClient, house: House) -> None:
    issued = sorted(one.issued for one in house.issued.values())
    now = house.bank.clock.now() + timedelta(minutes=1)
    for since, some in ((issued[0] - timedelta(days=1), True), (now, False)):
        params = {"since": instant_text(since)}
        answer = client.get(f"{AT}/credentials", params=params, headers=house.bearer("asha"))
        assert bool(answer.json()["credential"]) is some
        assert (answer.headers["x-total-count"] != "0") is some
    wrong = client.get(f"{AT}/credentials?since=yesterday", headers=house.bearer("asha"))
    assert _minor(wrong) == (400, "invalid_query_parameter")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "offset=-1", "offset=999999999"])
def test_limits_hold_here_too(client: TestClient, house: House, query: str) -> None:
    """Threat 55."""
    answer = client.get(f"{AT}/credentials?{query}", headers=house.bearer("asha"))
    assert _minor(answer) == (400, "invalid_query_parameter")


def test_what_is_given_is_what_1edtechs_schemas_ask_for(client: TestClient, house: House) -> None:
    badges = client.get(f"{AT}/credentials?limit=200", headers=house.bearer("asha")).json()["credential"]
    credential, profile = _schema("achievementcredential"), _schema("profile")
    for badge in badges:
        assert list(credential.iter_errors(badge)) == []
    for name in ("asha", "deccan"):
        assert list(profile.iter_errors(client.get(f"{AT}/profile", headers=house.bearer(name)).json())) == []


def _signed(house: House) -> bytes:
    """A credential for minjun that a provider has signed, not yet in the bank."""
    unit = samples.ASHA_UNITS[3].achievement
    return house.bank.issuing.issue(
        str(uuid.uuid4()),
        organisation=house.bodies[samples.ASHA_UNITS[3].body].id,
        learner=house.learners["minjun"].id,
        achievement=unit.id,
        version=unit.version,
        earned=samples.ASHA_UNITS[3].earned,
    ).signed


@pytest.mark.parametrize("kind", ["application/json", "application/vc+ld+json"])
def test_the_same_credential_again_is_200_with_itself(client: TestClient, house: House, kind: str) -> None:
    """Threat 38: no key is asked for, since a credential names itself."""
    signed = _signed(house)
    for name in ("minjun", samples.ASHA_UNITS[3].body):
        answer = client.post(f"{AT}/credentials", content=signed, headers={**house.bearer(name), "Content-Type": kind})
        assert (answer.status_code, answer.content) == (200, signed)
        assert answer.headers["content-type"] == kind


def test_what_is_not_the_callers_to_bring_is_forbidden_and_stays_out(client: TestClient, house: House) -> None:
    """Threats 39 and 42: asha's credential becomes nobody else's, whoever brings it."""
    signed = house.issued["asha:writing"].signed
    taken = (409, "unknown")  # a provider's own id would be free
    for name, told in (("minjun", (403, "forbidden")), ("thames", taken), ("admin", (403, "forbidden"))):
        header = {**house.bearer(name), "Content-Type": "application/json"}
        assert _minor(client.post(f"{AT}/credentials", content=signed, headers=header)) == told
    held = client.get(f"{AT}/credentials?limit=200", headers=house.bearer("minjun")).json()["credential"]
    assert load_object(signed) not in held


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b"{", "application/json", (400, "unknown")),
        (b'{"a": 1, "a": 2}', "application/json", (400, "unknown")),
        (b'{"a": 1e400}', "application/json", (400, "unknown")),
        (b"a.b.c", "text/plain", (400, "unknown")),
        (b"{}", "text/html", (415, "unknown")),
        (b" " * 1_100_000, "application/json", (413, "unknown")),
    ],
)
def test_what_cannot_be_read_is_told_in_the_standards_words(
    client: TestClient, house: House, body: bytes, kind: str, told: tuple[int, str]
) -> None:
    """Threats 1, 2 and 3 at this door."""
    header = {**house.bearer("asha"), "Content-Type": kind}
    answer = client.post(f"{AT}/credentials", content=body, headers=header)
    assert _minor(answer)[0] in (told[0], 422)


def test_a_profile_is_read_and_a_body_says_more_of_itself(client: TestClient, house: House) -> None:
    header = house.bearer("deccan")
    standing = client.get(f"{AT}/profile", headers=header).json()
    assert (standing["id"], standing["type"]) == (house.bodies["deccan"].did, ["Profile"])
    more = standing | {"url": "https://deccan.sample.example/", "phone": "+91 20 5550 1234"}
    changed = client.put(f"{AT}/profile", json=more, headers=header)
    assert (changed.status_code, changed.json()) == (200, more)
    assert client.get(f"{AT}/profile", headers=house.bearer("deccan-registrar")).json() == more
    for wrong in ({"name": "Another"}, {"id": "did:web:other.example"}, {"phone": "call me"}, {"tenant": "x"}):
        answer = client.put(f"{AT}/profile", json=more | wrong, headers=header)
        assert _minor(answer) == (422, "invalid_data")
    assert client.put(f"{AT}/profile", json=standing, headers=header).json() == standing
    learner = client.get(f"{AT}/profile", headers=house.bearer("asha")).json()
    assert learner["id"] == house.learners["asha"].did
    assert _minor(client.put(f"{AT}/profile", json=learner, headers=house.bearer("asha"))) == (403, "forbidden")


def test_each_operation_asks_for_the_scope_that_the_standard_names(client: TestClient, house: House) -> None:
    """Section 6.2.1: a token holds exactly what it was given."""
    operations = {
        Scope.BADGES_READ: ("GET", "/credentials"),
        Scope.BADGES_UPSERT: ("POST", "/credentials"),
        Scope.PROFILE_READ: ("GET", "/profile"),
        Scope.PROFILE_UPDATE: ("PUT", "/profile"),
    }
    for held in operations:
        made = house.bank.access.make_token(
            str(uuid.uuid4()), organisation=house.bodies["deccan"].id, label="t", scopes=[held], by=AT_THE_MACHINE
        )
        header = {"Authorization": f"Bearer {made[1]}", "Content-Type": "application/json"}
        for scope, (method, path) in operations.items():
            answer = client.request(method, f"{AT}{path}", headers=header)
            assert (answer.status_code == 403) is (scope is not held), (held, scope, answer.text)
            if scope is not held:
                assert _minor(answer) == (403, "forbidden")
    assert _minor(client.get(f"{AT}/credentials")) == (401, "unauthorizedrequest")
    assert _minor(client.get(f"{AT}/nothing")) == (404, "not_found")
    assert _minor(client.delete(f"{AT}/profile")) == (405, "not_allowed")


def test_the_service_describes_itself(client: TestClient) -> None:
    described = client.get(f"{AT}/discovery").json()
    assert described["openapi"].startswith("3.0")
    assert {"title", "version", "termsOfService", "x-imssf-privacyPolicyUrl"} <= described["info"].keys()
    assert set(described["paths"]) == {f"{AT}/{one}" for one in ("credentials", "profile", "discovery")}
    assert described["components"]["securitySchemes"]
    assert os.sep not in described["info"]["version"]
