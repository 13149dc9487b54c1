"""What is kept of long work: who asked for what, how far it is, and who is at it now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import JsonObject


class JobState(StrEnum):
    """The life of a job. Done, failed and cancelled are its ends; nothing leaves them."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Long work that somebody asked for under their own `request`. `owner` is the organisation or learner it is for.

    Who runs it holds a `lease` for a while and the number `fence`, which counts up each time somebody takes the job: a
    worker that was thought dead writes nothing under its old number. `lost` counts the workers that fell silent over
    it. `asked_to_stop` is a wish; the worker ends the job at its next step.
    """

    id: str
    request: str
    owner: str
    kind: str
    input: JsonObject
    state: JobState
    created: datetime
    due: datetime
    fence: int = 0
    lost: int = 0
    lease: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    asked_to_stop: datetime | None = None
    progress: JsonObject | None = None
    result: JsonObject | None = None
    problem: JsonObject | None = None

    @property
    def ended_for_good(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
