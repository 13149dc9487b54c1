"""Signing in with a demo token: cookie, form token, and where one is sent (threat 50)."""

import pytest
from doors import ORIGIN, House
from markup import read_page
from starlette.testclient import TestClient

from creditbank_api.web.session import COOKIE, FORM_COOKIE, own_path


def _form(client: TestClient, path: str = "/sign-in") -> dict[str, str]:
    page = read_page(client.get(path).text)
    return {
        each.attributes["name"]: each.attributes.get("value", "")
        for form in page.all("form", action="/sign-in")
        for each in form.all("input")
    }


def _sign_in(client: TestClient, token: str, path: str = "/sign-in", **headers: str) -> object:
    return client.post(
        "/sign-in", data={**_form(client, path), "token": token}, headers=headers, follow_redirects=False
    )


def test_a_learner_signs_in_and_arrives_at_the_account(client: TestClient, house: House) -> None:
    answer = _sign_in(client, house.tokens["asha"])
    assert answer.status_code == 303  # type: ignore[attr-defined]
    at = answer.headers["location"]  # type: ignore[attr-defined]
    assert at == f"/learners/{house.learners['asha'].id.removeprefix('urn:uuid:')}"
    page = client.get(at)
    assert page.status_code == 200
    assert "Sign out" in page.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient, house: House) -> None:
    answer = _sign_in(client, house.tokens["asha"])
    cookie = next(
        value
        for name, value in answer.headers.multi_items()  # type: ignore[attr-defined]
        if name == "set-cookie" and value.startswith(COOKIE)
    )
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_the_token_never_stands_in_a_page_or_an_address(client: TestClient, house: House) -> None:
    """Threat 46."""
    answer = _sign_in(client, house.tokens["asha"])
    at = answer.headers["location"]  # type: ignore[attr-defined]
    assert house.tokens["asha"] not in at
    assert house.tokens["asha"] not in client.get(at).text


def test_a_wrong_token_is_told_so_beside_the_field(client: TestClient) -> None:
    answer = _sign_in(client, "cbk_wrong")
    assert answer.status_code == 401  # type: ignore[attr-defined]
    page = read_page(answer.text)  # type: ignore[attr-defined]
    assert page.all("div", class_="error-summary")[0].all("a", href="#token")
    assert page.all("input", id="token")[0].attributes["aria-invalid"] == "true"
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("given", ["", "x", "cbk_"])
def test_a_form_that_was_not_filled_in_here_is_refused(client: TestClient, house: House, given: str) -> None:
    client.get("/sign-in")
    data = {"form_token": given, "token": house.tokens["asha"], "next": "/"}
    assert client.post("/sign-in", data=data).status_code == 403
    assert COOKIE not in client.cookies


def test_a_form_token_without_its_cookie_is_refused(client: TestClient, house: House) -> None:
    form = _form(client)
    client.cookies.clear()
    assert client.post("/sign-in", data={**form, "token": house.tokens["asha"]}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_another_site_is_refused(client: TestClient, house: House, headers: dict[str, str]) -> None:
    answer = _sign_in(client, house.tokens["asha"], **headers)
    assert answer.status_code == 403  # type: ignore[attr-defined]


def test_a_form_from_this_site_is_taken(client: TestClient, house: House) -> None:
    answer = _sign_in(client, house.tokens["asha"], **{"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303  # type: ignore[attr-defined]


def test_a_new_form_token_is_made_each_time(client: TestClient) -> None:
    first, second = _form(client)["form_token"], _form(client)["form_token"]
    assert first != second
    assert client.cookies[FORM_COOKIE] == second


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "evil",
        "/\nevil",
        "/a\\b",
    ],
)
def test_nobody_is_sent_elsewhere(client: TestClient, house: House, target: str) -> None:
    """Threat 50: open redirects."""
    assert own_path(target) == "/"
    data = {**_form(client), "token": house.tokens["asha"], "next": target}
    answer = client.post("/sign-in", data=data, follow_redirects=False)
    assert answer.headers["location"].startswith("/learners/")


def test_one_is_sent_back_to_where_one_came_from(client: TestClient, house: House) -> None:
    answer = _sign_in(client, house.tokens["asha"], "/sign-in?next=/demo")
    assert answer.headers["location"] == "/demo"  # type: ignore[attr-defined]


def test_signing_out_forgets_the_token_and_cannot_be_forged(client: TestClient, house: House) -> None:
    _sign_in(client, house.tokens["asha"])
    assert client.post("/sign-out", data={"form_token": "forged"}).status_code == 403
    assert COOKIE in client.cookies
    page = read_page(client.get("/").text)
    (form,) = page.all("form", action="/sign-out")
    token = form.all("input")[0].attributes["value"]
    assert client.post("/sign-out", data={"form_token": token}, follow_redirects=False).status_code == 303
    assert COOKIE not in client.cookies


def test_a_token_that_ended_ends_the_session(client: TestClient, house: House) -> None:
    token = house.bank.registering.issue_token(
        role="learner", subject=house.learners["asha"].id, label="short", expires=house.bank.clock.now()
    )
    client.cookies.set(COOKIE, token)
    assert client.get(f"/learners/{house.learners['asha'].id}").status_code == 401
