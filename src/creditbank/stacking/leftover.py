"""Why each unit that was admitted is not counted: the first reason that is true of it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from creditbank.framework.qualification import Exclusion, Group, Leaf, Limit, Requirement, credits_of
from creditbank.stacking.allocation import Allocation, units_used
from creditbank.stacking.problem import Alternatives, Bound, NotCounted, Problem, Spread, Unit
from creditbank.stacking.rule import counts_once, fits_place, indicative_level, is_unsure, keys_of, lot_key, weight_of
from creditbank.stacking.wording import bounded_words, policy_words

Told = tuple[str, str] | None
"""A slug and a sentence, where there is something to tell."""


def left_over(problem: Problem, allocation: Allocation, *, adds_up: bool) -> Iterator[NotCounted]:
    """For each admitted unit that the answer does not use, the first reason that applies."""
    used = units_used(problem, allocation)
    members = [index for index, unit in enumerate(problem.units) if unit in used]
    for index, unit in enumerate(problem.units):
        if unit.offered or index in members:
            continue
        told = _repeats(problem, unit, used)
        if told is None and not adds_up:
            told = _barred(problem, allocation, index, members) or _unfit(problem, index, unit)
            told = told or _full(problem, allocation, unit)
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


def _barred(problem: Problem, allocation: Allocation, index: int, members: list[int]) -> Told:
    """The first rule of the answer, in document order, that the whole unit would break if it were counted too."""
    nodes = dict(problem.qualification.nodes())
    for path, node in nodes.items():
        if isinstance(node, Group) or path not in allocation.selected:
            continue
        told = next(filter(None, _broken(problem, path, node, index, [*members, index])), None)
        if told is not None:
            return told
    for bound, policy in problem.policies:
        if bound.weights[index] > 0 and _total(problem, bound, [*members, index]) > (bound.most or 0):
            wording = problem.setting.wording
            return "over-limit", wording.say("leftover.too-much", rule=policy_words(policy, wording))
    return None


def _broken(problem: Problem, path: str, node: Leaf, index: int, members: list[int]) -> Iterator[Told]:
    """For each thing that a rule states, how the unit would break it."""
    for bound in problem.bounds:
        if bound.node == path and not bound.place:
            yield _breaks_bound(problem, bound, node, index, members)
    for rule in problem.alternatives:
        if rule.node == path and not rule.place:
            yield _breaks_alternatives(problem, rule, node, index, members)
    for spread in problem.spreads:
        if spread.node == path and spread.most is not None:
            yield _breaks_spread(problem, spread, node, index, members)


def _breaks_bound(problem: Problem, bound: Bound, node: Leaf, index: int, members: list[int]) -> Told:
    total = _total(problem, bound, members)
    if bound.when is not None:
        if bound.when != index or total >= (bound.least or 0):
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


def _total(problem: Problem, bound: Bound, members: Sequence[int]) -> int:
    """What these units together weigh in a bound, each of them whole."""
    steps = [problem.units[member].steps if bound.measure == "credits" else 1 for member in members]
    return sum(bound.weights[member] * count for member, count in zip(members, steps, strict=True))


def _breaks_alternatives(problem: Problem, rule: Alternatives, node: Leaf, index: int, members: list[int]) -> Told:
    own = rule.allowed[index]
    if own is None:
        return None
    if isinstance(node, Exclusion) and not own:
        return "excluded-by", problem.setting.wording.say("leftover.excluded-by-itself", title=node.title)
    cases = set(range(rule.cases))
    for member in members:
        allowed = rule.allowed[member]
        cases &= cases if allowed is None else set(allowed)
    if cases:
        return None
    if isinstance(node, Exclusion):
        return "excluded-by", _because(problem, "leftover.excluded", node)
    return "outside-span", _because(problem, "leftover.outside-span", node)


def _breaks_spread(problem: Problem, rule: Spread, node: Leaf, index: int, members: list[int]) -> Told:
    before = {name for member in members if member != index for name in rule.portions[member]}
    if set(rule.portions[index]) <= before or len(before | set(rule.portions[index])) <= (rule.most or 0):
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


def _full(problem: Problem, allocation: Allocation, unit: Unit) -> Told:
    """The first place of the answer that would take the unit but for its maxima, or for what its units go by."""
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
    return None


def _heads(problem: Problem, units: Sequence[Unit]) -> Fraction:
    """How many units these are."""
    rules, setting = problem.qualification, problem.setting
    return sum((weight_of(unit.weighed, rules, setting) for unit in units), Fraction(0))


def _because(problem: Problem, message: str, node: Leaf) -> str:
    """The message with what a rule says."""
    wording = problem.setting.wording
    return wording.say(message, rule=bounded_words(node, wording))


def _idle(problem: Problem, adds_up: bool) -> tuple[str, str]:
    if adds_up:
        return "not-needed", problem.setting.wording.say("leftover.not-needed")
    return "no-help", problem.setting.wording.say("leftover.no-help")
