"""Redemptions: credits counted towards an award that was made elsewhere, once."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field, Strict, model_validator

from creditbank.services.claim_ports import Alongside
from creditbank.services.ledger_records import Redemption
from creditbank.services.redeeming import MOST_USES, Spend
from creditbank.units import Credits
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Registrar, Scope, hidden, needs
from creditbank_api.v1.shapes import CreditsText, Line, LotId, Shape

router = APIRouter(tags=["redemptions"], route_class=JsonRoute)

IdInPath = Annotated[str, Path(max_length=200, pattern=r"^[\x21-\x7e]+$")]


class UseShape(Shape):
    """So much of one lot."""

    lot: LotId
    amount: CreditsText


class RedemptionRequest(Shape):
    """So much of a lot, or of several lots of one learner, for an award that the caller makes.

    Either `lot` and `amount` are given, or `uses`: all of them count, or none. `award` is the caller's own name for it.
    """

    award: Line
    lot: LotId | None = None
    amount: CreditsText | None = None
    uses: Annotated[tuple[UseShape, ...], Strict(False), Field(min_length=1, max_length=MOST_USES)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.lot is None) != (self.amount is None) or (self.lot is None) == (self.uses is None):
            raise ValueError("give either lot and amount, or uses")
        return self

    @property
    def spends(self) -> tuple[Spend, ...]:
        """What is wanted, in one form."""
        if self.uses is not None:
            return tuple(Spend(use.lot, Credits.parse(use.amount)) for use in self.uses)
        assert self.lot is not None
        assert self.amount is not None
        return (Spend(self.lot, Credits.parse(self.amount)),)


class RedeemedView(Shape):
    """So much of one lot, and the transaction that says so on the chain; none before there is one."""

    lot: str
    amount: str
    transaction: str | None


class RedemptionView(Shape):
    """A redemption and how far it has come, with the transactions that say so on the chain.

    `lot`, `amount` and `transaction` are those of its first use, in the order of lot ids; of most there is one.
    """

    id: str
    award: str
    state: str
    uses: list[RedeemedView]
    lot: str
    amount: str
    transaction: str
    chain: str
    test_chain: bool

    @classmethod
    def of(cls, redemption: Redemption, chain: str, test_chain: bool) -> "RedemptionView":
        """Shape a record."""
        return cls(
            id=redemption.request,
            award=redemption.award,
            state=str(redemption.state),
            uses=[
                RedeemedView(lot=use.lot, amount=str(use.amount), transaction=use.transaction)
                for use in redemption.uses
            ],
            lot=redemption.uses[0].lot,
            amount=str(redemption.uses[0].amount),
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
        "unusable-bundle",
        "award-name-taken",
        "redemption-reused",
        "credits-already-redeemed",
        "credit-suspended",
        "lot-revoked",
        "lot-expired",
        "empty-entry",
        "chain-unavailable",
    ),
)
def redeem(wanted: RedemptionRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Count credits towards an award, once: of several lots all or none.

    Who asks again is told the first answer, a no included. The no names the lot, how much of it is free, and the award
    that has the rest where it is the caller's own.
    """

    def act(request: str, along: Alongside[Redemption]) -> None:
        with hidden():
            bank.redeeming.redeem_together(
                request, uses=wanted.spends, award=wanted.award, by=caller.subject, along=along
            )

    def view(redemption: Redemption) -> Answer:
        shown = RedemptionView.of(redemption, bank.chain.name, bank.chain.test_chain)
        return Answer(shown, f"/v1/redemptions/{redemption.request}")

    return once.answer_along(act, view, lasting=True)


class RedemptionList(Shape):
    """Some redemptions, newest first; `next` continues, and is missing at the end."""

    items: list[RedemptionView]
    next: str | None = None


@router.get(
    "/redemptions",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def listed(
    bank: BankDep, caller: Registrar, response: Response, asked: Annotated[Window, Depends(window)]
) -> RedemptionList:
    """What the caller's university redeemed, or tried to, newest first."""
    with bank.store.transaction() as tx:
        found = tx.list_redemptions(asked.page(), caller.subject)
    part, following = asked.part(found, response)
    views = [RedemptionView.of(one, bank.chain.name, bank.chain.test_chain) for one in part]
    return RedemptionList(items=views, next=following)


@router.get(
    "/redemptions/{id}",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    responses=declared(*GUARDED, "no-such-resource"),
)
def read(id: IdInPath, bank: BankDep, caller: Registrar) -> RedemptionView:
    """A redemption of the caller's own, as it stands: reserved, posted, undoing, refused or reversed."""
    with hidden():
        found = bank.redeeming.get(id, by=caller.subject)
    return RedemptionView.of(found, bank.chain.name, bank.chain.test_chain)
