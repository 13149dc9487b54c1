"""Transcripts: issued by institutions, with what others issued only as the learner presents it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic import BeforeValidator, Field, StringConstraints

from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import owner_of, transcript_for
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Institution, Learner, Scope, hidden, needs
from creditbank_api.v1.credentials import CREDENTIAL_TYPE, CredentialList, CredentialView
from creditbank_api.v1.shapes import Id, Shape, urn

router = APIRouter(tags=["transcripts"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]


class ConsentRequest(Shape):
    """Which credentials the learner presents, to which institution, for which of its requests."""

    organisation: Id
    credentials: Annotated[list[Id], Field(min_length=1, max_length=256)]
    challenge: Annotated[
        str,
        StringConstraints(pattern=r"^[\x21-\x7e]{8,128}$"),
        Field(description="The Idempotency-Key with which the institution will ask for the transcript"),
    ]


class ConsentView(Shape):
    """The presentation as the learner's key signed it, character for character: hand it to the institution."""

    presentation: str


class TranscriptRequest(Shape):
    """A learner's transcript: of chosen credentials, else of all the caller's own that stand and all presented."""

    learner: Id
    credentials: list[Id] = Field(default_factory=list, max_length=256)
    consent: Annotated[
        str | None,
        StringConstraints(min_length=2, max_length=1_000_000),
        Field(description="What the learner presents for this Idempotency-Key, as it was signed"),
    ] = None


@router.post(
    "/transcripts/consents",
    dependencies=[needs(Scope.SHARES_WRITE)],
    status_code=201,
    response_model=ConsentView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def consent(wanted: ConsentRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Present credentials to an institution, for one transcript."""

    def act(_request: str) -> Answer:
        with hidden():
            signed = bank.transcripts.consent(
                wanted.challenge,
                organisation=wanted.organisation,
                learner=caller.subject,
                credentials=wanted.credentials,
            )
        return Answer(ConsentView(presentation=signed.decode()))

    return once.answer(act)


@router.post(
    "/transcripts",
    dependencies=[needs(Scope.TRANSCRIPTS_ISSUE)],
    status_code=201,
    response_model=CredentialView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "not-an-institution",
        "consent-missing",
        "consent-does-not-hold",
        "does-not-stand",
        "nothing-to-list",
        "not-for-a-transcript",
    ),
)
def issue(
    wanted: TranscriptRequest,
    once: OnceDep,
    bank: BankDep,
    caller: Institution,
    idempotency_key: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Issue a transcript, once. It is no credit; its receipt and kit are those of a credential."""

    def act(request: str) -> Answer:
        with hidden():
            issued = bank.transcripts.issue(
                request,
                organisation=caller.subject,
                learner=wanted.learner,
                credentials=wanted.credentials,
                consent=None if wanted.consent is None else wanted.consent.encode(),
                challenge=idempotency_key,
            )
        return Answer(CredentialView.of(issued), f"/v1/transcripts/{issued.id}")

    return once.answer(act)


@router.get(
    "/transcripts",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def transcripts(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> CredentialList:
    """The transcripts that the caller's organisation issued, or of the caller's own account."""
    part, following = asked.part(bank.transcripts.of(asked.page(), **owner_of(caller)), response)
    return CredentialList(items=[CredentialView.of(one) for one in part], next=following)


@router.get(
    "/transcripts/{id}",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    response_class=Response,
    responses={
        200: {"content": {CREDENTIAL_TYPE: {}}, "description": "The signed bytes"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def signed_bytes(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The transcript, byte for byte as signed; for its issuer and its learner."""
    return Response(transcript_for(bank, id, caller).signed, media_type=CREDENTIAL_TYPE)
