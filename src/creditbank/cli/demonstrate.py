"""`creditbank demo`: the whole journey on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.cli.commands import example, single
from creditbank.cli.options import Json
from creditbank.cli.terminal import Terminal

app = single()


@app.command(epilog=example("creditbank demo", "creditbank demo --output /tmp/journey"))
def demo(
    output: Annotated[Path, typer.Option("--output", help="Where everything the journey makes is left.")] = Path(
        "demo-output"
    ),
    json_output: Json = False,
) -> int:
    """Play the whole journey on this machine.

    From a unit to an award that anyone can re-check: sample providers issue signed units under several
    frameworks, the bank anchors them on a test chain of its own, universities weigh them, one award is
    issued and its credits are spent once. Forgeries are refused by name. It needs no network, takes less
    than a minute, and can be run again at any time.
    """
    from creditbank.cli.demo import run_demo

    terminal = Terminal(json_output=json_output)
    return run_demo(output, terminal.hints if json_output else terminal.report, json_output=json_output)
