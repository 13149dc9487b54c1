"""Signing in through an organisation whose issuer is npm's certified `oidc-provider`, the whole way over HTTP."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from interop_node import HERE, node_program
from mailboxes import fill_in, somewhere
from markup import read_page
from starlette.testclient import TestClient

from creditbank.adapters.people import open_id_connect
from creditbank.adapters.resolver import HttpsExchange, LoopbackExchange
from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.config import Settings
from creditbank.services.federating import Federating, UnusableIssuer
from creditbank.services.records import Role
from creditbank.services.trail import Trail
from creditbank_api.app import create_app
from creditbank_api.web.session import SESSION_COOKIE

pytestmark = [pytest.mark.node, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
AT = "https://bank.sample.example"
RETURN = f"{AT}/sign-in/organisation/return"
CLIENT, SECRET = "bank", "a long secret of a test: with/marks & spaces"


@dataclass
class Campus:
    """A bank, its application, and the university whose people sign in at the issuer."""

    bank: Bank
    app: Any
    university: str
    issuer: str


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = node_program()
    with subprocess.Popen(
        [node, "issuer.mjs", RETURN, CLIENT, SECRET],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Campus]:
    settings = Settings.load({}, tmp_path_factory.mktemp("campus") / "bank")
    init_bank(settings)
    with open_bank(settings) as opened:
        issuers = open_id_connect(LoopbackExchange(), opened.clock)
        federating = Federating(
            opened.door.joining._desk, opened.door.sessions, issuers, opened.vault, Trail(opened.store, opened.clock)
        )
        bank = replace(opened, door=replace(opened.door, federating=federating))
        university = bank.registering.register_organisation(
            name="Sample University", roles={Role.UNIVERSITY}, frameworks=["in-ncrf"], country="IN"
        )
        federating.configure(
            university.id,
            issuer=issuer,
            client=CLIENT,
            secret=SECRET,
            domains=("staff.sample.example",),
            claims={},
        )
        yield Campus(bank, create_app(bank), university.id, issuer)


def signed_in_there(address: str, login: str) -> str:
    """Go through the issuer's own pages as a browser does; the address it sends the browser back to."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False)
        for _ in range(12):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["location"])
                if target.startswith(AT):
                    return target
                answer = browser.get(target, allow_redirects=False)
                continue
            assert answer.status_code == 200, answer.text
            form = re.search(r'action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text)
            assert form is not None
            assert prompt is not None
            data = {"prompt": prompt[1], "login": login, "password": "any"}
            answer = browser.post(urljoin(answer.url, unescape(form[1])), data=data, allow_redirects=False)
    raise AssertionError("the issuer sent the browser nowhere")


def way_out(client: TestClient, path: str, form: str, campus: Campus) -> str:
    page = fill_in(client, path, form, organisation=campus.university)
    assert page.status_code == 200, page.text
    links = [each.attributes["href"] for each in read_page(page.text).all("a", rel="noreferrer")]
    assert links[0].startswith(f"{campus.issuer}/auth?")
    return links[0]


def begun(client: TestClient, campus: Campus, login: str) -> str:
    """The address to which the issuer sends a browser back that began on the page for signing in."""
    return signed_in_there(way_out(client, "/sign-in?next=/account", "/sign-in/organisation/ask", campus), login)


def path_of(address: str) -> str:
    return address.removeprefix(AT)


def test_staff_sign_in_at_their_university_and_are_the_same_person_each_time(campus: Campus) -> None:
    people = set()
    for _ in range(2):
        with somewhere(campus.app, base_url=AT) as client:
            back = begun(client, campus, "kim")
            answer = client.get(path_of(back), follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/account")
            page = client.get("/account").text
            assert "Staff kim" in page
            assert "acts for nobody yet" in page
            secret = client.cookies[f"__Host-{SESSION_COOKIE}"]
            found = campus.bank.door.sessions.find(secret, agent="testclient")
            assert found is not None
            people.add(found.person)
            again = client.get(path_of(back), follow_redirects=False)
            assert again.status_code == 403
    assert len(people) == 1


def test_an_address_that_the_issuer_did_not_verify_lets_nobody_in(campus: Campus) -> None:
    with somewhere(campus.app, base_url=AT) as client:
        back = begun(client, campus, "new")
        answer = client.get(path_of(back))
        assert answer.status_code == 403
        assert "does not let this account of its issuer in" in answer.text


def test_an_answer_is_of_use_in_the_browser_that_asked_alone(campus: Campus) -> None:
    """Threat 50: CSRF at the redirect; and a state that was changed, and an answer without a code."""
    with somewhere(campus.app, base_url=AT) as client, somewhere(campus.app, base_url=AT) as victim:
        back = begun(client, campus, "kim")
        assert victim.get(path_of(back)).status_code == 403
        assert victim.get("/account").status_code == 401
        assert client.get(path_of(back)).status_code == 403  # used up by the attempt
        parts = parse_qs(urlsplit(back).query)
        assert parts["iss"] == [campus.issuer]
        for broken in ("?error=access_denied&state=x", "?code=x&state=x", "", f"?code=x&state={parts['state'][0]}"):
            assert client.get(f"/sign-in/organisation/return{broken}").status_code == 403


def test_a_code_without_its_verifier_is_refused_by_the_issuer(campus: Campus) -> None:
    """RFC 7636: whoever catches a code has nothing; the issuer says no, and so does the bank."""
    with somewhere(campus.app, base_url=AT) as client, somewhere(campus.app, base_url=AT) as thief:
        caught = parse_qs(urlsplit(begun(client, campus, "kim")).query)
        own = parse_qs(urlsplit(way_out(thief, "/sign-in", "/sign-in/organisation/ask", campus)).query)
        mixed = f"/sign-in/organisation/return?code={caught['code'][0]}&state={own['state'][0]}&iss={campus.issuer}"
        assert thief.get(mixed).status_code == 403


def test_the_issuer_is_asked_anew_before_something_sensitive(campus: Campus) -> None:
    with somewhere(campus.app, base_url=AT) as client:
        back = begun(client, campus, "lee")
        client.get(path_of(back))
        address = way_out(client, "/sign-in/again?next=/account", "/sign-in/again/organisation/ask", campus)
        assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
        other = signed_in_there(address, "kim")
        assert client.get(path_of(other)).status_code == 403
        address = way_out(client, "/sign-in/again?next=/account", "/sign-in/again/organisation/ask", campus)
        answer = client.get(path_of(signed_in_there(address, "lee")), follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")


def test_an_issuer_without_tls_is_refused_unless_a_test_allows_it(campus: Campus) -> None:
    """Threat 14: the product's own exchange takes https and public addresses alone."""
    assert not campus.bank.settings.oidc_loopback
    strict = open_id_connect(HttpsExchange(), campus.bank.clock)()
    for issuer in (
        campus.issuer,
        "https://127.0.0.1",
        "https://localhost",
        "http://login.sample.example",
        "file:///etc",
    ):
        with pytest.raises(UnusableIssuer):
            strict.check(issuer)
