"""`creditbank transcript`: what a learner earned, in one document that an institution signs."""

from pathlib import Path
from typing import Annotated

import typer

from creditbank.adapters.documents import read_bytes
from creditbank.canonical import load_object
from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example, group
from creditbank.cli.credential import issued_view
from creditbank.cli.listing import NEWEST, Limit, show_listed
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.credential import read_transcript
from creditbank.services.listing_ports import Page
from creditbank.services.records import IssuedCredential
from creditbank.verification import title_of

app = group("Issue transcripts, and show them.", "creditbank transcript issue --organisation ID --learner ID")

Institution = Annotated[str, typer.Option("--organisation", help="The institution that issues the transcript.")]
Person = Annotated[str, typer.Option("--learner", help="The learner whose transcript it is.")]


@app.command(
    epilog=example(
        "creditbank transcript issue --organisation ID --learner ID",
        "creditbank transcript issue --organisation ID --learner ID --request spring --consent consent.json",
    )
)
def issue(
    organisation: Institution,
    learner: Person,
    credential: Annotated[
        list[str] | None,
        typer.Option("--credential", help="A credential or award to put in; give it again for another."),
    ] = None,
    consent: Annotated[
        Path | None,
        typer.Option("--consent", help="What the learner presents for this request: creditbank transcript consent."),
    ] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue the transcript of a learner.

    Without --credential it holds all that the institution issued and that stands, and all that the learner presents in
    --consent: what others issued goes in only so. Each badge stays as its issuer signed it. The transcript is no
    credit; it has a place in the institution's status list, and waits for the next batch.
    """
    terminal = Terminal(json_output=json_output)
    presented = None if consent is None else read_bytes(consent)
    with bank_at(home, own_chain=False) as bank:
        made = bank.transcripts.issue(
            request_id(request),
            organisation=organisation,
            learner=learner,
            credentials=credential or (),
            consent=presented,
        )
    if json_output:
        terminal.json(_view(made))
        return 0
    inside = read_transcript(load_object(made.signed)).inside
    terminal.line("Issued ", (made.id, "bold"), f", with {len(inside)} of the learner's credentials.")
    terminal.rows([[str(one["id"]), title_of(one)] for one in inside if isinstance(one, dict)], indent=2)
    terminal.hint("It waits for the next batch: creditbank batch seal, then creditbank anchor submit.")
    return 0


@app.command(
    epilog=example(
        "creditbank transcript consent --organisation ID --learner ID --request spring --credential ID > consent.json"
    )
)
def consent(
    organisation: Institution,
    learner: Person,
    credential: Annotated[
        list[str], typer.Option("--credential", help="A credential to present; give it again for another.")
    ],
    request: Annotated[str, typer.Option("--request", help="The request id that the transcript will be issued with.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Let the learner present credentials to an institution, for one transcript.

    The learner's key signs, for this institution and this request and for nothing else. The institution keeps what was
    signed with the transcript.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        signed = bank.transcripts.consent(request, organisation=organisation, learner=learner, credentials=credential)
    terminal.raw(f"{signed.decode()}\n")
    return 0


@app.command(
    "list",
    epilog=example(
        "creditbank transcript list --learner ID", "creditbank transcript list --organisation ID --limit 20"
    ),
)
def list_transcripts(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Those that it issued.")] = None,
    learner: Annotated[str | None, typer.Option("--learner", help="Those of this learner.")] = None,
    limit: Limit = NEWEST,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List transcripts, the newest first: of a learner, of an institution, or of the whole bank."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        listed = [one for _, one in bank.transcripts.of(Page(limit + 1), organisation=organisation, learner=learner)]
    found = [_view(one) for one in listed[:limit]]
    return show_listed(
        terminal,
        {"transcripts": found},
        [[str(one[name]) for name in ("id", "issued", "organisation", "learner")] for one in found],
        headers=("id", "issued", "organisation", "learner"),
        none="There is no transcript here.",
        limit=limit,
        more=len(listed) > limit,
    )


@app.command(epilog=example("creditbank transcript show urn:uuid:5e1c… > transcript.json"))
def show(
    transcript: Annotated[str, typer.Argument(metavar="ID", help="The transcript's id, urn:uuid:….")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show a transcript exactly as it was signed.

    Its receipt and its kit are those of a credential: creditbank credential receipt, creditbank credential kit.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.transcripts.get(transcript)
    terminal.raw(f"{found.signed.decode()}\n")
    return 0


def _view(issued: IssuedCredential) -> dict[str, object]:
    read = read_transcript(issued.document)
    held = [one["id"] for one in read.inside if isinstance(one, dict)]
    return {**issued_view(issued), "partial": read.partial, "credentials": held}
