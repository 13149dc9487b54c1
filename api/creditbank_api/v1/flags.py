"""Flags: an award counts a credential that was revoked; what the learner says, what the university decides."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, StringConstraints

from creditbank.services.standing_records import AwardFlag, FlagPolicy
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import NOTED, Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Registrar, RegistrarOrLearner, Scope, hidden, needs
from creditbank_api.v1.shapes import Shape, urn

router = APIRouter(tags=["flags"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class FlagView(Shape):
    """A flag on an award: which credential fell, under which policy, and what was said and decided."""

    id: str
    award: str
    organisation: str
    credential: str
    lot: str
    policy: str
    reason: str
    state: str
    at: str
    statement: str
    stated: str | None
    decision: str
    decided: str | None

    @classmethod
    def of(cls, flag: AwardFlag) -> "FlagView":
        """Shape a record."""
        return cls(
            id=flag.id,
            award=flag.award,
            organisation=flag.organisation,
            credential=flag.credential,
            lot=flag.lot,
            policy=str(flag.policy),
            reason=flag.reason,
            state=str(flag.state),
            at=instant_text(flag.at),
            statement=flag.statement,
            stated=None if flag.stated is None else instant_text(flag.stated),
            decision=flag.decision,
            decided=None if flag.decided is None else instant_text(flag.decided),
        )


class FlagList(Shape):
    """Some flags, newest first; `next` continues, and is missing at the end."""

    items: list[FlagView]
    next: str | None = None


class Statement(Shape):
    """What the learner says to it, once."""

    statement: Reason


class FlagDecision(Shape):
    """Whether the award is revoked or stands, with the reason."""

    revoke: bool
    reason: Reason


class PolicyShape(Shape):
    """What becomes of an award of this university when a credential it counts is revoked."""

    policy: Annotated[FlagPolicy, BeforeValidator(lambda value: FlagPolicy(value) if isinstance(value, str) else value)]


class ReversalRequest(Shape):
    """Why an award is taken back."""

    reason: Reason


class ReversalView(Shape):
    """An award that is no more."""

    award: str
    reason: str
    state: str
    at: str


@router.get(
    "/flags",
    dependencies=[needs(Scope.AWARDS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def listed(
    bank: BankDep, caller: RegistrarOrLearner, response: Response, asked: Annotated[Window, Depends(window)]
) -> FlagList:
    """The flags on the caller's awards, newest first."""
    with bank.store.transaction() as tx:
        found = tx.list_flags(asked.page(), caller.subject)
    part, following = asked.part(found, response)
    return FlagList(items=[FlagView.of(flag) for flag in part], next=following)


@router.get("/flags/{id}", dependencies=[needs(Scope.AWARDS_READ)], responses=declared(*GUARDED, "no-such-resource"))
def read(id: IdInPath, bank: BankDep, caller: RegistrarOrLearner) -> FlagView:
    """A flag, for the learner and the university of its award."""
    with hidden():
        return FlagView.of(bank.flagging.get(id, subject=caller.subject))


@router.post(
    "/flags/{id}/statement",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=FlagView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "stated-already", "flag-decided"),
)
def state(id: IdInPath, wanted: Statement, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """State one's case, before the university decides."""

    def act(_request: str) -> Answer:
        with hidden():
            flag = bank.flagging.state(id, by=caller.subject, statement=wanted.statement)
        return Answer(FlagView.of(flag), f"/v1/flags/{id}")

    return once.answer(act)


@router.post(
    "/flags/{id}/decision",
    dependencies=[needs(Scope.AWARDS_WRITE)],
    status_code=201,
    response_model=FlagView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "flag-decided",
        "policy-keeps-award",
        "learner-not-heard",
        "statement-needed",
        "award-given-up",
        "chain-unavailable",
        "not-mined-yet",
    ),
)
def decide(id: IdInPath, wanted: FlagDecision, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Let the award stand or revoke it, as the policy allows; what counted for a revoked one comes free."""

    def act(_request: str) -> Answer:
        with hidden():
            flag = bank.flagging.decide(id, by=caller.subject, revoke=wanted.revoke, reason=wanted.reason)
        return Answer(FlagView.of(flag), f"/v1/flags/{id}")

    return once.answer(act, sender=caller.subject)


@router.get("/award-policy", dependencies=[needs(Scope.AWARDS_READ)], responses=declared(*GUARDED))
def policy(bank: BankDep, caller: Registrar) -> PolicyShape:
    """The policy that the caller's university has stated; `review` where it has stated none."""
    return PolicyShape(policy=bank.flagging.policy(caller.subject))


@router.put("/award-policy", dependencies=[needs(Scope.AWARDS_WRITE), NOTED], responses=declared(*GUARDED, *READING))
def set_policy(wanted: PolicyShape, bank: BankDep, caller: Registrar) -> PolicyShape:
    """State a policy; it counts for what is flagged from now on."""
    return PolicyShape(policy=bank.flagging.set_policy(caller.subject, wanted.policy))


@router.post(
    "/awards/{id}/reversal",
    dependencies=[needs(Scope.AWARDS_WRITE)],
    status_code=201,
    response_model=ReversalView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "award-given-up",
        "reversal-reused",
        "chain-unavailable",
        "not-mined-yet",
    ),
)
def reverse(id: IdInPath, wanted: ReversalRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Take an award back: its credential is revoked, and all that counted for it comes free here and on the chain."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.flagging.reverse(request, award=id, by=caller.subject, reason=wanted.reason)
        view = ReversalView(award=made.award, reason=made.reason, state=str(made.state), at=instant_text(made.at))
        return Answer(view, f"/v1/awards/{id}")

    return once.answer(act, sender=caller.subject, lasting=True)
