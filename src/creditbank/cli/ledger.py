"""`creditbank ledger`: is the record of everybody's credits what was written, and are its books in order?"""

from typing import Annotated

import typer

from creditbank.canonical import digest_text
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.ledger_records import HeadSet
from creditbank.units import instant_text

app = group("Audit the ledger, and keep its books in order.", "creditbank ledger audit")


@app.command(epilog=example("creditbank ledger audit"))
def audit(home: Home = None, json_output: Json = False) -> int:
    """Hash every entry again, add up every lot, and compare with the heads that were anchored.

    Each row that is not as it was written is named, and ends the command with exit code 1. Where heads are not on the
    chain yet, or the chain does not answer, that is said.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.bookkeeping.audit()
    if json_output:
        faults = [
            {"rule": one.slug, "account": one.account, "lot": one.lot, "entry": one.sequence, "finding": one.sentence}
            for one in found.faults
        ]
        terminal.json({"faults": faults, "unconfirmed": list(found.unconfirmed)})
        return 1 if faults else 0
    for one in found.faults:
        terminal.line(("Not as written: ", "bold red"), f"{one.sentence} [{one.slug}]")
    for gap in found.unconfirmed:
        terminal.line(("Not confirmed: ", "bold yellow"), gap)
    if not found.faults:
        terminal.line("Every entry is as it was written, and every lot adds up.")
    return 1 if found.faults else 0


@app.command(epilog=example("creditbank ledger expire"))
def expire(home: Home = None, json_output: Json = False) -> int:
    """End shelf lives and reservations that are over, and warn of those that end soon.

    `creditbank serve` does it by itself. Learners are told 90, 30 and 7 days ahead, once each.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        lapsed = bank.reserving.lapse()
        expired, warned = bank.bookkeeping.expire(), bank.bookkeeping.warn()
    if json_output:
        terminal.json({"lapsed": lapsed, "expired": expired, "warned": warned})
        return 0
    terminal.line(f"Lots that expired: {expired}. Reservations that lapsed: {lapsed}. Warnings told: {warned}.")
    return 0


@app.command(epilog=example("creditbank ledger seal"))
def seal(home: Home = None, json_output: Json = False) -> int:
    """Seal the heads of all accounts that went on, for the next batch.

    `creditbank serve` does it daily. `creditbank batch seal` and `creditbank anchor submit` bring them to the chain.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.bookkeeping.seal_heads()
    if json_output:
        terminal.json({"set": None if made is None else _view(made)})
        return 0
    if made is None:
        terminal.line("No account went on since the last time.")
        return 0
    terminal.line(f"Sealed the heads of {made.size} accounts as set {made.number}, root {digest_text(made.root)}.")
    terminal.hint("Next: creditbank batch seal")
    return 0


@app.command(epilog=example("creditbank ledger heads"))
def heads(home: Home = None, json_output: Json = False) -> int:
    """List the sets of heads that were sealed."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.bookkeeping.head_sets()
    if json_output:
        terminal.json({"sets": [_view(one) for one in found]})
        return 0
    if not found:
        terminal.line("No heads were sealed yet.")
        return 0
    terminal.rows(
        [[str(one.number), str(one.size), instant_text(one.made), digest_text(one.root)] for one in found],
        headers=("set", "accounts", "made", "root"),
    )
    return 0


Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account, by its id.")]


@app.command(epilog=example("creditbank ledger proof ID"))
def proof(account: Account, home: Home = None, json_output: Json = False) -> int:
    """Show what proves an account's head: salt, path to the root of its set, and the receipt."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.bookkeeping.proof(account)
    terminal.json(found)
    return 0


def _view(made: HeadSet) -> dict[str, object]:
    return {
        "number": made.number,
        "document": made.document,
        "root": digest_text(made.root),
        "size": made.size,
        "made": instant_text(made.made),
    }
