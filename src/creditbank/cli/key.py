"""`creditbank key`: the keys that sign, and the audit of what they signed."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.ports import SigningRecord
from creditbank.units import instant_text

app = group("Look after keys, and read what they signed.", "creditbank key audit")


@app.command(
    epilog=example(
        "creditbank key audit", "creditbank key audit --since 2026-06-30", "creditbank key audit --tenant ID --refused"
    )
)
def audit(
    since: Annotated[
        str | None, typer.Option("--since", help="The first day to show (UTC), such as 2026-06-30.")
    ] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only what this body or learner asked for.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show what the bank's keys were asked to sign.

    Each row was written before its signature was made, and refusals have rows too. The rows are checked: one that was
    altered or taken out ends the command with exit code 1 and its place.
    """
    terminal = Terminal(json_output=json_output)
    day = None if since is None else _day(since)
    with bank_at(home, own_chain=False) as bank:
        found = [
            row
            for row in bank.vault.audit(day)
            if (tenant is None or row.tenant == tenant) and (row.refused or not refused)
        ]
    if json_output:
        terminal.json({"signatures": [asdict(row) | {"at": instant_text(row.at)} for row in found]})
        return 0
    terminal.rows([_row(row) for row in found], headers=("at", "tenant", "purpose", "outcome", "about", "key"))
    return 0


def _row(row: SigningRecord) -> list[str]:
    outcome = f"refused: {row.refused}" if row.refused else "signed"
    return [instant_text(row.at), row.tenant, row.purpose, outcome, row.about, row.key]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(f"{text[:40]!r} is not a day.", place="--since", next_step="Write it like 2026-06-30.") from None
