"""`creditbank share`: a learner lets somebody look at credentials, sees who did, and takes it back."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from creditbank.adapters.documents import read_bytes
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.listing_ports import Page
from creditbank.services.share_records import Share
from creditbank.services.shares import MOST_WRONG, Shares
from creditbank.units import instant_text

app = group("Let somebody look at credentials, and take that back.", "creditbank share list --learner ID")
MOST = 200

Learner = Annotated[str, typer.Option("--learner", metavar="ID", help="The learner whose share it is.")]
Name = Annotated[str, typer.Argument(metavar="SHARE", help="The share's id; `creditbank share list` shows it.")]


@app.command(epilog=example('creditbank share make CREDENTIAL --learner ID --for "An employer" --why "A post"'))
def make(
    credentials: Annotated[list[str], typer.Argument(metavar="CREDENTIAL...", help="What they may look at.")],
    learner: Learner,
    why: Annotated[str, typer.Option("--why", help="The purpose; it is kept as the learner's consent.")],
    audience: Annotated[str, typer.Option("--for", help="Whom it is for, in words.")] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", metavar="ID", help="A body of this bank whose members alone open it.")
    ] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="For how many days.")] = 30,
    pin_file: Annotated[Path | None, typer.Option("--pin-file", help="A file whose first line is a PIN.")] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Make a share; its link is shown this once, and the bank keeps only its hash."""
    terminal = Terminal(json_output=json_output)
    pin = "" if pin_file is None else read_bytes(pin_file).decode("utf-8", "replace").partition("\n")[0].strip()
    with bank_at(home, own_chain=False) as bank:
        named = f"cli:share:{learner}:{audience}:{organisation}:{why}:{' '.join(sorted(credentials))}"
        made = bank.shares.share(
            request or named,
            learner=learner,
            credentials=credentials,
            purpose=why,
            audience=audience,
            organisation=organisation,
            until=bank.clock.now() + timedelta(days=days),
            pin=pin,
        )
        found = {
            **_view(bank.shares, made.share),
            "link": f"{bank.settings.base_url}/s/{made.token}" if made.token else "",
        }
    if json_output:
        terminal.json(found)
        return 0
    if found["link"]:
        terminal.line("They open it at ", (str(found["link"]), "bold"), f" until {found['expires']}.")
    else:
        terminal.line("This share was made before; its link was shown then, and is not kept.")
    return 0


@app.command("list", epilog=example("creditbank share list --learner ID"))
def list_shares(learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """List a learner's shares, newest first, and whether each can be opened now."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = [_view(bank.shares, one) for _, one in bank.shares.of(learner, Page(MOST))]
    if json_output:
        terminal.json({"shares": found})
        return 0
    columns = ("id", "state", "for", "why", "expires")
    terminal.rows([[str(one[name]) for name in columns] for one in found], headers=columns)
    return 0


@app.command(epilog=example("creditbank share show SHARE --learner ID"))
def show(name: Name, learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """Show a share: what, for whom, why, until when, whether it opens now, and how often it was opened."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        share, seen = bank.shares.get(name, learner=learner)
        found = {**_view(bank.shares, share), "views": len(seen), "wrongPins": share.wrong}
    if json_output:
        terminal.json(found)
        return 0
    terminal.line((str(found["for"]) or "withdrawn", "bold"), f"  {found['state']}")
    told = ("why", "organisation", "created", "expires", "withdrawn")
    terminal.rows([[one, str(found[one])] for one in told if found[one]], indent=2)
    terminal.line(f"It shows {len(share.credentials)} of the account's credentials:")
    terminal.rows([[one] for one in share.credentials], indent=2)
    terminal.line(f"Opened {len(seen)} times: creditbank share views {name} --learner {learner}.")
    if share.pin:
        terminal.line(f"It has a PIN, and {share.wrong} of {MOST_WRONG} wrong ones were tried.")
    return 0


@app.command(epilog=example("creditbank share views SHARE --learner ID"))
def views(name: Name, learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """Show when a share was opened, to the minute, and by which body where a member was signed in."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        _, seen = bank.shares.get(name, learner=learner)
    rows = [{"at": instant_text(one.at), "organisation": one.organisation or None} for one in seen]
    if json_output:
        terminal.json({"share": name, "views": rows})
        return 0
    if not rows:
        terminal.line("Nobody opened it.")
        return 0
    terminal.rows([[str(one["at"]), str(one["organisation"] or "–")] for one in rows], headers=("opened", "by"))
    return 0


@app.command(epilog=example("creditbank share withdraw SHARE --learner ID"))
def withdraw(name: Name, learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """Close a share for good; what somebody saw or saved before stays with them."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = _view(bank.shares, bank.shares.withdraw(name, learner=learner))
    if json_output:
        terminal.json(found)
    else:
        terminal.line("The share ", (name, "bold"), f" is {found['state']}.")
    return 0


def _view(shares: Shares, one: Share) -> dict[str, object]:
    return {
        "id": one.id,
        "state": str(shares.state_of(one)),
        "credentials": list(one.credentials),
        "for": one.audience,
        "organisation": one.organisation or None,
        "why": one.purpose,
        "created": instant_text(one.created),
        "expires": instant_text(one.expires),
        "pin": bool(one.pin),
        "withdrawn": None if one.withdrawn is None else instant_text(one.withdrawn),
    }
