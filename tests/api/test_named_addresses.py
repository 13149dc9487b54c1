"""Every address of this bank that a signed document names is answered at exactly that address, for anybody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from doors import MANY, House
from starlette.testclient import TestClient

from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.canonical import Json, load_object
from creditbank.cli.demo import samples
from creditbank.config import Settings
from creditbank.credential import read_credential
from creditbank.services.records import PublicDocument, Role
from creditbank.signing import did_web_url
from creditbank_api.app import create_app
from creditbank_api.public import KEPT_SECONDS, answer_of

MEDIA = {"did": "application/did+json", "list": "application/vc"}


@pytest.fixture(scope="module")
def under_a_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A bank whose base URL has a path, and a provider that goes by the bank's own host name."""
    settings = Settings.load(
        {"CREDITBANK_BASE_URL": "https://bank.sample.example/credit"}, tmp_path_factory.mktemp("path") / "bank"
    )
    init_bank(settings)
    bank = open_bank(settings)
    for did in ("did:web:bank.sample.example", "did:web:bank.sample.example:issuers:walked"):
        bank.registering.register_organisation(
            name=f"Sample {did[-6:]} School", roles={Role.PROVIDER}, frameworks=[], country="IN", did=did, sample=True
        )
    yield bank
    bank.close()


def _stranger(bank: Bank) -> TestClient:
    parts = urlsplit(bank.settings.base_url)
    return TestClient(create_app(bank, limits=MANY), base_url=f"https://{parts.netloc}", raise_server_exceptions=False)


def _named(value: Json, base_url: str) -> Iterator[str]:
    """The addresses of this bank that a document names: texts that are one, and did:web of its host."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _named(one, base_url)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one, base_url)
    elif isinstance(value, str):
        if value.startswith(f"{base_url}/"):
            yield value.partition("#")[0]
        if re.match(rf"did:web:{re.escape(urlsplit(base_url).hostname or '')}(?![\w.-])", value):
            yield did_web_url(value.partition("#")[0])


def _walk(bank: Bank, *signed: bytes) -> dict[str, httpx2.Response]:
    """Every address that these documents name, and those behind them, asked as a stranger's verifier would."""
    found: dict[str, httpx2.Response] = {}
    with _stranger(bank) as stranger:
        pending = [one for content in signed for one in _named(load_object(content), bank.settings.base_url)]
        while pending:
            address = pending.pop()
            if address not in found:
                answer = found[address] = stranger.get(address, headers={"Origin": "https://verifier.example"})
                assert answer.status_code == 200, f"{address}: {answer.text}"
                pending.extend(_named(load_object(answer.content), bank.settings.base_url))
    return found


def _check(address: str, answer: httpx2.Response) -> None:
    kind = "did" if address.endswith("/did.json") else "list"
    document = load_object(answer.content)
    assert (did_web_url(str(document["id"])) if kind == "did" else document["id"]) == address
    assert answer.headers["content-type"] == MEDIA[kind]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert not {"set-cookie", "access-control-allow-credentials"} & set(answer.headers)


def test_a_credential_and_an_award_lead_to_nothing_that_is_not_there(house: House) -> None:
    held = [one.signed for key, one in house.issued.items() if key.startswith("asha:")]
    found = _walk(house.bank, *held, house.made.signed or b"")
    issuers = {one.organisation for one in house.issued.values()} | {house.made.organisation}
    assert len(found) == 2 * len(issuers) > 2, "two lists of each issuer"
    for address, answer in found.items():
        _check(address, answer)
        for person in house.learners.values():
            assert person.did not in answer.text
            assert person.id not in answer.text


def test_what_a_bank_under_a_path_and_its_did_documents_name_is_there_too(under_a_path: Bank) -> None:
    bank = under_a_path
    with bank.store.transaction() as tx:
        bodies = tx.organisations()
    learner = bank.registering.register_learner(name="Walked (sample learner)", sample=True)
    signed = []
    for body, unit in zip(bodies, samples.ASHA_UNITS, strict=False):
        made = bank.drafting.publish(body.id, unit.achievement)
        signed.append(
            bank.issuing.issue(
                f"walk:{body.id}",
                organisation=body.id,
                learner=learner.id,
                achievement=made.id,
                version=made.version,
                earned=unit.earned,
            ).signed
        )
    found = _walk(bank, *signed)
    assert {address for address in found if address.endswith("did.json")} == {
        "https://bank.sample.example/.well-known/did.json",
        "https://bank.sample.example/issuers/walked/did.json",
    }
    assert sum(address.startswith("https://bank.sample.example/credit/status/") for address in found) == 4
    for address, answer in found.items():
        _check(address, answer)


def test_an_answer_is_kept_no_longer_than_the_list_is_good(house: House) -> None:
    bank = house.bank
    list_id = bank.issuing.list_id(house.bodies["open"])
    current = bank.issuing.refresh_status(house.bodies["open"].id)
    until = read_credential(load_object(current.content)).valid_until
    assert until is not None
    with _stranger(bank) as stranger:
        fresh = stranger.get(list_id)
        assert fresh.headers["cache-control"] == f"public, max-age={KEPT_SECONDS}"
    for left, kept in ((3600, KEPT_SECONDS), (20, 20), (0, 0), (-5, 0)):
        listed = PublicDocument(list_id, "status-list", "application/vc", current.content, current.updated)
        said = answer_of(listed, until - timedelta(seconds=left)).headers["cache-control"]
        assert said == f"public, max-age={kept}"


def test_nothing_else_is_opened_to_other_origins(house: House) -> None:
    with house.bank.store.transaction() as tx:
        decision = tx.documents("decision")[0]
    list_path = urlsplit(house.bank.issuing.list_id(house.bodies["deccan"])).path
    with _stranger(house.bank) as stranger:
        origin = {"Origin": "https://verifier.example"}
        for path in (
            "/",
            "/healthz",
            "/v1/units",
            f"/documents?id={quote(decision.id)}",
            "/status/nobody",
            "/no/did.json",
        ):
            answer = stranger.get(path, headers={**origin, **house.bearer("asha")})
            assert "access-control-allow-origin" not in answer.headers, path
        assert stranger.post(list_path, headers=origin).status_code == 405
        asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        assert "access-control-allow-origin" not in stranger.options(list_path, headers=asked).headers


def test_a_list_of_nobody_is_a_problem_and_no_page(house: House) -> None:
    with _stranger(house.bank) as stranger:
        for path in ("/status/11111111-1111-4111-8111-111111111111", "/status/x", "/status/x/suspended"):
            answer = stranger.get(path)
            assert answer.status_code in (404, 422)
            assert answer.headers["content-type"] == "application/problem+json"
