"""Evaluations: a learner's credits weighed against a qualification, as dated facts."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BeforeValidator, Field, ValidationError

from creditbank.framework import Acceptance, ConversionPolicy, Problems, Recognition, RuleException
from creditbank.services.records import EvaluationRecord
from creditbank.stacking import Difference
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import FieldFault, InvalidRequest, NotForThisRole
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import evaluation_for, owner_of
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Caller, RegistrarOrLearner, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Line, Shape, Version, urn

WEIGHING = (
    *("no-such-resource", "not-an-awarder", "rules-not-in-force", "several-registers", "evaluation-abandoned"),
    *("indicative-rules", "rule-not-weighed", "missing-framework", "contradicting-exceptions", "document-faults"),
)
"""What every route that weighs can say."""
router = APIRouter(tags=["evaluations"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
D = TypeVar("D", ConversionPolicy, Recognition, Acceptance, RuleException)
Documents = Annotated[tuple[dict[str, Any], ...], Field(max_length=50, strict=False)]


class EvaluationRequest(Shape):
    """Whose credits, against which rules, weighed by which university.

    A registrar leaves `organisation` out: it weighs for its own. A learner leaves `learner` out.
    The university weighs by what it has adopted. Decisions given here are tried beside that, and no award is made of
    what rests on them; `exceptions` are those for this learner. `accredited_by` names the bank's register that says
    which units are accredited, where the rules ask.
    """

    learner: Id | None = None
    organisation: Id | None = None
    qualification: Line
    version: Version | None = None
    conversions: Documents = ()
    recognitions: Documents = ()
    acceptances: Documents = ()
    exceptions: Documents = ()
    credentials: Annotated[tuple[Id, ...], Field(max_length=500, strict=False)] | None = None
    accredited_by: Line | None = None
    suggestions: bool = True


class EvaluationView(Shape):
    """An evaluation: who weighed what when, and its whole document."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluated: str
    follows: str | None
    document: dict[str, Any]

    @classmethod
    def of(cls, record: EvaluationRecord) -> "EvaluationView":
        """Shape a record."""
        return cls(
            id=record.id,
            learner=record.learner,
            organisation=record.organisation,
            qualification=record.qualification,
            version=record.version,
            evaluated=instant_text(record.evaluated),
            follows=record.follows,
            document=dict(record.document),
        )


class RerunRequest(Shape):
    """Ask the same of today's facts, by the newest rules in force or by those of the old answer."""

    same_version: bool = False


class DifferenceView(Shape):
    """What changed from one evaluation to another, as data and in sentences (`creditbank/evaluation-difference/v1`)."""

    evaluation: str
    compared_with: str
    document: dict[str, Any]


class RerunView(Shape):
    """The evaluation that answers now. `stored` is false where nothing had changed and no new one was written."""

    evaluation: EvaluationView
    difference: DifferenceView
    stored: bool


@router.post(
    "/evaluations",
    dependencies=[needs(Scope.EVALUATIONS_WRITE)],
    status_code=201,
    response_model=EvaluationView,
    responses=declared(*GUARDED, *READING, *ONCE, *WEIGHING),
)
def evaluate(wanted: EvaluationRequest, once: OnceDep, bank: BankDep, caller: RegistrarOrLearner) -> Response:
    """Weigh credits against the rules of a qualification, and keep the answer."""
    learner, organisation = parties(wanted, caller)
    conversions = decisions_in(ConversionPolicy, "conversions", wanted.conversions)
    recognitions = decisions_in(Recognition, "recognitions", wanted.recognitions)
    acceptances = decisions_in(Acceptance, "acceptances", wanted.acceptances)
    exceptions = decisions_in(RuleException, "exceptions", wanted.exceptions)

    def act(request: str) -> Answer:
        with hidden():
            if not caller.is_learner:
                bank.shares.require_consent(learner, organisation)
            record, _ = bank.evaluating.evaluate(
                learner=learner,
                qualification=wanted.qualification,
                version=wanted.version,
                organisation=organisation,
                conversions=conversions,
                recognitions=recognitions,
                acceptances=acceptances,
                exceptions=exceptions,
                catalogue=wanted.suggestions,
                credentials=wanted.credentials,
                register=wanted.accredited_by,
            )
        return Answer(EvaluationView.of(record), f"/v1/evaluations/{record.id}")

    return once.answer(act)


class EvaluationName(Shape):
    """An evaluation without its document."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluated: str
    follows: str | None
    evaluation: str


class EvaluationList(Shape):
    """Some evaluations, newest first; `next` continues, and is missing at the end."""

    items: list[EvaluationName]
    next: str | None


@router.get(
    "/evaluations",
    dependencies=[needs(Scope.EVALUATIONS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def evaluations(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> EvaluationList:
    """What the caller's organisation weighed, or what was weighed of the learner."""
    with bank.store.transaction() as tx:
        found = tx.list_evaluations(asked.page(), **owner_of(caller))
    part, following = asked.part(found, response)
    names = [
        EvaluationName(
            id=one.id,
            learner=one.learner,
            organisation=one.organisation,
            qualification=one.qualification,
            version=one.version,
            evaluated=instant_text(one.evaluated),
            follows=one.follows,
            evaluation=f"/v1/evaluations/{one.id}",
        )
        for one in part
    ]
    return EvaluationList(items=names, next=following)


@router.get(
    "/evaluations/{id}", dependencies=[needs(Scope.EVALUATIONS_READ)], responses=declared(*GUARDED, "no-such-resource")
)
def read(id: IdInPath, bank: BankDep, caller: AnyCaller) -> EvaluationView:
    """An evaluation, for the university that made it and the learner it is about."""
    return EvaluationView.of(evaluation_for(bank, id, caller))


@router.post(
    "/evaluations/{id}/reruns",
    dependencies=[needs(Scope.EVALUATIONS_WRITE)],
    status_code=201,
    response_model=RerunView,
    responses={
        200: {"model": RerunView, "description": "Nothing changed: the standing evaluation"},
        **declared(*GUARDED, *READING, *ONCE, *WEIGHING),
    },
)
def rerun(id: IdInPath, wanted: RerunRequest, once: OnceDep, bank: BankDep, caller: RegistrarOrLearner) -> Response:
    """Ask the same again of today's facts; what is found is a new evaluation that follows this one."""
    before = evaluation_for(bank, id, caller)

    def act(_: str) -> Answer:
        with hidden():
            if not caller.is_learner:
                bank.shares.require_consent(before.learner, caller.subject)
            found = bank.evaluating.rerun(before.id, same_version=wanted.same_version)
        view = RerunView(
            evaluation=EvaluationView.of(found.record),
            difference=_difference_view(before, found.record, found.difference),
            stored=found.stored,
        )
        return Answer(view, f"/v1/evaluations/{found.record.id}", 201 if found.stored else 200)

    return once.answer(act)


@router.get(
    "/evaluations/{id}/difference",
    dependencies=[needs(Scope.EVALUATIONS_READ)],
    responses=declared(*GUARDED, "no-such-resource", "follows-nothing", "not-comparable", "invalid-request"),
)
def difference(
    id: IdInPath,
    bank: BankDep,
    caller: AnyCaller,
    against: Annotated[
        Id | None, Query(description="The evaluation to compare with; else the one that this one follows")
    ] = None,
) -> DifferenceView:
    """What changed since the evaluation that this one follows, or since another one."""
    record = evaluation_for(bank, id, caller)
    before = None if against is None else evaluation_for(bank, against, caller)
    found = bank.evaluating.difference(record.id, against=None if before is None else before.id)
    return DifferenceView(
        evaluation=record.id,
        compared_with=str(record.follows) if before is None else before.id,
        document=dict(found.to_json()),
    )


@router.get(
    "/evaluations/{id}/refutation",
    dependencies=[needs(Scope.EVALUATIONS_READ)],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "The proof of the no (`creditbank/refutation/v1`)"},
        **declared(*GUARDED, "no-such-resource", "nothing-to-prove", "evaluation-changed", "evaluation-abandoned"),
    },
)
def refutation(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The proof that these units do not add up, which anybody can confirm from files; only a no has one."""
    record = evaluation_for(bank, id, caller)
    with hidden():
        content = bank.evaluating.proof_of_no(record.id)
    return Response(content, media_type="application/json")


def _difference_view(before: EvaluationRecord, after: EvaluationRecord, found: Difference) -> DifferenceView:
    return DifferenceView(evaluation=after.id, compared_with=before.id, document=dict(found.to_json()))


def parties(wanted: EvaluationRequest, caller: Caller) -> tuple[str, str]:
    """Learner and university: each caller speaks for itself and names only the other."""
    own, other = (wanted.learner, wanted.organisation) if caller.is_learner else (wanted.organisation, wanted.learner)
    if own not in (None, caller.subject):
        raise NotForThisRole("A token speaks for its own holder only.", next_step="Leave that field out.")
    if other is None:
        missing = "/organisation" if caller.is_learner else "/learner"
        raise InvalidRequest((FieldFault(missing, "This field is needed"),))
    return (caller.subject, other) if caller.is_learner else (other, caller.subject)


def decisions_in(kind: type[D], field: str, values: Documents) -> list[D]:
    found = []
    for index, value in enumerate(values):
        try:
            found.append(kind.model_validate(value))
        except ValidationError as error:
            raise _faults(error, f"/{field}/{index}") from None
    return found


def _faults(error: ValidationError, at: str) -> InvalidRequest:
    found: list[FieldFault] = []
    for one in error.errors():
        told = one.get("ctx", {}).get("error")
        faults = told.found if isinstance(told, Problems) else [((), str(one["msg"]))]
        for inside, sentence in faults:
            found.append(FieldFault(at + "".join(f"/{step}" for step in (*one["loc"], *inside)), sentence))
    return InvalidRequest(tuple(found))
