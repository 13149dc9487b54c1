"""After a small change the old answer may show the new one: then nothing is searched.

The canonical answer of a problem is the least of its answers in one fixed order: fewest credits first (see
`allocation`). So it stays the canonical answer

- when units that it does not count go away, or get worse: every answer that is left was an answer before, and this one
  is still among them;
- when units come that can only cost: no rule is helped by counting them, they fit no place, and each has credits, so
  the least of all answers counts none of them;
- and when what changed states the same problem.

This holds while the rules say of the other units exactly what they said before, which is compared here rule by rule.
Whatever this does not cover is weighed in full, and so is any answer that came with a limit, an exception or a lower
award, by rules over everything attempted, where a unit matters that does not count, or by rules that take credentials
apart. What is found is the same to the byte as a full evaluation; a full one may besides reach a limit of its search
where this one searches nothing.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Qualification
from creditbank.stacking.allocation import Allocation
from creditbank.stacking.checker import recount
from creditbank.stacking.evaluation import MAX_CANDIDATES, Totals, Verdict, affirmed, documents_of, inputs_of
from creditbank.stacking.ladder import lower_awards
from creditbank.stacking.problem import Alternatives, Bound, NotCounted, Problem, Spread, Unit
from creditbank.stacking.proof import Use, read_use
from creditbank.stacking.setting import Candidate, Setting, require_applicable
from creditbank.stacking.solver import TooComplex
from creditbank.stacking.stating import state
from creditbank.stacking.weighing import build
from creditbank.units import Credits

Key = tuple[str, bytes]

COMPARED: Final = frozenset({"qualification", "setting", "units", "bounds", "places", "alternatives", "spreads"})
"""What a problem is made of, as far as it is compared here; anything else must be equal as it stands."""


@dataclass(frozen=True)
class Before:
    """An evaluation on record (`creditbank/evaluation/v1`) and what it was made from."""

    qualification: Qualification
    candidates: Sequence[Candidate]
    setting: Setting
    document: Mapping[str, Any]

    @cached_property
    def problem(self) -> tuple[Problem, tuple[NotCounted, ...]]:
        """The problem that was solved, and what it refused."""
        return build(self.qualification, self.candidates, self.setting)


def carried(
    before: Before,
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    *,
    catalogue: Sequence[object] = (),
) -> JsonObject | None:
    """The evaluation of these units as `evaluate` would give it, without a search; None where one is needed.

    Where a `catalogue` is offered a no is searched for its way on. Raises what `evaluate` raises.
    """
    require_applicable(qualification, setting)
    if not _plain(before, qualification, candidates, setting):
        return None
    try:
        problem, refused = build(qualification, candidates, setting)
    except TooComplex:  # and a full evaluation names the limit
        return None
    if before.document["verdict"] == Verdict.FALLS_SHORT.value:
        return None if catalogue else _same_no(before, problem, refused, candidates)
    if before.document["verdict"] != Verdict.ADDS_UP.value:
        return None
    uses = tuple(read_use(use) for use in before.document["uses"])
    if not _stays(before.problem[0], problem, uses):
        return None
    facts = {unit.candidate.digest: unit.candidate.facts for unit in problem.units}
    sum_ = recount(qualification, uses, facts, setting)
    if sum_.faults or not _same_needs(before.problem[0], problem):
        return None
    needed = before.document["totals"]["needed"]
    known = Totals(sum_.counted, None if needed is None else Credits.parse(needed))
    return affirmed(problem, Allocation(uses, sum_.holding), candidates, refused, known=known).to_json()


def _plain(before: Before, qualification: Qualification, candidates: Sequence[Candidate], setting: Setting) -> bool:
    """Whether both are ordinary evaluations by the same text of the same rules, and the old one reached no limit."""
    document = before.document
    return (
        qualification == before.qualification
        and not document["stopped"]
        and not {"whatIf", "exceptions", "exceptionsSetAside", "givesUp"}.intersection(document)
        and not (setting.exceptions or before.setting.exceptions)
        and not any(getattr(node, "over", "counted") == "attempted" for _, node in qualification.nodes())
        and not qualification.bundles
        and not (
            lower_awards(qualification, candidates, setting) or lower_awards(qualification, before.candidates, setting)
        )
        and len(candidates) <= MAX_CANDIDATES
        and setting.wording == before.setting.wording
    )


def _same_no(
    before: Before, problem: Problem, refused: Sequence[NotCounted], candidates: Sequence[Candidate]
) -> JsonObject | None:
    """A no of the very same problem on the same day: only what is listed beside it may have changed."""
    old, old_refused = before.problem
    setting, document = problem.setting, before.document
    names = [setting.awarding, *(unit.candidate.facts.issuer for unit in problem.units)]
    if (
        (setting.date, setting.awarding) != (old.setting.date, old.setting.awarding)
        or any(setting.name_of(name) != old.setting.name_of(name) for name in names)
        or document["path"] is not None
        or "noPath" in document
        or _as_it_stands(old) != _as_it_stands(problem)
    ):
        return None
    was_refused = {(item.credential, item.slug) for item in old_refused}
    kept = [item for item in document["notCounted"] if (item["credential"], item["slug"]) not in was_refused]
    listed = [
        {"credential": item.credential, "title": item.title, "slug": item.slug, "sentence": item.sentence}
        for item in refused
    ]
    return {
        **document,
        "inputs": [given.to_json() for given in inputs_of(candidates)],
        "documents": [ref.to_json() for ref in documents_of(problem.qualification, setting)],
        "notCounted": sorted([*kept, *listed], key=lambda item: (item["credential"], item["slug"])),
    }


def _as_it_stands(problem: Problem) -> tuple[object, ...]:
    return tuple(getattr(problem, field.name) for field in fields(problem) if field.compare and field.name != "setting")


def _same_needs(old: Problem, new: Problem) -> bool:
    """Whether the rules ask the same of nobody in particular: then the fewest credits that meet them are the same."""
    empty = [state(one.qualification, (), one.setting) for one in (old, new)]
    return _as_it_stands(empty[0]) == _as_it_stands(empty[1])


def _stays(old: Problem, new: Problem, uses: Sequence[Use]) -> bool:
    """Whether the old canonical answer is the new one, as the module says."""
    rest = [field.name for field in fields(old) if field.compare and field.name not in COMPARED]
    if any(getattr(old, name) != getattr(new, name) for name in rest):
        return False
    was = {_key(unit): unit for unit in old.units}
    now = {_key(unit): unit for unit in new.units}
    used = {(use.credential, use.digest) for use in uses}
    shared = [key for key in was if key in now and _no_better(was[key], now[key])]
    if not used <= set(shared) or any(was[key] != now[key] for key in used):
        return False
    if [key for key in now if key in set(shared)] != shared:  # the order decides which answer is the first
        return False
    left = set(shared)
    come = [index for index, unit in enumerate(new.units) if _key(unit) not in left]
    return all(_idle(new, index) for index in come) and _rules(old, left) == _rules(new, left)


def _key(unit: Unit) -> Key:
    return (unit.candidate.facts.credential, unit.candidate.digest)


def _no_better(was: Unit, now: Unit) -> bool:
    """Whether a unit counts in the same steps as before, and in no more of them."""
    return was.step == now.step and now.steps <= was.steps and now.can_be_entire <= was.can_be_entire


def _idle(problem: Problem, index: int) -> bool:
    """Whether counting this unit helps no rule: it only costs."""
    return (
        not problem.places[index]
        and all(
            (bound.least is None or bound.weights[index] <= 0) and (bound.most is None or bound.weights[index] >= 0)
            for bound in problem.bounds
        )
        and all(not spread.least or not spread.portions[index] for spread in problem.spreads)
    )


def _rules(problem: Problem, left: set[Key]) -> Hashable:
    """What the rules say of some of the units, in a form that the other units do not show in."""
    names = [_key(unit) for unit in problem.units]
    keep = [index for index, name in enumerate(names) if name in left]
    groups = (frozenset(names[index] for index in group if names[index] in left) for group in problem.alike)
    return (
        frozenset(Counter(filter(None, (_bound(bound, names, keep, left) for bound in problem.bounds))).items()),
        tuple(problem.places[index] for index in keep),
        frozenset(Counter(filter(None, (_alternatives(rule, keep) for rule in problem.alternatives))).items()),
        frozenset(Counter(_spread(rule, keep) for rule in problem.spreads).items()),
        frozenset(group for group in groups if len(group) > 1),
    )


def _bound(bound: Bound, names: Sequence[Key], keep: Sequence[int], left: set[Key]) -> Hashable:
    """A bound over the units that are left; None where it cannot fail whatever counts of them."""
    owed = None if bound.when is None else names[bound.when]
    if owed is not None and owed not in left:  # owed by a unit that does not count
        return None
    weights = tuple(bound.weights[index] for index in keep)
    never_short = bound.least is None or (bound.least <= 0 and all(weight >= 0 for weight in weights))
    never_over = bound.most is None or (bound.most >= 0 and all(weight <= 0 for weight in weights))
    if never_short and never_over:
        return None
    ends = (bound.least, bound.most)
    return (bound.node, bound.portion, bound.measure, weights, ends, bound.place, owed, bound.sharing, bound.within)


def _alternatives(rule: Alternatives, keep: Sequence[int]) -> Hashable:
    """Which units may count together, whatever the cases are called; None where it speaks of none of these."""
    allowed = {at: own for at, index in enumerate(keep) if (own := rule.allowed[index]) is not None}
    if not allowed:
        return None
    cases = {frozenset(at for at, own in allowed.items() if case in own) for case in range(max(1, rule.cases))}
    largest = frozenset(case for case in cases if not any(case < other for other in cases))
    return (rule.node, rule.place, frozenset(allowed), largest)


def _spread(rule: Spread, keep: Sequence[int]) -> Hashable:
    inside = tuple((rule.portions[index], rule.steps[index] if rule.portions[index] else 0) for index in keep)
    return (rule.node, rule.reach, rule.least, rule.most, rule.overlaps, inside, rule.within)
