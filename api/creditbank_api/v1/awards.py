"""Awards: an evaluation that adds up becomes a signed award with its stacking proof, once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator

from creditbank.canonical import pretty_json
from creditbank.services.records import AwardRecord
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource, ReceiptNotReady
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import award_for, evaluation_for, owner_of, receipt_of, zipped
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Registrar, Scope, hidden, needs
from creditbank_api.v1.credentials import CREDENTIAL_TYPE, KIT_TYPE
from creditbank_api.v1.shapes import Id, Shape, urn

router = APIRouter(tags=["awards"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]


class AwardRequest(Shape):
    """The evaluation that the award rests on; it must add up, and be the caller's own."""

    evaluation: Id


class SpendView(Shape):
    """So much of one lot, in the lot's own credit system."""

    lot: str
    amount: str


class AwardView(Shape):
    """An award and how far it has come: intended, reserved, spent, signed, posted, or refused."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluation: str
    state: str
    spends: list[SpendView]
    created: str
    credential: str
    proof: str

    @classmethod
    def of(cls, award: AwardRecord) -> "AwardView":
        """Shape a record."""
        at = f"/v1/awards/{award.id}"
        return cls(
            id=award.id,
            learner=award.learner,
            organisation=award.organisation,
            qualification=award.qualification,
            version=award.version,
            evaluation=award.evaluation,
            state=str(award.state),
            spends=[SpendView(lot=lot, amount=str(amount)) for lot, amount in award.uses],
            created=instant_text(award.created),
            credential=f"{at}/credential",
            proof=f"{at}/proof",
        )


@router.post(
    "/awards",
    dependencies=[needs(Scope.AWARDS_WRITE)],
    status_code=201,
    response_model=AwardView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "not-an-awarder",
        "does-not-add-up",
        "not-adopted",
        "evaluation-changed",
        "credits-already-redeemed",
        "chain-unavailable",
        "not-mined-yet",
    ),
)
def award(wanted: AwardRequest, once: OnceDep, bank: BankDep, caller: Registrar) -> Response:
    """Redeem the credits, sign the award and its proof; a second attempt returns the first answer."""

    evaluation = evaluation_for(bank, wanted.evaluation, caller).id

    def act(request: str) -> Answer:
        with hidden():
            made = bank.awarding.award(request, evaluation=evaluation, by=caller.subject)
        return Answer(AwardView.of(made), f"/v1/awards/{made.id}")

    return once.answer(act, sender=caller.subject, lasting=True)


class AwardList(Shape):
    """Some awards, newest first; `next` continues, and is missing at the end."""

    items: list[AwardView]
    next: str | None


@router.get(
    "/awards",
    dependencies=[needs(Scope.AWARDS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def awards(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> AwardList:
    """What the caller's organisation awarded, or the learner has."""
    with bank.store.transaction() as tx:
        found = tx.list_awards(asked.page(), **owner_of(caller))
    part, following = asked.part(found, response)
    return AwardList(items=[AwardView.of(one) for one in part], next=following)


@router.get("/awards/{id}", dependencies=[needs(Scope.AWARDS_READ)], responses=declared(*GUARDED, "no-such-resource"))
def read(id: IdInPath, bank: BankDep, caller: AnyCaller) -> AwardView:
    """An award, for the university that made it and the learner who has it."""
    return AwardView.of(award_for(bank, id, caller))


@router.get(
    "/awards/{id}/credential",
    dependencies=[needs(Scope.AWARDS_READ)],
    response_class=Response,
    responses={
        200: {"content": {CREDENTIAL_TYPE: {}}, "description": "The signed bytes"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def signed_bytes(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The award's credential, byte for byte as signed."""
    return _bytes(award_for(bank, id, caller).signed, CREDENTIAL_TYPE)


@router.get(
    "/awards/{id}/proof",
    dependencies=[needs(Scope.AWARDS_READ)],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "The stacking proof's bytes, bound by the award"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def proof_bytes(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The stacking proof, byte for byte as the award binds it by digest; nothing before the award is signed."""
    award = award_for(bank, id, caller)
    return _bytes(award.proof if award.signed is not None else None, "application/json")


@router.get(
    "/awards/{id}/receipt",
    dependencies=[needs(Scope.AWARDS_READ)],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "The receipt"},
        **declared(*GUARDED, "no-such-resource", "receipt-not-ready"),
    },
)
def receipt(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The receipt of the award's anchor, once it is final. A test chain is named as one inside."""
    found = receipt_of(bank, award_for(bank, id, caller).id)
    if found is None:
        raise ReceiptNotReady("The award is not anchored for good yet.", next_step="Ask again after the next batch.")
    return Response(pretty_json(found.document), media_type="application/json")


@router.get(
    "/awards/{id}/kit",
    dependencies=[needs(Scope.AWARDS_READ)],
    response_class=Response,
    responses={200: {"content": {KIT_TYPE: {}}, "description": "A zip"}, **declared(*GUARDED, "no-such-resource")},
)
def kit(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The verification kit of a signed award: all that checks it and its sum offline."""
    award = award_for(bank, id, caller)
    return _bytes(zipped(bank.kits.of_award(award)) if award.signed is not None else None, KIT_TYPE)


def _bytes(content: bytes | None, media_type: str) -> Response:
    if content is None:
        raise NoSuchResource
    return Response(content, media_type=media_type)
