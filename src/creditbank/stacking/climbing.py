"""Looking at somebody who holds lower awards: how near the units are once what counts there is free.

An evaluation gives lower awards up where free credits do not do (`ladder`). A look gives up the same, so that what is
seen is what would be found.
"""

from collections.abc import Sequence
from typing import Final

from creditbank.framework.qualification import Qualification
from creditbank.stacking.evaluation import Verdict
from creditbank.stacking.ladder import MAX_LOWER, choose, freed, lower_awards
from creditbank.stacking.setting import Candidate, Setting
from creditbank.stacking.solver import Effort, TooComplex
from creditbank.stacking.sweeping import LOOK, Closeness, Look

_UNKNOWN: Final = Closeness(Verdict.TOO_COMPLEX, None, None, certain=False)


class Climbing:
    """Another look, at the units as they are once the lower awards are given up that the rules absorb and need.

    Where these units do not add up whatever is given up, they are looked at with all of it free.
    """

    def __init__(self, qualification: Qualification, setting: Setting, look: Look) -> None:
        self._qualification, self._setting, self._look = qualification, setting, look

    def look(self, candidates: Sequence[Candidate]) -> Closeness:
        """How near these units are. More than `MAX_LOWER` lower awards are too many to try, here as in `evaluate`."""
        free = self._free(candidates)
        return _UNKNOWN if free is None else self._look.look(free)

    def glance(self, candidates: Sequence[Candidate]) -> Closeness:
        """The verdict, and for a no a lower bound of what is missing."""
        free = self._free(candidates)
        return _UNKNOWN if free is None else self._look.glance(free)

    def _free(self, candidates: Sequence[Candidate]) -> Sequence[Candidate] | None:
        """The units with what comes free of them; None where that is too much to tell."""
        lower = lower_awards(self._qualification, candidates, self._setting)
        if not lower:
            return candidates
        if len(lower) > MAX_LOWER:
            return None
        try:
            chosen = choose(self._qualification, candidates, self._setting, lower, Effort(LOOK))
        except TooComplex:
            return None
        return freed(candidates, lower if chosen is None else chosen)


__all__ = ["Climbing"]
