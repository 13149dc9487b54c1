"""A person lets a program in, or does not: what the page says, where its form may lead, and what is refused."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from doors import House
from fastapi import FastAPI
from mailboxes import GOOD, fill_in, grow_old, signed_in, somewhere
from markup import faults_of, read_page
from starlette.testclient import TestClient
from visits import seen, send, words

from creditbank.services.rights import BADGES, Scope
from creditbank_api.headers import POLICY
from creditbank_api.web.allowing import PATH, policy_for

BACK = "https://wallet.sample.example/back"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    house.browser()
    assert house.shared is not None
    return house.shared


@pytest.fixture(scope="module")
def wallet(house: House) -> tuple[str, str]:
    """A program that registered itself: its id and its secret."""
    made, secret = house.bank.granting.register(
        label="A <b>wallet</b>", redirects=(BACK, "http://[::1]/in?x=1"), scopes=BADGES
    )
    return made.id.removeprefix("urn:uuid:"), secret


@pytest.fixture
def zoe(house: House, app: FastAPI) -> Iterator[TestClient]:
    with somewhere(app) as browser:
        signed_in(browser, house, f"{secrets.token_hex(6)}@sample.example")
        yield browser


def question(client: str, **other: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": BACK,
        "scope": str(Scope.BADGES_READ),
        "state": "st&te",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{PATH}?{urlencode(asked | other)}"


def answered(house: House, answer: Any) -> dict[str, str]:
    """What the program hears at its address, and from whom (RFC 9207)."""
    assert answer.status_code == 303
    there = answer.headers["location"]
    assert there.startswith(f"{BACK}?")
    told = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert told.pop("iss") == house.bank.settings.base_url, "a program that asks several banks mixes none up"
    return told


def exchange(app: FastAPI, wallet: tuple[str, str], code: str) -> Any:
    with somewhere(app) as program:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return program.post("/oauth/token", data=form, auth=wallet)


def test_a_person_reads_who_asks_for_what_lets_it_in_and_no_more(
    house: House, app: FastAPI, zoe: TestClient, wallet: tuple[str, str]
) -> None:
    page = zoe.get(question(wallet[0]))
    assert page.headers["content-security-policy"] == POLICY.replace("form-action 'self'", f"form-action 'self' {BACK}")
    said = words(page.text)
    assert faults_of(read_page(page.text)) == []
    assert "A &lt;b&gt;wallet&lt;/b&gt;" in page.text
    assert "the bank does not know who runs it" in said
    assert "wallet.sample.example" in said
    assert "Read the credentials in your account" in said
    assert "Bring credentials into your account" not in said, "it did not ask for that"
    told = answered(house, send(zoe, page.text, PATH, answer="allow"))
    assert told["state"] == "st&te"
    given = exchange(app, wallet, told["code"])
    assert (given.status_code, given.json()["scope"]) == (200, str(Scope.BADGES_READ))
    with somewhere(app) as program:
        held = {"Authorization": f"Bearer {given.json()['access_token']}"}
        assert program.get("/ims/ob/v3p0/credentials", headers=held).status_code == 200
        assert program.get("/v1/account/identifiers", headers=held).status_code == 403
        page = seen(zoe, "/account")
        assert "A &lt;b&gt;wallet&lt;/b&gt;" in page
        with somewhere(app) as other:
            signed_in(other, house, "ends-nothing@sample.example")
            assert "wallet.sample.example" not in seen(other, "/account")
            grant = read_page(page).all("form", action="/account/programs/end")[0].all("input")[-1].attributes["value"]
            token = read_page(seen(other, "/account")).all("input", name="form_token")[0].attributes["value"]
            foreign = other.post("/account/programs/end", data={"form_token": token, "id": grant})
            assert foreign.status_code == 404
        assert program.get("/ims/ob/v3p0/credentials", headers=held).status_code == 200
        assert send(zoe, page, "/account/programs/end").status_code == 303
        assert program.get("/ims/ob/v3p0/credentials", headers=held).status_code == 401
        assert "None. A wallet" in seen(zoe, "/account")


def test_a_code_works_once(house: House, app: FastAPI, zoe: TestClient, wallet: tuple[str, str]) -> None:
    told = answered(house, send_raw(zoe, zoe.get(question(wallet[0])).text))
    assert [exchange(app, wallet, told["code"]).status_code for _ in range(2)] == [200, 400]


def test_a_refusal_gives_nothing_and_is_told(house: House, zoe: TestClient, wallet: tuple[str, str]) -> None:
    told = answered(house, send(zoe, zoe.get(question(wallet[0])).text, PATH, answer="refuse"))
    assert told == {"error": "access_denied", "state": "st&te"}
    assert answered(house, send(zoe, zoe.get(question(wallet[0], state="")).text, PATH)) == {"error": "access_denied"}


def test_whoever_is_not_signed_in_comes_back_to_the_question(
    house: House, app: FastAPI, wallet: tuple[str, str]
) -> None:
    with somewhere(app) as browser:
        signed_in(browser, house, "comes-back@sample.example")
        browser.cookies.clear()
        answer = browser.get(question(wallet[0]), follow_redirects=False)
        there = answer.headers["location"]
        assert there.startswith("/sign-in?next=")
        back = fill_in(browser, there, "/sign-in/password", address="comes-back@sample.example", password=GOOD)
        assert back.headers["location"] == question(wallet[0])
        assert "A program asks for access" in seen(browser, back.headers["location"])
        grow_old(house, browser)
        assert "Allow it" in seen(browser, question(wallet[0]))


@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"redirect_uri": f"{BACK}/more"}, {"redirect_uri": ""}])
def test_nobody_is_sent_to_an_address_that_was_not_registered(
    zoe: TestClient, wallet: tuple[str, str], wrong: dict[str, str]
) -> None:
    """RFC 9700, 2.1: neither by the question, nor by a form that was changed on its way."""
    answer = zoe.get(question(wallet[0], **wrong), follow_redirects=False)
    assert (answer.status_code, answer.headers["content-security-policy"]) == (403, POLICY)
    page = zoe.get(question(wallet[0])).text
    for choice in ("allow", "refuse"):
        assert send(zoe, page, PATH, answer=choice, **wrong).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "awards:write"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
    ],
)
def test_a_wrong_question_is_said_here_with_a_link_back(
    zoe: TestClient, wallet: tuple[str, str], wrong: dict[str, str], error: str
) -> None:
    """RFC 6749, 4.1.2.1, and RFC 9700, 4.11.2: the program is told by whoever follows the link; nobody is pushed."""
    answer = zoe.get(question(wallet[0], **wrong), follow_redirects=False)
    assert answer.status_code == 400
    (fault,) = faults_of(read_page(answer.text))
    assert fault.startswith(f"href leads away: {BACK}?error={error}&")
    page = zoe.get(question(wallet[0])).text
    assert send_raw(zoe, page, **wrong).status_code == 400


def send_raw(browser: TestClient, page: str, **changed: str) -> Any:
    (form,) = read_page(page).all("form", action=PATH)
    held = {each.attributes["name"]: each.attributes["value"] for each in form.all("input", type="hidden")}
    return browser.post(PATH, data={**held, "answer": "allow", **changed}, follow_redirects=False)


def test_a_parameter_that_stands_twice_is_refused(zoe: TestClient, wallet: tuple[str, str]) -> None:
    """RFC 6749, 3.1; without a value it is as if it were not there, and takes nothing away from the one that has."""
    for name in ("scope", "state", "client_id"):
        twice = zoe.get(f"{question(wallet[0])}&{name}=x", follow_redirects=False)
        assert twice.status_code == (403 if name == "client_id" else 400)
    page = zoe.get(f"{question(wallet[0])}&scope=").text
    assert [each.attributes["value"] for each in read_page(page).all("input", name="scope")] == [Scope.BADGES_READ]


def test_nobody_lets_a_program_into_anothers_account(
    house: House, app: FastAPI, zoe: TestClient, wallet: tuple[str, str]
) -> None:
    """Threats 42 and 50."""
    page = zoe.get(question(wallet[0])).text
    other = send_raw(zoe, page, learner=house.learners["asha"].id)
    assert (other.status_code, "access_denied" in other.text) == (400, True)
    assert send_raw(zoe, page, form_token="x").status_code == 403
    with house.browser(house.tokens["asha"]) as token:
        assert token.get(question(wallet[0]), follow_redirects=False).status_code == 303, "a demo token is no person"
        assert token.post(PATH, data={"answer": "allow"}).status_code == 401
    with somewhere(app) as nobody:
        assert nobody.post(PATH, data={"answer": "allow"}).status_code == 401


def test_an_address_that_no_policy_can_name_is_reached_by_a_link(zoe: TestClient, wallet: tuple[str, str]) -> None:
    page = zoe.get(question(wallet[0], redirect_uri="http://[::1]/in?x=1"))
    assert page.headers["content-security-policy"] == POLICY
    answer = send_raw(zoe, page.text)
    assert answer.status_code == 200
    assert "http://[::1]/in?x=1&amp;code=" in answer.text
    for address in ("https://*.example/x", "https://a.example;script-src/x"):
        assert policy_for(address) == POLICY
    assert policy_for("https://a.example/x;y,z").endswith("base-uri 'none'; frame-ancestors 'none'")
    assert "https://a.example/x%3By%2Cz;" in policy_for("https://a.example/x;y,z")


def test_a_program_on_the_same_machine_is_answered_at_the_port_that_it_listens_on_today(
    house: House, app: FastAPI, zoe: TestClient
) -> None:
    """RFC 8252, 7.3: the port alone is its own choice, and the code is good with the address that was asked with."""
    made, secret = house.bank.granting.register(label="On a desk", redirects=("http://127.0.0.1/in",), scopes=BADGES)
    wallet, back = (made.id.removeprefix("urn:uuid:"), secret), "http://127.0.0.1:49152/in"
    page = zoe.get(question(wallet[0], redirect_uri=back))
    assert f"form-action 'self' {back};" in page.headers["content-security-policy"]
    there = send_raw(zoe, page.text).headers["location"]
    assert there.startswith(f"{back}?code=")
    form = {"grant_type": "authorization_code", "code": parse_qs(urlsplit(there).query)["code"][0]}
    with somewhere(app) as program:
        for address, status in (("http://127.0.0.1:49153/in", 400), (back, 200)):
            sent = form | {"redirect_uri": address, "code_verifier": VERIFIER}
            assert program.post("/oauth/token", data=sent, auth=wallet).status_code == status
    assert zoe.get(question(wallet[0], redirect_uri="http://localhost:49152/in")).status_code == 403
