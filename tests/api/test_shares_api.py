"""Shares over HTTP and as pages: made once, opened by link, logged, withdrawn."""

import re
import uuid
from typing import Any

from doors import House
from starlette.testclient import TestClient
from worlds import owned


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _chosen(house: House) -> list[str]:
    return [house.made.id, next(one.id for key, one in house.issued.items() if key.startswith("asha:"))]


def _made(client: TestClient, house: House, key: dict[str, str] | None = None, **change: Any) -> Any:
    body = {"credentials": _chosen(house), "audience": "An employer", "purpose": "A job", **change}
    return client.post("/v1/shares", json=body, headers={**house.bearer("asha"), **(key or _key())})


def _token(made: Any) -> str:
    return str(made.json()["link"]).rpartition("/")[2]


def _in(house: House, name: str) -> TestClient:
    client = house.client()
    client.cookies.set("creditbank_token", house.tokens[name])
    return client


def test_a_share_is_made_opened_logged_and_withdrawn(client: TestClient, house: House) -> None:
    key = _key()
    made, again = _made(client, house, key), _made(client, house, key)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert again.json() == {**made.json(), "link": None}, "the link is seen once"
    shown = client.get("/v1/shared", headers={"Share-Token": _token(made)})
    reports = shown.json()["reports"]
    assert (shown.status_code, [one["verdict"] for one in reports]) == (200, ["accepted"])
    parts = [one["id"] for one in reports[0]["parts"]]
    assert set(_chosen(house)) <= {reports[0]["id"], *parts}, "an award is shown with the units it was built from"
    at, header = made.headers["location"], house.bearer("asha")
    read = client.get(at, headers=header).json()
    assert [view["organisation"] for view in read["views"]] == [None]
    assert read["link"] is None
    preview = client.get(f"{at}/preview", headers=header).json()
    assert [one["id"] for one in preview["reports"]] == [one["id"] for one in reports]
    gone = client.post(f"{at}/withdrawal", json={}, headers={**header, **_key()})
    assert gone.json()["state"] == "withdrawn"
    closed, unknown = (client.get("/v1/shared", headers={"Share-Token": one}) for one in (_token(made), "x" * 43))
    assert closed.status_code == unknown.status_code == 404
    assert closed.json() == unknown.json()
    listed = client.get("/v1/shares?limit=1", headers=header).json()
    assert listed["items"][0]["id"] == made.json()["id"]


def test_shares_of_others_are_not_there(client: TestClient, house: House) -> None:
    """Threat 42."""
    at = _made(client, house).headers["location"]
    unknown = f"/v1/shares/urn:uuid:{uuid.uuid4()}"
    minjun = house.bearer("minjun")
    for ending in ("", "/preview"):
        answers = [client.get(f"{place}{ending}", headers=minjun) for place in (at, unknown)]
        assert [one.status_code for one in answers] == [404, 404]
        assert {**answers[0].json(), "instance": ""} == {**answers[1].json(), "instance": ""}
    assert client.post(f"{at}/withdrawal", json={}, headers={**minjun, **_key()}).status_code == 404
    foreign = client.post(
        "/v1/shares",
        json={"credentials": _chosen(house), "audience": "x", "purpose": "y"},
        headers={**minjun, **_key()},
    )
    assert foreign.status_code == 404
    assert client.get("/v1/shares", headers=house.bearer("deccan")).status_code == 403


def test_a_body_opens_what_it_was_given(client: TestClient, house: House) -> None:
    body = house.bodies["thames"].id
    made = _made(client, house, audience="", organisation=body, pin="2468")
    at = f"/v1/shares/received/{made.json()['id']}"
    assert client.get("/v1/shared", headers={"Share-Token": _token(made), "Share-Pin": "2468"}).status_code == 404
    assert client.get(at, headers=house.bearer("thames")).json()["type"] == "/problems/pin-needed"
    wrong = client.get(at, headers={**house.bearer("thames"), "Share-Pin": "1357"})
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/pin-wrong")
    opened = client.get(at, headers={**house.bearer("thames"), "Share-Pin": "2468"})
    assert (opened.status_code, len(opened.json()["reports"])) == (200, 1)
    assert client.get(at, headers={**house.bearer("nilgiri"), "Share-Pin": "2468"}).status_code == 404
    received = client.get("/v1/shares/received", headers=house.bearer("thames")).json()["items"]
    assert [one["id"] for one in received] == [made.json()["id"]]
    assert received[0]["link"] is None


def test_a_share_that_cannot_be_is_told_why(client: TestClient, house: House) -> None:
    for change in ({"purpose": ""}, {"until": "2026-01-01"}, {"pin": "1"}, {"credentials": []}, {"more": 1}):
        assert _made(client, house, **change).status_code == 422
    assert _made(client, house, until="2020-01-01T00:00:00Z").json()["type"] == "/problems/unusable-share"


def test_consents_are_recorded_and_taken_back(client: TestClient, house: House) -> None:
    header = house.bearer("minjun")
    asked = {"organisation": house.bodies["deccan"].id, "purpose": "A degree"}
    made = client.post("/v1/consents", json=asked, headers={**header, **_key()})
    assert (made.status_code, made.json()["basis"], made.json()["covers"]) == (201, "given", [])
    listed = client.get("/v1/consents", headers=header).json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    at = f"{made.headers['location']}/withdrawal"
    assert client.post(at, json={}, headers={**house.bearer("asha"), **_key()}).status_code == 404
    assert client.post(at, json={}, headers={**header, **_key()}).json()["withdrawn"]


def test_the_page_of_a_link_needs_no_account_and_passes_its_address_on_to_nobody(
    client: TestClient, house: House
) -> None:
    """Threats 44 and 48."""
    made = _made(client, house, purpose="<script>alert(1)</script>")
    shown = client.get(f"/s/{_token(made)}")
    assert shown.status_code == 200
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "<script>alert" not in shown.text
    assert "Asha &lt;b&gt;" in shown.text
    assert _token(made) not in shown.text, "no link on the page carries the token on"
    client.post(f"{made.headers['location']}/withdrawal", json={}, headers={**house.bearer("asha"), **_key()})
    closed, unknown = client.get(f"/s/{_token(made)}"), client.get(f"/s/{'x' * 43}")
    assert closed.status_code == unknown.status_code == 404
    assert closed.text == unknown.text


def test_a_pin_is_asked_for_on_the_page(client: TestClient, house: House) -> None:
    at = f"/s/{_token(_made(client, house, pin='2468'))}"
    asked = client.get(at)
    assert (asked.status_code, 'name="pin"' in asked.text) == (200, True)
    assert client.post(at, data={"pin": "0000"}).status_code == 403
    opened = client.post(at, data={"pin": "2468"})
    assert opened.status_code == 200
    assert "A job" in opened.text
    assert opened.headers["referrer-policy"] == "no-referrer"


def test_a_learner_makes_previews_and_withdraws_a_share_on_pages_without_a_script(house: House) -> None:
    asha = _in(house, "asha")
    home = f"/learners/{house.learners['asha'].id.removeprefix('urn:uuid:')}/shares"
    form = asha.get(home).text
    token = re.search(r'name="form_token" value="([^"]+)"', form)
    request = re.search(r'name="request" value="([^"]+)"', form)
    assert token
    assert request
    given = {
        "form_token": token[1],
        "request": request[1],
        "credentials": _chosen(house),
        "audience": "A friend",
        "purpose": "To show",
        "days": "7",
    }
    made = asha.post(home, data=given)
    link = re.search(r"/s/([A-Za-z0-9_-]{43})<", made.text)
    assert link
    assert f"http://127.0.0.1/s/{link[1]}" in made.text, "the name under which this machine reaches it"
    assert "<svg" in made.text
    assert made.headers["referrer-policy"] == "no-referrer"
    assert house.client().get(f"/s/{link[1]}").status_code == 200
    assert not re.search(r"/s/[A-Za-z0-9_-]{43}<", asha.post(home, data=given).text), "sent twice, it is one share"
    page = asha.get(home).text
    assert "A friend" in page
    preview = re.search(rf"{home}/([0-9a-f-]+)/preview", page)
    assert preview
    assert "counts as no view" in asha.get(f"{home}/{preview[1]}/preview").text
    assert asha.post(f"{home}/{preview[1]}/withdraw", data={"form_token": "forged"}).status_code == 403
    gone = asha.post(f"{home}/{preview[1]}/withdraw", data={"form_token": token[1]}, follow_redirects=False)
    assert gone.status_code == 303
    assert house.client().get(f"/s/{link[1]}").status_code == 404
    assert asha.post(home, data={**given, "request": "other", "days": "900"}).status_code == 400
    minjun = _in(house, "minjun")
    assert minjun.get(home).status_code == 404
    assert house.client().get(home).status_code == 401


def test_a_university_weighs_somebodys_account_with_their_consent_alone(client: TestClient, house: House) -> None:
    """Threats 42 and 44: without consent the account is one that is not there."""
    learner = house.bank.registering.register_learner(name="Somebody").id
    owned(house.bank, learner)
    body = {"qualification": "in-ncrf-ug-certificate", "learner": learner}
    unknown = {**body, "learner": f"urn:uuid:{uuid.uuid4()}"}

    def ask(path: str, wanted: dict[str, str]) -> Any:
        headers = house.bearer("nilgiri-registrar") | {"Idempotency-Key": str(uuid.uuid4())}
        return client.post(path, json=wanted, headers=headers)

    for path in ("/v1/evaluations", "/v1/plans"):
        refused, absent = ask(path, body), ask(path, unknown)
        assert refused.status_code == absent.status_code == 404
        assert refused.json()["type"] == absent.json()["type"]
    university = house.bodies["nilgiri"].id
    house.bank.shares.consent("weighing", learner=learner, organisation=university, purpose="A degree")
    evaluated = ask("/v1/evaluations", body)
    assert evaluated.status_code == 201
    assert ask("/v1/plans", body).status_code < 300
    with house.bank.store.transaction() as tx:
        (given,) = tx.consents_for(learner, university)
    house.bank.shares.take_back(given.id, learner=learner)
    assert ask(f"/v1/evaluations/{evaluated.json()['id']}/reruns", {}).status_code == 404
