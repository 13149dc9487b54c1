"""What a printed record of learning says; how it is printed is an adapter's business."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.credential import Learned
from creditbank.units import NONE, Credits


@dataclass(frozen=True, slots=True)
class Paper:
    """A record of learning on paper: whose, made when and by which bank, where it is checked, and what it lists.

    `beyond` counts what is not listed, because a paper has an end.
    """

    learner: str
    did: str
    bank: str
    link: str
    made: datetime
    learned: tuple[Learned, ...]
    beyond: int = 0

    @property
    def units(self) -> tuple[Learned, ...]:
        """The units, in the order of the account."""
        return tuple(one for one in self.learned if not one.award)

    @property
    def awards(self) -> tuple[Learned, ...]:
        """The awards of whole qualifications."""
        return tuple(one for one in self.learned if one.award)

    @property
    def totals(self) -> tuple[tuple[str, Credits], ...]:
        """The credits of the units that stand, by credit system; systems are never added together."""
        found: dict[str, Credits] = {}
        for one in self.units:
            if one.stands and one.credits is not None:
                found[one.credits.system] = found.get(one.credits.system, NONE) + one.credits.credits
        return tuple(sorted(found.items()))


MOST_PRINTED: Final = 500
PrintPaper = Callable[[Paper], bytes]
"""Prints a paper; the same paper gives the same bytes."""
