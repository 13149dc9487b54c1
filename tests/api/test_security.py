"""Who may do what: roles, foreign things, tokens, host names, limits, headers (threats 42, 44, 50, 53, 54)."""

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.canonical import sha256
from creditbank_api.limits import Limits

UNKNOWN = "urn:uuid:00000000-0000-4000-8000-000000000000"


def _slug(answer: object) -> str:
    return answer.json()["type"].removeprefix("/problems/")  # type: ignore[attr-defined]


def test_without_a_token_private_resources_are_401_and_say_how_to_sign_in(client: TestClient, house: House) -> None:
    for path in (f"/v1/credentials/{UNKNOWN}", f"/v1/awards/{house.made.id}", f"/v1/evaluations/{UNKNOWN}"):
        answer = client.get(path)
        assert (answer.status_code, _slug(answer)) == (401, "not-signed-in")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["", "cbk_wrong", "x" * 5000, "cbk_\u00e9"])
def test_a_wrong_token_is_401(client: TestClient, token: str) -> None:
    header = {b"authorization": b"Bearer " + token.encode("latin-1")}
    assert client.get(f"/v1/awards/{UNKNOWN}", headers=header).status_code == 401  # type: ignore[arg-type]


def test_a_token_does_only_what_its_role_does(client: TestClient, house: House) -> None:
    body = {"evaluation": house.evaluations[-1].id}
    for name in ("asha", "deccan", "admin"):
        answer = client.post("/v1/awards", json=body, headers={**house.bearer(name), "Idempotency-Key": f"role-{name}"})
        assert (answer.status_code, _slug(answer)) == (403, "not-for-this-role")


def test_what_is_foreign_reads_exactly_like_what_does_not_exist(client: TestClient, house: House) -> None:
    """Threat 42."""
    foreign = {
        "/v1/credentials/{}": house.issued["asha:writing"].id,
        "/v1/credentials/{}/receipt": house.issued["asha:writing"].id,
        "/v1/evaluations/{}": house.evaluations[0].id,
        "/v1/awards/{}": house.made.id,
        "/v1/awards/{}/credential": house.made.id,
        "/v1/awards/{}/proof": house.made.id,
    }
    for path, id in foreign.items():
        for name in ("minjun", "open", "nilgiri-registrar"):
            theirs, nothing = (client.get(path.format(each), headers=house.bearer(name)) for each in (id, UNKNOWN))
            assert theirs.status_code == nothing.status_code == 404
            assert theirs.json() | {"instance": ""} == nothing.json() | {"instance": ""}
            assert theirs.headers["content-length"] == nothing.headers["content-length"]


def test_the_owner_and_the_issuer_may_read(client: TestClient, house: House) -> None:
    issued = house.issued["asha:writing"]
    for name in ("asha", "deccan", "admin"):
        answer = client.get(f"/v1/credentials/{issued.id}", headers=house.bearer(name))
        assert answer.status_code == 200
        assert answer.content == issued.signed


def test_an_id_is_read_with_and_without_its_scheme(client: TestClient, house: House) -> None:
    issued = house.issued["asha:writing"]
    short = issued.id.removeprefix("urn:uuid:")
    assert client.get(f"/v1/credentials/{short}", headers=house.bearer("asha")).content == issued.signed


def test_tokens_are_kept_as_hashes_only(house: House) -> None:
    """Threat 53."""
    token = house.tokens["asha"]
    with house.bank.store.transaction() as tx:
        assert tx.find_token(sha256(token.encode())) is not None
    for file in house.bank.settings.home.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file


def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    """A foreign page must not reach a loopback server through a name that resolves to it (threat 50)."""
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", ""):
        assert client.get("/healthz", headers={"Host": host}).status_code == 421
    for host in ("127.0.0.1:8413", "localhost", "localhost:8413", "[::1]:8413", "[::1]"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/v1/batches", "/nothing", "/v1/nothing", "/static/style.css", "/healthz", "/sign-in"]
)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    """Threats 48 and 50."""
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_other_origins_get_no_permission(client: TestClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/v1/awards", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


def test_private_answers_stay_out_of_caches(client: TestClient, house: House) -> None:
    answer = client.get(f"/v1/awards/{house.made.id}", headers=house.bearer("asha"))
    assert answer.headers["cache-control"] == "no-store"


def test_floods_get_429_with_the_time_to_come_back(house: House) -> None:
    """Threat 54."""
    with house.client(Limits(requests=3)) as client:
        codes = [client.get("/healthz").status_code for _ in range(8)]
        assert codes.count(200) <= 6  # two windows at most
        answer = client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.9"})
        assert (answer.status_code, _slug(answer)) == (429, "too-many-requests")
        assert 0 < int(answer.headers["retry-after"]) <= 60


def test_guessing_tokens_is_slowed_down_and_good_tokens_then_wait_too(house: House) -> None:
    with house.client(Limits(failed_tokens=2)) as client:
        codes = [
            client.get(f"/v1/awards/{UNKNOWN}", headers={"Authorization": f"Bearer guess-{number}"}).status_code
            for number in range(6)
        ]
        assert 401 in codes
        assert codes[-1] == 429


def test_a_verification_flood_is_cut_on_its_own(house: House) -> None:
    with house.client(Limits(verifications=1)) as client:
        codes = [client.post("/v1/verifications", json={"files": []}).status_code for _ in range(4)]
        assert codes[-1] == 429
        assert client.get("/healthz").status_code == 200
