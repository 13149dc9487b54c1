"""Applications: a learner asks a university for an award, which is the consent that it rests on."""

import base64
import binascii
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, StringConstraints

from creditbank.bootstrap import Bank
from creditbank.services.standing_records import Application, ApplicationState
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import FieldFault, InvalidRequest
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Registrar, RegistrarOrLearner, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Line, Shape, urn

router = APIRouter(tags=["applications"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
STEP = (*GUARDED, *READING, *ONCE, "no-such-resource", "application-closed")


class ApplicationRequest(Shape):
    """For which qualification of which university; `evaluation` is the sum it rests on, where there is one already.

    `presentation` (base64) is signed by the learner's wallet where the bank keeps no key of theirs: for the challenge
    and the domain that the refusal without one names.
    """

    organisation: Id
    qualification: Line
    evaluation: Id | None = None
    presentation: Annotated[str, StringConstraints(max_length=700_000)] | None = None


class ReasonShape(Shape):
    """Why, or what is to be added; the other side reads it."""

    reason: Reason


class Answered(StrEnum):
    """What a university answers."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    MORE_WANTED = "more-wanted"


class DecisionRequest(Shape):
    """The university's answer, with its reason."""

    decision: Annotated[Answered, BeforeValidator(lambda value: Answered(value) if isinstance(value, str) else value)]
    reason: Reason


class StepView(Shape):
    """One step: which state it led to, who took it, why."""

    state: str
    by: str
    reason: str
    at: str


class ApplicationView(Shape):
    """An application and every step of it. `signed` says whether the learner's key signed it."""

    id: str
    learner: str
    organisation: str
    qualification: str
    evaluation: str | None
    state: str
    signed: bool
    sample: bool
    award: str | None
    created: str
    steps: list[StepView]

    @classmethod
    def of(cls, bank: Bank, found: Application) -> "ApplicationView":
        """Shape a record."""
        return cls(
            id=found.id,
            learner=found.learner,
            organisation=found.organisation,
            qualification=found.qualification,
            evaluation=found.evaluation,
            state=str(found.state),
            signed=found.signed is not None,
            sample=found.sample,
            award=found.award,
            created=instant_text(found.created),
            steps=[
                StepView(state=str(step.state), by=step.actor, reason=step.reason, at=instant_text(step.at))
                for step in bank.applying.history(found.id)
            ],
        )


class ApplicationList(Shape):
    """Some applications, newest first; `next` continues, and is missing at the end."""

    items: list[ApplicationView]
    next: str | None = None


@router.post(
    "/applications",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=ApplicationView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "no-such-university",
        "application-open",
        "application-not-signed",
        "wallet-signs",
    ),
)
def apply(wanted: ApplicationRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Apply for an award; the application is signed with the learner's key and is their consent to it."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.applying.submit(
                request,
                learner=caller.subject,
                organisation=wanted.organisation,
                qualification=wanted.qualification,
                evaluation=wanted.evaluation,
                presentation=_octets(wanted.presentation),
            )
        return Answer(ApplicationView.of(bank, made), f"/v1/applications/{made.id}")

    return once.answer(act)


@router.get(
    "/applications",
    dependencies=[needs(Scope.AWARDS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def listed(
    bank: BankDep, caller: RegistrarOrLearner, response: Response, asked: Annotated[Window, Depends(window)]
) -> ApplicationList:
    """The caller's own applications, or those to the caller's university, newest first."""
    with bank.store.transaction() as tx:
        found = tx.list_applications(asked.page(), caller.subject)
    part, following = asked.part(found, response)
    return ApplicationList(items=[ApplicationView.of(bank, one) for one in part], next=following)


@router.get(
    "/applications/{id}", dependencies=[needs(Scope.AWARDS_READ)], responses=declared(*GUARDED, "no-such-resource")
)
def read(id: IdInPath, bank: BankDep, caller: RegistrarOrLearner) -> ApplicationView:
    """An application, for its learner and its university."""
    with hidden():
        return ApplicationView.of(bank, bank.applying.get(id, subject=caller.subject))


@router.post(
    "/applications/{id}/withdrawal",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=ApplicationView,
    responses=declared(*STEP),
)
def withdraw(id: IdInPath, wanted: ReasonShape, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Take an application back while it is open."""

    def act(_request: str) -> Answer:
        with hidden():
            found = bank.applying.withdraw(id, by=caller.subject, reason=wanted.reason)
        return Answer(ApplicationView.of(bank, found), f"/v1/applications/{id}")

    return once.answer(act)


@router.post(
    "/applications/{id}/addition",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=ApplicationView,
    responses=declared(*STEP),
)
def add(id: IdInPath, wanted: ReasonShape, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Answer a university that wants more; the application is submitted again."""

    def act(_request: str) -> Answer:
        with hidden():
            found = bank.applying.add(id, by=caller.subject, reason=wanted.reason)
        return Answer(ApplicationView.of(bank, found), f"/v1/applications/{id}")

    return once.answer(act)


@router.post(
    "/applications/{id}/decision",
    dependencies=[needs(Scope.AWARDS_WRITE)],
    status_code=201,
    response_model=ApplicationView,
    responses=declared(*STEP),
)
def decide(id: IdInPath, wanted: DecisionRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Accept, decline, or ask for more, with the reason."""

    def act(_request: str) -> Answer:
        with hidden():
            state = ApplicationState(wanted.decision)
            found = bank.applying.decide(id, state, by=caller.subject, reason=wanted.reason)
        return Answer(ApplicationView.of(bank, found), f"/v1/applications/{id}")

    return once.answer(act)


def _octets(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise InvalidRequest((FieldFault("/presentation", "It is not base64."),)) from None
