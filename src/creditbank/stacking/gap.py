"""How much is missing: the fewest further credits and units, of whatever kind helps most, and where they
belong.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Qualification
from creditbank.stacking.allocation import Allocation, Formulation, decide, formulate, read_answer, settle_within
from creditbank.stacking.certificate import Certificate, Further
from creditbank.stacking.front import Front
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import Bound, Problem
from creditbank.stacking.refutation import refute
from creditbank.stacking.solver import MAX_WEIGHT, Effort, Terms, TooComplex, first_by, first_in_order
from creditbank.stacking.wording import told_apart
from creditbank.units import Credits

SEEKING: Final = 1_000
"""How much may be done to see which rules collide, where that is not seen at first sight."""
PROVING_UNITS: Final = 100
"""How much may be done to see that no fewer units do either."""
ANY_CREDITS: Final = 10_000_000
"""More further thousandths of credit than any rules ask for."""
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

    `proven` tells that a second, exact route says no to anything less. With so few credits so many units are missing;
    `instead` are credits and units that would do as well, where more credits make fewer units do.
    """

    credits: Credits
    units: int
    shortfalls: tuple[Shortfall, ...]
    sentence: str
    proven: bool = False
    instead: tuple[Credits, int] | None = None

    def to_json(self) -> JsonObject:
        """The gap as it stands in an evaluation."""
        return {
            "credits": str(self.credits),
            "units": self.units,
            "shortfalls": [short.to_json() for short in self.shortfalls],
            "sentence": self.sentence,
            "proven": self.proven,
            **({"instead": {"credits": str(self.instead[0]), "units": self.instead[1]}} if self.instead else {}),
        }


ROUNDS: Final = 6
"""So many times rules are added to those that are asked about, before all are asked about at once."""


@dataclass(frozen=True, slots=True)
class Closest:
    """The answer that comes closest; `unordered` is the limit at which the search for the canonical one stopped.

    `rules`, where they are known, are those for whose sake so much is missing: with all others let go it is as much.
    """

    answer: Allocation | None
    unordered: TooComplex | None = None
    rules: frozenset[str] = frozenset()


def closest(problem: Problem, effort: Effort, ordering: Effort | None = None) -> Closest:
    """The answer that leaves the fewest credits missing, then the fewest units, then the least rule by rule: in all,
    and then in document order.

    It has no answer when no further units of any kind could help, because the rules contradict one another. Raises
    `TooComplex` (with an answer in hand, if there is one) when `effort` does not suffice to tell what is missing; the
    canonical answer among those that lack the same is sought as far as `ordering` goes.
    """
    found = _by_few_rules(problem, effort.anew(), ordering or effort)
    if found is not None:
        return found
    form = formulate(problem, gap=True)
    try:
        return Closest(*_closest(form, effort, ordering or effort))
    except TooComplex as limit:
        if limit.found is not None:
            limit.in_hand = read_answer(form, limit.found)
        raise


def _by_few_rules(problem: Problem, effort: Effort, ordering: Effort) -> Closest | None:
    """The closest answer, from what a few rules lack: what is enough for them is enough for all where the rest then
    has an answer. None where that was not found out.

    Less would not do for these few, so it would not do for all; and of what is equally little it is the first.
    """
    rules: frozenset[str] = frozenset()
    lacking = Allocation((), frozenset())
    try:
        for _ in range(ROUNDS):
            granted = _granted(problem, lacking)
            if granted is None:
                return None
            more = at_first_sight(granted) or (None if rules else colliding(granted, effort))
            if more is None:
                decision = decide(granted, effort, ordering.anew())
                if (answer := decision.answer) is not None:
                    return _with_missing(answer, lacking, decision.unordered, rules)
                more = colliding(granted, effort)
            if more is None or more <= rules:
                return None
            rules |= more
            form = formulate(problem, gap=True, dropped=frozenset(problem.leaves) - rules)
            values = _least_missing(form, effort)
            if values is None:
                return Closest(None)
            lacking = read_answer(form, values)
    except TooComplex:
        return None
    return None


def _with_missing(
    answer: Allocation, lacking: Allocation, unordered: TooComplex | None, rules: frozenset[str]
) -> Closest | None:
    """The answer with what it lacks; None where it goes by other rules than those that lack something."""
    if not answer.selected.issuperset(node for node, _, _ in lacking.missing):
        return None
    credits_, units, missing = lacking.extra_credits, lacking.extra_units, lacking.missing
    return Closest(replace(answer, extra_credits=credits_, extra_units=units, missing=missing), unordered, rules)


def at_first_sight(problem: Problem) -> frozenset[str] | None:
    """Rules that collide at first sight, or None."""
    proof = Front(problem).refusal()
    return None if proof is None else frozenset(Certificate(proof).rules)


def colliding(problem: Problem, effort: Effort) -> frozenset[str] | None:
    """Rules that collide, not always as few as do, by a certificate; None where none was found soon."""
    if (seen := at_first_sight(problem)) is not None:
        return seen
    found = refute(problem, effort.anew(SEEKING), cuts=True)
    return None if found is None else frozenset(found.rules)


def _granted(problem: Problem, lacking: Allocation) -> Problem | None:
    """The problem of a learner who has what is missing; None where no plain bound says so."""
    amounts = {(node, measure): amount for node, measure, amount in lacking.missing}
    nodes = {node for node, _ in amounts}
    if problem.confined:
        return None
    no_sums = {rule.node for rule in problem.spreads} | {rule.node for rule in problem.either}
    if nodes & (problem.sharing_places | no_sums):
        return None
    if not amounts and not lacking.extra_credits and not lacking.extra_units:
        return problem
    bounds: list[Bound] = []
    for bound in problem.bounds:
        whole = lacking.extra_credits if bound.unit_of_measure == "credits" else lacking.extra_units
        more = bound.extra * whole + bound.missing * amounts.get((bound.node, bound.unit_of_measure), 0)
        if more and bound.when is not None:
            return None
        least = None if bound.least is None else bound.least - more
        if least is not None and min(bound.weights, default=0) >= 0:
            least = max(0, least)
        most = None if bound.most is None else bound.most - more
        bounds.append(replace(bound, least=least, most=most) if more else bound)
    return replace(problem, bounds=tuple(bounds))


def _closest(form: Formulation, effort: Effort, ordering: Effort) -> tuple[Allocation | None, TooComplex | None]:
    values = _least_missing(form, effort)
    return (None, None) if values is None else settle_within(form, (), effort, ordering)


def _least_missing(form: Formulation, effort: Effort) -> tuple[int, ...] | None:
    """Values that lack least; what each rule lacks is then fixed in the model. None where nothing would help."""
    assert form.extra_credits is not None, "a gap is measured in credits"
    assert form.extra_units is not None, "and in units"
    values = first_by(form.model, [{form.extra_credits: 1}], effort)
    if values is None:
        return None
    for variable in form.missing.values():  # with so few credits missing, one search settles units and the rules
        form.model.uppers[variable] = min(form.model.uppers[variable], _most_short(form, variable, values))
    short: Terms = {variable: form.grains[variable] for variable in form.missing.values()}
    every = sum(form.model.uppers[variable] * grain for variable, grain in short.items())
    wishes: list[Terms] = [{**short, form.extra_units: every + 1}]
    if (every + 1) * (form.model.uppers[form.extra_units] + 1) > MAX_WEIGHT // 2:
        wishes = [{form.extra_units: 1}, short]
    values = first_by(form.model, wishes, effort)
    assert values is not None, "a model with an answer keeps one"
    digits: list[tuple[Terms, int]] = [({variable: -1}, 0) for variable in form.missing.values()]
    return first_in_order(form.model, digits, values, effort)


def _most_short(form: Formulation, variable: int, values: Sequence[int]) -> int:
    """The most that one rule can lack: no more than is missing in all, now that the credits are settled."""
    assert form.extra_credits is not None, "a gap is measured in credits"
    credits_ = any(own == variable and kind == "credits" for (_, kind), own in form.missing.items())
    return values[form.extra_credits] // form.grains[variable] if credits_ else form.model.uppers[variable]


def proves_gap(problem: Problem, found: Allocation, effort: Effort, rules: frozenset[str] = frozenset()) -> bool:
    """Whether a second route says no to anything less: to fewer credits, and to so many with fewer units.

    `rules` are those for whose sake so much is missing, where they are known.
    """
    credits_, units = found.extra_credits, found.extra_units
    less = [Further(credits_ - 1, ANY_UNITS)] if credits_ else []
    less += [Further(credits_, units - 1)] if units else []
    near = rules or _near(problem, {node for node, _, _ in found.missing})
    return all(_refutes(problem, further, near, effort) for further in less)


def _refutes(problem: Problem, further: Further, near: frozenset[str], effort: Effort) -> bool:
    """By the rules that lack something and those beside them, or else by all: among few a proof is found sooner."""
    return any(
        refute(problem, effort.anew(), further=further, rules=rules, cuts=True) is not None for rules in (near, None)
    )


def _near(problem: Problem, lacking: Set[str]) -> frozenset[str]:
    """These rules, and the requirements that units may fill instead of one of them."""
    beside = {path for places in problem.places if not lacking.isdisjoint(places) for path in places}
    return frozenset(lacking | beside)


def with_fewer_units(
    problem: Problem, found: Allocation, effort: Effort, rules: frozenset[str] = frozenset()
) -> tuple[Credits, int] | None:
    """The fewest units, and with so few the fewest credits, where that is less than the units of the closest answer.

    Units that are missing may be ones that were given up for the sake of a share or a mean: whoever earns no more
    credits than the closest answer asks for has all these units to earn as well, and more credits spare them. Where
    no credits are missing, what spares two units is credits, and they come in one unit at least.
    """
    if found.extra_units < (1 if found.extra_credits else 2):
        return None
    fewer = Further(ANY_CREDITS, found.extra_units - 1)
    if refute(problem, effort.anew(PROVING_UNITS), further=fewer, rules=rules or None, cuts=True) is not None:
        return None
    form = formulate(problem, gap=True)
    assert form.extra_credits is not None, "a gap is measured in credits"
    assert form.extra_units is not None, "and in units"
    if not found.extra_credits:
        form.model.row({form.extra_units: 1}, least=1)
    try:
        values = first_by(form.model, [{form.extra_units: 1}, {form.extra_credits: 1}], effort)
    except TooComplex:
        return None
    if values is None or values[form.extra_units] >= found.extra_units:
        return None
    return Credits(values[form.extra_credits]), values[form.extra_units]


def gap_of(
    qualification: Qualification,
    allocation: Allocation,
    wording: Wording,
    *,
    proven: bool = False,
    instead: tuple[Credits, int] | None = None,
) -> Gap:
    """Read the gap off the closest answer."""
    nodes = told_apart(qualification)
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
        _sentence(allocation, shortfalls, wording, instead),
        proven,
        instead,
    )


def _sentence(
    allocation: Allocation,
    shortfalls: tuple[Shortfall, ...],
    wording: Wording,
    instead: tuple[Credits, int] | None,
) -> str:
    if instead is not None:
        amount = wording.amounts(instead[0].thousandths, instead[1])
        return wording.sentences(
            _sentence(allocation, shortfalls, wording, None), wording.say("gap.instead", missing=amount)
        )
    credits_, units = allocation.extra_credits, allocation.extra_units
    if not credits_ and not units:
        return wording.say("gap.nothing")
    told: dict[str, str]
    if len(shortfalls) == 1 and (shortfalls[0].credits.thousandths, shortfalls[0].units) == (credits_, units):
        message, told = "gap.one-rule", {"title": shortfalls[0].title}
    elif not shortfalls:  # no rule asks for them: they make the whole larger of which others may be a part
        message, told = "gap.whole", {}
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
