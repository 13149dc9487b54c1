"""`creditbank application`: a learner asks a university for an award, and is answered."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.standing_records import Application, ApplicationState
from creditbank.units import instant_text

app = group("Apply for awards, and answer applications.", "creditbank application list --of ID")

Subject = Annotated[str, typer.Option("--by", metavar="ID", help="Who does it: the learner, or the university.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the other side reads it.")]
Name = Annotated[str, typer.Argument(metavar="ID", help="The application's id.")]


@app.command(epilog=example("creditbank application submit --learner ID --university ID --qualification ID"))
def submit(
    learner: Annotated[str, typer.Option("--learner", help="The learner who applies.")],
    university: Annotated[str, typer.Option("--university", help="The university that is asked.")],
    qualification: Annotated[str, typer.Option("--qualification", help="The qualification, by its id.")],
    evaluation: Annotated[str | None, typer.Option("--evaluation", help="The evaluation it rests on.")] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Apply for an award; the learner's key signs it.

    It is the consent on which the award rests. There is one open application to a university for an award; applying
    anew after an answer needs a --request of its own.
    """
    with bank_at(home, own_chain=False) as bank:
        made = bank.applying.submit(
            request or f"apply:{learner}:{university}:{qualification}:{evaluation or ''}",
            learner=learner,
            organisation=university,
            qualification=qualification,
            evaluation=evaluation,
        )
    return _say(made, json_output)


@app.command("list", epilog=example("creditbank application list --of ID"))
def list_applications(
    of: Annotated[str, typer.Option("--of", metavar="ID", help="The learner who applied, or the university.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List the applications of a learner or to a university."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.applying.of(of)
    if json_output:
        terminal.json({"applications": [_view(one) for one in found]})
        return 0
    columns = ("id", "qualification", "state", "created", "award")
    terminal.rows([[str(_view(one)[name] or "–") for name in columns] for one in found], headers=columns)
    return 0


@app.command(epilog=example("creditbank application show ID --by UNIVERSITY"))
def show(name: Name, by: Subject, home: Home = None, json_output: Json = False) -> int:
    """Show an application with every step of it."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.applying.get(name, subject=by)
        steps = bank.applying.history(found.id)
    if json_output:
        told = [{"at": instant_text(one.at), "state": str(one.state), "reason": one.reason} for one in steps]
        terminal.json({**_view(found), "steps": told})
        return 0
    _say(found, json_output)
    terminal.rows([[instant_text(one.at), str(one.state), one.reason] for one in steps], indent=2)
    return 0


@app.command(epilog=example('creditbank application withdraw ID --by LEARNER --reason "I changed my mind."'))
def withdraw(name: Name, by: Subject, reason: Reason, home: Home = None, json_output: Json = False) -> int:
    """Take an application back while it is open."""
    with bank_at(home, own_chain=False) as bank:
        found = bank.applying.withdraw(name, by=by, reason=reason)
    return _say(found, json_output)


@app.command(epilog=example('creditbank application answer ID declined --by UNIVERSITY --reason "Too few credits."'))
def answer(
    name: Name,
    decision: Annotated[str, typer.Argument(metavar="ANSWER", help="accepted, declined or more-wanted.")],
    by: Subject,
    reason: Reason,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Accept or decline an application, or ask for more."""
    answers = {"accepted", "declined", "more-wanted"}
    if decision not in answers:
        raise typer.BadParameter(f"{decision!r} is none of: {', '.join(sorted(answers))}.")
    with bank_at(home, own_chain=False) as bank:
        found = bank.applying.decide(name, ApplicationState(decision), by=by, reason=reason)
    return _say(found, json_output)


def _say(found: Application, json_output: bool) -> int:
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_view(found))
        return 0
    signed = ", signed" if found.signed is not None else ""
    terminal.line("Application ", (found.id, "bold"), f" is {found.state}{signed}.")
    return 0


def _view(one: Application) -> dict[str, object]:
    return {
        "id": one.id,
        "learner": one.learner,
        "organisation": one.organisation,
        "qualification": one.qualification,
        "evaluation": one.evaluation,
        "state": str(one.state),
        "signed": one.signed is not None,
        "sample": one.sample,
        "award": one.award,
        "created": instant_text(one.created),
    }
