"""Presentations: a learner shows chosen credentials to one reader, once, signed with the key that the bank keeps."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Shape

router = APIRouter(tags=["presentations"], route_class=JsonRoute)
VISIBLE = r"^[\x21-\x7e]{1,500}$"


class PresentationRequest(Shape):
    """Which credentials are shown, to whom (`domain`), and the text by which the reader knows this one occasion."""

    credentials: Annotated[list[Id], Field(min_length=1, max_length=256)]
    challenge: Annotated[str, StringConstraints(pattern=VISIBLE), Field(description="What the reader gave for this")]
    domain: Annotated[str, StringConstraints(pattern=VISIBLE), Field(description="Whom it is for, as they asked")]


class PresentationView(Shape):
    """The presentation as the learner's key signed it, character for character: hand it to the reader."""

    presentation: str


@router.post(
    "/presentations",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=PresentationView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "several-holders", "wallet-signs"),
)
def present(wanted: PresentationRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Sign a presentation of chosen credentials, for one reader and one occasion."""

    def act(_request: str) -> Answer:
        with hidden():
            signed = bank.sharing.present(
                caller.subject, wanted.credentials, challenge=wanted.challenge, domain=wanted.domain
            )
        return Answer(PresentationView(presentation=signed.decode()))

    return once.answer(act)
