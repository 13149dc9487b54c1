"""Signing in by password: one answer and one amount of work for whatever is wrong, and counts that hold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from front_doors import BETTER, GOOD, HERE, Entrance, build_entrance

from creditbank.adapters.people import Argon2Passwords
from creditbank.services.people_records import SignInKind
from creditbank.services.sessions import FRESH, IDLE, LONGEST, UnknownSession
from creditbank.services.signing_in import ACCOUNT, ADDRESS, Asking, WrongSignIn, network_of
from creditbank.services.throttling import TooManyTries


@pytest.fixture
def entrance(tmp_path: Path) -> Iterator[Entrance]:
    built = build_entrance(tmp_path)
    yield built
    built.store.close()


def guess(entrance: Entrance, asking: Asking, *, at: str = "one@sample.example") -> str:
    try:
        entrance.door.signing_in.with_password(at, "a wrong password", asking)
    except (WrongSignIn, TooManyTries) as refusal:
        return type(refusal).slug
    raise AssertionError("a wrong password signed somebody in")


def from_somewhere(number: int) -> Asking:
    return Asking(f"198.51.100.{number}", agent="Guesser")


def test_the_right_password_opens_a_session_that_acts_for_the_learner(entrance: Entrance) -> None:
    person = entrance.person()
    signed_in = entrance.door.signing_in.with_password(" One@SAMPLE.example ", GOOD, HERE)
    session = entrance.door.sessions.find(signed_in.opened.secret, agent=HERE.agent)
    assert session == signed_in.opened.session
    (learner,) = entrance.door.people.learners(person.id)
    assert (session.person, session.acting) == (person.id, learner.id)
    assert entrance.door.people.sign_ins(person.id)[0].used == entrance.clock.now()


def test_whatever_is_wrong_reads_the_same(entrance: Entrance) -> None:
    """Threat 44: user enumeration by the answer."""
    entrance.person()
    said = set()
    for address in ("one@sample.example", "nobody@sample.example", "no address", "", "a" * 5000):
        with pytest.raises(WrongSignIn) as refusal:
            entrance.door.signing_in.with_password(address, "a wrong password", HERE)
        said.add((str(refusal.value), refusal.value.next_step))
    assert len(said) == 1


class Counting(Argon2Passwords):
    """Counts how often a hash is made, and under which parameters."""

    def __init__(self) -> None:
        super().__init__(memory_kib=64, rounds=1)
        self.work: list[str] = []

    def check(self, password: str, hash: str) -> tuple[bool, str]:
        self.work.append(hash.rpartition("$")[0].rpartition("$")[0])
        return super().check(password, hash)


def test_an_unknown_account_takes_the_same_work(entrance: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 44: user enumeration by time. One hash with the same parameters, known or not."""
    entrance.person()
    counting = Counting()
    monkeypatch.setattr(entrance.door.signing_in, "_passwords", counting)
    for address in ("one@sample.example", "nobody@sample.example", "no address"):
        guess(entrance, HERE, at=address)
    assert len(counting.work) == 3
    assert len(set(counting.work)) == 1


def test_nobodys_hash_costs_what_everybodys_does() -> None:
    """Threat 44: the parameters of the real hasher, which the other tests make cheap."""
    hasher = Argon2Passwords()
    assert not hasher._hashes.current_hasher.check_needs_rehash(hasher._nobodys)
    assert hasher.check(GOOD, hasher._nobodys) == (False, "")


def test_guesses_at_one_account_are_counted_from_wherever_they_come(entrance: Entrance) -> None:
    """Threat 54: ten guesses, then one each five minutes, whoever makes them, also at an account that is not there."""
    entrance.person()
    for at in ("one@sample.example", "nobody@sample.example"):
        answers = [guess(entrance, from_somewhere(number), at=at) for number in range(ACCOUNT.burst + 5)]
        assert answers == ["wrong-sign-in"] * ACCOUNT.burst + ["too-many-tries"] * 5
    entrance.clock.pass_by(minutes=5)
    again = [guess(entrance, from_somewhere(number + 100)) for number in range(2)]
    assert again == ["wrong-sign-in", "too-many-tries"]


def test_the_refusal_says_when_to_come_back(entrance: Entrance) -> None:
    entrance.person()
    for number in range(ACCOUNT.burst):
        guess(entrance, from_somewhere(number))
    with pytest.raises(TooManyTries) as refusal:
        entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)
    assert refusal.value.retry_after == ACCOUNT.every.total_seconds()
    entrance.clock.pass_by(seconds=refusal.value.retry_after)
    assert entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)


def test_a_stranger_who_guesses_does_not_shut_the_owner_out(entrance: Entrance) -> None:
    """Threat 54: the browser in which the owner has signed in before has a count of its own."""
    entrance.person()
    device = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).device
    for number in range(60):
        guess(entrance, from_somewhere(number))
    at_home = replace(HERE, device=device)
    assert entrance.door.signing_in.with_password("one@sample.example", GOOD, at_home).device == device


def test_a_known_browser_guesses_no_more_often_than_others(entrance: Entrance) -> None:
    """Threat 54: and its count is of no use against other accounts."""
    entrance.person()
    entrance.person("two")
    device = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).device
    answers = [guess(entrance, replace(from_somewhere(number), device=device)) for number in range(15)]
    assert answers.count("wrong-sign-in") == 10
    for number in range(ACCOUNT.burst):
        guess(entrance, from_somewhere(number + 50), at="two@sample.example")
    with_device = replace(from_somewhere(70), device=device)
    assert guess(entrance, with_device, at="two@sample.example") == "too-many-tries"


def test_one_address_is_held_up_at_whatever_accounts_it_stuffs(entrance: Entrance) -> None:
    """Threat 54: credential stuffing, one guess at each of many accounts."""
    answers = [guess(entrance, HERE, at=f"{number}@sample.example") for number in range(ADDRESS.burst + 3)]
    assert answers == ["wrong-sign-in"] * ADDRESS.burst + ["too-many-tries"] * 3


def test_an_address_of_ipv6_counts_by_its_network() -> None:
    """Threat 54: whoever has one address of IPv6 has 2^64."""
    assert network_of("2001:db8:1:2:3::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"


def test_guesses_at_once_are_no_way_around_the_count(entrance: Entrance) -> None:
    """Threat 54: what is counted is counted before the work."""
    entrance.person()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: guess(entrance, from_somewhere(number)), range(24)))
    assert answers.count("wrong-sign-in") == ACCOUNT.burst


def test_signing_in_rightly_costs_no_tries(entrance: Entrance) -> None:
    entrance.person()
    for _ in range(40):
        assert entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)


def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_sign_in(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = entrance.person()
    monkeypatch.setattr(entrance.door.signing_in, "_passwords", Argon2Passwords(memory_kib=128, rounds=2))
    entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)
    (sign_in,) = entrance.door.people.sign_ins(person.id)
    assert "m=128,t=2,p=1" in sign_in.secret
    assert entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)
    with pytest.raises(WrongSignIn):
        entrance.door.signing_in.with_password("one@sample.example", BETTER, HERE)


def test_a_password_is_the_same_on_every_keyboard(entrance: Entrance) -> None:
    entrance.person(password="zo\u00eb runs sideways twice")
    assert entrance.door.signing_in.with_password("one@sample.example", "zoe\u0308 runs sideways twice", HERE)


# sessions


def test_a_new_id_at_every_sign_in_ends_the_one_before(entrance: Entrance) -> None:
    """Threat 50: session fixation. An id that somebody planted in the browser is worth nothing after sign-in."""
    entrance.person()
    first = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened.secret
    second = entrance.door.signing_in.with_password("one@sample.example", GOOD, replace(HERE, session=first)).opened
    assert entrance.door.sessions.find(first, agent=HERE.agent) is None
    assert entrance.door.sessions.find(second.secret, agent=HERE.agent) == second.session


def test_a_new_id_whenever_the_session_may_do_something_else(entrance: Entrance) -> None:
    """Threat 50: session fixation at a change of what the session may do."""
    person = entrance.person()
    first = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    acting = entrance.door.sessions.renew(first.secret, acting="urn:uuid:other")
    assert acting.session.acting == "urn:uuid:other"
    assert (acting.session.id, acting.session.expires) == (first.session.id, first.session.expires)
    entrance.clock.pass_by(minutes=11)
    asking = replace(HERE, session=acting.secret)
    again = entrance.door.signing_in.confirm(person.id, "one@sample.example", GOOD, asking)
    assert again.session.acting == "urn:uuid:other"
    for old in (first.secret, acting.secret):
        assert entrance.door.sessions.find(old, agent=HERE.agent) is None
        with pytest.raises(UnknownSession):
            entrance.door.sessions.renew(old, fresh=True)


def test_the_database_holds_no_id_of_a_session(entrance: Entrance, tmp_path: Path) -> None:
    """Threat 53: a stolen database opens no session, and says of no browser what it calls itself."""
    entrance.person()
    signed_in = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE)
    stored = b"".join(each.read_bytes() for each in tmp_path.glob("store.db*"))
    assert signed_in.opened.session.id.encode() in stored
    for secret in (signed_in.opened.secret, signed_in.device, GOOD, HERE.agent):
        assert secret.encode() not in stored


def test_a_session_nobody_uses_is_over_after_an_hour(entrance: Entrance) -> None:
    entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    for _ in range(5):
        entrance.clock.pass_by(minutes=59)
        assert entrance.door.sessions.find(opened.secret, agent=HERE.agent)
    entrance.clock.time += IDLE
    assert entrance.door.sessions.find(opened.secret, agent=HERE.agent) is None


def test_a_session_is_over_after_twelve_hours_however_busy(entrance: Entrance) -> None:
    entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    for _ in range(int(LONGEST.total_seconds() // 1800) - 1):
        entrance.clock.pass_by(minutes=30)
        assert entrance.door.sessions.find(opened.secret, agent=HERE.agent)
    entrance.clock.pass_by(minutes=30)
    assert entrance.door.sessions.find(opened.secret, agent=HERE.agent) is None


def test_a_session_that_turns_up_in_another_browser_is_over(entrance: Entrance) -> None:
    entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    assert entrance.door.sessions.find(opened.secret, agent="Another browser") is None
    assert entrance.door.sessions.find(opened.secret, agent=HERE.agent) is None


def test_somebody_is_fresh_for_ten_minutes(entrance: Entrance) -> None:
    person = entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    assert entrance.door.sessions.is_fresh(opened.session)
    entrance.clock.time += FRESH
    assert not entrance.door.sessions.is_fresh(opened.session)
    moved = entrance.door.sessions.renew(opened.secret, acting="")
    assert not entrance.door.sessions.is_fresh(moved.session)
    asking = replace(HERE, session=moved.secret)
    assert entrance.door.sessions.is_fresh(
        entrance.door.signing_in.confirm(person.id, "one@sample.example", GOOD, asking).session
    )


def test_nobody_is_made_fresh_by_anothers_password(entrance: Entrance) -> None:
    one = entrance.person()
    entrance.person("two", BETTER)
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    asking = replace(HERE, session=opened.secret)
    for address, password in (("two@sample.example", BETTER), ("one@sample.example", BETTER)):
        with pytest.raises(WrongSignIn):
            entrance.door.signing_in.confirm(one.id, address, password, asking)
    assert entrance.door.sessions.find(opened.secret, agent=HERE.agent)


def test_sessions_are_listed_and_ended_by_their_owner_only(entrance: Entrance) -> None:
    """Threat 42: another person's session is one that there is not."""
    one, two = entrance.person(), entrance.person("two")
    here = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    entrance.door.signing_in.with_password("one@sample.example", GOOD, Asking("203.0.113.9"))
    theirs = entrance.door.signing_in.with_password("two@sample.example", GOOD, HERE).opened
    assert len(entrance.door.sessions.of(one.id)) == 2
    with pytest.raises(UnknownSession):
        entrance.door.sessions.end_one(one.id, theirs.session.id)
    assert entrance.door.sessions.end_others(here.session) == 1
    assert [each.id for each in entrance.door.sessions.of(one.id)] == [here.session.id]
    entrance.door.sessions.end_one(one.id, here.session.id)
    assert entrance.door.sessions.find(here.secret, agent=HERE.agent) is None
    assert len(entrance.door.sessions.of(two.id)) == 1


@pytest.mark.parametrize("secret", ["", "cbs_", "cbs_wrong", "cbk_x", "cbs_\u00e9", "cbs_" + "x" * 10_000])
def test_what_is_no_id_of_a_session_is_none(entrance: Entrance, secret: str) -> None:
    assert entrance.door.sessions.find(secret, agent="") is None


def test_a_passkey_is_no_password(entrance: Entrance) -> None:
    person = entrance.person()
    with entrance.store.transaction() as tx:
        tx.add_sign_in(
            replace(
                tx.sign_ins_of(person.id)[0],
                id="urn:uuid:key",
                kind=SignInKind.PASSKEY,
                handle="key@sample.example",
            ),
            most=5,
        )
    with pytest.raises(WrongSignIn):
        entrance.door.signing_in.with_password("key@sample.example", GOOD, HERE)
