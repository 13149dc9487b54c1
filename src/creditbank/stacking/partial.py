"""The best answer so far, where a search reached its limit before one was certain.

Nothing is searched here. Units are taken one after the other in the canonical order, each whole and into the first of
its places that still wants something; one stays if the checker says that a rule came nearer, none was lost, and nothing
forbidden was done. What comes of it is an answer that meets exactly the rules that the checker says it meets, and no
claim that another one could not do better.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from creditbank.stacking.allocation import Allocation
from creditbank.stacking.checker import Recount, recount
from creditbank.stacking.explanation import NodeView, Status
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import Problem

TRIES: Final = 400_000
"""How much may be added up on the way: units that count times rules, try by try."""
OPEN: Final = frozenset({"rule-not-met", "not-begun"})
"""What the checker says of an answer that is only unfinished."""


def best_so_far(problem: Problem, found: Allocation | None = None) -> Allocation:
    """The better of what a search had `found` when it stopped and of what first come, first served gives.

    The better one meets more rules; of two that meet as many, it counts more.
    """
    own = _first_come(problem)
    if found is None or _rank(problem, found) <= _rank(problem, own):
        return own
    return found


def finished(problem: Problem, answer: Allocation) -> bool:
    """Whether an answer meets everything after all."""
    return not _count(problem, answer).faults


def uncertain(tree: NodeView, wording: Wording) -> NodeView:
    """The tree of an answer that may not be the best: what it meets is met, and of the rest nothing is known."""
    children = tuple(uncertain(child, wording) for child in tree.children)
    if tree.status not in (Status.NEEDS_MORE, Status.NOT_NEEDED):
        return replace(tree, children=children)
    said = wording.say("explanation.not-known")
    return replace(tree, status=Status.NOT_KNOWN, sentence=said, children=children)


def _rank(problem: Problem, answer: Allocation) -> tuple[int, int]:
    sum_ = _count(problem, answer)
    return sum(total.holds for total in sum_.totals), sum_.counted.thousandths


def _first_come(problem: Problem) -> Allocation:
    taken: dict[int, tuple[str, ...]] = {}
    answer = _answer(problem, taken)
    now, left = _count(problem, answer), TRIES
    for _ in range(2):  # what broke a share at first may keep it in the end
        for index in range(len(problem.units)):
            for places in _places(problem, index, now) if index not in taken else ():
                left -= (len(taken) + len(problem.attempted) + 1) * len(problem.leaves)
                if left < 0:
                    return answer
                tried = _answer(problem, {**taken, index: places})
                then = _count(problem, tried)
                if _nearer(now, then):
                    taken[index], answer, now = places, tried, then
                    break
    return answer


def _places(problem: Problem, index: int, now: Recount) -> Iterator[tuple[str, ...]]:
    """The requirements that a unit fits and that do not hold yet, one by one; then none, for the totals."""
    for path in problem.places[index]:
        if path not in now.holding:
            yield (path,)
    yield ()


def _nearer(before: Recount, after: Recount) -> bool:
    """Whether a rule came nearer, none was lost, and nothing forbidden was done."""
    if any(fault.slug not in OPEN for fault in after.faults):
        return False
    pairs = list(zip(before.totals, after.totals, strict=True))
    if any(old.holds and not new.holds for old, new in pairs):
        return False
    return any(
        not old.holds and (new.holds or (new.credits, new.units) > (old.credits, old.units)) for old, new in pairs
    )


def _answer(problem: Problem, taken: dict[int, tuple[str, ...]]) -> Allocation:
    units = problem.units
    uses = tuple(units[index].use(units[index].steps, places) for index, places in sorted(taken.items()))
    return Allocation(uses, frozenset(path for path, _ in problem.qualification.nodes()))


def _count(problem: Problem, answer: Allocation) -> Recount:
    facts = {unit.given.digest: unit.given.facts for unit in (*problem.units, *problem.attempted)}
    return recount(problem.qualification, answer.uses, facts, problem.setting, attempted=problem.attempts)
