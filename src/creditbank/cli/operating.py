"""`creditbank bank`: what the operator of a bank does with it as a whole."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.halting_records import Halt
from creditbank.units import instant_text

app = group(
    "Halt, back up, restore, and look at a whole bank.",
    'creditbank bank halt --why "a key was stolen"',
    "creditbank bank halts",
)
OPERATOR = "operator"
Body = Annotated[str | None, typer.Option("--organisation", help="The body's id; without it, everybody.")]
Why = Annotated[str, typer.Option("--why", help="In a line; it is kept and shown.")]


@app.command(epilog=example('creditbank bank halt --why "a key was stolen"'))
def halt(why: Why, organisation: Body = None, home: Home = None, json_output: Json = False) -> int:
    """Stop issuing, awarding and redeeming, of one body or of all.

    Reading, verifying, revoking and exporting go on. Whoever asks meanwhile is told to come back; what was begun goes
    on after the halt. It works on a bank that is being served, at once and in every process.
    """
    with bank_at(home, own_chain=False) as bank:
        halted = bank.halting.halt(by=OPERATOR, why=why, organisation=organisation)
    _show(Terminal(json_output=json_output), halted, "Halted")
    return 0


@app.command(epilog=example('creditbank bank resume --why "the key is revoked"'))
def resume(why: Why, organisation: Body = None, home: Home = None, json_output: Json = False) -> int:
    """Let one body, or all, go on after a halt."""
    with bank_at(home, own_chain=False) as bank:
        lifted = bank.halting.resume(by=OPERATOR, why=why, organisation=organisation)
    _show(Terminal(json_output=json_output), lifted, "Going on")
    return 0


@app.command(epilog=example("creditbank bank halts"))
def halts(home: Home = None, json_output: Json = False) -> int:
    """List every halt there ever was, with who asked and why."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.halting.all()
    if json_output:
        terminal.json({"halts": [halt_view(one) for one in found]})
        return 0
    if not found:
        terminal.line("Nothing was ever halted here.")
    terminal.rows(
        [
            [
                one.scope,
                instant_text(one.since),
                ("stands", "bold red") if one.lifted is None else f"until {instant_text(one.lifted)}",
                one.by,
                one.why,
            ]
            for one in found
        ],
        headers=("scope", "since", "state", "by", "why"),
    )
    return 0


@app.command(epilog=example("creditbank bank settings", "creditbank bank settings --json"))
def settings(home: Home = None, json_output: Json = False) -> int:
    """Print the settings in force, with secrets masked.

    Each may stand in bank.toml, in the environment, or in a file that the environment names; docs/settings.md lists
    them.
    """
    terminal = Terminal(json_output=json_output)
    shown = settings_of(home).shown()
    if json_output:
        terminal.json(shown)
        return 0
    terminal.rows([[name, str(value)] for name, value in shown.items()], headers=("setting", "value"))
    return 0


def _show(terminal: Terminal, halt: Halt, word: str) -> None:
    if terminal.json_output:
        terminal.json(halt_view(halt))
    else:
        terminal.line(f"{word}: ", (halt.scope, "bold"), f" (since {instant_text(halt.since)}): {halt.why}")


def halt_view(halt: Halt) -> dict[str, object]:
    """A halt as JSON."""
    return {
        "id": halt.id,
        "scope": halt.scope,
        "since": instant_text(halt.since),
        "by": halt.by,
        "why": halt.why,
        "lifted": None if halt.lifted is None else instant_text(halt.lifted),
        "liftedBy": halt.lifted_by,
        "liftedWhy": halt.lifted_why,
    }
