"""Halts: the operator stops issuing, awarding and redeeming, of one body or of all, and lets them go on."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from creditbank.services.halting_records import Halt
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Admin, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Line, Shape

router = APIRouter(tags=["halts"], route_class=JsonRoute)
Why = Annotated[Line, Field(description="Kept with the halt, for whoever asks later", examples=["A key was stolen"])]


class HaltRequest(Shape):
    """Whom to stop, and why. Without an organisation everybody is stopped."""

    organisation: Id | None = None
    why: Why


class LiftRequest(Shape):
    """Why things may go on."""

    why: Why


class HaltView(Shape):
    """A halt. While `lifted` is null, it stands."""

    id: str
    scope: str = Field(description="all, redemption (after a restore), or organisation:<id>")
    since: str
    by: str
    why: str
    lifted: str | None
    lifted_by: str
    lifted_why: str

    @classmethod
    def of(cls, halt: Halt) -> "HaltView":
        """Shape a record."""
        return cls(
            id=halt.id,
            scope=halt.scope,
            since=instant_text(halt.since),
            by=halt.by,
            why=halt.why,
            lifted=None if halt.lifted is None else instant_text(halt.lifted),
            lifted_by=halt.lifted_by,
            lifted_why=halt.lifted_why,
        )


class Halts(Shape):
    """Every halt there ever was, oldest first."""

    halts: list[HaltView]


@router.get("/halts", dependencies=[needs(Scope.BANK_MANAGE)], responses=declared(*GUARDED))
def list_halts(bank: BankDep, caller: Admin) -> Halts:
    """Every halt there ever was, oldest first."""
    return Halts(halts=[HaltView.of(halt) for halt in bank.halting.all()])


@router.post(
    "/halts",
    dependencies=[needs(Scope.BANK_MANAGE)],
    status_code=201,
    response_model=HaltView,
    responses=declared(*GUARDED, *READING, *ONCE, "reason-missing", "no-such-resource"),
)
def halt(wanted: HaltRequest, once: OnceDep, bank: BankDep, caller: Admin) -> Response:
    """Stop issuing, awarding and redeeming; a halt that stands already is the answer."""

    def act(request: str) -> Answer:
        with hidden():
            halted = bank.halting.halt(by=caller.actor, why=wanted.why, organisation=wanted.organisation)
        return Answer(HaltView.of(halted))

    return once.answer(act)


@router.post(
    "/halts/{id}/lift",
    dependencies=[needs(Scope.BANK_MANAGE)],
    response_model=HaltView,
    responses=declared(*GUARDED, *READING, *ONCE, "reason-missing", "fence-stands", "no-such-resource"),
)
def lift(id: Annotated[Id, Path()], wanted: LiftRequest, once: OnceDep, bank: BankDep, caller: Admin) -> Response:
    """Let things go on. What `redemption` halts is lifted by reconciling ledger and chain, and by nothing else."""

    def act(request: str) -> Answer:
        with hidden():
            lifted = bank.halting.lift(id, by=caller.actor, why=wanted.why)
        return Answer(HaltView.of(lifted), status=200)

    return once.answer(act)
