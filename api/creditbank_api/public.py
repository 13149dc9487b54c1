"""What strangers need: whether the server lives, and the documents that credentials point to.

Every address under the base URL that a signed document names is answered here, at exactly that address. What stands
there is for everybody, so a verifier in a browser may read it from any origin: by GET, without cookies, and nothing
else of this server is opened by that.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Response

from creditbank.bootstrap import Bank
from creditbank.canonical import digest_text, load_object
from creditbank.credential import read_credential
from creditbank.errors import CreditBankError
from creditbank.services.dids import MEDIA_TYPE
from creditbank.services.records import PublicDocument
from creditbank.units import instant_text
from creditbank_api import reading
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.problem_docs import declared
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["public"])
named = APIRouter(tags=["public"])
"""Addresses under the base URL, whose path stands before theirs."""
MOST_SKEW: Final = timedelta(minutes=5)
KEPT_SECONDS: Final = 60
"""How long an answer may be kept: a revocation is seen by everybody within this time."""
OPEN_TO_ALL: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
NAMED_KINDS: Final = ("did", "status-list")
Body = Annotated[str, Path(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


Number = Annotated[int, Path(ge=2, le=999_999)]


class Health(Shape):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(Shape):
    """Whether each part the bank depends on answers. Without the chain, issuing and verifying still go on.

    `clocks` says that the clocks of this machine, the database and the chain are within five minutes. A halted bank is
    ready: it reads, verifies and exports.
    """

    ready: bool
    database: bool
    chain: bool
    clocks: bool
    halted: bool
    chain_name: str
    test_chain: bool


@router.get("/healthz")
def health() -> Health:
    """Say that the process lives."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "A part does not answer"}})
def readiness(bank: BankDep, response: Response) -> Readiness:
    """Say whether the database and the chain answer, with tables and clocks that can be worked with."""
    database, chain = bank.store.ready(), bank.chain.ready()
    clocks = _clocks_agree(bank, database=database, chain=chain)
    response.status_code = 200 if database and chain and clocks else 503
    return Readiness(
        ready=database and chain and clocks,
        database=database,
        chain=chain,
        clocks=clocks,
        halted=database and bool(bank.halting.standing()),
        chain_name=bank.chain.name,
        test_chain=bank.chain.test_chain,
    )


def _clocks_agree(bank: Bank, *, database: bool, chain: bool) -> bool:
    """Whether no clock that can be asked is more than five minutes from this machine's (threat 57).

    A block is younger than its chain's clock, so of a chain only a time ahead of ours tells anything.
    """
    now = bank.clock.now()
    try:
        if database and abs(bank.store.clock_skew(now)) > MOST_SKEW:
            return False
        return not chain or bank.chain.head()[2] - now <= MOST_SKEW
    except CreditBankError:
        return True  # whether it answers is said beside this


class Version(Shape):
    """A version that a DID document had or has; `digest` is registered on the chain."""

    digest: str
    archived: str


@router.get("/{path:path}/did.json", response_class=Response, responses=declared("no-such-resource", "invalid-request"))
def did_document(path: Annotated[str, Path(max_length=500)], bank: BankDep) -> Response:
    """The document of a did:web that names this bank's host, where did:web looks for it."""
    found = bank.dids.at_address(f"https://{urlsplit(bank.settings.base_url).hostname}/{path}/did.json")
    if found is None:
        raise NoSuchResource
    return answer_of(found, bank.clock.now())


@named.get("/status/{body}", response_class=Response, responses=declared("no-such-resource", "invalid-request"))
def revocations(body: Body, bank: BankDep) -> Response:
    """The list in which an issuer's revocations show, at the address that its credentials name."""
    return _list(bank, f"/status/{body}")


@named.get(
    "/status/{body}/suspended", response_class=Response, responses=declared("no-such-resource", "invalid-request")
)
def suspensions(body: Body, bank: BankDep) -> Response:
    """The list in which an issuer's suspensions show, at the address that its credentials name."""
    return _list(bank, f"/status/{body}/suspended")


@named.get(
    "/status/{body}/{number}", response_class=Response, responses=declared("no-such-resource", "invalid-request")
)
def later_revocations(body: Body, number: Number, bank: BankDep) -> Response:
    """The further lists of an issuer that has more credentials than one list has room for."""
    return _list(bank, f"/status/{body}/{number}")


@named.get(
    "/status/{body}/{number}/suspended",
    response_class=Response,
    responses=declared("no-such-resource", "invalid-request"),
)
def later_suspensions(body: Body, number: Number, bank: BankDep) -> Response:
    """The further lists in which an issuer's suspensions show."""
    return _list(bank, f"/status/{body}/{number}/suspended")


@router.get("/documents/versions", responses=declared("no-such-resource", "invalid-request"))
def versions(id: Annotated[str, Query(min_length=1, max_length=500)], bank: BankDep) -> list[Version]:
    """Every version of a DID document, oldest first."""
    found = bank.dids.versions(id)
    if not found:
        raise NoSuchResource
    return [Version(digest=digest_text(one.digest), archived=instant_text(one.archived)) for one in found]


@router.get("/documents", response_class=Response, responses=declared("no-such-resource", "invalid-request"))
def published(
    id: Annotated[str, Query(min_length=1, max_length=500)],
    bank: BankDep,
    digest: Annotated[str | None, Query(pattern="^sha256:[0-9a-f]{64}$")] = None,
) -> Response:
    """A DID document or status list under its own id, byte for byte as published. Status lists are never stale.

    With `digest`, the version of a DID document that has it; what was signed under an old version is verified with it.
    """
    if digest is not None:
        for version in bank.dids.versions(id):
            if digest_text(version.digest) == digest:
                return Response(version.content, media_type=MEDIA_TYPE, headers=OPEN_TO_ALL)
        raise NoSuchResource
    return answer_of(reading.published(bank, id), bank.clock.now())


def _list(bank: Bank, path: str) -> Response:
    return answer_of(reading.published(bank, bank.settings.base_url + path), bank.clock.now())


def answer_of(found: PublicDocument, now: datetime) -> Response:
    """A document byte for byte, to be kept no longer than it is good."""
    seconds = KEPT_SECONDS
    if found.kind == "status-list":
        until = read_credential(load_object(found.content)).valid_until
        seconds = seconds if until is None else max(0, min(seconds, int((until - now).total_seconds())))
    opened = OPEN_TO_ALL if found.kind in NAMED_KINDS else {}
    headers = {"Cache-Control": f"public, max-age={seconds}", **opened}
    return Response(found.content, media_type=found.media_type, headers=headers)
