"""The part of the store's transaction that keeps long work."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from creditbank.canonical import JsonObject
from creditbank.services.job_records import JobRecord, JobState


class JobTransaction(Protocol):
    """Long work in one unit of work; `get_job` and `stop_job` raise `UnknownRecord`."""

    def add_job(self, job: JobRecord) -> JobRecord:
        """Keep a job, and give the one that stands under its request: asked twice, it is the first."""
        ...

    def get_job(self, id: str) -> JobRecord: ...
    def jobs_of(self, owner: str) -> list[JobRecord]:
        """The jobs of an organisation or learner, oldest first."""
        ...

    def take_job(self, kinds: Collection[str], *, now: datetime, lease: datetime) -> JobRecord | None:
        """The oldest job of these kinds that is due or that a silent worker left, now this caller's, or None."""
        ...

    def keep_job(self, job: JobRecord, *, lease: datetime, progress: JsonObject | None = None) -> JobRecord | None:
        """Hold a job for longer and say how far it is; None, and nothing written, when another has it by now."""
        ...

    def put_job_back(self, job: JobRecord, *, due: datetime) -> bool:
        """Let others take the job from `due` on; whether it was still this caller's."""
        ...

    def end_job(
        self,
        job: JobRecord,
        state: JobState,
        *,
        when: datetime,
        result: JsonObject | None = None,
        problem: JsonObject | None = None,
    ) -> bool:
        """End a job; False, and nothing written, when it is no longer this caller's."""
        ...

    def stop_job(self, id: str, *, when: datetime) -> JobRecord:
        """Cancel a job that waits, ask who runs it to stop, or leave it as it ended."""
        ...
