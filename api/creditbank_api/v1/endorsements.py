"""Endorsements: a body speaks for another body, for what can be earned, or for what somebody earned."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, Field, StringConstraints

from creditbank.canonical import digest_text
from creditbank.services.records import EndorsementRecord
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import endorsement_for
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Institution, Organisation, Scope, hidden, needs
from creditbank_api.v1.credentials import CREDENTIAL_TYPE, StatusRequest, StatusView
from creditbank_api.v1.shapes import Line, Shape, urn

router = APIRouter(tags=["endorsements"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]


class EndorsementRequest(Shape):
    """What the caller speaks for, and what it says."""

    endorsed: Annotated[Line, Field(description="The DID of a body, or the id of an achievement or a credential")]
    comment: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class EndorsementView(Shape):
    """An endorsement: what it is called here, what it speaks for, and where its bytes are."""

    id: str
    endorsed: str
    comment: str
    digest: str
    endorsement: str

    @classmethod
    def of(cls, made: EndorsementRecord) -> "EndorsementView":
        """Shape a signed record."""
        assert made.digest is not None, "what is answered was signed"
        return cls(
            id=made.id,
            endorsed=made.endorsed,
            comment=made.comment,
            digest=digest_text(made.digest),
            endorsement=f"/v1/endorsements/{made.id}",
        )


@router.post(
    "/endorsements",
    dependencies=[needs(Scope.ENDORSEMENTS_WRITE)],
    status_code=201,
    response_model=EndorsementView,
    responses=declared(
        *GUARDED, *READING, *ONCE, "no-such-resource", "endorses-itself", "withdrawn-thing", "not-an-endorsement"
    ),
)
def issue(wanted: EndorsementRequest, once: OnceDep, bank: BankDep, caller: Institution) -> Response:
    """Endorse a body, an achievement or a credential, once."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.endorsing.issue(
                request, organisation=caller.subject, endorsed=wanted.endorsed, comment=wanted.comment
            )
        view = EndorsementView.of(made)
        return Answer(view, view.endorsement)

    return once.answer(act)


class EndorsementList(Shape):
    """Some endorsements, newest first; `next` continues, and is missing at the end."""

    items: list[EndorsementView]
    next: str | None


@router.get(
    "/endorsements",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def endorsements(
    bank: BankDep, caller: Organisation, response: Response, asked: Annotated[Window, Depends(window)]
) -> EndorsementList:
    """What the caller's organisation endorsed."""
    with bank.store.transaction() as tx:
        found = tx.list_endorsements(asked.page(), caller.subject)
    part, following = asked.part(found, response)
    return EndorsementList(items=[EndorsementView.of(one) for one in part], next=following)


@router.get(
    "/endorsements/{id}",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    response_class=Response,
    responses={
        200: {"content": {CREDENTIAL_TYPE: {}}, "description": "The signed bytes"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def signed_bytes(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The endorsement, byte for byte as signed; for who made it, and for whom it speaks."""
    signed = endorsement_for(bank, id, caller).signed
    if signed is None:
        raise NoSuchResource
    return Response(signed, media_type=CREDENTIAL_TYPE)


@router.post(
    "/endorsements/{id}/revocation",
    dependencies=[needs(Scope.ENDORSEMENTS_WRITE)],
    status_code=201,
    response_model=StatusView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "not-your-credential", "already-revoked"),
)
def revoke(id: IdInPath, wanted: StatusRequest, once: OnceDep, bank: BankDep, caller: Institution) -> Response:
    """Take an endorsement back: its issuer's status list says so at once."""
    made = endorsement_for(bank, id, caller)

    def act(_request: str) -> Answer:
        bank.endorsing.revoke(made.id, by=caller.subject, reason=wanted.reason)
        view = StatusView(credential=made.id, status="revoked", reason=wanted.reason)
        return Answer(view, f"/v1/endorsements/{made.id}")

    return once.answer(act)
