"""What an operator sees of the chain, of the account that sends, and of what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from creditbank.services.records import AttemptState, BatchRecord


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What a node says: who it is, what the account has, what a unit of gas costs (in wei).

    `needed` is the least that the next block takes, `most` the most that this bank pays: its cap, else what it would
    offer now. `contracts` says for each whether its code is that of this version. On a `free` chain gas costs nothing.
    """

    client: str
    balance: int
    nonce: int
    pending: int
    needed: int
    most: int
    cap: int | None
    contracts: Mapping[str, bool]
    free: bool = False

    @property
    def above_cap(self) -> bool:
        """Whether the next block asks more than may be paid."""
        return self.cap is not None and self.needed > self.cap


@dataclass(frozen=True, slots=True)
class Flight:
    """A transaction on its way, without its bytes."""

    hash: str
    purpose: str
    sender: str
    nonce: int
    state: AttemptState
    recorded: datetime
    chain_id: int | None


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs a hand: its name, and a sentence with the next step."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """The chain as the bank uses it, at one moment.

    `own_nonce` is the next nonce by the bank's own records. `anchors_left` is for how many anchors the balance lasts at
    the most that may be paid; None where gas costs nothing or the contract would take no anchor of this account.
    """

    at: datetime
    chain_id: int
    name: str
    test: bool
    node: NodeFacts
    head: tuple[int, str, datetime]
    final: int
    contracts: Mapping[str, str]
    account: str
    admitted: bool
    own_nonce: int
    gas: int | None
    leaves_waiting: int
    oldest_unanchored: datetime | None
    batches: tuple[BatchRecord, ...]
    flights: tuple[Flight, ...]
    fee_waits: int
    needs: tuple[Need, ...]

    @property
    def anchors_left(self) -> int | None:
        """For how many anchors the balance lasts."""
        return None if self.node.free or not self.gas else self.node.balance // (self.gas * max(self.node.most, 1))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one anchor would cost, in wei: now, and at worst under the cap. `batch` is None for leaves in none yet."""

    batch: str | None
    root: bytes | None
    leaves: int
    gas: int
    now: int
    worst: int
