"""The part of the store's transaction that lists what there is, newest first, a page at a time.

A list is of whom it belongs to: what no filter names is not narrowed, and the caller names at least the owner.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar

from creditbank.ledger import Entry, Lot
from creditbank.services.job_records import JobRecord
from creditbank.services.ledger_records import Notice, Redemption, Reservation
from creditbank.services.records import (
    AwardRecord,
    BatchRecord,
    EndorsementRecord,
    EvaluationRecord,
    IssuedCredential,
    PublishedAchievement,
)
from creditbank.services.standing_records import Application, ApplicationState, AwardFlag
from creditbank.services.trail_records import TrailEntry

Item = TypeVar("Item")
Listed: TypeAlias = list[tuple[int, Item]]
"""Items, each with its place in the list."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` items whose places come before one, or the newest ones; or, the other way, the `limit` items that
    come next after one. Newest first in either case.
    """

    limit: int
    before: int | None = None
    after: int | None = None


class ListTransaction(Protocol):
    """Lists in one unit of work, newest first."""

    def list_batches(self, page: Page) -> Listed[BatchRecord]: ...
    def list_jobs(self, page: Page, owner: str, kinds: Collection[str] | None = None) -> Listed[JobRecord]:
        """The jobs of an owner, newest first; of these kinds, where any are named."""
        ...

    def list_achievements(self, page: Page, organisation: str | None = None) -> Listed[PublishedAchievement]: ...
    def list_credentials(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[IssuedCredential]: ...
    def badges_of(
        self, owner: Mapping[str, str], *, since: datetime | None, offset: int, limit: int
    ) -> tuple[int, list[IssuedCredential]]:
        """Everything that an organisation issued or a learner holds, oldest first: how much, and the part asked for."""
        ...

    def list_transcripts(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[IssuedCredential]:
        """Those that an organisation issued, or of a learner, newest first."""
        ...

    def list_endorsements(self, page: Page, organisation: str) -> Listed[EndorsementRecord]:
        """The endorsements that a body made and signed."""
        ...

    def list_evaluations(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[EvaluationRecord]: ...
    def list_awards(
        self, page: Page, *, organisation: str | None = None, learner: str | None = None
    ) -> Listed[AwardRecord]: ...
    def list_redemptions(self, page: Page, organisation: str) -> Listed[Redemption]:
        """The redemptions that a body asked for."""
        ...

    def list_applications(
        self, page: Page, subject: str, states: Collection[ApplicationState] | None = None
    ) -> Listed[Application]:
        """The applications of a learner, or to a body; in these states, where any are named."""
        ...

    def list_flags(self, page: Page, subject: str | None = None) -> Listed[AwardFlag]:
        """The flags on a learner's awards, or on those of a body; all there are, where nobody is named."""
        ...

    def newest_reservations(self, limit: int, organisation: str | None = None) -> list[Reservation]:
        """At most `limit` reservations, newest first: those that a body made, or anybody's."""
        ...

    def list_notices(self, page: Page, audience: str) -> Listed[Notice]: ...
    def list_lots(self, page: Page, account: str) -> Listed[Lot]: ...
    def list_entries(self, page: Page, account: str, lot: str | None = None) -> Listed[Entry]: ...
    def list_trail(self, page: Page, chain: str) -> Listed[TrailEntry]: ...
