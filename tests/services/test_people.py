"""People and their sign-ins: one account, several ways in, never none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from creditbank.adapters.store import SqlStore
from creditbank.adapters.system import SystemClock, SystemEntropy
from creditbank.services.people import (
    MOST_SIGN_INS,
    LastSignIn,
    LearnerTaken,
    NewSignIn,
    People,
    SignInTaken,
    TooManySignIns,
    UnknownSignIn,
    UnusableName,
    readable_name,
)
from creditbank.services.people_records import Person, SignInKind
from creditbank.services.records import Learner


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(f"sqlite:///{tmp_path}/store.db", migrate=True)
    yield opened
    opened.close()


@pytest.fixture
def people(store: SqlStore) -> People:
    return People(store, SystemClock(), SystemEntropy())


def opened(people: People, store: SqlStore, name: str = "one") -> Person:
    with store.transaction() as tx:
        return people.open(tx, f"Person {name}", NewSignIn(SignInKind.PASSWORD, f"{name}@sample.example", "hash"))


def test_an_account_outlives_the_address_it_was_opened_with(people: People, store: SqlStore) -> None:
    person = opened(people, store)
    with store.transaction() as tx:
        people.add(tx, person.id, NewSignIn(SignInKind.PASSKEY, "credential", "key"))
    first, second = people.sign_ins(person.id)
    people.remove(person.id, first.id)
    assert people.sign_ins(person.id) == [second]
    assert people.person(person.id) == person


def test_the_last_way_in_stays(people: People, store: SqlStore) -> None:
    person = opened(people, store)
    (only,) = people.sign_ins(person.id)
    with pytest.raises(LastSignIn):
        people.remove(person.id, only.id)
    assert people.sign_ins(person.id) == [only]


def test_nobody_removes_anothers_sign_in(people: People, store: SqlStore) -> None:
    one, two = opened(people, store), opened(people, store, "two")
    (theirs,) = people.sign_ins(two.id)
    with pytest.raises(UnknownSignIn):
        people.remove(one.id, theirs.id)


def test_a_handle_belongs_to_one_account_and_nothing_is_opened_with_a_taken_one(
    people: People, store: SqlStore
) -> None:
    person = opened(people, store)
    with pytest.raises(SignInTaken):
        opened(people, store)
    with store.transaction() as tx, pytest.raises(SignInTaken):
        people.add(tx, person.id, NewSignIn(SignInKind.PASSWORD, "one@sample.example"))
    assert len(people.sign_ins(person.id)) == 1


def test_sign_ins_are_limited(people: People, store: SqlStore) -> None:
    person = opened(people, store)
    with store.transaction() as tx:
        for number in range(MOST_SIGN_INS - 1):
            people.add(tx, person.id, NewSignIn(SignInKind.PASSKEY, f"{number}"))
        with pytest.raises(TooManySignIns):
            people.add(tx, person.id, NewSignIn(SignInKind.PASSKEY, "one more"))


def test_a_learners_account_is_taken_once(people: People, store: SqlStore) -> None:
    one, two = opened(people, store), opened(people, store, "two")
    with store.transaction() as tx:
        tx.add_learner(Learner("urn:uuid:learner", "did:key:z6MkOne", "n", False, one.created))
        people.take_learner(tx, one.id, "urn:uuid:learner")
        people.take_learner(tx, one.id, "urn:uuid:learner")
        with pytest.raises(LearnerTaken):
            people.take_learner(tx, two.id, "urn:uuid:learner")
    assert [each.id for each in people.learners(one.id)] == ["urn:uuid:learner"]


def test_a_name_is_folded_and_can_be_changed(people: People, store: SqlStore) -> None:
    person = opened(people, store)
    people.rename(person.id, "  Zoe\u0308 \n Sample ")
    assert people.person(person.id).name == "Zo\u00eb Sample"


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "a\x00b", "x" * 201, "\ud800"])
def test_what_nobody_could_read_is_no_name(name: str) -> None:
    with pytest.raises(UnusableName):
        readable_name(name)
