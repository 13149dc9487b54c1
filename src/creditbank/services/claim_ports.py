"""The part of the store's transaction that lets a request happen once, whichever process is asked."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from creditbank.services.claim_records import Claim

if TYPE_CHECKING:
    from creditbank.services.ports import Transaction

Made = TypeVar("Made", contravariant=True)


class Alongside(Protocol[Made]):
    """What a caller writes in the transactions of the work itself: all of it stands, or nothing does."""

    def begin(self, tx: "Transaction") -> None:
        """First of all, in the transaction that writes down what is about to happen; it may refuse by raising."""
        ...

    def begun(self) -> None:
        """What `begin` wrote stands."""
        ...

    def end(self, tx: "Transaction", made: Made) -> None:
        """Last of all, in the transaction in which the work is done, or is found done."""
        ...


class NothingAlongside:
    """For a caller who writes nothing of its own."""

    def begin(self, tx: "Transaction") -> None:
        """Write nothing."""

    def begun(self) -> None:
        """Nothing stands."""

    def end(self, tx: "Transaction", made: object) -> None:
        """Write nothing."""


class ClaimTransaction(Protocol):
    """Requests under their callers' keys."""

    def claim(self, claim: Claim) -> Claim:
        """Claim a request: the claim itself when it is this caller's now, else what stands there.

        What stands is another request under the same name, an answer, also one that a version before kept elsewhere,
        or a claim whose holder still lives.
        """
        ...

    def keep_claims(self, names: Collection[str], *, holder: str, until: datetime) -> int:
        """Say that a process still answers these, where it has not lost them; how many that are."""
        ...

    def answer_claim(self, claim: Claim) -> Claim:
        """Write the first answer, or give the one that somebody else wrote meanwhile.

        Of a learner who was erased nothing is written, and what is given has no answer.
        """
        ...

    def release_claim(self, claim: Claim, *, now: datetime) -> None:
        """Let the next who asks answer: nothing was done under this claim."""
        ...

    def prune_claims(self, *, before: datetime) -> int:
        """Forget requests that were begun before a moment, but no lasting answer; how many."""
        ...
