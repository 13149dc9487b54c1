"""People, sign-ins and sessions in the store: what the database itself decides."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditbank.adapters.store import SqlStore
from creditbank.canonical import sha256
from creditbank.services.people_records import Person, Session, SignIn, SignInKind
from creditbank.services.ports import AlreadyRecorded, UnknownRecord
from creditbank.services.records import Learner

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)


def a_person(number: int = 1) -> Person:
    return Person(f"urn:uuid:person-{number}", "Sample Person", NOW)


def a_way(name: str = "a@sample.example", *, person: int = 1) -> SignIn:
    return SignIn(f"id:{name}", a_person(person).id, SignInKind.PASSWORD, name, "hash", 0, "", name, NOW)


def a_session(name: str = "one", *, person: int = 1) -> Session:
    digest = sha256(name.encode())
    return Session(digest, name, a_person(person).id, "", NOW, NOW, NOW + timedelta(hours=1), NOW, sha256(b"agent"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", migrate=True)
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
        assert tx.end_old_sessions(NOW) == 0
        assert tx.end_session(sha256(b"one"))
        assert not tx.end_session(sha256(b"one"))
        assert tx.end_old_sessions(NOW + timedelta(hours=1)) == 1
