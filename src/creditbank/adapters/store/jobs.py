"""Long work: asked for once, taken by one worker at a time, written only by who holds it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables_jobs import jobs
from creditbank.canonical import JsonObject
from creditbank.services.job_records import JobRecord, JobState

ENDS = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Jobs(Tables):
    """The part of `ports.Transaction` that keeps long work."""

    def add_job(self, job: JobRecord) -> JobRecord:
        self._insert_new(jobs, values(job))
        return known(self._one(JobRecord, select(jobs).where(jobs.c.request == job.request)), f"job {job.id}")

    def get_job(self, id: str) -> JobRecord:
        return known(self._one(JobRecord, select(jobs).where(jobs.c.id == id)), f"job {id}")

    def jobs_of(self, owner: str) -> list[JobRecord]:
        return self._all(JobRecord, select(jobs).where(jobs.c.owner == owner).order_by(jobs.c.row))

    def take_job(self, kinds: Collection[str], *, now: datetime, lease: datetime) -> JobRecord | None:
        """PostgreSQL passes over what another worker is taking just now; on SQLite one transaction writes at a time."""
        waits = (jobs.c.state == JobState.QUEUED) & (jobs.c.due <= now)
        silent = (jobs.c.state == JobState.RUNNING) & (jobs.c.lease <= now)
        free = select(jobs).where(jobs.c.kind.in_(list(kinds)), or_(waits, silent)).order_by(jobs.c.row).limit(1)
        found = self._one(JobRecord, free.with_for_update(skip_locked=True))
        if found is None:
            return None
        taken = {
            "state": JobState.RUNNING,
            "lease": lease,
            "fence": found.fence + 1,
            "lost": found.lost + (found.state is JobState.RUNNING),
            "started": found.started or now,
        }
        self._connection.execute(update(jobs).where(jobs.c.id == found.id).values(**taken))
        return self.get_job(found.id)

    def keep_job(self, job: JobRecord, *, lease: datetime, progress: JsonObject | None = None) -> JobRecord | None:
        told = {} if progress is None else {"progress": progress}
        written = update(jobs).where(_held(job)).values(lease=lease, **told)
        return self.get_job(job.id) if self._connection.execute(written).rowcount == 1 else None

    def put_job_back(self, job: JobRecord, *, due: datetime) -> bool:
        back = update(jobs).where(_held(job)).values(state=JobState.QUEUED, lease=None, due=due)
        return self._connection.execute(back).rowcount == 1

    def end_job(
        self,
        job: JobRecord,
        state: JobState,
        *,
        when: datetime,
        result: JsonObject | None = None,
        problem: JsonObject | None = None,
    ) -> bool:
        end = {"state": state, "lease": None, "ended": when, "result": result, "problem": problem}
        return self._connection.execute(update(jobs).where(_held(job)).values(**end)).rowcount == 1

    def stop_job(self, id: str, *, when: datetime) -> JobRecord:
        waiting = (jobs.c.id == id) & (jobs.c.state == JobState.QUEUED)
        self._connection.execute(update(jobs).where(waiting).values(state=JobState.CANCELLED, ended=when))
        running = (jobs.c.id == id) & (jobs.c.state == JobState.RUNNING) & jobs.c.asked_to_stop.is_(None)
        self._connection.execute(update(jobs).where(running).values(asked_to_stop=when))
        return self.get_job(id)


def _held(job: JobRecord) -> ColumnElement[bool]:
    return (jobs.c.id == job.id) & (jobs.c.fence == job.fence) & (jobs.c.state == JobState.RUNNING)
