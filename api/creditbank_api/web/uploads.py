"""Issuing from a table as pages: send it, read what the rehearsal found, confirm that, watch, mend what failed.

Nothing is issued before somebody confirmed what they read: the form names the rehearsal by its digest.
"""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from creditbank.adapters.documents.rows import write_csv
from creditbank.bootstrap import Bank
from creditbank.canonical import digest_text
from creditbank.errors import CreditBankError
from creditbank.services.bulk import ISSUING, MAX_UPLOAD, PART, REHEARSAL, Review
from creditbank.services.bulk_records import BulkForm, BulkRow, BulkState, BulkUpload, RowState
from creditbank.services.job_records import JobRecord
from creditbank.services.rights import CallerRole, Scope
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import BodyTooLarge, NotATable
from creditbank_api.problems import PROBLEMS
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.bulk import FAILURES
from creditbank_api.v1.shapes import urn
from creditbank_api.web import session, words
from creditbank_api.web.bars import Bar, progress_bar
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.owners import act_or_say, body_rooms, named, new_request, note_form, own_body
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page, told
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
arriving = APIRouter(include_in_schema=False)
"""The one form that holds a table, which is kept on the disk while it arrives."""
NEEDS: Final = (Scope.CREDENTIALS_ISSUE,)
ENVELOPE: Final = 64 * 1024
LISTED: Final = 50
FORMS: Final = {"csv": BulkForm.CSV, "ndjson": BulkForm.NDJSON, "jsonl": BulkForm.NDJSON, "json": BulkForm.JSON}
MOVING: Final = (BulkState.RECEIVED, BulkState.CONFIRMED)
SENTENCES: Final = {
    BulkState.RECEIVING: "The table did not arrive whole. Send it again.",
    BulkState.RECEIVED: "Every row is looked at. Nothing is issued yet.",
    BulkState.REHEARSED: "Nothing is issued yet. Read what was found, and confirm it.",
    BulkState.CONFIRMED: "The rows are issued one by one. You may close this page; the work goes on.",
    BulkState.DONE: "Every row that could be issued is issued.",
}


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A table in the list of those that were sent."""

    href: str
    sign: Sign
    received: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A kind of fault, and how many rows have it."""

    field: str
    title: str
    slug: str
    rows: int


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as it was sent, what became of it, and what is wrong with it."""

    place: str
    learner: str
    unit: str
    earned: str
    field: str
    why: str
    sign: Sign


@dataclass(frozen=True, slots=True)
class UnitRow:
    """How many rows state a unit, and how many of them can be issued or were."""

    title: str
    version: str
    rows: int
    good: int


@dataclass(frozen=True, slots=True)
class UploadPage:
    """An upload with its review."""

    href: str
    sign: Sign
    sentence: str
    received: datetime
    place: str
    moving: bool
    counts: tuple[tuple[str, int], ...]
    units: tuple[UnitRow, ...]
    faults: tuple[FaultRow, ...]
    faulty: tuple[RowView, ...]
    sample: tuple[RowView, ...]
    failures: int
    rehearsal: str
    good: int
    bar: Bar | None
    left: int


@router.get("/organisations/{organisation}/uploads")
def uploads(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """The tables that a provider sent, and the form for another one."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.PROVIDER)
    return _list(request, bank, signed, body, asked)


def _list(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    asked: Leafing | None = None,
    problem: CreditBankError | None = None,
) -> HTMLResponse:
    at = f"/organisations/{short(body)}"
    leafing = asked or Leafing(request, None, None)
    part = leafing.newest(lambda page: bank.bulk.of(body, page), LISTED)
    values = {
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/uploads"),
        "part": part,
        "uploads": [
            UploadRow(f"{at}/uploads/{short(one.id)}", words.UPLOADS[one.state], one.received, _counted(one))
            for one in part.items
        ],
        "request_id": new_request(),
        "field": "" if problem is None else "table",
    }
    return form_page(request, visitor, "uploads.html", values, problem=problem, here="office")


def _counted(upload: BulkUpload) -> str:
    """The counts of an upload in a line; what has no count yet says so by its state alone."""
    parts = [
        (upload.issued, "issued"),
        (upload.good if upload.state is BulkState.REHEARSED else 0, "to issue"),
        (upload.waits, "waiting for a claim"),
        (upload.stands, "issued before"),
        (upload.faulty + upload.failed, "at fault"),
    ]
    told = ", ".join(f"{number} {word}" for number, word in parts if number)
    return f"{words.count(upload.rows, 'row')}{': ' if told else ''}{told}" if upload.rows else ""


# -- sending


@arriving.post("/organisations/{organisation}/uploads")
async def send(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Take a table in, cut at its limit while it arrives, and have it rehearsed (threats 3 and 4)."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.PROVIDER)
    try:
        parser = MultiPartParser(request.headers, _capped(request), max_files=1, max_fields=4)
        form = await parser.parse()
    except (MultiPartException, KeyError) as cause:
        raise NotATable("The form could not be read.", next_step="Send it from its page.") from cause
    try:
        session.require_own_form(request, str(form.get("form_token", "")), signed.form_token)
        given, name = form.get("table"), str(form.get("request", ""))
        return await run_in_threadpool(_received, request, bank, signed, body, given, name)
    finally:
        await form.close()


async def _capped(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_UPLOAD + ENVELOPE:
            raise BodyTooLarge(f"A table has at most {MAX_UPLOAD} bytes.", next_step="Send it in several parts.")
        yield part


def _received(request: Request, bank: Bank, visitor: Visitor, body: str, given: Any, name: str) -> Response:
    try:
        form = FORMS.get((given.filename or "").rpartition(".")[2].lower()) if isinstance(given, UploadFile) else None
        if form is None:
            raise NotATable(
                "No table was chosen, or its name does not end in .csv, .ndjson, .jsonl or .json.",
                next_step="Choose the file once more.",
            )
        note_form(bank, visitor.caller, name, request.url.path)
        made = bank.bulk.receive(named(body, name), organisation=body, form=form, parts=_parts(given.file))
    except CreditBankError as problem:
        return _list(request, bank, visitor, body, problem=told(problem))
    return RedirectResponse(f"/organisations/{short(body)}/uploads/{short(made.id)}", 303)


def _parts(file: "SpooledTemporaryFile[bytes] | BinaryIO") -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(PART):
        yield part


# -- one table


@router.get("/organisations/{organisation}/uploads/{upload}")
def upload(request: Request, organisation: str, upload: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What the rehearsal found, and how far the act is."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.PROVIDER)
    return _one(request, bank, signed, body, upload)


def _one(
    request: Request, bank: Bank, visitor: Visitor, body: str, upload: str, problem: CreditBankError | None = None
) -> HTMLResponse:
    at = f"/organisations/{short(body)}"
    with hidden():
        review = bank.bulk.review(str(urn(upload)), organisation=body)
    values = {
        "page": _page(bank, review, f"{at}/uploads/{short(review.upload.id)}"),
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/uploads"),
        "field": "",
    }
    return form_page(request, visitor, "upload.html", values, problem=problem, here="office")


def _page(bank: Bank, review: Review, href: str) -> UploadPage:
    found = review.upload
    job = _job(bank, found)
    counts = [
        ("Rows", found.rows),
        ("Can be issued", found.good if found.state is BulkState.REHEARSED else 0),
        ("Issued", found.issued),
        ("Issued before, and not again", found.stands),
        ("Wait until somebody claims their number", found.waits),
        ("At fault", found.faulty),
        ("Failed while issuing", found.failed),
    ]
    sentence = SENTENCES.get(found.state) or f"{found.why}".strip()
    return UploadPage(
        href=href,
        sign=words.UPLOADS[found.state],
        sentence=sentence,
        received=found.received,
        place=found.place,
        moving=found.state in MOVING,
        counts=tuple((name, number) for name, number in counts if number or name == "Rows"),
        units=tuple(_unit(bank, one.achievement, one.version, one.rows) for one in review.units),
        faults=tuple(_fault(field, slug, rows) for field, slug, rows in review.faults),
        faulty=tuple(_row(row) for row in review.faulty),
        sample=tuple(_row(row) for row in review.sample),
        failures=found.faulty + found.failed,
        rehearsal="" if found.rehearsal is None else digest_text(found.rehearsal),
        good=found.good,
        bar=_progress(found, job),
        left=_left(found, job),
    )


def _job(bank: Bank, upload: BulkUpload) -> JobRecord | None:
    """The work that goes on for an upload, where some does."""
    kind = {BulkState.RECEIVED: REHEARSAL, BulkState.CONFIRMED: ISSUING}.get(upload.state)
    if kind is None:
        return None
    name = f"{kind}:{upload.id}"
    return next((job for job in reversed(bank.jobs.of(upload.organisation)) if job.request == name), None)


def _progress(upload: BulkUpload, job: JobRecord | None) -> Bar | None:
    if job is None:
        return None
    progress: Any = job.progress or {}
    if upload.state is BulkState.RECEIVED:
        done = int(progress.get("rows", 0))
        return progress_bar("looked-at", "Rows looked at", 0, 1, f"{done} so far") if done else None
    ended = sum(int(progress.get(name, 0)) for name in ("issued", "waits", "failed"))
    return progress_bar("issued", "Issued", ended, upload.good, f"{ended} of {words.count(upload.good, 'row')}")


def _left(upload: BulkUpload, job: JobRecord | None) -> int:
    """How many rows are still to be issued."""
    progress: Any = (None if job is None else job.progress) or {}
    ended = sum(int(progress.get(name, 0)) for name in ("issued", "waits", "failed"))
    return max(0, upload.good - ended) if upload.state is BulkState.CONFIRMED else 0


def _unit(bank: Bank, achievement: str, version: str, rows: Any) -> UnitRow:
    with bank.store.transaction() as tx:
        known = tx.find_achievement(achievement, version)
    title = achievement if known is None else str(known.document.get("name") or achievement)
    return UnitRow(
        title,
        version,
        sum(rows.values()),
        sum(rows.get(state, 0) for state in (RowState.GOOD, RowState.ISSUED, RowState.WAITS)),
    )


def _fault(field: str, slug: str, rows: int) -> FaultRow:
    known = PROBLEMS.get(slug)
    return FaultRow(
        field or "the row", slug.replace("-", " ").capitalize() if known is None else known.title, slug, rows
    )


def _row(row: BulkRow) -> RowView:
    cell = {name: str(text) for name, text in row.cells.items()}
    return RowView(
        place=row.place,
        learner=cell.get("learner", ""),
        unit=cell.get("achievement", row.achievement),
        earned=cell.get("earned", ""),
        field=row.field,
        why=row.why,
        sign=words.ROWS[row.state],
    )


@router.post("/organisations/{organisation}/uploads/{upload}/confirmation")
async def confirm(request: Request, organisation: str, upload: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Confirm what was read: the good rows are issued, each once."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.PROVIDER)

    def act(given: dict[str, str]) -> Response:
        bank.bulk.confirm(str(urn(upload)), given["rehearsal"], organisation=body, actor=signed.caller.actor)
        return RedirectResponse(f"/organisations/{short(body)}/uploads/{upload}", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _one(request, bank, signed, body, upload, problem)

    return await act_or_say(request, signed, ("rehearsal",), act, say)


@router.get("/organisations/{organisation}/uploads/{upload}/failures.csv")
def failures(organisation: str, upload: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """The rows that failed, as they were sent, with field and reason: mend them, and send this very file again."""
    _, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.PROVIDER)
    with hidden():
        found = bank.bulk.get(str(urn(upload)), organisation=body)
    rows = write_csv(FAILURES, bank.bulk.failures(found.id, organisation=body))
    headers = {"Content-Disposition": f'attachment; filename="failures-{short(found.id)}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


router.include_router(arriving)
