"""Offers and enrolments over HTTP: what is another's looks like what does not exist, and codes are seen once."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.services.records import Accepts
from creditbank.signing import PrivateKey, base64url_encode, did_key

UNIT = samples.ASHA_UNITS[1].achievement


def say(
    client: TestClient, house: House, who: str, path: str, body: Any = None, key: str | None = None
) -> httpx2.Response:
    headers = {**house.bearer(who), "Idempotency-Key": key or str(uuid4())}
    return client.post(f"/v1{path}", json=body, headers=headers)


def look(client: TestClient, house: House, who: str, path: str) -> httpx2.Response:
    return client.get(f"/v1{path}", headers=house.bearer(who))


@pytest.fixture
def newcomer(house: House) -> str:
    """A learner who wants to be asked, with a token."""
    learner = house.bank.registering.register_learner(name="A newcomer (sample)", accepts=Accepts.ASK)
    name = f"newcomer-{learner.id}"
    house.learners[name] = learner
    house.tokens[name] = house.bank.registering.issue_token(role="learner", subject=learner.id, label=name)
    return name


def offered(client: TestClient, house: House, newcomer: str) -> dict[str, Any]:
    wanted = {
        "learner": house.learners[newcomer].id,
        "achievement": UNIT.id,
        "version": UNIT.version,
        "earned": "2026-06-30",
    }
    assert say(client, house, "deccan", "/credentials", wanted).status_code == 201
    offer: dict[str, Any] = look(client, house, newcomer, "/offers").json()["items"][0]
    return offer


def test_a_learner_accepts_an_offer_once(client: TestClient, house: House, newcomer: str) -> None:
    offer = offered(client, house, newcomer)
    assert (offer["state"], offer["title"]) == ("offered", UNIT.name)
    assert look(client, house, "deccan", f"/offers/{offer['id']}").json() == offer
    key = str(uuid4())
    answer = say(client, house, newcomer, f"/offers/{offer['id']}/acceptance", key=key)
    assert (answer.status_code, answer.json()["state"]) == (201, "accepted")
    assert say(client, house, newcomer, f"/offers/{offer['id']}/acceptance", key=key).content == answer.content
    refused = say(client, house, newcomer, f"/offers/{offer['id']}/refusal", {"why": "late"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/offer-accepted")
    assert len(house.bank.sharing.account(house.learners[newcomer].id).lots) == 1


def test_a_no_reaches_the_provider_who_may_offer_anew(client: TestClient, house: House, newcomer: str) -> None:
    offer = offered(client, house, newcomer)
    said = say(client, house, newcomer, f"/offers/{offer['id']}/refusal", {"why": "not mine"})
    assert (said.status_code, said.json()["why"]) == (201, "not mine")
    assert look(client, house, "deccan", f"/offers/{offer['id']}").json()["state"] == "declined"
    again = say(client, house, "deccan", f"/credentials/{offer['credential']}/offer")
    assert (again.status_code, again.json()["state"]) == (201, "offered")
    assert say(client, house, "open", f"/credentials/{offer['credential']}/offer").status_code == 404


def test_foreign_and_unknown_offers_and_enrolments_read_alike(client: TestClient, house: House, newcomer: str) -> None:
    """Threat 42: the same status, the same body, but for the address that was asked for."""
    offer = offered(client, house, newcomer)["id"]
    enrolment = say(client, house, "deccan", "/enrolments", {"number": str(uuid4())}).json()["id"]
    unknown = f"urn:uuid:{uuid4()}"
    for id, resource, who, acts in (
        (offer, "offers", "minjun", ("acceptance", "refusal")),
        (enrolment, "enrolments", "open", ("code", "release")),
        (enrolment, "enrolments", "minjun", ("departure",)),
    ):
        bodies = {"refusal": {}, "release": {}, "departure": {}}
        for act in acts:
            foreign, nothing = (
                say(client, house, who, f"/{resource}/{one}/{act}", bodies.get(act)) for one in (id, unknown)
            )
            assert foreign.status_code == nothing.status_code == 404
            assert foreign.text.replace(id, "") == nothing.text.replace(unknown, "")
        foreign, nothing = (look(client, house, who, f"/{resource}/{one}") for one in (id, unknown))
        assert foreign.text.replace(id, "") == nothing.text.replace(unknown, "")
    assert look(client, house, newcomer, f"/offers/{offer}").json()["state"] == "offered"


def test_a_code_is_shown_once_and_kept_nowhere(client: TestClient, house: House, newcomer: str) -> None:
    """Threat 53: not even the answer that is kept for a repetition holds it."""
    number, key = str(uuid4()), str(uuid4())
    made = say(client, house, "deccan", "/enrolments", {"number": number, "name": "N. Comer"}).json()
    shown = say(client, house, "deccan", f"/enrolments/{made['id']}/code", key=key).json()["code"]
    assert say(client, house, "deccan", f"/enrolments/{made['id']}/code", key=key).json()["code"] is None
    database = b"".join(path.read_bytes() for path in house.bank.settings.home.glob("*.db*"))
    assert shown.encode() not in database
    earned = {"number": number, "achievement": UNIT.id, "version": UNIT.version, "earned": "2026-06-30"}
    waits = say(client, house, "deccan", "/enrolments/credentials", earned)
    assert (waits.status_code, waits.json()["state"]) == (202, "waiting")
    claimed = say(client, house, newcomer, "/enrolments/claims", {"code": shown})
    assert (claimed.status_code, claimed.json()["number"]) == (201, number)
    assert claimed.json()["waiting"][0]["state"] == "issued"
    assert say(client, house, "minjun", "/enrolments/claims", {"code": shown}).status_code == 404
    at_once = say(client, house, "deccan", "/enrolments/credentials", earned)
    assert (at_once.status_code, at_once.json()["state"]) == (201, "issued")
    assert [one["state"] for one in look(client, house, newcomer, "/offers").json()["items"]] == ["offered"] * 2
    assert house.learners[newcomer].id not in look(client, house, "deccan", f"/enrolments/{made['id']}").text
    left = say(client, house, newcomer, f"/enrolments/{made['id']}/departure", {"why": "moved"})
    assert (left.status_code, left.json()["claimed"]) == (201, None)
    acts = [entry.action for entry in house.bank.trail.entries(house.bodies["deccan"].id)]
    assert acts[-3:] == ["enrolment.code-made", "enrolment.claimed", "enrolment.freed"]


def test_a_learner_says_how_the_account_takes_credentials(client: TestClient, house: House, newcomer: str) -> None:
    headers = house.bearer(newcomer)
    answer = client.put("/v1/account/preference", json={"accepts": "automatic"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"accepts": "automatic"})
    assert client.put("/v1/account/preference", json={"accepts": "never"}, headers=headers).status_code == 422
    assert (
        client.put("/v1/account/preference", json={"accepts": "ask"}, headers=house.bearer("open")).status_code == 403
    )


def test_a_deposit_needs_proof_of_holding_and_is_refused_precisely(
    client: TestClient, house: House, newcomer: str
) -> None:
    """Threat 39: what is in an account already is 409, without a word of whose account that is."""
    challenge = say(client, house, "asha", "/deposits/challenges")
    assert (challenge.status_code, set(challenge.json())) == (201, {"challenge", "domain", "expires"})
    held = next(iter(house.issued.values()))
    body = {"signed": held.signed.decode()}
    again = say(client, house, "asha", "/deposits", body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/lot-already-open")
    assert house.learners["asha"].id not in again.text
    thief = say(client, house, newcomer, "/deposits", body)
    assert (thief.status_code, thief.json()["type"]) == (403, "/problems/holding-not-proven")
    presented = house.bank.sharing.present(
        house.learners["asha"].id,
        [held.id],
        challenge=challenge.json()["challenge"],
        domain=challenge.json()["domain"],
    )
    other = say(client, house, newcomer, "/deposits", {"signed": presented.decode()})
    assert (other.status_code, other.json()["type"]) == (403, "/problems/holding-not-proven")
    mine = say(client, house, "asha", "/deposits", {"signed": presented.decode()})
    assert (mine.status_code, mine.json()["type"]) == (409, "/problems/lot-already-open")
    assert say(client, house, "asha", "/deposits", {"signed": "{}"}).status_code == 422
    assert say(client, house, "open", "/deposits", body).status_code == 403


def test_a_learner_merges_an_account_that_is_theirs_too(client: TestClient, house: House, newcomer: str) -> None:
    """Threat 42: by acting in both, and a code that does not work is 404."""
    offered(client, house, newcomer)
    key, learner = str(uuid4()), house.bank.registering.register_learner(name="The same person")
    house.tokens["same"] = house.bank.registering.issue_token(role="learner", subject=learner.id, label="same")
    code = say(client, house, newcomer, "/account/merge-codes", key=key).json()["code"]
    assert say(client, house, newcomer, "/account/merge-codes", key=key).json() == {"code": None}
    assert say(client, house, "same", "/account/mergers", {"code": "wrong"}).status_code == 404
    merged = say(client, house, "same", "/account/mergers", {"code": code})
    assert (merged.status_code, merged.json()["target"]) == (201, learner.id)
    assert [one["state"] for one in look(client, house, "same", "/offers").json()["items"]] == ["offered"]
    assert look(client, house, newcomer, "/offers").json()["items"] == []
    ended = say(client, house, newcomer, "/deposits/challenges")
    assert (ended.status_code, ended.json()["type"]) == (409, "/problems/account-merged")


def test_a_learner_takes_the_key_away_and_brings_another(client: TestClient, house: House, newcomer: str) -> None:
    did = look(client, house, newcomer, "/account/identifiers").json()["items"][0]["did"]
    key, body = str(uuid4()), {"did": did, "passphrase": "three words of mine"}
    first = say(client, house, newcomer, "/account/identifiers/export", body, key)
    assert (first.status_code, first.json()["jwe"].count(".")) == (201, 4)
    assert say(client, house, newcomer, "/account/identifiers/export", body, key).json()["jwe"] is None
    assert say(client, house, newcomer, "/account/identifiers/export", {**body, "passphrase": "x"}).status_code == 422
    gone = say(client, house, newcomer, "/account/identifiers/forgetting", {"did": did})
    assert gone.json()["items"][0]["held"] is False
    assert say(client, house, newcomer, "/account/identifiers/forgetting", {"did": did}).status_code == 403
    wallet = PrivateKey.from_seed(newcomer[-32:].encode())
    mine = did_key(wallet.public)
    asked = say(client, house, newcomer, "/account/identifiers/statements", {"did": mine}).json()
    signature = base64url_encode(wallet.sign(asked["statement"].encode()))
    wanted = {"did": mine, "challenge": asked["challenge"], "signature": signature}
    wrong = say(client, house, newcomer, "/account/identifiers", {**wanted, "signature": "A" * 86})
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/possession-not-proven")
    bound = say(client, house, newcomer, "/account/identifiers", wanted)
    assert [(one["did"], one["origin"]) for one in bound.json()["items"]] == [(did, "made"), (mine, "recovered")]
    assert say(client, house, newcomer, "/account/identifiers", wanted).status_code == 403
    learner = {"learner": house.learners[newcomer].id}
    assert say(client, house, "deccan", "/confirmations", learner).status_code == 404
    renewed = say(client, house, newcomer, "/account/identifiers/renewal").json()["items"][-1]
    assert (renewed["held"], renewed["until"]) == (True, None)
