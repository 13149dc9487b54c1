"""How much is missing: the fewest further credits and units, of whatever kind helps most, and where they
belong.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Qualification
from creditbank.stacking.allocation import Allocation, Formulation, formulate, read_answer, settle_within
from creditbank.stacking.certificate import Further
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import BEGUN, Problem, state
from creditbank.stacking.refutation import refute
from creditbank.stacking.solver import MAX_WEIGHT, Effort, Terms, TooComplex, first_by
from creditbank.units import Credits

ANY_UNITS: Final = 10_000
"""More further units than any rules ask for."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one rule lacks in the closest answer, in the qualification's credits or in units."""

    node: str
    title: str
    credits: Credits
    units: int

    def to_json(self) -> JsonObject:
        """The shortfall as it stands in an evaluation."""
        return {"node": self.node, "credits": str(self.credits), "units": self.units}


@dataclass(frozen=True, slots=True)
class Gap:
    """The least that is missing in all, and rule by rule. One further credit may help several rules at once.

    `proven` tells that a second, exact route says no to anything less.
    """

    credits: Credits
    units: int
    shortfalls: tuple[Shortfall, ...]
    sentence: str
    proven: bool = False

    def to_json(self) -> JsonObject:
        """The gap as it stands in an evaluation."""
        return {
            "credits": str(self.credits),
            "units": self.units,
            "shortfalls": [short.to_json() for short in self.shortfalls],
            "sentence": self.sentence,
            "proven": self.proven,
        }


@dataclass(frozen=True, slots=True)
class Closest:
    """The answer that comes closest; `unordered` is the limit at which the search for the canonical one stopped."""

    answer: Allocation | None
    unordered: TooComplex | None = None


def closest(problem: Problem, effort: Effort, ordering: Effort | None = None) -> Closest:
    """The answer that leaves the fewest credits missing, then the fewest units, then the least rule by rule.

    It has no answer when no further units of any kind could help, because the rules contradict one another. Raises
    `TooComplex` (with an answer in hand, if there is one) when `effort` does not suffice to tell what is missing; the
    canonical answer among those that lack the same is sought as far as `ordering` goes.
    """
    form = formulate(problem, gap=True)
    try:
        return _closest(form, effort, ordering or effort)
    except TooComplex as limit:
        if limit.found is not None:
            limit.in_hand = read_answer(form, limit.found)
        raise


def _closest(form: Formulation, effort: Effort, ordering: Effort) -> Closest:
    assert form.extra_credits is not None, "a gap is measured in credits"
    assert form.extra_units is not None, "and in units"
    values = first_by(form.model, [{form.extra_credits: 1}], effort)
    if values is None:
        return Closest(None)
    if form.missing:  # with so few credits missing, one search settles units and what each rule lacks
        for variable in form.missing.values():
            form.model.uppers[variable] = min(form.model.uppers[variable], _most_short(form, variable, values))
        short: Terms = {variable: form.grains[variable] for variable in form.missing.values()}
        every = sum(form.model.uppers[variable] * grain for variable, grain in short.items())
        wishes: list[Terms] = [{**short, form.extra_units: every + 1}]
        if (every + 1) * (form.model.uppers[form.extra_units] + 1) > MAX_WEIGHT // 2:
            wishes = [{form.extra_units: 1}, short]
    else:
        wishes = [{form.extra_units: 1}]
    return Closest(*settle_within(form, wishes, effort, ordering))


def _most_short(form: Formulation, variable: int, values: Sequence[int]) -> int:
    """The most that one rule can lack: no more than is missing in all, now that the credits are settled."""
    assert form.extra_credits is not None, "a gap is measured in credits"
    credits_ = any(own == variable and kind == "credits" for (_, kind), own in form.missing.items())
    return values[form.extra_credits] // form.grains[variable] if credits_ else form.model.uppers[variable]


def proves_gap(problem: Problem, found: Allocation, effort: Effort) -> bool:
    """Whether a second route says no to anything less: to fewer credits, and to so many with fewer units."""
    credits_, units = found.extra_credits, found.extra_units
    less = [Further(credits_ - 1, ANY_UNITS)] if credits_ else []
    less += [Further(credits_, units - 1)] if units else []
    near = _near(problem, {node for node, _, _ in found.missing})
    return all(_refutes(problem, further, near, effort) for further in less)


def _refutes(problem: Problem, further: Further, near: frozenset[str], effort: Effort) -> bool:
    """By the rules that lack something and those beside them, or else by all: among few a proof is found sooner."""
    return any(refute(problem, effort.anew(), further=further, rules=rules) is not None for rules in (near, None))


def _near(problem: Problem, lacking: Set[str]) -> frozenset[str]:
    """These rules, and the requirements that units may fill instead of one of them."""
    beside = {path for places in problem.places if not lacking.isdisjoint(places) for path in places}
    return frozenset(lacking | beside)


def gap_of(qualification: Qualification, allocation: Allocation, wording: Wording, *, proven: bool = False) -> Gap:
    """Read the gap off the closest answer."""
    nodes = dict(qualification.nodes())
    amounts: dict[str, int] = {}
    units: dict[str, int] = {}
    for path, measure, amount in allocation.missing:
        (amounts if measure == "credits" else units)[path] = amount
    shortfalls = tuple(
        Shortfall(path, node.title, Credits(amounts.get(path, 0)), units.get(path, 0))
        for path, node in nodes.items()
        if not isinstance(node, Group) and (path in amounts or path in units)
    )
    return Gap(
        Credits(allocation.extra_credits),
        allocation.extra_units,
        shortfalls,
        _sentence(allocation, shortfalls, wording),
        proven,
    )


def _sentence(allocation: Allocation, shortfalls: tuple[Shortfall, ...], wording: Wording) -> str:
    credits_, units = allocation.extra_credits, allocation.extra_units
    if not credits_ and not units:
        return wording.say("gap.nothing")
    if len(shortfalls) == 1 and (shortfalls[0].credits.thousandths, shortfalls[0].units) == (credits_, units):
        message, told = "gap.one-rule", {"title": shortfalls[0].title}
    else:
        by_rule = [
            wording.say("gap.for", amount=wording.amounts(short.credits.thousandths, short.units), title=short.title)
            for short in shortfalls
        ]
        message, told = "gap.rules", {"rules": wording.listed(by_rule)}
    if credits_ and units:
        return wording.say(f"{message}-both", credits=wording.credits(credits_), units=wording.units(units), **told)
    number = Fraction(credits_, 1000) if credits_ else Fraction(units)
    return wording.count(message, number, missing=wording.amounts(credits_, units), **told)


def least_credits(problem: Problem, effort: Effort) -> Credits | None:
    """The fewest credits with which these rules can be satisfied at all, by units of the best kind."""
    empty = state(problem.qualification, (), problem.setting)
    empty = replace(empty, bounds=tuple(bound for bound in empty.bounds if bound.portion != BEGUN or bound.node))
    found = closest(empty, effort).answer
    return None if found is None else Credits(found.extra_credits)
