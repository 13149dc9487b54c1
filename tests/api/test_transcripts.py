"""Transcripts and endorsements over HTTP: once, by institutions alone, with what others issued only by consent."""

import json
from uuid import uuid4

from doors import House
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.verification import read_secured


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _problem(answer: object) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]  # type: ignore[attr-defined]


def _foreign(house: House) -> str:
    """A credential of asha's that deccan did not issue."""
    deccan, asha = house.bodies["deccan"].id, house.learners["asha"].id
    return next(one.id for one in house.issued.values() if (one.organisation != deccan, one.learner) == (True, asha))


def test_an_institution_issues_a_transcript_once_and_its_learner_reads_it(client: TestClient, house: House) -> None:
    wanted = {"learner": house.learners["asha"].id}
    headers = {**house.bearer("deccan"), **_key()}
    answer = client.post("/v1/transcripts", json=wanted, headers=headers)
    assert answer.status_code == 201, answer.text
    again = client.post("/v1/transcripts", json=wanted, headers=headers)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (answer.content, "true")
    place = answer.headers["Location"]
    read = client.get(place, headers=house.bearer("asha"))
    assert read.status_code == 200
    assert "ClrCredential" in read.json()["type"]
    assert client.get(place, headers=house.bearer("deccan-registrar")).content == read.content
    for who in ("minjun", "open"):
        assert client.get(place, headers=house.bearer(who)).status_code == 404
    badge = _foreign(house)
    assert client.get(f"/v1/transcripts/{badge}", headers=house.bearer("admin")).status_code == 404


def test_transcripts_are_listed_for_who_issued_them_and_whom_they_are_about(client: TestClient, house: House) -> None:
    wanted = {"learner": house.learners["asha"].id}
    made = [
        client.post("/v1/transcripts", json=wanted, headers={**house.bearer("deccan"), **_key()}).json()["id"]
        for _ in range(2)
    ]
    for who in ("deccan", "asha"):
        listed = client.get("/v1/transcripts?limit=2", headers=house.bearer(who)).json()
        assert [one["id"] for one in listed["items"]] == made[::-1]
    for who in ("minjun", "thames"):
        assert client.get("/v1/transcripts", headers=house.bearer(who)).json() == {"items": [], "next": None}


def test_a_learner_shows_credentials_to_one_reader_for_one_occasion(client: TestClient, house: House) -> None:
    asha = house.bearer("asha")
    held = next(one.id for one in house.issued.values() if one.learner == house.learners["asha"].id)
    asked = {"credentials": [held], "challenge": "n-0S6_WzA2Mj", "domain": "https://employer.example"}
    answer = client.post("/v1/presentations", json=asked, headers={**asha, **_key()})
    assert answer.status_code == 201, answer.text
    shown = json.loads(answer.json()["presentation"])
    proof = shown["proof"]
    assert (proof["challenge"], proof["domain"], proof["proofPurpose"]) == (
        asked["challenge"], asked["domain"], "authentication",
    )  # fmt: skip
    assert [one["id"] for one in shown["verifiableCredential"]] == [held]
    assert shown["holder"] == house.learners["asha"].did
    read = read_secured(answer.json()["presentation"].encode())
    assert read.document["holder"] == shown["holder"]
    for who, status in (("minjun", 404), ("deccan", 403)):
        refused = client.post("/v1/presentations", json=asked, headers={**house.bearer(who), **_key()})
        assert refused.status_code == status, who
    for wrong in ({"challenge": ""}, {"challenge": "two words"}, {"domain": ""}, {"credentials": []}):
        refused = client.post("/v1/presentations", json={**asked, **wrong}, headers={**asha, **_key()})
        assert refused.status_code == 422


def test_what_others_issued_goes_in_only_for_the_key_that_the_learner_signed(client: TestClient, house: House) -> None:
    foreign, key = _foreign(house), _key()
    wanted = {"learner": house.learners["asha"].id, "credentials": [foreign]}
    refused = client.post("/v1/transcripts", json=wanted, headers={**house.bearer("deccan"), **_key()})
    assert (refused.status_code, _problem(refused)) == (403, "consent-missing")
    asked = {
        "organisation": house.bodies["deccan"].id,
        "credentials": [foreign],
        "challenge": key["Idempotency-Key"],
    }
    not_theirs = client.post("/v1/transcripts/consents", json=asked, headers={**house.bearer("minjun"), **_key()})
    assert not_theirs.status_code == 404
    nobody = client.post("/v1/transcripts/consents", json=asked, headers={**house.bearer("deccan"), **_key()})
    assert nobody.status_code == 403
    consent = client.post("/v1/transcripts/consents", json=asked, headers={**house.bearer("asha"), **_key()})
    assert consent.status_code == 201, consent.text
    wanted["consent"] = consent.json()["presentation"]
    other_key = client.post("/v1/transcripts", json=wanted, headers={**house.bearer("deccan"), **_key()})
    assert _problem(other_key) == "consent-does-not-hold"
    made = client.post("/v1/transcripts", json=wanted, headers={**house.bearer("deccan"), **key})
    assert made.status_code == 201, made.text
    read = client.get(made.headers["Location"], headers=house.bearer("asha")).json()
    assert [one["id"] for one in read["credentialSubject"]["verifiableCredential"]] == [foreign]
    by_learner = client.post("/v1/transcripts", json=wanted, headers={**house.bearer("asha"), **_key()})
    assert by_learner.status_code == 403


def test_a_body_endorses_once_and_takes_it_back(client: TestClient, house: House) -> None:
    unit = samples.ASHA_UNITS[0]
    wanted = {"endorsed": unit.achievement.id, "comment": "We hire with it."}
    endorser = next(name for name in ("thames", "baltic") if name != unit.body)
    headers = {**house.bearer(endorser), **_key()}
    made = client.post("/v1/endorsements", json=wanted, headers=headers)
    assert made.status_code == 201, made.text
    assert client.post("/v1/endorsements", json=wanted, headers=headers).content == made.content
    place = made.headers["Location"]
    read = client.get(place, headers=house.bearer(unit.body))
    assert read.json()["credentialSubject"]["endorsementComment"] == "We hire with it."
    assert json.loads(read.content)["id"] == made.json()["id"]
    assert client.get(place, headers=house.bearer("asha")).status_code == 404
    own = client.post("/v1/endorsements", json=wanted, headers={**house.bearer(unit.body), **_key()})
    assert _problem(own) == "endorses-itself"
    nothing = {**wanted, "endorsed": "urn:sample:nothing"}
    unknown = client.post("/v1/endorsements", json=nothing, headers={**house.bearer(endorser), **_key()})
    assert _problem(unknown) == "no-such-resource"
    why = {"reason": "no longer true"}
    other = client.post(f"{place}/revocation", json=why, headers={**house.bearer(unit.body), **_key()})
    assert _problem(other) == "not-your-credential"
    assert client.post(f"{place}/revocation", json=why, headers={**house.bearer("asha"), **_key()}).status_code == 403
    gone = client.post(f"{place}/revocation", json=why, headers={**house.bearer(endorser), **_key()})
    assert (gone.status_code, gone.json()["status"]) == (201, "revoked")
    again = client.post(f"{place}/revocation", json=why, headers={**house.bearer(endorser), **_key()})
    assert _problem(again) == "already-revoked"


def test_a_credential_shows_an_endorsement_and_a_hashed_identity_on_request(client: TestClient, house: House) -> None:
    unit = samples.ASHA_UNITS[2]
    endorser = next(name for name in ("thames", "baltic") if name != unit.body)
    said = client.post(
        "/v1/endorsements",
        json={"endorsed": unit.achievement.id, "comment": "We hire with it."},
        headers={**house.bearer(endorser), **_key()},
    ).json()
    wanted = {
        "learner": house.learners["minjun"].id,
        "achievement": unit.achievement.id,
        "version": unit.achievement.version,
        "earned": unit.earned.isoformat(),
        "endorsements": [said["id"]],
        "identities": [{"kind": "emailAddress", "value": "learner@sample.example"}],
    }
    made = client.post("/v1/credentials", json=wanted, headers={**house.bearer(unit.body), **_key()})
    assert made.status_code == 201, made.text
    read = client.get(made.headers["Location"], headers=house.bearer("minjun"))
    subject = read.json()["credentialSubject"]
    assert [one["id"] for one in subject["achievement"]["endorsement"]] == [said["id"]]
    assert subject["identifier"][0]["hashed"] is True
    assert "learner@sample.example" not in read.text
    odd = {**wanted, "identities": [{"kind": "shoeSize", "value": "42"}]}
    refused = client.post("/v1/credentials", json=odd, headers={**house.bearer(unit.body), **_key()})
    assert _problem(refused) == "unusable-identity"
    client.post(
        f"/v1/endorsements/{said['id']}/revocation",
        json={"reason": "no longer true"},
        headers={**house.bearer(endorser), **_key()},
    )
    gone = client.post("/v1/credentials", json=wanted, headers={**house.bearer(unit.body), **_key()})
    assert _problem(gone) == "endorsement-does-not-fit"
