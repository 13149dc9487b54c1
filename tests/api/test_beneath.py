"""A bank beneath a path of its host: pages, redirects, lists and mails lead to where the browser reaches it."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from doors import MANY, House, build_house
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from markup import read_page
from starlette.requests import Request
from starlette.testclient import TestClient

from creditbank_api.app import create_app
from creditbank_api.beneath import Beneath
from creditbank_api.web import session

HOST, PATH = "https://bank.sample.example", "/credit"


@pytest.fixture(scope="module")
def beneath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = build_house(tmp_path_factory.mktemp("beneath") / "bank", CREDITBANK_BASE_URL=HOST + PATH)
    yield house
    house.bank.close()


@pytest.fixture
def browser(beneath: House) -> Iterator[TestClient]:
    app = create_app(beneath.bank, limits=MANY)
    with TestClient(app, base_url=HOST, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def _places(text: str) -> list[str]:
    """Everything on a page that leads within the host."""
    tree = read_page(text)
    found = [each.attributes.get(name) or "" for each in tree.walk() for name in ("href", "action", "src")]
    return [one for one in found if one.startswith("/")]


@pytest.mark.parametrize("page", ["", "/", "/sign-in", "/transparency", "/demo", "/problems", "/nothing-here"])
def test_every_link_of_a_page_leads_beneath_the_path(browser: TestClient, page: str) -> None:
    places = _places(browser.get(PATH + page).text)
    assert places
    assert [one for one in places if not one.startswith(f"{PATH}/")] == []
    assert browser.get(next(one for one in places if "/static/" in one)).status_code == 200


def test_a_proxy_that_takes_the_path_away_is_served_too(browser: TestClient) -> None:
    assert all(one.startswith(f"{PATH}/") for one in _places(browser.get("/sign-in").text))


def test_on_this_machine_links_go_where_it_was_asked(beneath: House) -> None:
    app = create_app(beneath.bank, limits=MANY)
    with TestClient(app, base_url="http://127.0.0.1:8413") as client:
        assert not any(one.startswith(PATH) for one in _places(client.get("/sign-in").text))
        assert all(one.startswith(f"{PATH}/") for one in _places(client.get(f"{PATH}/sign-in").text))


def test_signing_in_leads_to_a_page_that_there_is(browser: TestClient, beneath: House) -> None:
    form = browser.get(f"{PATH}/sign-in")
    token = re.search(r'name="form_token" value="([^"]+)"', form.text)
    assert token is not None
    given = {"form_token": token[1], "token": beneath.tokens["asha"]}
    answer = browser.post(f"{PATH}/sign-in", data=given)
    assert (answer.status_code, answer.headers["location"].startswith(f"{PATH}/")) == (303, True), answer.text
    assert browser.get(answer.headers["location"]).status_code == 200


def test_a_list_of_the_api_is_leafed_through_beneath_the_path(browser: TestClient) -> None:
    first = browser.get(f"{PATH}/v1/organisations?limit=1")
    assert first.status_code == 200
    link = re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["link"])
    assert link is not None
    assert link[1].startswith(f"{PATH}/v1/organisations?")
    assert browser.get(link[1]).json()["items"] != first.json()["items"]


@pytest.mark.parametrize("asked", ["/v1/no-such-thing", "/v1/credentials", "/v1/organisations?cursor=x"])
def test_a_problem_leads_to_the_page_that_explains_it(browser: TestClient, asked: str) -> None:
    answer = browser.get(PATH + asked)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["instance"] == PATH + asked.partition("?")[0]
    assert told["type"].startswith(f"{PATH}/problems/")
    assert browser.get(told["type"]).status_code == 200


def test_one_request_is_one_beneath_the_path_and_without_it(browser: TestClient, beneath: House) -> None:
    headers = {**beneath.bearer("deccan"), "Idempotency-Key": str(uuid.uuid4())}
    asked: dict[str, Any] = {"url": "https://lms.example/events"}
    first, again = (browser.post(f"{path}/v1/webhooks", json=asked, headers=headers) for path in (PATH, ""))
    assert first.status_code == 201, first.text
    assert again.headers["idempotency-replayed"] == "true"
    assert (first.headers["location"].startswith(f"{PATH}/v1/"), first.json()["id"]) == (True, again.json()["id"])


def test_what_only_begins_like_the_path_is_not_beneath_it(browser: TestClient) -> None:
    assert browser.get(f"{PATH}x/sign-in").status_code == 404
    assert browser.get(f"{PATH}{PATH}/sign-in").status_code == 404


def test_somebodys_text_is_no_link(browser: TestClient, beneath: House) -> None:
    name = 'A href="/x" src="/y'
    made = beneath.bank.registering.register_learner(name=name, sample=True)
    beneath.bank.registering.register_learner(name="another", sample=True)
    page = browser.get(f"{PATH}/demo").text
    assert "href=&#34;/x&#34;" in page
    assert f"{PATH}/x" not in page
    assert made.name == name


def test_mails_and_codes_lead_beneath_the_path(beneath: House) -> None:
    """Threat 50: also where a request brought another host along."""
    app = FastAPI()
    app.state.bank = beneath.bank
    for host in ("bank.sample.example", "evil.example"):
        headers = [(b"host", host.encode())]
        scope = {"type": "http", "scheme": "https", "server": ("x", 443), "path": "/", "query_string": b"", "app": app}
        site = session.site_of(Request({**scope, "headers": headers}))
        assert (site.origin, site.base, site.secure) == (HOST, HOST + PATH, True)


def test_the_description_says_where_the_api_stands(browser: TestClient) -> None:
    assert browser.get(f"{PATH}/openapi.json").json()["servers"] == [{"url": PATH}]


@pytest.mark.parametrize(
    ("asked", "there"), [("/sign-in/", "/sign-in"), ("/v1/organisations/?limit=1", "/v1/organisations")]
)
def test_a_slash_too_many_leads_beneath_the_path(browser: TestClient, asked: str, there: str) -> None:
    answer = browser.get(PATH + asked)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (307, HOST + PATH + there)
    assert browser.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("/a", f"{PATH}/a"),
        (f"{HOST}/a", f"{HOST}{PATH}/a"),
        (f"{HOST}{PATH}/a", f"{HOST}{PATH}/a"),
        ("//evil.example/a", "//evil.example/a"),
        (f"{HOST}//evil.example", f"{HOST}//evil.example"),
        (f"{HOST}.evil.example/a", f"{HOST}.evil.example/a"),
        ("https://elsewhere.example/a", "https://elsewhere.example/a"),
    ],
)
def test_a_redirect_leads_beneath_the_path_or_where_it_led(to: str, leads: str) -> None:
    app = Beneath(RedirectResponse(to), HOST + PATH)
    client = TestClient(app, base_url=HOST, follow_redirects=False)
    assert client.get(f"{PATH}/x").headers["location"] == leads
