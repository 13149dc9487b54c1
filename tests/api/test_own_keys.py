"""DID documents where the world looks for them, and credentials that a provider signed itself, over HTTP."""

import uuid
from datetime import date
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.canonical import digest_text, load_object, pretty_json
from creditbank.cli.demo import samples
from creditbank.services.records import Role
from creditbank.signing import PrivateKey, add_proof

OWN = PrivateKey.from_seed(b"\x0a" * 32)
EARNED = date(2026, 6, 30)


def _headers(house: House, name: str) -> dict[str, str]:
    return {**house.bearer(name), "Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def _wanted(house: House) -> dict[str, str]:
    unit = samples.ASHA_UNITS[1].achievement
    learner = house.learners["minjun"].id
    return {"learner": learner, "achievement": unit.id, "version": unit.version, "earned": EARNED.isoformat()}


@pytest.fixture(scope="module")
def own_key(house: House) -> PrivateKey:
    deccan = house.bodies["deccan"]
    challenge = house.bank.keys.challenge(deccan.id, OWN.public.multikey)
    house.bank.keys.register_own(deccan.id, OWN.public.multikey, challenge=challenge, signature=OWN.sign(challenge))
    return OWN


def _signed(house: House, unsigned: dict[str, Any], key: PrivateKey) -> str:
    secured = add_proof(
        unsigned,
        verification_method=f"{house.bodies['deccan'].did}#{key.public.multikey}",
        created=house.bank.clock.now(),
        purpose="assertionMethod",
        sign=key.sign,
        contexts=house.bank.contexts,
    )
    return pretty_json(secured).decode()


def test_a_provider_has_a_credential_prepared_signs_it_and_delivers_it(
    client: TestClient, house: House, own_key: PrivateKey
) -> None:
    made = client.post("/v1/credentials/prepared", json=_wanted(house), headers=_headers(house, "deccan"))
    assert made.status_code == 201
    text = _signed(house, made.json()["unsigned"], own_key)
    sent = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "deccan"))
    assert (sent.status_code, sent.json()["id"]) == (201, made.json()["id"])
    again = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "deccan"))
    assert again.json() == sent.json()
    assert client.get(sent.json()["credential"], headers=house.bearer("minjun")).text == text


def test_a_delivery_that_is_not_theirs_or_altered_is_refused(
    client: TestClient, house: House, own_key: PrivateKey
) -> None:
    made = client.post("/v1/credentials/prepared", json=_wanted(house), headers=_headers(house, "deccan"))
    thief = PrivateKey.from_seed(b"\x0b" * 32)
    text = _signed(house, made.json()["unsigned"], thief)
    refused = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "deccan"))
    assert (refused.status_code, _slug(refused)) == (422, "delivery-refused")
    text = _signed(house, made.json()["unsigned"], own_key)
    foreign = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "open"))
    assert (foreign.status_code, _slug(foreign)) == (409, "credential-id-taken")
    learners = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "minjun"))
    assert learners.status_code == 403


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("a learner's letter", "unrecognised-file"),
        ('{"document": "creditbank/receipt/v1"}', "not-one-credential"),
        ("https://college.example/1", "not-one-credential"),
    ],
)
def test_what_is_delivered_is_read_as_at_every_other_door(
    client: TestClient, house: House, text: str, slug: str
) -> None:
    sent = client.post("/v1/credentials/delivered", json={"signed": text}, headers=_headers(house, "deccan"))
    assert (sent.status_code, _slug(sent)) in ((400, slug), (422, slug)), sent.text


def test_the_bank_serves_the_document_of_a_did_web_on_its_host_and_every_version(
    client: TestClient, house: House
) -> None:
    did = f"did:web:{house.bank.settings.base_url.removeprefix('https://')}:issuers:hosted"
    hosted = house.bank.registering.register_organisation(
        name="Sample Hosted School", roles={Role.PROVIDER}, frameworks=[], country="IN", did=did, sample=True
    )
    first = client.get("/issuers/hosted/did.json")
    assert (first.status_code, first.headers["content-type"]) == (200, "application/did+json")
    assert load_object(first.content)["id"] == did
    house.bank.keys.rotate(hosted.id)
    second = client.get("/issuers/hosted/did.json")
    assert len(load_object(second.content)["verificationMethod"]) == 2
    told = client.get("/documents/versions", params={"id": did}).json()
    assert [one["digest"] for one in told] == [digest_text(one.digest) for one in house.bank.dids.versions(did)]
    old = client.get("/documents", params={"id": did, "digest": told[0]["digest"]})
    assert old.content == first.content


def test_a_document_that_is_not_here_is_404(client: TestClient, house: House) -> None:
    for path in ("/issuers/nobody/did.json", "/.well-known/did.json", "/a/b/c/did.json"):
        assert client.get(path).status_code == 404
    assert client.get("/documents/versions", params={"id": "did:web:nobody.example"}).status_code == 404
    known = house.bodies["deccan"].did
    wrong = {"id": known, "digest": f"sha256:{'0' * 64}"}
    assert client.get("/documents", params=wrong).status_code == 404
