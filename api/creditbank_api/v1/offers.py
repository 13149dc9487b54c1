"""Offers: what was issued to a learner who wants to be asked, and what they said."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, StringConstraints

from creditbank.credential import UnitFacts
from creditbank.services.holder_records import Offer
from creditbank.services.records import Accepts
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import held_credential
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Learner, Provider, Scope, hidden, needs
from creditbank_api.v1.shapes import Shape, urn

router = APIRouter(tags=["offers"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
OWN_OFFER = (*GUARDED, *ONCE, "no-such-resource", "offer-lapsed")


class OfferView(Shape):
    """An offer: the credential, its unit, and what the learner said to it."""

    id: str
    credential: str
    title: str
    credits: str
    credit_system: str
    earned: str
    state: str
    at: str
    decided: str | None
    why: str

    @classmethod
    def of(cls, offer: Offer, facts: UnitFacts) -> "OfferView":
        """Shape a record."""
        return cls(
            id=offer.id,
            credential=offer.credential,
            title=facts.title,
            credits=str(facts.credits.credits),
            credit_system=facts.credits.system,
            earned=facts.earned.isoformat(),
            state=str(offer.state),
            at=instant_text(offer.at),
            decided=None if offer.decided is None else instant_text(offer.decided),
            why=offer.why,
        )


class OfferList(Shape):
    """Some offers, newest first; `next` continues, and is missing at the end."""

    items: list[OfferView]
    next: str | None


class Refusal(Shape):
    """Why a learner says no; the provider is told."""

    why: Annotated[str, StringConstraints(max_length=400)] = ""


class Preference(Shape):
    """How an account takes credentials: `automatic`, or `ask` for offers."""

    accepts: Annotated[str, StringConstraints(pattern="^(automatic|ask)$")]


@router.get(
    "/offers",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def offers(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> OfferList:
    """The offers made to the learner who asks, or by the provider that asks, newest first."""
    found = bank.accepting.offers(caller.subject)
    part, following = asked.cut(found, lambda pair: pair[0].id)
    if following is not None:
        response.headers["Link"] = f'</v1/offers?limit={asked.limit}&cursor={following}>; rel="next"'
    return OfferList(items=[OfferView.of(*pair) for pair in part], next=following)


@router.get(
    "/offers/{id}", dependencies=[needs(Scope.CREDENTIALS_READ)], responses=declared(*GUARDED, "no-such-resource")
)
def offer(id: IdInPath, bank: BankDep, caller: AnyCaller) -> OfferView:
    """One offer, for its learner and its provider."""
    with hidden():
        return OfferView.of(*bank.accepting.get(id, subject=caller.subject))


@router.post(
    "/offers/{id}/acceptance",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=OfferView,
    responses=declared(*OWN_OFFER, "offer-declined", "already-revoked", "credit-suspended", "lot-already-open"),
)
def accept(id: IdInPath, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Accept an offer: its credit is in the account from now on."""

    def act(_request: str) -> Answer:
        with hidden():
            bank.accepting.accept(id, by=caller.subject)
            return Answer(OfferView.of(*bank.accepting.get(id, subject=caller.subject)), f"/v1/offers/{id}")

    return once.answer(act)


@router.post(
    "/offers/{id}/refusal",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    status_code=201,
    response_model=OfferView,
    responses=declared(*OWN_OFFER, *READING, "offer-accepted"),
)
def decline(id: IdInPath, wanted: Refusal, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Decline an offer, for good unless the provider offers it anew."""

    def act(_request: str) -> Answer:
        with hidden():
            bank.accepting.decline(id, by=caller.subject, why=wanted.why)
            return Answer(OfferView.of(*bank.accepting.get(id, subject=caller.subject)), f"/v1/offers/{id}")

    return once.answer(act)


@router.post(
    "/credentials/{id}/offer",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    status_code=201,
    response_model=OfferView,
    responses=declared(*GUARDED, *ONCE, "no-such-resource", "offer-accepted", "already-revoked"),
)
def offer_anew(id: IdInPath, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Offer a credential again that its learner declined."""
    issued = held_credential(bank, id, caller)

    def act(_request: str) -> Answer:
        made = bank.accepting.offer_anew(issued.id, by=caller.subject)
        with hidden():
            view = OfferView.of(*bank.accepting.get(made.id, subject=caller.subject))
        return Answer(view, f"/v1/offers/{made.id}")

    return once.answer(act)


@router.put(
    "/account/preference",
    dependencies=[needs(Scope.ACCOUNT_WRITE)],
    responses=declared(*GUARDED, *READING),
)
def prefer(wanted: Preference, bank: BankDep, caller: Learner) -> Preference:
    """Say whether credentials enter the account at once, or are offered first."""
    return Preference(accepts=str(bank.accepting.prefer(caller.subject, Accepts(wanted.accepts)).accepts))
