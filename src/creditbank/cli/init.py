"""`creditbank init`: a bank in a directory of its own."""

from creditbank.cli.bank import settings_of
from creditbank.cli.commands import example, single
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.config import without_secrets

app = single()


@app.command(epilog=example("creditbank init", "creditbank init --home /srv/bank"))
def init(home: Home = None, json_output: Json = False) -> int:
    """Set up a bank in a directory of its own.

    Its keys, its database and its chain are made there. A bank that stands already is left as it is, and
    what an interruption left undone is completed. Without CREDITBANK_PASSPHRASE the keys are kept under a
    development key, which production refuses.
    """
    from creditbank.bootstrap import init_bank

    terminal = Terminal(json_output=json_output)
    settings = settings_of(home)
    terminal.hint("Setting up; the first time takes a few seconds.")
    init_bank(settings)
    if json_output:
        terminal.json(
            {"home": str(settings.home), "chain": settings.chain, "database": without_secrets(settings.database_url)}
        )
        return 0
    terminal.line("The bank at ", (str(settings.home), "bold"), " is ready.")
    if settings.chain == "embedded":
        terminal.line("Its chain is an embedded test chain: what is anchored there proves nothing to strangers.")
    if settings.passphrase is None:
        terminal.hint("Its keys are under a development key. Set CREDITBANK_PASSPHRASE for anything but a trial.")
    terminal.hint(f"Next: creditbank serve --home {settings.home}")
    return 0
