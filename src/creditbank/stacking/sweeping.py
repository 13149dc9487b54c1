"""Many learners against many qualifications: who is there already, and who is how close.

Looking is not weighing: an answer here has no reasons and makes no award. It is what somebody looks at to know whose
evaluation is worth asking for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from creditbank.framework.qualification import Qualification, Requirement
from creditbank.stacking.allocation import possible, possible_by
from creditbank.stacking.evaluation import Verdict
from creditbank.stacking.front import Front
from creditbank.stacking.gap import closest
from creditbank.stacking.reading import Reading
from creditbank.stacking.setting import Candidate, Setting, require_applicable
from creditbank.stacking.solver import Effort, TooComplex
from creditbank.stacking.weighing import build
from creditbank.units import NONE, Credits

LOOK: Final = 2_000
"""How much counted work (see `solver.Effort`) each half of one look may do."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """How near some units are to a qualification: the least that is missing, in credits and in whole units.

    Both are None where no further units of any kind would do, or where nothing is known. `certain` tells that no limit
    was reached on the way; without `exact` they are a lower bound, and more may be missing.
    """

    verdict: Verdict
    credits: Credits | None
    units: int | None
    certain: bool
    exact: bool = True

    @property
    def adds_up(self) -> bool:
        """Whether nothing is missing."""
        return self.verdict is Verdict.ADDS_UP

    def within(self, most: Credits) -> bool:
        """Whether at most so many credits are missing, as far as is known. What needs whole units alone is near."""
        return self.credits is not None and self.credits <= most

    @property
    def order(self) -> tuple[int, int, int]:
        """Closest first: by credits, then by units, and what is not known last."""
        if self.credits is None or self.units is None:
            return (1, 0, 0)
        return (0, self.credits.thousandths, self.units)


class Look(Protocol):
    """One qualification in one setting, at which the units of one learner after the other are held."""

    def look(self, candidates: Sequence[Candidate]) -> Closeness:
        """How near these units are. Raises `TwoLearners`, never because of an instance."""
        ...

    def glance(self, candidates: Sequence[Candidate]) -> Closeness:
        """The verdict, and for a no a lower bound of what is missing: much sooner there. Raises `TwoLearners`."""
        ...


class Weighing:
    """Looks by the engine's own decision and gap, without order, conflict, path or tree.

    Making one raises what `evaluate` raises for rules that cannot be applied in the setting.
    """

    def __init__(self, qualification: Qualification, setting: Setting) -> None:
        require_applicable(qualification, setting)
        self._qualification, self._setting = qualification, setting
        self._reading = Reading(qualification, setting)

    def look(self, candidates: Sequence[Candidate]) -> Closeness:
        """How near these units are."""
        try:
            problem, _ = build(self._qualification, candidates, self._setting, reading=self._reading)
            if possible(problem, Effort(LOOK)):
                return _THERE
        except TooComplex:
            return _UNKNOWN
        try:
            near = closest(problem, Effort(LOOK), Effort(0)).answer
        except TooComplex:
            return Closeness(Verdict.FALLS_SHORT, None, None, certain=False)
        if near is None:
            return Closeness(Verdict.FALLS_SHORT, None, None, certain=True)
        return Closeness(Verdict.FALLS_SHORT, Credits(near.extra_credits), near.extra_units, certain=True)

    def glance(self, candidates: Sequence[Candidate]) -> Closeness:
        """The verdict, by a count or a first answer for most learners, and what single rules lack at least."""
        try:
            problem, _ = build(self._qualification, candidates, self._setting, reading=self._reading)
            front = Front(problem)
            if possible_by(front, Effort(LOOK)):
                return _THERE
        except TooComplex:
            return _UNKNOWN
        credits_, units = least_missing(front)
        return Closeness(Verdict.FALLS_SHORT, Credits(credits_), units, certain=True, exact=False)


_THERE: Final = Closeness(Verdict.ADDS_UP, NONE, 0, certain=True)
_UNKNOWN: Final = Closeness(Verdict.TOO_COMPLEX, None, None, certain=False)


def least_missing(front: Front) -> tuple[int, int]:
    """Credits (in thousandths) and units that are missing at least: what single rules lack of all that could count.

    Places that share no unit lack disjoint units, so what they lack is added up; what totals lack is not.
    """
    problem = front.problem
    credits_ = units = whole_credits = whole_units = 0
    binding, nodes = problem.reading.bound_to, dict(problem.reading.nodes)
    for bound in problem.bounds:
        if bound.node not in binding or bound.least is None or bound.when is not None or not bound.missing:
            continue
        short = -(-(bound.least - front.have(bound)) // bound.missing)
        if short <= 0:
            continue
        alone = isinstance(nodes[bound.node], Requirement) and bound.node not in problem.sharing_places
        if bound.measure == "credits":
            credits_ += short if alone else 0
            whole_credits = max(whole_credits, short)
        else:
            units += short if alone else 0
            whole_units = max(whole_units, short)
    return max(credits_, whole_credits), max(units, whole_units)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One learner beside one qualification, both by the names they were given under."""

    learner: str
    qualification: str
    closeness: Closeness


def sweep(learners: Iterable[tuple[str, Sequence[Candidate]]], looks: Mapping[str, Look]) -> Iterator[Sighting]:
    """Glance at each learner beside each qualification, one at a time: memory does not grow with the learners."""
    for learner, candidates in learners:
        for name, one in looks.items():
            yield Sighting(learner, name, one.glance(candidates))
