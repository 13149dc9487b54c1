"""How much is missing: the fewest further credits and units, of whatever kind helps most, and where they
belong.
"""

from dataclasses import dataclass, replace

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Qualification
from creditbank.stacking.allocation import Allocation, formulate, settle
from creditbank.stacking.problem import BEGUN, Problem, state
from creditbank.stacking.solver import Effort
from creditbank.stacking.wording import credits_words, joined, number_words
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


def gap_of(qualification: Qualification, allocation: Allocation) -> Gap:
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
        _sentence(allocation, shortfalls),
    )


def _amounts(thousandths: int, units: int) -> str:
    parts = ([credits_words(thousandths)] if thousandths else []) + ([number_words(units)] if units else [])
    return joined(parts)


def _sentence(allocation: Allocation, shortfalls: tuple[Shortfall, ...]) -> str:
    whole = _amounts(allocation.extra_credits, allocation.extra_units)
    if not whole:
        return "Nothing is missing."
    verb = "is" if whole in ("1 credit", "1 unit") else "are"
    by_rule = [f"{_amounts(short.credits.thousandths, short.units)} for «{short.title}»" for short in shortfalls]
    if len(by_rule) == 1 and by_rule[0].startswith(f"{whole} for"):
        return f"At least {whole} {verb} missing, for «{shortfalls[0].title}»."
    return f"At least {whole} {verb} missing: {joined(by_rule)}."


def least_credits(problem: Problem, effort: Effort) -> Credits | None:
    """The fewest credits with which these rules can be satisfied at all, by units of the best kind."""
    empty = state(problem.qualification, (), problem.setting)
    empty = replace(empty, bounds=tuple(bound for bound in empty.bounds if bound.portion != BEGUN or bound.node))
    found = closest(empty, effort)
    return None if found is None else Credits(found.extra_credits)
