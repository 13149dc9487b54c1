"""`creditbank reservation`: a university holds credits for a while; they come free by themselves."""

from datetime import timedelta
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.listing import NEWEST, Limit, show_listed
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.ledger_records import Reservation
from creditbank.services.ports import UnknownRecord
from creditbank.units import Credits, instant_text

app = group("Hold credits for a while, and give them back.", "creditbank reservation list")

By = Annotated[str, typer.Option("--by", metavar="ID", help="The university.")]
Name = Annotated[str, typer.Argument(metavar="RESERVATION", help="The id under which it was asked for.")]


@app.command(epilog=example("creditbank reservation make R --lot 0x… --amount 2 --award URN --by UNIVERSITY"))
def make(
    name: Name,
    lot: Annotated[str, typer.Option("--lot", help="The lot, as `creditbank learner show` lists it.")],
    amount: Annotated[str, typer.Option("--amount", help="How much of it, such as 2 or 2.5.")],
    award: Annotated[str, typer.Option("--award", help="For which award, by the university's own name for it.")],
    by: By,
    days: Annotated[int, typer.Option("--days", min=1, help="For how many days.")] = 7,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Hold part of a lot; the same id again gives the first answer."""
    with bank_at(home, own_chain=False) as bank:
        try:
            until = bank.reserving.get(name, by=by).until  # asked before: the end that was given then
        except UnknownRecord:
            until = bank.clock.now() + timedelta(days=days)
        made = bank.reserving.reserve(name, lot=lot, amount=Credits.parse(amount), award=award, until=until, by=by)
    return _say(made, json_output)


@app.command("list", epilog=example("creditbank reservation list", "creditbank reservation list --by UNIVERSITY"))
def list_reservations(
    by: Annotated[str | None, typer.Option("--by", metavar="ID", help="Only those of this university.")] = None,
    limit: Limit = NEWEST,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List what is held or was, newest first: whoever runs the bank sees everybody's."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        listed = tx.newest_reservations(limit + 1, by)
    found = [_view(one) for one in listed[:limit]]
    columns = ("id", "organisation", "award", "amount", "until", "state")
    return show_listed(
        terminal,
        {"reservations": found},
        [[one[name] for name in columns] for one in found],
        headers=columns,
        none="Nothing is held, and nothing was.",
        limit=limit,
        more=len(listed) > limit,
    )


@app.command(epilog=example("creditbank reservation show R --by UNIVERSITY"))
def show(name: Name, by: By, home: Home = None, json_output: Json = False) -> int:
    """Show a reservation: held, used, released, or lapsed by itself."""
    with bank_at(home, own_chain=False) as bank:
        found = bank.reserving.get(name, by=by)
    return _say(found, json_output)


@app.command(epilog=example("creditbank reservation release R --by UNIVERSITY"))
def release(name: Name, by: By, home: Home = None, json_output: Json = False) -> int:
    """Give back what is held."""
    with bank_at(home, own_chain=False) as bank:
        found = bank.reserving.release(name, by=by)
    return _say(found, json_output)


def _say(found: Reservation, json_output: bool) -> int:
    terminal = Terminal(json_output=json_output)
    if json_output:
        terminal.json(_view(found))
        return 0
    terminal.line(
        "Reservation ", (found.request, "bold"), f" is {found.state}: {found.amount} until {instant_text(found.until)}."
    )
    return 0


def _view(found: Reservation) -> dict[str, str]:
    return {
        "id": found.request,
        "organisation": found.organisation,
        "award": found.award,
        "lot": found.lot,
        "amount": str(found.amount),
        "until": instant_text(found.until),
        "state": str(found.state),
    }
