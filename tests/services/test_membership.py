"""Members: nobody gives more than they hold, an invitation works once, and the last owner stays."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from databases import wiped_of

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.errors import StoreBusy
from creditbank.adapters.system import SystemEntropy
from creditbank.errors import CreditBankError
from creditbank.services import membership
from creditbank.services.access import Access, NoSuchKey, UnusableKeyRequest
from creditbank.services.membership import (
    AT_THE_MACHINE,
    BeyondOwnRights,
    Giver,
    InvitationNotOpen,
    LastOwner,
    Membership,
    NotAMember,
    RoleDoesNotFit,
    TooManyInvitations,
)
from creditbank.services.membership_records import MembershipRecord
from creditbank.services.people import NewSignIn, People
from creditbank.services.people_records import SignInKind
from creditbank.services.records import Learner, Organisation, Role
from creditbank.services.rights import LEARNERS, READING, CallerRole, MemberRole, Scope, scopes_of, within
from creditbank.services.secret_texts import Prefix, is_secret
from creditbank.services.trail import Trail

Answer = TypeVar("Answer")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OWNER, ADMINISTRATOR, ISSUER = MemberRole.OWNER, MemberRole.ADMINISTRATOR, MemberRole.ISSUER
REGISTRAR, AUDITOR, OFFICER = MemberRole.REGISTRAR, MemberRole.AUDITOR, MemberRole.OFFICER
UNIVERSITY, COLLEGE = "urn:uuid:university", "urn:uuid:college"


@dataclass
class House:
    """A store with two organisations, and people in it."""

    store: SqlStore
    at: datetime = NOW
    asked: int = 0
    people: dict[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.at

    def __post_init__(self) -> None:
        self.entropy = entropy = SystemEntropy()
        self.trail = Trail(self.store, self)
        self.membership = Membership(self.store, self.trail, self, entropy)
        self.access = Access(self.store, self.trail, self, entropy)
        self.persons = People(self.store, self, entropy)

    def person(self, name: str) -> str:
        if name not in self.people:
            with self.store.transaction() as tx:
                way = NewSignIn(SignInKind.PASSWORD, f"{name}@sample.example", "hash")
                self.people[name] = self.persons.open(tx, name.capitalize(), way).id
        return self.people[name]

    def giver(self, name: str) -> Giver:
        return Giver(f"person:{self.person(name)}", frozenset())

    def code(self, *roles: MemberRole, by: Giver = AT_THE_MACHINE, body: str = UNIVERSITY) -> str:
        self.asked += 1
        _, code = self.membership.invite(f"request-{self.asked}", organisation=body, roles=roles, by=by)
        assert code is not None
        return code

    def join(self, name: str, *roles: MemberRole, by: Giver = AT_THE_MACHINE, body: str = UNIVERSITY) -> str:
        self.membership.accept(self.code(*roles, by=by, body=body), self.person(name))
        return self.person(name)

    def through(self, token: str) -> Giver:
        """Whoever holds the token."""
        held = self.access.holder(token)
        assert held is not None
        return Giver(f"token:{held.key}", held.scopes)

    def roles(self, body: str = UNIVERSITY) -> dict[str, frozenset[MemberRole]]:
        return {name.lower(): record.roles for record, name in self.membership.members(body)}

    def token(self, *scopes: Scope, by: Giver = AT_THE_MACHINE, days: int = 90) -> str:
        self.asked += 1
        made = self.access.make_token(
            f"request-{self.asked}", organisation=UNIVERSITY, label="A registry", scopes=scopes, by=by, days=days
        )
        assert made[1] is not None
        return made[1]


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the two organisations, which each test copies."""
    path = tmp_path_factory.mktemp("peopled") / "store.db"
    _found(f"sqlite:///{path}")
    return path


def _found(url: str) -> None:
    store = SqlStore.open(url, migrate=True)
    kinds = {UNIVERSITY: frozenset(Role), COLLEGE: frozenset({Role.PROVIDER})}
    with store.transaction() as tx:
        for id, roles in kinds.items():
            did = f"did:web:{id[9:]}.sample.example"
            tx.add_organisation(Organisation(id, id, did, roles, (), "IN", True, "0x0", NOW))
    store.close()


@pytest.fixture
def on_file(peopled: Path, tmp_path: Path) -> Iterator[House]:
    """A house over SQLite."""
    shutil.copy(peopled, tmp_path / "store.db")
    built = House(SqlStore.open(f"sqlite:///{tmp_path}/store.db"))
    yield built
    built.store.close()


SERVER = pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])


@pytest.fixture(params=["sqlite", SERVER])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house over either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("on_file")
        return
    url = wiped_of(request, tmp_path)
    _found(url)
    built = House(SqlStore.open(url))
    yield built
    built.store.close()


def patiently(act: Callable[[], Answer]) -> Answer:
    """Do it as a client does that is told to come back: where many write at once and the disk is slow, some wait long.

    That the store is busy decides nothing, and nothing was done.
    """
    while True:
        with suppress(StoreBusy):
            return act()


# invitations


def test_whoever_accepts_an_invitation_is_a_member_and_the_trail_tells(house: House) -> None:
    person = house.join("asha", OWNER)
    assert house.roles() == {"asha": {OWNER}}
    told = [(entry.actor, entry.action, entry.why) for entry in house.trail.entries(UNIVERSITY)]
    assert told == [("operator", "invitation.made", "owner"), (f"person:{person}", "invitation.accepted", "owner")]
    assert house.trail.audit() == []


def test_an_invitation_works_once(house: House) -> None:
    code = house.code(ISSUER)
    house.membership.accept(code, house.person("asha"))
    with pytest.raises(InvitationNotOpen):
        house.membership.accept(code, house.person("minjun"))
    again = house.membership.accept(code, house.person("asha"))
    assert again.roles == {ISSUER}
    assert list(house.roles()) == ["asha"]


def test_of_many_who_accept_at_once_one_gets_in(house: House) -> None:
    code, people = house.code(ISSUER), [house.person(f"p{number}") for number in range(6)]

    def accepted(person: str) -> bool:
        try:
            return patiently(lambda: house.membership.accept(code, person)).person == person
        except InvitationNotOpen:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(accepted, people)).count(True) == 1
    assert len(house.roles()) == 1


def test_expired_withdrawn_mistyped_and_unknown_codes_are_refused_alike(house: House) -> None:
    """Threat 44: the answer does not tell whether there ever was such an invitation."""
    person, expired, withdrawn = house.person("asha"), house.code(ISSUER), house.code(ISSUER)
    kept = house.membership.invitations(UNIVERSITY)[1]
    house.membership.withdraw(UNIVERSITY, kept.id, by=AT_THE_MACHINE)
    assert len(house.membership.invitations(UNIVERSITY)) == 1
    house.at += timedelta(days=7)
    said = set()
    for code in (expired, withdrawn, expired[:-1] + "x", "cbin_" + "A" * 49, ""):
        with pytest.raises(InvitationNotOpen) as refusal:
            house.membership.accept(code, person)
        said.add(str(refusal.value))
    assert len(said) == 1
    with pytest.raises(InvitationNotOpen):
        house.membership.withdraw(UNIVERSITY, kept.id, by=AT_THE_MACHINE)
    assert house.membership.invitations(UNIVERSITY) == []


def test_asked_twice_there_is_one_invitation_and_its_code_is_shown_once(house: House) -> None:
    """Threat 53."""
    first, code = house.membership.invite("same", organisation=UNIVERSITY, roles=[ISSUER], by=AT_THE_MACHINE)
    again, none = house.membership.invite("same", organisation=UNIVERSITY, roles=[ISSUER], by=AT_THE_MACHINE)
    assert (again, none) == (first, None)
    assert code is not None
    assert is_secret(Prefix.INVITATION, code)
    assert code not in repr(first)


def test_an_invitation_dies_with_the_rights_of_whoever_made_it(house: House) -> None:
    house.join("asha", OWNER)
    house.join("minjun", ADMINISTRATOR, ISSUER)
    code = house.code(ISSUER, by=house.giver("minjun"))
    house.membership.change(UNIVERSITY, house.person("minjun"), [AUDITOR], by=house.giver("asha"))
    with pytest.raises(InvitationNotOpen):
        house.membership.accept(code, house.person("lena"))


def test_a_member_who_accepts_gets_the_further_roles(house: House) -> None:
    house.join("asha", ISSUER)
    house.join("asha", AUDITOR)
    assert house.roles() == {"asha": {ISSUER, AUDITOR}}


def test_open_invitations_are_limited(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "MOST_OPEN", 3)
    for _ in range(3):
        house.code(AUDITOR)
    with pytest.raises(TooManyInvitations):
        house.code(AUDITOR)


# delegation


def test_nobody_gives_more_than_they_hold(house: House) -> None:
    house.join("asha", OWNER)
    house.join("minjun", ADMINISTRATOR, ISSUER, by=house.giver("asha"))
    minjun = house.giver("minjun")
    house.code(ISSUER, AUDITOR, ADMINISTRATOR, by=minjun)
    for role in (OWNER, REGISTRAR, OFFICER, MemberRole.RECOGNISER):
        with pytest.raises(BeyondOwnRights):
            house.code(role, by=minjun)
        with pytest.raises(BeyondOwnRights):
            house.membership.change(UNIVERSITY, house.person("minjun"), [ADMINISTRATOR, role], by=minjun)
    assert house.roles()["minjun"] == {ADMINISTRATOR, ISSUER}


def test_nobody_takes_from_somebody_who_holds_more(house: House) -> None:
    house.join("asha", OWNER)
    house.join("lena", REGISTRAR)
    house.join("minjun", ADMINISTRATOR)
    for other in ("asha", "lena"):
        with pytest.raises(BeyondOwnRights):
            house.membership.remove(UNIVERSITY, house.person(other), by=house.giver("minjun"))
        with pytest.raises(BeyondOwnRights):
            house.membership.change(UNIVERSITY, house.person(other), [AUDITOR], by=house.giver("minjun"))


@pytest.mark.parametrize("role", [ISSUER, REGISTRAR, MemberRole.RECOGNISER, OFFICER, AUDITOR])
def test_who_does_not_manage_members_gives_and_takes_nothing(house: House, role: MemberRole) -> None:
    house.join("asha", OWNER)
    house.join("minjun", role)
    minjun, lena = house.giver("minjun"), house.join("lena", role)
    acts = [
        lambda: house.code(role, by=minjun),
        lambda: house.membership.change(UNIVERSITY, lena, [AUDITOR], by=minjun),
        lambda: house.membership.change(UNIVERSITY, lena, [role], by=minjun),
        lambda: house.membership.remove(UNIVERSITY, lena, by=minjun),
        lambda: house.membership.withdraw(UNIVERSITY, "urn:uuid:x", by=minjun),
        lambda: house.token(Scope.NOTICES_READ, by=minjun),
    ]
    for act in acts:
        with pytest.raises(BeyondOwnRights):
            act()


def test_a_stranger_and_a_member_of_another_organisation_have_no_rights_here(house: House) -> None:
    """Threat 42."""
    house.join("asha", OWNER)
    house.join("minjun", OWNER, body=COLLEGE)
    for name in ("minjun", "nobody"):
        with pytest.raises(BeyondOwnRights):
            house.code(AUDITOR, by=house.giver(name))
    with pytest.raises(NotAMember):
        house.membership.remove(UNIVERSITY, house.person("minjun"), by=house.giver("asha"))


def test_a_key_that_manages_members_makes_no_owner(house: House) -> None:
    everything = house.through(house.token(*within(frozenset(Role))))
    house.code(ADMINISTRATOR, by=everything)
    with pytest.raises(BeyondOwnRights):
        house.code(OWNER, by=everything)


def test_a_role_that_the_organisation_has_no_use_for_is_refused(house: House) -> None:
    for role in (REGISTRAR, MemberRole.RECOGNISER, OFFICER):
        with pytest.raises(RoleDoesNotFit):
            house.code(role, body=COLLEGE)
    with pytest.raises(RoleDoesNotFit):
        house.code(body=COLLEGE)


# the last owner


def test_the_last_owner_stays(house: House) -> None:
    asha = house.join("asha", OWNER)
    for by in (house.giver("asha"), AT_THE_MACHINE):
        with pytest.raises(LastOwner):
            house.membership.remove(UNIVERSITY, asha, by=by)
        with pytest.raises(LastOwner):
            house.membership.change(UNIVERSITY, asha, [ISSUER], by=by)
    house.membership.change(UNIVERSITY, asha, [OWNER, ISSUER], by=house.giver("asha"))
    house.join("minjun", OWNER)
    house.membership.remove(UNIVERSITY, asha, by=house.giver("asha"))
    assert list(house.roles()) == ["minjun"]


def test_owners_who_leave_at_once_leave_one_behind(house: House) -> None:
    people = [house.join(f"p{number}", OWNER) for number in range(5)]

    def leave(person: str) -> str:
        try:
            by = Giver(f"person:{person}", frozenset())
            patiently(lambda: house.membership.remove(UNIVERSITY, person, by=by))
        except CreditBankError as refusal:
            return refusal.slug
        return "left"

    with ThreadPoolExecutor(5) as pool:
        said = list(pool.map(leave, people))
    assert sorted(said) == ["last-owner", "left", "left", "left", "left"]
    assert len(house.roles()) == 1


def test_the_store_itself_keeps_an_owner(house: House) -> None:
    house.join("asha", OWNER)
    with house.store.transaction() as tx:
        (record,) = tx.members_of(UNIVERSITY)
        assert not tx.end_membership(record.id, NOW)
    assert list(house.roles()) == ["asha"]


def test_one_person_is_one_member(house: House) -> None:
    person = house.join("asha", ISSUER)
    twice = MembershipRecord("urn:uuid:m", UNIVERSITY, person, frozenset({OWNER}), NOW, "operator")
    with pytest.raises(CreditBankError, match="recorded already"), house.store.transaction() as tx:
        tx.add_membership(twice)


def test_a_change_ends_one_record_and_begins_another(house: House) -> None:
    person = house.join("asha", ISSUER)
    house.at += timedelta(hours=1)
    changed = house.membership.change(UNIVERSITY, person, [ISSUER, AUDITOR], by=AT_THE_MACHINE)
    assert (changed.since, changed.by) == (house.at, "operator")
    assert house.membership.change(UNIVERSITY, person, [AUDITOR, ISSUER], by=AT_THE_MACHINE) == changed
    actions = [entry.action for entry in house.trail.entries(UNIVERSITY)]
    assert actions.count("member.changed") == 1


# for whom a person acts


def test_a_person_acts_for_their_account_and_for_every_body_they_belong_to(house: House) -> None:
    person = house.join("asha", REGISTRAR)
    house.join("asha", OWNER, body=COLLEGE)
    with house.store.transaction() as tx:
        tx.add_learner(Learner("urn:uuid:l", "did:key:z6MkL", "Asha", True, NOW))
        house.persons.take_learner(tx, person, "urn:uuid:l")
    account, university, college = house.membership.acting(person)
    assert (account.subject, account.kind, account.scopes) == ("urn:uuid:l", "learner", LEARNERS)
    assert university.roles == {CallerRole.PROVIDER, CallerRole.REGISTRAR, CallerRole.AGENCY}
    assert university.scopes == scopes_of([REGISTRAR], Role)
    assert Scope.CREDENTIALS_ISSUE not in university.scopes
    assert (college.roles, college.scopes) == ({CallerRole.PROVIDER}, within({Role.PROVIDER}))
    house.membership.remove(UNIVERSITY, person, by=AT_THE_MACHINE)
    assert [one.subject for one in house.membership.acting(person)] == ["urn:uuid:l", COLLEGE]
    assert house.membership.acting(house.person("nobody")) == ()


# tokens


def test_a_token_does_what_its_scopes_say_and_is_kept_as_its_hash(on_file: House, tmp_path: Path) -> None:
    """Threat 53."""
    house = on_file
    secret = house.token(Scope.CREDENTIALS_ISSUE)
    held = house.access.holder(secret)
    assert held is not None
    assert (held.subject, held.scopes, held.label) == (UNIVERSITY, {Scope.CREDENTIALS_ISSUE}, "A registry")
    (listed,) = house.access.keys(UNIVERSITY)
    assert secret.startswith(listed.hint)
    assert len(listed.hint) == 9
    house.store.close()
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize("spoilt", ["", "cbat_", "cbat_" + "A" * 43 + "000000", "cbin_" + "A" * 49])
def test_what_is_no_token_is_nobodys(house: House, spoilt: str) -> None:
    assert house.access.holder(spoilt) is None


def test_a_mistyped_token_is_known_without_asking_the_store(house: House) -> None:
    secret = house.token(Scope.NOTICES_READ)
    house.store.close()
    assert not is_secret(Prefix.TOKEN, secret[:-1] + ("0" if secret[-1] != "0" else "1"))
    assert not is_secret(Prefix.CLIENT, secret)


def test_a_token_expires_and_is_revoked_at_once(house: House) -> None:
    """Threat 53."""
    short, long = house.token(Scope.NOTICES_READ, days=1), house.token(Scope.NOTICES_READ, days=365)
    house.at += timedelta(days=1)
    assert house.access.holder(short) is None
    assert house.access.holder(long) is not None
    (key,) = house.access.keys(UNIVERSITY)
    house.access.revoke(UNIVERSITY, key.id, by=AT_THE_MACHINE)
    assert house.access.holder(long) is None
    with pytest.raises(NoSuchKey):
        house.access.revoke(UNIVERSITY, key.id, by=AT_THE_MACHINE)
    with pytest.raises(NoSuchKey):
        house.access.revoke(COLLEGE, key.id, by=AT_THE_MACHINE)


def test_the_last_use_is_noted_to_the_hour(house: House) -> None:
    secret = house.token(Scope.NOTICES_READ)
    house.access.holder(secret)
    (key,) = house.access.keys(UNIVERSITY)
    assert key.used == NOW.replace(minute=0)


def test_a_token_never_has_more_scope_than_its_maker(house: House) -> None:
    house.join("asha", OWNER)
    house.join("minjun", ADMINISTRATOR)
    house.token(Scope.MEMBERS_MANAGE, Scope.NOTICES_READ, by=house.giver("minjun"))
    for scope in (Scope.CREDENTIALS_ISSUE, Scope.AWARDS_WRITE, Scope.ACCOUNT_READ):
        with pytest.raises(BeyondOwnRights, match=scope):
            house.token(scope, by=house.giver("minjun"))
    with pytest.raises(BeyondOwnRights):
        house.token(Scope.ACCOUNT_READ, by=house.giver("asha"))


def test_tokens_go_with_the_rights_of_whoever_made_them(house: House) -> None:
    """Threat 53: who leaves keeps no key."""
    house.join("asha", OWNER)
    minjun = house.join("minjun", ADMINISTRATOR, ISSUER)
    narrow = house.token(Scope.NOTICES_READ, by=house.giver("minjun"))
    wide = house.token(Scope.CREDENTIALS_ISSUE, by=house.giver("minjun"))
    house.membership.change(UNIVERSITY, minjun, [ADMINISTRATOR], by=house.giver("asha"))
    assert (house.access.holder(wide), house.access.holder(narrow) is None) == (None, False)
    house.membership.remove(UNIVERSITY, minjun, by=house.giver("asha"))
    assert house.access.holder(narrow) is None
    assert [entry.action for entry in house.trail.entries(UNIVERSITY)].count("key.revoked") == 2


def test_what_a_members_token_made_goes_with_the_members_rights(house: House) -> None:
    """Threat 53: who leaves keeps nothing by way of a token that made another one, or an invitation."""
    house.join("asha", OWNER)
    minjun = house.join("minjun", ADMINISTRATOR)
    managing = (Scope.TOKENS_MANAGE, Scope.MEMBERS_MANAGE, *READING)
    first = house.access.holder(house.token(*managing, by=house.giver("minjun")))
    assert first is not None
    through = Giver(f"token:{first.key}", first.scopes)
    second = house.token(Scope.TOKENS_MANAGE, by=through)
    between = house.through(second)
    third = house.token(Scope.TOKENS_MANAGE, by=between)
    code, used = house.code(AUDITOR, by=through), house.code(AUDITOR, by=through)
    house.membership.accept(used, house.person("hanna"))
    with house.store.transaction() as tx:  # as a bank did that did not end what a revoked key had made
        tx.revoke_access_key(between.actor.removeprefix("token:"), NOW)
    assert house.access.holder(third) is not None
    house.membership.remove(UNIVERSITY, minjun, by=house.giver("asha"))
    assert house.access.holder(third) is None
    with pytest.raises(InvitationNotOpen):
        house.membership.accept(code, house.person("lena"))
    assert set(house.roles()) == {"asha", "hanna"}


def test_a_stolen_token_is_revoked_with_all_that_it_made(house: House) -> None:
    """Threat 53: whoever stole a key that makes keys has made some, and those have made others."""
    house.join("asha", OWNER)
    managing = (Scope.TOKENS_MANAGE, *READING)
    stolen, other = (house.token(*managing, by=house.giver("asha")) for _ in range(2))
    thief = house.through(stolen)
    second = house.token(*managing, by=thief)
    third = house.token(Scope.TOKENS_MANAGE, by=house.through(second))
    late = house.token(Scope.NOTICES_READ, by=house.through(second))
    house.access.revoke(UNIVERSITY, thief.actor.removeprefix("token:"), by=house.giver("asha"))
    assert [house.access.holder(each) for each in (stolen, second, third, late)] == [None] * 4
    assert house.access.holder(other) is not None
    told = [entry for entry in house.trail.entries(UNIVERSITY) if entry.action in ("token.revoked", "key.revoked")]
    assert [(entry.actor, entry.action) for entry in told] == [
        (house.giver("asha").actor, action) for action in ("token.revoked", *["key.revoked"] * 3)
    ]


def test_a_token_that_ended_while_its_request_was_read_makes_nothing(house: House) -> None:
    """Threat 53: what it held at the door does not count inside."""
    house.join("asha", OWNER)
    through = house.through(house.token(Scope.TOKENS_MANAGE, Scope.MEMBERS_MANAGE, *READING))
    house.access.revoke(UNIVERSITY, through.actor.removeprefix("token:"), by=house.giver("asha"))
    with pytest.raises(BeyondOwnRights):
        house.token(Scope.NOTICES_READ, by=through)
    with pytest.raises(BeyondOwnRights):
        house.code(AUDITOR, by=through)


def test_no_token_outlives_the_one_that_made_it(house: House) -> None:
    first = house.token(Scope.TOKENS_MANAGE, Scope.NOTICES_READ, days=2)
    second = house.token(Scope.NOTICES_READ, by=house.through(first), days=365)
    house.at += timedelta(days=1)
    assert house.access.holder(second) is not None
    house.at += timedelta(days=1)
    assert (house.access.holder(first), house.access.holder(second)) == (None, None)


@pytest.mark.parametrize(
    ("label", "scopes", "days"),
    [
        ("", [Scope.NOTICES_READ], 90),
        ("x" * 101, [Scope.NOTICES_READ], 90),
        ("a\x1bb", [Scope.NOTICES_READ], 90),
        ("good", [], 90),
        ("good", [Scope.NOTICES_READ], 0),
        ("good", [Scope.NOTICES_READ], 366),
    ],
)
def test_an_unusable_request_for_a_token_is_refused(house: House, label: str, scopes: list[Scope], days: int) -> None:
    with pytest.raises(UnusableKeyRequest):
        house.access.make_token("r", organisation=UNIVERSITY, label=label, scopes=scopes, by=AT_THE_MACHINE, days=days)
