"""Applications on pages: what one agrees to, what the university sees and answers, and who may do neither."""

import json
from collections.abc import Iterator

import pytest
from doors import CERTIFICATE, House
from starlette.testclient import TestClient
from visits import newcomer, refuses, seen, send, short, words

from creditbank.cli.demo import samples
from creditbank.services.listing_ports import Page
from creditbank.services.records import Learner
from creditbank.services.standing_records import ApplicationState

LADDER = "Undergraduate Certificate"


@pytest.fixture(scope="module")
def learner(house: House) -> tuple[Learner, str]:
    made, token = newcomer(house)
    for number, unit in enumerate(samples.ASHA_UNITS[:2]):
        house.bank.issuing.issue(
            f"{made.id}:{number}",
            organisation=house.bodies[unit.body].id,
            learner=made.id,
            achievement=unit.achievement.id,
            version=unit.achievement.version,
            earned=unit.earned,
        )
    return made, token


@pytest.fixture
def browser(house: House, learner: tuple[Learner, str]) -> Iterator[TestClient]:
    with house.browser(learner[1]) as client:
        yield client


@pytest.fixture
def registrar(house: House) -> Iterator[TestClient]:
    with house.browser(house.tokens["deccan-registrar"]) as client:
        yield client


def applied(house: House, learner: Learner, request: str, body: str = "deccan") -> str:
    made = house.bank.applying.submit(
        request, learner=learner.id, organisation=house.bodies[body].id, qualification=CERTIFICATE
    )
    return short(made.id)


def at(learner: Learner, rest: str = "") -> str:
    return f"/learners/{short(learner.id)}/applications{rest}"


def office(house: House, rest: str = "", body: str = "deccan") -> str:
    return f"/organisations/{short(house.bodies[body].id)}{rest}"


def withdrawn(house: House, learner: Learner) -> None:
    """Leave nothing open behind that would be in another test's way."""
    for one in house.bank.applying.of(learner.id):
        if one.state in (ApplicationState.SUBMITTED, ApplicationState.MORE_WANTED):
            house.bank.applying.withdraw(one.id, by=learner.id, reason="end of a test")


def test_one_reads_what_one_agrees_to_then_applies_once_and_withdraws(
    house: House, learner: tuple[Learner, str], browser: TestClient
) -> None:
    made = learner[0]
    page = seen(browser, at(made))
    assert LADDER in page
    page = seen(browser, at(made, f"/new?organisation={short(house.bodies['deccan'].id)}&qualification={CERTIFICATE}"))
    said = words(page)
    assert "A spent credit counts for no other award" in said
    assert "Your name, your identifier, and 2 credentials" in said
    assert f"The bank signs the application for you with the key of {made.did}" in said
    refused = send(browser, page, at(made))
    assert (refused.status_code, "Your application was not sent" in refused.text) == (422, True)
    assert 'aria-describedby=" agree-fault"' in refused.text
    assert house.bank.applying.of(made.id) == []
    answers = [send(browser, page, at(made), agree="yes") for _ in range(2)]
    (there, again) = [answer.headers["location"] for answer in answers]
    assert there == again
    (one,) = house.bank.applying.of(made.id)
    assert one.signed is not None
    page = seen(browser, there)
    assert "Your key signed it" in page
    assert send(browser, page, f"{there}/withdrawal", reason="I <b>changed</b> my mind").status_code == 303
    page = seen(browser, there)
    assert "I &lt;b&gt;changed&lt;/b&gt; my mind" in page
    assert f"{there}/withdrawal" not in page
    assert house.bank.applying.get(one.id, subject=made.id).state is ApplicationState.WITHDRAWN


def test_an_open_application_stands_in_the_way_of_another_and_the_page_says_so(
    house: House, learner: tuple[Learner, str], browser: TestClient
) -> None:
    made = learner[0]
    applied(house, made, "pages:open")
    page = seen(browser, at(made, f"/new?organisation={short(house.bodies['deccan'].id)}&qualification={CERTIFICATE}"))
    refused = send(browser, page, at(made), agree="yes")
    assert (refused.status_code, "withdraw it first" in refused.text) == (409, True)
    withdrawn(house, made)


def test_only_what_the_sum_counts_goes_with_the_application(house: House) -> None:
    asha, evaluation = house.learners["asha"], house.evaluations[-1]
    with house.browser(house.tokens["asha"]) as browser:
        page = words(seen(browser, at(asha, f"/new?evaluation={short(evaluation.id)}")))
    assert "and 10 credentials" in page
    assert "The digital state" not in page
    made = house.bank.applying.submit(
        "pages:counted",
        learner=asha.id,
        organisation=house.bodies["deccan"].id,
        qualification=CERTIFICATE,
        evaluation=evaluation.id,
    )
    assert made.signed is not None
    shown = json.loads(made.signed)["verifiableCredential"]
    assert len(shown) == 10
    withdrawn(house, asha)
    with house.browser(house.tokens["minjun"]) as browser:
        refuses(browser, at(house.learners["minjun"], f"/new?evaluation={short(evaluation.id)}"))


def test_a_learner_whose_key_is_in_a_wallet_is_told_what_to_sign(
    house: House, learner: tuple[Learner, str], browser: TestClient
) -> None:
    other, token = newcomer(house, "With a wallet")
    house.bank.holding.forget(other.id, other.did)
    with house.browser(token) as own:
        path = f"/new?organisation={short(house.bodies['deccan'].id)}&qualification={CERTIFICATE}"
        page = seen(own, at(other, path))
        challenge = house.bank.applying.challenge(other.id, house.bodies["deccan"].id, CERTIFICATE, None)
        assert challenge in page
        assert house.bodies["deccan"].did in page
        refused = send(own, page, at(other), agree="yes", presentation="{}")
        assert (refused.status_code, 'id="presentation-fault"' in refused.text) == (403, True)


def test_a_university_weighs_asks_for_more_and_reads_the_answer(
    house: House, learner: tuple[Learner, str], browser: TestClient, registrar: TestClient
) -> None:
    made = learner[0]
    id = applied(house, made, "pages:more")
    assert "Waiting" in seen(registrar, office(house, "/applications"))
    there = office(house, f"/applications/{id}")
    page = seen(registrar, there)
    assert "New &lt;i&gt;Comer&lt;/i&gt;" in page
    assert "Make the award" not in page
    assert send(registrar, page, f"{there}/weighing").status_code == 303
    page = seen(registrar, there)
    assert "Weigh again" in page
    assert "Not yet" in page
    assert "Make the award" not in page, "it does not add up"
    refused = send(registrar, page, f"{there}/answer", answer="more-wanted", reason=" ")
    assert (refused.status_code, 'id="reason-fault"' in refused.text) == (422, True)
    assert send(registrar, page, f"{there}/answer", answer="more-wanted", reason="Bring <more>").status_code == 303
    page = seen(browser, at(made, f"/{id}"))
    assert "Bring &lt;more&gt;" in page
    assert send(browser, page, at(made, f"/{id}/addition"), reason="").status_code == 422
    assert send(browser, page, at(made, f"/{id}/addition"), reason="Here it is").status_code == 303
    page = seen(registrar, there)
    assert "Here it is" in page
    assert send(registrar, page, f"{there}/answer", answer="declined", reason="Too little").status_code == 303
    page = seen(registrar, there)
    assert f"{there}/answer" not in page
    assert "Too little" in seen(browser, at(made, f"/{id}"))


def test_an_award_is_made_from_the_page_once(house: House, registrar: TestClient) -> None:
    """What it spends stands on the page before; what is not weighed for the application makes nothing."""
    made, token = newcomer(house, "Awarded")
    for number, unit in enumerate(samples.ASHA_UNITS):
        house.bank.issuing.issue(
            f"{made.id}:{number}",
            organisation=house.bodies[unit.body].id,
            learner=made.id,
            achievement=unit.achievement.id,
            version=unit.achievement.version,
            earned=unit.earned,
        )
    house.bank.anchoring.seal()
    house.bank.anchoring.settle()
    id = applied(house, made, "pages:award")
    there = office(house, f"/applications/{id}")
    page = seen(registrar, there)
    send(registrar, page, f"{there}/weighing")
    page = seen(registrar, there)
    assert "These credits are spent on it" in page
    foreign = send(registrar, page, f"{there}/award", evaluation=short(house.evaluations[-1].id))
    assert (foreign.status_code, "Nothing was changed" in foreign.text) == (422, True)
    answers = [send(registrar, page, f"{there}/award").headers["location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert "Awarded" in seen(registrar, answers[0])
    body = house.bodies["deccan"].id
    with house.bank.store.transaction() as tx:
        asked = [one for _, one in tx.list_asked(Page(4), body)]
    sent = [(one.asked.what, one.asked.actor[:7], one.made and short(one.made)) for one in asked]
    award = answers[0].rpartition("/")[2]
    assert sent[:2] == [(f"form {there}/award", sent[0][1], award)] * 2, "who made it, by whichever of two forms"
    assert sent[3][0] == f"form {there}/weighing"
    page = seen(registrar, there)
    assert f"{there}/award" not in page
    assert f"{there}/weighing" not in page
    with house.browser(token) as own:
        assert "See the award" in seen(own, at(made, f"/{id}"))


def test_applications_are_their_learners_and_their_universitys_alone(
    house: House, learner: tuple[Learner, str], browser: TestClient
) -> None:
    """Threats 42 and 50: another's is no page, and a form without its token does nothing."""
    made = learner[0]
    id = applied(house, made, "pages:foreign")
    for who in ("asha", "nilgiri-registrar", "deccan"):
        with house.browser(house.tokens[who]) as other:
            refuses(other, at(made))
            refuses(other, at(made, f"/{id}"))
            refuses(other, at(made, f"/{id}/withdrawal"), method="POST")
    with house.browser(house.tokens["asha"]) as other:
        refuses(other, at(house.learners["asha"], f"/{id}"))
    with house.browser(house.tokens["nilgiri-registrar"]) as other:
        refuses(other, office(house, f"/applications/{id}"))
        refuses(other, office(house, f"/applications/{id}", "nilgiri"))
        for step in ("weighing", "answer", "award"):
            refuses(other, office(house, f"/applications/{id}/{step}"), method="POST")
    with house.browser(house.tokens["deccan"]) as provider:
        refuses(provider, office(house, f"/applications/{id}"), status=403)
    refuses(browser, at(made, f"/{id}/withdrawal"), method="POST", status=403)
    with house.browser() as nobody:
        refuses(nobody, at(made), status=401)
        refuses(nobody, office(house, "/applications"), status=401)
    withdrawn(house, made)
