"""The question that a client sends a person with: read once, answered at the registered address or nowhere."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from creditbank.services.authorising import WORDS, Authorising, SentBack
from creditbank.services.granting import GrantRefused, UnknownClient, client_id
from creditbank.services.membership_records import AccessKey
from creditbank.services.rights import BADGES, Scope

from .test_granting import BACK, CHALLENGE, NOW, VERIFIER, Door, door
from .test_membership import on_file, peopled

__all__ = ["door", "on_file", "peopled"]

BANK = "https://bank.sample.example"
Fields = list[tuple[str, str]]


def authorising(door: Door) -> Authorising:
    return Authorising(door.granting, BANK)


def question(wallet: AccessKey, **changed: str | None) -> Fields:
    fields: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id(wallet),
        "redirect_uri": BACK,
        "scope": Scope.BADGES_READ,
        "state": "s&p=1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changed
    return [(name, value) for name, value in fields.items() if value is not None]


def said(address: str) -> dict[str, str]:
    assert address.partition("?")[0] == BACK.partition("?")[0]
    pairs = parse_qsl(urlsplit(address).query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_a_person_sees_who_asks_and_for_what_and_the_client_gets_a_code(door: Door) -> None:
    """RFC 6749, 4.1.2; RFC 9207, 2."""
    wallet, bank = door.wallet(), authorising(door)
    read = bank.read([*question(wallet), ("unknown", "left aside"), ("unknown", "twice")])
    assert (read.client, read.host, read.words) == ("A wallet", "wallet.sample.example", (WORDS[Scope.BADGES_READ],))
    answer = said(bank.allow(read, person=door.person, learner=door.learner))
    assert (answer["state"], answer["iss"], set(answer)) == ("s&p=1", BANK, {"code", "state", "iss"})
    assert door.granting.exchange(wallet, code=answer["code"], redirect=BACK, verifier=VERIFIER)
    declined = said(bank.decline(read))
    assert declined == {"error": "access_denied", "state": "s&p=1", "iss": BANK}
    everything = bank.read(question(wallet, scope=None, state=None))
    assert everything.words == tuple(WORDS.values())
    assert set(said(bank.decline(everything))) == {"error", "iss"}


def test_every_scope_that_a_wallet_can_have_is_put_into_words() -> None:
    assert set(WORDS) == BADGES


def test_the_answer_is_added_to_a_query_that_the_address_has(door: Door) -> None:
    """RFC 6749, 3.1.2."""
    back = f"{BACK}?app=one"
    wallet, _ = door.granting.register(label="A wallet", redirects=(back,), scopes=BADGES)
    read = authorising(door).read(question(wallet, redirect_uri=back))
    assert authorising(door).decline(read).startswith(f"{back}&error=access_denied&state=s%26p%3D1&iss=")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "unknown"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": f"{BACK}?more=1"},
        {"redirect_uri": "https://WALLET.sample.example/back"},
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": "//evil.example"},
    ],
)
def test_nobody_is_led_to_an_address_that_the_client_did_not_register(door: Door, changed: dict[str, str]) -> None:
    """Threat 50; RFC 9700, 2.1 and 4.1: to the letter, and not even with an error."""
    with pytest.raises(UnknownClient):
        authorising(door).read(question(door.wallet(), response_type="token", **changed))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_who_asks_is_said_once(door: Door, name: str) -> None:
    """RFC 6749, 3.1."""
    fields = question(door.wallet())
    with pytest.raises(UnknownClient):
        authorising(door).read([*fields, (name, dict(fields)[name])])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "account:keys"}, "invalid_scope"),
        ({"state": "s" * 501}, "invalid_request"),
    ],
)
def test_what_else_is_wrong_is_told_to_the_client(door: Door, changed: dict[str, str], error: str) -> None:
    """RFC 6749, 4.1.2.1; RFC 9700, 2.1.1: PKCE of everybody, and S256 alone."""
    with pytest.raises(SentBack) as refusal:
        authorising(door).read(question(door.wallet(), **changed))
    told = said(refusal.value.back)
    assert (told["error"], told["iss"], told["state"]) == (error, BANK, changed.get("state", "s&p=1"))


@pytest.mark.parametrize("name", ["state", "scope", "code_challenge", "response_type"])
def test_a_field_that_stands_twice_is_no_question(door: Door, name: str) -> None:
    """RFC 6749, 3.1."""
    with pytest.raises(SentBack) as refusal:
        authorising(door).read([*question(door.wallet()), (name, "another")])
    told = said(refusal.value.back)
    assert told["error"] == "invalid_request"
    assert told.get("state", "s&p=1") == "s&p=1"


def test_a_client_of_an_organisation_asks_no_person(door: Door) -> None:
    registry, _ = door.client(Scope.BADGES_READ)
    with pytest.raises(UnknownClient):
        authorising(door).read(question(registry))


def test_a_code_of_one_client_is_no_code_of_another(door: Door) -> None:
    """RFC 9700, 4.4 and 4.5: injected, mixed up, or with the verifier of somebody else."""
    mine, theirs, bank = door.wallet(), door.wallet(), authorising(door)
    code = said(bank.allow(bank.read(question(mine)), person=door.person, learner=door.learner))["code"]
    for client, redirect, verifier in (
        (theirs, BACK, VERIFIER),
        (mine, f"{BACK}/", VERIFIER),
        (mine, BACK, VERIFIER[::-1]),
    ):
        with pytest.raises(GrantRefused):
            door.granting.exchange(client, code=code, redirect=redirect, verifier=verifier)
    assert door.granting.exchange(mine, code=code, redirect=BACK, verifier=VERIFIER)


def test_a_person_lets_a_client_into_their_own_account_alone(door: Door) -> None:
    """Threat 42."""
    wallet, bank = door.wallet(), authorising(door)
    read = bank.read(question(wallet))
    with pytest.raises(GrantRefused):
        bank.allow(read, person=door.house.person("minjun"), learner=door.learner)
    with door.house.store.transaction() as tx:
        tx.revoke_access_key(wallet.id, NOW)
    with pytest.raises(UnknownClient):
        bank.allow(read, person=door.person, learner=door.learner)
    with pytest.raises(UnknownClient):
        bank.read(question(wallet))
