"""The one canonical answer: which units count, how much of each, and which requirement each fills.

Of all answers it is the one that counts the fewest credits; of those, the one that shares the fewest units between
requirements; of those, the one that uses the soonest expiring, oldest, then first-by-id units; of those, the one that
satisfies the earliest nodes of the document and puts units in its earliest places. So two machines, given the units
in any order, give the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import gcd
from typing import Final

from creditbank.framework.qualification import Group
from creditbank.stacking.bidding import thrifty
from creditbank.stacking.certificate import Certificate
from creditbank.stacking.covers import askable
from creditbank.stacking.enumeration import shared_fillings
from creditbank.stacking.front import Filling, Front
from creditbank.stacking.lightest import Lightest, Narrowed
from creditbank.stacking.matching import greedy
from creditbank.stacking.near import least_of_all
from creditbank.stacking.problem import Alternatives, Bound, Either, Problem, Spread, Unit
from creditbank.stacking.proof import Use
from creditbank.stacking.seeking import any_answer
from creditbank.stacking.solver import (
    DIGITS,
    ENTRIES_A_STEP,
    SOLVE,
    Effort,
    Model,
    Terms,
    TooComplex,
    any_in_order,
    first_by,
    first_in_order,
    minimise,
)

MAX_PAIRS: Final = 20_000
NARROWING: Final = 600
"""How much counted work may go into what all of the lightest answers have in common."""


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
    shared: dict[int, dict[int, int]] = field(default_factory=dict)
    """For each entry of `sharing` (by number): for each unit (by index) that may use it, whether it does."""
    selected: dict[str, int] = field(default_factory=dict)
    extra_credits: int | None = None
    extra_units: int | None = None
    missing: dict[tuple[str, str], int] = field(default_factory=dict)
    grains: dict[int, int] = field(default_factory=dict)
    """How much one step of what a rule lacks (a variable of `missing`) is."""
    anew: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    """For each entry of `sharing` and measure: what further credits or units are shared by it."""
    inside: dict[tuple[int, tuple[str, ...], str], dict[int, int]] = field(default_factory=dict)
    """For a unit, places and a measure: the terms of what it is where it fills any of these places (`inside_terms`)."""
    filling: dict[tuple[str, str], int] = field(default_factory=dict)
    """For places over which limits run, and each measure: the further credits or units that fill them."""
    parts: dict[str, list[tuple[tuple[str, ...], int]]] = field(default_factory=dict)
    """For each measure the further credits or units in each set of sharing places; none where these are too many."""

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


def formulate(
    problem: Problem, *, dropped: frozenset[str] = frozenset(), gap: bool = False, model: Model | None = None
) -> Formulation:
    """Write a problem as a model, without the rules `dropped`; with `gap`, further credits may fill what is
    missing.

    With `model`, several problems stand in one model. Then nothing is said about units that this problem's rules do
    not tell apart, because those of another may; and one step of a converted unit need not take all of it.

    Raises `TooComplex` when units times requirements are more than are searched.
    """
    pairs = sum(len(places) for places in problem.places)
    if pairs > MAX_PAIRS:
        raise TooComplex("pairs", pairs=pairs, most=MAX_PAIRS)
    form = Formulation(problem, Model() if model is None else model)
    _selection(form)
    _units(form, dropped, apart=model is not None)
    if gap:
        _further_credits(form, dropped)
    for bound in problem.bounds:
        if bound.node not in dropped:
            _bound(form, bound)
    for alternatives in problem.alternatives:
        if alternatives.node not in dropped:
            _alternatives(form, alternatives)
    for spread in problem.spreads:
        if spread.node not in dropped:
            _spread(form, spread)
    _cases(form, dropped)
    for group in problem.alike:
        form.model.row({form.counted[index]: 1 for index in group}, most=1)
    if model is None:
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


def _units(form: Formulation, dropped: frozenset[str], *, apart: bool) -> None:
    confined = _confined(form.problem, dropped)
    model, whole = form.model, _bounded_whole(form.problem) | confined
    for index, (unit, places) in enumerate(zip(form.problem.units, form.problem.places, strict=True)):
        amount = model.variable(unit.steps)
        counted = entire = amount
        if unit.steps > 1:
            counted = model.variable(1)
            model.row({counted: unit.steps, amount: -1}, least=0)
            model.row({amount: 1, counted: -1}, least=0)
        if unit.steps > 1 or not unit.can_be_entire or (apart and unit.weighed.conversion is not None):
            entire = model.variable(int(unit.can_be_entire))
            model.row({amount: 1, entire: -unit.steps}, least=0)
            if unit.skipped > 1:
                model.row({entire: unit.skipped, amount: -1}, least=unit.skipped - unit.steps)
        placed: dict[str, int] = {}
        filled: dict[str, int] = {}
        for path in places:
            if path in dropped and path not in confined:
                continue
            placed[path] = filled[path] = model.variable(1)
            model.row({form.selected[path]: 1, placed[path]: -1}, least=0)
            if unit.steps > 1:
                filled[path] = model.variable(unit.steps)
                model.row({placed[path]: unit.steps, filled[path]: -1}, least=0)
                model.row({amount: 1, filled[path]: -1}, least=0)
                if path in whole:  # a part of what counts is no way round a maximum
                    model.row({filled[path]: 1, amount: -1, placed[path]: -unit.steps}, least=-unit.steps)
        form.amount.append(amount)
        form.counted.append(counted)
        form.entire.append(entire)
        form.placed.append(placed)
        form.filled.append(filled)
        _share_out(form, index)


def _confined(problem: Problem, dropped: frozenset[str]) -> frozenset[str]:
    """The places over whose units a limit runs that is not dropped: units fill them though nothing else is asked."""
    if not problem.confined:
        return problem.confined
    rules: tuple[Bound | Spread, ...] = (*problem.bounds, *problem.spreads)
    return frozenset(path for rule in rules if rule.node not in dropped for path in rule.within)


def inside_terms(form: Formulation, index: int, within: tuple[str, ...], measure: str) -> dict[int, int]:
    """A unit's steps (or whether it counts, or counts entire) where it fills any of these places, as a sum."""
    known = form.inside.get((index, within, measure))
    if known is None:
        known = form.inside[index, within, measure] = _inside(form, index, within, measure)
    return known


def _inside(form: Formulation, index: int, within: tuple[str, ...], measure: str) -> dict[int, int]:
    model, unit = form.model, form.problem.units[index]
    placed = [form.placed[index][path] for path in within if path in form.placed[index]]
    any_, alone = dict.fromkeys(placed, 1), len(placed) < 2 or not form.problem.permissions
    if not alone:
        one = model.variable(1)
        model.row({**any_, one: -1}, least=0)
        for variable in placed:
            model.row({one: 1, variable: -1}, least=0)
        any_ = {one: 1}
    if not placed or measure == "units" or (measure == "credits" and unit.steps == 1):
        return any_
    if measure == "credits" and alone:
        return {form.filled[index][path]: 1 for path in within if path in form.filled[index]}
    if measure == "credits":
        (one,) = any_
        amount = model.variable(unit.steps)
        model.row({one: unit.steps, amount: -1}, least=0)
        model.row({form.amount[index]: 1, amount: -1}, least=0)
        model.row({amount: 1, form.amount[index]: -1, one: -unit.steps}, least=-unit.steps)
        return {amount: 1}
    if form.entire[index] == form.amount[index]:
        return any_
    entire = model.variable(1)  # no more than both: only a minimum asks for entire units
    model.row({form.entire[index]: 1, entire: -1}, least=0)
    model.row({**any_, entire: -1}, least=0)
    return {entire: 1}


def _bounded_whole(problem: Problem) -> frozenset[str]:
    """The requirements that take at most so many credits: there a unit's place takes all that counts of it."""
    return frozenset(
        bound.node for bound in problem.bounds if bound.place and bound.measure == "credits" and bound.most is not None
    )


def _share_out(form: Formulation, index: int) -> None:
    """A unit fills one place; or several, when every pair of them is permitted, and then it uses those entries."""
    model, placed, counted = form.model, form.placed[index], form.counted[index]
    permissions = form.problem.permissions
    pairs = {pair: permissions[pair] for pair in combinations(placed, 2) if pair in permissions} if permissions else {}
    sharing = {path for pair in pairs for path in pair}
    single = {variable: -1 for path, variable in placed.items() if path not in sharing}
    if single:
        model.row({counted: 1, **single}, least=0)
    for path in placed:
        if path in sharing:
            model.row({counted: 1, placed[path]: -1, **single}, least=0)
    for one, other in combinations((path for path in placed if path in sharing), 2):
        if (one, other) not in pairs:
            model.row({placed[one]: 1, placed[other]: 1}, most=1)
    for entry in sorted(set(pairs.values())):
        _use_entry(form, index, entry, [pair for pair, number in pairs.items() if number == entry])


def _use_entry(form: Formulation, index: int, entry: int, pairs: Sequence[tuple[str, str]]) -> None:
    """A unit with two places by one permission uses it; it has at most so many places by it."""
    model, placed = form.model, form.placed[index]
    uses = model.variable(1)
    form.shared.setdefault(entry, {})[index] = uses
    paths = sorted({path for pair in pairs for path in pair})
    most = form.problem.qualification.sharing[entry].places_at_most
    through = {path: model.variable(1) for path in paths} if len(paths) > most else {}
    for one, other in pairs:
        for seen in (uses, *(through[path] for path in (one, other) if through)):
            model.row({seen: 1, placed[one]: -1, placed[other]: -1}, least=-1)
    if through:
        model.row(dict.fromkeys(through.values(), 1), most=most)


def _further_credits(form: Formulation, dropped: frozenset[str]) -> None:
    """Credits and units that the learner does not have, of whatever kind helps most.

    In requirements they are disjoint, as units are, where the rules do not let a unit fill several; towards a limit
    each of them may help, with the grade, the field or the day that helps; no cap that speaks of particular units
    binds them, because they may be of another kind. So their least number is what is missing at best.
    """
    model = form.model
    wanted: dict[tuple[str, str], int] = {}
    for bound in (*form.problem.bounds, *(bound for rule in form.problem.either for bound in rule.bounds)):
        if bound.least is not None and bound.missing and bound.node not in dropped:
            key = (bound.node, bound.unit_of_measure)
            wanted[key] = max(wanted.get(key, 0), bound.most_missing(form.problem.units))
    for spread in form.problem.spreads:
        if spread.least and spread.node not in dropped:
            wanted[spread.node, "credits" if spread.reach else "units"] = spread.reach or spread.least
    tops = {measure: _most_further(form.problem, wanted, measure) for measure in ("credits", "units")}
    form.extra_credits, form.extra_units = model.variable(tops["credits"]), model.variable(tops["units"])
    places = {bound.node for bound in form.problem.bounds if bound.place}
    confined = _confined(form.problem, dropped)
    for measure, whole in (("credits", form.extra_credits), ("units", form.extra_units)):
        own: dict[int, int] = {}
        shared: dict[str, int] = {}
        for node in [node for node, kind in wanted if kind == measure]:
            grain = form.problem.grain_of(node) if measure == "credits" else 1
            short = form.missing[node, measure] = model.variable(-(-tops[measure] // grain))
            form.grains[short] = grain
            if node not in places:
                model.row({whole: 1, short: -grain}, least=0)
            elif node in form.problem.sharing_places:
                shared[node] = short
            elif node not in confined:
                own[short] = -grain
        _further_confined(form, confined, measure, tops[measure], own, shared)
        _further_in_places(form, measure, {whole: 1, **own}, shared)
    if confined:
        _further_within(form, dropped)


def _further_confined(
    form: Formulation, confined: frozenset[str], measure: str, top: int, own: dict[int, int], shared: dict[str, int]
) -> None:
    """What is further in each place over which a limit runs, at least what that place lacks; none where the answer does
    without it.
    """
    model = form.model
    for path in sorted(confined):
        filling = form.filling[path, measure] = model.variable(top)
        model.row({form.selected[path]: top, filling: -1}, least=0)
        if (needed := form.missing.get((path, measure))) is not None:
            model.row({filling: 1, needed: -form.grains[needed]}, least=0)
        if path in form.problem.sharing_places:
            shared[path] = filling
        else:
            own[filling] = -1


def _further_within(form: Formulation, dropped: frozenset[str]) -> None:
    """What a limit over certain places lacks lies in these."""
    rules: tuple[Bound | Spread, ...] = (*form.problem.bounds, *form.problem.spreads)
    for rule in rules:
        measure: str = "credits" if isinstance(rule, Spread) and rule.reach else "units"
        if isinstance(rule, Bound):
            measure = rule.unit_of_measure
        short = form.missing.get((rule.node, measure))
        if rule.within and short is not None and rule.node not in dropped:
            terms = _filling_terms(form, rule.within, measure)
            form.model.row({**terms, short: -form.grains[short]}, least=0)


def _filling_terms(form: Formulation, within: tuple[str, ...], measure: str) -> dict[int, int]:
    """The further credits (or units) that fill any of these places, as a sum: each once, however many it fills."""
    shared = form.problem.sharing_places if measure in form.parts else frozenset[str]()
    terms = {form.filling[path, measure]: 1 for path in within if path not in shared}
    for filled, part in form.parts.get(measure, ()):
        if not set(within).isdisjoint(filled):
            terms[part] = 1
    return terms


def _further_in_places(form: Formulation, measure: str, whole: dict[int, int], shared: Mapping[str, int]) -> None:
    """All that is missing in places is in the whole: once for each set of places that one unit may fill together."""
    model = form.model
    sets = shared_fillings(form.problem) if shared else ()
    if sets is None:  # too many: then each place by itself is a lower bound
        for short in shared.values():
            model.row({**whole, short: -1}, least=0)
        return
    together: dict[str, dict[int, int]] = {path: {} for path in shared}
    for filled, entries in sets:
        if shared.keys() >= set(filled):
            part = model.variable(max(model.uppers[shared[path]] for path in filled))
            whole[part] = -1
            form.parts.setdefault(measure, []).append((filled, part))
            for path in filled:
                together[path][part] = 1
            for entry in entries:
                form.anew.setdefault((entry, measure), []).append(part)
    for path, parts in together.items():
        exactly = 0 if (path, measure) in form.filling else None
        model.row({**parts, shared[path]: -1}, least=0, most=exactly)
    if len(whole) > 1:
        model.row(whole, least=0)


def _most_further(problem: Problem, wanted: Mapping[tuple[str, str], int], measure: str) -> int:
    """More further credits (or units) than these never help: all that is wanted, and what dilutes the worst share."""
    diluting = [bound for bound in problem.bounds if bound.extra < 0 and bound.unit_of_measure == measure]
    dilution = max((bound.most_missing(problem.units) for bound in diluting if not bound.within), default=0)
    dilution += sum(bound.most_missing(problem.units) for bound in diluting if bound.within)
    return sum(most for (_, kind), most in wanted.items() if kind == measure) + dilution


def _sum_terms(form: Formulation, bound: Bound) -> dict[int, int]:
    if bound.within:
        return _terms_within(form, bound)
    variables: list[int | None]
    anew: list[int] = []
    if bound.place and bound.measure == "credits":
        variables = [filled.get(bound.node) for filled in form.filled]
    elif bound.place:
        variables = [placed.get(bound.node) for placed in form.placed]
    elif bound.sharing is not None:
        variables = _sharing_variables(form, bound.sharing, in_credits=bound.measure == "credits")
        anew = form.anew.get((bound.sharing, bound.unit_of_measure), [])
    else:
        variables = list({"credits": form.amount, "units": form.counted, "entire": form.entire}[bound.measure])
    terms = {
        variable: weight
        for variable, weight in zip(variables, bound.weights, strict=True)
        if variable is not None and weight
    }
    terms.update(dict.fromkeys(anew, 1))
    whole = form.extra_credits if bound.unit_of_measure == "credits" else form.extra_units
    if whole is not None and bound.extra:
        terms[whole] = bound.extra
    filling = form.filling.get((bound.node, bound.unit_of_measure)) if bound.most is not None else None
    short = form.missing.get((bound.node, bound.unit_of_measure))
    if filling is not None:
        terms[filling] = bound.missing
    elif short is not None and bound.missing:
        terms[short] = bound.missing * form.grains[short]
    return terms


def _terms_within(form: Formulation, bound: Bound) -> dict[int, int]:
    terms: dict[int, int] = {}
    for index, weight in enumerate(bound.weights):
        if weight:
            for variable, part in inside_terms(form, index, bound.within, bound.measure).items():
                terms[variable] = terms.get(variable, 0) + weight * part
    measure = bound.unit_of_measure
    if form.extra_credits is not None and bound.extra:
        further = _filling_terms(form, bound.within, measure)
        terms |= {variable: part * bound.extra for variable, part in further.items()}
    short = form.missing.get((bound.node, measure))
    if short is not None and bound.missing:
        terms[short] = bound.missing * form.grains[short]
    return terms


def _sharing_variables(form: Formulation, entry: int, *, in_credits: bool) -> list[int | None]:
    """For each unit, whether it uses an entry of `sharing`; in credits, what counts of it if it does."""
    users = form.shared.get(entry, {})
    found: list[int | None] = []
    for index, unit in enumerate(form.problem.units):
        uses = users.get(index)
        if uses is not None and in_credits and unit.steps > 1:
            amount = form.model.variable(unit.steps)
            terms = {amount: 1, form.amount[index]: -1, uses: -unit.steps}
            form.model.row(terms, least=-unit.steps)
            uses = amount
        found.append(uses)
    return found


def _bound(form: Formulation, bound: Bound) -> None:
    """State a bound that binds only when its rule is chosen (a bound outside the tree always binds)."""
    _state(form, bound, form.selected.get(bound.node))


def _cases(form: Formulation, dropped: frozenset[str]) -> None:
    for rule in form.problem.either:
        if rule.node not in dropped:
            _either(form, rule)


def _either(form: Formulation, rule: Either) -> None:
    """While the rule is chosen one of its cases is, and then all bounds of that case hold."""
    model, cases = form.model, [form.model.variable(1) for _ in rule.cases]
    model.row({**dict.fromkeys(cases, 1), form.selected[rule.node]: -1}, least=0)
    for case, bounds in zip(cases, rule.cases, strict=True):
        for bound in bounds:
            _state(form, bound, case)


def _state(form: Formulation, bound: Bound, chosen: int | None) -> None:
    """A bound that binds where `chosen` is one, or always."""
    model, terms = form.model, _sum_terms(form, bound)
    least = bound.least
    if bound.when is not None and least is not None:  # owed by a unit that counts, and only then
        terms[form.counted[bound.when]] = terms.get(form.counted[bound.when], 0) - least
        least = 0
    lowest = sum(min(0, weight) * model.uppers[variable] for variable, weight in terms.items())
    highest = sum(max(0, weight) * model.uppers[variable] for variable, weight in terms.items())
    if bound.place and bound.measure == "entire":
        for amount, placed, entire in zip(form.amount, form.placed, form.entire, strict=True):
            if entire != amount and bound.node in placed:  # a part is no unit, so none fills a count of units
                model.row({entire: 1, placed[bound.node]: -1}, least=0)
    if least is not None and lowest < least:
        slack = {} if chosen is None else {chosen: lowest - least}
        model.row({**terms, **slack}, least=least if chosen is None else lowest)
    if bound.most is not None and highest > bound.most:
        slack = {} if chosen is None else {chosen: highest - bound.most}
        model.row({**terms, **slack}, most=bound.most if chosen is None else highest)


def _alternatives(form: Formulation, rule: Alternatives) -> None:
    """One case at most is taken; while the rule is chosen, what it speaks of counts only in a case that allows it."""
    model, chosen = form.model, form.selected[rule.node]
    cases = [model.variable(1) for _ in range(rule.cases)]
    if cases:
        model.row(dict.fromkeys(cases, 1), most=1)
    for index, allowed in enumerate(rule.allowed):
        own = form.placed[index].get(rule.node) if rule.place else form.counted[index]
        if allowed is not None and own is not None and len(allowed) < max(1, rule.cases):
            model.row({own: 1, chosen: 1, **{cases[number]: -1 for number in allowed}}, most=1)


def _spread(form: Formulation, rule: Spread) -> None:
    """Portions that are reached, counted: no more than are, where there must be enough, and no fewer, where few."""
    model, chosen = form.model, form.selected[rule.node]
    reached = {name: model.variable(1) for name in rule.names}
    total = dict.fromkeys(reached.values(), 1)
    short = form.missing.get((rule.node, "credits" if rule.reach else "units"))
    members = {name: [index for index, own in enumerate(rule.portions) if name in own] for name in rule.names}
    if rule.least:
        anew = _further_portion(form, rule, short)
        model.row({**total, **anew, chosen: -rule.least}, least=0)
        for name, variable in reached.items():
            have = _reached(form, rule, members[name])
            more = {short: 1} if short is not None and rule.reach else {}
            model.row({**have, **more, variable: -max(1, rule.reach)}, least=0)
    if rule.most is not None and len(reached) > rule.most:
        model.row({**total, chosen: len(reached) - rule.most}, most=len(reached))
        for name, variable in reached.items():
            for index in members[name]:
                own = inside_terms(form, index, rule.within, "units") if rule.within else {form.counted[index]: 1}
                model.row({variable: 1, **{one: -part for one, part in own.items()}}, least=0)


def _reached(form: Formulation, rule: Spread, members: Sequence[int]) -> dict[int, int]:
    """What these units add to a portion: credits, or whether they count at all."""
    if not rule.within:
        return form.weigh_credits(members) if rule.reach else {form.counted[index]: 1 for index in members}
    terms: dict[int, int] = {}
    for index in members:
        for variable, part in inside_terms(form, index, rule.within, "credits" if rule.reach else "units").items():
            terms[variable] = part * (rule.steps[index] if rule.reach else 1)
    return terms


def _further_portion(form: Formulation, rule: Spread, short: int | None) -> dict[int, int]:
    """What further credits or units add to the portions: one of credits alone; or one each, or all with one of many
    fields.
    """
    if short is None or not rule.least:
        return {}
    if rule.reach:
        anew = form.model.variable(1)
        form.model.row({short: 1, anew: -rule.reach}, least=0)
        return {anew: 1}
    return {short: rule.least if rule.overlaps else 1}


def _interchangeable(form: Formulation) -> None:
    """Of units that no rule tells apart, the earlier counts first: the canonical answer never does
    otherwise.
    """
    for members in form.problem.kinds:
        for earlier, later in pairwise(members):
            form.model.row({form.amount[earlier]: 1, form.amount[later]: -1}, least=0)


def feasible(problem: Problem, effort: Effort, *, dropped: frozenset[str] = frozenset(), wary: bool = False) -> bool:
    """Whether any answer satisfies the rules that are not dropped; `wary` is for one of many questions (`minimise`)."""
    return minimise(formulate(problem, dropped=dropped).model, {}, effort, wary=wary) is not None


def settle(form: Formulation, wishes: Sequence[Terms], effort: Effort) -> Allocation | None:
    """The canonical answer of a model that is best by `wishes` first, or None when it has none."""
    found, limit = settle_within(form, wishes, effort, effort)
    if limit is not None:
        raise limit
    return found


def settle_within(
    form: Formulation, wishes: Sequence[Terms], effort: Effort, ordering: Effort
) -> tuple[Allocation | None, TooComplex | None]:
    """An answer that is best by `wishes`, and of these the canonical one as far as `ordering` goes.

    Where that stops, the best one so far is given with the limit. Raises `TooComplex` when `effort` does not do for the
    wishes.
    """
    first = first_by(form.model, wishes, effort)
    if first is None:
        return None, None
    best = first
    try:
        for closer in _in_order(form, first, ordering):
            best = closer
    except TooComplex as limit:
        return read_answer(form, best), limit
    return read_answer(form, best), None


def _in_order(form: Formulation, values: tuple[int, ...], effort: Effort) -> Iterator[tuple[int, ...]]:
    """Answers that come closer to the canonical one, which is the last."""
    model, units = form.model, form.problem.units
    everything = form.weigh_credits(range(len(units)))
    sharing = {variable: 1 for users in form.shared.values() for variable in users.values()}
    grain = gcd(*everything.values()) or 1
    digits: list[tuple[Terms, int]] = [({amount: -step // grain for amount, step in everything.items()}, 0)]
    if sharing:
        digits.append((dict.fromkeys(sharing, -1), 0))
    digits += [({form.amount[index]: 1}, unit.steps) for index, unit in enumerate(units)]
    values = first_in_order(model, digits, values, effort)
    yield values
    free = [variable for variable in form.selected.values() if model.lowers[variable] < model.uppers[variable]]
    values = first_in_order(model, [({variable: 1}, 1) for variable in free], values, effort)
    yield values
    yield first_in_order(model, place_digits(form, values), values, effort)


def place_digits(form: Formulation, values: Sequence[int]) -> list[tuple[Terms, int]]:
    """For each counted unit, a digit that is the larger the earlier its place: 0 means that it fills none.

    A unit that may fill several has a digit for each of them.
    """
    digits: list[tuple[Terms, int]] = []
    sharing = {index for users in form.shared.values() for index in users}
    for index, (amount, placed) in enumerate(zip(form.amount, form.placed, strict=True)):
        open_places = [variable for path, variable in placed.items() if values[form.selected[path]]]
        if values[amount] and open_places and index in sharing:
            digits += [({variable: 1}, 1) for variable in open_places]
        elif values[amount] and open_places:
            top = len(open_places)
            digits.append(({variable: top - rank for rank, variable in enumerate(open_places)}, top))
    return digits


def read_answer(form: Formulation, values: Sequence[int]) -> Allocation:
    """What the values of a model say of one problem in it."""
    uses: list[Use] = []
    for index, unit in enumerate(form.problem.units):
        count = values[form.amount[index]]
        if count:
            uses.append(unit.use(count, [path for path, variable in form.placed[index].items() if values[variable]]))
    selected = frozenset(path for path, variable in form.selected.items() if values[variable])
    missing = tuple(
        (node, measure, values[variable] * form.grains[variable])
        for (node, measure), variable in form.missing.items()
        if values[variable]
    )
    extra = [0 if variable is None else values[variable] for variable in (form.extra_credits, form.extra_units)]
    return Allocation(tuple(uses), selected, extra[0], extra[1], missing)


def possible(problem: Problem, effort: Effort) -> bool:
    """Whether any answer satisfies the rules: by a count or a first answer where that shows it, else by the solver."""
    return possible_by(Front(problem), effort)


def possible_by(front: Front, effort: Effort) -> bool:
    """The same, by a first look that was begun."""
    if front.lacks() or front.refusal() is not None:
        return False
    return any_answer(front) is not None or feasible(front.problem, effort)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the units come to: an answer, or none. `unordered` is the limit at which the search for the canonical answer
    stopped; `certificate` shows a no that was seen at first sight.
    """

    answer: Allocation | None
    unordered: TooComplex | None = None
    certificate: Certificate | None = None


def decide(problem: Problem, effort: Effort, ordering: Effort) -> Decision:
    """The canonical answer that satisfies all rules, or none when there is none.

    Raises `TooComplex` when `effort` does not suffice to tell. When `ordering` does not suffice to find the canonical
    answer among all, the first one found is given with the limit that was reached: it is as right, and not unique.
    """
    front = Front(problem)
    refusal = front.refusal()
    if refusal is not None:
        return Decision(None, certificate=Certificate(refusal))
    filling = greedy(front)
    if filling is not None:
        return Decision(_as_allocation(front, filling))
    found = _lightest(front, ordering)
    if found is not None:
        return Decision(found)
    if _is_out_of_reach(problem, ordering):
        filling = thrifty(front, ordering)
        if filling is not None:
            return Decision(_as_allocation(front, filling), unordered=TooComplex("not-sought", steps=ordering.allowed))
    first = at_first_sight(front)
    form = formulate(problem)
    try:
        if first is not None:
            return Decision(settle(form, (), ordering))
        first, stopped = settle_within(form, (), effort, ordering)
    except TooComplex as limit:
        if first is None:
            raise
        stopped = limit
    return Decision(first if first is None or stopped is None else _fewer(front, first, ordering), unordered=stopped)


def fewer_at_most(problem: Problem, answer: Allocation, effort: Effort) -> int | None:
    """So many thousandths another answer counts fewer at most than this one, or None where that is not known."""
    least = None
    if askable(Front(problem), most=None):
        with suppress(TooComplex):
            least = least_of_all(problem, effort)
    return None if least is None else sum(use.counted.thousandths for use in answer.uses) - least


def _is_out_of_reach(problem: Problem, ordering: Effort) -> bool:
    """Whether putting the units in order takes more searches than are allowed, even if each ended at its first node.

    One search settles `DIGITS` of units; as many units again have a place each, which takes two digits.
    """
    entries = 3 * sum(map(len, problem.places)) + sum(sum(map(bool, bound.weights)) for bound in problem.bounds)
    searches = 2 * len(problem.units) // DIGITS.bit_length()
    return searches * (SOLVE + 1) * (1 + entries // ENTRIES_A_STEP) > ordering.work


def _fewer(front: Front, found: Allocation, effort: Effort) -> Allocation:
    """An answer that counts fewer credits, if one comes together; the one that counts the fewest was not found."""
    filling = thrifty(front, effort)
    if filling is None:
        return found
    units = front.problem.units
    counted = sum(use.counted.thousandths for use in found.uses)
    return _as_allocation(front, filling) if sum(units[index].most for index in filling) < counted else found


def _lightest(front: Front, effort: Effort) -> Allocation | None:
    """The canonical answer by a list of all that are light enough, where that is not too long; else by what all of the
    fewest credits have in common, where that is found out.
    """
    try:
        for asked in Lightest.asked(front, effort.anew()):
            filling = asked.listed(effort.anew())
            if filling is not None:
                return _as_allocation(front, filling)
            narrowed = asked.narrowed(effort.anew(NARROWING))
            if narrowed is not None:
                return _among(asked, narrowed, effort.anew())
    except TooComplex:
        pass
    return None


def _among(asked: Lightest, narrowed: Narrowed, effort: Effort) -> Allocation | None:
    """The canonical answer among those that count so few credits, or None when rules of another kind leave none."""
    front, problem = asked.front, asked.front.problem
    form = formulate(problem)
    model, units = form.model, problem.units
    for index, places in enumerate(narrowed.places):
        if index in narrowed.never or index in narrowed.always:
            model.fix(form.amount[index], int(index in narrowed.always))
        for path, variable in form.placed[index].items():
            if places is not None and path not in places:
                model.fix(variable, 0)
    model.row(form.weigh_credits(range(len(units))), least=narrowed.credits, most=narrowed.credits)
    digits = [({amount: 1}, 1) for amount in form.amount if model.lowers[amount] < model.uppers[amount]]
    values = any_in_order(model, digits, effort)
    if values is None:
        return None
    filling = asked.seated([index for index, amount in enumerate(form.amount) if values[amount]], effort)
    if filling is not None:
        return _as_allocation(front, filling)
    return read_answer(form, first_in_order(model, place_digits(form, values), values, effort))


def at_first_sight(front: Front) -> Allocation | None:
    """The answer that comes together without a solver, or None."""
    filling = front.answer()
    return None if filling is None else _as_allocation(front, filling)


def _as_allocation(front: Front, filling: Filling) -> Allocation:
    units = front.problem.units
    uses = tuple(units[index].use(1, [path] if path else []) for index, path in sorted(filling.items()))
    return Allocation(uses, front.chosen)


def units_used(problem: Problem, allocation: Allocation) -> tuple[Unit, ...]:
    """The units that an allocation counts, in canonical order."""
    used = {use.key for use in allocation.uses}
    return tuple(unit for unit in problem.units if unit.key in used)
