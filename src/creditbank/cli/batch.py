"""`creditbank batch`: credentials on their way to the chain."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import JsonObject, digest_text, parse_digest
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


@app.command(epilog=example("creditbank batch proof urn:uuid:… 0"))
def proof(
    batch: Annotated[str, typer.Argument(help="The batch, as `batch list` names it.")],
    index: Annotated[int, typer.Argument(help="Which leaf, from 0.")],
    home: Home = None,
) -> int:
    """Prove that a leaf stands in a batch, as JSON.

    The entry names an issuer and a salted commitment, and nobody else. Three stored tiles are enough, however
    large the batch is; no receipt and no chain is needed, but only an anchored root says when.
    """
    with bank_at(home, own_chain=False) as bank:
        proven = bank.proving.leaf(batch, index)
    Terminal(json_output=True).json(proven.to_json())
    return 0


@app.command("list", epilog=example("creditbank batch list"))
def list_batches(home: Home = None, json_output: Json = False) -> int:
    """List every batch with its state.

    The states are sealed, submitted, confirmed and final. What is set aside no longer gives its root.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.batches()
    if json_output:
        terminal.json({"batches": [batch_view(one) for one in found]})
        return 0
    show_batches(terminal, found)
    return 0


@app.command(epilog=example("creditbank batch show ID"))
def show(
    batch: Annotated[str, typer.Argument(metavar="ID", help="The batch, as `creditbank batch list` names it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show a batch: its root, and where that stands."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        found = tx.get_batch(batch)
    if json_output:
        terminal.json({"batch": batch_view(found)})
        return 0
    terminal.line("Batch ", (found.id, "bold"), f" is {_standing(found)}.")
    told = [[name, str(value)] for name, value in batch_view(found).items() if value and name not in ("id", "state")]
    terminal.rows(told, indent=2)
    return 0


@app.command(epilog=example("creditbank batch release ID"))
def release(
    batch: Annotated[str, typer.Argument(metavar="ID", help="The batch, as `creditbank batch list` names it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Let a batch that was set aside go on.

    A batch is set aside when its stored records no longer give the root that was sealed. Restore them from a
    backup first: they are hashed anew, and what still differs stays where it is.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        released = bank.anchoring.release(batch)
    if json_output:
        terminal.json({"batch": batch_view(released)})
        return 0
    terminal.line("Batch ", (released.id, "bold"), " gives its root again and goes on.")
    return 0


@app.command(epilog=example("creditbank batch publish DIR"))
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; what is there is brought up to date.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Write all that is public of this bank as files.

    Entries of every batch, where each root stands, the history of issuers, and roots over status lists: what
    `creditbank audit --published DIR` and `creditbank watch` read. No file names a person or a credential.
    """
    from creditbank.adapters.publications import publish_to

    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        roots = bank.transparency.status_roots()
        with bank.store.reading() as tx:
            batches, bodies = tx.batches(), {one.id: one.did for one in tx.organisations()}
            names = [digest_text(one.event.octets("root")) for one in roots]
            kept = [(parse_digest(one.id), one.content) for one in tx.documents_named(names)]
        listed: list[JsonObject] = [
            {"sequence": one.event.whole("sequence"), "root": digest_text(one.event.octets("root"))} for one in roots
        ]
        views = [batch_view(one) for one in batches]
        publish_to(folder, bank.transparency, views, bodies, listed, kept, bank.feeding.whole)
    if json_output:
        terminal.json({"folder": str(folder), "batches": len(batches)})
        return 0
    terminal.line(f"Wrote {len(batches)} batches to {folder}.")
    return 0


def show_batches(terminal: Terminal, batches: list[BatchRecord]) -> None:
    """Batches as a table."""
    terminal.rows(
        [
            [
                one.id,
                (_standing(one), "bold"),
                str(one.size),
                instant_text(one.sealed),
                "–" if one.block_number is None else str(one.block_number),
                one.transaction or "–",
            ]
            for one in batches
        ],
        headers=("batch", "state", "size", "sealed", "block", "transaction"),
    )


def _standing(batch: BatchRecord) -> str:
    return str(batch.state) if batch.quarantined is None else f"{batch.state}, set aside"


def batch_view(batch: BatchRecord) -> JsonObject:
    """A batch as JSON."""
    return {
        "id": batch.id,
        "root": digest_text(batch.root),
        "size": batch.size,
        "state": str(batch.state),
        "setAside": None if batch.quarantined is None else instant_text(batch.quarantined),
        "sealed": instant_text(batch.sealed),
        "transaction": batch.transaction,
        "block": batch.block_number,
        "blockHash": batch.block_hash,
        "blockTime": None if batch.block_time is None else instant_text(batch.block_time),
    }
