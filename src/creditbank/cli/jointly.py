"""`creditbank qualification together`: whether a learner's credits do for several awards at once."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.decisions import decisions_in
from creditbank.cli.evaluations import AsTable, AsTree, exit_code, show_evaluation, shown
from creditbank.cli.options import Home, Json
from creditbank.cli.planning import Chosen, Decisions, Language, Learner, RegisterName, University
from creditbank.cli.terminal import Terminal
from creditbank.units import CreditAmount, Credits

if TYPE_CHECKING:
    from creditbank.services.records import JointEvaluationRecord
    from creditbank.stacking import Shared


def together(
    qualifications: Annotated[
        list[str], typer.Argument(metavar="ID ID…", help="Two qualifications or more, by id or as ID@VERSION.")
    ],
    learner: Learner,
    university: University,
    shared: Annotated[
        list[str] | None,
        typer.Option(
            "--shared",
            metavar="NAME,ID,ID,LIMIT",
            help="A decision that two of the awards may both count some units: at most `3 units`, or `25 in-ncrf`.",
        ),
    ] = None,
    decisions: Decisions = None,
    credential: Chosen = None,
    register: RegisterName = None,
    table: AsTable = False,
    tree: AsTree = False,
    language: Language = "en",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Weigh a learner's credits for several awards at once: a unit, or each part of it, counts in one of them only.

    For a yes each award gets an evaluation of its own, made from its part, on which `creditbank award issue` builds
    without taking what the others need. For a no it says which of them can be had by themselves, and which rules
    collide. The answer is kept. Exit code 0 says that all can be had, 1 that they cannot, 3 that it could not be
    decided.
    """
    from creditbank.adapters.languages import wording_in
    from creditbank.services.together import JointQuestion

    wording = wording_in(language)
    terminal = Terminal(json_output=json_output)
    question = JointQuestion(
        learner,
        tuple(qualifications),
        university,
        tuple(_shared(text) for text in shared or []),
        decisions_in(decisions or []),
        tuple(credential) if credential else None,
        register,
    )
    with bank_at(home, own_chain=False) as bank:
        terminal.hint("Verifying the credentials and weighing them for all awards together.")
        record, found = bank.together.evaluate(question, wording=None if language == "en" else wording)
        account = bank.sharing.account(learner)
    result: Any = found.to_json()
    if json_output:
        terminal.json({"evaluation": record.id, **record.document, "result": result})
        return exit_code(result)
    titles = {lot.facts.credential: lot.facts.title for lot in account.lots}
    terminal.line((result["sentence"], "bold green" if found.adds_up else "bold red"))
    terminal.line(f"Joint evaluation {record.id}, on {result['date']}.")
    for overlap in result["overlaps"]:
        unit = titles.get(overlap["credential"], overlap["credential"])
        terminal.line(f"- {unit}: {overlap['amount']} of it count in two awards, by {overlap['decision']}.", indent=2)
    for one in result["awards"]:
        terminal.line()
        terminal.line((one["qualification"]["id"], "bold"), "" if found.adds_up else "  (by itself)")
        show_evaluation(terminal, shown(one, titles, table=table, tree=tree, wording=wording))
    _show_next(terminal, record, university, found.adds_up)
    return exit_code(result)


def _show_next(terminal: Terminal, record: "JointEvaluationRecord", university: str, adds_up: bool) -> None:
    parts: Any = record.document["parts"]
    for part in parts:
        terminal.hint(f"Next: creditbank award issue --evaluation {part} --university {university}")
    if adds_up and not parts:
        terminal.hint("What is shared can be awarded for one of them only: the chain spends a credit once.")


def _shared(text: str) -> "Shared":
    """Read `NAME,ID,ID,LIMIT`; the limit is a number of units or an amount of credits of one system."""
    from creditbank.stacking import Shared

    name, *ids, limit = [part.strip() for part in text.split(",")]
    amount, _, of = limit.partition(" ")
    if len(ids) != 2 or not of.strip():
        raise typer.BadParameter(f"--shared {text!r} is not of the form NAME,ID,ID,LIMIT.")
    if of.strip() in ("unit", "units"):
        if re.fullmatch(r"[0-9]{1,4}", amount) is None:
            raise typer.BadParameter(f"{amount!r} is no number of units.")
        return Shared(name, (ids[0], ids[1]), units_at_most=int(amount))
    return Shared(name, (ids[0], ids[1]), credits_at_most=CreditAmount(of.strip(), Credits.parse(amount)))
