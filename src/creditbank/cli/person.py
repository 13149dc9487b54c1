"""`creditbank person`: who signs in, and closing the account of somebody who asks for it."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.closing import ClosingPreview
from creditbank.services.trail import OPERATOR
from creditbank.units import instant_text

app = group(
    "See what an account to sign in with holds, and close it.",
    "creditbank person find asha@example.org",
    'creditbank person close urn:uuid:0b0c… --confirm "Asha Rao"',
)
Person = Annotated[str, typer.Argument(metavar="ID", help="The person's id.")]


@app.command(epilog=example("creditbank person find asha@example.org"))
def find(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An e-mail address that signs in.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Find the account that an e-mail address signs in to."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        id = bank.door.people.by_address(address).id
    if json_output:
        terminal.json({"person": id})
    else:
        terminal.line((id, "bold"))
    return 0


@app.command(epilog=example("creditbank person show urn:uuid:0b0c…"))
def show(person: Person, home: Home = None, json_output: Json = False) -> int:
    """Show what closing an account takes away, and what stands in its way."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.closing.preview(person)
    if json_output:
        terminal.json(_view(found))
        return 0
    terminal.line((found.name, "bold"), f"  {found.person}")
    terminal.line(
        f"{found.sign_ins} ways to sign in, {found.sessions} sessions, {found.programs} programs; "
        f"{len(found.learners)} learner's accounts with {found.credentials} credentials and {len(found.kept)} awards"
    )
    for one in found.belongings:
        terminal.line(f"{', '.join(sorted(one.roles))} of {one.name}")
    for sentence in found.hindrances:
        terminal.hint(sentence)
    return 0


@app.command(epilog=example('creditbank person close urn:uuid:0b0c… --confirm "Asha Rao"'))
def close(
    person: Person,
    confirm: Annotated[str, typer.Option("--confirm", help="The account's name, to the letter.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Close an account for good.

    Its sign-ins, sessions and memberships end, and the learner's accounts in it are erased. Its addresses get a last
    letter. Awards stay with their universities. An organisation's only owner is refused.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        done = bank.closing.close(person, confirm=confirm, actor=OPERATOR, at=bank.settings.base_url)
        bank.door.mailing.deliver()
    if json_output:
        at = instant_text(done.at)
        terminal.json({"person": done.person, "closed": at, "erased": list(done.erased), "kept": list(done.kept)})
        return 0
    terminal.line("The account ", (done.person, "bold"), " is closed.")
    if done.kept:
        terminal.hint(f"{len(done.kept)} awards stay with their universities, as their records.")
    return 0


def _view(found: ClosingPreview) -> dict[str, object]:
    return {
        "person": found.person,
        "name": found.name,
        "signIns": found.sign_ins,
        "sessions": found.sessions,
        "programs": found.programs,
        "learners": [one.id for one in found.learners],
        "credentials": found.credentials,
        "kept": list(found.kept),
        "organisations": [
            {
                "organisation": one.organisation,
                "name": one.name,
                "roles": sorted(one.roles),
                "soleOwner": one.sole_owner,
            }
            for one in found.belongings
        ],
        "hindrances": list(found.hindrances),
    }
