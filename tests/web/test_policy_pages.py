"""A body's decisions as a page: what is in force, and what a change would mean before it is adopted."""

from collections.abc import Iterator

import pytest
import yaml
from doors import House
from starlette.testclient import TestClient
from visits import refuses, seen, send, short, words

from creditbank.cli.demo import samples


@pytest.fixture
def registrar(house: House) -> Iterator[TestClient]:
    with house.browser(house.tokens["deccan-registrar"]) as client:
        yield client


def office(house: House, rest: str = "", body: str = "deccan") -> str:
    return f"/organisations/{short(house.bodies[body].id)}/decisions{rest}"


def test_a_registrar_sees_what_a_change_would_mean_and_nothing_of_it_is_kept(
    house: House, registrar: TestClient
) -> None:
    deccan = house.bodies["deccan"]
    page = seen(registrar, office(house))
    adopted = house.bank.deciding.adopted(deccan.id)
    assert all(one.decision.id in page for one in adopted)
    with house.bank.store.transaction() as tx:
        before = [one.id for one in tx.evaluations_of(house.learners["asha"].id)]
    ends = next(one for one in adopted if one.signed.kind == "recognition")
    answer = send(
        registrar, page, office(house, "/simulation"), decision="", ended=f"sha256:{ends.signed.digest.hex()}"
    )
    said = words(answer.text)
    assert answer.status_code == 200
    assert "What would change" in said
    assert "the change bears on" in said
    policy = samples.conversion_policy(deccan.did).model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump({**policy, "id": "another-one"})
    answer = send(registrar, page, office(house, "/simulation"), decision=text)
    assert (answer.status_code, "another-one" in answer.text) == (200, True)
    assert house.bank.deciding.adopted(deccan.id) == adopted
    with house.bank.store.transaction() as tx:
        assert [one.id for one in tx.evaluations_of(house.learners["asha"].id)] == before


def test_what_cannot_be_tried_is_said_on_the_page(house: House, registrar: TestClient) -> None:
    page = seen(registrar, office(house))
    nothing = send(registrar, page, office(house, "/simulation"), decision=" ")
    assert (nothing.status_code, "Nothing is to be tried" in nothing.text) == (422, True)
    broken = send(registrar, page, office(house, "/simulation"), decision="document: <script>")
    assert (broken.status_code in (400, 422), "Nothing was tried" in broken.text) == (True, True)
    assert "<script>" not in broken.text.replace("&lt;script&gt;", "")
    foreign = samples.conversion_policy(house.bodies["thames"].did).model_dump(mode="json", exclude_none=True)
    refused = send(registrar, page, office(house, "/simulation"), decision=yaml.safe_dump(foreign))
    assert (refused.status_code, "in the name of" in refused.text) == (422, True)


def test_only_a_registrar_of_the_body_opens_it(house: House, registrar: TestClient) -> None:
    refuses(registrar, office(house, body="nilgiri"))
    with house.browser(house.tokens["asha"]) as learner:
        refuses(learner, office(house))
    with house.browser() as nobody:
        refuses(nobody, office(house), status=401)
