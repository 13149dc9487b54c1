"""`creditbank organisation issuer`: where an organisation's people sign in."""

import os
from typing import Annotated, Final

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.people_records import IdentityProvider
from creditbank.units import instant_text

SECRET: Final = "CREDITBANK_OIDC_SECRET"  # noqa: S105 - the name of a variable


def add_to(app: typer.Typer) -> None:
    """Add this verb to the noun `organisation`."""
    app.command(
        "issuer",
        epilog=example(
            "creditbank organisation issuer ID --url https://login.example.org --client bank --domain example.org",
            "creditbank organisation issuer ID --remove",
        ),
    )(issuer)


def issuer(
    organisation: Annotated[str, typer.Argument(metavar="ID", help="The organisation's id.")],
    url: Annotated[str, typer.Option("--url", help="The issuer, exactly as its own description names it.")] = "",
    client: Annotated[str, typer.Option("--client", help="What the bank is called there.")] = "",
    domain: Annotated[
        list[str] | None,
        typer.Option("--domain", help="Let in verified addresses of this domain only. May be repeated."),
    ] = None,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="NAME=VALUE", help="Let in only who has this claim. May be repeated."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Let nobody sign in through the organisation.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show, set or remove the OpenID Connect issuer at which an organisation's people sign in.

    The client's secret is read from CREDITBANK_OIDC_SECRET and sealed by the vault; without it the client is a public
    one. At the issuer, enter <base_url>/sign-in/organisation/return as the redirect URI. Signing in there makes nobody
    a member: that takes an invitation.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        federating = bank.door.federating
        if remove:
            federating.forget(organisation)
            terminal.line("Nobody signs in through it any more.")
            return 0
        if url:
            if not client:
                raise Usage("--url needs --client too.")
            federating.configure(
                organisation,
                issuer=url,
                client=client,
                secret=os.environ.get(SECRET, ""),
                domains=tuple(domain or ()),
                claims=dict(_pair(text) for text in claim or ()),
            )
        found = federating.provider(organisation)
        redirect = f"{bank.settings.base_url}/sign-in/organisation/return"
    _show(terminal, found, redirect, json_output=json_output)
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise Usage(f"--claim takes NAME=VALUE, not {text!r}.")
    return name, value


def _show(terminal: Terminal, found: IdentityProvider, redirect: str, *, json_output: bool) -> None:
    if json_output:
        terminal.json(
            {
                "issuer": found.issuer,
                "client": found.client,
                "domains": list(found.domains),
                "claims": dict(found.claims),
                "redirect": redirect,
                "set": instant_text(found.set),
            }
        )
        return
    terminal.line("Issuer: ", found.issuer)
    terminal.line("Client: ", found.client)
    terminal.line("Redirect URI: ", redirect)
    for name in found.domains:
        terminal.line("Domain: ", name)
    for name, value in found.claims.items():
        terminal.line("Claim: ", f"{name}={value}")
