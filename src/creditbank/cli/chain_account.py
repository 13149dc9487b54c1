"""`creditbank chain account`: whose key anchors, in the vault, in a keystore, or behind a signer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal

if TYPE_CHECKING:
    from creditbank.config import Settings

app = group("Make, take in and show the account that sends anchors.", "creditbank chain account show")

Output = Annotated[
    Path | None, typer.Option("--output", help="Where the keystore goes; else where sender_keystore says.")
]


@app.command(epilog=example("CREDITBANK_SENDER_PASSWORD_FILE=password creditbank chain account new"))
def new(output: Output = None, home: Home = None, json_output: Json = False) -> int:
    """Make a new account in a keystore of its own.

    The file is as geth writes it (Web3 Secret Storage), under the password of CREDITBANK_SENDER_PASSWORD_FILE. Keep
    both, in different places: without them the account is gone, with what it holds.
    """
    from creditbank.adapters.keys.keystores import make_keystore, new_secret

    settings = settings_of(home)
    made = make_keystore(new_secret(), settings.sender_password)
    return _keep(settings, made, output, Terminal(json_output=json_output))


@app.command(
    "import", epilog=example("CREDITBANK_SENDER_PASSWORD_FILE=password creditbank chain account import UTC--…")
)
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A keystore, or a private key as 64 hex digits.")],
    output: Output = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take in an account that there is already.

    A keystore must open with the password of CREDITBANK_SENDER_PASSWORD_FILE and is kept as it is; a bare private key
    is put into a keystore under that password. Delete the bare one afterwards.
    """
    from creditbank.adapters.keys.keystores import make_keystore, open_keystore, read_secret

    settings, content = settings_of(home), file.read_bytes()
    secret = read_secret(content)
    if secret is None:
        open_keystore(content, settings.sender_password, file)
        made = content
    else:
        made = make_keystore(secret, settings.sender_password)
    return _keep(settings, made, output, Terminal(json_output=json_output))


@app.command(epilog=example("creditbank chain account show"))
def show(home: Home = None, json_output: Json = False) -> int:
    """Show which account sends anchors, and whether it can sign.

    A keystore is opened, and a signer is asked for its accounts; nothing is signed.
    """
    from creditbank.bootstrap import sending_account
    from creditbank.services.anchoring import BANK

    terminal, settings = Terminal(json_output=json_output), settings_of(home)
    if (account := sending_account(settings)) is not None:
        account.prove()
    with bank_at(home, own_chain=False) as bank:
        address = bank.vault.chain_account(BANK)
    if json_output:
        terminal.json({"kind": settings.sender, "address": address})
        return 0
    terminal.line("Anchors are sent from ", (address, "bold"), f", whose key is in the {settings.sender}.")
    return 0


def _keep(settings: "Settings", keystore: bytes, output: Path | None, terminal: Terminal) -> int:
    from creditbank.adapters.keys.files import make_private_folder, write_once
    from creditbank.adapters.keys.keystores import KeystoreAccount

    place = (output or settings.sender_keystore).resolve()
    if place.is_dir():
        raise Usage(f"{place} is a folder.", next_step="Name the file that the keystore shall be, with --output.")
    make_private_folder(place.parent)
    if not write_once(place, keystore):
        raise Usage(f"{place} is there already, and a key is never overwritten.", next_step="Choose another --output.")
    account = KeystoreAccount(place, settings.sender_password)
    if terminal.json_output:
        terminal.json({"address": account.address, "keystore": str(place)})
        return 0
    terminal.line("The account is ", (account.address, "bold"), f", its keystore {place}.")
    terminal.hint(f'Next: set sender = "keystore" and sender_keystore = "{place}", then creditbank init.')
    return 0
