"""Bulk: a table of credentials to issue, rehearsed, reviewed, confirmed; each row is issued or fails by itself."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator, StringConstraints
from starlette.requests import ClientDisconnect

from creditbank.adapters.documents.rows import COLUMNS, write_csv
from creditbank.canonical import Digest, digest_text
from creditbank.services.bulk import MAX_UPLOAD, PART, Review
from creditbank.services.bulk_records import BulkForm, BulkRow, BulkState, BulkUpload, RowState
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import BodyTooLarge, EncodedBody, NotATable
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Provider, Scope, hidden, needs
from creditbank_api.v1.shapes import Shape, urn

router = APIRouter(tags=["bulk"], route_class=JsonRoute)
uploads = APIRouter(tags=["bulk"])
"""The one route whose body is a table, which is kept on the disk while it arrives."""
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
IN_MEMORY: Final = 1024 * 1024
FORMS: Final = {
    "text/csv": BulkForm.CSV,
    "application/x-ndjson": BulkForm.NDJSON,
    "application/ndjson": BulkForm.NDJSON,
    "application/json": BulkForm.JSON,
}
FAILURES: Final = (*COLUMNS, "field", "reason", "line")
EXAMPLE: Final = (
    "learner,achievement,version,earned,result,scale,row\r\n"
    "urn:uuid:4f0e2a6c-9b1d-4f6a-8b55-0d7a3c1e9f20,urn:example:unit,1,2026-06-30,,,2026-0001\r\n"
)
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A row for each credential: learner (id, DID, or your own number for them), achievement, "
        "version, earned, result, scale, row (your own id for the row). At most 64 MiB and 250,000 rows.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": EXAMPLE},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}


class Counts(Shape):
    """How many rows are in which state."""

    rows: int
    good: int
    faulty: int
    stands: int
    issued: int
    waits: int
    failed: int


class UploadView(Shape):
    """A table that was sent: received, rehearsed, refused, confirmed, done. A confirmation names its `rehearsal`."""

    id: str
    form: str
    state: str
    received: str
    size: int
    digest: str | None
    rehearsal: str | None
    counts: Counts
    why: str
    place: str
    confirmed: str | None
    ended: str | None

    @classmethod
    def of(cls, upload: BulkUpload) -> "UploadView":
        """Shape a record."""
        return cls(
            id=upload.id,
            form=str(upload.form),
            state=str(upload.state),
            received=instant_text(upload.received),
            size=upload.size,
            digest=None if upload.digest is None else digest_text(upload.digest),
            rehearsal=None if upload.rehearsal is None else digest_text(upload.rehearsal),
            counts=Counts(
                rows=upload.rows,
                good=upload.good,
                faulty=upload.faulty,
                stands=upload.stands,
                issued=upload.issued,
                waits=upload.waits,
                failed=upload.failed,
            ),
            why=upload.why,
            place=upload.place,
            confirmed=None if upload.confirmed is None else instant_text(upload.confirmed),
            ended=None if upload.ended is None else instant_text(upload.ended),
        )


class RowView(Shape):
    """A row: what it asks for, what became of it, and what is wrong with it in which field."""

    number: int
    place: str
    state: str
    cells: dict[str, str]
    field: str
    fault: str
    why: str
    credential: str | None

    @classmethod
    def of(cls, row: BulkRow) -> "RowView":
        """Shape a record."""
        return cls(
            number=row.number,
            place=row.place,
            state=str(row.state),
            cells={name: str(text) for name, text in row.cells.items()},
            field=row.field,
            fault=row.fault,
            why=row.why,
            credential=row.credential,
        )


class UnitRows(Shape):
    """How many rows state this version of an achievement, by their state."""

    achievement: str
    version: str
    rows: dict[str, int]


class FaultRows(Shape):
    """How many rows have this fault in this field."""

    field: str
    fault: str
    rows: int


class ReviewView(UploadView):
    """The upload with what a person reads before confirming it."""

    units: list[UnitRows]
    faults: list[FaultRows]
    faulty: list[RowView]
    sample: list[RowView]

    @classmethod
    def of_review(cls, review: Review) -> "ReviewView":
        """Shape a review."""
        return cls(
            **UploadView.of(review.upload).model_dump(),
            units=[
                UnitRows(
                    achievement=one.achievement,
                    version=one.version,
                    rows={str(state): count for state, count in one.rows.items()},
                )
                for one in review.units
            ],
            faults=[FaultRows(field=field, fault=fault, rows=count) for field, fault, count in review.faults],
            faulty=[RowView.of(row) for row in review.faulty],
            sample=[RowView.of(row) for row in review.sample],
        )


class UploadList(Shape):
    """Some uploads, newest first; `next` continues, and is missing at the end."""

    items: list[UploadView]
    next: str | None


class RowList(Shape):
    """Some rows in their order; `next` continues, and is missing at the end."""

    items: list[RowView]
    next: str | None


class ConfirmationRequest(Shape):
    """The digest of the rehearsal that was reviewed."""

    rehearsal: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Spooled:
    """A table that arrived: what it is written in, and its bytes, which are on the disk where they are many."""

    def __init__(self, form: BulkForm, file: "SpooledTemporaryFile[bytes]") -> None:
        self.form, self._file = form, file

    def parts(self) -> Iterator[bytes]:
        """The bytes in their order."""
        self._file.seek(0)
        while part := self._file.read(PART):
            yield part


async def spooled(request: Request, caller: Provider) -> AsyncIterator[Spooled]:
    """Read a table while it arrives, cut at its limit; its digest is that of the request (threats 3 and 4).

    Raises `NotATable`, `EncodedBody` and `BodyTooLarge`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORMS:
        raise NotATable(
            "The body is not declared as a table.", next_step=f"Send Content-Type: {', '.join(sorted(FORMS))}."
        )
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise EncodedBody("The body is compressed or otherwise encoded.", next_step="Send it as plain bytes.")
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or len(announced) > 12 or int(announced) > MAX_UPLOAD:
        raise _too_large()
    digest, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        with suppress(ClientDisconnect):  # nobody waits for the answer, and what came is no whole table
            async for part in request.stream():
                size += len(part)
                if size > MAX_UPLOAD:
                    raise _too_large()
                digest.update(part)
                file.write(part)
        request.state.body_digest = Digest(digest.digest())
        yield Spooled(FORMS[kind], file)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A table has at most {MAX_UPLOAD} bytes.", next_step="Send it in several parts.")


@uploads.post(
    "/bulk",
    status_code=202,
    response_model=UploadView,
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    openapi_extra=BODY,
    responses=declared(*GUARDED, *ONCE, "not-a-table", "body-too-large", "encoded-body", "invalid-request"),
)
def upload(bank: BankDep, caller: Provider, table: Annotated[Spooled, Depends(spooled)], once: OnceDep) -> Response:
    """Send a table, to be rehearsed: every row is looked at, and nothing is issued."""

    def act(request: str) -> Answer:
        made = bank.bulk.receive(request, organisation=caller.subject, form=table.form, parts=table.parts())
        return Answer(UploadView.of(made), f"/v1/bulk/{made.id}", 202)

    return once.answer(act)


@router.get(
    "/bulk",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def listed(
    bank: BankDep, caller: Provider, response: Response, asked: Annotated[Window, Depends(window)]
) -> UploadList:
    """The tables that this provider sent, newest first."""
    part, following = asked.part(bank.bulk.of(caller.subject, asked.page()), response)
    return UploadList(items=[UploadView.of(one) for one in part], next=following)


@router.get(
    "/bulk/{id}",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    responses=declared(*GUARDED, "no-such-resource", "invalid-request"),
)
def review(id: IdInPath, bank: BankDep, caller: Provider, response: Response) -> ReviewView:
    """What the rehearsal found, and how far the act is. `Retry-After` is missing when nothing moves any more."""
    with hidden():
        found = bank.bulk.review(id, organisation=caller.subject)
    if found.upload.state in (BulkState.RECEIVED, BulkState.CONFIRMED):
        response.headers["Retry-After"] = "2"
    return ReviewView.of_review(found)


@router.get(
    "/bulk/{id}/rows",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    responses=declared(*GUARDED, "no-such-resource", "unreadable-cursor", "invalid-request"),
)
def rows(
    id: IdInPath,
    bank: BankDep,
    caller: Provider,
    response: Response,
    asked: Annotated[Window, Depends(window)],
    state: Annotated[RowState | None, Query(description="Rows in this state alone")] = None,
) -> RowList:
    """The rows of a table in their order."""
    page, states = asked.page(), () if state is None else (state,)
    with hidden():
        found = bank.bulk.rows(id, organisation=caller.subject, states=states, after=page.before or 0, limit=page.limit)
    part, following = asked.part([(row.number, row) for row in found], response)
    return RowList(items=[RowView.of(row) for row in part], next=following)


@router.get(
    "/bulk/{id}/failures",
    response_class=StreamingResponse,
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    responses={
        200: {"content": {"text/csv": {}}, "description": "A table that can be mended and sent again"},
        **declared(*GUARDED, "no-such-resource", "invalid-request"),
    },
)
def failures(id: IdInPath, bank: BankDep, caller: Provider) -> StreamingResponse:
    """The rows that failed, as they were sent, with field and reason: mend them, and send this very table again."""
    with hidden():
        bank.bulk.get(id, organisation=caller.subject)
    found = write_csv(FAILURES, bank.bulk.failures(id, organisation=caller.subject))
    named = {"Content-Disposition": 'attachment; filename="failures.csv"'}
    return StreamingResponse(found, media_type="text/csv; charset=utf-8", headers=named)


@router.post(
    "/bulk/{id}/confirmation",
    status_code=202,
    response_model=UploadView,
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    responses=declared(
        *GUARDED, *READING, *ONCE, "no-such-resource", "not-rehearsed", "other-rehearsal", "nothing-to-issue"
    ),
)
def confirm(id: IdInPath, wanted: ConfirmationRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Confirm what the rehearsal found: its good rows are issued, each once."""

    def act(_request: str) -> Answer:
        with hidden():
            made = bank.bulk.confirm(id, wanted.rehearsal, organisation=caller.subject, actor=caller.actor)
        return Answer(UploadView.of(made), f"/v1/bulk/{made.id}", 202)

    return once.answer(act)


router.include_router(uploads)
