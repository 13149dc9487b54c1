"""`creditbank request`: the answers that the API keeps so that it can give them again."""

from datetime import timedelta
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal

app = group("Forget old answers to requests of the API.", "creditbank request prune --days 30")


@app.command(epilog=example("creditbank request prune", "creditbank request prune --days 90"))
def prune(
    days: Annotated[
        int, typer.Option("--days", min=7, max=36_500, help="Keep what is younger than so many days.")
    ] = 30,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Forget requests and their answers that are older than thirty days.

    Answers to redemptions and awards stay for ever. Another request that comes again later still has no second effect;
    its answer is made anew.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        forgotten = tx.prune_claims(before=bank.clock.now() - timedelta(days=days))
    if json_output:
        terminal.json({"forgotten": forgotten})
        return 0
    terminal.line(f"Forgotten: {forgotten} {'request' if forgotten == 1 else 'requests'}.")
    return 0
