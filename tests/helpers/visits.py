"""Looking at pages and sending their forms as a browser without JavaScript does, signed in by a demo token."""

import re
from typing import Any

from doors import House
from markup import faults_of, read_page
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.services.records import IssuedCredential, Learner


def short(id: str) -> str:
    """An id as it stands in the address of a page."""
    return id.removeprefix("urn:uuid:")


def newcomer(house: House, name: str = "New <i>Comer</i>", *, sample: bool = False) -> tuple[Learner, str]:
    """A learner nobody else's test knows, and their token."""
    made = house.bank.registering.register_learner(name=name, sample=sample)
    return made, house.bank.registering.issue_token(role="learner", subject=made.id, label=name)


def unit_of(house: House, learner: Learner, request: str, number: int = 0) -> IssuedCredential:
    """A credential of the Deccan university's for this learner."""
    unit = [unit for unit in samples.ASHA_UNITS if unit.body == "deccan"][number]
    return house.bank.issuing.issue(
        f"{learner.id}:{request}",
        organisation=house.bodies["deccan"].id,
        learner=learner.id,
        achievement=unit.achievement.id,
        version=unit.achievement.version,
        earned=unit.earned,
    )


def seen(browser: TestClient, address: str, status: int = 200) -> str:
    """A page, which an auditor finds nothing wrong with."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    assert faults_of(read_page(answer.text)) == []
    return answer.text


def send(browser: TestClient, page: str, address: str, **fields: Any) -> Any:
    """Send a form that stands on a page, with what it holds by itself; the answer, which is sound if it is a page."""
    (form,) = read_page(page).all("form", action=address)
    held = {
        each.attributes.get("name", ""): each.attributes.get("value", "") for each in form.all("input", type="hidden")
    }
    answer = browser.post(address, data={**held, **fields}, follow_redirects=False)
    if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
        assert faults_of(read_page(answer.text)) == []
    return answer


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def refuses(browser: TestClient, address: str, *, method: str = "GET", status: int = 404) -> None:
    """Whatever is sent, there is nothing here for this visitor; a form without its token does nothing either."""
    answer = browser.request(method, address, data=None if method == "GET" else {"form_token": "x"})
    assert answer.status_code == status, f"{method} {address}: {answer.status_code}"
    assert faults_of(read_page(answer.text)) == []
