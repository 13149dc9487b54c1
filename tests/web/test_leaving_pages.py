"""Taking along, merging, leaving, and a wallet of one's own: what the pages say before, and who can do none of it."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from doors import House
from fastapi import FastAPI
from mailboxes import grow_old, signed_in, somewhere
from markup import read_page
from sqlalchemy import update
from visits import newcomer, refuses, seen, send, short, unit_of, words

from creditbank.adapters.store.tables import lots
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.records import Learner
from creditbank.services.rights import MemberRole
from creditbank.signing import PrivateKey, base64url_encode, did_key

WALLET = PrivateKey.from_seed(b"\x0b" * 32)
ACTS = ("/leaving/export", "/leaving/merge-code", "/leaving/merger", "/leaving/erasure", "/identity/wallet")


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    house.browser()
    assert house.shared is not None
    return house.shared


def at(learner: Learner, rest: str = "") -> str:
    return f"/learners/{short(learner.id)}{rest}"


def test_everything_is_taken_along_in_one_archive(house: House) -> None:
    learner, token = newcomer(house, "Leaver")
    issued = unit_of(house, learner, "take")
    with house.browser(token) as browser:
        page = seen(browser, at(learner, "/leaving"))
        taken = send(browser, page, at(learner, "/leaving/export"))
        assert taken.headers["content-type"] == "application/zip"
        names = zipfile.ZipFile(io.BytesIO(taken.content)).namelist()
        assert any(name.endswith("account.json") for name in names)
        assert issued.signed in [zipfile.ZipFile(io.BytesIO(taken.content)).read(name) for name in names]
        aimed = send(browser, page, at(learner, "/leaving/export"), challenge="x", domain="did:web:other.example")
        names = zipfile.ZipFile(io.BytesIO(aimed.content)).namelist()
        assert any(name.endswith("presentation.json") for name in names)


def test_two_accounts_of_one_person_are_merged_by_acting_in_both(house: House) -> None:
    ends, token = newcomer(house, "Ends")
    stays, other = newcomer(house, "Stays")
    unit_of(house, ends, "merge")
    with house.browser(token) as old, house.browser(other) as new:
        shown = send(old, seen(old, at(ends, "/leaving")), at(ends, "/leaving/merge-code"))
        assert shown.headers["cache-control"] == "no-store"
        code = re.search(r"<code>([A-Z0-9-]{20,})</code>", shown.text)
        assert code is not None
        page = seen(new, at(stays, "/leaving"))
        assert code[1] not in page
        merge = at(stays, "/leaving/merger")
        assert send(new, page, merge, code=code[1]).status_code == 422, "nobody agreed"
        wrong = send(new, page, merge, code="ABCD", agree="yes")
        assert (wrong.status_code, 'id="code-fault"' in wrong.text) == (404, True)
        own = send(old, seen(old, at(ends, "/leaving")), at(ends, "/leaving/merger"), code=code[1], agree="yes")
        assert "other account" in own.text
        assert len(house.bank.sharing.account(ends.id).lots) == 1
        assert send(new, page, merge, code=code[1], agree="yes").status_code == 303
        assert len(house.bank.sharing.account(stays.id).lots) == 1
        assert "Accounts merged" in seen(new, at(stays, "/notices"))


def test_one_sees_what_goes_and_what_stays_and_erases_by_naming_the_account(house: House) -> None:
    """Threat 47."""
    learner, token = newcomer(house, "Gone <b>soon</b>")
    unit_of(house, learner, "gone")
    with house.browser(token) as browser:
        there = at(learner, "/leaving/erasure")
        page = seen(browser, there)
        said = words(page)
        assert "Gone &lt;b&gt;soon&lt;/b&gt;" in page
        assert "1 credential , with salts" in said or "1 credential, with salts" in said
        assert "Credits that are free lapse: 4 in-ncrf" in said
        refused = send(browser, page, there, confirm=learner.did[:-1])
        assert (refused.status_code, "Nothing was erased" in refused.text) == (422, True)
        assert house.bank.sharing.account(learner.id).learner.name.startswith("Gone")
        done = send(browser, page, there, confirm=f" {learner.did} ")
        assert (done.status_code, done.headers["location"]) == (303, "/erased")
        assert "The account is erased" in seen(browser, "/erased")
        refuses(browser, at(learner), status=401)
    with house.browser(house.tokens["asha"]) as browser:
        page = words(seen(browser, at(house.learners["asha"], "/leaving/erasure")))
        assert "it is a record of Sample University of the Deccan" in page


def test_a_wallet_is_bound_by_its_signature_over_what_the_page_shows(house: House) -> None:
    learner, token = newcomer(house, "Wallet")
    did, there = did_key(WALLET.public), at(learner, "/identity/wallet")
    with house.browser(token) as browser:
        page = seen(browser, there)
        wrong = send(browser, page, f"{there}/statement", did="did:web:x.example")
        assert (wrong.status_code, 'id="did-fault"' in wrong.text) == (422, True)
        page = send(browser, page, f"{there}/statement", did=did).text
        text = re.search(r"<pre[^>]*>([^<]+)</pre>", page)
        assert text is not None
        assert did in text[1]
        assert "<title>The statement to sign</title>" in page
        signature = base64url_encode(WALLET.sign(text[1].replace("&#34;", '"').encode()))
        forged = base64url_encode(PrivateKey.from_seed(b"\x0c" * 32).sign(text[1].encode()))
        for bad in (forged, "x"):
            refused = send(browser, page, there, signature=bad)
            assert (refused.status_code // 100, 'id="signature-fault"' in refused.text) == (4, True)
        assert house.bank.holding.identities(learner.id)[-1].did.did == learner.did
        assert send(browser, page, there, signature=signature).status_code == 303
        page = seen(browser, at(learner, "/identity"))
        assert did in page
        assert "Its key is with you" in page
        assert (
            "Signature of the key before"
            in send(browser, seen(browser, there), f"{there}/statement", did=learner.did).text
        )


def test_what_expires_soon_is_on_the_first_page(house: House) -> None:
    learner, token = newcomer(house, "Expires")
    soon, later = unit_of(house, learner, "soon"), unit_of(house, learner, "later", 1)
    now = house.bank.clock.now()
    with house.bank.store._engine.begin() as connection:
        for issued, days in ((soon, 30.5), (later, 100)):
            ends = now + timedelta(days=days)
            connection.execute(update(lots).where(lots.c.credential == issued.id).values(expires=ends))
    with house.browser(token) as browser:
        page = words(seen(browser, at(learner)))
        assert page.count("Use these soon") == 1
        assert "in 30 days" in page
        assert "in 99 days" not in page
        assert page.count("until ") >= 2, "each lot says until when, near or far"


def test_a_passer_by_at_an_open_browser_does_none_of_it(house: House, app: FastAPI) -> None:
    """What is for good asks who it is once more, on the page and behind it."""
    with somewhere(app) as browser:
        person = signed_in(browser, house, "passer-by@sample.example")
        with house.bank.store.transaction() as tx:
            (learner,) = tx.learners_of(person.id)
        fresh = {
            rest: seen(browser, at(learner, rest)) for rest in ("/leaving", "/leaving/erasure", "/identity/wallet")
        }
        grow_old(house, browser)
        for rest, page in fresh.items():
            stale = seen(browser, at(learner, rest))
            assert f"/sign-in/again?next={at(learner, rest)}" in stale
            assert 'class="sheet" method="post"' not in stale
            assert page != stale
        assert "/sign-in/again?next=/account/closing" in seen(browser, "/account/closing")
        token = re.search(r'name="form_token" value="([^"]+)"', fresh["/leaving"])
        assert token is not None
        for act in [*(at(learner, act) for act in ACTS), "/account/closing"]:
            answer = browser.post(act, data={"form_token": token[1], "confirm": learner.did})
            assert (answer.status_code, "/sign-in/again" in answer.text) == (403, True), act
    assert house.bank.sharing.account(learner.id).learner.id == learner.id


def test_nobody_leaves_for_another(house: House) -> None:
    """Threats 42 and 50."""
    asha, (learner, token) = house.learners["asha"], newcomer(house, "Own")
    with house.browser(token) as browser:
        for rest in ("/leaving", "/leaving/erasure", "/identity/wallet"):
            refuses(browser, at(asha, rest))
        for act in ACTS:
            refuses(browser, at(asha, act), method="POST")
            refuses(browser, at(learner, act), method="POST", status=403)
    with house.browser(house.tokens["deccan"]) as body:
        refuses(body, at(asha, "/leaving"))
    with house.browser() as nobody:
        refuses(nobody, at(asha, "/leaving"), status=401)


def test_a_person_closes_the_account_by_its_name_after_reading_what_goes(house: House, app: FastAPI) -> None:
    with somewhere(app) as browser, somewhere(app) as again:
        person = signed_in(browser, house, "closes@sample.example")
        signed_in(again, house, "stays@sample.example")
        assert "/account/closing" in seen(browser, "/account")
        page = seen(browser, "/account/closing")
        said = words(page)
        assert "1 way to sign in" in said
        assert "The account of credits of Zoe Sample" in said
        refused = send(browser, page, "/account/closing", confirm="Zoe")
        assert (refused.status_code, 'id="confirm-fault"' in refused.text) == (422, True)
        assert seen(browser, "/account")
        done = send(browser, page, "/account/closing", confirm="Zoe Sample")
        assert (done.status_code, done.headers["location"]) == (303, "/closed")
        assert "The account is closed" in seen(browser, "/closed")
        refuses(browser, "/account/closing", status=401)
        assert house.bank.door.people.sign_ins(person.id) == []
        assert "Zoe Sample" in seen(again, "/account"), "nobody else's account is touched"


def test_the_only_owner_of_an_organisation_is_told_why_it_cannot_be_closed(house: House, app: FastAPI) -> None:
    with somewhere(app) as browser:
        person = signed_in(browser, house, "sole-owner@sample.example")
        night = house.bodies["night"].id
        _, code = house.bank.membership.invite(
            person.id, organisation=night, roles=[MemberRole.OWNER], by=AT_THE_MACHINE
        )
        assert code is not None
        house.bank.membership.accept(code, person.id)
        page = seen(browser, "/account/closing")
        assert "It cannot be closed now" in page
        assert 'action="/account/closing"' not in page
        token = read_page(page).all("input", name="form_token")[0].attributes["value"]
        forced = browser.post("/account/closing", data={"form_token": token, "confirm": "Zoe Sample"})
        assert (forced.status_code, "Nothing was closed" in forced.text) == (409, True)
    with house.browser(house.tokens["asha"]) as token_alone:
        refuses(token_alone, "/account/closing", status=401)
