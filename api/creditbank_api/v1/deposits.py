"""Deposits: a learner brings what was issued elsewhere, and shows that they hold it."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from creditbank.anchoring import Receipt
from creditbank.services.counted import read_said
from creditbank.services.depositing import Taken
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Scope, hidden, needs
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["deposits"], route_class=JsonRoute)


class ChallengeView(Shape):
    """What a presentation is signed for, once: put both into its proof, or into `nonce` and `aud` of a token."""

    challenge: str
    domain: str
    expires: str


class DepositRequest(Shape):
    """What is brought, character for character, and receipts of the credentials in it where they have any.

    A presentation is signed by the holder's key for a challenge of this bank. A credential by itself is taken where
    the bank keeps the key of its subject for the account. `account` is the account.json of another bank's archive: what
    awards have of a lot there is not free here.
    """

    signed: Annotated[str, StringConstraints(min_length=2, max_length=900_000)]
    receipts: list[dict[str, Any]] = Field(default_factory=list, max_length=64)
    account: dict[str, Any] | None = None


class HeldView(Shape):
    """So much of a lot is not free: for which award elsewhere, and how this bank knows."""

    amount: str
    award: str
    why: str


class TakenView(Shape):
    """What became of one unit that was brought: the lot of its credit, or the problem (its slug) and a sentence."""

    credential: str
    title: str
    lot: str | None
    problem: str | None
    detail: str | None
    held: list[HeldView]

    @classmethod
    def of(cls, one: Taken) -> "TakenView":
        """Shape an answer."""
        refusal = one.refusal
        return cls(
            credential=one.credential,
            title=one.title,
            lot=one.lot,
            problem=None if refusal is None else type(refusal).slug,
            detail=None if refusal is None else refusal.sentence,
            held=[HeldView(amount=str(part.amount), award=part.award, why=part.why) for part in one.held],
        )


class DepositView(Shape):
    """What was taken in, and what was not."""

    items: list[TakenView]


@router.post(
    "/deposits/challenges",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=ChallengeView,
    responses=declared(*GUARDED, *ONCE, "account-merged"),
)
def challenge(once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """A text that a presentation is signed for, good once and for a quarter of an hour."""

    def act(_request: str) -> Answer:
        made = bank.depositing.challenge(caller.subject)
        return Answer(
            ChallengeView(challenge=made.nonce, domain=bank.depositing.domain, expires=instant_text(made.expires))
        )

    return once.answer(act)


@router.post(
    "/deposits",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=DepositView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "unreadable-token",
        "not-a-unit",
        "holding-not-proven",
        "did-of-another",
        "account-merged",
        "deposit-refused",
        "status-not-kept",
        "lot-already-open",
        "offer-open",
        "offer-declined",
        "credential-id-taken",
        "unreadable-receipt",
        "unreadable-export",
    ),
)
def deposit(wanted: DepositRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Take the units of a presentation into the account, each once for ever; where none can be, say why."""
    receipts = [Receipt.parse(one) for one in wanted.receipts]
    said = None if wanted.account is None else read_said(wanted.account)

    def act(request: str) -> Answer:
        with hidden():
            taken = bank.depositing.deposit(
                request, learner=caller.subject, signed=wanted.signed.encode(), receipts=receipts, said=said
            )
        return Answer(DepositView(items=[TakenView.of(one) for one in taken]))

    return once.answer(act)
