"""What everybody may see: leaves of batches, where roots stand, the history of issuers, roots over status lists.

Nothing here needs a token and nothing names a person: an entry names an issuer and hides a document behind a salt.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import StreamingResponse

from creditbank.canonical import JsonObject, digest_text
from creditbank.merkle import leaf_hash
from creditbank.services.transparency import PublishedEvent
from creditbank_api.dependencies import BankDep
from creditbank_api.pagination import Window, unreadable, window
from creditbank_api.problem_docs import declared
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import IdInPath, Shape

router = APIRouter(tags=["transparency"])
FOR_EVER: Final = {"Cache-Control": "public, max-age=86400, immutable"}
"""For what never changes once it is there."""
FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60"}
BINARY: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The entries, one after the other, 64 bytes each",
    }
}
Index = Annotated[int, Path(ge=0, le=2**53, description="Which leaf, from 0")]


class LeafView(Shape):
    """One leaf of a batch. `entry` are 64 bytes: the issuer's id, and a salted commitment to a document; `leaf` is
    SHA-256 of a zero byte and the entry.
    """

    index: int
    entry: str
    leaf: str


class LeafList(Shape):
    """Some leaves of a batch in their order; `next` continues, and is missing at the end."""

    items: list[LeafView]
    next: str | None


class InclusionView(Shape):
    """A leaf and the hashes that lead from it to the root (RFC 9162), lowest first."""

    document: str
    batch: str
    root: str
    size: int
    index: int
    entry: str
    path: list[str]


class AnchoringList(Shape):
    """Where the root of a batch stands, one document (`creditbank/anchoring/v1`) for each; empty before it is final."""

    items: list[dict[str, Any]]


class Feed(Shape):
    """Some entries of an issuer's feed (`creditbank/feed-entry/v1`), each signed; `next` is missing at the end."""

    items: list[dict[str, Any]]
    next: str | None


class EventView(Shape):
    """An event of a contract in a final block: `said` are its fields."""

    contract: str
    event: str
    block: int
    block_hash: str
    place: int
    time: str
    transaction: str
    said: dict[str, Any]


class History(Shape):
    """All that was done to an issuer on the chain, oldest first: admission, keys, suspicion, successor, banks.

    `as_of` is the newest block that was looked at.
    """

    did: str
    issuer: str
    chain_id: int
    chain: str
    test_chain: bool
    as_of: int
    events: list[EventView]


class StatusRootView(Shape):
    """A root over the newest status lists; `lists` is the address of the leaves under it, where they were kept."""

    sequence: int
    root: str
    block: int
    block_hash: str
    time: str
    transaction: str
    lists: str | None


class StatusRootList(Shape):
    """Some roots over status lists, newest first; `next` continues, and is missing at the end."""

    items: list[StatusRootView]
    next: str | None


@router.get("/batches/{id}/leaves", responses=declared("no-such-resource", "unreadable-cursor", "invalid-request"))
def leaves(id: IdInPath, bank: BankDep, response: Response, asked: Annotated[Window, Depends(window)]) -> LeafList:
    """The leaves of a batch in their order: which issuer each names, and what hides the document."""
    after = asked.after
    if isinstance(after, str):
        raise unreadable()
    with hidden():
        found = bank.transparency.leaves(id, 0 if after is None else after + 1, asked.limit + 1)
    response.headers.update(FOR_EVER)
    part, following = asked.part([(index, (index, entry)) for index, entry in found], response)
    return LeafList(items=[_leaf(index, entry) for index, entry in part], next=following)


@router.get("/batches/{id}/leaves/{index}", responses=declared("no-such-resource", "no-such-leaf", "invalid-request"))
def inclusion(id: IdInPath, index: Index, bank: BankDep, response: Response) -> InclusionView:
    """The proof that a leaf stands in a batch: hash the entry, climb, and compare with the anchored root."""
    with hidden():
        proven = bank.proving.leaf(id, index)
    response.headers.update(FOR_EVER)
    return InclusionView.model_validate(proven.to_json())


@router.get(
    "/batches/{id}/entries",
    response_class=StreamingResponse,
    responses=BINARY | declared("no-such-resource", "invalid-request"),
)
def entries(id: IdInPath, bank: BankDep) -> StreamingResponse:
    """All entries of a batch as one file, 64 bytes each, to recompute its root."""
    with hidden(), bank.store.reading() as tx:
        size = tx.get_batch(id).size
    headers = {**FOR_EVER, "Content-Length": str(64 * size)}
    return StreamingResponse(bank.transparency.entries(id), media_type="application/octet-stream", headers=headers)


@router.get("/batches/{id}/anchorings", responses=declared("no-such-resource", "chain-unavailable", "invalid-request"))
def anchorings(id: IdInPath, bank: BankDep, response: Response) -> AnchoringList:
    """Where the root of a batch stands, with what proves it against a block hash."""
    with hidden():
        found = bank.transparency.anchorings(id)
    response.headers.update(FOR_A_MINUTE)
    return AnchoringList(items=[one.to_json() for one in found])


@router.get(
    "/organisations/{id}/history", responses=declared("no-such-resource", "chain-unavailable", "invalid-request")
)
def history(id: IdInPath, bank: BankDep, response: Response) -> History:
    """What the contracts were told about an issuer, block by block."""
    with hidden(), bank.store.reading() as tx:
        did = tx.get_organisation(id).did
    found = bank.transparency.history_document(did)
    response.headers.update(FOR_A_MINUTE)
    return History.model_validate(found)


@router.get("/organisations/{id}/feed", responses=declared("no-such-resource", "unreadable-cursor", "invalid-request"))
def feed(id: IdInPath, bank: BankDep, response: Response, asked: Annotated[Window, Depends(window)]) -> Feed:
    """Every batch in which something was anchored in the issuer's name, oldest first, chained and signed."""
    with hidden(), bank.store.reading() as tx:
        did = tx.get_organisation(id).did
    after = asked.after
    if isinstance(after, str):
        raise unreadable()
    found = bank.feeding.entries(did, after or 0, asked.limit + 1)
    response.headers.update(FOR_A_MINUTE)
    part, following = asked.part([((after or 0) + at, one) for at, one in enumerate(found, start=1)], response)
    return Feed(items=part, next=following)


@router.get("/status-roots", responses=declared("unreadable-cursor", "chain-unavailable", "invalid-request"))
def status_roots(bank: BankDep, response: Response, asked: Annotated[Window, Depends(window)]) -> StatusRootList:
    """The roots over status lists that this bank published on the chain."""
    found = bank.transparency.status_roots()
    numbered = list(zip(range(len(found), 0, -1), found, strict=True))  # what is final keeps its place
    after = asked.after
    left = [item for item in numbered if after is None or item[0] < int(after)]
    part, following = asked.part(left, response)
    kept = bank.transparency.kept_trees([one.event.octets("root") for one in part])
    response.headers.update(FOR_A_MINUTE)
    return StatusRootList(items=[_status_root(one, kept) for one in part], next=following)


def _leaf(index: int, entry: bytes) -> LeafView:
    return LeafView(index=index, entry=f"0x{entry.hex()}", leaf=digest_text(leaf_hash(entry)))


def _status_root(one: PublishedEvent, kept: frozenset[bytes]) -> StatusRootView:
    event, root = one.event, one.event.octets("root")
    told: JsonObject = one.to_json()
    return StatusRootView(
        sequence=event.whole("sequence"),
        root=f"sha256:{root.hex()}",
        block=event.block_number,
        block_hash=event.block_hash,
        time=str(told["time"]),
        transaction=event.transaction,
        lists=f"/documents?id=sha256:{root.hex()}" if root in kept else None,
    )
