"""Passkeys on pages, with an authenticator in software: the whole way through forms, and what is refused on it."""

import re
import uuid
from collections.abc import Iterator
from html import unescape

import pytest
from doors import MANY, House
from fastapi import FastAPI
from mailboxes import fields_of, fill_in, signed_in, somewhere
from markup import faults_of, read_page
from soft_authenticator import SoftAuthenticator
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.web.session import FORM_COOKIE, SESSION_COOKIE, signed_form_token

AT = "https://bank.sample.example"


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    return create_app(house.bank, limits=MANY)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with somewhere(app, base_url=AT) as client:
        yield client


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator(AT)


def asked(client: TestClient, path: str, action: str, **typed: str) -> tuple[str, dict[str, str], str]:
    """Ask for a passkey: the options, the fields of the form that takes the answer, and where it goes."""
    page = fill_in(client, path, action, **typed)
    assert page.status_code == 200, page.text
    tree = read_page(page.text)
    assert faults_of(tree) == []
    (form,) = tree.all("form", data_passkey="get") + tree.all("form", data_passkey="create")
    fields = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    return unescape(form.attributes["data-options"]), fields, form.attributes["action"]


def test_an_account_is_opened_and_entered_with_nothing_but_a_passkey(
    client: TestClient, app: FastAPI, device: SoftAuthenticator
) -> None:
    options, fields, action = asked(client, "/sign-up", "/sign-up/passkey/ask", name="Zoe Sample")
    answer = client.post(action, data={**fields, "answer": device.make(options)}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Zoe Sample" in client.get("/account").text
    with somewhere(app, base_url=AT) as other:
        options, fields, action = asked(other, "/sign-in?next=/account", "/sign-in/passkey/ask")
        answer = other.post(action, data={**fields, "answer": device.show(options)}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert "Zoe Sample" in other.get("/account").text
        options, fields, action = asked(other, "/sign-in/again", "/sign-in/again/passkey/ask")
        before = other.cookies[f"__Host-{SESSION_COOKIE}"]
        answer = other.post(action, data={**fields, "answer": device.show(options)}, follow_redirects=False)
        assert answer.status_code == 303
        assert other.cookies[f"__Host-{SESSION_COOKIE}"] != before


def test_a_passkey_is_added_under_its_label(client: TestClient, device: SoftAuthenticator) -> None:
    options, fields, action = asked(client, "/sign-up", "/sign-up/passkey/ask", name="Zoe Sample")
    client.post(action, data={**fields, "answer": device.make(options)})
    second = SoftAuthenticator(AT)
    options, fields, action = asked(client, "/account", "/account/passkeys/ask", label="Security key <b>")
    answer = client.post(action, data={**fields, "answer": second.make(options)}, follow_redirects=False)
    assert answer.status_code == 303
    page = client.get("/account").text
    assert "Security key &lt;b&gt;" in page


def test_a_wrong_answer_is_told_on_the_page_it_came_from(client: TestClient, device: SoftAuthenticator) -> None:
    options, fields, action = asked(client, "/sign-up", "/sign-up/passkey/ask", name="Zoe Sample")
    lie = client.post(action, data={**fields, "answer": device.make(options, origin="https://evil.example")})
    assert lie.status_code == 403
    assert faults_of(read_page(lie.text)) == []
    options, fields, action = asked(client, "/sign-in", "/sign-in/passkey/ask")
    nonsense = client.post(action, data={**fields, "answer": "{}"})
    assert nonsense.status_code == 403
    assert read_page(nonsense.text).all("div", class_="error-summary")[0].all("a", href="#passkey")
    assert faults_of(read_page(nonsense.text)) == []


@pytest.mark.parametrize(
    "form",
    ["/sign-in/passkey/ask", "/sign-in/passkey", "/sign-up/passkey/ask", "/sign-up/passkey"],
)
def test_no_form_of_a_passkey_can_be_forged_before_sign_in(client: TestClient, form: str) -> None:
    """Threat 50: CSRF."""
    client.get("/sign-in")
    assert client.cookies[f"__Host-{FORM_COOKIE}"]
    assert client.post(form, data={"form_token": "x"}).status_code == 403


@pytest.mark.parametrize(
    "form", ["/sign-in/again/passkey/ask", "/sign-in/again/passkey", "/account/passkeys/ask", "/account/passkeys"]
)
def test_no_form_of_a_passkey_can_be_forged_after_sign_in(app: FastAPI, house: House, form: str) -> None:
    """Threat 50: CSRF; and without a sign-in there is nothing to do."""
    with somewhere(app) as client:
        assert client.post(form, data={"form_token": ""}).status_code == 401
        signed_in(client, house, f"{uuid.uuid4().hex[:12]}@sample.example")
        assert client.post(form, data={"form_token": "x"}).status_code == 403


def test_an_address_that_is_a_number_has_no_passkeys_and_says_where_there_are(app: FastAPI, house: House) -> None:
    with somewhere(app) as client:
        told = fill_in(client, "/sign-in", "/sign-in/passkey/ask")
        assert told.status_code == 422
        assert "http://localhost" in told.text
        signed_in(client, house, f"{uuid.uuid4().hex[:12]}@sample.example")
        told = fill_in(client, "/account", "/account/passkeys/ask")
        assert told.status_code == 422
        assert faults_of(read_page(told.text)) == []


def test_the_policy_lets_no_script_fetch_anything(client: TestClient) -> None:
    """Threat 48: the question stands in the page, so that the island needs no connection."""
    policy = client.get("/sign-in").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    script = client.get("/static/passkey.js").text
    assert not re.search(r"\bfetch\(|XMLHttpRequest|eval\(|innerHTML", script)


def test_a_session_token_of_another_account_adds_no_passkey(app: FastAPI, house: House) -> None:
    """Threat 42: a question of one account answered in another's session."""
    device = SoftAuthenticator("http://localhost")
    with somewhere(app, base_url="http://localhost") as one, somewhere(app, base_url="http://localhost") as two:
        for client in (one, two):
            options, fields, action = asked(client, "/sign-up", "/sign-up/passkey/ask", name="Zoe")
            own = SoftAuthenticator("http://localhost")
            assert (
                client.post(action, data={**fields, "answer": own.make(options)}, follow_redirects=False).status_code
                == 303
            )
        options, fields, action = asked(one, "/account", "/account/passkeys/ask")
        theirs = signed_form_token(two.cookies[SESSION_COOKIE])
        answer = two.post(action, data={**fields, "form_token": theirs, "answer": device.make(options)})
        assert answer.status_code == 403
        assert fields_of(two, "/account", "/account/name")["name"] == "Zoe"
