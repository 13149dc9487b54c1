"""Asking the bank: keys, repetitions, problems and pages, alike for every operation."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import quote, urljoin

import requests

TRIES: Final = 6
LONGEST_WAIT: Final = 30.0
SECONDS: Final = 60.0
PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True)
class Problem(Exception):
    """The bank said no (RFC 9457). `slug` names the rule and never changes; `retry_after` is in seconds, or None."""

    status: int
    slug: str
    title: str
    detail: str = ""
    next_step: str = ""
    place: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.slug}: {self.detail or self.title}"


class JobFailed(Exception):
    """Long work came to another end than being done; `job` is how it stands."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job
        problem = job.get("problem") or {}
        super().__init__(f"The job {job.get('id')} is {job.get('state')}: {problem.get('title', 'it was stopped')}")


@dataclass
class Transport:
    """A connection to one bank with one token. `pause` waits, and is for tests to replace."""

    address: str
    token: str = ""
    tries: int = TRIES
    timeout: float = SECONDS
    session: requests.Session = field(default_factory=requests.Session)
    pause: Callable[[float], None] = time.sleep

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str | None] | None = None,
        key: str | None = None,
    ) -> requests.Response:
        """The answer to a request; raises `Problem` for a no, and what `requests` raises when the bank is not reached.

        With a key, and for a GET, what is lost or refused for a while is asked again: it happens once.
        """
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        again = self.tries if key is not None or method == "GET" else 1
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        for left in reversed(range(again)):
            try:
                answer = self.session.request(
                    method,
                    urljoin(self.address, path),
                    json=body,
                    params=cast(Any, asked),
                    headers=sent,
                    timeout=self.timeout,
                    allow_redirects=False,
                )
            except (requests.ConnectionError, requests.Timeout):
                if not left:
                    raise
                self.pause(min(LONGEST_WAIT, 2.0 ** (again - left) / 4))
                continue
            if answer.status_code < 400:
                return answer
            problem = problem_of(answer)
            if not left or not worth_asking_again(problem):
                raise problem
            self.pause(min(LONGEST_WAIT, problem.retry_after or 1.0))
        raise AssertionError("the last try answers or raises")

    def json(self, method: str, path: str, **asked: Any) -> Any:
        """The answer as JSON, None where it has no body."""
        answer = self.ask(method, path, **asked)
        return answer.json() if answer.content else None

    def bytes(self, method: str, path: str, **asked: Any) -> bytes:
        """The answer byte for byte."""
        return self.ask(method, path, **asked).content

    def items(self, path: str, *, query: Mapping[str, object] | None = None) -> Iterator[Any]:
        """Every item of a list, page after page."""
        following: str | None = path
        asked = query
        while following is not None:
            answer = self.ask("GET", following, query=asked)
            yield from answer.json()["items"]
            following, asked = answer.links.get("next", {}).get("url"), None

    def wait(self, job: Mapping[str, Any], *, seconds: float = 600.0) -> Mapping[str, Any]:
        """Watch a job until it is done; raises `JobFailed` at another end, and `TimeoutError` when it takes longer."""
        ends = time.monotonic() + seconds
        while True:
            answer = self.ask("GET", f"/v1/jobs/{job['id']}")
            standing: Mapping[str, Any] = answer.json()
            if standing["state"] == "done":
                return standing
            if standing["ended"] is not None:
                raise JobFailed(standing)
            if time.monotonic() > ends:
                raise TimeoutError(f"The job {job['id']} is {standing['state']} still.")
            self.pause(float(answer.headers.get("Retry-After", 2)))


def new_key() -> str:
    """A key for one thing that is to be done once."""
    return str(uuid.uuid4())


def step(value: str) -> str:
    """A value as one step of an address."""
    return quote(value, safe=":")


def problem_of(answer: requests.Response) -> Problem:
    """The problem that an answer tells, or one that says what came instead."""
    told: dict[str, Any] = answer.json() if answer.headers.get("Content-Type", "").startswith(PROBLEM) else {}
    after = answer.headers.get("Retry-After", "")
    return Problem(
        status=answer.status_code,
        slug=str(told.get("type", "")).rpartition("/")[2],
        title=str(told.get("title", answer.reason)),
        detail=str(told.get("detail") or ""),
        next_step=str(told.get("nextStep") or ""),
        place=str(told.get("place") or ""),
        errors=tuple(told.get("errors") or ()),
        retry_after=float(after) if after.isdigit() else None,
    )


def worth_asking_again(problem: Problem) -> bool:
    """Whether the same request may succeed in a moment."""
    return problem.status in (429, 502, 503, 504) or problem.slug == "request-still-running"
