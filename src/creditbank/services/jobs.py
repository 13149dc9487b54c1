"""Long work, asked for once and watched: any number of workers take it up, and none of it is done by two.

A worker takes a job for a minute and holds it for another minute at each sign of life. One that falls silent, killed or
cut off, loses it to the next. Who lost a job can no longer write under its number (the fencing token): a handler tells
its progress inside the transaction of its effects, so that a late effect is rolled back together with its report.
A handler is called again from the start and must find what was done before: it works under the job's own id.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.errors import Conflict, CreditBankError, Unavailable
from creditbank.services.job_records import JobRecord, JobState
from creditbank.services.noticing import Noticing, to_learner, to_organisation
from creditbank.services.ports import Clock, Entropy, Store, Transaction, UnknownRecord

LEASE: Final = timedelta(seconds=60)
MOST_LOST: Final = 5
"""So many workers may die over one job before it is told to have failed: it may be what kills them."""
LONGEST_WAIT: Final = timedelta(minutes=10)
IDLE_SECONDS: Final = 1.0
JOB_ENDED: Final = "job-ended"
log = logging.getLogger("creditbank.jobs")


class JobTakenOver(Conflict):
    """Another worker has taken this job since, so that nothing more is written for it here."""

    slug = "job-taken-over"


class JobStopped(Conflict):
    """Whoever asked for the job, or the worker's operator, asked to stop it."""

    slug = "job-stopped"


class JobAbandoned(Unavailable):
    """Several workers fell silent over this job."""

    slug = "job-abandoned"


class JobEnded(Conflict):
    """The job has come to its end already."""

    slug = "job-ended"


class Task:
    """A job in the hands of one worker."""

    def __init__(self, jobs: "Jobs", job: JobRecord, stopping: threading.Event) -> None:
        self._jobs, self.job, self._stopping = jobs, job, stopping

    def report(self, tx: Transaction, progress: JsonObject | None = None) -> None:
        """Hold the job for another while and say how far it is, in the transaction of what was just done.

        Raises `JobTakenOver` and `JobStopped`, which take that transaction back.
        """
        if self._stopping.is_set():
            raise JobStopped("This worker is being stopped.")
        kept = self._jobs.keep(tx, self.job, progress)
        if kept is None:
            raise JobTakenOver(f"Another worker has taken job {self.job.id}.")
        if kept.asked_to_stop is not None:
            raise JobStopped(f"Job {self.job.id} was cancelled.")


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of one kind are done: `act` returns the result. `sends` says that it needs the chain's own process."""

    act: Callable[[Task], JsonObject]
    sends: bool = False


class Jobs:
    """Keeps long work, and does it."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy, noticing: Noticing) -> None:
        self._store, self._clock, self._entropy, self._noticing = store, clock, entropy, noticing

    def add(self, tx: Transaction, request: str, *, owner: str, kind: str, input: JsonObject) -> JobRecord:
        """Ask for long work inside a transaction of the caller's; the same request again gives the first job."""
        now = self._clock.now()
        return tx.add_job(JobRecord(self._entropy.urn(), request, owner, kind, input, JobState.QUEUED, now, now))

    def get(self, id: str) -> JobRecord:
        """A job as it stands; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return tx.get_job(id)

    def of(self, owner: str) -> list[JobRecord]:
        """The jobs of an organisation or learner, oldest first."""
        with self._store.transaction() as tx:
            return tx.jobs_of(owner)

    def cancel(self, id: str) -> JobRecord:
        """Stop a job: at once where it waits, at its next step where it runs; what it did before stands.

        Raises `JobEnded` for one that is done or has failed.
        """
        with self._store.transaction() as tx:
            job = tx.stop_job(id, when=self._clock.now())
        if job.state in (JobState.DONE, JobState.FAILED):
            raise JobEnded(f"The job is {job.state} already.", next_step="Read what came of it.")
        return job

    def keep(self, tx: Transaction, job: JobRecord, progress: JsonObject | None = None) -> JobRecord | None:
        """Hold a job for another while; None when it is somebody else's by now."""
        return tx.keep_job(job, lease=self._clock.now() + LEASE, progress=progress)

    def work(self, handlers: Mapping[str, Handler], stopping: threading.Event | None = None) -> JobRecord | None:
        """Take up one job and bring it as far as it goes; None when nothing waits.

        What is unavailable is tried again later; another error, told or not, ends the job.
        """
        now = self._clock.now()
        with self._store.transaction() as tx:
            job = tx.take_job(sorted(handlers), now=now, lease=now + LEASE) if handlers else None
        if job is None:
            return None
        task = Task(self, job, stopping or threading.Event())
        with self._held(job):
            self._do(task, handlers[job.kind])
        return self.get(job.id)

    def go_on(self, handlers: Mapping[str, Handler], stopping: threading.Event) -> None:
        """Take up one job after the other until `stopping` is set; a job under way is then given back at its next step.

        What fails outside a job, such as a database that is away, is told and tried again.
        """
        while not stopping.is_set():
            try:
                done = self.work(handlers, stopping)
            except CreditBankError as error:
                log.warning("no job could be taken: %s; it is tried again", type(error).slug)
                done = None
            if done is None:
                stopping.wait(IDLE_SECONDS)

    def _do(self, task: Task, handler: Handler) -> None:
        job = task.job
        if job.asked_to_stop is not None:
            self._end(job, JobState.CANCELLED)
            return
        if job.lost > MOST_LOST:
            gone = JobAbandoned(f"{job.lost} workers fell silent over this job.", next_step="Ask the bank's operator.")
            self._end(job, JobState.FAILED, problem=_told(gone))
            return
        try:
            result = handler.act(task)
        except JobTakenOver:
            log.warning("a %s job was taken over by another worker", job.kind)
        except JobStopped:
            self._stopped(job)
        except Unavailable as error:
            log.warning("a %s job waits: %s", job.kind, type(error).slug)
            self._put_back(job, min(LONGEST_WAIT, timedelta(seconds=2 ** min(job.fence, 12))))
        except CreditBankError as error:
            self._end(job, JobState.FAILED, problem=_told(error))
        except Exception:
            log.exception("a %s job met an error of ours", job.kind)
            self._end(job, JobState.FAILED, problem={"slug": CreditBankError.slug})
        else:
            self._end(job, JobState.DONE, result=result)

    def _stopped(self, job: JobRecord) -> None:
        """Cancelled, if that was the wish of who asked for it; else given back, because only this worker stops."""
        if self.get(job.id).asked_to_stop is not None:
            self._end(job, JobState.CANCELLED)
        else:
            self._put_back(job, timedelta(0))

    def _end(
        self, job: JobRecord, state: JobState, *, result: JsonObject | None = None, problem: JsonObject | None = None
    ) -> None:
        with self._store.transaction() as tx:
            if not tx.end_job(job, state, when=self._clock.now(), result=result, problem=problem):
                log.warning("a %s job was taken over by another worker", job.kind)
                return
            told: JsonObject = {"job": job.id, "kind": job.kind, "state": str(state)}
            self._noticing.tell(tx, self._audience(tx, job.owner), JOB_ENDED, told, once=f"job:{job.id}")

    def _audience(self, tx: Transaction, owner: str) -> str:
        try:
            return to_organisation(tx.get_organisation(owner).id)
        except UnknownRecord:
            return to_learner(owner)

    def _put_back(self, job: JobRecord, wait: timedelta) -> None:
        with self._store.transaction() as tx:
            tx.put_job_back(job, due=self._clock.now() + wait)

    @contextmanager
    def _held(self, job: JobRecord) -> Iterator[None]:
        """Give signs of life beside the work, for a step that takes longer than the lease."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(LEASE.total_seconds() / 3):
                with suppress(CreditBankError), self._store.transaction() as tx:
                    if self.keep(tx, job) is None:
                        return

        thread = threading.Thread(target=beat, name="creditbank-job", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _told(error: CreditBankError) -> JsonObject:
    """An error as the job keeps it: its name, its sentence and what helps."""
    return {"slug": type(error).slug, "detail": error.sentence, "nextStep": error.next_step}
