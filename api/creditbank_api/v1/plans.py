"""Plans: what would be if more were earned, and the shortest way on. Nothing is kept, and no award can name it."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from creditbank.framework import Acceptance, ConversionPolicy, Recognition, RuleException
from creditbank.services.evaluating import Question
from creditbank.services.offering import Planned
from creditbank.stacking import Pace, Term
from creditbank.units import Credits
from creditbank_api.dependencies import BankDep
from creditbank_api.problem_docs import GUARDED, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import RegistrarOrLearner, Scope, hidden, needs
from creditbank_api.v1.evaluations import WEIGHING, EvaluationRequest, decisions_in, parties
from creditbank_api.v1.shapes import CreditsText, Day, Line, Shape

router = APIRouter(tags=["evaluations"], route_class=JsonRoute)


class PlannedUnit(Shape):
    """An achievement that is still to be earned, and the day on which it is expected; today where none is given."""

    achievement: Line
    expected: Day | None = None
    in_progress: bool = False


class TermShape(Shape):
    """A term by its days, with the name by which offers may call it."""

    first: Day
    last: Day
    name: Annotated[str, Field(max_length=60)] = ""


class PaceShape(Shape):
    """How fast the learner goes on: terms, or how many of the rules' own calendar, and the most that each holds."""

    terms: Annotated[tuple[TermShape, ...], Field(max_length=24, strict=False)] = ()
    count: Annotated[int, Field(ge=1, le=24)] | None = None
    credits_at_most: CreditsText | None = None
    units_at_most: Annotated[int, Field(ge=0, le=1_000)] | None = None

    def pace(self) -> Pace:
        """As the engine reads it; raises `ImpossiblePace`."""
        return Pace(
            tuple(Term(term.first, term.last, term.name) for term in self.terms),
            None if self.credits_at_most is None else Credits.parse(self.credits_at_most),
            self.units_at_most,
            self.count,
        )


class PlanRequest(EvaluationRequest):
    """An evaluation request, with what is planned and at which pace the learner goes on."""

    planned: Annotated[tuple[PlannedUnit, ...], Field(max_length=200, strict=False)] = ()
    pace: PaceShape | None = None
    alternatives: bool = True


class PlanView(Shape):
    """What came out: the evaluation's document, with `whatIf` where anything planned was counted."""

    learner: str
    organisation: str
    qualification: str
    date: date
    document: dict[str, Any]


@router.post(
    "/plans",
    dependencies=[needs(Scope.EVALUATIONS_WRITE)],
    responses=declared(*GUARDED, *READING, *WEIGHING, "impossible-pace"),
)
def plan(wanted: PlanRequest, bank: BankDep, caller: RegistrarOrLearner) -> PlanView:
    """Weigh what is planned as if it were earned, and find the way on. It changes nothing, so it needs no key."""
    learner, organisation = parties(wanted, caller)
    question = Question(
        learner,
        wanted.qualification,
        organisation,
        (
            *decisions_in(ConversionPolicy, "conversions", wanted.conversions),
            *decisions_in(Recognition, "recognitions", wanted.recognitions),
            *decisions_in(Acceptance, "acceptances", wanted.acceptances),
            *decisions_in(RuleException, "exceptions", wanted.exceptions),
        ),
        wanted.suggestions,
        wanted.credentials,
        wanted.accredited_by,
    )
    with hidden():
        if not caller.is_learner:
            bank.shares.require_consent(learner, organisation)
        found = bank.evaluating.plan(
            question,
            version=wanted.version,
            planned=[Planned(one.achievement, one.expected, one.in_progress) for one in wanted.planned],
            pace=None if wanted.pace is None else wanted.pace.pace(),
            alternatives=wanted.alternatives,
        )
    return PlanView(
        learner=learner,
        organisation=organisation,
        qualification=found.qualification.id,
        date=found.date,
        document=dict(found.to_json()),
    )
