"""The part of the store's transaction that takes a person out."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class ErasureTables(Protocol):
    """What is deleted of a learner, in one unit of work."""

    def erased_at(self, learner: str) -> datetime | None:
        """When an account was erased; None for one that was not, or is not there."""
        ...

    def erase_learner(self, learner: str, *, kept: Collection[str], when: datetime) -> int:
        """Delete what is a learner's in every table but the credentials `kept`; how many credentials were deleted.

        It is written down that the account's keys are to be destroyed.
        """
        ...

    def doomed_keys(self) -> list[str]:
        """The erased accounts whose keys may still be there."""
        ...

    def keys_are_gone(self, learner: str) -> None:
        """Note that the keys of an erased account were destroyed."""
        ...
