"""People, sign-ins and sessions in the store: what the database itself decides."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import wiped_database as wiped_database

from creditbank.adapters.store import SqlStore
from creditbank.canonical import sha256
from creditbank.services.people_records import (
    Challenge,
    IdentityProvider,
    Link,
    LinkPurpose,
    Person,
    Session,
    SignIn,
    SignInKind,
    StoredLetter,
)
from creditbank.services.ports import AlreadyRecorded, UnknownRecord
from creditbank.services.records import Learner, Organisation

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)


def a_person(number: int = 1) -> Person:
    return Person(f"urn:uuid:person-{number}", "Sample Person", NOW)


def a_way(name: str = "a@sample.example", *, person: int = 1) -> SignIn:
    return SignIn(f"id:{name}", a_person(person).id, SignInKind.PASSWORD, name, "hash", 0, "", name, NOW)


def a_session(name: str = "one", *, person: int = 1) -> Session:
    digest = sha256(name.encode())
    return Session(digest, name, a_person(person).id, "", NOW, NOW, NOW + timedelta(hours=1), NOW, sha256(b"agent"))


@pytest.fixture
def store(wiped_database: str) -> Iterator[SqlStore]:
    opened = SqlStore.open(wiped_database, migrate=True)
    with opened.transaction() as tx:
        for number in (1, 2):
            tx.add_person(a_person(number))
        assert tx.add_sign_in(a_way(), most=3)
    yield opened
    opened.close()


def test_people_and_sign_ins_come_back_as_they_were_added(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert tx.get_person(a_person().id) == a_person()
        assert tx.find_sign_in(SignInKind.PASSWORD, "a@sample.example") == a_way()
        assert tx.find_sign_in(SignInKind.PASSKEY, "a@sample.example") is None
        tx.rename_person(a_person().id, "Another Name")
        assert tx.get_person(a_person().id).name == "Another Name"
        with pytest.raises(UnknownRecord):
            tx.get_person("urn:uuid:nobody")


def test_a_handle_signs_one_person_in(store: SqlStore) -> None:
    with store.transaction() as tx, pytest.raises(AlreadyRecorded):
        tx.add_sign_in(replace(a_way(person=2), id="other"), most=3)


def test_an_account_has_at_most_so_many_sign_ins(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert [tx.add_sign_in(a_way(f"{name}@sample.example"), most=3) for name in "bcd"] == [True, True, False]
        assert len(tx.sign_ins_of(a_person().id)) == 3


def test_the_last_sign_in_stays_also_when_two_are_removed_at_once(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_sign_in(a_way("b@sample.example"), most=3)

    def remove(id: str) -> bool:
        with store.transaction() as tx:
            return tx.remove_sign_in(a_person().id, id)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, ["id:a@sample.example", "id:b@sample.example"])) == [False, True]
    with store.transaction() as tx:
        assert len(tx.sign_ins_of(a_person().id)) == 1


def test_removing_what_is_not_ones_own_changes_nothing(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_sign_in(a_way("b@sample.example"), most=3)
        tx.add_sign_in(a_way("c@sample.example", person=2), most=3)
        tx.add_sign_in(a_way("d@sample.example", person=2), most=3)
        with pytest.raises(UnknownRecord):
            tx.remove_sign_in(a_person(2).id, "id:a@sample.example")
        assert tx.remove_sign_in(a_person(2).id, "id:c@sample.example")
        assert not tx.remove_sign_in(a_person(2).id, "id:d@sample.example")


def test_a_counter_that_does_not_rise_is_refused(store: SqlStore) -> None:
    """Two signatures of one count come from two devices (WebAuthn 3, 6.1.1); zero stays zero for those without one."""
    with store.transaction() as tx:
        assert tx.use_sign_in("id:a@sample.example", when=NOW, counter=0)
        assert tx.use_sign_in("id:a@sample.example", when=NOW, counter=5)
        assert [tx.use_sign_in("id:a@sample.example", when=NOW, counter=each) for each in (5, 4, 0)] == [False] * 3
        assert tx.use_sign_in("id:a@sample.example", when=NOW, counter=6)


def test_a_secret_takes_the_place_of_the_one_that_was_read(store: SqlStore) -> None:
    with store.transaction() as tx:
        assert not tx.change_secret("id:a@sample.example", "new", before="other")
        assert tx.change_secret("id:a@sample.example", "new", before="hash")


def test_a_learners_account_belongs_to_one_person(store: SqlStore) -> None:
    learner = Learner("urn:uuid:learner", "did:key:z6MkOne", "n", False, NOW)
    with store.transaction() as tx:
        tx.add_learner(learner)
        assert tx.give_learner(learner.id, a_person().id)
        assert not tx.give_learner(learner.id, a_person(2).id)
        assert tx.learners_of(a_person().id) == [replace(learner, person=a_person().id)]
        assert tx.learners_of(a_person(2).id) == []


def test_sessions_end_one_by_one_all_but_one_and_by_age(store: SqlStore) -> None:
    with store.transaction() as tx:
        for name in ("one", "two", "three"):
            tx.add_session(a_session(name))
        tx.add_session(a_session("theirs", person=2))
        assert tx.find_session(sha256(b"one")) == a_session()
        assert not tx.end_session_of(a_person().id, "theirs")
        assert tx.end_session_of(a_person().id, "two")
        assert tx.end_sessions(a_person().id, but=sha256(b"one")) == 1
        assert [each.id for each in tx.sessions_of(a_person().id)] == ["one"]
        later = NOW + timedelta(minutes=5)
        tx.see_session(sha256(b"one"), later)
        assert tx.sessions_of(a_person().id) == [replace(a_session(), seen=later)]
        assert tx.forget_old(NOW) == 0
        assert tx.end_session(sha256(b"one"))
        assert not tx.end_session(sha256(b"one"))
        assert tx.forget_old(NOW + timedelta(hours=1)) == 1


def test_what_is_good_once_is_good_once(store: SqlStore) -> None:
    hash, later = sha256(b"token"), NOW + timedelta(minutes=30)
    link = Link(hash, LinkPurpose.RECOVERY, "a@sample.example", a_person().id, later)
    with store.transaction() as tx:
        tx.add_link(link)
        assert tx.find_link(hash, LinkPurpose.RECOVERY, NOW) == link
        assert tx.take_link(hash, LinkPurpose.SIGN_UP, NOW) is None
        assert tx.take_link(hash, LinkPurpose.RECOVERY, later) is None
        assert tx.take_link(hash, LinkPurpose.RECOVERY, NOW) == link
        assert tx.take_link(hash, LinkPurpose.RECOVERY, NOW) is None
        tx.put_recovery_codes(a_person().id, [sha256(b"1"), sha256(b"2")], NOW)
        assert tx.take_recovery_code(sha256(b"1")) == a_person().id
        assert tx.take_recovery_code(sha256(b"1")) is None
        assert tx.count_recovery_codes(a_person().id) == 1
        tx.put_recovery_codes(a_person().id, [sha256(b"3")], NOW)
        assert tx.take_recovery_code(sha256(b"2")) is None


def test_a_challenge_is_open_to_one_answer_whatever_the_answer_is(store: SqlStore) -> None:
    challenge = Challenge(sha256(b"c"), "passkey", {"challenge": "x"}, NOW + timedelta(minutes=5))
    with store.transaction() as tx:
        tx.add_challenge(challenge)
        assert tx.take_challenge(challenge.hash, "passkey", NOW) == challenge
        assert tx.take_challenge(challenge.hash, "passkey", NOW) is None
        tx.add_challenge(challenge)
        assert tx.take_challenge(challenge.hash, "oidc", NOW) is None
        assert tx.take_challenge(challenge.hash, "passkey", NOW) is None
        tx.add_challenge(challenge)
        assert tx.take_challenge(challenge.hash, "passkey", challenge.expires) is None


def test_tries_are_counted_by_the_database_and_come_back_with_time(store: SqlStore) -> None:
    """Threat 54: a burst of three, then one a second; the wait told is the wait there is."""
    name, now = sha256(b"name"), 1_000_000

    def ask(at: int) -> int:
        with store.transaction() as tx:
            return tx.throttle(name, now=at, interval=1000, burst=3)

    assert [ask(now) for _ in range(5)] == [0, 0, 0, 1000, 1000]
    assert ask(now + 999) == 1
    assert [ask(now + 1000), ask(now + 1000)] == [0, 1000]
    with store.transaction() as tx:
        tx.unthrottle(name, interval=1000)
    assert ask(now + 1000) == 0
    assert [ask(now + 60_000) for _ in range(4)] == [0, 0, 0, 1000]


def test_tries_at_once_are_counted_together(store: SqlStore) -> None:
    """Threat 54: many requests at once get no more tries than one after another."""

    def ask(_: int) -> bool:
        with store.transaction() as tx:
            return tx.throttle(sha256(b"name"), now=5_000_000, interval=60_000, burst=5) == 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(24))) == 5


def test_two_processes_count_together(store: SqlStore, wiped_database: str) -> None:
    """Threat 54: as many tries as one process would allow, however many there are."""
    another = SqlStore.open(wiped_database)
    allowed = 0
    for number in range(12):
        with (store if number % 2 else another).transaction() as tx:
            allowed += tx.throttle(sha256(b"name"), now=5_000_000, interval=60_000, burst=5) == 0
    another.close()
    assert allowed == 5


def test_an_organisation_has_one_issuer(store: SqlStore) -> None:
    body = Organisation("urn:uuid:body", "n", "did:web:b.example", frozenset(), (), "IN", True, "", NOW)
    provider = IdentityProvider(body.id, "https://login.example", "bank", b"sealed", ("a.example",), {"g": "x"}, NOW)
    with store.transaction() as tx:
        tx.add_organisation(body)
        tx.put_identity_provider(provider)
        tx.put_identity_provider(replace(provider, client="another"))
        assert tx.find_identity_provider(body.id) == replace(provider, client="another")
        assert tx.identity_providers() == [replace(provider, client="another")]
        assert tx.remove_identity_provider(body.id)
        assert not tx.remove_identity_provider(body.id)


def test_a_browser_is_known_by_one_person_until_they_forget_it(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_device(sha256(b"d"), a_person().id, NOW)
        tx.add_device(sha256(b"d"), a_person(2).id, NOW)
        assert tx.find_device(sha256(b"d")) == a_person(2).id
        tx.forget_devices(a_person(2).id)
        assert tx.find_device(sha256(b"d")) is None


def test_a_letter_is_due_again_until_it_was_sent(store: SqlStore) -> None:
    letter = StoredLetter("id", b"sealed", NOW, 0)
    with store.transaction() as tx:
        tx.add_letter(letter)
        assert tx.take_letter(NOW, until=NOW + timedelta(minutes=1)) == letter
        assert tx.take_letter(NOW, until=NOW + timedelta(minutes=1)) is None
        again = tx.take_letter(NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=9))
        assert (again and again.tries) == 1
        tx.remove_letter("id")
        assert tx.take_letter(NOW + timedelta(days=1), until=NOW + timedelta(days=2)) is None
