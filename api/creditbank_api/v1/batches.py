"""Batches: what the bank anchored, and where each root stands on the chain. Public, and nothing personal in it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from creditbank.canonical import digest_text, parse_digest
from creditbank.services.records import BatchRecord
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import declared
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import IdInPath, Shape

router = APIRouter(tags=["transparency"])


class BatchView(Shape):
    """A batch: sealed, submitted, confirmed or final, on which chain."""

    id: str
    root: str
    size: int
    state: str
    sealed: str
    chain: str
    test_chain: bool
    transaction: str | None
    block: int | None
    block_hash: str | None
    block_time: str | None

    @classmethod
    def of(cls, batch: BatchRecord, chain: str, test_chain: bool) -> "BatchView":
        """Shape a record."""
        return cls(
            id=batch.id,
            root=digest_text(batch.root),
            size=batch.size,
            state=str(batch.state),
            sealed=instant_text(batch.sealed),
            chain=chain,
            test_chain=test_chain,
            transaction=batch.transaction,
            block=batch.block_number,
            block_hash=batch.block_hash,
            block_time=None if batch.block_time is None else instant_text(batch.block_time),
        )


class BatchList(Shape):
    """Some batches, newest first; `next` continues, and is missing at the end."""

    items: list[BatchView]
    next: str | None


@router.get("/batches", responses=declared("unreadable-cursor", "invalid-request"))
def batches(
    bank: BankDep,
    response: Response,
    asked: Annotated[Window, Depends(window)],
    root: Annotated[str | None, Query(pattern="^sha256:[0-9a-f]{64}$", description="Only those with this root")] = None,
    transaction: Annotated[
        str | None, Query(pattern="^0x[0-9a-f]{64}$", description="Only those that this transaction anchored")
    ] = None,
) -> BatchList:
    """The batches of this bank, newest first."""
    with bank.store.reading() as tx:
        if root is not None:
            named = tx.batches_with_root(parse_digest(root))
        elif transaction is not None:
            named = tx.batches_in(transaction)
        else:
            named = None
        found = tx.list_batches(asked.page()) if named is None else [(0, one) for one in named[: asked.limit]]
    part, following = asked.part(found, response)
    response.headers["Cache-Control"] = "public, max-age=10"
    chain = bank.chain
    return BatchList(items=[BatchView.of(batch, chain.name, chain.test_chain) for batch in part], next=following)


@router.get("/batches/{id}", responses=declared("no-such-resource", "invalid-request"))
def read(id: IdInPath, bank: BankDep) -> BatchView:
    """A batch: which root, and how far it is on its way to the chain."""
    with hidden(), bank.store.transaction() as tx:
        return BatchView.of(tx.get_batch(id), bank.chain.name, bank.chain.test_chain)
