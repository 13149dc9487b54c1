"""Where batches and documents were anchored before, on chains that are no longer in use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.services.records import StoredReceipt


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """Where a batch stands on another chain."""

    batch: str
    chain_id: int
    transaction: str
    block_number: int
    block_hash: str
    block_time: datetime


class MovingTables(Protocol):
    """The part of a `Transaction` that remembers other chains."""

    def keep_receipt(self, credential: str, chain_id: int) -> None:
        """Keep the receipt that stands now as that of another chain, in the place of an older one of that chain."""
        ...

    def every_receipt(self, credential: str) -> list[StoredReceipt]:
        """Every receipt of a document: the one of the chain in use first, then those of former chains."""
        ...

    def former_receipts(self, credentials: Collection[str]) -> list[StoredReceipt]:
        """The receipts that these documents have of former chains."""
        ...

    def keep_place(self, place: FormerPlace) -> None:
        """Remember where a batch stands on another chain, in the place of where it stood there before."""
        ...

    def former_receipts_in(self, batch: str) -> list[StoredReceipt]:
        """A receipt of a batch from each chain on which it stood before; none where all of them were erased."""
        ...

    def sent_elsewhere(self, chain_id: int) -> bool:
        """Whether anything was ever signed for another chain than this."""
        ...

    def former_places(self, batch: str) -> list[FormerPlace]: ...
    def stands_elsewhere(self, issuer: str, chain_id: int) -> bool:
        """Whether a leaf of this issuer (its DID) is in no batch, or in one that is not final on this chain."""
        ...
