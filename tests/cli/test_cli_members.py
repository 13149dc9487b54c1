"""`creditbank organisation members|invite|token|tokens`: the operator's way to a first owner and to keys."""

from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.services.membership import Giver
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind
from creditbank.services.rights import Scope

from .conftest import Call, Journey


def test_an_invitation_and_a_member(call: Call, journey: Journey) -> None:
    there = ("--home", str(journey.home))
    assert "no members yet" in call("organisation", "members", journey.university, *there).out
    invited = call("organisation", "invite", journey.university, "--role", "owner", "--request", "one", *there)
    code = invited.out.split()[0]
    again = call("organisation", "invite", journey.university, "--role", "owner", "--request", "one", *there)
    assert "shown then" in again.out
    with open_bank(Settings.load({}, journey.home), own_chain=False) as bank:
        with bank.store.transaction() as tx:
            person = bank.door.people.open(tx, "Ḍeepa", NewSignIn(SignInKind.PASSWORD, "d@sample.example", "hash")).id
        bank.membership.accept(code, person)
    (member,) = call("organisation", "members", journey.university, "--json", *there).json["members"]
    assert (member["person"], member["roles"]) == (person, ["owner"])
    assert "Ḍeepa" in call("organisation", "members", journey.university, *there).out
    refused = call("organisation", "members", journey.university, "--remove", person, *there)
    assert refused.code != 0
    assert "only owner" in refused.err


def test_a_token_is_made_listed_and_revoked(call: Call, journey: Journey) -> None:
    """Threat 53."""
    there = ("--home", str(journey.home))
    wanted = ("--label", "Registry", "--scope", "credentials:read", "--days", "30", "--request", "t")
    made = call("organisation", "token", journey.university, *wanted, "--json", *there).json
    assert made["token"].startswith(made["hint"])
    assert "shown then" in call("organisation", "token", journey.university, *wanted, *there).out
    listed = call("organisation", "tokens", journey.university, *there)
    assert made["hint"] in listed.out
    assert made["token"] not in listed.out
    assert call("organisation", "token", journey.university, "--revoke", made["id"], *there).code == 0
    assert call("organisation", "tokens", journey.university, "--json", *there).json == {"tokens": []}


def test_what_a_token_made_is_shown_and_ended(call: Call, journey: Journey) -> None:
    """Threat 53."""
    there = ("--home", str(journey.home))
    scopes = ("--scope", "tokens:manage", "--scope", "notices:read")
    stolen = call("organisation", "token", journey.university, "--label", "S", *scopes, "--json", *there).json
    with open_bank(Settings.load({}, journey.home), own_chain=False) as bank:
        held = bank.access.holder(stolen["token"])
        assert held is not None
        by, wanted = Giver(f"token:{held.key}", held.scopes), {Scope.NOTICES_READ}
        made, _ = bank.access.make_token("r", organisation=journey.university, label="T", scopes=wanted, by=by)
    actor = f"token:{stolen['id']}"
    asked = ("organisation", "made", journey.university, actor)
    shown = call(*asked, *there)
    assert (made.id in shown.out, "--end" in shown.err + shown.out) == (True, True)
    ended = call(*asked, "--end", "--json", *there).json
    assert (ended["ended"], {one["id"] for one in ended["made"]}) == (True, {made.id, stolen["id"]})
    assert call(*asked, "--json", *there).json == ended | {"ended": False, "made": []}
    unknown = call("organisation", "made", journey.university, "token:none", *there)
    assert (unknown.code != 0, "no such token" in unknown.err) == (True, True)


def test_a_token_needs_a_label_and_a_scope(call: Call, journey: Journey) -> None:
    assert call("organisation", "token", journey.university, "--home", str(journey.home)).code == 2


def test_a_client_is_made_and_listed(call: Call, journey: Journey) -> None:
    there = ("--home", str(journey.home))
    wanted = ("--label", "Registry", "--scope", "credentials:read", "--request", "c")
    made = call("organisation", "client", journey.university, *wanted, "--json", *there).json
    assert made["secret"].startswith("cbcs_")
    assert "shown before" in call("organisation", "client", journey.university, *wanted, *there).out
    assert made["hint"] in call("organisation", "tokens", journey.university, *there).out
    assert call("organisation", "token", journey.university, "--revoke", made["id"], *there).code == 0
