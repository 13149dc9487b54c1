"""`creditbank enrolment`: whom a provider knows under which number, and by which account it was claimed."""

from datetime import date
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.holder_records import Enrolment
from creditbank.services.records import IssuedCredential
from creditbank.units import instant_text

app = group("Enrol people under a provider's own numbers.", "creditbank enrolment add --provider ID 2026/117")

Provider = Annotated[str, typer.Option("--provider", metavar="ID", help="The organisation whose number it is.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The provider's own number of the person.")]


@app.command(epilog=example('creditbank enrolment add 2026/117 --provider ID --name "A. Learner"'))
def add(
    number: Number,
    provider: Provider,
    name: Annotated[str, typer.Option("--name", help="As the provider knows them; never compared with anything.")] = "",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Enrol somebody, and make the code by which they claim the number; it is shown this once."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.enrolling.enrol(provider, number=number, name=name)
        given = bank.enrolling.code(made.id, by=provider)
    assert given.enrolment.expires is not None, "a code has its end"
    if json_output:
        terminal.json({**_view(given.enrolment), "code": given.code})
        return 0
    terminal.line("Hand this code to them, by your own ways: ", (given.code, "bold"))
    terminal.line(f"It works once, until {instant_text(given.enrolment.expires)}.")
    return 0


@app.command("list", epilog=example("creditbank enrolment list --provider ID"))
def list_enrolments(provider: Provider, home: Home = None, json_output: Json = False) -> int:
    """List whom a provider enrolled, and which numbers are claimed."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.enrolling.of(provider)
    if json_output:
        terminal.json({"enrolments": [_view(one) for one in found]})
        return 0
    terminal.rows(
        [[one.number, one.name, "claimed" if one.learner else "open"] for one in found],
        headers=("number", "name", "state"),
    )
    return 0


@app.command(epilog=example("creditbank enrolment claim CODE --learner ID"))
def claim(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code that the provider handed over.")],
    learner: Annotated[str, typer.Option("--learner", metavar="ID", help="The account that claims the number.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Bind a number to a learner's account, and issue what waited for that."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        claimed = bank.enrolling.claim(learner, code)
    issued = [one.credential for one in claimed.waited if one.credential]
    if json_output:
        terminal.json({**_view(claimed.enrolment), "issued": issued})
        return 0
    terminal.line("The number ", (claimed.enrolment.number, "bold"), f" is claimed; {len(issued)} waited and came in.")
    return 0


@app.command(epilog=example("creditbank enrolment free 2026/117 --provider ID"))
def free(
    number: Number,
    provider: Provider,
    why: Annotated[str, typer.Option("--why", help="It stands in the audit trail.")] = "",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Free a number from the account that claimed it; what was issued stays where it is."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.enrolling.find(provider, number)
        if found is None:
            raise Usage(f"The provider enrolled nobody under {number!r}.")
        freed = bank.enrolling.free(found.id, by=provider, why=why)
    if json_output:
        terminal.json(_view(freed))
    else:
        terminal.line("The number ", (number, "bold"), " is free. Make a new code with: creditbank enrolment add")
    return 0


@app.command(
    epilog=example("creditbank enrolment issue 2026/117 --provider ID --achievement A --version 1 --earned 2026-06-30")
)
def issue(
    number: Number,
    provider: Provider,
    achievement: Annotated[str, typer.Option("--achievement", help="The id of the achievement.")],
    version: Annotated[str, typer.Option("--version", help="Its version.")],
    earned: Annotated[str, typer.Option("--earned", help="The day it was earned, such as 2026-06-30.")],
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue a credential to whom a number belongs, at once or when they claim it."""
    terminal = Terminal(json_output=json_output)
    try:
        day = date.fromisoformat(earned)
    except ValueError:
        raise Usage(f"{earned!r} is no day.") from None
    with bank_at(home, own_chain=False) as bank:
        made = bank.enrolling.issue(
            request_id(request),
            organisation=provider,
            number=number,
            achievement=achievement,
            version=version,
            earned=day,
        )
    state = "issued" if isinstance(made, IssuedCredential) else str(made.state)
    credential = made.id if isinstance(made, IssuedCredential) else made.credential
    if json_output:
        terminal.json({"state": state, "credential": credential})
    else:
        terminal.line(f"It is {state}", "." if credential is None else f": {credential}")
    return 0


def _view(one: Enrolment) -> dict[str, object]:
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "claimed": None if one.claimed is None else instant_text(one.claimed),
    }
