"""How much is missing: the fewest further credits and units, of whatever kind helps most, and where they
belong.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Qualification
from creditbank.stacking.allocation import Allocation, formulate, settle
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import BEGUN, Problem, state
from creditbank.stacking.solver import Effort
from creditbank.units import Credits


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
    """The least that is missing in all, and rule by rule. One further credit may help several rules at
    once.
    """

    credits: Credits
    units: int
    shortfalls: tuple[Shortfall, ...]
    sentence: str

    def to_json(self) -> JsonObject:
        """The gap as it stands in an evaluation."""
        return {
            "credits": str(self.credits),
            "units": self.units,
            "shortfalls": [short.to_json() for short in self.shortfalls],
            "sentence": self.sentence,
        }


def closest(problem: Problem, effort: Effort) -> Allocation | None:
    """The answer that leaves the fewest credits missing, then the fewest units, then the least
    rule by rule.

    None when no further units of any kind could help, because the rules contradict one another. Raises
    `TooComplex`.
    """
    form = formulate(problem, gap=True)
    assert form.extra_credits is not None, "a gap is measured in credits"
    assert form.extra_units is not None, "and in units"
    wishes = [{form.extra_credits: 1}, {form.extra_units: 1}]
    if form.missing:
        wishes.append(dict.fromkeys(form.missing.values(), 1))
    return settle(form, wishes, effort)


def gap_of(qualification: Qualification, allocation: Allocation, wording: Wording) -> Gap:
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
    found = closest(empty, effort)
    return None if found is None else Credits(found.extra_credits)
