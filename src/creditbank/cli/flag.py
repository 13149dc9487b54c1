"""`creditbank flag`: where a counted credential was revoked, the learner is heard and the university decides."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.listing import NEWEST, Limit, show_listed
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.listing_ports import Page
from creditbank.services.standing_records import AwardFlag, FlagPolicy
from creditbank.units import instant_text

app = group("Look at flagged awards, hear the learner, and decide.", "creditbank flag list")

Name = Annotated[str, typer.Argument(metavar="FLAG", help="The flag's id; `creditbank flag list` shows it.")]
By = Annotated[str, typer.Option("--by", metavar="ID", help="Who does it: the learner, or the university.")]


@app.command("list", epilog=example("creditbank flag list", "creditbank flag list --of ID --json"))
def list_flags(
    of: Annotated[
        str | None, typer.Option("--of", metavar="ID", help="Only those of this learner, or this university.")
    ] = None,
    limit: Limit = NEWEST,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List the flags on awards, newest first: whoever runs the bank sees everybody's."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        listed = tx.list_flags(Page(limit + 1), of)
    found = [_view(one) for _, one in listed[:limit]]
    columns = ("id", "award", "state", "policy", "at", "stated")
    return show_listed(
        terminal,
        {"flags": found},
        [[str(one[name] or "–") for name in columns] for one in found],
        headers=columns,
        none="No award is flagged.",
        limit=limit,
        more=len(listed) > limit,
    )


@app.command(epilog=example("creditbank flag show FLAG"))
def show(name: Name, home: Home = None, json_output: Json = False) -> int:
    """Show a flag: which credential fell and why, what the learner says, and what was decided."""
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        found = tx.get_flag(name)
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_view(found))
        return 0
    terminal.line("Flag ", (found.id, "bold"), f" is {found.state}.")
    told = [(key, str(value)) for key, value in _view(found).items() if value and key not in ("id", "state")]
    terminal.rows([list(pair) for pair in told], indent=2)
    return 0


@app.command(epilog=example('creditbank flag state FLAG --by LEARNER --statement "I sat the examination again."'))
def state(
    name: Name,
    by: By,
    statement: Annotated[str, typer.Option("--statement", help="What the learner says to it, once.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """State the learner's case, before the university decides."""
    with bank_at(home, own_chain=False) as bank:
        found = bank.flagging.state(name, by=by, statement=statement)
    return _say(found, json_output)


@app.command(epilog=example('creditbank flag decide FLAG stands --by UNIVERSITY --reason "It was examined anew."'))
def decide(
    name: Name,
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="stands or revoked.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; the learner reads it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Let the award stand, or revoke it; what counted for a revoked one comes free, on the chain too."""
    if decision not in ("stands", "revoked"):
        raise typer.BadParameter(f"{decision!r} is neither stands nor revoked.")
    with bank_at(home) as bank:
        found = bank.flagging.decide(name, by=by, revoke=decision == "revoked", reason=reason)
    return _say(found, json_output)


@app.command(epilog=example("creditbank flag policy ID", "creditbank flag policy ID --set flag"))
def policy(
    university: Annotated[str, typer.Argument(metavar="ID", help="The university's id.")],
    changed: Annotated[FlagPolicy | None, typer.Option("--set", help="The policy from now on.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show what a university does with an award whose credential was revoked, or state it."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        if changed is not None:
            bank.flagging.set_policy(university, changed)
        found = bank.flagging.policy(university)
    if json_output:
        terminal.json({"organisation": university, "policy": str(found)})
    else:
        terminal.line("The policy is ", (str(found), "bold"), ".")
    return 0


def _say(found: AwardFlag, json_output: bool) -> int:
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_view(found))
        return 0
    heard = "has stated the case" if found.stated is not None else "was not heard yet"
    terminal.line("Flag ", (found.id, "bold"), f" is {found.state}; the learner {heard}.")
    return 0


def _view(one: AwardFlag) -> dict[str, object]:
    return {
        "id": one.id,
        "award": one.award,
        "organisation": one.organisation,
        "learner": one.learner,
        "lot": one.lot,
        "credential": one.credential,
        "policy": str(one.policy),
        "reason": one.reason,
        "state": str(one.state),
        "at": instant_text(one.at),
        "statement": one.statement,
        "stated": None if one.stated is None else instant_text(one.stated),
        "decision": one.decision,
        "decided": None if one.decided is None else instant_text(one.decided),
    }
