"""What strangers need: whether the server lives, and the documents that credentials point to."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from creditbank_api import reading
from creditbank_api.dependencies import BankDep
from creditbank_api.problem_docs import declared
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["public"])


class Health(Shape):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(Shape):
    """Whether each part the bank depends on answers. Without the chain, issuing and verifying still go on."""

    ready: bool
    database: bool
    chain: bool
    chain_name: str
    test_chain: bool


@router.get("/healthz")
def health() -> Health:
    """Say that the process lives."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "A part does not answer"}})
def readiness(bank: BankDep, response: Response) -> Readiness:
    """Say whether the database and the chain answer."""
    database, chain = bank.store.ready(), bank.chain.ready()
    response.status_code = 200 if database and chain else 503
    return Readiness(
        ready=database and chain,
        database=database,
        chain=chain,
        chain_name=bank.chain.name,
        test_chain=bank.chain.test_chain,
    )


@router.get("/documents", response_class=Response, responses=declared("no-such-resource", "invalid-request"))
def published(id: Annotated[str, Query(min_length=1, max_length=500)], bank: BankDep) -> Response:
    """A DID document or status list under its own id, byte for byte as published. Status lists are never stale."""
    found = reading.published(bank, id)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "public, max-age=60"})
