"""`creditbank batch`: credentials on their way to the chain."""

from creditbank.canonical import digest_text
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.records import BatchRecord
from creditbank.units import instant_text

app = group("Seal waiting credentials into a batch.", "creditbank batch seal")


@app.command(epilog=example("creditbank batch seal"))
def seal(home: Home = None, json_output: Json = False) -> int:
    """Seal every waiting credential into a new batch.

    Nothing leaves the machine yet; `creditbank anchor submit` sends the root.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.anchoring.seal()
    if json_output:
        terminal.json({"batch": None if made is None else batch_view(made)})
        return 0
    if made is None:
        terminal.line("Nothing waits, so there is no new batch.")
        return 0
    terminal.line("Sealed batch ", (made.id, "bold"), f" of {made.size}, root {digest_text(made.root)}.")
    terminal.hint("Next: creditbank anchor submit")
    return 0


@app.command("list", epilog=example("creditbank batch list"))
def list_batches(home: Home = None, json_output: Json = False) -> int:
    """List every batch with its state.

    The states are sealed, submitted, confirmed and final.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.batches()
    if json_output:
        terminal.json({"batches": [batch_view(one) for one in found]})
        return 0
    show_batches(terminal, found)
    return 0


def show_batches(terminal: Terminal, batches: list[BatchRecord]) -> None:
    """Batches as a table."""
    terminal.rows(
        [
            [
                one.id,
                (str(one.state), "bold"),
                str(one.size),
                instant_text(one.sealed),
                "–" if one.block_number is None else str(one.block_number),
                one.transaction or "–",
            ]
            for one in batches
        ],
        headers=("batch", "state", "size", "sealed", "block", "transaction"),
    )


def batch_view(batch: BatchRecord) -> dict[str, object]:
    """A batch as JSON."""
    return {
        "id": batch.id,
        "root": digest_text(batch.root),
        "size": batch.size,
        "state": str(batch.state),
        "sealed": instant_text(batch.sealed),
        "transaction": batch.transaction,
        "block": batch.block_number,
        "blockHash": batch.block_hash,
        "blockTime": None if batch.block_time is None else instant_text(batch.block_time),
    }
