"""`creditbank award`: from an evaluation that adds up to an award with its stacking proof."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from creditbank.canonical import load_object
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.listing import NEWEST, Limit, show_listed
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.listing_ports import Page
from creditbank.services.records import AwardRecord
from creditbank.units import instant_text

app = group("Issue an award, and show it with its proof.", "creditbank award issue --evaluation ID --university ID")


@app.command(epilog=example("creditbank award issue --evaluation urn:uuid:91c2… --university ID"))
def issue(
    evaluation: Annotated[str, typer.Option("--evaluation", help="An evaluation that adds up.")],
    university: Annotated[str, typer.Option("--university", help="The university that awards.")],
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue the award of an evaluation that adds up.

    Its credits are spent once, here and on the chain. If any of them went to another award in the meantime
    the answer is no, with exit code 1, and nothing is half done. Cut short, the same command again completes it.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home) as bank:
        terminal.hint("Reserving the credits, spending them on the chain, signing the award.")
        made = bank.awarding.award(request or f"award:{evaluation}", evaluation=evaluation, by=university)
    if json_output:
        terminal.json(_view(made))
        return 0
    _show(terminal, made)
    terminal.hint(f"Its files: creditbank award show {made.id} --output DIR")
    return 0


@app.command(
    epilog=example("creditbank award show urn:uuid:3f4b…", "creditbank award show urn:uuid:3f4b… --output kit/")
)
def show(
    award: Annotated[str, typer.Argument(metavar="ID", help="The award's id.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write the award and everything to re-check it into this directory."),
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show an award and what it used.

    With --output its files are written as `creditbank check-award` reads them.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.awarding.get(award)
        if output is not None:
            _write(output, bank.kits.of_award(found).files)
    if json_output:
        terminal.json(_view(found))
        return 0
    _show(terminal, found)
    if output is not None:
        terminal.hint(f"Its files are in {output}. Re-check them: creditbank check-award {output} --offline")
    return 0


@app.command("list", epilog=example("creditbank award list", "creditbank award list --of ID --json"))
def list_awards(
    of: Annotated[
        str | None, typer.Option("--of", metavar="ID", help="Only those of this learner, or this university.")
    ] = None,
    limit: Limit = NEWEST,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List awards with their states, newest first."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.reading() as tx:
        learner = of if of is not None and tx.find_learner(of) is not None else None
        listed = tx.list_awards(Page(limit + 1), organisation=None if learner else of, learner=learner)
    found = [one for _, one in listed[:limit]]
    return show_listed(
        terminal,
        {"awards": [{**_view(one), "award": None, "stackingProof": None} for one in found]},
        [[one.id, str(one.state), one.qualification, one.learner, instant_text(one.created)] for one in found],
        headers=("id", "state", "qualification", "learner", "created"),
        none="There is no award yet.",
        limit=limit,
        more=len(listed) > limit,
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _show(terminal: Terminal, award: AwardRecord) -> None:
    terminal.line("Award ", (award.id, "bold"), f" is {award.state}.")
    terminal.rows(
        [
            ["qualification", f"{award.qualification}, version {award.version}"],
            ["learner", award.learner],
            ["university", award.organisation],
            ["evaluation", award.evaluation],
            ["made", instant_text(award.created)],
        ],
        indent=2,
    )
    terminal.line("Uses, each of them once:", indent=2)
    terminal.rows([[str(amount), f"of lot {lot}"] for lot, amount in award.uses], indent=4)


def _view(award: AwardRecord) -> dict[str, object]:
    return {
        "id": award.id,
        "request": award.request,
        "state": str(award.state),
        "qualification": award.qualification,
        "version": award.version,
        "learner": award.learner,
        "organisation": award.organisation,
        "evaluation": award.evaluation,
        "created": instant_text(award.created),
        "uses": [{"lot": lot, "amount": str(amount)} for lot, amount in award.uses],
        "award": None if award.signed is None else load_object(award.signed),
        "stackingProof": None if award.proof is None else load_object(award.proof),
    }
