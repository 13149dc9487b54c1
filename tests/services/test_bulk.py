"""Issuing from a table: rehearsed, reviewed, confirmed, and each row once."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.adapters.documents.rows import COLUMNS, write_csv
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import digest_text
from creditbank.services.bulk import (
    MAX_UPLOAD,
    NothingToIssue,
    NotRehearsed,
    OtherRehearsal,
    UploadTooLarge,
)
from creditbank.services.bulk_records import BulkForm, BulkState, RowState
from creditbank.services.halting import Halted
from creditbank.services.issuing import RequestReused
from creditbank.services.listing_ports import Page
from creditbank.services.ports import UnknownRecord


@pytest.fixture
def taught(world):
    """Ten learners beside the one there is, and a published unit."""
    world.unit = unit("a")
    world.publish(world.unit)
    register = world.bank.registering.register_learner
    world.learners = [register(name=f"Sample {number}", sample=True) for number in range(10)]
    return world


def table(taught, *rows, **same):
    """A CSV of a row for each learner, or of these rows, each with what differs."""
    usual = {"achievement": taught.unit.id, "version": taught.unit.version, "earned": "2025-06-02", **same}
    given = rows or [{"learner": one.id} for one in taught.learners]
    return b"".join(write_csv([*COLUMNS], [{**usual, **row} for row in given]))


def sent(taught, content, request="r-1", form=BulkForm.CSV):
    bulk = taught.bank.bulk
    made = bulk.receive(request, organisation=taught.university.id, form=form, parts=[content], queued=False)
    return bulk.rehearse(made.id)


def confirmed(taught, upload):
    return taught.bank.bulk.confirm(
        upload.id, digest_text(upload.rehearsal), organisation=taught.university.id, actor="somebody", queued=False
    )


def issued(taught):
    with taught.bank.store.transaction() as tx:
        return [one for learner in [taught.learner, *taught.learners] for one in tx.credentials_of(learner.id)]


def test_a_rehearsal_issues_nothing_and_the_act_issues_every_good_row_once(taught):
    bulk = taught.bank.bulk
    upload = sent(taught, table(taught))
    assert (upload.state, upload.rows, upload.good, upload.faulty) == (BulkState.REHEARSED, 10, 10, 0)
    assert issued(taught) == []
    with taught.bank.store.transaction() as tx:
        assert tx.open_intents() == []
        assert tx.find_part(upload.id, 1) is None, "the bytes are not kept longer than they are read"
    review = bulk.review(upload.id, organisation=taught.university.id)
    assert [(one.achievement, one.version, dict(one.rows)) for one in review.units] == [
        (taught.unit.id, "1", {RowState.GOOD: 10})
    ]
    done = bulk.act(confirmed(taught, upload).id)
    assert (done.state, done.issued, done.good, done.failed) == (BulkState.DONE, 10, 0, 0)
    assert len(issued(taught)) == 10
    assert bulk.act(upload.id) == done
    assert confirmed(taught, upload) == done
    for learner in taught.learners:
        (view,) = taught.bank.sharing.account(learner.id).lots
        assert str(view.lot.amount) == "4 in-ncrf"
    rows = bulk.rows(upload.id, organisation=taught.university.id)
    assert {row.credential for row in rows} == {one.id for one in issued(taught)}
    assert all(row.cells == {} for row in rows), "what a credential says is not kept a second time"


def test_what_is_wrong_is_told_row_by_row_with_its_field(taught):
    somebody = taught.learners[0]
    tomorrow = (taught.bank.clock.now() + timedelta(days=2)).date().isoformat()
    rows = [
        ({"learner": somebody.id}, "", ""),
        ({"learner": somebody.did, "row": "by-did"}, "", ""),
        ({"learner": "urn:uuid:nobody"}, "learner", "unknown-record"),
        ({"learner": "did:key:nobody"}, "learner", "unknown-record"),
        ({"learner": "number nobody has"}, "learner", "unknown-record"),
        ({"learner": ""}, "learner", "missing-cell"),
        ({"learner": somebody.id, "earned": "30.06.2025"}, "earned", "unreadable-cell"),
        ({"learner": somebody.id, "earned": "2025-02-30"}, "earned", "unreadable-cell"),
        ({"learner": somebody.id, "earned": tomorrow}, "earned", "earned-in-future"),
        ({"learner": somebody.id, "version": "9"}, "achievement", "unknown-record"),
        ({"learner": somebody.id, "achievement": "urn:x"}, "achievement", "unknown-record"),
        ({"learner": somebody.id, "result": "A", "scale": "none"}, "scale", "unknown-scale"),
        ({"learner": somebody.id, "scale": "none"}, "result", "missing-cell"),
        ({"learner": somebody.id, "result": "x" * 401}, "result", "unreadable-cell"),
        ({"learner": somebody.id, "result": "a\u202eb"}, "result", "unreadable-cell"),
        ({"learner": somebody.did}, "row", "repeated-row"),
    ]
    upload = sent(taught, table(taught, *[row for row, _, _ in rows]))
    found = taught.bank.bulk.rows(upload.id, organisation=taught.university.id)
    assert [(row.field, row.fault) for row in found] == [(field, slug) for _, field, slug in rows]
    assert all(bool(row.why) == bool(row.fault) for row in found)
    assert (upload.good, upload.faulty) == (2, len(rows) - 2)
    done = taught.bank.bulk.act(confirmed(taught, upload).id)
    assert (done.issued, done.faulty) == (2, len(rows) - 2)


def test_failures_come_as_a_table_that_is_mended_and_sent_again(taught):
    """Threat 49: also a cell that a spreadsheet would run comes back as it was."""
    formula = {"learner": "=HYPERLINK(1)", "row": "-7"}
    first = sent(taught, table(taught, {"learner": taught.learners[0].id}, formula))
    taught.bank.bulk.act(confirmed(taught, first).id)
    failures = [*taught.bank.bulk.failures(first.id, organisation=taught.university.id)]
    assert failures[0]["learner"] == formula["learner"]
    assert failures[0]["reason"]
    content = b"".join(write_csv([*COLUMNS, "field", "reason", "line"], failures))
    assert b"'=HYPERLINK(1)" in content
    mended = content.replace(b"'=HYPERLINK(1)", taught.learners[1].id.encode())
    second = sent(taught, mended, "r-2")
    assert (second.rows, second.good) == (1, 1)
    taught.bank.bulk.act(confirmed(taught, second).id)
    assert len(issued(taught)) == 2


def test_the_same_table_twice_and_the_same_row_in_two_tables_issue_nothing_twice(taught):
    """Threat 38."""
    content = table(taught)
    first = sent(taught, content)
    other = sent(taught, content, "r-2")  # rehearsed while nothing was issued: both are confirmed
    taught.bank.bulk.act(confirmed(taught, first).id)
    done = taught.bank.bulk.act(confirmed(taught, other).id)
    assert (done.issued, len(issued(taught))) == (10, 10)
    by_did = [{"learner": one.did} for one in taught.learners[:3]]
    third = sent(taught, table(taught, *by_did, {"learner": taught.learner.id}), "r-3")
    assert (third.stands, third.good) == (3, 1)
    taught.bank.bulk.act(confirmed(taught, third).id)
    assert len(issued(taught)) == 11
    again = sent(taught, content, "r-4")
    assert (again.stands, again.good) == (10, 0)
    with pytest.raises(NothingToIssue):
        confirmed(taught, again)


def test_a_rows_own_id_stands_for_one_credential(taught):
    first, second = taught.learners[:2]
    upload = sent(taught, table(taught, {"learner": first.id, "row": "7"}, {"learner": second.id, "row": "7"}))
    assert (upload.good, upload.faulty) == (1, 1)
    taught.bank.bulk.act(confirmed(taught, upload).id)
    other = sent(taught, table(taught, {"learner": second.id, "row": "7"}), "r-2")
    (row,) = taught.bank.bulk.rows(other.id, organisation=taught.university.id)
    assert (row.fault, row.field) == ("request-reused", "row")


def test_a_request_id_stands_for_one_table(taught):
    upload = sent(taught, table(taught))
    assert sent(taught, table(taught)) == upload
    with pytest.raises(RequestReused):
        sent(taught, table(taught, {"learner": taught.learner.id}))


def test_what_was_not_reviewed_is_not_confirmed(taught):
    bulk, body = taught.bank.bulk, taught.university.id
    upload = bulk.receive("r", organisation=body, form=BulkForm.CSV, parts=[table(taught)], queued=False)
    digest = "sha256:" + "0" * 64
    with pytest.raises(NotRehearsed):
        bulk.confirm(upload.id, digest, organisation=body, actor="x")
    bulk.rehearse(upload.id)
    with pytest.raises(OtherRehearsal):
        bulk.confirm(upload.id, digest, organisation=body, actor="x")
    with pytest.raises(NotRehearsed):
        bulk.act(upload.id)
    assert issued(taught) == []


def test_anothers_upload_looks_as_one_that_is_not_there(taught):
    """Threat 42."""
    upload, bulk = sent(taught, table(taught)), taught.bank.bulk
    for ask in (
        lambda of, who: bulk.get(of, organisation=who),
        lambda of, who: bulk.review(of, organisation=who),
        lambda of, who: bulk.rows(of, organisation=who),
        lambda of, who: [*bulk.failures(of, organisation=who)],
        lambda of, who: bulk.confirm(of, digest_text(upload.rehearsal), organisation=who, actor="x"),
    ):
        told = []
        for name in (upload.id, "urn:uuid:none"):
            with pytest.raises(UnknownRecord) as refused:
                ask(name, taught.rival.id)
            told.append(str(refused.value).replace(name, ""))
        assert told[0] == told[1]
    assert bulk.of(taught.rival.id, Page(10)) == []
    rivals = bulk.receive("x", organisation=taught.rival.id, form=BulkForm.CSV, parts=[table(taught)], queued=False)
    assert bulk.rehearse(rivals.id).faulty == 10, "nobody issues what another body offers"


def test_a_table_that_cannot_be_read_is_refused_and_leaves_nothing(taught):
    upload = sent(taught, table(taught) + b"\xff")
    assert (upload.state, upload.place, upload.rows) == (BulkState.REFUSED, "line 12", 0)
    assert "UTF-8" in upload.why
    assert taught.bank.bulk.rows(upload.id, organisation=taught.university.id) == []


def test_a_table_that_is_too_large_is_cut_and_forgotten(taught):
    """Threat 3."""

    def endless():
        while True:
            yield b"x" * 1_000_000

    with pytest.raises(UploadTooLarge):
        taught.bank.bulk.receive("big", organisation=taught.university.id, form=BulkForm.CSV, parts=endless())
    assert taught.bank.bulk.of(taught.university.id, Page(10)) == []
    assert MAX_UPLOAD == 64 * 1024 * 1024


def test_somebody_known_by_a_number_gets_it_at_once_or_when_they_claim_it(taught):
    body, enrolling = taught.university.id, taught.bank.enrolling
    here, later = (enrolling.enrol(body, number=number) for number in ("M-1", "M-2"))
    enrolling.claim(taught.learner.id, enrolling.code(here.id, by=body).code)
    content = table(taught, {"learner": "M-1"}, {"learner": "M-2"})
    upload = sent(taught, content)
    done = taught.bank.bulk.act(confirmed(taught, upload).id)
    assert (done.issued, done.waits) == (1, 1)
    enrolling.claim(taught.learners[0].id, enrolling.code(later.id, by=body).code)
    assert len(issued(taught)) == 2
    again = sent(taught, content, "again")
    assert (again.stands, again.good) == (2, 0)


STEPS = [
    ("add_part", 0),
    ("add_bulk_rows", 0),
    ("add_bulk_rows", 2),
    ("drop_parts", 0),
    ("add_intents", 1),
    ("keep_issued", 1),
    ("open_lots", 0),
    ("open_lots", 2),
    ("end_bulk_rows", 0),
    ("end_bulk_rows", 1),
    ("move_upload", 0),
    ("move_upload", 1),
]


@pytest.mark.parametrize(("step", "after"), STEPS)
def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(taught, monkeypatch, step, after):
    """Threats 27 and 29: the same commands again bring it to its end."""
    monkeypatch.setattr("creditbank.services.bulk.PORTION", 4)

    def whole():
        upload = sent(taught, table(taught))
        return taught.bank.bulk.act(confirmed(taught, upload).id)

    with monkeypatch.context() as patch:
        interrupt(patch, SqlTransaction, step, after)
        with pytest.raises(Interrupted):
            whole()
    taught.reopen()
    done = whole()
    assert (done.issued + done.stands, done.failed, done.good) == (10, 0, 0)
    assert len(issued(taught)) == 10
    with taught.bank.store.transaction() as tx:
        assert tx.open_intents() == []


def test_a_halt_stops_a_table_between_its_rows_and_it_goes_on_afterwards(taught, monkeypatch):
    monkeypatch.setattr("creditbank.services.bulk.PORTION", 4)
    upload = confirmed(taught, sent(taught, table(taught)))
    halting, seen = taught.bank.halting, []

    def report(tx, progress):
        seen.append(progress["issued"])

    real = taught.bank.issuing.issue_many

    def halted_later(wanted):
        answer = real(wanted)
        if len(seen) == 1:
            halting.halt(by="operator", why="an alarm")
        return answer

    monkeypatch.setattr(taught.bank.issuing, "issue_many", halted_later)
    with pytest.raises(Halted):
        taught.bank.bulk.act(upload.id, report)
    monkeypatch.setattr(taught.bank.issuing, "issue_many", real)
    assert seen == [4, 8]
    halting.resume(by="operator", why="settled")
    assert taught.bank.bulk.act(upload.id).issued == 10


def test_as_long_work_a_table_is_rehearsed_waits_for_the_word_and_is_issued(taught):
    bulk, jobs, body = taught.bank.bulk, taught.bank.jobs, taught.university.id
    handlers = taught.bank.handlers(sends=False)
    upload = bulk.receive("r", organisation=body, form=BulkForm.CSV, parts=[table(taught)])
    assert jobs.work(handlers).result["good"] == 10
    assert jobs.work(handlers) is None
    upload = bulk.get(upload.id, organisation=body)
    bulk.confirm(upload.id, digest_text(upload.rehearsal), organisation=body, actor="somebody")
    assert jobs.work(handlers).result["issued"] == 10
    assert {job.owner for job in jobs.of(body)} == {body}
    assert [entry.action for entry in taught.bank.trail.entries(body)][-1] == "bulk.confirm"


def test_a_unit_withdrawn_after_the_rehearsal_fails_row_by_row_at_the_act(taught):
    upload = confirmed(taught, sent(taught, table(taught)))
    taught.bank.drafting.withdraw(taught.university.id, taught.unit.id, taught.unit.version, reason="it was wrong")
    done = taught.bank.bulk.act(upload.id)
    assert (done.failed, done.issued) == (10, 0)
    assert issued(taught) == []


KILLED = """
import sys
from pathlib import Path
from creditbank.bootstrap import open_bank
from creditbank.config import Settings
import creditbank.services.bulk as bulk
bulk.PORTION = 3
with open_bank(Settings.load({}, Path(sys.argv[1])), own_chain=False) as bank:
    print("begun", flush=True)
    bank.bulk.act(sys.argv[2])
"""


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_what_another_one_finishes(taught):
    """Threat 27: kill -9 while rows are issued."""
    rows = [{"learner": one.id, "row": f"{one.id} {number}"} for one in taught.learners for number in range(5)]
    upload = confirmed(taught, sent(taught, table(taught, *rows)))
    home = taught.home
    taught.bank.close()
    command = [sys.executable, "-c", KILLED, str(home), upload.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGKILL)
    bank = taught.reopen()
    assert bank.bulk.act(upload.id).issued == len(rows)
    assert len(issued(taught)) == len(rows)


def test_a_day_has_one_spelling(taught):
    assert sent(taught, table(taught, {"learner": taught.learner.id, "earned": "20250602"})).faulty == 1
