"""What is told of units that fall short: how much is missing, which rules collide, and the shortest way on.

Of a search that stopped it tells the best answer found until then. A yes needs none of this, and does not load it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from creditbank.stacking.allocation import Allocation
from creditbank.stacking.certificate import Certificate
from creditbank.stacking.checker import Recount
from creditbank.stacking.conflict import Conflict, certified_conflict, find_conflict, told_with_gap
from creditbank.stacking.evaluation import (
    ORDERING,
    Ask,
    Evaluation,
    Stopped,
    Totals,
    Verdict,
    Work,
    affirmed,
    count_again,
    documents_of,
    exceptions_told,
    in_line,
    inputs_of,
    least_needed,
    order_stopped,
    undecided,
)
from creditbank.stacking.explanation import NodeView, draw, draw_unknown
from creditbank.stacking.gap import Gap, closest, gap_of, proves_gap, with_fewer_units
from creditbank.stacking.leftover import left_over
from creditbank.stacking.partial import best_so_far, uncertain
from creditbank.stacking.path import Way, find_way
from creditbank.stacking.problem import NotCounted, Problem
from creditbank.stacking.proof import DocumentRef
from creditbank.stacking.setting import Candidate, Setting
from creditbank.stacking.solver import Effort
from creditbank.units import NONE

PROVING: Final = 1_000
"""How much the second route may do to confirm what is missing."""


def falls_short(
    problem: Problem,
    candidates: Sequence[Candidate],
    ask: Ask,
    refused: tuple[NotCounted, ...],
    work: Work,
    certificate: Certificate | None,
) -> Evaluation:
    """The evaluation of a no: the closest answer and what it lacks, the rules that collide, the shortest way on."""
    qualification, setting = problem.qualification, problem.setting
    found = work.part("gap", lambda effort: closest(problem, effort, effort.anew(ORDERING)))
    near = found.answer if found is not None else None
    in_hand = best_so_far(problem, work.in_hand) if near is None else None
    if found is not None and found.unordered is not None:
        work.stopped.append(order_stopped(found.unordered, setting.wording))
    conflict = work.part("conflict", lambda effort: find_conflict(problem, effort, certificate))
    if conflict is None and certificate is not None:
        conflict = certified_conflict(problem, certificate, Effort(work.limit, ask.stop))
    proven = conflict is not None and conflict.proven
    way = _way(problem, candidates, ask, work, no_is_proven=proven)
    gap = None
    if near is not None:
        few = found.rules if found is not None else frozenset()
        sure = proves_gap(problem, near, Effort(min(PROVING, work.limit), ask.stop), few)
        instead = with_fewer_units(problem, near, Effort(work.limit, ask.stop), few)
        gap = gap_of(qualification, near, setting.wording, proven=sure, instead=instead)
    tree, leftover, counted = draw_unknown(qualification, setting), [], NONE
    if near is not None:
        sum_ = count_again(problem, near)
        counted = sum_.counted
        tree, leftover = draw(problem, near, sum_), list(left_over(problem, near, adds_up=False))
    elif in_hand is not None:
        sum_ = count_again(problem, in_hand)
        counted, tree = sum_.counted, _tree_in_hand(problem, in_hand, sum_, hopeless=found is not None)
    return Evaluation(
        verdict=Verdict.FALLS_SHORT,
        sentence=_no_sentence(setting, conflict, gap, way, hopeless=found is not None and near is None),
        proven=proven,
        qualification=DocumentRef.of(qualification),
        date=setting.date,
        awarding=setting.awarding,
        inputs=inputs_of(candidates),
        documents=documents_of(qualification, setting),
        allocation=None,
        uses=shown.uses if (shown := near or in_hand) is not None else (),
        tree=tree,
        not_counted=in_line([*refused, *leftover]),
        gap=gap,
        conflict=conflict,
        path=way.path,
        totals=Totals(counted, least_needed(problem, work)),
        stopped=tuple(work.stopped),
        left_to_people=qualification.checked_by_people,
        no_path=way.no_path,
        exceptions=exceptions_told(qualification, candidates, setting),
        set_aside=problem.set_aside,
        attempted=problem.attempts,
    )


def _tree_in_hand(problem: Problem, in_hand: Allocation, sum_: Recount, *, hopeless: bool) -> NodeView:
    """The tree of an answer that is not the closest: where no further units could help there is no closest one, and
    each rule that does not hold says so; where the search stopped, nothing is known of it.
    """
    if not hopeless:
        return uncertain(draw(problem, in_hand, sum_), problem.setting.wording)
    every = frozenset(path for path, _ in problem.qualification.nodes())
    return draw(problem, replace(in_hand, selected=every), sum_)


def _way(problem: Problem, candidates: Sequence[Candidate], ask: Ask, work: Work, *, no_is_proven: bool) -> Way:
    """The way through the catalogue that was given, if one was."""
    if not ask.catalogue:
        return Way(None)
    found = work.part(
        "path",
        lambda effort: find_way(
            ask.rules or problem.qualification,
            candidates,
            ask.catalogue,
            problem.setting,
            effort,
            today=ask.today,
            pace=ask.pace,
            alternatives=ask.alternatives,
            no_is_proven=no_is_proven,
        ),
    )
    for limit in found.limits if found is not None else ():
        work.stopped.append(Stopped("path", limit.limit, limit.told(work.wording)))
    return found or Way(None)


def best_told(
    problem: Problem, candidates: Sequence[Candidate], refused: tuple[NotCounted, ...], work: Work
) -> Evaluation:
    """The evaluation where the decision reached a limit: what the best answer meets that was found until then.

    Should the checker find that it meets everything, then it is a yes, and another one might only count less.
    """
    wording = problem.setting.wording
    nearest = Work(work.limit, wording, work.stop)
    found = nearest.part("gap", lambda effort: closest(problem, effort, effort.anew(0)))
    best = best_so_far(problem, nearest.in_hand if found is None else found.answer)
    sum_ = count_again(problem, best)
    if not sum_.faults:
        spent = order_stopped(Effort(work.limit).spent(), wording)
        stopped = [spent if stop.limit == spent.limit else replace(stop, part="order") for stop in work.stopped]
        return affirmed(problem, best, candidates, refused, stopped, work.limit, work.stop)
    met = wording.say("evaluation.best-so-far", met=sum(each.holds for each in sum_.totals), all=len(sum_.totals))
    bare = undecided(problem.qualification, candidates, problem.setting, refused, work)
    return replace(
        bare,
        sentence=wording.sentences(bare.sentence, met),
        uses=best.uses,
        tree=uncertain(draw(problem, best, sum_), wording),
        totals=Totals(sum_.counted, None),
        attempted=problem.attempts,
    )


def _no_sentence(
    setting: Setting, conflict: Conflict | None, gap: Gap | None, way: Way, *, hopeless: bool = False
) -> str:
    said = told_with_gap(conflict, gap, setting.wording)
    if conflict is None and gap is None:
        said.append(setting.wording.say("evaluation.reason-not-found"))
    if hopeless and conflict is not None and conflict.rules:
        said.append(setting.wording.say("conflict.no-units-help", body=setting.name_of(setting.awarding)))
    elif way.path is not None:
        said.append(way.path.sentence)
    elif way.no_path is not None:
        said.append(way.no_path.after(said))
    return setting.wording.sentences(setting.wording.say("evaluation.falls-short"), *said)
