"""`creditbank credential bulk`: issuing from a table: rehearse, review, act."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from creditbank.adapters.documents.rows import COLUMNS, write_csv
from creditbank.canonical import digest_text
from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example, group
from creditbank.cli.failures import REJECTED, Usage
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.bulk import PART, Review
from creditbank.services.bulk_records import BulkForm, BulkState, BulkUpload
from creditbank.services.trail import OPERATOR

app = group("Issue from a table: rehearse it, review it, act.", "creditbank credential bulk rehearse rows.csv …")

UploadId = Annotated[str, typer.Argument(metavar="ID", help="The upload's id, urn:uuid:….")]
Provider = Annotated[str, typer.Option("--organisation", help="The provider that issues.")]
FORMS: Final = {
    ".csv": BulkForm.CSV,
    ".ndjson": BulkForm.NDJSON,
    ".jsonl": BulkForm.NDJSON,
    ".json": BulkForm.JSON,
}
FAILURES: Final = (*COLUMNS, "field", "reason", "line")


@app.command(epilog=example("creditbank credential bulk rehearse rows.csv --organisation ID"))
def rehearse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table: .csv, .ndjson, or .json with an array.")],
    organisation: Provider,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Look at every row of a table, and issue nothing.

    Columns: learner (an id, a DID, or your own number for them), achievement, version, earned, result, scale, and row,
    your own id for the row. The same row, in whatever table, is issued once.
    """
    terminal = Terminal(json_output=json_output)
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise Usage(f"{file.name[:80]} is no table.", place="FILE", next_step="Give a .csv, .ndjson or .json file.")
    with bank_at(home, own_chain=False) as bank:
        made = bank.bulk.receive(
            request_id(request), organisation=organisation, form=form, parts=_parts(file), queued=False
        )
        bank.bulk.rehearse(made.id)
        found = bank.bulk.review(made.id, organisation=organisation)
    return _told(terminal, found)


@app.command(epilog=example("creditbank credential bulk act urn:uuid:7d0a… --organisation ID --rehearsal sha256:…"))
def act(
    upload: UploadId,
    organisation: Provider,
    rehearsal: Annotated[str, typer.Option("--rehearsal", help="The digest that the rehearsal gave.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue the good rows of a rehearsed table, each by itself.

    Stopped anywhere, the same command goes on where it was.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        bank.bulk.confirm(upload, rehearsal, organisation=organisation, actor=OPERATOR, queued=False)
        bank.bulk.act(upload)
        found = bank.bulk.review(upload, organisation=organisation)
    return _told(terminal, found)


@app.command(epilog=example("creditbank credential bulk status urn:uuid:7d0a… --organisation ID"))
def status(upload: UploadId, organisation: Provider, home: Home = None, json_output: Json = False) -> int:
    """Show what was found, and how far it is."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.bulk.review(upload, organisation=organisation)
    return _told(terminal, found)


@app.command(epilog=example("creditbank credential bulk failures urn:uuid:7d0a… --organisation ID > failures.csv"))
def failures(upload: UploadId, organisation: Provider, home: Home = None, json_output: Json = False) -> int:
    """Write the rows that failed as CSV, with field and reason.

    Mend them, and rehearse this very table: the columns field, reason and line are passed over.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.bulk.failures(upload, organisation=organisation)
        if json_output:
            terminal.json({"failures": [*found]})
            return 0
        for part in write_csv(FAILURES, found):
            terminal.raw(part.decode())
    return 0


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while part := stream.read(PART):
            yield part


def _told(terminal: Terminal, found: Review) -> int:
    """Say what there is; a table in which nothing could be read, or nothing is good, is a no."""
    upload = found.upload
    if terminal.json_output:
        terminal.json(_view(found))
    else:
        _lines(terminal, found)
    hopeless = upload.state is BulkState.REFUSED or not (upload.good or upload.issued or upload.waits or upload.stands)
    return REJECTED if hopeless else 0


def _lines(terminal: Terminal, found: Review) -> None:
    upload = found.upload
    terminal.line("Upload ", (upload.id, "bold"), f": {upload.state}")
    if upload.state is BulkState.REFUSED:
        terminal.line(f"{upload.place}: {upload.why}")
        return
    terminal.rows([[name, str(count)] for name, count in _counts(upload).items()], indent=2)
    terminal.rows(
        [[row.place, row.field or "row", row.why] for row in found.faulty], headers=("where", "field", "what is wrong")
    )
    if upload.state is BulkState.REHEARSED and upload.rehearsal is not None and upload.good:
        terminal.hint(
            f"Nothing is issued yet. To issue {upload.good}: creditbank credential bulk act {upload.id} "
            f"--organisation {upload.organisation} --rehearsal {digest_text(upload.rehearsal)}"
        )
    if found.faulty:
        terminal.hint(f"creditbank credential bulk failures {upload.id} writes what failed, to mend and send again.")


def _counts(upload: BulkUpload) -> dict[str, int]:
    return {
        "rows": upload.rows,
        "good": upload.good,
        "faulty": upload.faulty,
        "issued before": upload.stands,
        "issued": upload.issued,
        "waiting for a claim": upload.waits,
        "failed": upload.failed,
    }


def _view(found: Review) -> dict[str, object]:
    upload = found.upload
    return {
        "id": upload.id,
        "state": str(upload.state),
        "rehearsal": None if upload.rehearsal is None else digest_text(upload.rehearsal),
        "counts": {
            name: getattr(upload, name) for name in ("rows", "good", "faulty", "stands", "issued", "waits", "failed")
        },
        "why": upload.why,
        "place": upload.place,
        "units": [
            {
                "achievement": one.achievement,
                "version": one.version,
                "rows": {str(state): count for state, count in one.rows.items()},
            }
            for one in found.units
        ],
        "faulty": [
            {"place": row.place, "field": row.field, "fault": row.fault, "why": row.why} for row in found.faulty
        ],
    }
