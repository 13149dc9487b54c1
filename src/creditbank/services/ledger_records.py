"""Records beside the ledger: what awards hold of lots, and what was told to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import Digest, JsonObject
from creditbank.ledger import EntryKind, Lot
from creditbank.services.records import Organisation
from creditbank.units import Credits


@dataclass(frozen=True, slots=True)
class Hold:
    """What one award has of one lot: reserved for it, and counting for it."""

    lot: str
    award: str
    reserved: Credits
    redeemed: Credits


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened that its audience (`learner:<id>` or `organisation:<id>`) should know.

    `document` holds ids, kinds and amounts, never a name. `once`, where there is one, names the matter: an audience
    is told of it once, whoever tells it how often. `seen` is when somebody of the audience said that it was read.
    """

    id: str
    audience: str
    kind: str
    document: JsonObject
    at: datetime
    once: str | None = None
    seen: datetime | None = None


class RedemptionState(StrEnum):
    """The steps of a redemption, each a transaction of its own."""

    RESERVED = "reserved"
    POSTED = "posted"
    UNDOING = "undoing"
    REFUSED = "refused"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class BeforeRedeeming:
    """What a new redemption rests on: who asks, the lots, and whether somebody signs in to their account."""

    awarder: Organisation
    lots: Mapping[str, Lot]
    signs_in: bool


@dataclass(frozen=True, slots=True)
class RedeemedUse:
    """So much of one lot, and the transaction that says so on the chain, once there is one."""

    lot: str
    amount: Credits
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """Credits that count towards an award made elsewhere, all of them or none.

    `request` is the id that the caller brought, `asked` the digest of what it stands for. A redemption that was refused
    keeps its `refusal` for ever, so that whoever asks again is told the same.
    """

    request: str
    organisation: str
    award: str
    asked: Digest
    state: RedemptionState
    uses: tuple[RedeemedUse, ...]
    refusal: JsonObject | None
    created: datetime

    @property
    def counts(self) -> bool:
        """Whether its award uses its lots, for good or for now."""
        return self.state not in (RedemptionState.REFUSED, RedemptionState.REVERSED)

    @property
    def transaction(self) -> str:
        """The transaction of its first use; of most there is one."""
        return self.uses[0].transaction or ""


@dataclass(frozen=True, slots=True)
class UseOfLot:
    """What one redemption uses of one lot, and the step that it reached."""

    lot: str
    request: str
    award: str
    amount: Credits
    state: RedemptionState
    asked: Digest

    @property
    def entries(self) -> frozenset[EntryKind]:
        """Which entries of its own it has by then; one that was refused at once has none, whatever is said here."""
        reserved, posted, released = EntryKind.RESERVE, EntryKind.POST, EntryKind.RELEASE
        if self.state in (RedemptionState.POSTED, RedemptionState.REVERSED):
            return frozenset({reserved, posted})
        return frozenset({reserved, released} if self.state is RedemptionState.REFUSED else {reserved})


@dataclass(frozen=True, slots=True)
class HeadSet:
    """The heads of all accounts that had gone on since the set before, under one root that is anchored as one leaf.

    `number` counts from 1; `document` is the name of its leaf and of its receipt.
    """

    number: int
    document: str
    root: Digest
    size: int
    made: datetime


@dataclass(frozen=True, slots=True)
class SealedHead:
    """One account's head in a set: the hash of its entry number `sequence`, hidden by a salt of its own."""

    number: int
    index: int
    account: str
    sequence: int
    head: Digest
    salt: bytes


class ReservationState(StrEnum):
    """What became of a reservation: it is held until it lapses, is given back, or is taken by its redemption."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A university holds part of a lot for an award that it may make, and no longer than `until`."""

    request: str
    organisation: str
    award: str
    lot: str
    amount: Credits
    until: datetime
    state: ReservationState
    created: datetime
