"""`creditbank anchor`: roots on their way to the chain."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.batch import batch_view, show_batches
from creditbank.cli.chain import in_coins
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.surveying_records import Rehearsal
from creditbank.units import instant_text

app = group("Send sealed batches to the chain.", "creditbank anchor submit --wait")


@app.command(epilog=example("creditbank anchor submit", "creditbank anchor submit --wait"))
def submit(
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every batch is final and has its receipts.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what it would cost; send and write nothing.")
    ] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take every unfinished batch one step further.

    The steps are sealed, submitted, confirmed and final. Doing it twice sends nothing twice. A final batch
    has receipts: `creditbank credential receipt ID`.
    """
    terminal = Terminal(json_output=json_output)
    if dry_run:
        with bank_at(home, own_chain=False) as bank:
            return _show_costs(terminal, bank.surveying.rehearse())
    with bank_at(home) as bank:
        if bank.chain.test_chain:
            terminal.hint(f"Chain: {bank.chain.name}. What is anchored on a test chain proves nothing to strangers.")
        moved = bank.anchoring.settle() if wait else bank.anchoring.advance()
        with bank.store.transaction() as tx:
            waiting = tx.waiting_leaves().count
    if json_output:
        terminal.json({"batches": [batch_view(one) for one in moved]})
        return 0
    if waiting:
        terminal.hint(f"In no batch yet: {waiting}. Next: creditbank batch seal")
    if not moved:
        terminal.line("Every batch is final already.")
        return 0
    show_batches(terminal, moved)
    return 0


def _show_costs(terminal: Terminal, costs: list[Rehearsal]) -> int:
    if terminal.json_output:
        terminal.json({"anchors": [_cost_view(one) for one in costs]})
        return 0
    if not costs:
        terminal.line("Nothing waits to be sent.")
        return 0
    terminal.rows(
        [
            [
                one.batch or "(not sealed yet)",
                str(one.leaves),
                str(one.gas),
                in_coins(one.now),
                in_coins(one.worst),
                f"{one.gas / one.leaves:.4g} gas, {in_coins(-(-one.now // one.leaves))}",
            ]
            for one in costs
        ],
        headers=("batch", "leaves", "gas", "cost now", "at most", "each leaf"),
    )
    terminal.hint("Amounts are of the chain's own coin. Nothing was sent or written.")
    return 0


def _cost_view(one: Rehearsal) -> dict[str, object]:
    return {
        "batch": one.batch,
        "root": None if one.root is None else f"0x{one.root.hex()}",
        "leaves": one.leaves,
        "gas": one.gas,
        "costNowWei": str(one.now),
        "costAtMostWei": str(one.worst),
        "costPerLeafNowWei": str(-(-one.now // one.leaves)),
    }


@app.command(epilog=example("creditbank anchor again --all", "creditbank anchor again --batch ID --batch ID"))
def again(
    batch: Annotated[list[str] | None, typer.Option("--batch", help="A batch to anchor anew; give it again.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every batch that is final on another chain.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Anchor batches of a former chain anew on the chain in use.

    The roots are the same, and the receipts of the former chain are kept and stay true of it. Nothing is sent yet: the
    batches go on as sealed ones, with creditbank anchor submit or by the worker.
    """
    if every == bool(batch):
        raise Usage("Name batches with --batch, or take --all.", next_step="See creditbank batch list.")
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        moved = bank.moving.again(batch or None)
    if json_output:
        terminal.json({"batches": [batch_view(one) for one in moved]})
        return 0
    if not moved:
        terminal.line("No batch stands on another chain.")
        return 0
    show_batches(terminal, moved)
    terminal.hint("Next: creditbank anchor submit --wait")
    return 0


@app.command(epilog=example("creditbank anchor statuses"))
def statuses(home: Home = None, json_output: Json = False) -> int:
    """Publish which status lists are the newest.

    One root over the number and digest of each goes to the chain; whoever reads it there tells an old list
    from the newest. Doing it twice for the same lists sends nothing twice.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        root = bank.status_roots.publish()
    if json_output:
        terminal.json({"root": f"0x{root.root.hex()}", "sequence": root.sequence, "time": instant_text(root.time)})
        return 0
    terminal.line(f"Status root {root.sequence} stands on the chain since {instant_text(root.time)}.")
    return 0


@app.command(epilog=example("creditbank anchor trust > trust.json"))
def trust(home: Home = None, json_output: Json = False) -> int:
    """Show what the chain says, as a trust file.

    Block hashes, anchored roots, issuers with their keys, awarders and rules, as read now. Whoever trusts
    this bank's reading of its chain gives the file to creditbank verify or check-award with --trust.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        terminal.json(bank.trusting.export().to_json())
    return 0
