"""`creditbank organisation members|invite|token|tokens`: the operator's way to a first owner and to keys."""

from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind

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
