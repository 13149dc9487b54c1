"""Credentials: issued by providers, handed out as the exact bytes that were signed."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BeforeValidator, Field, StringConstraints

from creditbank.adapters.documents import FileKind, open_one
from creditbank.canonical import digest_text, pretty_json
from creditbank.services.claim_ports import Alongside
from creditbank.services.records import IssuedCredential
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import ReceiptNotReady
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.reading import held_credential, owner_of, receipt_of, zipped
from creditbank_api.requests import JsonRoute
from creditbank_api.security import AnyCaller, Provider, Scope, hidden, needs
from creditbank_api.v1.shapes import Day, Id, Line, Shape, Version, urn

router = APIRouter(tags=["credentials"], route_class=JsonRoute)
CREDENTIAL_TYPE = "application/vc"
KIT_TYPE = "application/zip"
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]


OFFER = (
    "earned-in-future",
    "earned-when-not-offered",
    "unknown-scale",
    "unknown-grade",
    "achievement-withdrawn",
    "not-a-provider",
    "no-such-resource",
    "holder-unconfirmed",
    "account-merged",
)
"""What is refused of anything that is issued."""


class PrepareRequest(Shape):
    """A learner earned a version of one of the caller's achievements."""

    learner: Id
    achievement: Line
    version: Version
    earned: Day
    result: Annotated[str | None, Line] = None
    scale: Annotated[str | None, Line] = None


class KnownBy(Shape):
    """What the learner asked to be known by: a kind of Open Badges' list, and the value, which is only hashed."""

    kind: Line
    value: Line


class IssueRequest(PrepareRequest):
    """The same, with endorsements (their ids) that it shows, and by what the learner asked to be known."""

    endorsements: list[Id] = Field(default_factory=list, max_length=16)
    identities: list[KnownBy] = Field(default_factory=list, max_length=8)


class CredentialView(Shape):
    """An issued credential: what it is called here, and where its bytes are."""

    id: str
    digest: str
    issued: str
    credential: str
    receipt: str

    @classmethod
    def of(cls, issued: IssuedCredential) -> "CredentialView":
        """Shape a record."""
        at = f"/v1/credentials/{issued.id}"
        return cls(
            id=issued.id,
            digest=digest_text(issued.digest),
            issued=instant_text(issued.issued),
            credential=at,
            receipt=f"{at}/receipt",
        )


@router.post(
    "/credentials",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    status_code=201,
    response_model=CredentialView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        *OFFER,
        "endorsement-does-not-fit",
        "unusable-identity",
    ),
)
def issue(wanted: IssueRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Issue one credential, once."""

    def act(request: str, along: Alongside[IssuedCredential]) -> None:
        with hidden():
            bank.issuing.issue(
                request,
                organisation=caller.subject,
                learner=wanted.learner,
                achievement=wanted.achievement,
                version=wanted.version,
                earned=wanted.earned,
                result=wanted.result,
                scale=wanted.scale,
                endorsements=wanted.endorsements,
                identities=[(one.kind, one.value) for one in wanted.identities],
                along=along,
            )

    def view(issued: IssuedCredential) -> Answer:
        shown = CredentialView.of(issued)
        return Answer(shown, shown.credential)

    return once.answer_along(act, view)


class PreparedView(Shape):
    """A credential that waits for the provider's own signature; what is to be signed is `unsigned`, exactly."""

    id: str
    unsigned: dict[str, Any]


class Delivery(Shape):
    """A credential as the provider signed it: its text, character for character."""

    signed: Annotated[str, StringConstraints(min_length=2, max_length=1_000_000)]


@router.post(
    "/credentials/prepared",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    status_code=201,
    response_model=PreparedView,
    responses=declared(*GUARDED, *READING, *ONCE, *OFFER),
)
def prepare(wanted: PrepareRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Prepare a credential that the provider signs with its own key."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.delivering.prepare(
                request,
                organisation=caller.subject,
                learner=wanted.learner,
                achievement=wanted.achievement,
                version=wanted.version,
                earned=wanted.earned,
                result=wanted.result,
                scale=wanted.scale,
            )
        return Answer(PreparedView(id=made.credential, unsigned=made.unsigned), f"/v1/credentials/{made.credential}")

    return once.answer(act)


@router.post(
    "/credentials/delivered",
    dependencies=[needs(Scope.CREDENTIALS_ISSUE)],
    status_code=201,
    response_model=CredentialView,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        *OFFER,
        "not-a-unit",
        "unrecognised-file",
        "not-one-credential",
        "token-not-taken",
        "unusable-credential-id",
        "credential-id-taken",
        "not-theirs-to-deliver",
        "not-as-published",
        "status-not-kept",
        "delivery-refused",
        "key-no-longer-signs",
        "lot-already-open",
    ),
)
def deliver(wanted: Delivery, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Take in a credential that the provider signed with its own key, once."""

    def act(request: str) -> Answer:
        with hidden():
            given = open_one(wanted.signed.encode(), "/signed", FileKind.CREDENTIAL)
            issued = bank.delivering.deliver(given.data, organisation=caller.subject)
        view = CredentialView.of(issued)
        return Answer(view, view.credential)

    return once.answer(act)


class CredentialList(Shape):
    """Some credentials, newest first; `next` continues, and is missing at the end."""

    items: list[CredentialView]
    next: str | None


@router.get(
    "/credentials",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def credentials(
    bank: BankDep, caller: AnyCaller, response: Response, asked: Annotated[Window, Depends(window)]
) -> CredentialList:
    """What the caller's organisation issued, or the learner holds."""
    with bank.store.transaction() as tx:
        found = tx.list_credentials(asked.page(), **owner_of(caller))
    part, following = asked.part(found, response)
    return CredentialList(items=[CredentialView.of(one) for one in part], next=following)


@router.get(
    "/credentials/{id}",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    response_class=Response,
    responses={
        200: {"content": {CREDENTIAL_TYPE: {}}, "description": "The signed bytes"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def signed_bytes(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The credential, byte for byte as signed; for its issuer and its learner."""
    return Response(held_credential(bank, id, caller).signed, media_type=CREDENTIAL_TYPE)


@router.get(
    "/credentials/{id}/receipt",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "The receipt"},
        **declared(*GUARDED, "no-such-resource", "receipt-not-ready"),
    },
)
def receipt(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The receipt of the credential's anchor, once it is final. A test chain is named as one inside."""
    found = receipt_of(bank, held_credential(bank, id, caller).id)
    if found is None:
        raise ReceiptNotReady(
            "The credential is not anchored for good yet.", next_step="Ask again after the next batch is final."
        )
    return Response(pretty_json(found.document), media_type="application/json")


@router.get(
    "/credentials/{id}/kit",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    response_class=Response,
    responses={200: {"content": {KIT_TYPE: {}}, "description": "A zip"}, **declared(*GUARDED, "no-such-resource")},
)
def kit(id: IdInPath, bank: BankDep, caller: AnyCaller) -> Response:
    """The verification kit: the credential with everything that it takes to check it offline."""
    return Response(zipped(bank.kits.of_credential(held_credential(bank, id, caller).id)), media_type=KIT_TYPE)


class StatusRequest(Shape):
    """Why the issuer changes the status of a credential."""

    reason: Line


class StatusView(Shape):
    """What the issuer said of a credential, and why."""

    credential: str
    status: str
    reason: str


STATUS_PROBLEMS = (*GUARDED, *READING, *ONCE, "no-such-resource", "already-revoked", "correction-under-way")


def _changed(
    issued: IssuedCredential, wanted: StatusRequest, once: OnceDep, status: str, change: Callable[..., object]
) -> Response:
    """Change the status of a credential once, and say what it is now."""

    def act(_request: str) -> Answer:
        change(issued.id, by=issued.organisation, reason=wanted.reason)
        view = StatusView(credential=issued.id, status=status, reason=wanted.reason)
        return Answer(view, f"/v1/credentials/{issued.id}")

    return once.answer(act)


@router.post(
    "/credentials/{id}/revocation",
    dependencies=[needs(Scope.CREDENTIALS_REVOKE)],
    status_code=201,
    response_model=StatusView,
    responses=declared(*STATUS_PROBLEMS),
)
def revoke(id: IdInPath, wanted: StatusRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Revoke a credential for good: its status list says so at once, and its credits can no longer be used."""
    return _changed(held_credential(bank, id, caller), wanted, once, "revoked", bank.issuing.revoke)


@router.post(
    "/credentials/{id}/suspension",
    dependencies=[needs(Scope.CREDENTIALS_REVOKE)],
    status_code=201,
    response_model=StatusView,
    responses=declared(*STATUS_PROBLEMS, "already-suspended", "not-suspendable"),
)
def suspend(id: IdInPath, wanted: StatusRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Suspend a credential: its issuer's list of suspensions says so, and its credits cannot be reserved."""
    return _changed(held_credential(bank, id, caller), wanted, once, "suspended", bank.suspending.suspend)


@router.post(
    "/credentials/{id}/reinstatement",
    dependencies=[needs(Scope.CREDENTIALS_REVOKE)],
    status_code=201,
    response_model=StatusView,
    responses=declared(*STATUS_PROBLEMS, "not-suspended"),
)
def reinstate(id: IdInPath, wanted: StatusRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """End a suspension: the credits can be used again."""
    return _changed(held_credential(bank, id, caller), wanted, once, "reinstated", bank.suspending.reinstate)
