"""`creditbank organisation`: the providers and universities of the bank."""

from collections import Counter
from typing import Annotated

import typer

from creditbank.cli import organisation_issuer, organisation_people
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json, country_code, written_name
from creditbank.cli.terminal import Terminal
from creditbank.services.naming import doubts_about
from creditbank.services.records import Organisation, Role
from creditbank.units import instant_text

app = group("Register providers and universities.", "creditbank organisation list")


@app.command(
    epilog=example(
        'creditbank organisation register --name "Sample College" --role provider --country IN',
        'creditbank organisation register --name "Sample University" --role university --country IN',
    )
)
def register(
    name: Annotated[
        str, typer.Option("--name", callback=written_name, help="Its name, as it shall stand in credentials.")
    ],
    role: Annotated[list[Role], typer.Option("--role", help="What it may do; may be given again.")],
    country: Annotated[str, typer.Option("--country", callback=country_code, help="Two capital letters, such as IN.")],
    framework: Annotated[
        list[str] | None, typer.Option("--framework", help="A framework it teaches in; may be given again.")
    ] = None,
    did: Annotated[
        str | None, typer.Option("--did", help="Its did:web, where it has a domain; else it gets a did:key.")
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="It exists for a demonstration only.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Register an organisation.

    Its keys are made, its DID document is published, and the registrar admits it on the chain. A name that could pass
    for another's, by letters of two scripts in one word or by characters that nobody sees, is pointed out.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        for one in framework or []:
            bank.catalogue.framework(one)
        for doubt in doubts_about(name):
            terminal.hint(("Look twice: ", "bold yellow"), doubt)
        terminal.hint("Registering it on the chain.")
        made = bank.registering.register_organisation(
            name=name,
            did=did,
            roles=frozenset(role),
            frameworks=framework or [],
            country=country,
            sample=sample,
        )
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line((made.name, "bold"), " is registered.")
    terminal.rows([["id", made.id], ["DID", made.did], ["roles", _roles(made)]], indent=2)
    return 0


@app.command("list", epilog=example("creditbank organisation list"))
def list_organisations(home: Home = None, json_output: Json = False) -> int:
    """List the organisations of the bank with their roles."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.organisations()
    if json_output:
        terminal.json({"organisations": [_view(one) for one in found]})
        return 0
    terminal.rows(
        [[one.id, _roles(one), one.country, ", ".join(one.frameworks), (one.name, "bold")] for one in found],
        headers=("id", "roles", "country", "frameworks", "name"),
    )
    return 0


@app.command(epilog=example("creditbank organisation show ID"))
def show(
    organisation: Annotated[str, typer.Argument(metavar="ID", help="Its id; `creditbank organisation list` shows it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show an organisation: what it is, its account on the chain, its keys and its members' roles."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        found, keys, members = tx.get_organisation(organisation), tx.keys_of(organisation), tx.members_of(organisation)
    counted = Counter(str(role) for one in members for role in one.roles)
    if json_output:
        held = [{"multikey": one.multikey, "state": str(one.state), "held": one.held} for one in keys]
        more = {"account": found.account or None, "since": instant_text(found.created), "keys": held}
        terminal.json({**_view(found), **more, "members": len(members), "memberRoles": dict(sorted(counted.items()))})
        return 0
    terminal.line((found.name, "bold"), "  a sample" if found.sample else "")
    facts = [
        ("id", found.id),
        ("DID", found.did),
        ("roles", _roles(found)),
        ("country", found.country),
        ("frameworks", ", ".join(found.frameworks)),
        ("account on the chain", found.account),
        ("since", instant_text(found.created)),
        ("members", ", ".join(f"{count} {role}" for role, count in sorted(counted.items())) or "none"),
    ]
    terminal.rows([[name, text] for name, text in facts if text], indent=2)
    terminal.line()
    terminal.rows(
        [[one.multikey, str(one.state), "here" if one.held else "outside the bank"] for one in keys],
        headers=("key", "state", "held"),
    )
    return 0


@app.command(epilog=example("creditbank organisation succeed ID --by ID"))
def succeed(
    organisation: Annotated[str, typer.Argument(metavar="ID", help="The body that closes or merges.")],
    by: Annotated[str, typer.Option("--by", help="The body that answers for its keys and status lists from now on.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Name the successor of a body that closes or merges.

    It stands on the chain once and for ever. What the body issued stays as good as it was.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        bank.registering.name_successor(organisation, by)
    if json_output:
        terminal.json({"organisation": organisation, "successor": by})
        return 0
    terminal.line((organisation, "bold"), " is succeeded by ", (by, "bold"), ".")
    return 0


organisation_people.add_to(app)
organisation_issuer.add_to(app)


def _roles(organisation: Organisation) -> str:
    return ", ".join(sorted(organisation.roles))


def _view(organisation: Organisation) -> dict[str, object]:
    return {
        "id": organisation.id,
        "name": organisation.name,
        "did": organisation.did,
        "roles": sorted(organisation.roles),
        "frameworks": list(organisation.frameworks),
        "country": organisation.country,
        "sample": organisation.sample,
    }
