"""What is kept about batches and signed transactions on their way to the chain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.services.records import Attempt, AttemptState, BatchRecord, Leaf
from creditbank.services.surveying_records import Flight

BlockName = tuple[int, str]
"""The number and the hash of a block."""


@dataclass(frozen=True, slots=True)
class FeeWait:
    """What is not sent, or not made dearer, because a unit of gas costs more (`asked`) than may be paid.

    `seen` is when it was last tried; what nobody tries any more waits no longer.
    """

    purpose: str
    sender: str
    since: datetime
    seen: datetime
    asked: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The leaves that are in no batch yet: how many, and since when the oldest waits."""

    count: int
    since: datetime | None


class SendingTables(Protocol):
    """The part of a `Transaction` that anchors and sends."""

    def add_leaf(self, leaf: Leaf) -> None: ...
    def waiting_leaves(self) -> Waiting: ...
    def unbatched_leaves(self, limit: int) -> list[Leaf]: ...
    def stored_texts(self, names: Collection[str]) -> Mapping[str, bytes]:
        """What was signed under these names, of credentials that were not erased and of the forms of credentials."""
        ...

    def leaf_of(self, credential: str) -> Leaf | None: ...
    def open_leaves(self, issuer: str) -> list[Leaf]:
        """The leaves of an issuer (its DID) that are in no batch, or in one that is not final."""
        ...

    def seal(self, batch: BatchRecord, members: Sequence[str]) -> None:
        """Write the batch and give its leaves their indices in the order of `members` (credential ids)."""
        ...

    def get_batch(self, id: str) -> BatchRecord: ...
    def update_batch(self, batch: BatchRecord) -> None: ...
    def batches(self) -> list[BatchRecord]: ...
    def open_batches(self) -> list[BatchRecord]:
        """Those that are not final, in the order of sealing."""
        ...

    def batches_of_no_chain(self, limit: int) -> list[BatchRecord]:
        """Final batches of which it was not recorded on which chain they are."""
        ...

    def final_batches(self, chain_id: int, limit: int, *, below: int | None = None) -> list[BatchRecord]:
        """Those that became final on this chain (in a block below this number), the newest block first."""
        ...

    def leaves_of(self, batch: str) -> list[Leaf]: ...
    def drop_receipts(self, batch: str) -> None:
        """Take back the receipts of a batch whose block is no longer part of the chain."""
        ...

    def add_attempt(self, attempt: Attempt) -> None:
        """Record signed bytes; `AlreadyRecorded` when the account has another transaction in flight."""
        ...

    def attempts(self, purpose: str) -> list[Attempt]: ...
    def pending_attempts(self, sender: str) -> list[Attempt]: ...
    def attempts_from(self, sender: str, nonce: int) -> list[Attempt]:
        """What this account ever signed for this nonce or a later one, in the order of nonces and of signing."""
        ...

    def has_sent(self, sender: str) -> bool:
        """Whether anything was ever signed by this account."""
        ...

    def placed_attempts(self, chain_id: int, limit: int, *, below: int | None = None) -> list[Attempt]:
        """What was seen in blocks of this chain (below this one), the newest block first."""
        ...

    def flights(self) -> list[Flight]:
        """Every transaction that is on its way, the oldest first."""
        ...

    def next_nonce(self, sender: str, chain_id: int) -> int:
        """The nonce after the highest one that this account ever signed for on this chain."""
        ...

    def senders_in_flight(self) -> list[str]: ...
    def mark_attempt(
        self,
        hash: str,
        state: AttemptState,
        *,
        since: Collection[AttemptState] | None = None,
        block: BlockName | None = None,
    ) -> bool:
        """Record what became of a transaction and where it stands; with `since` only while it is in one of these
        states. Whether it was.
        """
        ...

    def wait_for_fees(self, wait: FeeWait) -> None:
        """Remember since when something waits; what was asked last replaces what was asked before."""
        ...

    def end_fee_wait(self, purpose: str) -> None: ...
    def fee_waits(self) -> list[FeeWait]:
        """What waits, the longest first."""
        ...
