"""OAuth 2.0: a client gets what it was made for or what a person allows, and what is shown twice ends it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from creditbank.services import granting
from creditbank.services.access import Access
from creditbank.services.granting import (
    REGISTRATIONS,
    Asked,
    ClientRefused,
    Granting,
    GrantRefused,
    client_id,
    scopes_in,
)
from creditbank.services.membership import AT_THE_MACHINE, BeyondOwnRights
from creditbank.services.membership_records import AccessKey
from creditbank.services.records import Learner
from creditbank.services.rights import BADGES, CallerRole, Scope
from creditbank.services.throttling import TooManyTries

from .test_membership import NOW, UNIVERSITY, House, on_file, peopled

__all__ = ["on_file", "peopled"]

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "https://wallet.sample.example/back"
READ = frozenset({Scope.BADGES_READ})


@dataclass
class Door:
    """A house with OAuth before it, and a learner in it."""

    house: House
    person: str
    learner: str
    granting: Granting
    access: Access
    registered: int = 0

    def client(self, *scopes: Scope) -> tuple[AccessKey, str]:
        made, secret = self.granting.make_client(
            "request", organisation=UNIVERSITY, label="A registry", scopes=scopes, by=AT_THE_MACHINE, days=90
        )
        assert secret is not None
        return made, secret

    def wallet(self) -> AccessKey:
        self.registered += 1
        address = f"198.51.100.{self.registered}"
        return self.granting.register(label="A wallet", redirects=(BACK,), scopes=BADGES, address=address)[0]

    def asked(self, wallet: AccessKey, scopes: frozenset[Scope] = READ) -> Asked:
        return self.granting.asked(client=client_id(wallet), redirect=BACK, scopes=scopes, challenge=CHALLENGE)

    def code(self, wallet: AccessKey) -> str:
        return self.granting.allow(self.asked(wallet), person=self.person, learner=self.learner)


@pytest.fixture
def door(on_file: House) -> Door:
    house = on_file
    person, learner = house.person("asha"), "urn:uuid:l"
    with house.store.transaction() as tx:
        tx.add_learner(Learner(learner, "did:key:z6MkL", "Asha", True, NOW))
        house.persons.take_learner(tx, person, learner)
    door = Granting(house.store, house.access, house.trail, house, house.entropy)
    return Door(house, person, learner, door, house.access)


def refused(error: str) -> "pytest.RaisesExc[GrantRefused]":
    return pytest.raises(GrantRefused, check=lambda refusal: refusal.error == error)


# client credentials


def test_a_client_of_an_organisation_gets_a_token_of_an_hour(door: Door) -> None:
    made, secret = door.client(Scope.CREDENTIALS_READ, Scope.CREDENTIALS_ISSUE)
    client = door.granting.client(client_id(made), secret)
    granted = door.granting.for_itself(client, frozenset({Scope.CREDENTIALS_READ}))
    held = door.granting.holder(granted.access)
    assert held is not None
    assert (held.subject, held.scopes, held.person) == (UNIVERSITY, {Scope.CREDENTIALS_READ}, "")
    assert (granted.seconds, granted.refresh) == (3600, None)
    assert door.granting.for_itself(client, frozenset()).scopes == made.scopes
    door.house.at += timedelta(hours=1)
    assert door.granting.holder(granted.access) is None


def test_a_client_gets_no_scope_that_it_was_not_made_with(door: Door) -> None:
    made, _ = door.client(Scope.CREDENTIALS_READ)
    with refused("invalid_scope"):
        door.granting.for_itself(made, frozenset({Scope.CREDENTIALS_ISSUE}))
    with refused("invalid_scope"):
        scopes_in("credentials:read everything")


def test_a_wrong_secret_and_an_unknown_client_are_refused_alike(door: Door, tmp_path: Path) -> None:
    """Threat 53."""
    made, secret = door.client(Scope.CREDENTIALS_READ)
    other = door.house.token(Scope.NOTICES_READ)
    said = set()
    for name, given in [
        (client_id(made), secret[:-1] + "x"),
        ("another", secret),
        (client_id(made), other),
        (client_id(made), ""),
    ]:
        with refused("invalid_client") as refusal:
            door.granting.client(name, given)
        said.add(str(refusal.value))
    assert len(said) == 1
    door.house.store.close()
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_client_that_is_revoked_takes_its_tokens_along(door: Door) -> None:
    made, secret = door.client(Scope.CREDENTIALS_READ)
    granted = door.granting.for_itself(made, frozenset())
    door.access.revoke(UNIVERSITY, made.id, by=AT_THE_MACHINE)
    assert door.granting.holder(granted.access) is None
    with refused("invalid_client"):
        door.granting.client(client_id(made), secret)


def test_one_token_of_a_client_is_revoked_by_itself(door: Door) -> None:
    """RFC 7009, 2.1."""
    made, _ = door.client(Scope.CREDENTIALS_READ)
    one, other = (door.granting.for_itself(made, frozenset()) for _ in range(2))
    door.granting.revoke(door.wallet(), one.access)
    assert door.granting.holder(one.access) is not None
    door.granting.revoke(made, one.access)
    door.granting.revoke(made, "nothing")
    assert (door.granting.holder(one.access), door.granting.holder(other.access) is None) == (None, False)


def test_a_client_is_made_by_the_rules_of_a_token(door: Door) -> None:
    with pytest.raises(BeyondOwnRights):
        door.granting.make_client(
            "r", organisation=UNIVERSITY, label="x", scopes=[Scope.BANK_MANAGE], by=AT_THE_MACHINE, days=1
        )


# a person lets a client


def test_a_person_lets_a_wallet_read_their_badges_and_nothing_else(door: Door) -> None:
    """RFC 6749, 4.1, with RFC 7636."""
    wallet = door.wallet()
    granted = door.granting.exchange(wallet, code=door.code(wallet), redirect=BACK, verifier=VERIFIER)
    held = door.granting.holder(granted.access)
    assert held is not None
    assert (held.subject, held.roles, held.scopes) == (door.learner, {CallerRole.LEARNER}, READ)
    assert held.person == door.person
    assert granted.refresh is not None
    assert door.granting.holder(granted.refresh) is None


@pytest.mark.parametrize(
    ("redirect", "verifier"),
    [
        ("https://evil.example/back", VERIFIER),
        (BACK, "another-verifier-of-at-least-forty-three-characters"),
        (BACK, ""),
        (BACK, CHALLENGE),
    ],
)
def test_a_code_is_good_only_with_its_address_and_its_verifier(door: Door, redirect: str, verifier: str) -> None:
    """RFC 7636, 4.6."""
    wallet = door.wallet()
    with refused("invalid_grant"):
        door.granting.exchange(wallet, code=door.code(wallet), redirect=redirect, verifier=verifier)


def test_a_code_of_another_client_or_one_that_is_old_is_refused(door: Door) -> None:
    wallet, other = door.wallet(), door.wallet()
    code = door.code(wallet)
    with refused("invalid_grant"):
        door.granting.exchange(other, code=code, redirect=BACK, verifier=VERIFIER)
    door.house.at += timedelta(minutes=5)
    with refused("invalid_grant"):
        door.granting.exchange(wallet, code=code, redirect=BACK, verifier=VERIFIER)


def test_a_code_that_is_shown_twice_ends_what_it_gave(door: Door) -> None:
    """RFC 6749, 4.1.2: two who hold one code cannot both be the client."""
    wallet = door.wallet()
    code = door.code(wallet)
    granted = door.granting.exchange(wallet, code=code, redirect=BACK, verifier=VERIFIER)
    with refused("invalid_grant"):
        door.granting.exchange(wallet, code=code, redirect=BACK, verifier=VERIFIER)
    assert door.granting.holder(granted.access) is None


def test_a_used_code_that_is_shown_late_ends_what_it_gave_too(door: Door) -> None:
    """RFC 9700, 4.5: who finds it in a log does so after the five minutes, and then two have it."""
    wallet, other = door.wallet(), door.wallet()
    code = door.code(wallet)
    granted = door.granting.exchange(wallet, code=code, redirect=BACK, verifier=VERIFIER)
    door.house.at += timedelta(minutes=20)
    for client, verifier in ((other, VERIFIER), (wallet, "another-verifier-of-at-least-forty-three-characters")):
        with refused("invalid_grant"):
            door.granting.exchange(client, code=code, redirect=BACK, verifier=verifier)
        assert door.granting.holder(granted.access) is not None, "nobody ends a grant by a code that proves nothing"
    with refused("invalid_grant"):
        door.granting.exchange(wallet, code=code, redirect=BACK, verifier=VERIFIER)
    assert door.granting.holder(granted.access) is None
    assert granted.refresh is not None
    with refused("invalid_grant"):
        door.granting.refresh(wallet, granted.refresh)


def test_what_a_person_let_wallets_do_ends_with_a_recovery_and_nobody_elses_does(door: Door) -> None:
    """Threat 53: a wallet that the thief let in is a way in too."""
    wallet = door.wallet()
    granted = door.granting.exchange(wallet, code=door.code(wallet), redirect=BACK, verifier=VERIFIER)
    pending = door.code(wallet)
    for person, stands in ((door.house.person("minjun"), True), (door.person, False)):
        with door.house.store.transaction() as tx:
            tx.end_grants_by(person, NOW)
        assert (door.granting.holder(granted.access) is not None) is stands
    assert granted.refresh is not None
    with refused("invalid_grant"):
        door.granting.refresh(wallet, granted.refresh)
    with refused("invalid_grant"):
        door.granting.exchange(wallet, code=pending, redirect=BACK, verifier=VERIFIER)


def test_a_client_that_ended_while_a_person_was_asked_gets_no_code(door: Door) -> None:
    wallet = door.wallet()
    asked = door.asked(wallet)
    with door.house.store.transaction() as tx:
        tx.revoke_access_key(wallet.id, NOW)
    with refused("invalid_request"):
        door.granting.allow(asked, person=door.person, learner=door.learner)


def test_registrations_from_one_address_are_paced(door: Door) -> None:
    """Threat 54."""
    register = {"label": "A wallet", "redirects": (BACK,), "scopes": READ}
    for _ in range(REGISTRATIONS.burst):
        door.granting.register(**register, address="192.0.2.1")
    with pytest.raises(TooManyTries):
        door.granting.register(**register, address="192.0.2.1")
    assert door.granting.register(**register, address="192.0.2.2")
    door.house.at += REGISTRATIONS.every
    assert door.granting.register(**register, address="192.0.2.1")


def test_clients_that_nobody_lets_make_room_and_those_in_use_stay(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 54: registering fills no table, and throws nobody out who was asked for."""
    monkeypatch.setattr(granting, "MOST_UNUSED", 4)
    wallet = door.wallet()
    door.code(wallet)
    known, secret = door.granting.register(label="Seen", redirects=(BACK,), scopes=READ, address="192.0.2.9")
    door.granting.client(client_id(known), secret)
    for number in range(4):
        door.granting.register(label="x", redirects=(BACK,), scopes=READ, address=f"192.0.2.{number}")
    with pytest.raises(TooManyTries):
        door.granting.register(label="x", redirects=(BACK,), scopes=READ, address="192.0.2.5")
    door.house.at += granting.UNUSED_FOR + timedelta(seconds=1)
    assert door.granting.register(label="x", redirects=(BACK,), scopes=READ, address="192.0.2.5")
    assert door.granting.client(client_id(known), secret)
    assert door.asked(wallet)
    with door.house.store.transaction() as tx:
        assert tx.count_unused_clients() == 1


def test_a_refresh_token_gives_the_next_pair_once(door: Door) -> None:
    """RFC 6749, 6 and 10.4."""
    wallet = door.wallet()
    first = door.granting.exchange(wallet, code=door.code(wallet), redirect=BACK, verifier=VERIFIER)
    assert first.refresh is not None
    with refused("invalid_grant"):
        door.granting.refresh(door.wallet(), first.refresh)
    with refused("invalid_grant"):
        door.granting.refresh(wallet, first.access)
    second = door.granting.refresh(wallet, first.refresh)
    assert door.granting.holder(second.access) is not None
    with refused("invalid_grant"):
        door.granting.refresh(wallet, first.refresh)
    assert door.granting.holder(second.access) is None


def test_a_person_allows_only_their_own_account(door: Door) -> None:
    """Threat 42."""
    wallet = door.wallet()
    for person, learner in ((door.house.person("minjun"), door.learner), (door.person, "urn:uuid:other")):
        with refused("access_denied"):
            door.granting.allow(door.asked(wallet), person=person, learner=learner)


def test_a_request_is_checked_before_anybody_is_sent_anywhere(door: Door) -> None:
    """Threat 50: no open redirect by an address that the client never named."""
    wallet, (registry, _) = door.wallet(), door.client(Scope.BADGES_READ)
    for client, redirect, challenge in (
        ("unknown", BACK, CHALLENGE),
        (client_id(registry), BACK, CHALLENGE),
        (client_id(wallet), f"{BACK}/further", CHALLENGE),
        (client_id(wallet), BACK, "plain"),
    ):
        with refused("invalid_request"):
            door.granting.asked(client=client, redirect=redirect, scopes=READ, challenge=challenge)
    with refused("invalid_scope"):
        door.asked(wallet, frozenset({Scope.ACCOUNT_WRITE}))


def test_a_wallet_asks_for_nothing_by_itself(door: Door) -> None:
    with refused("unauthorized_client"):
        door.granting.for_itself(door.wallet(), READ)


@pytest.mark.parametrize(
    "redirect",
    [
        "http://wallet.sample.example/back",
        "https://wallet.sample.example/back#part",
        "https://user@wallet.sample.example/back",
        "javascript:alert(1)",
        "https:///back",
        "http://127.0.0.1.evil.example/back",
        "https://wallet.sample.example\\@evil.example/back",
        "https://evil.example\\.wallet.sample.example/back",
        "https://wallet.sample.example/back?code=planted",
        "https://wallet.sample.example/back?iss=planted",
        "https://[::1",
        "http://[::1]:port/back",
        "http://[::2]:8000/back",
        "http://[::1].evil.example:8000/back",
        "http://[::1]@evil.example/back",
        "http://127.0.0.1:80:90/back",
        "x" * 301,
    ],
)
def test_an_unsafe_address_is_not_registered(door: Door, redirect: str) -> None:
    """Threat 50."""
    with pytest.raises(ClientRefused):
        door.granting.register(label="A wallet", redirects=(redirect,), scopes=BADGES)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "127.0.0.1", "[::1]:8000", "[::1]"])
def test_a_program_on_the_same_machine_may_register_its_loopback_address(door: Door, host: str) -> None:
    """RFC 8252, 7.3."""
    assert door.granting.register(label="A wallet", redirects=(f"http://{host}/back",), scopes=READ)


@pytest.mark.parametrize("registered", ["http://127.0.0.1/back?a=b", "http://127.0.0.1:8000/back?a=b"])
@pytest.mark.parametrize("port", ["", ":1", ":8001", ":65535"])
def test_a_program_on_the_same_machine_chooses_its_port_anew_each_time(door: Door, registered: str, port: str) -> None:
    """RFC 8252, 7.3."""
    made, _ = door.granting.register(label="A wallet", redirects=(BACK, registered), scopes=READ)
    asked = f"http://127.0.0.1{port}/back?a=b"
    assert door.granting.require_redirect(client=client_id(made), redirect=asked) == made


@pytest.mark.parametrize(
    "redirect",
    [
        "http://127.0.0.1:8001/other",
        "http://127.0.0.1:8001",
        "http://127.0.0.1:8001/",
        "http://127.0.0.1:8001/back/",
        "http://127.0.0.1:8001/back?",
        "http://127.0.0.1:8001/back?a=b",
        "http://127.0.0.1:8001/BACK",
        "http://127.0.0.1:8001/%62ack",
        "http://127.0.0.1:8001/x/../back",
        "http://127.0.0.1:8001/back#part",
        "http://127.0.0.1:8001/back#",
        "http://127.0.0.1:8001\\/back",
        "http://127.0.0.1:8001\n/back",
        "https://127.0.0.1:8001/back",
        "HTTP://127.0.0.1:8001/back",
        "http://[::1]:8001/back",
        "http://localhost:8001/back",
        "http://127.0.0.2:8001/back",
        "http://127.0.0.1.evil.example:8001/back",
        "http://127.1:8001/back",
        "http://2130706433:8001/back",
        "http://0x7f.0.0.1:8001/back",
        "http://127.0.0.1:8001@evil.example/back",
        "http://user@127.0.0.1:8001/back",
        "http://user:word@127.0.0.1:8001/back",
        "http://127.0.0.1:/back",
        "http://127.0.0.1:0/back",
        "http://127.0.0.1:08001/back",
        "http://127.0.0.1:65536/back",
        "http://127.0.0.1:8001:8002/back",
        "http://127.0.0.1:+8001/back",
        "http://127.0.0.1:8001evil.example/back",
    ],
)
def test_nothing_but_the_port_of_a_loopback_address_may_differ(door: Door, redirect: str) -> None:
    """Threat 50; RFC 8252, 7.3 and 8.3: no other path, scheme, spelling or host, and no name that could be led away."""
    made, _ = door.granting.register(label="A wallet", redirects=("http://127.0.0.1/back",), scopes=READ)
    with refused("invalid_request"):
        door.granting.require_redirect(client=client_id(made), redirect=redirect)


@pytest.mark.parametrize("registered", ["https://127.0.0.1/back", "https://[::1]/back", "https://localhost/back"])
def test_no_other_address_has_a_port_of_choice(door: Door, registered: str) -> None:
    """Threat 50."""
    made, _ = door.granting.register(label="A wallet", redirects=(registered,), scopes=READ)
    asked = registered.replace("/back", ":8001/back")
    with refused("invalid_request"):
        door.granting.require_redirect(client=client_id(made), redirect=asked)
    assert door.granting.require_redirect(client=client_id(made), redirect=registered)


@pytest.mark.parametrize(("label", "scopes"), [("", BADGES), ("ok", frozenset()), ("ok", {Scope.ACCOUNT_WRITE})])
def test_a_client_registers_for_badges_only(door: Door, label: str, scopes: frozenset[Scope]) -> None:
    with pytest.raises(ClientRefused):
        door.granting.register(label=label, redirects=(BACK,), scopes=frozenset(scopes))
