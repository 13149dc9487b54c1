"""Enrolments: a provider knows somebody by a number of its own, and they claim it with a code in their account."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, StringConstraints

from creditbank.services.enrolling import MAX_NUMBER
from creditbank.services.holder_records import Enrolment, Waiting
from creditbank.services.records import IssuedCredential
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Learner, Provider, Scope, hidden, needs
from creditbank_api.v1.credentials import OFFER
from creditbank_api.v1.shapes import Day, Line, Shape, Version, urn

router = APIRouter(tags=["enrolments"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NUMBER)]


class EnrolmentRequest(Shape):
    """Somebody as the caller knows them. The name is never compared with anything and shown to the two alone."""

    number: Number
    name: Annotated[str, StringConstraints(max_length=400)] = ""


class ClaimRequest(Shape):
    """The code that a provider handed over; spaces, hyphens and case do not matter."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class FreeRequest(Shape):
    """Why the number is freed from the account; it is kept nowhere, because it may be about the person."""

    why: Annotated[str, StringConstraints(max_length=400)] = ""


class EarnedRequest(Shape):
    """Somebody under this number earned a version of one of the caller's achievements."""

    number: Number
    achievement: Line
    version: Version
    earned: Day
    result: Annotated[str | None, Line] = None
    scale: Annotated[str | None, Line] = None


class WaitingView(Shape):
    """A credential that waits for a claim, or what became of it. `why` is the slug of a refusal."""

    request: str
    achievement: str
    version: str
    state: str
    credential: str | None
    why: str

    @classmethod
    def of(cls, one: Waiting) -> "WaitingView":
        """Shape a record."""
        return cls(
            request=one.request,
            achievement=str(one.asked["achievement"]),
            version=str(one.asked["version"]),
            state=str(one.state),
            credential=one.credential,
            why=one.why,
        )


class EnrolmentView(Shape):
    """An enrolment; to its provider it says whether it is claimed, and never by which account."""

    id: str
    organisation: str
    number: str
    name: str
    enrolled: str
    claimed: str | None
    waiting: list[WaitingView]

    @classmethod
    def of(cls, found: Enrolment, waiting: list[Waiting]) -> "EnrolmentView":
        """Shape a record."""
        return cls(
            id=found.id,
            organisation=found.organisation,
            number=found.number,
            name=found.name,
            enrolled=instant_text(found.enrolled),
            claimed=None if found.claimed is None else instant_text(found.claimed),
            waiting=[WaitingView.of(one) for one in waiting],
        )


class CodeView(Shape):
    """The code that claims an enrolment. It is seen this once: a repetition of the request answers null."""

    enrolment: str
    code: str | None
    expires: str


class EnrolmentList(Shape):
    """Some enrolments, oldest first; `next` continues, and is missing at the end."""

    items: list[EnrolmentView]
    next: str | None


@router.post(
    "/enrolments",
    dependencies=[needs(Scope.ENROLMENTS_WRITE)],
    status_code=201,
    response_model=EnrolmentView,
    responses=declared(*GUARDED, *READING, *ONCE, "unusable-number", "number-taken"),
)
def enrol(wanted: EnrolmentRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Enrol somebody under a number of the caller's own, once."""

    def act(_request: str) -> Answer:
        made = bank.enrolling.enrol(caller.subject, number=wanted.number, name=wanted.name)
        return _answer(bank, made.id, caller.subject)

    return once.answer(act)


@router.get(
    "/enrolments",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def enrolments(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> EnrolmentList:
    """Those that the caller enrolled, or the numbers that the learner who asks has claimed."""
    part, following = asked.cut(bank.enrolling.of(caller.subject), lambda one: one.id)
    if following is not None:
        response.headers["Link"] = f'</v1/enrolments?limit={asked.limit}&cursor={following}>; rel="next"'
    return EnrolmentList(items=[EnrolmentView.of(one, []) for one in part], next=following)


@router.get(
    "/enrolments/{id}", dependencies=[needs(Scope.CREDENTIALS_READ)], responses=declared(*GUARDED, "no-such-resource")
)
def enrolment(id: IdInPath, bank: BankDep, caller: AnyCaller) -> EnrolmentView:
    """One enrolment, and what waits for its claim; for its provider and its learner."""
    with hidden():
        return EnrolmentView.of(*bank.enrolling.get(id, subject=caller.subject))


@router.post(
    "/enrolments/{id}/code",
    dependencies=[needs(Scope.ENROLMENTS_WRITE)],
    status_code=201,
    response_model=CodeView,
    responses=declared(*GUARDED, *ONCE, "no-such-resource", "enrolment-claimed"),
)
def code(id: IdInPath, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Make a new code that claims the enrolment; the one before is void."""

    def act(_request: str) -> Answer:
        with hidden():
            made = bank.enrolling.code(id, by=caller.subject, actor=caller.actor)
        assert made.enrolment.expires is not None, "a code has its end"
        view = CodeView(enrolment=id, code=made.code, expires=instant_text(made.enrolment.expires))
        return Answer(view, f"/v1/enrolments/{id}", secrets=("code",))

    return once.answer(act)


@router.post(
    "/enrolments/claims",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=EnrolmentView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "too-many-claims", "account-merged"),
)
def claim(wanted: ClaimRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Bind the provider's number to the account of who asks; what waited for that is issued."""

    def act(_request: str) -> Answer:
        with hidden():
            claimed = bank.enrolling.claim(caller.subject, wanted.code, actor=caller.actor)
        return _answer(bank, claimed.enrolment.id, caller.subject)

    return once.answer(act)


@router.post(
    "/enrolments/{id}/release",
    dependencies=[needs(Scope.ENROLMENTS_WRITE)],
    status_code=201,
    response_model=EnrolmentView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def free(id: IdInPath, wanted: FreeRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Free a number from the account that claimed it; what was issued stays where it is."""

    def act(_request: str) -> Answer:
        with hidden():
            bank.enrolling.free(id, by=caller.subject, why=wanted.why, actor=caller.actor)
        return _answer(bank, id, caller.subject)

    return once.answer(act)


@router.post(
    "/enrolments/{id}/departure",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=EnrolmentView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def leave(id: IdInPath, wanted: FreeRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """The learner unbinds a provider's number from the account; what was issued stays."""

    def act(_request: str) -> Answer:
        with hidden():
            found, waiting = bank.enrolling.get(id, subject=caller.subject)
            bank.enrolling.free(id, by=caller.subject, why=wanted.why, actor=caller.actor)
        return Answer(EnrolmentView.of(found, waiting).model_copy(update={"claimed": None}), "/v1/enrolments")

    return once.answer(act)


class EarnedView(Shape):
    """What became of it: issued under `credential`, or `waiting` for the claim."""

    state: str
    credential: str | None
    waiting: str | None


WAITS: Final[dict[str, Any]] = {"description": "It waits for somebody to claim the number", "model": EarnedView}


@router.post(
    "/enrolments/credentials",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    status_code=201,
    response_model=EarnedView,
    responses={**declared(*GUARDED, *READING, *ONCE, *OFFER), 202: WAITS},
)
def issue(wanted: EarnedRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Issue a credential to whom the caller knows by a number, at once or when they claim it (then 202)."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.enrolling.issue(
                request,
                organisation=caller.subject,
                number=wanted.number,
                achievement=wanted.achievement,
                version=wanted.version,
                earned=wanted.earned,
                result=wanted.result,
                scale=wanted.scale,
            )
        if isinstance(made, IssuedCredential):
            view = EarnedView(state="issued", credential=made.id, waiting=None)
            return Answer(view, f"/v1/credentials/{made.id}")
        view = EarnedView(state=str(made.state), credential=made.credential, waiting=made.request)
        return Answer(view, f"/v1/enrolments/{made.enrolment}", status=202)

    return once.answer(act)


def _answer(bank: BankDep, id: str, subject: str) -> Answer:
    with hidden():
        view = EnrolmentView.of(*bank.enrolling.get(id, subject=subject))
    return Answer(view, f"/v1/enrolments/{id}")
