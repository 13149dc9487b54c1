"""`creditbank key`: the keys that sign, and the audit of what they signed."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.ports import SigningRecord
from creditbank.services.records import OrganisationKey
from creditbank.signing import UnreadableMultibase, multibase_decode
from creditbank.units import instant_text

if TYPE_CHECKING:
    from creditbank.bootstrap import Bank

app = group(
    "Look after keys, and read what they signed.", "creditbank key list --organisation ID", "creditbank key audit"
)

Body = Annotated[str, typer.Option("--organisation", help="The organisation whose keys they are.")]
Multikey = Annotated[str, typer.Argument(metavar="MULTIKEY", help="The key, as z6Mk….")]


@app.command("list", epilog=example("creditbank key list --organisation ID"))
def list_keys(organisation: Body, home: Home = None, json_output: Json = False) -> int:
    """List every key an organisation has or had, with its times."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.keys.of(organisation)
    if json_output:
        terminal.json({"keys": [_view(key) for key in found]})
        return 0
    terminal.rows(
        [
            [key.state.value, "this bank" if key.held else "itself", _since(key), (key.multikey, "bold")]
            for key in found
        ],
        headers=("state", "held by", "since", "key"),
    )
    return 0


@app.command(epilog=example("creditbank key rotate --organisation ID"))
def rotate(organisation: Body, home: Home = None, json_output: Json = False) -> int:
    """Make a new key the one that signs.

    It is registered on the chain and in the DID document first. The key before it begins to retire, and stays listed;
    end it with creditbank key retire once all it signed is final.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        made, hosted = bank.keys.rotate(organisation), _hosted(bank, organisation)
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line("Now signing: ", (made.multikey, "bold"))
    _remind(terminal, organisation, hosted=hosted)
    return 0


@app.command(epilog=example("creditbank key retire MULTIKEY --organisation ID"))
def retire(multikey: Multikey, organisation: Body, home: Home = None, json_output: Json = False) -> int:
    """Retire a key that was rotated away.

    Refused, with their number, while documents that it signed are not final on the chain.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        retired = bank.keys.retire(organisation, multikey)
    if json_output:
        terminal.json(_view(retired))
        return 0
    terminal.line("Retired: ", (multikey, "bold"), ". What it signed stays good.")
    return 0


@app.command(
    epilog=example("creditbank key revoke --organisation ID", "creditbank key revoke MULTIKEY --organisation ID")
)
def revoke(
    organisation: Body,
    multikey: Annotated[
        str | None, typer.Argument(metavar="[MULTIKEY]", help="The key; else the one that signs now.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Revoke a key that was lost or stolen.

    It stops at once. What was anchored before stands; what was not yet final falls and is named here. A key that
    signed gets a successor in the same step; asking again, without a key, is refused and spares the successor.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        done, hosted = bank.keys.revoke(organisation, multikey), _hosted(bank, organisation)
    if json_output:
        terminal.json({**_view(done.key), "falling": list(done.falling)})
        return 0
    terminal.line("Revoked: ", (done.key.multikey, "bold"))
    for id in done.falling:
        terminal.line(f"falls, and must be issued anew: {id}", indent=2)
    _remind(terminal, organisation, hosted=hosted)
    return 0


@app.command(
    epilog=example(
        "creditbank key register MULTIKEY --organisation ID > challenge.txt",
        "creditbank key register MULTIKEY --organisation ID --challenge challenge.txt --signature z…",
    )
)
def register(
    multikey: Multikey,
    organisation: Body,
    challenge: Annotated[
        Path | None, typer.Option("--challenge", help="The challenge as it was given, for one day.")
    ] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", help="The key's signature over it, in base58btc (z…).")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Register a key that the organisation keeps itself.

    Called without --signature it writes a challenge. Sign its bytes as they are with the key, and call again. From then
    on what that key signs can be delivered: creditbank credential deliver.
    """
    terminal = Terminal(json_output=json_output)
    if (challenge is None) != (signature is None):
        raise Usage("A signature is read together with the challenge it signs.", next_step="Give both, or neither.")
    with bank_at(home, own_chain=signature is not None) as bank:
        if challenge is None or signature is None:
            terminal.raw(bank.keys.challenge(organisation, multikey).decode())
            return 0
        made = bank.keys.register_own(
            organisation, multikey, challenge=challenge.read_bytes(), signature=_decoded(signature)
        )
        hosted = _hosted(bank, organisation)
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line("Registered: ", (multikey, "bold"))
    _remind(terminal, organisation, hosted=hosted)
    return 0


def _decoded(signature: str) -> bytes:
    try:
        return multibase_decode(signature.strip())
    except UnreadableMultibase as cause:
        raise Usage(f"The signature cannot be read. {cause.sentence}", place="--signature") from None


def _hosted(bank: "Bank", organisation: str) -> bool:
    """Whether nobody has to carry the new DID document anywhere."""
    with bank.store.transaction() as tx:
        body = tx.get_organisation(organisation)
    return bank.dids.hosted(body) or bank.dids.address(body) is None


def _remind(terminal: Terminal, organisation: str, *, hosted: bool) -> None:
    if not hosted:
        terminal.hint(f"Put the new document at its domain: creditbank did export --organisation {organisation}")


def _since(key: OrganisationKey) -> str:
    return instant_text(getattr(key, key.state.value) or key.announced)


def _view(key: OrganisationKey) -> dict[str, object]:
    moments = ("announced", "current", "retiring", "retired", "revoked")
    return {
        "multikey": key.multikey,
        "state": key.state.value,
        "heldByBank": key.held,
        **{name: instant_text(moment) for name in moments if (moment := getattr(key, name))},
    }


@app.command(epilog=example("CREDITBANK_PASSPHRASE=… creditbank key seal"))
def seal(home: Home = None, json_output: Json = False) -> int:
    """Put keys of a development bank under a passphrase.

    It is read from CREDITBANK_PASSPHRASE. The keys stay the same, and whoever had the folder may have copied them:
    rotate each of them afterwards.
    """
    from creditbank.adapters.keys import FileVault

    terminal, settings = Terminal(json_output=json_output), settings_of(home)
    if settings.passphrase is None:
        raise Usage("There is no passphrase.", next_step="Set CREDITBANK_PASSPHRASE to a long one, and keep it safe.")
    FileVault.seal(settings.home / "keys", settings.passphrase)
    if json_output:
        terminal.json({"sealed": True})
        return 0
    terminal.line("The keys are under the passphrase.")
    terminal.hint("Whoever had the folder before may have the keys: creditbank key rotate --organisation ID")
    return 0


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
