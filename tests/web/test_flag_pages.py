"""Awards in question on pages: the learner speaks once, the university decides as its policy allows, nobody else."""

import re
from pathlib import Path

import pytest
from doors import House
from visits import newcomer, refuses, seen, send, short, unit_of, words

from creditbank.services.records import Learner
from creditbank.services.standing_records import FlagPolicy, FlagState
from creditbank.services.webhooks import EVENTS
from creditbank.units import Credits
from creditbank_api.web.notices import TO_BODIES, TO_LEARNERS

SERVICES = Path(__file__).parents[2] / "src" / "creditbank" / "services"


@pytest.fixture
def fallen(house: House) -> tuple[Learner, str, str]:
    """A learner of whose award, made elsewhere, a credential was revoked; their token; the flag."""
    learner, token = newcomer(house, "Fallen")
    issued = unit_of(house, learner, "fallen")
    with house.bank.store.transaction() as tx:
        lot = tx.lot_opened_by(issued.id)
    assert lot is not None
    deccan = house.bodies["deccan"].id
    house.bank.redeeming.redeem(f"{learner.id}", lot=lot.id, amount=Credits.parse("1"), award=learner.id, by=deccan)
    house.bank.issuing.revoke(issued.id, by=deccan, reason="copied <b>work</b>")
    return learner, token, short(house.bank.flagging.of(learner.id)[0].id)


def office(house: House, rest: str = "", body: str = "deccan") -> str:
    return f"/organisations/{short(house.bodies[body].id)}{rest}"


def test_a_learner_is_told_speaks_once_and_reads_the_decision(house: House, fallen: tuple[Learner, str, str]) -> None:
    """Threat 34."""
    learner, token, flag = fallen
    at, there = f"/learners/{short(learner.id)}", office(house, f"/flags/{flag}")
    with house.browser(token) as browser, house.browser(house.tokens["deccan-registrar"]) as registrar:
        page = seen(browser, f"{at}/notices")
        assert "An award is in question" in page
        assert f"{at}/flags/{flag}" in page
        page = seen(registrar, there)
        assert "Until then it cannot be revoked" in page
        assert 'value="revoke"' not in page
        assert send(registrar, page, f"{there}/decision", decision="revoke", reason="no").status_code == 403
        assert "Awards in question" in seen(browser, at)
        page = seen(browser, f"{at}/flags/{flag}")
        assert "copied &lt;b&gt;work&lt;/b&gt;" in page
        assert send(browser, page, f"{at}/flags/{flag}/statement", statement=" ").status_code == 422
        assert send(browser, page, f"{at}/flags/{flag}/statement", statement="It was <mine>.").status_code == 303
        again = send(browser, page, f"{at}/flags/{flag}/statement", statement="And more.")
        assert (again.status_code, "is read as it is" in again.text) == (409, True)
        page = seen(registrar, there)
        assert "It was &lt;mine&gt;." in page
        assert "This cannot be undone" in page
        assert send(registrar, page, f"{there}/decision", decision="stands").status_code == 422
        assert send(registrar, page, f"{there}/decision", decision="stands", reason="Convincing.").status_code == 303
        assert "Convincing." in seen(browser, f"{at}/flags/{flag}")
        assert f"{there}/decision" not in seen(registrar, there)
    assert house.bank.flagging.get(f"urn:uuid:{flag}", subject=learner.id).state is FlagState.STANDS


def test_a_university_states_its_policy_on_the_page(house: House) -> None:
    nilgiri = house.bodies["nilgiri"].id
    with house.browser(house.tokens["nilgiri-registrar"]) as registrar:
        there = office(house, "/flags", "nilgiri")
        page = seen(registrar, there)
        assert send(registrar, page, there, policy="flag").status_code == 303
        assert house.bank.flagging.policy(nilgiri) is FlagPolicy.FLAG
        assert send(registrar, page, there, policy="whatever").status_code == 422
    assert house.bank.flagging.policy(nilgiri) is FlagPolicy.FLAG


def test_a_flag_is_its_learners_and_its_universitys_alone(house: House, fallen: tuple[Learner, str, str]) -> None:
    """Threats 42 and 50."""
    learner, token, flag = fallen
    asha = f"/learners/{short(house.learners['asha'].id)}"
    with house.browser(house.tokens["asha"]) as other:
        for at in (f"/learners/{short(learner.id)}", asha):
            refuses(other, f"{at}/flags/{flag}")
            refuses(other, f"{at}/flags/{flag}/statement", method="POST", status=404 if at != asha else 403)
    with house.browser(house.tokens["nilgiri-registrar"]) as other:
        for body in ("deccan", "nilgiri"):
            refuses(other, office(house, f"/flags/{flag}", body))
        page = seen(other, office(house, "/flags", "nilgiri"))
        assert flag not in page
    with house.browser(house.tokens["deccan"]) as provider:
        refuses(provider, office(house, "/flags"), status=403)
    with house.browser(token) as own:
        refuses(own, f"/learners/{short(learner.id)}/flags/{flag}/statement", method="POST", status=403)
        refuses(own, office(house, f"/flags/{flag}"))
    with house.browser() as nobody:
        refuses(nobody, f"/learners/{short(learner.id)}/flags/{flag}", status=401)
    assert house.bank.flagging.of(learner.id)[0].stated is None


def test_notices_are_read_and_what_came_since_stays_new(house: House) -> None:
    learner, token = newcomer(house, "Told")
    bank, audience, at = house.bank, f"learner:{learner.id}", f"/learners/{short(learner.id)}/notices"

    def tell(kind: str, **document: str) -> None:
        with bank.store.transaction() as tx:
            bank.noticing.tell(tx, audience, kind, document)

    with house.browser(token) as browser:
        assert "Nothing yet" in seen(browser, at)
        issued = unit_of(house, learner, "told")
        tell("credits-expiring", lot="0x1", credential=issued.id, amount="4", expires="2026-12-24T10:00:00Z")
        page = seen(browser, at)
        assert "can be used until 24 Dec 2026, 10:00 UTC" in words(page)
        tell("a-kind-of-later")
        assert send(browser, page, at).status_code == 303
        page = seen(browser, at)
        assert [bank.noticing.waiting(audience), page.count(">New<")] == [1, 1]
        assert "A kind of later" in page
        assert send(browser, page, at).status_code == 303
        assert bank.noticing.waiting(audience) == 0
        refuses(browser, at, method="POST", status=403)
        refuses(browser, f"/learners/{short(house.learners['asha'].id)}/notices")
        refuses(browser, office(house, "/notices"))


def test_every_kind_of_notice_has_words(house: House) -> None:
    """What is told to organisations is told in docs/webhooks.md too; a kind without words would be told by its name."""
    assert set(TO_BODIES) == EVENTS
    source = "".join(path.read_text() for path in SERVICES.glob("*.py"))
    told = set(re.findall(r"to_learner\([^)]*\),\s*\"([a-z]+(?:-[a-z]+)+)\"", source))
    assert told, "the services tell learners something"
    assert told <= set(TO_LEARNERS)
    with house.browser(house.tokens["deccan"]) as browser:
        assert "A batch is final" in seen(browser, office(house, "/notices"))
