"""`creditbank trail`: what people did to roles, tokens, keys and the like, in chains that nobody edits unseen."""

from typing import Annotated

import typer

from creditbank.canonical import canonical_json
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.listing import NEWEST, Limit, show_listed
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.asked_records import CameOf
from creditbank.services.listing_ports import Page
from creditbank.services.trail import BANK
from creditbank.units import instant_text

app = group("Show, check and export what people did.", "creditbank trail show")

Chain = Annotated[
    str, typer.Option("--organisation", metavar="ID", help="The organisation whose chain it is; else the bank's own.")
]


@app.command(epilog=example("creditbank trail show", "creditbank trail show --organisation ID"))
def show(organisation: Chain = BANK, home: Home = None, json_output: Json = False) -> int:
    """Show the acts of one chain, oldest first."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = list(bank.trail.export(organisation))
    if json_output:
        terminal.json({"entries": found})
        return 0
    if not found:
        terminal.line("Nothing is written there yet.")
        return 0
    columns = ("number", "at", "actor", "action", "object", "why")
    terminal.rows([[str(entry[name]) for name in columns] for entry in found], headers=columns)
    return 0


@app.command(
    epilog=example(
        "creditbank trail requests --organisation ID", "creditbank trail requests --organisation ID --actor token:TOKEN"
    )
)
def requests(
    organisation: Annotated[str, typer.Option("--organisation", metavar="ID", help="In whose name it was asked.")],
    actor: Annotated[
        list[str] | None, typer.Option("--actor", help="A key (token:ID) or a person (person:ID); again for another.")
    ] = None,
    limit: Limit = NEWEST,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show who asked for what in an organisation's name, the newest first, and what came of it.

    Every request of the API and every form of a page that may change something is noted before it is done.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        tx.get_organisation(organisation)
        found = [one for _, one in tx.list_asked(Page(limit + 1), organisation, actor)]
    return show_listed(
        terminal,
        {"requests": [asked_view(one) for one in found[:limit]]},
        [asked_row(one) for one in found[:limit]],
        headers=ASKED_COLUMNS,
        none="Nothing was asked for there yet.",
        limit=limit,
        more=len(found) > limit,
    )


@app.command(epilog=example("creditbank trail export --organisation ID"))
def export(organisation: Chain = BANK, home: Home = None, json_output: Json = False) -> int:
    """Write the acts of one chain as JSON, one a line.

    Each line's hash is SHA-256 over the canonical JSON (RFC 8785) of the rest of it, and the next line repeats it as
    "previous", so that the export is checked without this bank.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        for entry in bank.trail.export(organisation):
            terminal.raw(f"{canonical_json(entry).decode()}\n")
    return 0


@app.command(epilog=example("creditbank trail audit"))
def audit(home: Home = None, json_output: Json = False) -> int:
    """Compute every chain again, and name each entry that is not as it was written.

    One that was edited, taken out or put in ends the command with exit code 1.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        chains, findings = bank.trail.chains(), bank.trail.audit()
    if json_output:
        found = [{"chain": one.chain, "number": one.number, "finding": one.sentence} for one in findings]
        terminal.json({"chains": len(chains), "findings": found})
        return 1 if findings else 0
    for one in findings:
        terminal.line(("Not as written: ", "bold red"), f"entry {one.number} of {one.chain}. {one.sentence}")
    if not findings:
        many = "1 chain stands" if len(chains) == 1 else f"{len(chains)} chains stand"
        terminal.line(f"{many} as written.")
    return 1 if findings else 0


ASKED_COLUMNS = ("at", "actor", "what", "made")


def asked_view(one: CameOf) -> dict[str, object]:
    """What a machine reads of a request that was noted."""
    asked = one.asked
    return {"at": instant_text(asked.at), "actor": asked.actor, "what": asked.what, "made": one.made}


def asked_row(one: CameOf) -> list[str]:
    """What a person reads of it."""
    return [str(value or "–") for value in asked_view(one).values()]
