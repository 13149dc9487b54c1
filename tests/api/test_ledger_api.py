"""The ledger at the doors: bundles, reservations, applications and flags, each told in words and in fields."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doors import House
from starlette.testclient import TestClient
from worlds import unit

from creditbank.units import instant_text

CERTIFICATE = "in-ncrf-ug-certificate"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.fixture
def lots(house: House) -> list[str]:
    """Two lots of minjun's own for this test, by id, and the credentials behind them."""
    found = []
    deccan = house.bodies["deccan"]
    for number in range(2):
        achievement = unit(f"ledger-{uuid.uuid4()}")
        house.bank.drafting.publish(deccan.id, achievement)
        issued = house.bank.issuing.issue(
            str(uuid.uuid4()),
            organisation=deccan.id,
            learner=house.learners["minjun"].id,
            achievement=achievement.id,
            version=achievement.version,
            earned=datetime(2025, 6, 2 + number, tzinfo=UTC).date(),
        )
        with house.bank.store.transaction() as tx:
            lot = tx.lot_opened_by(issued.id)
        assert lot is not None
        found.append(lot.id)
    return sorted(found)


def post(client: TestClient, house: House, who: str, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/v1{path}", json=body, headers=house.bearer(who) | (headers or _key()))


def test_several_lots_are_redeemed_together_or_not_at_all(client: TestClient, house: House, lots: list[str]) -> None:
    """Threats 36 and 38: the no names the lot and what is free, the same under the same key, and nothing is spent."""
    first = post(client, house, "nilgiri-registrar", "/redemptions", {"lot": lots[1], "amount": "3", "award": lots[1]})
    assert (first.status_code, first.json()["state"]) == (201, "posted")
    assert client.get(first.headers["Location"], headers=house.bearer("nilgiri-registrar")).json() == first.json()
    assert client.get(first.headers["Location"], headers=house.bearer("deccan-registrar")).status_code == 404
    body = {"uses": [{"lot": lots[1], "amount": "2"}, {"lot": lots[0], "amount": "4"}], "award": f"both {lots[0]}"}
    key = _key()
    answers = [post(client, house, "deccan-registrar", "/redemptions", body, **key) for _ in range(2)]
    assert {(one.status_code, _slug(one)) for one in answers} == {(409, "credits-already-redeemed")}
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["lot"], answers[0].json()["free"]) == (lots[1], "1")
    assert "award" not in answers[0].json(), "it is another university's"
    own = {"lot": lots[1], "amount": "2", "award": "again"}
    assert post(client, house, "nilgiri-registrar", "/redemptions", own).json()["award"] == lots[1]
    body["uses"][0]["amount"] = "1"  # type: ignore[index]
    both = post(client, house, "deccan-registrar", "/redemptions", body)
    assert [use["lot"] for use in both.json()["uses"]] == lots


@pytest.mark.parametrize("body", [{}, {"uses": []}, {"lot": "0x" + "00" * 32}, {"amount": "1"}])
def test_a_redemption_says_in_one_way_what_it_uses(client: TestClient, house: House, body: dict[str, Any]) -> None:
    answer = post(client, house, "deccan-registrar", "/redemptions", {"award": "x"} | body)
    assert (answer.status_code, _slug(answer)) == (422, "invalid-request")


def test_a_reservation_is_taken_by_its_redemption_or_given_back(
    client: TestClient, house: House, lots: list[str]
) -> None:
    until = instant_text(datetime.now(UTC) + timedelta(days=1))
    body = {"lot": lots[0], "amount": "4", "award": f"held {lots[0]}", "until": until}
    made = post(client, house, "deccan-registrar", "/reservations", body)
    assert (made.status_code, made.json()["state"]) == (201, "held")
    other = post(client, house, "nilgiri-registrar", "/redemptions", {"lot": lots[0], "amount": "1", "award": "x"})
    assert (other.status_code, other.json()["free"]) == (409, "0")
    taken = {name: body[name] for name in ("lot", "amount", "award")}
    assert post(client, house, "deccan-registrar", "/redemptions", taken).status_code == 201
    place = made.headers["Location"]
    assert client.get(place, headers=house.bearer("deccan-registrar")).json()["state"] == "taken"
    over = client.post(f"{place}/release", headers=house.bearer("deccan-registrar") | _key())
    assert (over.status_code, _slug(over)) == (409, "reservation-over")
    assert client.get(place, headers=house.bearer("nilgiri-registrar")).status_code == 404
    late = post(client, house, "deccan-registrar", "/reservations", body | {"until": "2020-01-01T00:00:00Z"})
    assert (late.status_code, _slug(late)) == (400, "unusable-term")
    foreign = {"award": "urn:creditbank:counted-elsewhere"}
    for path, asked in (("/reservations", body), ("/redemptions", taken)):
        refused = post(client, house, "deccan-registrar", path, asked | foreign)
        assert (refused.status_code, _slug(refused)) == (400, "award-name-taken")


def test_a_learner_applies_and_a_university_answers(client: TestClient, house: House, lots: list[str]) -> None:
    university = house.bodies["nilgiri"].id
    body = {"organisation": university, "qualification": CERTIFICATE}
    made = post(client, house, "minjun", "/applications", body)
    assert (made.status_code, made.json()["state"], made.json()["signed"]) == (201, "submitted", True)
    again = post(client, house, "minjun", "/applications", body)
    assert (again.status_code, _slug(again)) == (409, "application-open")
    place = made.headers["Location"].removeprefix("/v1")
    assert client.get(f"/v1{place}", headers=house.bearer("deccan-registrar")).status_code == 404
    assert client.get(f"/v1{place}", headers=house.bearer("asha")).status_code == 404
    more = post(client, house, "nilgiri-registrar", f"{place}/decision", {"decision": "more-wanted", "reason": "One."})
    assert more.json()["state"] == "more-wanted"
    assert post(client, house, "minjun", f"{place}/addition", {"reason": "Here."}).json()["state"] == "submitted"
    gone = post(client, house, "minjun", f"{place}/withdrawal", {"reason": "Another plan."})
    assert [step["state"] for step in gone.json()["steps"]] == ["submitted", "more-wanted", "submitted", "withdrawn"]
    late = post(client, house, "nilgiri-registrar", f"{place}/decision", {"decision": "accepted", "reason": "Late."})
    assert (late.status_code, _slug(late)) == (409, "application-closed")
    listed = client.get("/v1/applications", headers=house.bearer("minjun")).json()["items"]
    assert made.json()["id"] in [one["id"] for one in listed]
    forged = post(client, house, "minjun", "/applications", body | {"presentation": "e30="})
    assert (forged.status_code, _slug(forged)) == (403, "application-not-signed")


def test_an_award_elsewhere_that_counts_a_revoked_credential_is_flagged_and_heard(
    client: TestClient, house: House, lots: list[str]
) -> None:
    """Threat 34."""
    award = f"counts {lots[0]}"
    post(client, house, "nilgiri-registrar", "/redemptions", {"lot": lots[0], "amount": "4", "award": award})
    with house.bank.store.transaction() as tx:
        credential = tx.get_lot(lots[0]).credential
    house.bank.issuing.revoke(credential, by=house.bodies["deccan"].id, reason="issued by mistake")
    (flag,) = [
        one
        for one in client.get("/v1/flags", headers=house.bearer("minjun")).json()["items"]
        if one["credential"] == credential
    ]
    assert (flag["award"], flag["state"], flag["policy"]) == (award, "open", "review")
    place = f"/flags/{flag['id']}"
    early = post(client, house, "nilgiri-registrar", f"{place}/decision", {"revoke": True, "reason": "It fell."})
    assert (early.status_code, _slug(early)) == (403, "learner-not-heard")
    said = post(client, house, "minjun", f"{place}/statement", {"statement": "I did the work."})
    assert said.json()["statement"] == "I did the work."
    assert client.get(f"/v1{place}", headers=house.bearer("deccan-registrar")).status_code == 404
    done = post(client, house, "nilgiri-registrar", f"{place}/decision", {"revoke": True, "reason": "It fell."})
    assert (done.status_code, done.json()["state"]) == (201, "revoked")
    stated = client.put("/v1/award-policy", json={"policy": "flag"}, headers=house.bearer("nilgiri-registrar"))
    assert stated.json() == {"policy": "flag"}
    assert client.get("/v1/award-policy", headers=house.bearer("nilgiri-registrar")).json() == {"policy": "flag"}
    client.put("/v1/award-policy", json={"policy": "review"}, headers=house.bearer("nilgiri-registrar"))
