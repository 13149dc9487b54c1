"""`creditbank chain`: the chain that the bank anchors on, and the account that pays for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.adapters.chain import ChainBusy, EmbeddedChain
from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.batch import batch_view
from creditbank.cli.chain_account import app as account
from creditbank.cli.commands import example, group
from creditbank.cli.failures import REJECTED
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.config import Settings
from creditbank.errors import BadInput
from creditbank.services.surveying_records import ChainStatus
from creditbank.units import instant_text

if TYPE_CHECKING:
    from contextlib import ExitStack

CHAIN_PORT = 8545


class NoEmbeddedChain(BadInput):
    """The chain of this bank is not kept in a file of its own."""

    slug = "no-embedded-chain"


app = group("Look at the chain, and at the account that sends.", "creditbank chain status")
app.add_typer(account, name="account")


@app.command(epilog=example("creditbank chain status", "creditbank chain status --json"))
def status(home: Home = None, json_output: Json = False) -> int:
    """Show how the chain, the sending account and the queue stand.

    Exit code 0 when all is well, 1 when something needs a hand (each is named, with the next step), 3 when the chain
    does not answer. Nothing is sent.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found, settings = bank.surveying.status(), bank.settings
    if json_output:
        terminal.json({**status_view(found), "finality": finality_words(settings), "sender": settings.sender})
    else:
        _show(terminal, found, settings)
    return REJECTED if found.needs else 0


@app.command(epilog=example("creditbank chain serve", "creditbank chain serve --home demo-output/bank --port 8545"))
def serve(
    home: Home = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one.")] = CHAIN_PORT,
    host: Annotated[str, typer.Option("--host", help="An address of this machine alone.")] = "127.0.0.1",
) -> int:
    """Answer JSON-RPC of the embedded chain, to this machine alone.

    So another process verifies, audits and watches with --rpc as it would with any node. Where no other process owns
    the chain, this one does: it takes signed transactions and makes blocks. Else it only reads. Ctrl-C ends it.
    """
    from contextlib import ExitStack

    from creditbank.adapters.chain.answering import listen, server_of
    from creditbank.adapters.system import address_of
    from creditbank.bootstrap import chain_exposed

    terminal = Terminal()
    with ExitStack() as opened:
        chain = _owned_or_read(opened, settings_of(home))
        listening = opened.enter_context(listen(host, port))
        shown = opened.enter_context(chain_exposed(chain))
        terminal.line(f"Serving the chain {chain.name} (chain id {chain.chain_id}) on ", address_of(listening))
        if not shown.takes:
            terminal.hint("Another process owns the chain. It is read here; transactions are not taken.")
        terminal.hint("Only this machine can reach it. Ctrl-C ends it.")
        server_of(shown).run(sockets=[listening])
    return 0


def _owned_or_read(opened: "ExitStack", settings: Settings) -> EmbeddedChain:
    from creditbank.bootstrap import open_chain_alone, require_bank

    require_bank(settings)
    if settings.chain != "embedded":
        raise NoEmbeddedChain(
            "The chain of this bank has a node of its own.", next_step="Ask that node: it is chain_url of the settings."
        )
    try:
        chain = opened.enter_context(open_chain_alone(settings, own=True))
    except ChainBusy:
        chain = opened.enter_context(open_chain_alone(settings))
    assert isinstance(chain, EmbeddedChain), "the settings say so"
    return chain


def finality_words(settings: Settings) -> str:
    """The rule of finality in words."""
    if settings.finality == "depth":
        return f"{settings.finality_depth} blocks on top"
    return f"what the chain calls {settings.finality}"


def in_coins(wei: int) -> str:
    """An amount of the chain's own coin, of which one is 10^18 wei."""
    return f"{Decimal(wei) / 10**18:f}".rstrip("0").rstrip(".") if wei else "0"


def in_gwei(wei: int) -> str:
    """A price for a unit of gas as people say it."""
    return f"{Decimal(wei) / 10**9:.9f}".rstrip("0").rstrip(".") if wei else "0"


def _show(terminal: Terminal, found: ChainStatus, settings: Settings) -> None:
    number, hash, time = found.head
    node = found.node
    terminal.line((found.name, "bold"), f" (chain id {found.chain_id}{', a test chain' if found.test else ''})")
    rows = [
        ["node", node.client],
        ["newest block", f"{number} ({hash}), {_ago(found.at, time)}"],
        ["final", f"up to block {found.final}: {finality_words(settings)}"],
        *[
            [name, f"{place}, {'its code is that of this version' if node.contracts.get(name) else 'OTHER CODE'}"]
            for name, place in sorted(found.contracts.items())
        ],
        ["sending account", f"{found.account} ({settings.sender})"],
        ["balance", _balance(found)],
        ["nonce", f"{node.nonce} mined, {node.pending} with what waits, {found.own_nonce} by this bank's records"],
        ["fees", _fees(found)],
        ["waiting leaves", f"{found.leaves_waiting}, the oldest {_since(found.at, found.oldest_unanchored)}"],
    ]
    terminal.rows(rows)
    for batch in found.batches:
        aside = ", set aside" if batch.quarantined else ""
        terminal.line(
            f"batch {batch.id}: {batch.state}{aside}, {batch.size} leaves, sealed {_ago(found.at, batch.sealed)}"
        )
    for one in found.flights:
        elsewhere = "" if one.chain_id in (None, found.chain_id) else f" on chain {one.chain_id}"
        terminal.line(f"on its way{elsewhere}: {one.purpose}, nonce {one.nonce}, {_ago(found.at, one.recorded)}")
    for need in found.needs:
        terminal.line((f"{need.name}: ", "bold red"), need.sentence)
    if not found.needs:
        terminal.line(("Nothing needs a hand.", "bold green"))


def _balance(found: ChainStatus) -> str:
    if found.node.free:
        return "none is needed: this chain costs nothing"
    left = found.anchors_left
    lasts = "" if left is None else f", enough for {left} anchors of {found.gas} gas at the most that may be paid"
    return f"{in_coins(found.node.balance)} coins{lasts}"


def _fees(found: ChainStatus) -> str:
    if found.node.free:
        return "none"
    cap = "no cap" if found.node.cap is None else f"the cap is {in_gwei(found.node.cap)}"
    return f"{in_gwei(found.node.needed)} gwei for a unit of gas now; {cap}"


def _ago(now: datetime, then: datetime) -> str:
    return f"{timedelta(seconds=max(0, int((now - then).total_seconds())))} ago"


def _since(now: datetime, then: datetime | None) -> str:
    return "none" if then is None else _ago(now, then)


def status_view(found: ChainStatus) -> dict[str, object]:
    """The status as JSON. Amounts of wei are texts, because they are larger than a JSON reader's numbers."""
    node = found.node
    number, hash, time = found.head
    return {
        "at": instant_text(found.at),
        "chain": {"id": found.chain_id, "name": found.name, "test": found.test},
        "client": node.client,
        "head": {"number": number, "hash": hash, "time": instant_text(time)},
        "finalBlock": found.final,
        "contracts": {
            name: {"address": place, "codeMatches": node.contracts.get(name, False)}
            for name, place in sorted(found.contracts.items())
        },
        "account": {
            "address": found.account,
            "admitted": found.admitted,
            "balanceWei": str(node.balance),
            "anchorsLeft": found.anchors_left,
            "nonce": {"mined": node.nonce, "pending": node.pending, "own": found.own_nonce},
        },
        "fees": {
            "free": node.free,
            "neededWei": str(node.needed),
            "mostWei": str(node.most),
            "capWei": None if node.cap is None else str(node.cap),
            "anchorGas": found.gas,
        },
        "queue": {
            "leavesWaiting": found.leaves_waiting,
            "oldestUnanchored": None if found.oldest_unanchored is None else instant_text(found.oldest_unanchored),
            "batches": [batch_view(one) for one in found.batches],
            "inFlight": [
                {
                    "hash": one.hash,
                    "purpose": one.purpose,
                    "sender": one.sender,
                    "nonce": one.nonce,
                    "state": str(one.state),
                    "recorded": instant_text(one.recorded),
                    "chain": one.chain_id,
                }
                for one in found.flights
            ],
            "feeWaits": found.fee_waits,
        },
        "needs": [{"name": one.name, "sentence": one.sentence} for one in found.needs],
    }
