"""Opening an account by mail, and coming back to one: the same answer for every address, and each secret good once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_doors import AT, BETTER, GOOD, HERE, Entrance, build_entrance

from creditbank.services.joining import GOOD_FOR, LETTERS, DeadLink, LinkOfAnother, PasswordChangedMeanwhile
from creditbank.services.passwords import UnusableAddress, UnusablePassword
from creditbank.services.people import LastSignIn, SignInTaken, UnknownSignIn
from creditbank.services.people_records import LinkPurpose
from creditbank.services.records import Accepts
from creditbank.services.recovering import CODES, WrongRecoveryCode
from creditbank.services.signing_in import WrongSignIn
from creditbank.services.throttling import TooManyTries

ONE = "one@sample.example"


@pytest.fixture
def entrance(tmp_path: Path) -> Iterator[Entrance]:
    built = build_entrance(tmp_path)
    yield built
    built.store.close()


def stored(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.glob("store.db*"))


# opening an account


def test_an_account_is_opened_by_the_link_and_comes_with_a_learners_account(entrance: Entrance) -> None:
    entrance.door.joining.ask(" One@Sample.Example", HERE, at=AT)
    (letter,) = entrance.mail()
    assert letter.to == ONE
    token = entrance.post.token
    assert entrance.door.joining.address_of(token, LinkPurpose.SIGN_UP) == ONE
    signed_in = entrance.door.joining.finish(token, "  Zoe  Sample ", GOOD, HERE)
    person = entrance.door.people.person(signed_in.opened.session.person)
    (learner,) = entrance.door.people.learners(person.id)
    assert (person.name, learner.name, learner.sample) == ("Zoe Sample", "Zoe Sample", False)
    assert learner.accepts is Accepts.ASK
    assert learner.did.startswith("did:key:z6Mk")
    assert signed_in.opened.session.acting == learner.id
    assert entrance.door.signing_in.with_password(ONE, GOOD, HERE)


def test_a_link_opens_one_account_and_not_an_old_one(entrance: Entrance) -> None:
    entrance.door.joining.ask(ONE, HERE, at=AT)
    entrance.mail()
    token = entrance.post.token
    entrance.door.joining.finish(token, "Sample", GOOD, HERE)
    with pytest.raises(DeadLink):
        entrance.door.joining.finish(token, "Sample", GOOD, HERE)
    entrance.door.joining.ask("two@sample.example", HERE, at=AT)
    entrance.mail()
    entrance.clock.time += GOOD_FOR
    with pytest.raises(DeadLink):
        entrance.door.joining.finish(entrance.post.token, "Sample", GOOD, HERE)


def test_a_password_that_is_refused_leaves_the_link_good(entrance: Entrance) -> None:
    entrance.door.joining.ask(ONE, HERE, at=AT)
    entrance.mail()
    with pytest.raises(UnusablePassword):
        entrance.door.joining.finish(entrance.post.token, "Sample", "short", HERE)
    assert entrance.door.joining.finish(entrance.post.token, "Sample", GOOD, HERE)


def test_asking_for_a_known_address_tells_its_owner_and_nobody_else(entrance: Entrance) -> None:
    """Threat 44: the same answer and the same rows written; what differs is in the mail."""
    entrance.person()
    for address in (ONE, "two@sample.example"):
        assert entrance.door.joining.ask(address, HERE, at=AT) is None
    known, new = entrance.mail()
    assert (known.to, new.to) == (ONE, "two@sample.example")
    assert "You have one already" in known.text
    assert "/mail/" not in known.text
    assert "/mail/sign-up/" in new.text


def test_an_account_that_was_opened_meanwhile_stays_the_only_one(entrance: Entrance) -> None:
    entrance.door.joining.ask(ONE, HERE, at=AT)
    entrance.mail()
    entrance.person()
    with pytest.raises(SignInTaken):
        entrance.door.joining.finish(entrance.post.token, "Sample", BETTER, HERE)
    assert entrance.door.signing_in.with_password(ONE, GOOD, HERE)


def test_nobody_is_buried_in_mail(entrance: Entrance) -> None:
    """Threat 54: three letters to one address, and one more each twenty minutes, whatever they are about."""
    for _ in range(LETTERS.burst):
        entrance.door.recovering.ask(ONE, HERE, at=AT)
    for ask in (entrance.door.recovering.ask, entrance.door.joining.ask):
        with pytest.raises(TooManyTries):
            ask(ONE, HERE, at=AT)
    entrance.clock.pass_by(minutes=20)
    entrance.door.joining.ask(ONE, HERE, at=AT)


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "@b.de", "a b@c.de", "a@b..de", "a@-b.de", "a\n@b.de", "a@b.de\r\nBcc: x@y.de", "a,b@c.de"]
)
def test_what_is_no_address_is_said_so(entrance: Entrance, text: str) -> None:
    with pytest.raises(UnusableAddress):
        entrance.door.joining.ask(text, HERE, at=AT)


# several addresses


def test_a_second_address_signs_in_to_the_same_account(entrance: Entrance) -> None:
    person = entrance.person()
    entrance.door.joining.ask_to_add(person.id, "work@sample.example", HERE, at=AT)
    entrance.mail()
    entrance.door.joining.finish_adding(person.id, entrance.post.token, BETTER, at=AT)
    assert [letter.to for letter in entrance.mail()] == [ONE]
    signed_in = entrance.door.signing_in.with_password("work@sample.example", BETTER, HERE)
    assert signed_in.opened.session.person == person.id


def test_a_link_for_one_account_adds_nothing_to_another(entrance: Entrance) -> None:
    """Threat 50: a link that somebody is lured to open adds the lurer's address to no account of theirs."""
    mallory, victim = entrance.person("mallory"), entrance.person()
    entrance.door.joining.ask_to_add(mallory.id, "trap@sample.example", HERE, at=AT)
    entrance.mail()
    with pytest.raises(LinkOfAnother):
        entrance.door.joining.finish_adding(victim.id, entrance.post.token, BETTER, at=AT)
    assert len(entrance.door.people.sign_ins(victim.id)) == 1


def test_changing_a_password_ends_the_other_sessions_and_is_told(entrance: Entrance) -> None:
    person = entrance.person()
    there = entrance.door.signing_in.with_password(ONE, GOOD, HERE).opened
    here = entrance.door.signing_in.with_password(ONE, GOOD, HERE).opened
    (sign_in,) = entrance.door.people.sign_ins(person.id)
    entrance.door.joining.change_password(person.id, sign_in.id, BETTER, keep=here.secret, at=AT)
    assert [each.id for each in entrance.door.sessions.of(person.id)] == [here.session.id]
    assert entrance.door.sessions.find(there.secret, agent=HERE.agent) is None
    assert [letter.to for letter in entrance.mail()] == [ONE]
    with pytest.raises(WrongSignIn):
        entrance.door.signing_in.with_password(ONE, GOOD, HERE)
    stranger = entrance.person("two")
    with pytest.raises(UnknownSignIn):
        entrance.door.joining.change_password(stranger.id, sign_in.id, GOOD, keep="", at=AT)


def test_changing_a_password_voids_the_links_that_could_change_it_again(entrance: Entrance) -> None:
    """Whoever read the mailbox a moment ago has a link, and its owner has just chosen a new password against that."""
    person = entrance.person()
    here = entrance.door.signing_in.with_password(ONE, GOOD, HERE).opened
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    entrance.mail()
    (sign_in,) = entrance.door.people.sign_ins(person.id)
    entrance.door.joining.change_password(person.id, sign_in.id, BETTER, keep=here.secret, at=AT)
    with pytest.raises(DeadLink):
        entrance.door.recovering.finish(entrance.post.token, "the thief's own choice", HERE, at=AT)
    assert entrance.door.signing_in.with_password(ONE, BETTER, HERE)


def test_of_two_who_change_a_password_at_once_one_is_told(entrance: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    person = entrance.person()
    (sign_in,) = entrance.door.people.sign_ins(person.id)
    change, hash_once = entrance.door.joining.change_password, entrance.passwords.hash

    def meanwhile(password: str) -> str:
        monkeypatch.undo()
        change(person.id, sign_in.id, BETTER, keep="", at=AT)
        return hash_once(password)

    monkeypatch.setattr(entrance.passwords, "hash", meanwhile)
    with pytest.raises(PasswordChangedMeanwhile):
        change(person.id, sign_in.id, "nine purple teapots sing", keep="", at=AT)
    assert entrance.door.signing_in.with_password(ONE, BETTER, HERE)


def test_removing_an_address_is_told_to_it_and_the_last_stays(entrance: Entrance) -> None:
    person = entrance.person()
    (first,) = entrance.door.people.sign_ins(person.id)
    with pytest.raises(LastSignIn):
        entrance.door.joining.remove(person.id, first.id, keep="", at=AT)
    assert entrance.mail() == []
    entrance.door.joining.ask_to_add(person.id, "work@sample.example", HERE, at=AT)
    entrance.mail()
    entrance.door.joining.finish_adding(person.id, entrance.post.token, BETTER, at=AT)
    entrance.mail()
    entrance.door.joining.remove(person.id, first.id, keep="", at=AT)
    assert sorted(letter.to for letter in entrance.mail()) == [ONE, "work@sample.example"]
    with pytest.raises(WrongSignIn):
        entrance.door.signing_in.with_password(ONE, GOOD, HERE)


# recovery by mail


def test_a_link_lets_its_owner_choose_a_new_password_once(entrance: Entrance) -> None:
    person = entrance.person()
    elsewhere = entrance.door.signing_in.with_password(ONE, GOOD, HERE).opened
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    entrance.mail()
    token = entrance.post.token
    signed_in = entrance.door.recovering.finish(token, BETTER, HERE, at=AT)
    assert signed_in.opened.session.person == person.id
    assert entrance.door.sessions.find(elsewhere.secret, agent=HERE.agent) is None
    assert [letter.to for letter in entrance.mail()] == [ONE]
    with pytest.raises(DeadLink):
        entrance.door.recovering.finish(token, GOOD, HERE, at=AT)
    with pytest.raises(WrongSignIn):
        entrance.door.signing_in.with_password(ONE, GOOD, HERE)
    assert entrance.door.signing_in.with_password(ONE, BETTER, HERE)


def test_recovery_is_told_to_every_address_and_voids_the_other_links(entrance: Entrance) -> None:
    person = entrance.person()
    entrance.door.joining.ask_to_add(person.id, "work@sample.example", HERE, at=AT)
    entrance.mail()
    entrance.door.joining.finish_adding(person.id, entrance.post.token, BETTER, at=AT)
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    entrance.mail()
    first = entrance.post.token
    entrance.door.recovering.ask("work@sample.example", HERE, at=AT)
    entrance.mail()
    entrance.door.recovering.finish(entrance.post.token, GOOD, HERE, at=AT)
    assert sorted(letter.to for letter in entrance.mail()) == [ONE, "work@sample.example"]
    with pytest.raises(DeadLink):
        entrance.door.recovering.finish(first, GOOD, HERE, at=AT)


def test_for_an_address_that_nobody_has_as_much_is_written_and_nothing_sent(entrance: Entrance) -> None:
    """Threat 44: user enumeration by the answer and by time. One link and one letter, as for a known address."""
    entrance.person()
    written = []
    for address in (ONE, "nobody@sample.example"):
        assert entrance.door.recovering.ask(address, HERE, at=AT) is None
        with entrance.store._engine.connect() as connection:
            tables = ("links", "letters", "throttles")
            written.append([connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in tables])
    assert written == [[1, 1, 2], [2, 2, 3]]
    assert [letter.to for letter in entrance.mail()] == [ONE]


def test_a_link_of_one_purpose_serves_no_other(entrance: Entrance) -> None:
    entrance.person()
    entrance.door.joining.ask("two@sample.example", HERE, at=AT)
    entrance.mail()
    with pytest.raises(DeadLink):
        entrance.door.recovering.finish(entrance.post.token, BETTER, HERE, at=AT)
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    entrance.mail()
    with pytest.raises(DeadLink):
        entrance.door.joining.finish(entrance.post.token, "Sample", BETTER, HERE)


def test_no_token_of_a_mail_lies_in_the_database_in_clear(entrance: Entrance, tmp_path: Path) -> None:
    """Threats 46 and 53: also while the mail waits."""
    entrance.person()
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    waiting = stored(tmp_path)
    entrance.mail()
    assert entrance.post.token.encode() not in waiting + stored(tmp_path)
    assert b"/mail/recovery/" not in waiting


# recovery by code


def test_a_code_works_once_however_it_is_typed(entrance: Entrance, tmp_path: Path) -> None:
    """Threat 53: shown once, stored as a hash."""
    person = entrance.person()
    codes = entrance.door.recovering.new_codes(person.id, at=AT)
    assert len(set(codes)) == CODES
    assert all(re.fullmatch("([A-Z2-7]{4}-){3}[A-Z2-7]{4}", code) for code in codes)
    assert not any(
        code.encode() in stored(tmp_path) or code.replace("-", "").encode() in stored(tmp_path) for code in codes
    )
    elsewhere = entrance.door.signing_in.with_password(ONE, GOOD, HERE).opened
    entrance.mail()
    typed = f" {codes[0].lower().replace('-', ' ')} "
    assert entrance.door.recovering.by_code(typed, HERE, at=AT).opened.session.person == person.id
    assert entrance.door.sessions.find(elsewhere.secret, agent=HERE.agent) is None
    assert [letter.to for letter in entrance.mail()] == [ONE]
    assert entrance.door.recovering.codes_left(person.id) == CODES - 1
    with pytest.raises(WrongRecoveryCode):
        entrance.door.recovering.by_code(codes[0], HERE, at=AT)


def test_new_codes_void_the_earlier_ones(entrance: Entrance) -> None:
    person = entrance.person()
    (old, *_), new = (entrance.door.recovering.new_codes(person.id, at=AT) for _ in range(2))
    with pytest.raises(WrongRecoveryCode):
        entrance.door.recovering.by_code(old, HERE, at=AT)
    assert entrance.door.recovering.by_code(new[0], HERE, at=AT)


def test_guessing_codes_is_counted(entrance: Entrance) -> None:
    """Threat 54."""
    answers = []
    for number in range(12):
        with pytest.raises((WrongRecoveryCode, TooManyTries)) as refusal:
            entrance.door.recovering.by_code(f"{number}", HERE, at=AT)
        answers.append(refusal.type.slug)
    assert answers == ["wrong-recovery-code"] * 10 + ["too-many-tries"] * 2


# mail


def test_a_letter_that_cannot_be_sent_is_sent_later_and_given_up_in_the_end(entrance: Entrance) -> None:
    entrance.person()
    entrance.post.shut = True
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    assert entrance.mail() == []
    entrance.post.shut = False
    assert entrance.mail() == []
    entrance.clock.pass_by(minutes=1)
    assert [letter.to for letter in entrance.mail()] == [ONE]
    entrance.door.recovering.ask(ONE, HERE, at=AT)
    entrance.post.shut = True
    for _ in range(10):
        entrance.clock.pass_by(minutes=1)
        entrance.mail()
    entrance.post.shut = False
    entrance.clock.pass_by(days=1)
    assert entrance.mail() == []
