"""Reservations: a university holds part of a lot for an award it may make, and no longer than it says."""

from fastapi import APIRouter, Response

from creditbank.services.ledger_records import Reservation
from creditbank.units import Credits, instant_text, parse_instant
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Registrar, Scope, hidden, needs
from creditbank_api.v1.redemptions import IdInPath
from creditbank_api.v1.shapes import CreditsText, Line, LotId, Shape

router = APIRouter(tags=["reservations"], route_class=JsonRoute)


class ReservationRequest(Shape):
    """So much of a lot, for which award of the caller's, and until when (a date and time with its zone)."""

    lot: LotId
    amount: CreditsText
    award: Line
    until: Line


class ReservationView(Shape):
    """A reservation: held, taken by its redemption, released, or lapsed."""

    id: str
    lot: str
    amount: str
    award: str
    until: str
    state: str

    @classmethod
    def of(cls, one: Reservation) -> "ReservationView":
        """Shape a record."""
        return cls(
            id=one.request,
            lot=one.lot,
            amount=str(one.amount),
            award=one.award,
            until=instant_text(one.until),
            state=str(one.state),
        )


@router.post(
    "/reservations",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    status_code=201,
    response_model=ReservationView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "not-an-awarder",
        "unusable-term",
        "award-name-taken",
        "unreadable-instant",
        "credits-already-redeemed",
        "credit-suspended",
        "lot-revoked",
        "lot-expired",
        "empty-entry",
        "chain-unavailable",
    ),
)
def reserve(wanted: ReservationRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Hold credits for a while. A redemption for the same award takes them; otherwise they come free by themselves."""

    def act(request: str) -> Answer:
        until = parse_instant(wanted.until)
        with hidden():
            made = bank.reserving.reserve(
                request,
                lot=wanted.lot,
                amount=Credits.parse(wanted.amount),
                award=wanted.award,
                until=until,
                by=caller.subject,
            )
        return Answer(ReservationView.of(made), f"/v1/reservations/{request}")

    return once.answer(act)


@router.get(
    "/reservations/{id}",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    responses=declared(*GUARDED, "no-such-resource"),
)
def read(id: IdInPath, bank: BankDep, caller: Registrar) -> ReservationView:
    """A reservation of the caller's own, as it stands."""
    with hidden():
        return ReservationView.of(bank.reserving.get(id, by=caller.subject))


@router.post(
    "/reservations/{id}/release",
    dependencies=[needs(Scope.REDEMPTIONS_WRITE)],
    status_code=201,
    response_model=ReservationView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "reservation-over"),
)
def release(id: IdInPath, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Give back what is held."""

    def act(_request: str) -> Answer:
        with hidden():
            found = bank.reserving.release(id, by=caller.subject)
        return Answer(ReservationView.of(found), f"/v1/reservations/{id}")

    return once.answer(act)
