"""Redemptions: credits counted towards an award that was made elsewhere, once."""

from fastapi import APIRouter, Response

from creditbank.services.redeeming import Redemption
from creditbank.units import Credits
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Registrar, Scope, hidden, needs
from creditbank_api.v1.shapes import CreditsText, Line, LotId, Shape

router = APIRouter(tags=["redemptions"], route_class=JsonRoute)


class RedemptionRequest(Shape):
    """So much of a lot, for an award that the caller makes. `award` is the caller's own name for it."""

    lot: LotId
    amount: CreditsText
    award: Line


class RedemptionView(Shape):
    """A redemption, and the transaction that says so on the chain."""

    id: str
    lot: str
    amount: str
    award: str
    transaction: str
    chain: str
    test_chain: bool

    @classmethod
    def of(cls, redemption: Redemption, chain: str, test_chain: bool) -> "RedemptionView":
        """Shape a record."""
        return cls(
            id=redemption.request,
            lot=redemption.lot,
            amount=str(redemption.amount),
            award=redemption.award,
            transaction=redemption.transaction,
            chain=chain,
            test_chain=test_chain,
        )


@router.post(
    "/redemptions",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    status_code=201,
    response_model=RedemptionView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "not-an-awarder",
        "credits-already-redeemed",
        "lot-revoked",
        "empty-entry",
        "chain-unavailable",
    ),
)
def redeem(wanted: RedemptionRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Count credits towards an award, once."""

    def act(request: str) -> Answer:
        with hidden():
            redemption = bank.redeeming.redeem(
                request, lot=wanted.lot, amount=Credits.parse(wanted.amount), award=wanted.award, by=caller.subject
            )
        view = RedemptionView.of(redemption, bank.chain.name, bank.chain.test_chain)
        return Answer(view)

    return once.answer(act, sender=caller.subject, lasting=True)
