"""`creditbank achievement`: what providers offer."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import digest_text, load_object
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.credential import Achievement

app = group("Publish what can be earned.", "creditbank achievement list")


@app.command(epilog=example("creditbank achievement publish statistics.json --organisation urn:uuid:5a1c…"))
def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An Open Badges 3.0 achievement, as JSON.")],
    organisation: Annotated[str, typer.Option("--organisation", help="The provider that offers it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Publish a version of an achievement, which is then frozen.

    The same content again is no error; a change needs a new version.
    """
    terminal = Terminal(json_output=json_output)
    achievement = Achievement.from_json(load_object(file.read_bytes(), place=str(file)), place=f"{file}#")
    with bank_at(home, own_chain=False) as bank:
        made = bank.drafting.publish(organisation, achievement)
    if json_output:
        terminal.json({"id": made.id, "version": made.version, "digest": digest_text(made.digest)})
        return 0
    terminal.line((achievement.name, "bold"), f", version {made.version}, is published and frozen.")
    terminal.rows([["id", made.id], ["digest", digest_text(made.digest)]], indent=2)
    return 0


@app.command("list", epilog=example("creditbank achievement list --organisation urn:uuid:5a1c…"))
def list_achievements(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Only what this provider offers.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List what can be earned from the bank's providers."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.achievements(organisation)
    if json_output:
        terminal.json({"achievements": [one.document for one in found]})
        return 0
    read = [Achievement.from_json(one.document) for one in found]
    terminal.rows(
        [
            [one.id, one.version, str(one.credits), one.level.code if one.level else "–", (one.name, "bold")]
            for one in read
        ],
        headers=("id", "version", "credits", "level", "name"),
    )
    return 0
