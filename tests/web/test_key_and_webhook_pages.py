"""Signing keys and webhooks on pages: nothing private shown, a secret once, each act once, nothing of another's."""

import re
from collections.abc import Iterator

import pytest
from doors import House
from mailboxes import grow_old, signed_in, somewhere
from starlette.testclient import TestClient
from visits import newcomer, refuses, seen, send, short, words

from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.records import KeyState, Role
from creditbank.services.rights import MemberRole
from creditbank.services.webhooks import EVENTS, PING
from creditbank_api.web import keys, webhooks

URL = "https://lms.sample.example/events"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")


@pytest.fixture(scope="module")
def body(house: House) -> str:
    """A body of its own for these tests, which names itself by a web address and not by its key."""
    made = house.bank.registering.register_organisation(
        name="Sample Rotating Institute",
        roles={Role.PROVIDER},
        frameworks=(),
        country="IN",
        did="did:web:rotating.sample.example",
        sample=True,
    )
    return made.id


@pytest.fixture(scope="module")
def token(house: House, body: str) -> str:
    return house.bank.registering.issue_token(role="provider", subject=body, label="rotating")


@pytest.fixture
def provider(house: House, token: str) -> Iterator[TestClient]:
    with house.browser(token) as client:
        yield client


def at(body: str, rest: str) -> str:
    return f"/organisations/{short(body)}{rest}"


# -- keys


def test_a_key_is_rotated_once_by_the_key_that_the_page_showed(house: House, provider: TestClient, body: str) -> None:
    there = at(body, "/keys")
    first = house.bank.keys.signing(body).multikey
    page = seen(provider, there)
    assert first in page
    assert "Signs now" in page
    assert send(provider, page, f"{there}/rotation").status_code == 422, "nobody read what follows"
    for _ in range(2):
        assert send(provider, page, f"{there}/rotation", agree="yes").status_code == 303
    page = seen(provider, there)
    assert "A new key is on its way" in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in seen(provider, f"{there}?still=yes"), "whoever wants it to hold still has that"
    assert f"{there}/rotation" not in page, "one at a time"
    while house.bank.jobs.work(house.bank.handlers(sends=True)) is not None:
        pass
    second = house.bank.keys.signing(body).multikey
    assert second != first
    assert [one.state for one in house.bank.keys.of(body)] == [KeyState.RETIRING, KeyState.CURRENT], "once"
    page = seen(provider, there)
    assert page.index(second) < page.index(first)
    stale = send(provider, page, f"{there}/rotation", agree="yes", replaces=first)
    assert (stale.status_code, "signs no more" in stale.text) == (422, True)
    assert "Retiring" in seen(provider, f"/transparency/issuers/{short(body)}")


def test_a_rotation_that_failed_says_so_with_a_next_step(house: House, provider: TestClient, body: str) -> None:
    with house.bank.store.transaction() as tx:
        wrong = {"organisation": "urn:uuid:00000000-0000-4000-8000-000000000000", "replaces": "z6Mk"}
        house.bank.jobs.add(tx, "failing", owner=body, kind=keys.KEY_ROTATION, input=wrong)
    while house.bank.jobs.work(house.bank.handlers(sends=True)) is not None:
        pass
    said = words(seen(provider, at(body, "/keys")))
    assert "The last rotation failed" in said
    assert "Next:" in said


def test_a_body_that_is_its_key_is_told_why_it_has_no_other(house: House) -> None:
    made = house.bank.registering.register_organisation(
        name="A key itself", roles={Role.PROVIDER}, frameworks=(), country="IN", sample=True
    )
    assert made.did.startswith("did:key:")
    token = house.bank.registering.issue_token(role="provider", subject=made.id, label="fixed")
    with house.browser(token) as client:
        page = seen(client, f"/organisations/{short(made.id)}/keys")
    assert "cannot be rotated" in page
    assert "/rotation" not in page


# -- webhooks


def test_every_kind_of_event_can_be_chosen_and_no_other() -> None:
    assert set(webhooks.KINDS) == EVENTS - {PING}


def test_a_webhook_is_made_tried_paused_renewed_and_removed(house: House, provider: TestClient, body: str) -> None:
    there = at(body, "/webhooks")
    page = seen(provider, there)
    assert "Nowhere yet" in page
    for url in ("http://lms.sample.example/", "https://127.0.0.1/", "https://nobody.invalid.:x/"):
        refused = send(provider, page, there, url=url)
        assert refused.status_code in (403, 422), url
        assert url in refused.text, "what was typed stays"
    made = send(provider, page, there, url=URL, kinds=["batch-final", "job-ended"])
    (secret,) = SECRET.findall(made.text)
    one = send(provider, page, there, url=URL).headers["location"]
    page = seen(provider, one)
    assert not SECRET.search(page), "the secret is shown once"
    assert words(page).count("Long work came to its end") == 1
    assert URL in seen(provider, there)
    for _ in range(2):
        assert send(provider, page, f"{one}/ping").status_code == 303
    page = seen(provider, one)
    assert page.count(">A test<") == 1, "a form that is sent twice tests once"
    (replay,) = set(re.findall(r'action="([^"]+/replay)"', page))
    assert send(provider, page, replay).status_code == 303
    assert send(provider, page, f"{one}/state", state="removed").status_code == 422
    assert send(provider, page, f"{one}/state").status_code == 303
    page = seen(provider, one)
    assert "Let it go on" in page
    renewed = send(provider, page, f"{one}/secret")
    assert SECRET.findall(renewed.text) not in ([], [secret])
    assert send(provider, page, f"{one}/removal").headers["location"] == there
    refuses(provider, one)
    for rest in ("/ping", "/state", "/secret", "/removal"):
        refuses(provider, one + rest, method="POST", status=403)


def test_deliveries_are_leafed_through(house: House, provider: TestClient, body: str) -> None:
    hook, _ = house.bank.webhooks.add("leafed", body, URL, (), actor="test")
    for number in range(webhooks.LISTED + 1):
        house.bank.webhooks.ping(f"leafed:{number}", hook)
    there = at(body, f"/webhooks/{short(hook.id)}")
    (behind,) = re.findall(r'href="([^"]+)" rel="next"', seen(provider, there))
    page = seen(provider, behind.replace("&amp;", "&"))
    assert page.count(">A test<") == 1
    assert 'rel="prev"' in page
    refuses(provider, f"{there}?behind=x", status=400)


def test_these_pages_are_for_those_who_may_manage_and_for_their_own_body(house: House, body: str) -> None:
    hook, _ = house.bank.webhooks.add("theirs", body, URL, (), actor="test")
    event = house.bank.webhooks.ping("theirs", hook).event
    gets = [at(body, "/keys"), at(body, "/webhooks"), at(body, f"/webhooks/{short(hook.id)}")]
    posts = [at(body, "/keys/rotation"), at(body, "/webhooks")]
    posts += [at(body, f"/webhooks/{short(hook.id)}/{rest}") for rest in ("ping", "state", "secret", "removal")]
    posts += [at(body, f"/webhooks/{short(hook.id)}/deliveries/{event}/replay")]
    stranger = newcomer(house)[1]
    for token in (house.tokens["open"], stranger):
        with house.browser(token) as client:
            for path in gets:
                refuses(client, path)
            for path in posts:
                refuses(client, path, method="POST")
    with house.browser(house.tokens["open"]) as client:  # their own address with another's webhook
        refuses(client, at(house.bodies["open"].id, f"/webhooks/{short(hook.id)}"))


def test_an_auditor_may_not_and_an_administrator_shows_once_more_who_they_are(house: House, body: str) -> None:
    house.browser()
    assert house.shared is not None
    with somewhere(house.shared) as browser:
        for role, name in ((MemberRole.AUDITOR, "aud"), (MemberRole.ADMINISTRATOR, "adm")):
            person = signed_in(browser, house, f"{name}-keys@sample.example")
            _, code = house.bank.membership.invite(person.id, organisation=body, roles=[role], by=AT_THE_MACHINE)
            assert code is not None
            house.bank.membership.accept(code, person.id)
            send(browser, seen(browser, "/account"), "/account/acting", subject=body)
            if role is MemberRole.AUDITOR:
                refuses(browser, at(body, "/keys"), status=403)
                refuses(browser, at(body, "/webhooks"), status=403)
        grow_old(house, browser)
        for path, form in (("/keys", "/keys/rotation"), ("/webhooks", "/webhooks")):
            page = seen(browser, at(body, path))
            assert f'action="{at(body, form)}"' not in page
            assert "show once more who you are" in page
            refuses(browser, at(body, form), method="POST", status=403)
