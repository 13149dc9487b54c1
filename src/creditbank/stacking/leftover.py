"""Why each unit that was admitted is not counted: the first reason that is true of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from creditbank.framework.qualification import Exclusion, Group, Leaf, Limit, Requirement, credits_of
from creditbank.stacking.allocation import Allocation, units_used
from creditbank.stacking.problem import Alternatives, Bound, Either, NotCounted, Problem, Spread, Unit
from creditbank.stacking.rule import counts_once, fits_place, indicative_level, is_unsure, keys_of, lot_key, weight_of
from creditbank.stacking.wording import bounded_words, policy_words

Told = tuple[str, str] | None
"""A slug and a sentence, where there is something to tell."""


def left_over(problem: Problem, allocation: Allocation, *, adds_up: bool) -> Iterator[NotCounted]:
    """For each admitted unit that the answer does not use, the first reason that applies."""
    used = units_used(problem, allocation)
    keys = {unit.key for unit in used}
    counted = _Counted(problem, allocation, tuple(at for at, unit in enumerate(problem.units) if unit.key in keys))
    for index, unit in enumerate(problem.units):
        if unit.offered or unit.key in keys:
            continue
        told = _repeats(problem, unit, used)
        if told is None and not adds_up:
            told = _barred(counted, index) or _unfit(problem, index, unit)
            told = told or _full(problem, allocation, index, unit)
        slug, sentence = told or _idle(problem, adds_up)
        facts = unit.candidate.facts
        yield NotCounted(facts.credential, slug, sentence, facts.title, unit.weighed.part)


def _repeats(problem: Problem, unit: Unit, used: tuple[Unit, ...]) -> Told:
    own, rules, say = unit.candidate.facts, problem.qualification, problem.setting.wording.say
    once, content = counts_once(rules), unit.given.facts.content
    alike = {name for one in rules.equivalents if own.achievement in one.achievements for name in one.achievements}
    for other in used:
        facts = other.candidate.facts
        if other.key[:2] == unit.key[:2]:
            continue  # another part of one credential
        if lot_key(facts) == lot_key(own) or facts.credential == own.credential:
            return "same-issue", say("leftover.same-issue", title=facts.title)
        if content and other.given.facts.content == content:
            return "same-content", say("leftover.same-content", title=facts.title)
        ruled = rules.admits.same_achievement == "count-once" or own.achievement in once
        if ruled and facts.achievement == own.achievement:
            return "same-achievement", say("leftover.same-achievement", title=facts.title)
        if facts.achievement in alike:
            return "equivalent", say("leftover.equivalent", title=facts.title)
    return None


@dataclass(frozen=True)
class _Counted:
    """The units that the answer counts (by index), and what they come to under each rule: added up once for all."""

    problem: Problem
    allocation: Allocation
    members: tuple[int, ...]

    @cached_property
    def rules(self) -> tuple[tuple[str, Leaf], ...]:
        """Every rule of the answer, in document order."""
        nodes = self.problem.qualification.nodes()
        return tuple((path, node) for path, node in nodes if not isinstance(node, Group) and self.selects(path))

    def selects(self, path: str) -> bool:
        """Whether the answer goes by this node."""
        return path in self.allocation.selected

    @cached_property
    def bounds(self) -> Mapping[str, Sequence[tuple[Bound, int]]]:
        """For each rule what it bounds over all that counts, and what that comes to."""
        found: dict[str, list[tuple[Bound, int]]] = {}
        for bound in self.problem.bounds:
            if not bound.place and not bound.within and self.selects(bound.node):
                found.setdefault(bound.node, []).append((bound, self.total(bound)))
        return found

    def total(self, bound: Bound) -> int:
        """What all that counts weighs in a bound, each unit whole."""
        weights, units = bound.weights, self.problem.units
        if bound.measure == "credits":
            return sum(weights[member] * units[member].steps for member in self.members)
        return sum(weights[member] for member in self.members)

    def with_unit(self, bound: Bound, total: int, index: int) -> int:
        """The same with one unit more."""
        return total + bound.weights[index] * (self.problem.units[index].steps if bound.measure == "credits" else 1)

    def holds(self, rule: Either, index: int | None) -> bool:
        """Whether a rule holds of all that counts, and of this unit besides."""
        return any(all(self._keeps(bound, index) for bound in case) for case in rule.cases)

    @cached_property
    def _totals(self) -> Mapping[int, int]:
        """What all that counts weighs in each bound of a case, by the very bound."""
        return {id(bound): self.total(bound) for rule in self.problem.either for bound in rule.bounds}

    def _keeps(self, bound: Bound, index: int | None) -> bool:
        total = self._totals[id(bound)]
        if index is not None:
            total = self.with_unit(bound, total, index)
        return (bound.least is None or total >= bound.least) and (bound.most is None or total <= bound.most)

    @cached_property
    def alternatives(self) -> Mapping[str, Sequence[tuple[Alternatives, frozenset[int]]]]:
        """For each rule that goes by cases, those that all that counts leaves open."""
        found: dict[str, list[tuple[Alternatives, frozenset[int]]]] = {}
        for rule in self.problem.alternatives:
            if not rule.place and self.selects(rule.node):
                asked = [set(own) for member in self.members if (own := rule.allowed[member]) is not None]
                cases = frozenset(range(rule.cases)).intersection(*asked)
                found.setdefault(rule.node, []).append((rule, cases))
        return found

    @cached_property
    def spreads(self) -> Mapping[str, Sequence[tuple[Spread, frozenset[str]]]]:
        """For each rule about few portions, those that are reached."""
        found: dict[str, list[tuple[Spread, frozenset[str]]]] = {}
        for rule in self.problem.spreads:
            if rule.most is not None and not rule.within and self.selects(rule.node):
                reached = frozenset(name for member in self.members for name in rule.portions[member])
                found.setdefault(rule.node, []).append((rule, reached))
        return found


def _barred(counted: _Counted, index: int) -> Told:
    """The first rule of the answer, in document order, that the whole unit would break if it were counted too."""
    for path, node in counted.rules:
        told = next(filter(None, _broken(counted, path, node, index)), None)
        if told is not None:
            return told
    for bound, policy in counted.problem.policies:
        total = counted.with_unit(bound, counted.total(bound), index) if bound.weights[index] > 0 else 0
        if total > (bound.most or 0):
            wording = counted.problem.setting.wording
            return "over-limit", wording.say("leftover.too-much", rule=policy_words(policy, wording))
    return None


def _broken(counted: _Counted, path: str, node: Leaf, index: int) -> Iterator[Told]:
    """For each thing that a rule states, how the unit would break it."""
    for bound, total in counted.bounds.get(path, ()):
        yield _breaks_bound(counted, bound, total, node, index)
    for rule, cases in counted.alternatives.get(path, ()):
        yield _breaks_alternatives(counted.problem, rule, cases, node, index)
    for either in counted.problem.either:
        if either.node == path and counted.holds(either, None) and not counted.holds(either, index):
            yield "too-late", _because(counted.problem, "leftover.too-late", node)
    for spread, reached in counted.spreads.get(path, ()):
        yield _breaks_spread(counted.problem, spread, reached, node, index)


def _breaks_bound(counted: _Counted, bound: Bound, without: int, node: Leaf, index: int) -> Told:
    problem = counted.problem
    if bound.when is not None and bound.when != index:
        return None
    total = counted.with_unit(bound, without, index)
    if bound.when is not None:
        if total >= (bound.least or 0):
            return None
        if isinstance(node, Limit) and node.last_at_least is not None:
            return "too-late", _because(problem, "leftover.too-late", node)
        if isinstance(node, Limit):
            return "below-least", _because(problem, "leftover.too-little", node)
        return "prerequisite-missing", _because(problem, "leftover.prerequisite-missing", node)
    if bound.most is not None and bound.weights[index] > 0 and total > bound.most:
        return "over-limit", _because(problem, "leftover.too-much", node)
    if bound.least is not None and bound.weights[index] < 0 and total < bound.least:
        slug = "below-mean" if isinstance(node, Limit) and node.mean_at_least is not None else "below-share"
        return slug, _because(problem, "leftover.too-little", node)
    return None


def _breaks_alternatives(problem: Problem, rule: Alternatives, cases: frozenset[int], node: Leaf, index: int) -> Told:
    own = rule.allowed[index]
    if own is None:
        return None
    if isinstance(node, Exclusion) and not own:
        return "excluded-by", problem.setting.wording.say("leftover.excluded-by-itself", title=node.title)
    if not cases.isdisjoint(own):
        return None
    if isinstance(node, Exclusion):
        return "excluded-by", _because(problem, "leftover.excluded", node)
    return "outside-span", _because(problem, "leftover.outside-span", node)


def _breaks_spread(problem: Problem, rule: Spread, before: frozenset[str], node: Leaf, index: int) -> Told:
    if before.issuperset(rule.portions[index]) or len(before.union(rule.portions[index])) <= (rule.most or 0):
        return None
    return "over-limit", _because(problem, "leftover.too-much", node)


def _unfit(problem: Problem, index: int, unit: Unit) -> Told:
    """Where a unit fits no requirement: the doubt about its level, or the first that it would fit but for its grade."""
    rules, setting = problem.qualification, problem.setting
    if problem.places[index]:
        return None
    if unit.weighed.rank is None and is_unsure(unit.candidate.facts, rules, setting):
        return indicative_level(unit.candidate.facts, rules, setting)
    for _, node in rules.nodes():
        if not isinstance(node, Requirement) or node.where.grade is None:
            continue
        without = node.model_copy(update={"where": node.where.model_copy(update={"grade": None})})
        if fits_place(without, unit.weighed, rules, setting):
            grade = unit.candidate.facts.grade_on(node.where.grade.scale)
            if grade is None:
                scale = node.where.grade.scale
                return "below-grade", setting.wording.say("leftover.no-grade", scale=scale, title=node.title)
            return "below-grade", setting.wording.say("leftover.below-grade", grade=grade, title=node.title)
    return None


def _full(problem: Problem, allocation: Allocation, index: int, unit: Unit) -> Told:
    """The first place of the answer that would take the unit but for its maxima, for what its units go by, or for a
    limit over what fills it.
    """
    rules = problem.qualification
    inside = {other.key: other for other in problem.units}
    for path, node in rules.nodes():
        if not isinstance(node, Requirement) or path not in allocation.selected:
            continue
        if not fits_place(node, unit.weighed, rules, problem.setting):
            continue
        here = [inside[use.key] for use in allocation.uses if path in use.places]
        most, full = credits_of(node.credits_at_most), [*here, unit]
        keys = [set(keys_of(node.same, other.weighed)) for other in full] if node.same is not None else []
        if (
            (most is not None and sum(other.most for other in full) > most.thousandths)
            or (node.units_at_most is not None and _heads(problem, full) > node.units_at_most)
            or (keys and not set.intersection(*keys))
        ):
            return "place-full", _because(problem, "leftover.place-full", node)
        if (limit := _limit_broken_in(problem, allocation, path, index)) is not None:
            return "place-full", _because(problem, "leftover.place-full", limit)
    return None


def _limit_broken_in(problem: Problem, allocation: Allocation, path: str, index: int) -> Leaf | None:
    """The first limit over what fills this place that the whole unit would break there."""
    nodes, units = dict(problem.qualification.nodes()), {unit.key: at for at, unit in enumerate(problem.units)}
    for bound in problem.bounds if path in problem.confined else ():
        weight, node = bound.weights[index], nodes.get(bound.node)
        if path not in bound.within or not weight or bound.node not in allocation.selected or isinstance(node, Group):
            continue
        filling = [units[use.key] for use in allocation.uses if not set(bound.within).isdisjoint(use.places)]
        counts = [problem.units[at].steps if bound.measure == "credits" else 1 for at in (*filling, index)]
        total = sum(bound.weights[at] * count for at, count in zip((*filling, index), counts, strict=True))
        too_much = bound.most is not None and weight > 0 and total > bound.most
        if too_much or (bound.least is not None and weight < 0 and total < bound.least):
            return node
    return None


def _heads(problem: Problem, units: Sequence[Unit]) -> Fraction:
    """How many units these are."""
    rules, setting = problem.qualification, problem.setting
    return Fraction(sum(weight_of(unit.weighed, rules, setting) for unit in units))


def _because(problem: Problem, message: str, node: Leaf) -> str:
    """The message with what a rule says."""
    wording = problem.setting.wording
    return wording.say(message, rule=bounded_words(node, wording))


def _idle(problem: Problem, adds_up: bool) -> tuple[str, str]:
    if adds_up:
        return "not-needed", problem.setting.wording.say("leftover.not-needed")
    return "no-help", problem.setting.wording.say("leftover.no-help")
