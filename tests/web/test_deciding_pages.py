"""Applications as a list in parts, and one answer to several: reviewed first, each by itself, none of another's."""

import re
from collections.abc import Iterator

import pytest
from doors import CERTIFICATE, House
from starlette.testclient import TestClient
from visits import newcomer, refuses, seen, send, short, words

from creditbank.services.records import Role
from creditbank.services.standing_records import ApplicationState
from creditbank_api.web import deciding


@pytest.fixture(scope="module")
def university(house: House) -> str:
    """A university of its own for these tests, so that nobody else's applications stand in its list."""
    made = house.bank.registering.register_organisation(
        name="Sample University of Lists", roles={Role.UNIVERSITY}, frameworks=(), country="IN", sample=True
    )
    house.tokens["lists"] = house.bank.registering.issue_token(role="registrar", subject=made.id, label="lists")
    return made.id


@pytest.fixture
def registrar(house: House, university: str) -> Iterator[TestClient]:
    with house.browser(house.tokens["lists"]) as client:
        yield client


def applied(house: House, university: str, name: str) -> str:
    learner, _ = newcomer(house, name)
    made = house.bank.applying.submit(name, learner=learner.id, organisation=university, qualification=CERTIFICATE)
    return made.id


def state(house: House, university: str, id: str) -> ApplicationState:
    return house.bank.applying.get(id, subject=university).state


def test_several_are_answered_after_a_review_and_each_has_its_own_outcome(
    house: House, university: str, registrar: TestClient
) -> None:
    first, second, third = (applied(house, university, f"Deciding {number}") for number in range(3))
    at = f"/organisations/{short(university)}/applications"
    page = seen(registrar, at)
    assert page.index("Deciding 0") < page.index("Deciding 2"), "the oldest first"
    assert "Not weighed yet" in page
    several = f"{at}/answers"
    for missing in (
        {"answer": "accepted", "reason": "Well done."},
        {"applications": [short(first)], "answer": "accepted", "reason": " "},
        {"applications": [short(first)], "answer": "awarded", "reason": "x"},
    ):
        refused = send(registrar, page, several, **missing)
        assert (refused.status_code, "Nobody was answered" in refused.text) == (422, True)
    wanted = {"applications": [short(first), short(second)], "answer": "declined", "reason": "Too <few> credits."}
    review = send(registrar, page, several, **wanted)
    assert review.status_code == 200
    assert "Deciding 0" in review.text
    assert "Deciding 2" not in review.text
    assert "Too &lt;few&gt; credits." in review.text
    assert state(house, university, first) is ApplicationState.SUBMITTED, "nobody is told before it was read"
    house.bank.applying.decide(second, ApplicationState.ACCEPTED, by=university, reason="Meanwhile.")
    confirmed = {"applications": [short(first), short(second)]}
    done = words(send(registrar, review.text, several, **confirmed).text)
    assert "Not answered" in done
    assert "accepted by now" in done
    assert [state(house, university, one) for one in (first, second, third)] == [
        ApplicationState.DECLINED,
        ApplicationState.ACCEPTED,
        ApplicationState.SUBMITTED,
    ]
    again = words(send(registrar, review.text, several, **confirmed).text)
    assert again.count("Not answered") == 2
    assert len(house.bank.applying.history(first)) == 2, "told once"
    answered = seen(registrar, f"{at}?answered=yes")
    assert "Deciding 0" in answered
    assert "Deciding 2" not in answered


def test_an_acceptance_of_what_was_not_weighed_says_so_before(
    house: House, university: str, registrar: TestClient
) -> None:
    at = f"/organisations/{short(university)}/applications"
    wanted = short(applied(house, university, "Unweighed"))
    page = seen(registrar, at)
    review = send(registrar, page, f"{at}/answers", applications=[wanted], answer="accepted", reason="Good.")
    assert "1 application of these was not weighed" in words(review.text)


def test_who_has_the_award_is_not_invited_to_apply_for_it_again(house: House) -> None:
    asha = house.learners["asha"]
    with house.browser(house.tokens["asha"]) as client:
        page = seen(client, f"/learners/{short(asha.id)}/applications")
    deccans = [short(one.id) for one in house.evaluations if one.qualification == house.made.qualification]
    assert deccans
    assert all(f"evaluation={one}" not in page for one in deccans)


def test_an_application_to_another_university_is_one_that_there_is_not(
    house: House, university: str, registrar: TestClient
) -> None:
    own, foreign = applied(house, university, "Own"), applied(house, house.bodies["nilgiri"].id, "Foreign")
    at = f"/organisations/{short(university)}/applications"
    page = seen(registrar, at)
    for read in ("", "yes"):
        for other in (short(foreign), "00000000-0000-4000-8000-000000000000"):
            wanted = {"applications": [short(own), other], "answer": "declined", "reason": "x", "read": read}
            assert send(registrar, page, f"{at}/answers", **wanted).status_code == 404
    assert state(house, university, own) is ApplicationState.SUBMITTED, "all or nothing is answered then: nothing"
    refuses(registrar, f"{at}/answers", method="POST", status=403)
    with house.browser(house.tokens["nilgiri-registrar"]) as other_body:
        refuses(other_body, f"{at}/answers", method="POST")


def test_what_waits_is_leafed_through_from_the_oldest_on(
    house: House, university: str, registrar: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        applied(house, university, f"Leafing {number}")
    monkeypatch.setattr(deciding, "LISTED", 2)
    there: str | None = f"/organisations/{short(university)}/applications"
    shown: list[str] = []
    pages = 0
    while there:
        page = seen(registrar, there)
        pages += 1
        shown += re.findall(r'name="applications" value="([^"]+)"', page)
        there = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), "").replace("&amp;", "&")
    with house.bank.store.transaction() as tx:
        waiting = [one for one in tx.applications_of(university)[::-1] if one.state in deciding.OPEN]
    assert shown == [short(one.id) for one in waiting]
    assert pages == -(-len(waiting) // 2)
