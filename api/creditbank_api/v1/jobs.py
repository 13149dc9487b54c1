"""Jobs: long work that somebody asked for, as a resource to watch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from creditbank.bootstrap import KEY_ROTATION, Bank
from creditbank.services.bulk import ISSUING, REHEARSAL
from creditbank.services.job_records import JobRecord
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource, ScopeMissing
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.problems import PROBLEMS, UNNAMED
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Caller, Scope, hidden, needs, require_scope
from creditbank_api.v1.shapes import IdInPath, Shape

router = APIRouter(tags=["jobs"], route_class=JsonRoute)
LOOK_AGAIN = {"Retry-After": "2"}
"""How soon it is worth looking again at a job that has not ended."""


class JobProblem(Shape):
    """Why a job failed, as a problem document says it."""

    type: str
    title: str
    detail: str | None = None
    next_step: str | None = None

    @classmethod
    def of(cls, told: dict[str, Any]) -> "JobProblem":
        """Shape what the job keeps; a fault of ours has no detail."""
        row = PROBLEMS.get(str(told["slug"]), UNNAMED)
        if row.status == 500:
            return cls(type="/problems/error", title=UNNAMED.title)
        detail, next_step = told.get("detail") or None, told.get("nextStep") or None
        return cls(type=f"/problems/{told['slug']}", title=row.title, detail=detail, next_step=next_step)


class JobView(Shape):
    """Long work: queued, running, done, failed or cancelled, with the time of each step.

    `progress` says how far it is in the words of its kind, `result` what came of it.
    """

    id: str
    kind: str
    state: str
    created: str
    started: str | None
    ended: str | None
    asked_to_stop: str | None
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    problem: JobProblem | None

    @classmethod
    def of(cls, job: JobRecord) -> "JobView":
        """Shape a record."""
        return cls(
            id=job.id,
            kind=job.kind,
            state=str(job.state),
            created=instant_text(job.created),
            started=None if job.started is None else instant_text(job.started),
            ended=None if job.ended is None else instant_text(job.ended),
            asked_to_stop=None if job.asked_to_stop is None else instant_text(job.asked_to_stop),
            progress=None if job.progress is None else dict(job.progress),
            result=None if job.result is None else dict(job.result),
            problem=None if job.problem is None else JobProblem.of(dict(job.problem)),
        )


class Cancellation(Shape):
    """Nothing more is said than that the job shall stop."""


def accepted(job: JobRecord) -> Answer:
    """The answer to a request for long work: 202, and where to watch it."""
    return Answer(JobView.of(job), f"/v1/jobs/{job.id}", 202)


class JobList(Shape):
    """Some jobs, newest first; `next` continues, and is missing at the end."""

    items: list[JobView]
    next: str | None


SCOPES: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        KEY_ROTATION: Scope.KEYS_MANAGE,
        REHEARSAL: Scope.CREDENTIALS_ISSUE,
        ISSUING: Scope.CREDENTIALS_ISSUE,
    }
)
"""What a key must hold to see a job of a kind, and to stop it: what it takes to ask for one."""


@router.get("/jobs", responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"))
def jobs(bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]) -> JobList:
    """The jobs that are done for the caller.

    With `jobs:manage` all of them, else those of the kinds that the caller's key may ask for.
    """
    kinds = None
    if Scope.JOBS_MANAGE not in caller.scopes:
        kinds = [kind for kind, scope in SCOPES.items() if scope in caller.scopes]
        if not kinds:
            raise ScopeMissing(Scope.JOBS_MANAGE)
    with bank.store.transaction() as tx:
        found = tx.list_jobs(asked.page(), caller.subject, kinds)
    part, following = asked.part(found, response)
    return JobList(items=[JobView.of(job) for job in part], next=following)


@router.get("/jobs/{id}", response_model=JobView, responses=declared(*GUARDED, "no-such-resource"))
def read(id: IdInPath, bank: BankDep, caller: AnyCaller, response: Response) -> JobView:
    """A job, for whom it is done: with `jobs:manage`, or the scope by which such a job is asked for.

    `Retry-After` says how soon it is worth looking again; it is missing at the end.
    """
    job = _job_for(bank, id, caller)
    require_scope(caller, Scope.JOBS_MANAGE, SCOPES.get(job.kind, Scope.JOBS_MANAGE))
    if not job.ended_for_good:
        response.headers.update(LOOK_AGAIN)
    return JobView.of(job)


@router.post(
    "/jobs/{id}/cancellation",
    dependencies=[needs(Scope.JOBS_MANAGE)],
    status_code=202,
    response_model=JobView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "job-ended"),
)
def cancel(id: IdInPath, wanted: Cancellation, once: OnceDep, bank: BankDep, caller: AnyCaller) -> Response:
    """Stop a job: at once where it waits, at its next step where it runs. What it did before stands."""
    job = _job_for(bank, id, caller)
    require_scope(caller, SCOPES.get(job.kind, Scope.JOBS_MANAGE))
    return once.answer(lambda _: accepted(bank.jobs.cancel(job.id)))


def _job_for(bank: Bank, id: str, caller: Caller) -> JobRecord:
    with hidden():
        job = bank.jobs.get(id)
    if not caller.is_any_of(job.owner):
        raise NoSuchResource
    return job
