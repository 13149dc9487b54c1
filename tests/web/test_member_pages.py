"""Members and keys on pages: who may give what, secrets shown once, and nothing for a passer-by or another body."""

import re
from collections.abc import Iterator

import pytest
from doors import House
from fastapi import FastAPI
from front_doors import TestClock
from mailboxes import grow_old, signed_in, somewhere
from soft_issuer import CLIENT, ISSUER, SoftIssuer
from starlette.testclient import TestClient
from visits import refuses, seen, send, short

from creditbank.adapters.people.oidc import OpenIdConnect
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.people_records import Person
from creditbank.services.rights import MemberRole, Scope


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    house.browser()
    assert house.shared is not None
    return house.shared


def office(house: House, rest: str = "", body: str = "baltic") -> str:
    return f"/organisations/{short(house.bodies[body].id)}{rest}"


def member(house: House, browser: TestClient, *roles: MemberRole, name: str, body: str = "baltic") -> Person:
    """Somebody signed in, who acts for an organisation in these roles."""
    person = signed_in(browser, house, f"{name}@sample.example")
    of = house.bodies[body].id
    _, code = house.bank.membership.invite(person.id, organisation=of, roles=roles, by=AT_THE_MACHINE)
    assert code is not None
    house.bank.membership.accept(code, person.id)
    page = seen(browser, "/account")
    assert send(browser, page, "/account/acting", subject=of).headers["location"] == office(house, body=body)
    return person


@pytest.fixture(scope="module")
def owner(house: House, app: FastAPI) -> Iterator[TestClient]:
    with somewhere(app) as browser:
        member(house, browser, MemberRole.OWNER, name="owner")
        yield browser


def test_somebody_is_invited_joins_gets_another_role_and_is_removed(
    house: House, app: FastAPI, owner: TestClient
) -> None:
    there = office(house, "/members")
    page = seen(owner, there)
    assert send(owner, page, office(house, "/invitations")).status_code == 422, "no role was chosen"
    made = send(owner, page, office(house, "/invitations"), roles="auditor", days="3")
    code = re.search(r"<code>(cbk?[^<]+|[A-Za-z0-9_-]{30,})</code>", made.text)
    assert code is not None
    again = send(owner, page, office(house, "/invitations"), roles="auditor", days="3")
    assert code[1] not in again.text, "a form sent twice shows nothing twice"
    assert code[1] not in seen(owner, there)
    with somewhere(app) as browser:
        person = signed_in(browser, house, "joins@sample.example")
        assert send(browser, seen(browser, "/account"), "/account/invitations", code=code[1]).status_code == 303
        send(browser, seen(browser, "/account"), "/account/acting", subject=house.bodies["baltic"].id)
        page = seen(browser, there)
        assert "Make the invitation" not in page, "an auditor only reads"
        refuses(browser, office(house, f"/members/{short(person.id)}"), method="POST", status=403)
        page = seen(owner, there)
        change = office(house, f"/members/{short(person.id)}")
        assert send(owner, page, change, roles=["auditor", "administrator"]).status_code == 303
        page = seen(browser, there)
        (mine, *_) = house.bank.membership.members(house.bodies["baltic"].id)
        beyond = send(browser, page, office(house, f"/members/{short(mine[0].person)}/removal"))
        assert (beyond.status_code, "Nothing was changed" in beyond.text) == (403, True)
        assert send(owner, seen(owner, there), f"{change}/removal").status_code == 303
        refuses(browser, there)
    names = {record.person for record, _ in house.bank.membership.members(house.bodies["baltic"].id)}
    assert person.id not in names


def test_an_organisation_keeps_its_last_owner_and_withdraws_what_it_offered(house: House, owner: TestClient) -> None:
    there = office(house, "/members")
    (own,) = [
        record.person
        for record, _ in house.bank.membership.members(house.bodies["baltic"].id)
        if MemberRole.OWNER in record.roles
    ]
    kept = send(owner, seen(owner, there), office(house, f"/members/{short(own)}/removal"))
    assert (kept.status_code, "only owner" in kept.text) == (409, True)
    send(owner, seen(owner, there), office(house, "/invitations"), roles="owner", days="1")
    page = seen(owner, there)
    for open_one in house.bank.membership.invitations(house.bodies["baltic"].id):
        assert send(owner, page, office(house, f"/invitations/{short(open_one.id)}/withdrawal")).status_code == 303
    assert "No invitation is open" in seen(owner, there)


def test_a_key_is_shown_once_does_what_its_scopes_say_and_is_revoked(house: House, owner: TestClient) -> None:
    """Threats 53 and 54."""
    there = office(house, "/tokens")
    page = seen(owner, there)
    empty = send(owner, page, there, label="No scope", kind="token", days="9")
    assert (empty.status_code, 'id="scope-1-fault"' in empty.text) == (422, True)
    endless = send(owner, page, there, label="No end", kind="token", scopes="notices:read", days="0")
    assert (endless.status_code, 'id="days-fault"' in endless.text) == (422, True)
    made = send(owner, page, there, label="Student <system>", kind="token", scopes="notices:read", days="9")
    secret = re.search(r"<code>(cb[^<…]{30,})</code>", made.text)
    assert secret is not None
    held = house.bank.access.holder(secret[1])
    assert held is not None
    assert held.scopes == {Scope.NOTICES_READ}
    page = seen(owner, there)
    assert secret[1] not in page
    assert "Student &lt;system&gt;" in page
    client = send(owner, page, there, label="A client", kind="client", scopes="profile:read notices:read", days="9")
    assert "Client id" in client.text
    (key,) = [key for key in house.bank.access.keys(house.bodies["baltic"].id) if key.label == "Student <system>"]
    assert send(owner, seen(owner, there), f"{there}/{short(key.id)}/revocation").status_code == 303
    assert house.bank.access.holder(secret[1]) is None


def test_nobody_gives_away_what_they_do_not_hold(house: House, app: FastAPI) -> None:
    with somewhere(app) as browser:
        member(house, browser, MemberRole.ADMINISTRATOR, name="administrator", body="thames")
        there = office(house, "/tokens", "thames")
        page = seen(browser, there)
        assert "credentials:issue" not in page
        more = send(browser, page, there, label="More", kind="token", scopes="credentials:issue", days="9")
        assert (more.status_code, "not yours to give" in more.text) == (403, True)
        grow_old(house, browser)
        for rest in ("/members", "/tokens"):
            page = seen(browser, office(house, rest, "thames"))
            assert "show once more who you are" in page
            assert f'action="{there}"' not in page
        refuses(browser, there, method="POST", status=403)
        refuses(browser, office(house, "/invitations", "thames"), method="POST", status=403)


def test_members_and_keys_are_their_organisations_alone(house: House, owner: TestClient) -> None:
    """Threats 42 and 50."""
    for rest in ("", "/members", "/tokens", "/notices", "/applications", "/uploads"):
        refuses(owner, office(house, rest, "thames"))
        with house.browser(house.tokens["asha"]) as learner:
            refuses(learner, office(house, rest))
        with house.browser() as nobody:
            refuses(nobody, office(house, rest), status=401)
    for rest in ("/invitations", "/tokens"):
        refuses(owner, office(house, rest, "thames"), method="POST")
        refuses(owner, office(house, rest), method="POST", status=403)


def test_an_administrator_sets_where_people_sign_in_and_nobody_sees_the_secret(
    house: House, app: FastAPI, owner: TestClient
) -> None:
    """Threats 42 and 53."""
    there, federating, soft = office(house, "/sign-in"), house.bank.door.federating, SoftIssuer(TestClock())
    before, federating._issuers = federating._issuers, lambda: OpenIdConnect(soft, house.bank.clock)
    try:
        page = seen(owner, there)
        assert "Nobody signs in through this organisation." in page
        wanted = {
            "issuer": ISSUER,
            "client": CLIENT,
            "secret": "canary-secret",
            "domains": "baltic.example",
            "public": "",
        }
        assert send(owner, page, there, **wanted, claims="no pair").status_code == 422
        assert send(owner, page, there, **wanted | {"issuer": "http://x.example"}, claims="").status_code == 422
        assert send(owner, page, there, **wanted, claims="role=staff").status_code == 303
        page = seen(owner, there)
        assert "kept, and shown to nobody" in page
        assert "canary-secret" not in page
        assert "The issuer answers" in send(owner, page, f"{there}/check").text
        with somewhere(app) as browser:
            member(house, browser, MemberRole.AUDITOR, name="looking")
            only = seen(browser, there)
            assert ISSUER in only
            assert "Set it" not in only
            assert "Change it" not in only
            assert browser.post(there, data=wanted).status_code == 403
        with somewhere(app) as browser:
            member(house, browser, MemberRole.OWNER, name="next-door", body="thames")
            assert browser.get(there).status_code == 404
        assert send(owner, page, f"{there}/removal").status_code == 303
        assert "Nobody signs in through this organisation." in seen(owner, there)
    finally:
        federating._issuers = before
