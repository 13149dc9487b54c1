"""`creditbank did`: the DID documents of organisations, as published, as archived, as found elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import digest_text, json_digest, load_object, parse_digest, pretty_json
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.units import instant_text

app = group("Show and check the documents that list keys.", "creditbank did show --organisation ID")

Body = Annotated[str, typer.Option("--organisation", help="The organisation whose document it is.")]


@app.command(epilog=example("creditbank did show --organisation ID"))
def show(organisation: Body, home: Home = None, json_output: Json = False) -> int:
    """Show an organisation's DID, its document's versions, and who serves it."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        with bank.store.transaction() as tx:
            body = tx.get_organisation(organisation)
        current = json_digest(load_object(bank.dids.current(organisation).content))
        versions = bank.dids.versions(body.did)
        address, hosted = bank.dids.address(body), bank.dids.hosted(body)
    if json_output:
        told = [{"digest": digest_text(one.digest), "archived": instant_text(one.archived)} for one in versions]
        terminal.json({"did": body.did, "address": address, "hosted": hosted, "versions": told})
        return 0
    terminal.line((body.did, "bold"))
    if address is not None:
        terminal.line(f"{address}, served by {'this bank' if hosted else 'its own domain'}", indent=2)
    terminal.rows(
        [
            [instant_text(one.archived), "published" if one.digest == current else "archived", digest_text(one.digest)]
            for one in versions
        ],
        indent=2,
        headers=("from", "state", "digest"),
    )
    return 0


@app.command(
    epilog=example(
        "creditbank did export --organisation ID > did.json",
        "creditbank did export --organisation ID --version sha256:…",
    )
)
def export(
    organisation: Body,
    version: Annotated[
        str | None, typer.Option("--version", help="An earlier version, by its digest; else the published one.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Write the document that belongs at the organisation's domain.

    Its digest is registered on the chain. Any form of the same JSON is the same document.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        content = bank.dids.current(organisation).content
        if version is not None:
            with bank.store.transaction() as tx:
                did = tx.get_organisation(organisation).did
            content = bank.dids.version(did, parse_digest(version)).content
    terminal.raw(pretty_json(load_object(content)).decode())
    return 0


@app.command(epilog=example("creditbank did check did.json --organisation ID"))
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document as its domain serves it.")],
    organisation: Body,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Compare a document found at the domain with ours.

    Exit code 0 when it is the registered one, 1 when it is not: then it names the keys that are missing or foreign.
    Fetch it first, for example with curl; what is fetched is looked at and never believed.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        compared = bank.dids.check(organisation, load_object(file.read_bytes(), place=str(file)))
    if json_output:
        terminal.json(
            {
                "same": compared.same,
                "archived": instant_text(compared.version) if compared.version else None,
                "missing": list(compared.missing),
                "foreign": list(compared.foreign),
                "digest": digest_text(compared.digest),
                "registered": digest_text(compared.ours),
            }
        )
    elif compared.same:
        terminal.line(("✓ ", "green"), f"{file} is the registered document.")
    else:
        earlier = f"our version of {instant_text(compared.version)}" if compared.version else "no version of ours"
        terminal.line(("✗ ", "red"), f"{file} is {earlier}, and not the registered document.")
        for told, keys in (("lacks", compared.missing), ("has the foreign key", compared.foreign)):
            for key in keys:
                terminal.line(f"{told} {key}", indent=2)
        terminal.hint(f"Put ours in its place: creditbank did export --organisation {organisation}")
    return 0 if compared.same else 1
