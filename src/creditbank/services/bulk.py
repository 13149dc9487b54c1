"""Issuing from a table: a rehearsal, a review, an act.

The rehearsal looks at every row and writes nothing but what it found. A person reads that, and confirms it by its
digest; then each row is issued, or fails, by itself. What failed is handed out as a table that can be mended and sent
again. A row is issued under an id that is made of its provider and its own id, or of what it states, so that the same
table twice, or the same row in two tables, issues nothing twice (threat 38); a process that dies anywhere loses nothing
either (threat 27). Rows are taken in portions, so that the memory needed does not grow with the table (threat 3).
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final, Protocol

from creditbank.canonical import Digest, JsonObject, canonical_json, parse_digest, sha256
from creditbank.errors import BadInput, Conflict, CreditBankError, Unavailable
from creditbank.services.bulk_records import (
    BulkForm,
    BulkRow,
    BulkState,
    BulkUpload,
    GivenRow,
    RowFault,
    RowState,
)
from creditbank.services.enrolling import Enrolling
from creditbank.services.holder_records import Waiting, WaitingState
from creditbank.services.issuing import IssueRequest, Issuing, RequestReused, is_request_for
from creditbank.services.jobs import Jobs, Task
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.ports import Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential, IssueIntent, IssueState
from creditbank.services.trail import Trail

MAX_UPLOAD: Final = 64 * 1024 * 1024
PART: Final = 256 * 1024
PORTION: Final = 100
"""So many rows are judged, or issued, in one transaction."""
SAMPLE: Final = 50
REMEMBERED: Final = 4_096
"""So many different statements (unit, version, day, result) have been looked at once; a class shares one."""
REHEARSAL: Final = "bulk-rehearsal"
ISSUING: Final = "bulk-issue"
MANDATORY: Final = ("learner", "achievement", "version", "earned")
LONGEST: Final[Mapping[str, int]] = {"version": 64, "earned": 10, "row": 200}
LONGEST_CELL: Final = 400
_FIELDS: Final[Mapping[str, str]] = {
    "earned-in-future": "earned",
    "earned-when-not-offered": "earned",
    "achievement-withdrawn": "version",
    "not-a-provider": "achievement",
    "not-accredited": "achievement",
    "unknown-record": "achievement",
    "unknown-scale": "scale",
    "unknown-grade": "result",
    "request-reused": "row",
}
"""In which column a refusal is mended."""


class UploadTooLarge(BadInput):
    """A table has at most 64 MiB."""

    slug = "upload-too-large"


class NotRehearsed(Conflict):
    """There is nothing to confirm yet, or no more."""

    slug = "not-rehearsed"


class OtherRehearsal(Conflict):
    """What is confirmed is not what the rehearsal found."""

    slug = "other-rehearsal"


class NothingToIssue(Conflict):
    """No row of this table can be issued."""

    slug = "nothing-to-issue"


class ReadRows(Protocol):
    """Reads a table of rows, in bounded memory; raises a `BadInput` for one that cannot be read to its end."""

    def __call__(self, parts: Iterable[bytes], form: BulkForm, /) -> Iterator[GivenRow]: ...


Report = Callable[[Transaction, JsonObject], None]


@dataclass(frozen=True, slots=True)
class Units:
    """How many rows of an upload state this version of an achievement, by their state."""

    achievement: str
    version: str
    rows: Mapping[RowState, int]


@dataclass(frozen=True, slots=True)
class Review:
    """What a person reads before confirming: totals, what is wrong and how often, and some rows of each kind."""

    upload: BulkUpload
    units: tuple[Units, ...]
    faults: tuple[tuple[str, str, int], ...]
    faulty: tuple[BulkRow, ...]
    sample: tuple[BulkRow, ...]


def _silent(_tx: Transaction, _progress: JsonObject) -> None:
    return None


class Bulk:
    """Takes tables in, rehearses them, and issues what was confirmed."""

    def __init__(
        self,
        store: Store,
        issuing: Issuing,
        enrolling: Enrolling,
        jobs: Jobs,
        trail: Trail,
        clock: Clock,
        entropy: Entropy,
        read_rows: ReadRows,
    ) -> None:
        self._store, self._issuing, self._enrolling, self._jobs, self._trail = store, issuing, enrolling, jobs, trail
        self._clock, self._entropy, self._read_rows = clock, entropy, read_rows

    # -- taking in

    def receive(
        self, request: str, *, organisation: str, form: BulkForm, parts: Iterable[bytes], queued: bool = True
    ) -> BulkUpload:
        """Keep a table, once for its request, and ask for its rehearsal where it is `queued`.

        Raises `UnknownRecord` for a provider nobody knows, `UploadTooLarge`, and `RequestReused` when the request
        stands for another table.
        """
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            upload = tx.find_upload(request)
            if upload is None:
                upload = BulkUpload(
                    self._entropy.urn(), request, organisation, form, BulkState.RECEIVING, self._clock.now()
                )
                tx.add_upload(upload)
            elif upload.state is BulkState.RECEIVING:
                tx.drop_parts(upload.id)  # a process died while it took the table in
        if upload.state is not BulkState.RECEIVING:
            if (upload.organisation, upload.form, upload.digest) != (organisation, form, _digest_of(parts)):
                raise RequestReused(
                    f"The request id {request} was used before for another table.",
                    next_step="Use a new id for a new request.",
                )
            return upload
        return self._keep(upload, parts, queued=queued)

    def _keep(self, upload: BulkUpload, parts: Iterable[bytes], *, queued: bool) -> BulkUpload:
        digest, size, number = hashlib.sha256(), 0, 0
        for number, part in enumerate(_cut(parts), start=1):
            digest.update(part)
            size += len(part)
            if size > MAX_UPLOAD:
                with self._store.transaction() as tx:
                    tx.remove_upload(upload.id)
                raise UploadTooLarge(
                    f"The table has more than {MAX_UPLOAD} bytes.", next_step="Send it in several parts."
                )
            with self._store.transaction() as tx:
                tx.add_part(upload.id, number, part)
        received = replace(upload, state=BulkState.RECEIVED, size=size, digest=Digest(digest.digest()))
        with self._store.transaction() as tx:
            if not tx.move_upload(received, since=BulkState.RECEIVING):  # somebody it names left meanwhile
                tx.drop_parts(upload.id)
                return tx.get_upload(upload.id)
            if queued:
                self._ask(tx, received, REHEARSAL)
        return received

    def _ask(self, tx: Transaction, upload: BulkUpload, kind: str) -> None:
        given: JsonObject = {"upload": upload.id}
        self._jobs.add(tx, f"{kind}:{upload.id}", owner=upload.organisation, kind=kind, input=given)

    # -- looking

    def get(self, upload: str, *, organisation: str) -> BulkUpload:
        """An upload of this provider's; raises `UnknownRecord`, also for another's."""
        with self._store.transaction() as tx:
            return _own(tx, upload, organisation)

    def of(self, organisation: str, page: Page) -> Listed[BulkUpload]:
        """A provider's uploads, the newest first."""
        with self._store.transaction() as tx:
            return tx.list_uploads(page, organisation)

    def review(self, upload: str, *, organisation: str) -> Review:
        """What the rehearsal, and the act as far as it is, found; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            found = _own(tx, upload, organisation)
            grouped = tx.bulk_units(upload)
            faults = tx.bulk_faults(upload)
            faulty = tx.bulk_rows(upload, (RowState.FAULTY, RowState.FAILED), limit=SAMPLE)
            sample = tx.bulk_rows(upload, (RowState.GOOD, RowState.ISSUED, RowState.WAITS), limit=10)
        units: dict[tuple[str, str], dict[RowState, int]] = {}
        for achievement, version, state, count in grouped:
            units.setdefault((achievement, version), {})[state] = count
        shown = tuple(Units(*name, rows) for name, rows in units.items() if name != ("", ""))
        return Review(found, shown, tuple(faults), tuple(faulty), tuple(sample))

    def rows(
        self,
        upload: str,
        *,
        organisation: str,
        states: Sequence[RowState] = (),
        after: int = 0,
        limit: int = 200,
    ) -> list[BulkRow]:
        """Rows of an upload in their order; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            _own(tx, upload, organisation)
            return tx.bulk_rows(upload, states, after=after, limit=limit)

    def failures(self, upload: str, *, organisation: str) -> Iterator[dict[str, str]]:
        """What is wrong, row by row as it was sent, with the field and the reason beside; raises `UnknownRecord`."""
        after = 0
        while portion := self.rows(
            upload, organisation=organisation, states=(RowState.FAULTY, RowState.FAILED), after=after
        ):
            for row in portion:
                cells = {name: str(text) for name, text in row.cells.items()}
                yield {**cells, "field": row.field, "reason": row.why, "line": row.place}
            after = portion[-1].number

    # -- the rehearsal

    def rehearse(self, upload: str, report: Report = _silent) -> BulkUpload:
        """Look at every row, and write down what each would become; again after a crash, it goes on where it was.

        A table that cannot be read to its end is refused whole, and says where. `report` is told how far it is, inside
        the transaction of each portion.
        """
        with self._store.transaction() as tx:
            found = tx.get_upload(upload)
            done = sum(tx.count_bulk_rows(upload).values())
        if found.state is not BulkState.RECEIVED:
            return found
        judge = _Judge(self._issuing, found)
        rows = islice(self._read_rows(self._parts(upload), found.form), done, None)
        try:
            while portion := list(islice(rows, PORTION)):
                with self._store.transaction() as tx:
                    tx.add_bulk_rows(judge.rows(tx, portion))
                    done += len(portion)
                    report(tx, {"rows": done})
        except BadInput as cause:
            return self._refuse(found, cause, report)
        return self._rehearsed(found, report)

    def _parts(self, upload: str) -> Iterator[bytes]:
        number = 1
        while True:
            with self._store.transaction() as tx:
                part = tx.find_part(upload, number)
            if part is None:
                return
            yield part
            number += 1

    def _refuse(self, upload: BulkUpload, cause: BadInput, report: Report) -> BulkUpload:
        why = f"{cause.sentence} {cause.next_step}".strip()
        refused = replace(
            upload, state=BulkState.REFUSED, why=why[:1000], place=cause.place[:200], ended=self._clock.now()
        )
        with self._store.transaction() as tx:
            report(tx, {"rows": 0})
            tx.drop_bulk_rows(upload.id)
            tx.drop_parts(upload.id)
            tx.move_upload(refused, since=BulkState.RECEIVED)
        return refused

    def _rehearsed(self, upload: BulkUpload, report: Report) -> BulkUpload:
        """The rehearsal is over: what it found has a digest, and the bytes of the table are no longer needed."""
        digest = self._digest(upload)
        with self._store.transaction() as tx:
            counted = tx.count_bulk_rows(upload.id)
            rehearsed = replace(_counted(upload, counted), state=BulkState.REHEARSED, rehearsal=digest)
            report(tx, {"rows": rehearsed.rows})
            tx.move_upload(rehearsed, since=BulkState.RECEIVED)
            tx.drop_parts(upload.id)
        return rehearsed

    def _digest(self, upload: BulkUpload) -> Digest:
        """The digest of everything that the rehearsal found."""
        assert upload.digest is not None, "what was received has a digest"
        digest = hashlib.sha256(canonical_json(["creditbank/rehearsal/v1", upload.id, upload.digest.hex()]))
        after = 0
        while True:
            with self._store.transaction() as tx:
                portion = tx.bulk_rows(upload.id, after=after)
            if not portion:
                return Digest(digest.digest())
            for row in portion:
                said = [row.number, str(row.state), row.asked, row.learner, row.field, row.fault, row.why, row.cells]
                digest.update(b"\n" + canonical_json(said))
            after = portion[-1].number

    # -- the act

    def confirm(self, upload: str, rehearsal: str, *, organisation: str, actor: str, queued: bool = True) -> BulkUpload:
        """Confirm what the rehearsal found, named by its digest; from now on its good rows are issued.

        Confirming again gives the first answer. Raises `UnknownRecord`, `UnreadableDigest`, `NotRehearsed`,
        `OtherRehearsal` and `NothingToIssue`.
        """
        named = parse_digest(rehearsal)
        with self._store.transaction() as tx:
            found = _own(tx, upload, organisation)
            if found.rehearsal is None:
                raise NotRehearsed(
                    f"The upload is {found.state}, and has no rehearsal to confirm.",
                    next_step="Wait until it is rehearsed, or send a table that can be read.",
                )
            if found.rehearsal != named:
                raise OtherRehearsal(
                    "This is not the digest of what the rehearsal found.", next_step="Read the review again."
                )
            if found.state in (BulkState.CONFIRMED, BulkState.DONE):
                return found
            if not found.good:
                raise NothingToIssue(
                    "No row of this table can be issued.", next_step="Mend the rows that failed, and send them again."
                )
            confirmed = replace(found, state=BulkState.CONFIRMED, confirmed=self._clock.now(), confirmed_by=actor)
            tx.move_upload(confirmed, since=BulkState.REHEARSED)
            self._trail.tell(tx, actor, "bulk.confirm", upload, organisation=organisation)
            if queued:
                self._ask(tx, confirmed, ISSUING)
        return confirmed

    def act(self, upload: str, report: Report = _silent) -> BulkUpload:
        """Issue the good rows of a confirmed upload, each by itself; again after a crash, it goes on where it was.

        Raises `NotRehearsed` for an upload nobody confirmed, and what is unavailable to all rows: a halt, the cap on
        signatures, a database that does not answer.
        """
        with self._store.transaction() as tx:
            found = tx.get_upload(upload)
            counts = dict(tx.count_bulk_rows(upload))
        if found.state is BulkState.DONE:
            return found
        if found.state is not BulkState.CONFIRMED:
            raise NotRehearsed("Nobody confirmed the rehearsal of this upload.", next_step="Review and confirm it.")
        after = 0
        while portion := self._good(upload, after):
            ended = self._issue(found, portion)
            for row in ended:
                counts[row.state] = counts.get(row.state, 0) + 1
                counts[RowState.GOOD] -= 1
            with self._store.transaction() as tx:
                tx.end_bulk_rows(ended)
                report(tx, _progress(_counted(found, counts)))
            after = portion[-1].number
        with self._store.transaction() as tx:
            done = replace(_counted(found, tx.count_bulk_rows(upload)), state=BulkState.DONE, ended=self._clock.now())
            tx.move_upload(done, since=BulkState.CONFIRMED)
            report(tx, _progress(done))
        return done

    def _good(self, upload: str, after: int) -> list[BulkRow]:
        with self._store.transaction() as tx:
            return tx.bulk_rows(upload, (RowState.GOOD,), after=after, limit=PORTION)

    def _issue(self, upload: BulkUpload, rows: Sequence[BulkRow]) -> list[BulkRow]:
        direct = {_asked(row): _request(upload, row) for row in rows if row.learner is not None}
        answers = self._issuing.issue_many(direct)
        ended = []
        for row in rows:
            answer = answers[_asked(row)] if row.learner is not None else self._by_number(upload, row)
            ended.append(_ended(row, answer))
        return ended

    def _by_number(self, upload: BulkUpload, row: BulkRow) -> IssuedCredential | Waiting | CreditBankError:
        stated = _request(upload, row)
        try:
            return self._enrolling.issue(
                _asked(row),
                organisation=upload.organisation,
                number=str(row.cells["learner"]),
                achievement=stated.achievement,
                version=stated.version,
                earned=stated.earned,
                result=stated.result,
                scale=stated.scale,
            )
        except Unavailable:
            raise
        except CreditBankError as error:
            return error

    # -- as long work

    def rehearse_job(self, task: Task) -> JsonObject:
        """Rehearse as a job does."""
        return _progress(self.rehearse(str(task.job.input["upload"]), task.report))

    def act_job(self, task: Task) -> JsonObject:
        """Issue as a job does."""
        return _progress(self.act(str(task.job.input["upload"]), task.report))


class _Judge:
    """Says what would become of each row, without doing it."""

    def __init__(self, issuing: Issuing, upload: BulkUpload) -> None:
        self._issuing, self._upload = issuing, upload
        self._offers: dict[IssueRequest, RowFault | None] = {}

    def rows(self, tx: Transaction, given: Sequence[GivenRow]) -> list[BulkRow]:
        """The rows as the rehearsal finds them."""
        read = [(one, self._read(tx, one)) for one in given]
        names = [asked for _, (_, asked, _) in read if asked is not None]
        before = dict(tx.rows_asked(self._upload.id, names))
        standing = tx.intents_for(names)
        judged = []
        for one, (fault, asked, wanted) in read:
            state = RowState.GOOD
            credential = None
            if fault is None and asked is not None and asked in before:
                fault = RowFault("row", "repeated-row", f"This row says the same as row {before[asked]}.")
            elif fault is None and asked is not None and wanted is not None:
                fault, state, credential = self._stands(asked, wanted, standing)
            if fault is None and asked is not None:
                before[asked] = one.number
            judged.append(self._row(one, state, fault, asked, wanted, credential))
        return judged

    def _read(self, tx: Transaction, one: GivenRow) -> tuple[RowFault | None, str | None, IssueRequest | None]:
        """What a row asks for, and under which id; or its first fault."""
        if fault := _first_fault(one):
            return fault, None, None
        cells, body = one.cells, self._upload.organisation
        who = _find_learner(tx, body, cells["learner"])
        if isinstance(who, RowFault):
            return who, None, None
        learner, name = who
        wanted = IssueRequest(
            body,
            learner,
            cells["achievement"],
            cells["version"],
            date.fromisoformat(cells["earned"]),
            cells.get("result"),
            cells.get("scale"),
        )
        if fault := self._offer(tx, replace(wanted, learner="")):
            return fault, None, None
        return None, _request_id(wanted, name, cells.get("row")), wanted

    def _offer(self, tx: Transaction, stated: IssueRequest) -> RowFault | None:
        if stated in self._offers:
            return self._offers[stated]
        fault = None
        try:
            self._issuing.require_offer(tx, stated)
        except Unavailable:
            raise
        except CreditBankError as error:
            fault = _fault_of(error)
        if len(self._offers) >= REMEMBERED:
            self._offers.clear()
        self._offers[stated] = fault
        return fault

    def _stands(
        self, asked: str, wanted: IssueRequest, standing: Mapping[str, IssueIntent]
    ) -> tuple[RowFault | None, RowState, str | None]:
        """Whether the row was issued before, from this table or another one."""
        intent = standing.get(asked)
        if intent is None:
            return None, RowState.GOOD, None
        if not is_request_for(intent, replace(wanted, learner=wanted.learner or intent.learner)):
            return _reused(), RowState.FAULTY, None
        if intent.state is IssueState.ISSUED:
            return None, RowState.STANDS, intent.credential
        return None, RowState.GOOD, None

    def _row(
        self,
        one: GivenRow,
        state: RowState,
        fault: RowFault | None,
        asked: str | None,
        wanted: IssueRequest | None,
        credential: str | None,
    ) -> BulkRow:
        return BulkRow(
            self._upload.id,
            one.number,
            one.place,
            state if fault is None else RowState.FAULTY,
            {**one.cells} if credential is None else {},
            asked if fault is None else None,
            (wanted.learner or None) if wanted is not None else None,
            one.cells.get("achievement", "")[:LONGEST_CELL],
            one.cells.get("version", "")[:LONGEST_CELL],
            "" if fault is None else fault.field,
            "" if fault is None else fault.slug,
            "" if fault is None else fault.sentence,
            credential,
        )


def _first_fault(one: GivenRow) -> RowFault | None:
    """What is wrong with the form of a row; None for nothing."""
    if one.faults:
        return one.faults[0]
    for name in MANDATORY:
        if not one.cells.get(name):
            return RowFault(name, "missing-cell", f"The column {name} is empty.")
    for name, text in one.cells.items():
        longest = LONGEST.get(name, LONGEST_CELL)
        if len(text) > longest or not text.isprintable():
            return RowFault(name, "unreadable-cell", f"This is no readable text of at most {longest} characters.")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", one.cells["earned"], re.ASCII) is None:
        return RowFault("earned", "unreadable-cell", "A day is written like 2026-06-30.")
    try:
        date.fromisoformat(one.cells["earned"])
    except ValueError:
        return RowFault("earned", "unreadable-cell", "This day does not exist.")
    if one.cells.get("scale") and not one.cells.get("result"):
        return RowFault("result", "missing-cell", "A scale is named, and no result on it.")
    return None


def _find_learner(tx: Transaction, organisation: str, text: str) -> RowFault | tuple[str, str]:
    """The account that a row is for, empty where nobody claimed the number yet, and by what the row names it."""
    if text.startswith("did:"):
        found = tx.find_learner_by_did(text)
        return _nobody() if found is None else (found.id, found.id)
    if text.startswith("urn:uuid:"):
        try:
            known = tx.get_learner(text)
        except UnknownRecord:
            return _nobody()
        return known.id, known.id
    enrolment = tx.find_enrolment(organisation, text)
    if enrolment is None:
        return RowFault("learner", "unknown-record", "Nobody is enrolled under this number.")
    return enrolment.learner or "", f"number:{text}"


def _nobody() -> RowFault:
    return RowFault("learner", "unknown-record", "There is no such learner.")


def _request_id(wanted: IssueRequest, name: str, row: str | None) -> str:
    """The id under which a row is issued: the same for the same row, in whatever table it stands."""
    stated = [
        wanted.achievement,
        wanted.version,
        wanted.earned.isoformat(),
        wanted.result,
        wanted.scale,
    ]
    of = ["row", row] if row else ["content", name, *stated]
    return "bulk:" + sha256(canonical_json([wanted.organisation, *of])).hex()


def _fault_of(error: CreditBankError) -> RowFault:
    slug = type(error).slug
    return RowFault(_FIELDS.get(slug, ""), slug, f"{error.sentence} {error.next_step}".strip())


def _reused() -> RowFault:
    return RowFault("row", "request-reused", "Something else was issued under this row's id before.")


def _own(tx: Transaction, upload: str, organisation: str) -> BulkUpload:
    found = tx.get_upload(upload)
    if found.organisation != organisation:
        raise UnknownRecord(f"There is no upload {upload}.")
    return found


def _counted(upload: BulkUpload, counts: Mapping[RowState, int]) -> BulkUpload:
    good, faulty, stands = (counts.get(one, 0) for one in (RowState.GOOD, RowState.FAULTY, RowState.STANDS))
    issued, waits, failed = (counts.get(one, 0) for one in (RowState.ISSUED, RowState.WAITS, RowState.FAILED))
    rows = sum(counts.values())
    return replace(
        upload, rows=rows, good=good, faulty=faulty, stands=stands, issued=issued, waits=waits, failed=failed
    )


def _progress(upload: BulkUpload) -> JsonObject:
    counts = {str(state): int(getattr(upload, state)) for state in RowState}
    return {"upload": upload.id, "state": str(upload.state), "rows": upload.rows, **counts}


def _asked(row: BulkRow) -> str:
    assert row.asked is not None, "a good row has an id to ask under"
    return row.asked


def _request(upload: BulkUpload, row: BulkRow) -> IssueRequest:
    cells = {name: str(text) for name, text in row.cells.items()}
    return IssueRequest(
        upload.organisation,
        row.learner or "",
        cells["achievement"],
        cells["version"],
        date.fromisoformat(cells["earned"]),
        cells.get("result"),
        cells.get("scale"),
    )


def _ended(row: BulkRow, answer: IssuedCredential | Waiting | CreditBankError) -> BulkRow:
    if isinstance(answer, IssuedCredential):
        return replace(row, state=RowState.ISSUED, cells={}, credential=answer.id)
    if isinstance(answer, Waiting) and answer.state is WaitingState.WAITING:
        return replace(row, state=RowState.WAITS, cells={})
    if isinstance(answer, Waiting):
        why = f"What waited for this number was {answer.state} ({answer.why or 'by the provider'})."
        return replace(row, state=RowState.FAILED, field="", fault=answer.why or "withdrawn", why=why)
    fault = _fault_of(answer)
    return replace(row, state=RowState.FAILED, field=fault.field, fault=fault.slug, why=fault.sentence)


def _cut(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of one size, of which the last may be smaller."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def _digest_of(parts: Iterable[bytes]) -> Digest:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return Digest(digest.digest())
