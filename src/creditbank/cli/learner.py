"""`creditbank learner`: learners' accounts and what they hold."""

from typing import Annotated

import typer

from creditbank.cli import learner_acts
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json, written_name
from creditbank.cli.terminal import Terminal
from creditbank.services.sharing import AccountView, LotView
from creditbank.services.trail import OPERATOR
from creditbank.units import instant_text

app = group("Open accounts, see what they hold, act for them.", "creditbank learner list")


@app.command("open", epilog=example('creditbank learner open --name "Sample Learner"'))
def open_account(
    name: Annotated[
        str, typer.Option("--name", callback=written_name, help="The learner's name; it never leaves the bank.")
    ],
    sample: Annotated[bool, typer.Option("--sample", help="The learner exists for a demonstration only.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Open an account for a learner, with a DID of its own."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.registering.register_learner(name=name, sample=sample)
    if json_output:
        terminal.json({"id": made.id, "did": made.did, "name": made.name})
        return 0
    terminal.line("The account of ", (made.name, "bold"), " is open.")
    terminal.rows([["id", made.id], ["DID", made.did]], indent=2)
    return 0


@app.command("list", epilog=example("creditbank learner list"))
def list_learners(home: Home = None, json_output: Json = False) -> int:
    """List the learners of the bank."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.learners()
    if json_output:
        terminal.json({"learners": [{"id": one.id, "did": one.did, "name": one.name} for one in found]})
        return 0
    terminal.rows([[one.id, (one.name, "bold")] for one in found], headers=("id", "name"))
    return 0


@app.command(epilog=example("creditbank learner show urn:uuid:0b0c…"))
def show(
    learner: Annotated[str, typer.Argument(metavar="ID", help="The learner's id.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show what a learner's account holds.

    Credits by system, and every lot with its credential.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        account = bank.sharing.account(learner)
    if json_output:
        terminal.json(_view(account))
        return 0
    terminal.line((account.learner.name, "bold"), f"  {account.learner.did}")
    terminal.line()
    if not account.lots:
        terminal.line("It holds no credits yet.")
        return 0
    terminal.rows(
        [
            [
                (one.system, "bold"),
                *map(str, (one.total, one.available, one.reserved, one.redeemed, one.lapsed)),
            ]
            for one in account.balances
        ],
        headers=("credit system", "total", "available", "reserved", "redeemed", "expired or revoked"),
    )
    terminal.line()
    terminal.rows(
        [
            [
                one.facts.earned.isoformat(),
                str(one.lot.amount),
                _state(one),
                one.provider,
                (one.facts.title, "bold"),
                one.facts.credential,
            ]
            for one in account.lots
        ],
        headers=("earned", "credits", "state", "provider", "unit", "credential"),
    )
    return 0


learner_acts.add_to(app)


@app.command(epilog=example('creditbank learner erase urn:uuid:0b0c… --confirm did:key:z6Mk… --why "at their wish"'))
def erase(
    learner: Annotated[str, typer.Argument(metavar="ID", help="The learner's id.")],
    confirm: Annotated[str, typer.Option("--confirm", help="The account's DID once more: nothing brings it back.")],
    why: Annotated[str, typer.Option("--why", help="Why; it stands in the audit trail.")] = "",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Erase an account for good.

    Name, identifiers, keys, credentials with their salts, and what was shared and weighed are deleted. The batch still
    proves the others, the ledger's entries stay, and awards stay with their universities. Asked again, nothing changes.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        done = bank.erasing.erase(learner, confirm=confirm, actor=OPERATOR, why=why)
    if json_output:
        terminal.json({"learner": done.learner, "erased": instant_text(done.at), "kept": list(done.kept)})
        return 0
    terminal.line("Erased ", (done.learner, "bold"), ".")
    for award in done.kept:
        terminal.line(f"The award {award} stays with its university.", indent=2)
    return 0


def _state(view: LotView) -> str:
    anchor = "brought from elsewhere" if view.brought else view.anchor or "waits for a batch"
    return f"{view.lot.available} available, {anchor}"


def _view(account: AccountView) -> dict[str, object]:
    return {
        "learner": account.learner.id,
        "did": account.learner.did,
        "name": account.learner.name,
        "balances": [
            {
                "system": one.system,
                "total": str(one.total),
                "available": str(one.available),
                "reserved": str(one.reserved),
                "redeemed": str(one.redeemed),
                "lapsed": str(one.lapsed),
            }
            for one in account.balances
        ],
        "lots": [
            {
                "lot": one.lot.id,
                "credential": one.facts.credential,
                "title": one.facts.title,
                "provider": one.provider,
                "earned": one.facts.earned.isoformat(),
                "system": one.lot.amount.system,
                "total": str(one.lot.amount.credits),
                "available": str(one.lot.available),
                "reserved": str(one.lot.reserved),
                "redeemed": str(one.lot.redeemed),
                "revoked": one.lot.revoked,
                "anchor": one.anchor,
                "brought": one.brought,
            }
            for one in account.lots
        ],
    }
