"""The short look at many learners: does it add up, and if not, how much is missing at least?

A sweep over all learners of a bank asks only these two things, and of most learners a count answers both. What a count
leaves open goes to the solver, under a bound of its own; where that is reached the look says that it is not certain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditbank.framework.qualification import Qualification, Requirement
from creditbank.stacking.allocation import feasible
from creditbank.stacking.evaluation import Verdict
from creditbank.stacking.front import Front
from creditbank.stacking.problem import Problem, build
from creditbank.stacking.setting import Candidate, Setting, require_applicable
from creditbank.stacking.solver import Effort, Stop, TooComplex
from creditbank.units import Credits

LOOK: Final = 400
"""How much counted work (see `solver.Effort`) one look may do."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a short look saw.

    `missing` are credits and `missing_units` units that are missing at least, by the rules that every answer keeps: the
    gap of an evaluation is never smaller. `certain` is false where the look reached its bound; then nothing but that
    is said.
    """

    verdict: Verdict
    missing: Credits
    missing_units: int
    certain: bool = True


@dataclass(frozen=True)
class Screen:
    """One qualification in one setting, held up to one learner after another.

    Raises what `creditbank.stacking.evaluate` raises for rules that do not apply on that day.
    """

    qualification: Qualification
    setting: Setting

    def __post_init__(self) -> None:
        require_applicable(self.qualification, self.setting)

    def look(self, candidates: Sequence[Candidate], stop: Stop | None = None) -> Glance:
        """Whether these units of one learner add up; raises `TwoLearners`."""
        problem, _ = build(self.qualification, candidates, self.setting)
        front = Front(problem)
        if front.refusal() is not None:
            return self._short(front)
        if front.answer() is not None:
            return _ENOUGH
        try:
            found = feasible(problem, Effort(LOOK, stop))
        except TooComplex:
            return Glance(Verdict.TOO_COMPLEX, Credits(0), 0, certain=False)
        return _ENOUGH if found else self._short(front)

    def _short(self, front: Front) -> Glance:
        credits_, units = least_missing(front.problem, front.binding)
        return Glance(Verdict.FALLS_SHORT, Credits(credits_), units)


_ENOUGH: Final = Glance(Verdict.ADDS_UP, Credits(0), 0)


def least_missing(problem: Problem, binding: Sequence[str]) -> tuple[int, int]:
    """Credits (in thousandths) and units that are missing at least: what single rules lack of all that could count.

    Places that share no unit lack disjoint units, so what they lack is added up; what totals lack is not.
    """
    credits_ = units = whole_credits = whole_units = 0
    nodes = dict(problem.qualification.nodes())
    for bound in problem.bounds:
        if bound.node not in binding or bound.least is None or bound.when is not None or not bound.missing:
            continue
        counts = [unit.steps if bound.measure == "credits" else 1 for unit in problem.units]
        have = sum(max(0, weight) * count for weight, count in zip(bound.weights, counts, strict=True))
        short = -(-(bound.least - have) // bound.missing)
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


__all__ = ["LOOK", "Glance", "Screen", "least_missing"]
