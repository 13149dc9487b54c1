"""A provider's own number, bound to an account by the person's own act and by nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from holders import asked, copied, for_one, mark
from worlds import World

from creditbank.canonical import sha256
from creditbank.services import enrolling as room
from creditbank.services.enrolling import (
    EnrolmentClaimed,
    NumberTaken,
    TooManyClaims,
    UnknownClaim,
    UnusableNumber,
    spelt,
)
from creditbank.services.holder_records import Enrolment, Waiting, WaitingState
from creditbank.services.issuing import EarnedInFuture, RequestReused
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import IssuedCredential


@pytest.fixture(scope="module")
def shared(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = copied(founded, tmp_path_factory.mktemp("shared") / "bank")
    yield opened
    opened.bank.close()


@pytest.fixture
def world(shared: World) -> World:
    return for_one(shared)


def enrolled(world: World, number: str = "", name: str = "A. Learner") -> tuple[Enrolment, str]:
    enrolling = world.bank.enrolling
    made = enrolling.enrol(world.university.id, number=number or mark(world), name=name)
    return made, enrolling.code(made.id, by=world.university.id).code


def test_a_number_is_nobodys_until_its_code_is_typed_in(world: World) -> None:
    made, code = enrolled(world)
    assert world.bank.enrolling.resolve(world.university.id, mark(world)) is None
    claimed = world.bank.enrolling.claim(world.learner.id, f" {code.lower().replace('-', ' ')} ")
    assert claimed.enrolment.id == made.id
    assert world.bank.enrolling.resolve(world.university.id, mark(world)) == world.learner.id
    assert world.bank.enrolling.resolve(world.rival.id, mark(world)) is None, (
        "a number means something to one body only"
    )


def test_a_code_is_128_bits_and_only_its_hash_is_kept(world: World) -> None:
    """Threat 53: a claim code in a database that was stolen claims nothing."""
    made, code = enrolled(world)
    assert len(code.replace("-", "")) == 26
    assert spelt(bytes(16)).strip("0-") == ""
    kept = world.bank.enrolling.find(world.university.id, mark(world))
    assert kept is not None
    assert code not in repr(kept)
    assert kept.claim != sha256(code.encode())
    assert world.bank.enrolling.code(made.id, by=world.university.id).code != code
    with pytest.raises(UnknownClaim):  # the one before is void
        world.bank.enrolling.claim(world.learner.id, code)


def test_a_wrong_an_outworn_and_a_used_code_read_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 42: nothing tells a stranger whether a code was ever good."""
    other = world.bank.registering.register_learner(name="Another sample learner")
    said = set()
    _, code = enrolled(world)
    world.bank.enrolling.claim(world.learner.id, code)
    monkeypatch.setattr(room, "CLAIM_LIFETIME", timedelta(0))
    _, outworn = enrolled(world, f"{mark(world)}-2")
    for wrong in (code, outworn, "00000-00000-00000-00000-00000-0", "not a code at all"):
        with pytest.raises(UnknownClaim) as caught:
            world.bank.enrolling.claim(other.id, wrong)
        said.add(str(caught.value))
    assert len(said) == 1
    assert world.bank.enrolling.resolve(world.university.id, mark(world)) == world.learner.id


def test_the_same_learner_gets_the_first_answer_again(world: World) -> None:
    _, code = enrolled(world)
    first = world.bank.enrolling.claim(world.learner.id, code)
    assert world.bank.enrolling.claim(world.learner.id, code) == first


def test_an_account_tries_only_so_many_codes_within_the_hour(world: World) -> None:
    """Threat 54: codes are not guessed, though 128 bits would stand it."""
    for _ in range(20):
        with pytest.raises(UnknownClaim):
            world.bank.enrolling.claim(world.learner.id, "wrong")
    _, code = enrolled(world)
    with pytest.raises(TooManyClaims):
        world.bank.enrolling.claim(world.learner.id, code)


def test_nobody_is_matched_by_name(world: World) -> None:
    """Threat 39: two people of one name are two, and one person under two numbers is one by their own act only."""
    namesake = world.bank.registering.register_learner(name=world.learner.name)
    enrolled(world, name=world.learner.name)
    assert world.bank.enrolling.resolve(world.university.id, mark(world)) is None
    numbers = [f"{mark(world)}-7", f"{mark(world)}-8"]
    for number in numbers:
        _, code = enrolled(world, number, name=f"{number} {world.learner.name}")
        world.bank.enrolling.claim(namesake.id, code)
    assert {one.number for one in world.bank.enrolling.of(namesake.id)} == set(numbers)
    assert world.bank.enrolling.of(world.learner.id) == []


def test_a_number_stands_for_one_name(world: World) -> None:
    made, _ = enrolled(world)
    again = world.bank.enrolling.enrol(world.university.id, number=mark(world), name="A.  Learner ")
    assert again.id == made.id
    with pytest.raises(NumberTaken):
        enrolled(world, name="B. Learner")
    for bad in ("", " 7", "7\n8", "x" * 101):
        with pytest.raises(UnusableNumber):
            world.bank.enrolling.enrol(world.university.id, number=bad)


def test_a_freed_number_is_claimed_with_a_new_code(world: World) -> None:
    made, code = enrolled(world)
    enrolling = world.bank.enrolling
    enrolling.claim(world.learner.id, code)
    with pytest.raises(EnrolmentClaimed):
        enrolling.code(made.id, by=world.university.id)
    assert enrolling.free(made.id, by=world.learner.id).learner is None
    with pytest.raises(UnknownClaim):
        enrolling.claim(world.learner.id, code)
    other = world.bank.registering.register_learner(name="The right one")
    enrolling.claim(other.id, enrolling.code(made.id, by=world.university.id).code)
    assert enrolling.resolve(world.university.id, mark(world)) == other.id


def test_another_bodys_enrolment_is_unknown(world: World) -> None:
    """Threat 42."""
    made, _ = enrolled(world)
    for act in (
        lambda: world.bank.enrolling.code(made.id, by=world.rival.id),
        lambda: world.bank.enrolling.free(made.id, by=world.rival.id),
        lambda: world.bank.enrolling.get(made.id, subject=world.rival.id),
        lambda: world.bank.enrolling.get(made.id, subject=world.learner.id),
    ):
        with pytest.raises(UnknownRecord, match=made.id):
            act()


def test_what_is_issued_before_the_claim_waits_for_it(world: World) -> None:
    _, code = enrolled(world)
    wanted = asked(world)
    waits = world.bank.enrolling.issue(f"{mark(world)}-early", **wanted)
    assert isinstance(waits, Waiting)
    assert waits.state is WaitingState.WAITING
    assert world.bank.enrolling.issue(f"{mark(world)}-early", **wanted) == waits
    with pytest.raises(RequestReused):
        world.bank.enrolling.issue(f"{mark(world)}-early", **{**wanted, "result": "A"})
    (issued,) = world.bank.enrolling.claim(world.learner.id, code).waited
    assert issued.state is WaitingState.ISSUED
    made = world.bank.enrolling.issue(f"{mark(world)}-early", **wanted)
    assert isinstance(made, IssuedCredential)
    assert made.id == issued.credential
    assert made.learner == world.learner.id
    at_once = world.bank.enrolling.issue(f"{mark(world)}-late", **{**wanted, **asked(world, slug="u1")})
    assert isinstance(at_once, IssuedCredential)
    assert len(world.bank.sharing.account(world.learner.id).lots) == 2


def test_what_cannot_be_issued_does_not_begin_to_wait(world: World) -> None:
    enrolled(world)
    wanted = asked(world)
    with pytest.raises(EarnedInFuture):
        world.bank.enrolling.issue(f"{mark(world)}-early", **{**wanted, "earned": wanted["earned"].replace(year=2999)})
    with pytest.raises(UnknownRecord, match="Nobody is enrolled"):
        world.bank.enrolling.issue(f"{mark(world)}-early", **{**wanted, "number": "nobody"})


def test_a_refusal_at_the_claim_is_kept_and_the_claim_stands(world: World) -> None:
    _, code = enrolled(world)
    wanted = asked(world)
    world.bank.enrolling.issue(f"{mark(world)}-early", **wanted)
    world.bank.drafting.withdraw(world.university.id, wanted["achievement"], wanted["version"], reason="closed")
    (refused,) = world.bank.enrolling.claim(world.learner.id, code).waited
    assert (refused.state, refused.why) == (WaitingState.REFUSED, "achievement-withdrawn")
    told = [one.kind for one in world.bank.noticing.told(f"organisation:{world.university.id}")]
    assert told[-2:] == ["enrolment-claimed", "waiting-refused"]
    assert world.bank.enrolling.resolve(world.university.id, mark(world)) == world.learner.id


def test_what_waits_can_be_taken_back(world: World) -> None:
    _, code = enrolled(world)
    world.bank.enrolling.issue(f"{mark(world)}-early", **asked(world))
    with pytest.raises(UnknownRecord):
        world.bank.enrolling.withdraw(f"{mark(world)}-early", by=world.rival.id)
    assert world.bank.enrolling.withdraw(f"{mark(world)}-early", by=world.university.id).state is WaitingState.WITHDRAWN
    world.bank.enrolling.claim(world.learner.id, code)
    assert world.bank.sharing.account(world.learner.id).lots == ()


def test_a_crash_between_claim_and_issue_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 27: and a number that is bound to another account meanwhile keeps what was begun for the first."""
    made, code = enrolled(world)
    wanted = asked(world)
    world.bank.enrolling.issue(f"{mark(world)}-early", **wanted)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.bank.enrolling), "_issue_waiting", lambda self, enrolment: None)
        world.bank.enrolling.claim(world.learner.id, code)
    assert world.bank.sharing.account(world.learner.id).lots == ()
    world.bank.issuing.issue(
        f"{mark(world)}-early",
        learner=world.learner.id,
        **{key: value for key, value in wanted.items() if key != "number"},
    )
    world.bank.enrolling.free(made.id, by=world.university.id)
    other = world.bank.registering.register_learner(name="Another")
    world.bank.enrolling.claim(other.id, world.bank.enrolling.code(made.id, by=world.university.id).code)
    world.bank.enrolling.resume()
    _, (row,) = world.bank.enrolling.get(made.id, subject=world.university.id)
    assert row.state is WaitingState.ISSUED
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1
