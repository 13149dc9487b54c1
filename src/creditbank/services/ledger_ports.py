"""What the store does beside the ledger's entries: its books are read, and people told. Part of `ports.Transaction`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from creditbank.ledger import AccountHead, Entry, Lot
from creditbank.services.ledger_records import (
    BeforeRedeeming,
    HeadSet,
    Hold,
    Notice,
    Redemption,
    RedemptionState,
    Reservation,
    ReservationState,
    SealedHead,
    UseOfLot,
)


class LedgerTransaction(Protocol):
    """The part of a unit of work that is the ledger's and not its entries."""

    def add_notice(self, notice: Notice) -> bool:
        """Append a notice; False when its audience was told of this matter (`once`) before."""
        ...

    def notices_of(
        self, audience: str, *, after: str | None = None, limit: int = 100, unseen: bool = False
    ) -> list[Notice]:
        """At most `limit` notices in the order of writing, those behind the one named `after`."""
        ...

    def latest_notices(self, audience: str, limit: int) -> list[Notice]:
        """The last notices of an audience, newest first."""
        ...

    def count_unseen(self, audience: str) -> int:
        """How many notices of an audience nobody has read."""
        ...

    def see_notices(self, audience: str, ids: Collection[str], when: datetime) -> int:
        """Note that these notices of the audience were read; how many were not before."""
        ...

    def get_lots(self, ids: Sequence[str]) -> dict[str, Lot]:
        """These lots, by id and in this order; raises `UnknownRecord` for the first there is not."""
        ...

    def post_all(self, wanted: Sequence[Entry]) -> None:
        """Append entries of one account in this order, all or none; each as `post` does."""
        ...

    def lock_account(self, account: str) -> None:
        """Let nobody else write entries of this account until the transaction ends."""
        ...

    # the ledger's books
    def entries_about(self, account: str) -> list[Entry]:
        """Every entry of the lots that the account has now, those included that were written in another account."""
        ...

    def lot_opened_by(self, credential: str) -> Lot | None:
        """The lot that this credential opened, whichever account has it now."""
        ...

    def holds_of(self, lot: str) -> list[Hold]:
        """What awards have of a lot, by award; nothing of those that gave it back."""
        ...

    def held_for(self, award: str) -> list[Hold]:
        """What an award has of which lots."""
        ...

    def expired_lots(self, now: datetime, limit: int) -> list[Lot]:
        """Lots past their shelf life of which something is still free, the longest past first."""
        ...

    def lots_to_warn(self, since: datetime, until: datetime, once: str, limit: int) -> list[Lot]:
        """Lots that expire after `since` and by `until`, whose learner was not told of the matter `once:<lot>`."""
        ...

    def account_heads(self) -> Iterator[AccountHead]:
        """The newest hash of every account, in the order of ids. Like all of these, one row at a time."""
        ...

    def entries_by_account(self) -> Iterator[Entry]: ...
    def entries_by_lot(self) -> Iterator[Entry]: ...
    def lots_by_id(self) -> Iterator[Lot]: ...
    def holds_by_lot(self) -> Iterator[Hold]: ...
    def taken_back_by_lot(self) -> Iterator[Hold]:
        """What redemptions and awards that were reversed had counted, in the order of lot ids."""
        ...

    def uses_by_lot(self) -> Iterator[UseOfLot]:
        """What every redemption uses of its lots, in the order of lot ids."""
        ...

    # redemptions for awards made elsewhere
    def before_redeeming(
        self, request: str, key: str, *, organisation: str, award: str, named: Collection[str]
    ) -> BeforeRedeeming | None:
        """What a new redemption of these lots rests on, where nothing needs a closer look; None where something does.

        None where the request was made before (`key` is its name in the answers of older code), where anything named is
        unknown, where a halt stands, where anybody's award of this name holds or uses anything, and where a credential
        was corrected or ever suspended.
        """
        ...

    def add_redemption(self, redemption: Redemption) -> None:
        """Keep a redemption; `AlreadyRecorded` for its id, or when the body's award uses one of its lots by another."""
        ...

    def update_redemption(self, redemption: Redemption, *, since: RedemptionState) -> bool:
        """Record the step it reached from `since`; False, and nothing written, when it stands elsewhere."""
        ...

    def end_redemption(self, request: str) -> None:
        """Note that a redemption was reversed; its award may use the same lots by a new one."""
        ...

    def find_redemption(self, request: str) -> Redemption | None: ...
    def open_redemptions(self) -> list[Redemption]: ...
    def redemptions_after(self, request: str | None, limit: int) -> list[Redemption]:
        """The next redemptions of everybody in the order of writing."""
        ...

    def redemptions_for(self, award: str) -> list[Redemption]:
        """Every redemption for an award of this name, oldest first."""
        ...

    # heads of accounts on their way to the chain
    def heads_that_went_on(self) -> list[AccountHead]:
        """The head of every account that has entries which no set of heads covers, in the order of ids."""
        ...

    def add_head_set(self, made: HeadSet, heads: Sequence[SealedHead]) -> None:
        """Keep a set; `AlreadyRecorded` when there is one of this number."""
        ...

    def last_head_set(self) -> HeadSet | None: ...
    def find_head_set(self, document: str) -> HeadSet | None: ...
    def head_sets(self) -> list[HeadSet]: ...
    def heads_in(self, number: int) -> list[SealedHead]:
        """The heads of a set in the order of its tree."""
        ...

    def sealed_heads(self) -> Iterator[AccountHead]:
        """Every head that stands in a set, in the order of accounts and sequences, one row at a time."""
        ...

    def newest_sealed_head(self, account: str) -> SealedHead | None: ...

    # reservations that end by themselves
    def add_reservation(self, reservation: Reservation) -> None: ...
    def find_reservation(self, request: str) -> Reservation | None: ...
    def held_reservations(
        self, award: str, lots: Collection[str], organisation: str | None = None
    ) -> list[Reservation]:
        """What is still held of these lots for an award of this name, by one body or by anybody."""
        ...

    def overdue_reservations(self, now: datetime, limit: int) -> list[Reservation]: ...
    def end_reservation(self, request: str, state: ReservationState) -> bool:
        """End a reservation that is held; False when it is not any more."""
        ...
