"""Accounts of people on pages: opening one, signing in and out, settings, sessions, recovery."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doors import MANY, ORIGIN, House
from fastapi import FastAPI
from mailboxes import (
    BETTER,
    GOOD,
    fields_of,
    fill_in,
    grow_old,
    letters_to,
    link_to,
    sign_up,
    signed_in,
    somewhere,
)
from markup import faults_of, read_page
from starlette.requests import Request
from starlette.testclient import TestClient

from creditbank.canonical import sha256
from creditbank_api.app import create_app
from creditbank_api.web import session
from creditbank_api.web.session import DEVICE_COOKIE, FORM_COOKIE, SESSION_COOKIE

FORMS_OF_ACCOUNT = (
    "/account/name",
    "/account/acting",
    "/account/addresses",
    "/account/password",
    "/account/sign-ins/remove",
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/account/recovery-codes",
    "/account/programs/end",
    "/account/closing",
    "/account/invitations",
    "/account/organisation/ask",
    "/sign-in/again/organisation/ask",
    "/sign-in/again",
    "/mail/address",
    "/sign-out",
)
FORMS_BEFORE = (
    "/sign-in",
    "/sign-in/password",
    "/sign-up",
    "/recover",
    "/recover/code",
    "/sign-in/organisation/ask",
    "/mail/sign-up",
    "/mail/recovery",
)


@pytest.fixture
def address() -> str:
    return f"{uuid.uuid4().hex[:12]}@sample.example"


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    """One application for all tests here."""
    return create_app(house.bank, limits=MANY)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with somewhere(app) as client:
        yield client


@pytest.fixture
def zoe(house: House, app: FastAPI, address: str) -> Iterator[TestClient]:
    """Somebody who has an account and is signed in."""
    with somewhere(app) as client:
        signed_in(client, house, address)
        yield client


def plain(page: str) -> str:
    """A page without the token of its forms, which is new each time."""
    return re.sub(r'name="form_token" value="[^"]*"', "", page)


# opening an account


def test_an_account_is_opened_by_mail_and_shows_an_empty_account_of_credits(
    house: House, app: FastAPI, client: TestClient, address: str
) -> None:
    sign_up(client, house, address)
    page = client.get("/account")
    assert page.status_code == 200
    assert faults_of(read_page(page.text)) == []
    credits_of_zoe = read_page(page.text).all("nav", aria_label="Main")[0].all("a")[-2].attributes["href"]
    assert client.get(credits_of_zoe).status_code == 200
    with somewhere(app) as stranger:
        assert stranger.get(credits_of_zoe).status_code == 401


def test_opening_the_link_of_a_mail_uses_nothing_up(client: TestClient, house: House, address: str) -> None:
    """Mail programs open links before people do."""
    fill_in(client, "/sign-up", "/sign-up", address=address)
    path = link_to(house, address)
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert faults_of(read_page(page.text)) == []
    short = fill_in(client, path, "/mail/sign-up", name="Zoe", password="short")
    assert short.status_code == 422
    assert "at least 12 characters" in short.text
    assert fill_in(client, path, "/mail/sign-up", name="Zoe", password=GOOD).status_code == 303
    assert client.get(path).status_code == 422


def test_a_token_of_a_mail_stands_in_no_address_but_its_links(
    client: TestClient, house: House, app: FastAPI, address: str
) -> None:
    """Threat 46: it goes on in the body of the form, and the referrer keeps to this site."""
    fill_in(client, "/sign-up", "/sign-up", address=address)
    path = link_to(house, address)
    token = path.rpartition("/")[2]
    page = client.get(path)
    assert page.headers["referrer-policy"] == "same-origin"
    tree = read_page(page.text)
    places = [each.attributes.get(name, "") for each in tree.walk() for name in ("href", "action", "src")]
    assert not any(token in place for place in places)
    answer = fill_in(client, path, "/mail/sign-up", name="Zoe", password=GOOD)
    assert token not in answer.headers["location"]
    with somewhere(app) as stranger:
        other = fields_of(stranger, "/sign-up", "/sign-up")
        stranger.post("/sign-up", data={**other, "address": f"x{address}"})
        assert token not in stranger.get("/mail/address/" + token).text


def test_links_lead_to_where_the_bank_was_asked_and_in_production_to_its_own_name(house: House) -> None:
    """Threat 50: no mail links to a host that a request brought along."""

    def at(host: str, *, production: bool) -> session.Site:
        app = FastAPI()
        app.state.bank = replace(house.bank, settings=replace(house.bank.settings, production=production))
        headers = [(b"host", host.encode())]
        scope = {"type": "http", "scheme": "http", "server": ("127.0.0.1", 80), "path": "/", "headers": headers}
        return session.site_of(Request({**scope, "query_string": b"", "app": app}))

    assert at("127.0.0.1:8413", production=False) == session.Site("http://127.0.0.1:8413", secure=False)
    assert at("[::1]:8413", production=False) == session.Site("http://[::1]:8413", secure=False)
    bank = session.Site("https://bank.sample.example", secure=True)
    assert bank.base == bank.origin
    for host in ("bank.sample.example", "evil.example", "127.0.0.1.evil.example"):
        assert at(host, production=False) == bank
    for host in ("127.0.0.1", "localhost:8413", "evil.example"):
        assert at(host, production=True) == bank


# the same for everybody


@pytest.mark.parametrize("form", ["/sign-up", "/recover"])
def test_asking_for_a_mail_ends_on_the_same_page_whoever_has_the_address(
    zoe: TestClient, house: House, app: FastAPI, address: str, form: str
) -> None:
    """Threat 44: user enumeration by the answer."""
    with somewhere(app) as stranger:
        known = fill_in(stranger, form, form, address=address)
        unknown = fill_in(stranger, form, form, address=f"x{address}")
    assert known.status_code == unknown.status_code == 200
    assert plain(known.text) == plain(unknown.text).replace(f"x{address}", address)
    assert known.headers.keys() == unknown.headers.keys()


def test_a_wrong_password_and_an_unknown_address_read_the_same(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    """Threat 44: user enumeration by the answer."""
    with somewhere(app) as stranger:
        answers = [
            fill_in(stranger, "/sign-in", "/sign-in/password", address=given, password=BETTER)
            for given in (address, f"x{address}", "no address")
        ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({plain(answer.text) for answer in answers}) == 1
    page = read_page(answers[0].text)
    assert faults_of(page) == []
    (summary,) = page.all("div", class_="error-summary")
    assert "autofocus" in summary.attributes
    assert summary.all("a", href="#address")


def test_too_many_guesses_are_told_when_to_come_back(zoe: TestClient, house: House, app: FastAPI, address: str) -> None:
    """Threat 54."""
    with somewhere(app) as stranger:
        for _ in range(11):
            answer = fill_in(stranger, "/sign-in", "/sign-in/password", address=address, password=BETTER)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert faults_of(read_page(answer.text)) == []


# cookies


def cookies_set(answer: Any) -> dict[str, str]:
    lines = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
    return {line.partition("=")[0]: line for line in lines if "Max-Age=0" not in line}


def test_the_cookies_of_a_sign_in_are_out_of_reach_of_scripts_and_forms_elsewhere(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    """Threat 50."""
    with somewhere(app) as client:
        answer = fill_in(client, "/sign-in", "/sign-in/password", address=address, password=GOOD)
    cookies = cookies_set(answer)
    assert set(cookies) == {SESSION_COOKIE, DEVICE_COOKIE}
    for line in cookies.values():
        assert "HttpOnly" in line
        assert "SameSite=lax" in line
        assert "Path=/" in line
        assert "Domain" not in line
        assert "Secure" not in line


def test_by_its_own_name_every_cookie_is_secure_and_this_hosts_alone(
    zoe: TestClient, app: FastAPI, address: str
) -> None:
    """Threat 50: cookie tossing. With this prefix browsers take a cookie from the very host, over https, only."""
    with somewhere(app, base_url="https://bank.sample.example") as client:
        before = cookies_set(client.get("/sign-in"))
        after = cookies_set(fill_in(client, "/sign-in", "/sign-in/password", address=address, password=GOOD))
        assert client.get("/account").status_code == 200
    assert set(before) == {f"__Host-{FORM_COOKIE}"}
    assert set(after) == {f"__Host-{SESSION_COOKIE}", f"__Host-{DEVICE_COOKIE}"}
    for line in [*before.values(), *after.values()]:
        assert "Secure" in line
        assert "Path=/" in line
        assert "Domain" not in line


def test_two_session_cookies_are_nobodys(zoe: TestClient, house: House, app: FastAPI, address: str) -> None:
    """Threat 50: cookie tossing. One of them was planted, and there is no telling which."""
    secret = zoe.cookies[SESSION_COOKIE]
    with somewhere(app) as client:
        for cookies in (
            f"{SESSION_COOKIE}={secret}; {SESSION_COOKIE}=planted",
            f"{SESSION_COOKIE}=x; {SESSION_COOKIE}={secret}",
        ):
            assert client.get("/account", headers={"Cookie": cookies}).status_code == 401
        assert client.get("/account", headers={"Cookie": f"{SESSION_COOKIE}={secret}"}).status_code == 200


def test_a_planted_session_is_not_the_one_after_sign_in(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    """Threat 50: session fixation."""
    planted = zoe.cookies[SESSION_COOKIE]
    with somewhere(app) as victim:
        victim.cookies.set(SESSION_COOKIE, planted, domain="127.0.0.1")
        fill_in(victim, "/sign-in", "/sign-in/password", address=address, password=GOOD)
        assert victim.cookies[SESSION_COOKIE] != planted
        assert victim.get("/account").status_code == 200
    assert zoe.get("/account").status_code == 401


def test_signing_out_ends_the_session_in_the_database(zoe: TestClient, house: House, app: FastAPI) -> None:
    secret = zoe.cookies[SESSION_COOKIE]
    assert fill_in(zoe, "/account", "/sign-out").status_code == 303
    assert SESSION_COOKIE not in zoe.cookies
    with somewhere(app) as thief:
        thief.cookies.set(SESSION_COOKIE, secret)
        assert thief.get("/account").status_code == 401


def test_no_page_shows_the_id_of_a_session(zoe: TestClient) -> None:
    """Threat 46."""
    assert zoe.cookies[SESSION_COOKIE] not in zoe.get("/account").text


# forms


@pytest.mark.parametrize("form", FORMS_OF_ACCOUNT)
def test_no_form_of_an_account_can_be_forged(zoe: TestClient, house: House, app: FastAPI, form: str) -> None:
    """Threat 50: CSRF. Without the token of this very session, or from another site, nothing is done."""
    with somewhere(app) as other:
        signed_in(other, house, f"{uuid.uuid4().hex[:12]}@sample.example")
        theirs = session.signed_form_token(other.cookies[SESSION_COOKIE])
    own = session.signed_form_token(zoe.cookies[SESSION_COOKIE])
    for token in ("", "x", theirs):
        assert zoe.post(form, data={"form_token": token}, follow_redirects=False).status_code == 403, token
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = zoe.post(form, data={"form_token": own}, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, headers
    assert zoe.get("/account").status_code == 200


@pytest.mark.parametrize("form", FORMS_BEFORE)
def test_no_form_before_sign_in_can_be_forged(client: TestClient, form: str) -> None:
    """Threat 50: CSRF at sign-in would let somebody work in an attacker's account."""
    client.get("/sign-in")
    assert client.post(form, data={"form_token": "x"}).status_code == 403
    client.cookies.clear()
    assert client.post(form, data={"form_token": ""}).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/recover", "/account"])
def test_nothing_frames_a_page_where_somebody_signs_in(zoe: TestClient, path: str) -> None:
    """Threat 50: clickjacking."""
    headers = zoe.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    zoe: TestClient, house: House, app: FastAPI, address: str, target: str
) -> None:
    """Threat 50: open redirects."""
    with somewhere(app) as client:
        answer = fill_in(client, "/sign-in", "/sign-in/password", address=address, password=GOOD, next=target)
    assert answer.headers["location"].startswith("/learners/")
    answer = fill_in(zoe, "/sign-in/again", "/sign-in/again", password=GOOD, next=target)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("form", [each for each in FORMS_OF_ACCOUNT if each not in ("/mail/address", "/sign-out")])
def test_a_demo_token_has_no_account(client: TestClient, house: House, form: str) -> None:
    client.cookies.set(session.COOKIE, house.tokens["asha"])
    token = session.signed_form_token(house.tokens["asha"])
    assert client.get("/account").status_code == 401
    assert client.post(form, data={"form_token": token}).status_code == 401


# freshness


@pytest.mark.parametrize(
    "form", ["/account/addresses", "/account/password", "/account/sign-ins/remove", "/account/recovery-codes"]
)
def test_what_changes_who_gets_in_asks_for_a_fresh_sign_in(zoe: TestClient, house: House, form: str) -> None:
    grow_old(house, zoe)
    old = zoe.cookies[SESSION_COOKIE]
    own = session.signed_form_token(old)
    refused = zoe.post(form, data={"form_token": own}, follow_redirects=False)
    assert refused.status_code == 403
    assert read_page(refused.text).all("a", href="/sign-in/again?next=/account")
    page = zoe.get("/account")
    assert not read_page(page.text).all("form", action=form)
    assert faults_of(read_page(page.text)) == []
    wrong = fill_in(zoe, "/sign-in/again?next=/account", "/sign-in/again", password=BETTER)
    assert wrong.status_code == 403
    assert faults_of(read_page(wrong.text)) == []
    again = fill_in(zoe, "/sign-in/again?next=/account", "/sign-in/again", password=GOOD)
    assert (again.status_code, again.headers["location"]) == (303, "/account")
    assert zoe.cookies[SESSION_COOKIE] != old
    assert form == "/account/sign-ins/remove" or read_page(zoe.get("/account").text).all("form", action=form)


# settings


def test_a_second_address_is_added_by_its_link_in_the_same_account(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    second = f"x{address}"
    sent = fill_in(zoe, "/account", "/account/addresses", address=second)
    assert sent.status_code == 200
    path = link_to(house, second)
    with somewhere(app) as stranger:
        refused = stranger.get(path)
        assert refused.status_code == 401
        assert path.rpartition("/")[2] not in refused.text
    assert fill_in(zoe, path, "/mail/address", password=BETTER).status_code == 303
    assert second in zoe.get("/account").text
    with somewhere(app) as elsewhere:
        fill_in(elsewhere, "/sign-in", "/sign-in/password", address=second, password=BETTER)
        assert elsewhere.get("/account").status_code == 200
    first = read_page(zoe.get("/account").text).all("form", action="/account/sign-ins/remove")[0]
    data = {each.attributes["name"]: each.attributes["value"] for each in first.all("input")}
    assert zoe.post("/account/sign-ins/remove", data=data, follow_redirects=False).status_code == 303
    assert not read_page(zoe.get("/account").text).all("form", action="/account/sign-ins/remove")
    last = house.bank.door.people.sign_ins(
        house.bank.door.sessions.find(zoe.cookies[SESSION_COOKIE], agent="testclient").person
    )  # type: ignore[union-attr]
    refused = zoe.post("/account/sign-ins/remove", data={**data, "id": last[0].id})
    assert refused.status_code == 403
    assert "only way" in refused.text


def test_anothers_sign_ins_and_sessions_are_not_there(zoe: TestClient, house: House, app: FastAPI) -> None:
    """Threat 42."""
    with somewhere(app) as other:
        signed_in(other, house, f"{uuid.uuid4().hex[:12]}@sample.example")
        theirs = house.bank.door.sessions.find(other.cookies[SESSION_COOKIE], agent="testclient")
        assert theirs is not None
        (way,) = house.bank.door.people.sign_ins(theirs.person)
        own = session.signed_form_token(zoe.cookies[SESSION_COOKIE])
        for form, id in (
            ("/account/sessions/end", theirs.id),
            ("/account/sign-ins/remove", way.id),
            ("/account/password", way.id),
        ):
            foreign = zoe.post(form, data={"form_token": own, "id": id, "password": BETTER})
            unknown = zoe.post(form, data={"form_token": own, "id": "urn:uuid:nothing", "password": BETTER})
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.text == unknown.text
        assert other.get("/account").status_code == 200


def test_a_password_is_changed_and_every_other_browser_signed_out(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    with somewhere(app) as elsewhere:
        fill_in(elsewhere, "/sign-in", "/sign-in/password", address=address, password=GOOD)
        short = fill_in(zoe, "/account", "/account/password", password="short")
        assert short.status_code == 422
        assert faults_of(read_page(short.text)) == []
        assert fill_in(zoe, "/account", "/account/password", password=BETTER).status_code == 303
        assert elsewhere.get("/account").status_code == 401
        assert zoe.get("/account").status_code == 200
        again = fill_in(elsewhere, "/sign-in", "/sign-in/password", address=address, password=GOOD)
        assert again.status_code == 403
    assert any("password of your account was changed" in letter for letter in letters_to(house, address))


def test_other_browsers_are_listed_and_signed_out(zoe: TestClient, house: House, app: FastAPI, address: str) -> None:
    with somewhere(app) as elsewhere:
        fill_in(elsewhere, "/sign-in", "/sign-in/password", address=address, password=GOOD)
        assert fill_in(zoe, "/account", "/account/sessions/end").status_code == 303
        assert elsewhere.get("/account").status_code == 401
        fill_in(elsewhere, "/sign-in", "/sign-in/password", address=address, password=GOOD)
        assert fill_in(zoe, "/account", "/account/sessions/end-others").status_code == 303
        assert elsewhere.get("/account").status_code == 401
    assert zoe.get("/account").status_code == 200


def test_somebody_acts_only_for_whom_they_may(zoe: TestClient, house: House) -> None:
    """Threat 42."""
    own = session.signed_form_token(zoe.cookies[SESSION_COOKIE])
    asha = house.learners["asha"].id
    for subject in (asha, house.bodies["deccan"].id, "urn:uuid:nothing", ""):
        assert zoe.post("/account/acting", data={"form_token": own, "subject": subject}).status_code == 404
    assert zoe.get(f"/learners/{session.short(asha)}").status_code == 404


def test_acting_for_another_account_of_ones_own_goes_on_under_a_new_id(
    zoe: TestClient, house: House, app: FastAPI
) -> None:
    """Threat 50: session fixation at a change of what the session may do."""
    found = house.bank.door.sessions.find(zoe.cookies[SESSION_COOKIE], agent="testclient")
    assert found is not None
    second = house.bank.registering.register_learner(name="Second account")
    with house.bank.store.transaction() as tx:
        house.bank.door.people.take_learner(tx, found.person, second.id)
    old = zoe.cookies[SESSION_COOKIE]
    answer = fill_in(zoe, "/account", "/account/acting", subject=second.id)
    assert answer.headers["location"] == f"/learners/{session.short(second.id)}"
    assert zoe.cookies[SESSION_COOKIE] != old
    assert zoe.get(answer.headers["location"]).status_code == 200
    with somewhere(app) as thief:
        thief.cookies.set(SESSION_COOKIE, old)
        assert thief.get("/account").status_code == 401


def test_the_name_is_changed_and_escaped(zoe: TestClient) -> None:
    assert fill_in(zoe, "/account", "/account/name", name="<b>Zoe</b>").status_code == 303
    page = zoe.get("/account").text
    assert "&lt;b&gt;Zoe" in page
    assert "<b>Zoe" not in page
    assert fill_in(zoe, "/account", "/account/name", name=" ").status_code == 422


# recovery


def test_a_lost_password_is_replaced_by_a_link_that_works_once(
    zoe: TestClient, house: House, app: FastAPI, address: str
) -> None:
    with somewhere(app) as client:
        fill_in(client, "/recover", "/recover", address=address)
        path = link_to(house, address)
        assert faults_of(read_page(client.get(path).text)) == []
        assert fill_in(client, path, "/mail/recovery", password=BETTER).status_code == 303
        assert client.get("/account").status_code == 200
        assert client.get(path).status_code == 422
    assert zoe.get("/account").status_code == 401


def test_codes_are_shown_once_and_let_somebody_in(zoe: TestClient, house: House, app: FastAPI) -> None:
    """Threat 53: shown once."""
    shown = fill_in(zoe, "/account", "/account/recovery-codes")
    assert shown.headers["cache-control"] == "no-store"
    assert faults_of(read_page(shown.text)) == []
    codes = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", shown.text)
    assert len(codes) == 10
    page = zoe.get("/account").text
    assert "10 codes left" in page
    assert not any(code in page for code in codes)
    with somewhere(app) as client:
        wrong = fill_in(client, "/recover", "/recover/code", code="ABCD-EFGH-IJKL-MNOP")
        assert wrong.status_code == 403
        assert faults_of(read_page(wrong.text)) == []
        assert fill_in(client, "/recover", "/recover/code", code=codes[0]).status_code == 303
        assert "9 codes left" in client.get("/account").text


def test_nothing_of_a_sign_in_stands_in_the_database_in_clear(zoe: TestClient, house: House, address: str) -> None:
    """Threats 46 and 53."""
    stored = b"".join(each.read_bytes() for each in Path(house.bank.settings.home).glob("store.db*"))
    assert sha256(zoe.cookies[SESSION_COOKIE].encode()) in stored
    for secret in (zoe.cookies[SESSION_COOKIE], zoe.cookies[DEVICE_COOKIE], GOOD, "testclient"):
        assert secret.encode() not in stored


def test_without_demo_tokens_none_opens_a_page(house: House) -> None:
    settings = replace(house.bank.settings, demo_tokens=False)
    app = create_app(replace(house.bank, settings=settings), limits=MANY)
    with TestClient(app, base_url=ORIGIN) as client:
        page = read_page(client.get("/sign-in").text)
        assert not page.all("form", action="/sign-in")
        client.cookies.set(session.COOKIE, house.tokens["asha"])
        assert client.get(f"/learners/{session.short(house.learners['asha'].id)}").status_code == 401
        bearer = {"Authorization": f"Bearer {house.tokens['asha']}"}
        assert client.get(f"/v1/awards/{house.made.id}", headers=bearer).status_code == 401
