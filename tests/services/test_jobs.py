"""Long work: done once by whoever holds it, taken over from the dead, stopped on a wish."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import shared_database  # noqa: F401 -- a fixture
from sqlalchemy import text

from creditbank.adapters.store import ConstraintBroken, SqlStore
from creditbank.adapters.system import SystemClock, SystemEntropy
from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, Unavailable
from creditbank.services.job_records import JobRecord, JobState
from creditbank.services.jobs import LEASE, MOST_LOST, Handler, JobEnded, Jobs, JobStopped, JobTakenOver, Task
from creditbank.services.noticing import Noticing

WORKER = Path(__file__).with_name("job_worker.py")
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class Watch:
    """A clock that stands until it is moved."""

    time: datetime = BEGIN

    def now(self) -> datetime:
        return self.time

    def move(self, step: timedelta) -> None:
        self.time += step


@dataclass
class Bench:
    """Jobs over an empty store, under a clock of the test's."""

    store: SqlStore
    clock: Watch
    jobs: Jobs

    def add(self, request: str = "r", kind: str = "line", **input: str) -> JobRecord:
        with self.store.transaction() as tx:
            return self.jobs.add(tx, request, owner="urn:uuid:one", kind=kind, input={**input})

    def take(self) -> JobRecord:
        """Take a job as a worker does that then says nothing any more."""
        with self.store.transaction() as tx:
            taken = tx.take_job(["line"], now=self.clock.now(), lease=self.clock.now() + LEASE)
        assert taken is not None
        return taken


@pytest.fixture(scope="module")
def store(shared_database: str) -> Iterator[SqlStore]:  # noqa: F811
    opened = SqlStore.open(shared_database, migrate=True)
    yield opened
    opened.close()


@pytest.fixture
def bench(store: SqlStore) -> Bench:
    with store.transaction() as tx:
        tx._connection.execute(text("DELETE FROM jobs"))
    clock = Watch()
    return Bench(store, clock, Jobs(store, clock, SystemEntropy(), Noticing(store, clock, SystemEntropy())))


def does(act: object) -> dict[str, Handler]:
    return {"line": Handler(act)}  # type: ignore[arg-type]


def test_a_job_is_done_once_and_keeps_its_result(bench: Bench) -> None:
    job = bench.add()
    assert bench.jobs.work({}) is None
    done = bench.jobs.work(does(lambda task: {"of": task.job.id}))
    assert done is not None
    assert (done.state, done.result, done.ended) == (JobState.DONE, {"of": job.id}, BEGIN)
    assert bench.jobs.work(does(lambda task: {"twice": True})) is None
    assert bench.jobs.get(job.id).result == {"of": job.id}


def test_the_same_request_again_is_the_first_job(bench: Bench) -> None:
    """Threat 38."""
    first, second = bench.add("once", file="a"), bench.add("once", file="b")
    assert second == first
    assert bench.jobs.of("urn:uuid:one") == [first]


def test_a_silent_workers_job_goes_to_the_next_who_may_alone_write(bench: Bench) -> None:
    job, silent = bench.add(), bench.take()
    assert bench.jobs.work(does(lambda task: {})) is None
    bench.clock.move(LEASE)
    done = bench.jobs.work(does(lambda task: {"by": "the next"}))
    assert done is not None
    assert (done.result, done.fence, done.lost) == ({"by": "the next"}, silent.fence + 1, 1)
    late = Task(bench.jobs, silent, threading.Event())
    with pytest.raises(JobTakenOver), bench.store.transaction() as tx:
        late.report(tx, {"by": "the dead"})
    with bench.store.transaction() as tx:
        assert not tx.end_job(silent, JobState.FAILED, when=BEGIN)
        assert not tx.put_job_back(silent, due=BEGIN)
    assert bench.jobs.get(job.id).progress is None


def test_what_a_late_worker_does_is_taken_back_with_its_report(bench: Bench) -> None:
    bench.add()
    silent = bench.take()
    bench.clock.move(LEASE)
    bench.take()

    def act_late() -> None:
        with bench.store.transaction() as tx:
            tx.put_answer("an effect", bytes(32), b"late")  # type: ignore[arg-type]
            Task(bench.jobs, silent, threading.Event()).report(tx, {"done": 1})

    with pytest.raises(JobTakenOver):
        act_late()
    with bench.store.transaction() as tx:
        assert tx.find_answer("an effect") is None


def test_signs_of_life_keep_a_job_and_tell_its_progress(bench: Bench) -> None:
    job = bench.add()

    def act(task: Task) -> JsonObject:
        for step in range(3):
            bench.clock.move(LEASE * 0.9)
            with bench.store.transaction() as tx:
                task.report(tx, {"rows": step})
            assert bench.jobs.work(does(act)) is None
        return {}

    done = bench.jobs.work(does(act))
    assert done is not None
    assert (done.id, done.state, done.progress) == (job.id, JobState.DONE, {"rows": 2})


def test_a_job_that_kills_its_workers_is_told_to_have_failed(bench: Bench) -> None:
    bench.add()
    for _ in range(MOST_LOST + 1):
        bench.take()
        bench.clock.move(LEASE)
    done = bench.jobs.work(does(lambda task: pytest.fail("it must not run again")))
    assert done is not None
    assert done.state is JobState.FAILED
    assert done.problem is not None
    assert done.problem["slug"] == "job-abandoned"


def test_what_is_unavailable_is_tried_again_later_and_a_refusal_ends_the_job(bench: Bench) -> None:
    class Away(Unavailable):
        slug = "away"

    class No(BadInput):
        slug = "no"

    def refuse(error: Exception) -> object:
        def act(task: Task) -> JsonObject:
            raise error

        return act

    bench.add()
    waiting = bench.jobs.work(does(refuse(Away("not now"))))
    assert waiting is not None
    assert (waiting.state, waiting.lease) == (JobState.QUEUED, None)
    assert waiting.due > BEGIN
    assert bench.jobs.work(does(lambda task: {})) is None
    bench.clock.move(timedelta(minutes=10))
    failed = bench.jobs.work(does(refuse(No("never", next_step="Ask otherwise."))))
    assert failed is not None
    assert failed.state is JobState.FAILED
    assert failed.problem == {"slug": "no", "detail": "never", "nextStep": "Ask otherwise."}


def test_an_accident_ends_the_job_without_detail(bench: Bench) -> None:
    bench.add()
    failed = bench.jobs.work(does(lambda task: 1 / 0))
    assert failed is not None
    assert (failed.state, failed.problem) == (JobState.FAILED, {"slug": "error"})


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(bench: Bench) -> None:
    waiting = bench.add("waits")
    assert bench.jobs.cancel(waiting.id).state is JobState.CANCELLED
    assert bench.jobs.cancel(waiting.id).state is JobState.CANCELLED
    running = bench.add("runs")

    def act(task: Task) -> JsonObject:
        assert bench.jobs.cancel(running.id).state is JobState.RUNNING
        with bench.store.transaction() as tx:
            task.report(tx)
        raise AssertionError("it was cancelled")

    stopped = bench.jobs.work(does(act))
    assert stopped is not None
    assert stopped.state is JobState.CANCELLED
    bench.add("ends")
    ended = bench.jobs.work(does(lambda task: {}))
    assert ended is not None
    with pytest.raises(JobEnded):
        bench.jobs.cancel(ended.id)


def test_a_worker_that_is_stopped_gives_its_job_back(bench: Bench) -> None:
    bench.add()
    stopping = threading.Event()

    def act(task: Task) -> JsonObject:
        stopping.set()
        with pytest.raises(JobStopped), bench.store.transaction() as tx:
            task.report(tx)
        raise JobStopped("as the report said")

    given_back = bench.jobs.work(does(act), stopping)
    assert given_back is not None
    assert given_back.state is JobState.QUEUED
    done = bench.jobs.work(does(lambda task: {}))
    assert done is not None
    assert done.state is JobState.DONE


def test_a_job_is_running_exactly_while_somebody_holds_it(bench: Bench) -> None:
    """The database refuses a half-way row, whoever writes it."""
    bench.add()
    with pytest.raises(ConstraintBroken), bench.store.transaction() as tx:
        tx._connection.execute(text("UPDATE jobs SET state = 'running'"))
    with pytest.raises(ConstraintBroken), bench.store.transaction() as tx:
        tx._connection.execute(text("UPDATE jobs SET state = 'done'"))


def test_two_processes_share_the_work_and_do_none_of_it_twice(
    bench: Bench,
    shared_database: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    """One that was killed in the middle loses its job to the others (threat 29)."""
    store, lines = bench.store, tmp_path / "lines"
    jobs = Jobs(store, SystemClock(), SystemEntropy(), Noticing(store, SystemClock(), SystemEntropy()))
    ids = set()
    for number in range(24):
        with store.transaction() as tx:
            job = jobs.add(tx, f"r{number}", owner="one", kind="line", input={"file": str(lines)})
        ids.add(job.id)
    dead = _started(shared_database, "die")
    dead.communicate("go\n", timeout=60)
    assert dead.returncode == -9
    with store.transaction() as tx:  # the minute passes
        tx._connection.execute(text("UPDATE jobs SET lease = '2026-01-01 00:00:00' WHERE state = 'running'"))
    workers = [_started(shared_database, "count") for _ in range(2)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = [int(worker.communicate(timeout=60)[0].split()[-1]) for worker in workers]
    assert sum(done) == 24
    assert sorted(lines.read_text().split()) == sorted(ids)


def _started(url: str, how: str) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, str(WORKER), url, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker
