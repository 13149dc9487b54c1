"""The one canonical answer: which units count, how much of each, and which requirement each fills.

Of all answers it is the one that counts the fewest credits; of those, the one that uses the soonest
expiring, oldest, then first-by-id units; of those, the one that satisfies the earliest nodes of the
document and puts units in its earliest places. So two machines, given the units in any order, give the same
answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from creditbank.framework.qualification import Group
from creditbank.stacking.problem import Bound, Problem, Unit
from creditbank.stacking.proof import Use
from creditbank.stacking.solver import Effort, Model, Terms, TooComplex, first_by, first_in_order, minimise

MAX_PAIRS: Final = 20_000


@dataclass
class Formulation:
    """The model of a problem, and which variable means what."""

    problem: Problem
    model: Model = field(default_factory=Model)
    amount: list[int] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    entire: list[int] = field(default_factory=list)
    placed: list[dict[str, int]] = field(default_factory=list)
    filled: list[dict[str, int]] = field(default_factory=list)
    selected: dict[str, int] = field(default_factory=dict)
    extra_credits: int | None = None
    extra_units: int | None = None
    missing: dict[tuple[str, str], int] = field(default_factory=dict)

    def weigh_credits(self, units: Iterable[int]) -> dict[int, int]:
        """The credits counted of these units, as terms."""
        return {self.amount[index]: self.problem.units[index].step for index in units}


@dataclass(frozen=True, slots=True)
class Allocation:
    """What counts: uses in the canonical order of units, the nodes chosen, and what is still missing by
    node.
    """

    uses: tuple[Use, ...]
    selected: frozenset[str]
    extra_credits: int = 0
    extra_units: int = 0
    missing: tuple[tuple[str, str, int], ...] = ()


def formulate(problem: Problem, *, dropped: frozenset[str] = frozenset(), gap: bool = False) -> Formulation:
    """Write a problem as a model, without the rules `dropped`; with `gap`, further credits may fill what is
    missing.

    Raises `TooComplex` when units times requirements are more than are searched.
    """
    pairs = sum(len(places) for places in problem.places)
    if pairs > MAX_PAIRS:
        raise TooComplex("pairs", f"The units fit {pairs} places; at most {MAX_PAIRS} are searched.")
    form = Formulation(problem)
    _selection(form)
    _units(form, dropped)
    if gap:
        _further_credits(form, dropped)
    for bound in problem.bounds:
        if bound.node not in dropped:
            _bound(form, bound)
    for group in problem.alike:
        form.model.row({form.counted[index]: 1 for index in group}, most=1)
    _interchangeable(form)
    return form


def _selection(form: Formulation) -> None:
    """Choose nodes: the root, and below a chosen group enough of its nodes. What is not chosen binds
    nothing.
    """
    model = form.model
    for path, node in form.problem.qualification.nodes():
        if path not in form.selected:
            form.selected[path] = model.variable(1)
            model.fix(form.selected[path], 1)
        if not isinstance(node, Group):
            continue
        own = form.selected[path]
        children = [model.variable(1) for _ in node.of]
        form.selected.update(zip((f"{path}/{child.id}" for child in node.of), children, strict=True))
        model.row({**dict.fromkeys(children, 1), own: -node.needed}, least=0)
        for child in children:
            model.row({own: 1, child: -1}, least=0)


def _units(form: Formulation, dropped: frozenset[str]) -> None:
    model = form.model
    for unit, places in zip(form.problem.units, form.problem.places, strict=True):
        amount = model.variable(unit.steps)
        counted = entire = amount
        if unit.steps > 1:
            counted = model.variable(1)
            model.row({counted: unit.steps, amount: -1}, least=0)
        if unit.steps > 1 or not unit.can_be_entire:
            entire = model.variable(int(unit.can_be_entire))
            model.row({amount: 1, entire: -unit.steps}, least=0)
        placed: dict[str, int] = {}
        filled: dict[str, int] = {}
        for path in places:
            if path in dropped:
                continue
            placed[path] = filled[path] = model.variable(1)
            model.row({form.selected[path]: 1, placed[path]: -1}, least=0)
            if unit.steps > 1:
                filled[path] = model.variable(unit.steps)
                model.row({placed[path]: unit.steps, filled[path]: -1}, least=0)
                model.row({amount: 1, filled[path]: -1}, least=0)
        if placed:
            model.row({counted: 1, **dict.fromkeys(placed.values(), -1)}, least=0)
        form.amount.append(amount)
        form.counted.append(counted)
        form.entire.append(entire)
        form.placed.append(placed)
        form.filled.append(filled)


def _further_credits(form: Formulation, dropped: frozenset[str]) -> None:
    """Credits and units that the learner does not have, of whatever kind helps most.

    In requirements they are disjoint, as units are; towards one limit each of them may help; no cap that
    speaks of particular units binds them, because they may be of another kind. So their least number is
    what is missing at best.
    """
    model = form.model
    wanted = [bound for bound in form.problem.bounds if bound.missing and bound.node not in dropped]
    tops = {
        measure: sum(bound.least or 0 for bound in wanted if (bound.measure == "credits") == (measure == "credits"))
        for measure in ("credits", "entire")
    }
    form.extra_credits, form.extra_units = model.variable(tops["credits"]), model.variable(tops["entire"])
    for measure, whole in (("credits", form.extra_credits), ("entire", form.extra_units)):
        in_places: dict[int, int] = {}
        for bound in wanted:
            if bound.measure != measure:
                continue
            short = model.variable(tops[measure])
            form.missing[bound.node, measure] = short
            if bound.place:
                in_places[short] = -1
            else:
                model.row({whole: 1, short: -1}, least=0)
        if in_places:
            model.row({whole: 1, **in_places}, least=0)


def _sum_terms(form: Formulation, bound: Bound) -> dict[int, int]:
    variables: list[int | None]
    if bound.place and bound.measure == "credits":
        variables = [filled.get(bound.node) for filled in form.filled]
    elif bound.place:
        variables = [placed.get(bound.node) for placed in form.placed]
    else:
        variables = list({"credits": form.amount, "units": form.counted, "entire": form.entire}[bound.measure])
    terms = {
        variable: weight
        for variable, weight in zip(variables, bound.weights, strict=True)
        if variable is not None and weight
    }
    whole = form.extra_credits if bound.measure == "credits" else form.extra_units
    if whole is not None and bound.extra:
        terms[whole] = bound.extra
    short = form.missing.get((bound.node, bound.measure))
    if short is not None and bound.missing:
        terms[short] = bound.missing
    return terms


def _bound(form: Formulation, bound: Bound) -> None:
    """State a bound that binds only when its rule is chosen (a bound outside the tree always binds)."""
    model, terms = form.model, _sum_terms(form, bound)
    lowest = sum(min(0, weight) * model.uppers[variable] for variable, weight in terms.items())
    highest = sum(max(0, weight) * model.uppers[variable] for variable, weight in terms.items())
    chosen = form.selected.get(bound.node)
    if bound.place and bound.measure == "entire":
        for amount, placed, entire in zip(form.amount, form.placed, form.entire, strict=True):
            if entire != amount and bound.node in placed:  # a part is no unit, so none fills a count of units
                model.row({entire: 1, placed[bound.node]: -1}, least=0)
    if bound.least is not None and lowest < bound.least:
        slack = {} if chosen is None else {chosen: lowest - bound.least}
        model.row({**terms, **slack}, least=bound.least if chosen is None else lowest)
    if bound.most is not None and highest > bound.most:
        slack = {} if chosen is None else {chosen: highest - bound.most}
        model.row({**terms, **slack}, most=bound.most if chosen is None else highest)


def classes(problem: Problem) -> list[list[int]]:
    """Units that no rule can tell apart, in canonical order. Those of a set that counts once stand alone."""
    alone = {index for group in problem.alike for index in group}
    found: dict[tuple[object, ...], list[int]] = {}
    for index, unit in enumerate(problem.units):
        weights = tuple(bound.weights[index] for bound in problem.bounds)
        key: tuple[object, ...] = (
            unit.step,
            unit.steps,
            unit.can_be_entire,
            unit.offered,
            problem.places[index],
            weights,
        )
        if index in alone or unit.steps > 1:
            key = (index,)
        found.setdefault(key, []).append(index)
    return list(found.values())


def _interchangeable(form: Formulation) -> None:
    """Of units that no rule tells apart, the earlier counts first: the canonical answer never does
    otherwise.
    """
    for members in classes(form.problem):
        for earlier, later in pairwise(members):
            form.model.row({form.amount[earlier]: 1, form.amount[later]: -1}, least=0)


def feasible(problem: Problem, effort: Effort, *, dropped: frozenset[str] = frozenset()) -> bool:
    """Whether any answer satisfies the rules that are not dropped."""
    return minimise(formulate(problem, dropped=dropped).model, {}, effort) is not None


def settle(form: Formulation, wishes: Sequence[Terms], effort: Effort) -> Allocation | None:
    """The canonical answer of a model that is best by `wishes` first, or None when it has none."""
    everything = form.weigh_credits(range(len(form.problem.units)))
    values = first_by(form.model, [*wishes, everything], effort)
    if values is None:
        return None
    units = form.problem.units
    values = first_in_order(
        form.model,
        [({form.amount[index]: 1}, unit.steps) for index, unit in enumerate(units)],
        values,
        effort,
    )
    free = [
        variable for variable in form.selected.values() if form.model.lowers[variable] < form.model.uppers[variable]
    ]
    values = first_in_order(form.model, [({variable: 1}, 1) for variable in free], values, effort)
    values = first_in_order(form.model, _place_digits(form, values), values, effort)
    return _read(form, values)


def _place_digits(form: Formulation, values: tuple[int, ...]) -> list[tuple[Terms, int]]:
    """For each counted unit, a digit that is the larger the earlier its place: 0 means that it fills none."""
    digits: list[tuple[Terms, int]] = []
    for amount, placed in zip(form.amount, form.placed, strict=True):
        open_places = [variable for path, variable in placed.items() if values[form.selected[path]]]
        if values[amount] and open_places:
            top = len(open_places)
            digits.append(({variable: top - rank for rank, variable in enumerate(open_places)}, top))
    return digits


def _read(form: Formulation, values: tuple[int, ...]) -> Allocation:
    uses: list[Use] = []
    for index, unit in enumerate(form.problem.units):
        count = values[form.amount[index]]
        if count:
            node = next((path for path, variable in form.placed[index].items() if values[variable]), "")
            uses.append(unit.use(count, node))
    selected = frozenset(path for path, variable in form.selected.items() if values[variable])
    missing = tuple(
        (node, measure, values[variable]) for (node, measure), variable in form.missing.items() if values[variable]
    )
    extra = [0 if variable is None else values[variable] for variable in (form.extra_credits, form.extra_units)]
    return Allocation(tuple(uses), selected, extra[0], extra[1], missing)


def decide(problem: Problem, effort: Effort, ordering: Effort) -> tuple[Allocation | None, TooComplex | None]:
    """The canonical answer that satisfies all rules, or None when there is none.

    Raises `TooComplex` when `effort` does not suffice to tell. When `ordering` does not suffice to find the canonical
    answer among all, the first one found is given with the limit that was reached: it is as right, and not unique.
    """
    form = formulate(problem)
    values = minimise(form.model, {}, effort)
    if values is None:
        return None, None
    found = _read(form, values)
    try:
        return settle(form, (), ordering), None
    except TooComplex as limit:
        return found, limit


def units_used(problem: Problem, allocation: Allocation) -> tuple[Unit, ...]:
    """The units that an allocation counts, in canonical order."""
    used = {(use.credential, use.digest) for use in allocation.uses}
    return tuple(unit for unit in problem.units if (unit.candidate.facts.credential, unit.candidate.digest) in used)
