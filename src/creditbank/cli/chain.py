"""`creditbank chain`: the chain that the bank anchors on, and the account that pays for it."""

from creditbank.cli.chain_account import app as account
from creditbank.cli.commands import group

app = group("Look at the chain, and at the account that sends.", "creditbank chain account show")
app.add_typer(account, name="account")
