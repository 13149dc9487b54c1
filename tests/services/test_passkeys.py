"""Passkeys, with an authenticator in software that lies: each lie is a no (Web Authentication 3, 7.1 and 7.2)."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from front_doors import AT, HERE, Entrance, build_entrance
from hypothesis import given, settings
from hypothesis import strategies as st
from soft_authenticator import SoftAuthenticator

from creditbank.adapters.people import passkey_ceremonies
from creditbank.services.passkeys import OPEN_FOR, TRIES, Party, WrongPasskey, text_of
from creditbank.services.people import SignInTaken
from creditbank.services.people_records import Person, SignIn
from creditbank.services.throttling import TooManyTries

PARTY = Party("bank.sample.example", AT)


@pytest.fixture
def entrance(tmp_path: Path) -> Iterator[Entrance]:
    built = build_entrance(tmp_path)
    yield built
    built.store.close()


@pytest.fixture
def device() -> SoftAuthenticator:
    return SoftAuthenticator(AT)


def added(entrance: Entrance, device: SoftAuthenticator, person: Person, **lie: Any) -> SignIn:
    question = entrance.door.passkeys.ask_to_add(PARTY, person.id)
    answer = device.make(question.options, **lie)
    return entrance.door.passkeys.add(PARTY, person.id, question.name, answer, label="Phone", at=AT)


def signed_in(entrance: Entrance, device: SoftAuthenticator, **lie: Any) -> str:
    question = entrance.door.passkeys.ask_to_sign_in(PARTY)
    answer = device.show(question.options, **lie)
    return entrance.door.passkeys.sign_in(PARTY, question.name, answer, HERE).opened.session.person


def test_a_passkey_signs_its_owner_in_without_any_name(entrance: Entrance, device: SoftAuthenticator) -> None:
    person = entrance.person()
    way = added(entrance, device, person)
    assert way.label == "Phone"
    assert [letter.to for letter in entrance.mail()] == ["one@sample.example"]
    options = json.loads(entrance.door.passkeys.ask_to_sign_in(PARTY).options)
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "preferred"
    assert signed_in(entrance, device) == person.id
    assert entrance.door.people.sign_ins(person.id)[1].counter == 1


def test_an_account_is_opened_with_a_passkey_and_nothing_else(entrance: Entrance, device: SoftAuthenticator) -> None:
    question = entrance.door.passkeys.ask_to_sign_up(PARTY, " Zoe  Sample ")
    options = json.loads(question.options)
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    opened = entrance.door.passkeys.sign_up(PARTY, question.name, device.make(question.options), HERE).opened
    assert entrance.door.people.person(opened.session.person).name == "Zoe Sample"
    assert entrance.door.people.learners(opened.session.person)
    assert signed_in(entrance, device) == opened.session.person


def test_the_user_handle_says_nothing_about_anybody(entrance: Entrance) -> None:
    """Threat 46, and Web Authentication 3, 14.6.1: random bytes, no address and no name."""
    person = entrance.person()
    user = json.loads(entrance.door.passkeys.ask_to_add(PARTY, person.id).options)["user"]
    assert user["id"] == text_of(uuid.UUID(person.id).bytes)
    assert user["name"] == user["displayName"] == person.name


LIES: list[dict[str, Any]] = [
    {"challenge": text_of(bytes(32))},
    {"origin": "https://evil.example"},
    {"origin": "http://bank.sample.example"},
    {"origin": AT + ":8443"},
    {"site": "evil.example"},
    {"site": "sample.example"},
]


@pytest.mark.parametrize("lie", [*LIES, {"type": "webauthn.get"}, {"format": "fido-u2f"}, {"format": "tpm"}])
def test_no_key_is_added_by_an_answer_that_does_not_fit(
    entrance: Entrance, device: SoftAuthenticator, lie: dict[str, Any]
) -> None:
    """Tampered challenge, wrong origin, wrong RP id hash, another ceremony, an attestation nobody asked for."""
    person = entrance.person()
    with pytest.raises(WrongPasskey):
        added(entrance, device, person, **lie)
    assert len(entrance.door.people.sign_ins(person.id)) == 1


@pytest.mark.parametrize(
    "lie",
    [
        *LIES,
        {"type": "webauthn.create"},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"present": False},
        {"handle": bytes(16)},
    ],
)
def test_nobody_is_signed_in_by_an_answer_that_does_not_fit(
    entrance: Entrance, device: SoftAuthenticator, lie: dict[str, Any]
) -> None:
    """Tampered challenge, wrong origin or RP id hash, another ceremony, another key, nobody there, another's name."""
    person = entrance.person()
    added(entrance, device, person)
    with pytest.raises(WrongPasskey):
        signed_in(entrance, device, **lie)
    assert signed_in(entrance, device) == person.id


def test_a_device_that_does_not_ask_who_holds_it_signs_in_and_confirms_nothing(
    entrance: Entrance, device: SoftAuthenticator
) -> None:
    """Web Authentication 3, 4, "User Verification": a stolen security key changes nobody's ways to sign in."""
    person, door = entrance.person(), entrance.door
    added(entrance, device, person)
    for verifies in (False, True):
        device.verifies = verifies
        question = door.passkeys.ask_to_sign_in(PARTY)
        opened = door.passkeys.sign_in(PARTY, question.name, device.show(question.options), HERE).opened
        assert door.sessions.is_fresh(opened.session) is verifies
        here = replace(HERE, session=opened.secret)
        question = door.passkeys.ask_again(PARTY, person.id)
        assert json.loads(question.options)["userVerification"] == "required"
        answer = device.show(question.options)
        if verifies:
            again = door.passkeys.confirm(PARTY, person.id, question.name, answer, here)
            assert door.sessions.is_fresh(again.session)
            continue
        with pytest.raises(WrongPasskey):
            door.passkeys.confirm(PARTY, person.id, question.name, answer, here)
        assert door.sessions.find(opened.secret, agent=HERE.agent) is not None


def test_a_new_passkey_is_one_that_asks_who_holds_it(entrance: Entrance, device: SoftAuthenticator) -> None:
    person = entrance.person()
    options = json.loads(entrance.door.passkeys.ask_to_add(PARTY, person.id).options)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    device.verifies = False
    with pytest.raises(WrongPasskey):
        added(entrance, device, person)
    device.verifies = True
    assert added(entrance, device, person)


def test_a_count_that_does_not_rise_is_a_copy(entrance: Entrance, device: SoftAuthenticator) -> None:
    """Web Authentication 3, 6.1.1: two devices with one key count the same numbers."""
    person = entrance.person()
    added(entrance, device, person)
    signed_in(entrance, device, count=7)
    for count in (7, 3, 0):
        with pytest.raises(WrongPasskey):
            signed_in(entrance, device, count=count)
    assert signed_in(entrance, device, count=8) == person.id


def test_a_device_that_does_not_count_stays_at_zero(entrance: Entrance, device: SoftAuthenticator) -> None:
    person = entrance.person()
    added(entrance, device, person)
    assert [signed_in(entrance, device, count=0) for _ in range(2)] == [person.id] * 2


def test_a_question_has_one_answer_and_not_a_late_one(entrance: Entrance, device: SoftAuthenticator) -> None:
    """A replayed answer, an answer after five minutes, and a right one after a wrong one."""
    person = entrance.person()
    added(entrance, device, person)
    passkeys = entrance.door.passkeys
    question = passkeys.ask_to_sign_in(PARTY)
    answer = device.show(question.options)
    assert passkeys.sign_in(PARTY, question.name, answer, HERE)
    device.count += 1
    for again in (answer, device.show(question.options)):
        with pytest.raises(WrongPasskey):
            passkeys.sign_in(PARTY, question.name, again, HERE)
    late = passkeys.ask_to_sign_in(PARTY)
    entrance.clock.time += OPEN_FOR
    with pytest.raises(WrongPasskey):
        passkeys.sign_in(PARTY, late.name, device.show(late.options), HERE)
    spoilt = passkeys.ask_to_sign_in(PARTY)
    with pytest.raises(WrongPasskey):
        passkeys.sign_in(PARTY, spoilt.name, device.show(spoilt.options, origin="https://evil.example"), HERE)
    with pytest.raises(WrongPasskey):
        passkeys.sign_in(PARTY, spoilt.name, device.show(spoilt.options), HERE)


def test_an_answer_to_one_question_is_none_to_another(entrance: Entrance, device: SoftAuthenticator) -> None:
    person = entrance.person()
    added(entrance, device, person)
    passkeys = entrance.door.passkeys
    question = passkeys.ask_again(PARTY, person.id)
    with pytest.raises(WrongPasskey):
        passkeys.sign_in(PARTY, question.name, device.show(question.options), HERE)
    question = passkeys.ask_to_add(PARTY, person.id)
    with pytest.raises(WrongPasskey):
        passkeys.sign_up(PARTY, question.name, device.make(question.options), HERE)


def test_anothers_credential_opens_nothing_of_mine(entrance: Entrance) -> None:
    """The name of one account with the key of another, in either order, and a question asked of somebody else."""
    one, two = entrance.person(), entrance.person("two")
    mine, theirs = SoftAuthenticator(AT), SoftAuthenticator(AT)
    added(entrance, mine, one)
    added(entrance, theirs, two)
    with pytest.raises(WrongPasskey):
        signed_in(entrance, theirs, handle=uuid.UUID(one.id).bytes)
    passkeys = entrance.door.passkeys
    opened = entrance.door.signing_in.with_password("one@sample.example", "violet kettle runs sideways", HERE).opened
    asking = replace(HERE, session=opened.secret)
    (key,) = theirs.keys
    question = passkeys.ask_again(PARTY, one.id)
    with pytest.raises(WrongPasskey):
        passkeys.confirm(PARTY, one.id, question.name, theirs.show(question.options, credential=key), asking)
    question = passkeys.ask_again(PARTY, two.id)
    with pytest.raises(WrongPasskey):
        passkeys.confirm(PARTY, one.id, question.name, theirs.show(question.options), asking)
    question = passkeys.ask_to_add(PARTY, two.id)
    with pytest.raises(WrongPasskey):
        passkeys.add(PARTY, one.id, question.name, mine.make(question.options), label="", at=AT)
    question = passkeys.ask_again(PARTY, one.id)
    assert passkeys.confirm(PARTY, one.id, question.name, mine.show(question.options), asking).session.person == one.id


def test_a_key_belongs_to_one_account(entrance: Entrance, device: SoftAuthenticator) -> None:
    one, two = entrance.person(), entrance.person("two")
    question, other = entrance.door.passkeys.ask_to_add(PARTY, one.id), entrance.door.passkeys.ask_to_add(PARTY, two.id)
    answer = device.make(question.options)
    entrance.door.passkeys.add(PARTY, one.id, question.name, answer, label="", at=AT)
    twice = json.loads(answer)
    client = json.loads(device._client("webauthn.create", json.loads(other.options)["challenge"], {}))
    twice["response"]["clientDataJSON"] = text_of(json.dumps(client).encode())
    with pytest.raises(SignInTaken):
        entrance.door.passkeys.add(PARTY, two.id, other.name, json.dumps(twice), label="", at=AT)


def test_a_device_that_has_a_key_is_told_so(entrance: Entrance, device: SoftAuthenticator) -> None:
    person = entrance.person()
    way = added(entrance, device, person)
    options = json.loads(entrance.door.passkeys.ask_to_add(PARTY, person.id).options)
    assert [each["id"] for each in options["excludeCredentials"]] == [way.handle]


def test_guesses_are_counted(entrance: Entrance, device: SoftAuthenticator) -> None:
    """Threat 54."""
    question = entrance.door.passkeys.ask_to_sign_in(PARTY)
    device.make(entrance.door.passkeys.ask_to_add(PARTY, entrance.person().id).options)
    answer = device.show(question.options)
    for _ in range(TRIES.burst):
        with pytest.raises(WrongPasskey):
            entrance.door.passkeys.sign_in(PARTY, "cbq_x", answer, HERE)
    with pytest.raises(TooManyTries):
        entrance.door.passkeys.sign_in(PARTY, question.name, answer, HERE)


@settings(max_examples=30)
@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x)).map(json.dumps)))
def test_bytes_that_are_no_answer_are_a_no(answer: str) -> None:
    ceremonies = passkey_ceremonies()
    with pytest.raises(WrongPasskey):
        ceremonies.named(answer)
    with pytest.raises(WrongPasskey):
        ceremonies.made(PARTY, answer, challenge=bytes(32))


@settings(max_examples=30)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_hostile_bytes_in_an_answer_are_a_no(attestation: bytes, client: bytes) -> None:
    id = text_of(bytes(16))
    response = {"clientDataJSON": text_of(client), "attestationObject": text_of(attestation)}
    answer = json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
    with pytest.raises(WrongPasskey):
        passkey_ceremonies().made(PARTY, answer, challenge=bytes(32))
