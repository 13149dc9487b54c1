"""Somebody closes the account that they sign in to: what goes, what stays, and who cannot yet."""

import re
from dataclasses import dataclass

import pytest
from crashes import Interrupted, interrupt
from databases import database as database
from front_doors import GOOD, HERE

from creditbank.adapters.store.archive import restore_database, take_backup
from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.services.closing import ClosingNotConfirmed, OtherAccounts
from creditbank.services.erasing import ErasureNotYet
from creditbank.services.granting import client_id
from creditbank.services.membership import AT_THE_MACHINE, Giver, InvitationNotOpen, LastOwner
from creditbank.services.passkeys import Party
from creditbank.services.people import NewSignIn, SignInTaken, UnknownSignIn
from creditbank.services.people_records import SignInKind
from creditbank.services.ports import UnknownRecord
from creditbank.services.rights import MemberRole, Scope
from creditbank.services.signing_in import WrongSignIn

from .test_erasing import rows_of
from .test_granting import BACK, CHALLENGE, VERIFIER

AT = "https://bank.sample.example"
NAME, ADDRESS = "Canary Heron", "canary-heron@sample.example"
CANARY = re.compile(r"(?i)canary[- a-z]*")


@dataclass
class Leaver:
    """Somebody with everything that an account can have."""

    person: str
    learner: str
    session: str
    token: str
    access: str
    invitation: str


def joined(bank, body, person, *roles):
    _, code = bank.membership.invite(f"{person}{roles}", organisation=body, roles=roles, by=AT_THE_MACHINE)
    bank.membership.accept(code, person)


def somebody(bank, name=NAME, address=ADDRESS):
    way = NewSignIn(SignInKind.PASSWORD, address, bank.door.desk.passwords.hash(GOOD), label=address, contact=address)
    with bank.store.transaction() as tx:
        return bank.door.joining.open(tx, name, way).id


@pytest.fixture
def peopled(world):
    """A person who leaves, with an account for credits, an organisation, a wallet; and a colleague who stays."""
    bank, body = world.bank, world.university.id
    person, world.colleague = somebody(bank), somebody(bank, "Colleague", "colleague@sample.example")
    joined(bank, body, world.colleague, MemberRole.OWNER)
    joined(bank, body, person, MemberRole.ADMINISTRATOR)
    (learner,) = bank.door.people.learners(person)
    opened = bank.door.signing_in.with_password(ADDRESS, GOOD, HERE).opened
    bank.door.recovering.new_codes(person, at=AT)
    bank.door.recovering.ask(ADDRESS, HERE, at=AT)
    bank.door.passkeys.ask_again(Party("bank.sample.example", AT), person)
    with pytest.raises(WrongSignIn):
        bank.door.signing_in.with_password(ADDRESS, "wrong", HERE)
    giver = Giver(f"person:{person}", frozenset())
    _, token = bank.access.make_token("t", organisation=body, label="A test", scopes=[Scope.AUDIT_READ], by=giver)
    _, code = bank.membership.invite("i", organisation=body, roles=[MemberRole.AUDITOR], by=giver)
    wallet, _ = bank.granting.register(label="A wallet", redirects=(BACK,), scopes=frozenset({Scope.BADGES_READ}))
    asked = bank.granting.asked(client=client_id(wallet), redirect=BACK, scopes=wallet.scopes, challenge=CHALLENGE)
    granted = bank.granting.exchange(
        wallet,
        code=bank.granting.allow(asked, person=person, learner=learner.id),
        redirect=BACK,
        verifier=VERIFIER,
    )
    world.leaver = Leaver(person, learner.id, opened.secret, token, granted.access, code)
    return world


def close(bank, person, name=NAME):
    return bank.closing.close(person, confirm=name, actor=f"person:{person}", at=AT)


def test_nothing_of_whoever_closed_their_account_stays_in_either_database(peopled, database, tmp_path):
    """Threat 47: name, address, ways to sign in, sessions, links, codes, questions, letters, counts, programs."""
    bank, leaver = peopled.bank, peopled.leaver
    take_backup(bank.settings.database_url, tmp_path / "b.zip", files={}, now=bank.clock.now(), version="1")
    restore_database(tmp_path / "b.zip", database, lambda tx: None)
    assert {"Canary Heron", "canary-heron"} <= set(CANARY.findall(repr(rows_of(database))))
    settings = {"CREDITBANK_DATABASE_URL": database, "CREDITBANK_FETCH_DOCUMENTS": "false"}
    with open_bank(Settings.load(settings, peopled.home), own_chain=False) as there:
        before = there.closing.preview(leaver.person)
        assert (before.name, before.sign_ins, before.sessions, before.programs) == (NAME, 1, 1, 1)
        assert [(one.name, one.sole_owner) for one in before.belongings] == [("Sample University", False)]
        assert before.hindrances == ()
        there.door.mailing.deliver()
        closed = close(there, leaver.person)
        assert closed.erased == (leaver.learner,)
        assert there.door.sessions.find(leaver.session, agent=HERE.agent) is None
        assert there.access.holder(leaver.token) is there.granting.holder(leaver.access) is None
        with pytest.raises(InvitationNotOpen):
            there.membership.accept(leaver.invitation, peopled.colleague)
        with pytest.raises(WrongSignIn):
            there.door.signing_in.with_password(ADDRESS, GOOD, HERE)
        assert [name for _, name in there.membership.members(peopled.university.id)] == ["Colleague"]
        assert close(there, leaver.person).at == closed.at
        assert there.trail.audit() == []
        rows = rows_of(database)
        left = {name: len(rows[name]) for name in ("recovery_codes", "links", "challenges", "letters", "doomed_keys")}
        assert left == {"recovery_codes": 0, "links": 0, "challenges": 0, "letters": 1, "doomed_keys": 0}
        assert CANARY.findall(repr(rows)) == []
        for file in tmp_path.glob("store.db*"):
            assert CANARY.findall(file.read_bytes().decode("latin-1")) == []
        assert there.door.mailing.deliver() == 1, "each address is told, and the letter is gone with it"
        assert somebody(there), "who comes back is somebody new"
    with bank.store.transaction() as tx:
        assert tx.get_person(leaver.person).name == NAME, "the other database is another bank's"


def test_an_organisations_only_owner_is_refused_and_nothing_is_closed(peopled):
    """Nobody could ever give its rights again."""
    bank, person = peopled.bank, peopled.colleague
    preview = bank.closing.preview(person)
    assert [one.sole_owner for one in preview.belongings] == [True]
    assert preview.hindrances == ("You are the only owner of Sample University.",)
    with pytest.raises(LastOwner) as refusal:
        close(bank, person, "Colleague")
    assert "owner there first" in refusal.value.next_step
    assert bank.door.signing_in.with_password("colleague@sample.example", GOOD, HERE)
    bank.membership.change(
        peopled.university.id, peopled.leaver.person, [MemberRole.OWNER], by=Giver(f"person:{person}", frozenset())
    )
    assert close(bank, person, "Colleague").person == person
    with pytest.raises(LastOwner):
        close(bank, peopled.leaver.person)


def test_of_two_last_owners_who_close_at_once_one_stays(peopled, monkeypatch):
    """The database's guard decides, whatever was counted before."""
    bank, body = peopled.bank, peopled.university.id
    joined(bank, body, peopled.leaver.person, MemberRole.OWNER)
    monkeypatch.setattr("creditbank.services.closing._belongings", lambda tx, person: _alone(tx, person))
    close(bank, peopled.colleague, "Colleague")
    with pytest.raises(LastOwner):
        close(bank, peopled.leaver.person)


def _alone(tx, person):
    from creditbank.services.closing import Belonging

    return [Belonging(one.organisation, "x", one.roles, False) for one in tx.memberships_of(person)]


def test_closing_takes_the_name_once_more(peopled):
    bank, person = peopled.bank, peopled.leaver.person
    for wrong in ("Canary", "", " ", "canary heron"):
        with pytest.raises(ClosingNotConfirmed):
            close(bank, person, wrong)
    with pytest.raises(UnknownRecord):
        close(bank, "urn:uuid:nobody")
    assert bank.door.sessions.find(peopled.leaver.session, agent=HERE.agent) is not None
    assert close(bank, person, "  Canary   Heron ")
    for ask in (bank.closing.preview, bank.door.people.person):
        with pytest.raises(UnknownRecord):
            ask(person)
    with pytest.raises(UnknownSignIn):
        bank.door.people.by_address(ADDRESS)


def test_while_an_award_is_made_nothing_is_closed(peopled, monkeypatch):
    bank, leaver = peopled.bank, peopled.leaver
    monkeypatch.setattr(bank.erasing, "is_settled", lambda tx, learner: False)
    assert bank.closing.preview(leaver.person).hindrances
    monkeypatch.setattr("creditbank.services.erasing._is_settled", lambda tx, learner: False)
    with pytest.raises(ErasureNotYet):
        close(bank, leaver.person)
    assert bank.membership.acting(leaver.person)


def test_a_crash_closes_all_or_nothing_and_leaves_no_key(peopled, monkeypatch):
    """Threat 27."""
    bank, leaver = peopled.bank, peopled.leaver
    with monkeypatch.context() as patch:
        interrupt(patch, type(bank.door.mailing), "post")
        with pytest.raises(Interrupted):
            close(bank, leaver.person)
    assert bank.closing.preview(leaver.person).learners
    with monkeypatch.context() as patch:
        interrupt(patch, type(bank.vault), "forget_key")
        with pytest.raises(Interrupted):
            close(bank, leaver.person)
    bank = peopled.reopen()
    assert bank.vault.find_key(leaver.learner, "1") is not None
    bank.resume()
    assert bank.vault.find_key(leaver.learner, "1") is None
    with pytest.raises(UnknownRecord):
        bank.closing.preview(leaver.person)


def test_who_speaks_for_one_learner_closes_no_other(peopled):
    """Threat 42: a key is for one account."""
    bank, leaver = peopled.bank, peopled.leaver
    assert bank.closing.person_of(leaver.learner) == leaver.person
    with pytest.raises(UnknownRecord):
        bank.closing.person_of(peopled.learner.id)
    with bank.store.transaction() as tx:
        bank.door.people.take_learner(tx, leaver.person, peopled.learner.id)
    with pytest.raises(OtherAccounts):
        bank.closing.person_of(leaver.learner)
    assert set(close(bank, leaver.person).erased) == {leaver.learner, peopled.learner.id}


def test_an_address_that_was_freed_opens_a_new_account(peopled):
    bank, leaver = peopled.bank, peopled.leaver
    with pytest.raises(SignInTaken):
        somebody(bank)
    close(bank, leaver.person)
    again = somebody(bank)
    assert bank.membership.acting(again) != ()
    assert again != leaver.person
