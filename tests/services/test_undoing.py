"""A key was in wrong hands: everything that came of it is shown, and ended as a whole; what is others' stays."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from creditbank.adapters.keys import FileVault
from creditbank.services.granting import Granting
from creditbank.services.membership import AT_THE_MACHINE, BeyondOwnRights, Giver, InvitationNotOpen
from creditbank.services.records import Role
from creditbank.services.rights import ALL, Scope, scopes_of
from creditbank.services.undoing import ENDING, NobodyActedSo, Undoing
from creditbank.services.webhook_records import Webhook, WebhookState
from creditbank.services.webhooks import Webhooks

from .test_membership import ADMINISTRATOR, AUDITOR, COLLEGE, OWNER, UNIVERSITY, House, on_file, peopled

__all__ = ["on_file", "peopled"]
POWERS = sorted(scopes_of([ADMINISTRATOR, AUDITOR], Role))
AUDITING = frozenset({AUDITOR})


class Nowhere:
    def deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        raise AssertionError("nothing is sent here")


class Scene:
    """Asha owns a university, one of whose tokens was stolen."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        vault = FileVault.open(folder / "keys", b"correct horse battery", make=True, clock=house)
        self.hooks = Webhooks(house.store, vault, Nowhere(), house.trail, house, house.entropy)
        self.undoing = Undoing(house.store, house.membership, house.trail, house)
        house.join("asha", OWNER)
        self.asha = house.giver("asha")
        self.thief = house.through(house.token(*POWERS, by=self.asha))

    def hook(self, by: Giver) -> Webhook:
        self.house.asked += 1
        name = f"request-{self.house.asked}"
        return self.hooks.add(name, UNIVERSITY, f"https://{name}.example/", (), actor=by.actor)[0]

    def acting(self, name: str) -> Giver:
        person = self.house.person(name)
        return Giver(f"person:{person}", frozenset())

    def end(self, actor: str = "", by: Giver | None = None) -> "Undoing":
        self.undoing.end(UNIVERSITY, actor or self.thief.actor, by=by or self.asha)
        return self.undoing


@pytest.fixture
def scene(on_file: House, tmp_path: Path) -> Scene:
    return Scene(on_file, tmp_path)


def test_all_that_came_of_a_stolen_token_is_shown_and_ends_with_it(scene: Scene) -> None:
    """Threat 53: keys, invitations, a member by one, what that member made, and where events are sent."""
    house = scene.house
    kept = [house.token(Scope.NOTICES_READ, by=scene.asha), scene.hook(scene.asha), house.join("minjun", AUDITOR)]
    second = house.token(*POWERS, by=scene.thief)
    hook, code = scene.hook(house.through(second)), house.code(AUDITOR, by=scene.thief)
    lena = house.join("lena", ADMINISTRATOR, by=house.through(second))
    third = house.token(Scope.NOTICES_READ, by=scene.acting("lena"))
    hanna = house.join("hanna", AUDITOR, by=scene.acting("lena"))
    far = scene.hook(scene.acting("hanna"))
    made = scene.undoing.made_by(UNIVERSITY, scene.thief.actor)
    assert [one.id for one in made.added] == [hook.id, far.id]
    assert [(one.record.person, one.before) for one in made.members] == [(lena, frozenset()), (hanna, frozenset())]
    assert (len(made.keys), len(made.invitations), made.seen) == (3, 1, ())
    assert [one.action for one in made.acts] == [
        *("token.made", "webhook.added", "invitation.made", "invitation.made", "invitation.accepted"),
        *("token.made", "invitation.made", "invitation.accepted", "webhook.added"),
    ]
    assert {one.actor for one in made.acts}.isdisjoint({scene.asha.actor, f"person:{kept[2]}"})
    before = len(house.trail.entries(UNIVERSITY))
    assert scene.undoing.end(UNIVERSITY, scene.thief.actor, by=scene.asha) == made
    assert [house.access.holder(one) for one in (second, third)] == [None, None]
    assert set(house.roles()) == {"asha", "minjun"}
    assert scene.hooks.of(UNIVERSITY) == [kept[1]]
    assert house.access.holder(str(kept[0])) is not None
    with pytest.raises(InvitationNotOpen):
        house.membership.accept(code, house.person("late"))
    told = house.trail.entries(UNIVERSITY)[before:]
    assert {one.actor for one in told} == {scene.asha.actor}
    assert [one.action for one in told] == [
        *["key.revoked"] * 3, "invitation.withdrawn", "member.removed", "member.removed", "webhook.removed",
        "webhook.removed",
    ]  # fmt: skip
    again = scene.undoing.end(UNIVERSITY, scene.thief.actor, by=scene.asha)
    assert (again.keys, again.invitations, again.members, again.added) == ((), (), (), ())
    assert again.acts == made.acts


def test_a_member_whose_roles_it_changed_has_the_roles_of_before_and_keeps_what_is_theirs(scene: Scene) -> None:
    house = scene.house
    minjun = house.join("minjun", AUDITOR)
    house.membership.change(UNIVERSITY, minjun, [ADMINISTRATOR], by=scene.thief)
    house.membership.change(UNIVERSITY, minjun, [ADMINISTRATOR, AUDITOR], by=scene.thief)
    key, hook = house.token(Scope.WEBHOOKS_MANAGE, by=scene.acting("minjun")), scene.hook(scene.acting("minjun"))
    (gained,) = scene.undoing.made_by(UNIVERSITY, scene.thief.actor).members
    assert (gained.record.person, gained.before) == (minjun, AUDITING)
    scene.end()
    assert house.roles()["minjun"] == AUDITING
    assert house.access.holder(key) is None, "it held more than they do now"
    assert [one.id for one in scene.hooks.of(UNIVERSITY)] == [hook.id]


def test_whom_somebody_else_has_confirmed_since_stays(scene: Scene) -> None:
    house = scene.house
    lena = house.join("lena", AUDITOR, by=scene.thief)
    house.membership.change(UNIVERSITY, lena, [ADMINISTRATOR], by=scene.asha)
    hanna = house.join("hanna", AUDITOR, by=scene.acting("lena"))
    scene.end()
    assert house.roles() == {"asha": {OWNER}, "lena": {ADMINISTRATOR}, "hanna": AUDITING}
    house.membership.remove(UNIVERSITY, hanna, by=scene.asha)
    house.join("hanna", AUDITOR, by=scene.asha)
    assert scene.undoing.made_by(UNIVERSITY, f"person:{lena}").members == ()


def test_what_a_member_who_left_had_let_in_ends_too(scene: Scene) -> None:
    house = scene.house
    lena = house.join("lena", ADMINISTRATOR, by=scene.thief)
    house.join("hanna", AUDITOR, by=scene.acting("lena"))
    house.membership.remove(UNIVERSITY, lena, by=scene.acting("lena"))
    scene.end()
    assert set(house.roles()) == {"asha"}


def test_a_webhook_whose_secret_it_saw_waits_for_a_new_one(scene: Scene) -> None:
    """Threat 53: whoever knows the secret forges events; the address is the organisation's own, so nothing is lost."""
    own = scene.hook(scene.asha)
    scene.hooks.renew_secret(own, actor=scene.thief.actor)
    made = scene.undoing.end(UNIVERSITY, scene.thief.actor, by=scene.asha)
    assert [one.id for one in made.seen] == [own.id]
    assert [one.state for one in scene.hooks.of(UNIVERSITY)] == [WebhookState.PAUSED]


def test_a_webhook_with_a_secret_that_somebody_renewed_since_is_left_alone(scene: Scene) -> None:
    """Ending again, or late, takes no events from who has mended it already."""
    own = scene.hook(scene.asha)
    scene.hooks.renew_secret(own, actor=scene.thief.actor)
    scene.end()
    before = len(scene.house.trail.entries(UNIVERSITY))
    scene.end()
    assert len(scene.house.trail.entries(UNIVERSITY)) == before, "ended again, nothing is told again"
    (paused,) = scene.hooks.of(UNIVERSITY)
    scene.hooks.renew_secret(paused, actor=scene.asha.actor)
    scene.hooks.change(scene.hooks.get(UNIVERSITY, own.id), WebhookState.ACTIVE, actor=scene.asha.actor)
    assert scene.undoing.end(UNIVERSITY, scene.thief.actor, by=scene.asha).seen == ()
    assert [one.state for one in scene.hooks.of(UNIVERSITY)] == [WebhookState.ACTIVE]


def test_a_client_counts_like_a_token_and_one_that_was_revoked_before_too(scene: Scene) -> None:
    house = scene.house
    granting = Granting(house.store, house.access, house.trail, house, house.entropy)
    client, _ = granting.make_client("r", organisation=UNIVERSITY, label="c", scopes=POWERS, by=scene.thief, days=1)
    house.join("lena", AUDITOR, by=Giver(f"token:{client.id}", client.scopes))
    house.access.revoke(UNIVERSITY, scene.thief.actor.removeprefix("token:"), by=scene.asha)
    assert set(house.roles()) == {"asha", "lena"}, "a key that is changed in the ordinary way takes nobody along"
    house.at += timedelta(days=400)
    scene.end(f"token:{client.id}")
    assert set(house.roles()) == {"asha"}


def test_of_a_person_ends_what_they_made_since_and_never_they_themselves(scene: Scene) -> None:
    """A session that was stolen: the person stays."""
    house = scene.house
    minjun = house.join("minjun", ADMINISTRATOR)
    early = house.token(Scope.NOTICES_READ, by=scene.acting("minjun"))
    house.at += timedelta(hours=1)
    since = house.at
    late = house.token(Scope.NOTICES_READ, by=scene.acting("minjun"))
    made = scene.undoing.end(UNIVERSITY, f"person:{minjun}", by=scene.asha, since=since)
    assert [len(one) for one in (made.keys, made.acts)] == [1, 1]
    assert (house.access.holder(early) is not None, house.access.holder(late)) == (True, None)
    assert set(house.roles()) == {"asha", "minjun"}


@pytest.mark.parametrize("missing", sorted(ENDING))
def test_who_may_not_end_each_by_itself_ends_nothing(scene: Scene, missing: Scope) -> None:
    house = scene.house
    house.join("lena", AUDITOR, by=scene.thief)
    weak = house.through(house.token(*(one for one in POWERS if one != missing), by=scene.asha))
    with pytest.raises(BeyondOwnRights):
        scene.end(by=weak)
    with pytest.raises(BeyondOwnRights):
        scene.end(by=Giver("person:urn:uuid:nobody", ALL))
    assert set(house.roles()) == {"asha", "lena"}
    assert house.access.keys(UNIVERSITY)[0].revoked is None


def test_nobody_takes_from_somebody_who_holds_more_in_this_way_either(scene: Scene) -> None:
    """All or nothing: what a thief of a narrow key would end of the owner's own stays, key and member."""
    house = scene.house
    managing = house.token(*POWERS, by=scene.asha)
    held = house.through(managing)
    house.join("minjun", AUDITOR, by=held)
    narrow = house.through(house.token(*ENDING, by=scene.asha))
    with pytest.raises(BeyondOwnRights):
        scene.end(held.actor, by=narrow)
    assert house.access.holder(managing) is not None
    assert house.roles()["minjun"] == AUDITING


@pytest.mark.parametrize("actor", ["operator", "token:urn:uuid:none", "person:urn:uuid:none", ""])
def test_what_nobody_here_is_called_is_not_found(scene: Scene, actor: str) -> None:
    with pytest.raises(NobodyActedSo):
        scene.undoing.made_by(UNIVERSITY, actor)


def test_another_organisations_key_is_not_found(scene: Scene) -> None:
    """Threat 42."""
    with pytest.raises(NobodyActedSo):
        scene.undoing.end(COLLEGE, scene.thief.actor, by=AT_THE_MACHINE)


def test_a_key_that_was_revoked_since_the_door_adds_no_webhook_and_sees_no_secret(scene: Scene) -> None:
    """Threat 53: what it held at the door does not count inside."""
    own = scene.hook(scene.asha)
    scene.end()
    with pytest.raises(BeyondOwnRights):
        scene.hook(scene.thief)
    with pytest.raises(BeyondOwnRights):
        scene.hooks.renew_secret(own, actor=scene.thief.actor)
    assert scene.hooks.of(UNIVERSITY) == [own]
