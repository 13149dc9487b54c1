"""Offers, numbers, deposits and keys on pages, as a browser without JavaScript has them."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from doors import House
from markup import faults_of, read_page
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.services.records import Accepts, Learner
from creditbank_api.web.session import COOKIE

UNIT = samples.ASHA_UNITS[1].achievement


@pytest.fixture
def newcomer(house: House) -> Learner:
    return house.bank.registering.register_learner(name="New <i>Comer</i> (sample)", accepts=Accepts.ASK)


@pytest.fixture
def browser(house: House, newcomer: Learner) -> Iterator[TestClient]:
    with house.client() as client:
        token = house.bank.registering.issue_token(role="learner", subject=newcomer.id, label="newcomer")
        client.cookies.set(COOKIE, token)
        yield client


def at(learner: Learner, rest: str = "") -> str:
    return f"/learners/{learner.id.removeprefix('urn:uuid:')}{rest}"


def seen(browser: TestClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    assert faults_of(read_page(answer.text)) == []
    return answer.text


def send(browser: TestClient, page: str, address: str, **fields: str) -> httpx2.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token is not None
    return browser.post(address, data={"form_token": token[1], **fields}, follow_redirects=False)


def offered(house: House, newcomer: Learner, request: str) -> str:
    house.bank.issuing.issue(
        f"{newcomer.id}:{request}",
        organisation=house.bodies["deccan"].id,
        learner=newcomer.id,
        achievement=UNIT.id,
        version=UNIT.version,
        earned=samples.ASHA_UNITS[1].earned,
    )
    return house.bank.accepting.offers(newcomer.id)[0][0].id.removeprefix("urn:uuid:")


def test_an_offer_is_accepted_or_declined_by_a_form(house: House, newcomer: Learner, browser: TestClient) -> None:
    first, second = offered(house, newcomer, "1"), offered(house, newcomer, "2")
    page = seen(browser, at(newcomer))
    assert page.count(">Accept<") == 2
    assert send(browser, page, at(newcomer, f"/offers/{first}/accept")).status_code == 303
    assert send(browser, page, at(newcomer, f"/offers/{second}/decline"), why="not mine").status_code == 303
    page = seen(browser, at(newcomer))
    assert (page.count(">Accept<"), "not mine" in page, "Accepted" in page) == (0, True, True)
    assert len(house.bank.sharing.account(newcomer.id).lots) == 1
    late = send(browser, page, at(newcomer, f"/offers/{first}/decline"))
    assert late.status_code == 409
    assert faults_of(read_page(late.text)) == []


def test_nobody_acts_on_anothers_page(house: House, newcomer: Learner, browser: TestClient) -> None:
    """Threats 42 and 50: another's page is no page, and a form without its token does nothing."""
    offer = offered(house, newcomer, "1")
    page = seen(browser, at(newcomer))
    asha = house.learners["asha"]
    for address in (at(asha, "/identity"), at(asha, "/nothing")):
        assert browser.get(address).status_code == 404
    assert send(browser, page, at(asha, f"/offers/{offer}/accept")).status_code == 404
    assert browser.post(at(newcomer, f"/offers/{offer}/accept"), data={"form_token": "x"}).status_code == 403
    with house.client() as stranger:
        assert stranger.get(at(newcomer, "/identity")).status_code == 401
    with house.client() as admin:
        admin.cookies.set(COOKIE, house.tokens["admin"])
        assert ">Accept<" not in seen(admin, at(newcomer))
        assert admin.get(at(newcomer, "/identity")).status_code == 404


def test_a_number_is_claimed_and_left_by_forms(house: House, newcomer: Learner, browser: TestClient) -> None:
    deccan, bank = house.bodies["deccan"].id, house.bank
    made = bank.enrolling.enrol(deccan, number=f"page {newcomer.id}", name="N. Comer")
    code = bank.enrolling.code(made.id, by=deccan).code
    page = seen(browser, at(newcomer, "/identity"))
    wrong = send(browser, page, at(newcomer, "/numbers"), code="wrong")
    assert (wrong.status_code, "No enrolment waits for this code" in wrong.text) == (404, True)
    assert send(browser, page, at(newcomer, "/numbers"), code=code).status_code == 303
    page = seen(browser, at(newcomer, "/identity"))
    assert made.number in page
    leave = at(newcomer, f"/numbers/{made.id.removeprefix('urn:uuid:')}/leave")
    assert send(browser, page, leave).status_code == 303
    assert made.number not in seen(browser, at(newcomer, "/identity"))


def test_the_identity_page_brings_credentials_and_hands_keys_out(
    house: House, newcomer: Learner, browser: TestClient
) -> None:
    page = seen(browser, at(newcomer, "/identity"))
    shown = send(browser, page, at(newcomer, "/deposits/challenge"))
    assert (shown.status_code, house.bank.depositing.domain in shown.text) == (200, True)
    refused = send(browser, page, at(newcomer, "/deposits"), signed=house.issued["minjun:" + _slug()].signed.decode())
    assert (refused.status_code, "does not keep" in refused.text) == (403, True)
    assert faults_of(read_page(refused.text)) == []
    assert send(browser, page, at(newcomer, "/accepts"), accepts="automatic").status_code == 303
    with house.bank.store.transaction() as tx:
        assert tx.get_learner(newcomer.id).accepts is Accepts.AUTOMATIC
    short = send(browser, page, at(newcomer, "/keys/export"), did=newcomer.did, passphrase="x")
    assert short.status_code == 422
    given = send(browser, page, at(newcomer, "/keys/export"), did=newcomer.did, passphrase="three words of mine")
    assert (given.status_code, given.headers["content-type"], given.text.count(".")) == (200, "application/jose", 4)
    assert given.headers["cache-control"] == "no-store"
    assert send(browser, page, at(newcomer, "/keys/forget"), did=newcomer.did).status_code == 303
    assert "Its key is with you" in seen(browser, at(newcomer, "/identity"))


def _slug() -> str:
    return samples.ASHA_UNITS[0].achievement.id.rpartition(":")[2]
