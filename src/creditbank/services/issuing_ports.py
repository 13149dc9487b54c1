"""The part of the store's transaction that issuing rests on: what it looks up at once, and what it keeps at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from creditbank.ledger import Entry, Lot
from creditbank.services.records import (
    Accepts,
    IssuedCredential,
    IssueIntent,
    Leaf,
    Learner,
    Organisation,
    PublishedAchievement,
)


@dataclass(frozen=True, slots=True)
class BeforeIssuing:
    """What a request to issue rests on: provider, learner and unit, the label of the key that signs now.

    `last_place` is the highest place in the provider's status lists that was given away, 0 for none.
    """

    provider: Organisation
    learner: Learner
    offered: PublishedAchievement
    label: str
    last_place: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A credential that was signed for an intent (`request`), with the leaf that hides it in a batch."""

    request: str
    credential: IssuedCredential
    leaf: Leaf


class IssuingTables(Protocol):
    """Looks that answer in one statement what is asked of every credential, and sets that are written as one."""

    def before_issuing(
        self, request: str, *, organisation: str, learner: str, achievement: str, version: str
    ) -> BeforeIssuing | None:
        """What a new request rests on, where nothing about it needs a closer look; None where something does.

        None where the request was made before, where something named is unknown, and where a halt, a merger, a
        recovered DID or a missing key may forbid it. Nobody else gives a place of the provider's away before this
        transaction ends.
        """
        ...

    def before_storing(self, multikey: str, *, organisation: str, learner: str) -> Accepts | None:
        """How the learner takes credits in, where nothing needs a closer look; None where something does.

        None where the key may not sign any more, where a halt stands, and where the account was merged or erased.
        Nobody changes the state of the key before this transaction ends.
        """
        ...

    def learners_named(self, ids: Collection[str]) -> Mapping[str, Learner]:
        """The accounts of these ids that were not erased."""
        ...

    def doubtful_learners(self, ids: Collection[str]) -> frozenset[str]:
        """Which of these accounts were merged into another, or go by a DID that was recovered."""
        ...

    def add_intents(self, intents: Sequence[IssueIntent]) -> frozenset[str]:
        """Write intents down; the requests of those that had a free place."""
        ...

    def keep_issued(self, made: Sequence[Signed]) -> None:
        """Store signed bytes with their leaves, and mark their intents as issued: all of it, or nothing and raise.

        Raises `UnknownRecord` where an intent is missing, `AlreadyRecorded` where a credential stands already.
        """
        ...

    def open_lots(self, opened: Sequence[tuple[Lot, Entry]]) -> None:
        """Deposit several lots, each with its entry: all of them, or nothing and raise `LotAlreadyOpen`.

        The accounts are locked in the order of their ids, so that two who deposit never wait for each other.
        """
        ...
