"""One model for several awards: each keeps its own rules, and of each unit they count no more than is there.

The canonical answer counts the fewest credits in all; of those answers it is the one that shares the fewest units
between awards, then the fewest credits; of those, the one that counts the soonest expiring, oldest, then first-by-id
units. Of two units that serve equally, the earlier goes to the award whose qualification comes first by id; the order
in which awards are asked for never matters. What an award counts stands where the award, having this and nothing else,
would put it (see `allocation`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import ceil, gcd
from typing import Final

from creditbank.stacking.allocation import Allocation, Formulation, decide, formulate, read_answer
from creditbank.stacking.problem import Problem, Unit, order_of
from creditbank.stacking.proof import Use
from creditbank.stacking.rule import lot_key
from creditbank.stacking.solver import Effort, Model, Terms, TooComplex, first_in_order, minimise
from creditbank.stacking.stating import state
from creditbank.stacking.together import Overlap, Shared
from creditbank.units import Credits

Key = tuple[str, bytes]
"""A unit, whatever award counts it: its credential's id and digest."""
Copy = tuple[int, int]
"""A unit as one award weighs it: the number of the award, the index of the unit there."""


@dataclass(frozen=True, slots=True)
class _Share:
    """Whether a unit is shared by a decision (by number), and how much of it, in its own thousandths."""

    key: Key
    decision: int
    uses: int
    amount: int


@dataclass
class JointForm:
    """The model of several problems, and which variable means what."""

    problems: tuple[Problem, ...]
    shared: tuple[Shared, ...]
    model: Model
    forms: tuple[Formulation, ...]
    shares: list[_Share] = field(default_factory=list)


NOTHING: Final[Mapping[int, frozenset[str]]] = {}


def copies_of(problems: Sequence[Problem]) -> dict[str, dict[Key, list[Copy]]]:
    """For each issue its credentials, and for each credential how each award weighs it."""
    found: dict[str, dict[Key, list[Copy]]] = {}
    for award, problem in enumerate(problems):
        for index, unit in enumerate(problem.units):
            facts = unit.candidate.facts
            found.setdefault(lot_key(facts), {}).setdefault(key_of(unit), []).append((award, index))
    return found


def key_of(unit: Unit) -> Key:
    """What makes it the same unit for every award."""
    return unit.candidate.facts.credential, unit.candidate.digest


def divisible(problem: Problem, unit: Unit) -> bool:
    """Whether these rules count parts of a unit, and not only all that is left of it."""
    conversion = unit.weighed.conversion
    if problem.qualification.admits.whole_units:
        return False
    return conversion is None or Fraction(conversion.ratio) <= Credits.parse(conversion.rounding_unit).thousandths


def least_own(problem: Problem, unit: Unit, count: int, *, entire: bool = False) -> Credits:
    """The least of a unit's own credits that counts `count` steps; all that is left of it for an entire unit."""
    available, conversion = unit.candidate.available, unit.weighed.conversion
    if entire or not divisible(problem, unit):
        return available
    if conversion is None:
        return Credits(count * unit.step)
    own = Credits(ceil(count * unit.step / Fraction(conversion.ratio)))
    return own if own <= available and unit.weighed.counted(own).thousandths == count * unit.step else available


def formulate_jointly(
    problems: Sequence[Problem], shared: Sequence[Shared] = (), *, dropped: Mapping[int, frozenset[str]] = NOTHING
) -> JointForm:
    """Write the problems (in the order of their awards) into one model, without the rules `dropped` of each."""
    model = Model()
    forms = [
        formulate(problem, dropped=dropped.get(award, frozenset()), model=model)
        for award, problem in enumerate(problems)
    ]
    joint = JointForm(tuple(problems), tuple(shared), model, tuple(forms))
    issues = copies_of(problems)
    for credentials in issues.values():
        for one, other in combinations(credentials.values(), 2):
            for (award, index), (beside, position) in product(one, other):
                if award != beside:  # within one award the rules say so already
                    model.row({forms[award].counted[index]: 1, forms[beside].counted[position]: 1}, most=1)
        for key, copies in credentials.items():
            if len(copies) > 1:
                _divide(joint, key, copies)
    for number, decision in enumerate(joint.shared):
        mine = [share for share in joint.shares if share.decision == number]
        if decision.credits_at_most is not None:
            most = decision.credits_at_most.credits.thousandths
            model.row(dict.fromkeys([share.amount for share in mine], 1), most=most)
        else:
            model.row(dict.fromkeys([share.uses for share in mine], 1), most=decision.units_at_most)
    _interchangeable(joint, issues)
    return joint


def _divide(joint: JointForm, key: Key, copies: Sequence[Copy]) -> None:
    """What awards count of a unit is together no more than is left of it, but for what a decision lets two share."""
    model = joint.model
    unit = joint.problems[copies[0][0]].units[copies[0][1]]
    available = unit.candidate.available.thousandths
    own = {joint.problems[award].qualification.id: _own(joint.forms[award], index) for award, index in copies}
    shares: list[_Share] = []
    for number, decision in enumerate(joint.shared):
        if not (own.keys() >= set(decision.between) and decision.allows(unit.candidate.facts)):
            continue
        share = _Share(key, number, model.variable(1), model.variable(available))
        model.row({share.amount: 1, share.uses: -available}, most=0)
        for award in decision.between:
            model.row({share.amount: 1, **{variable: -weight for variable, weight in own[award].items()}}, most=0)
        shares.append(share)
    if len(shares) > 1:
        model.row({share.uses: 1 for share in shares}, most=1)
    together = {variable: weight for terms in own.values() for variable, weight in terms.items()}
    model.row({**together, **{share.amount: -1 for share in shares}}, most=available)
    joint.shares += shares


def _own(form: Formulation, index: int) -> Terms:
    """What counting a unit takes of its own credits, in thousandths: exact at whole steps, and never less."""
    unit, model, amount = form.problem.units[index], form.model, form.amount[index]
    available = unit.candidate.available.thousandths
    if not divisible(form.problem, unit):
        return {amount: available}
    if unit.weighed.conversion is None:
        return {amount: unit.step}
    numerator, denominator = Fraction(unit.weighed.conversion.ratio).as_integer_ratio()
    own, top = model.variable(available), {}
    if unit.steps > available * numerator // (denominator * unit.step):  # only the whole of it is rounded up
        all_of_it = model.variable(1)
        model.row({amount: 1, all_of_it: -unit.skipped}, most=unit.steps - unit.skipped)
        model.row({own: 1, all_of_it: -available}, least=0)
        top = {all_of_it: denominator * unit.step}
    model.row({own: numerator, amount: -denominator * unit.step, **top}, least=0)
    if form.entire[index] != amount and unit.can_be_entire:
        model.row({own: 1, form.entire[index]: -available}, least=0)
    return {own: 1}


def _interchangeable(joint: JointForm, issues: Mapping[str, Mapping[Key, Sequence[Copy]]]) -> None:
    """Of units that no rule of any award tells apart, the earlier counts first: the canonical answer never does
    otherwise.
    """
    kinds = [
        {index: number for number, members in enumerate(problem.kinds) for index in members}
        for problem in joint.problems
    ]
    found: dict[tuple[object, ...], list[tuple[Unit, Terms]]] = {}
    for credentials in issues.values():
        for key, copies in credentials.items():
            own = [joint.problems[award] for award, _ in copies]
            units = [problem.units[index] for problem, (_, index) in zip(own, copies, strict=True)]
            facts, left = units[0].candidate.facts, units[0].candidate.available
            kind: tuple[object, ...] = (
                facts.credits.system,
                facts.credits.credits,
                left,
                *((award, kinds[award][index]) for award, index in copies),
            )
            if len(credentials) > 1 or any(map(divisible, own, units)):
                kind = key
            terms = {joint.forms[award].amount[index]: 1 for award, index in copies}
            found.setdefault(kind, []).append((units[0], terms))
    for members in found.values():
        members.sort(key=lambda item: order_of(item[0]))
        for (_, earlier), (_, later) in pairwise(members):
            joint.model.row({**earlier, **dict.fromkeys(later, -1)}, least=0)


def feasible_jointly(
    problems: Sequence[Problem],
    shared: Sequence[Shared],
    effort: Effort,
    *,
    dropped: Mapping[int, frozenset[str]] = NOTHING,
) -> bool:
    """Whether any answer satisfies all awards, without the rules that are dropped."""
    return minimise(formulate_jointly(problems, shared, dropped=dropped).model, {}, effort) is not None


Answer = tuple[tuple[Allocation, ...], tuple[Overlap, ...]]


def decide_jointly(
    problems: Sequence[Problem], shared: Sequence[Shared], effort: Effort, ordering: Effort
) -> tuple[Answer | None, TooComplex | None]:
    """The canonical answer for all awards at once, or None when there is none.

    Raises `TooComplex` when `effort` does not suffice to tell. When `ordering` does not suffice to find the canonical
    answer, the first one found is given with the limit that was reached.
    """
    joint = formulate_jointly(problems, shared)
    values = minimise(joint.model, {}, effort)
    if values is None:
        return None, None
    found = _read(joint, values)
    try:
        values = _settled(joint, values, ordering)
        return _placed(joint, _read(joint, values), ordering)
    except TooComplex as limit:
        return found, limit


def _settled(joint: JointForm, values: tuple[int, ...], effort: Effort) -> tuple[int, ...]:
    """Values in which what counts of each unit, and for which award, is canonical."""
    everything: dict[int, int] = {}
    for form in joint.forms:
        everything |= form.weigh_credits(range(len(form.problem.units)))
    grain = gcd(*everything.values()) or 1
    fewest: Digits = [({amount: -step // grain for amount, step in everything.items()}, 0)]
    if joint.shares:
        fewest.append(({share.uses: -1 for share in joint.shares}, 0))
        fewest.append(({share.amount: -1 for share in joint.shares}, 0))
    counts, goes = _unit_digits(joint)
    values = first_in_order(joint.model, [*fewest, *counts], values, effort)
    counted = [
        digit
        for (terms, _), digits in zip(counts, goes, strict=True)
        for digit in digits
        if any(values[variable] for variable in terms)
    ]
    return first_in_order(joint.model, [*counted, *(({share.uses: 1}, 1) for share in joint.shares)], values, effort)


def _placed(joint: JointForm, answer: Answer, effort: Effort) -> tuple[Answer, TooComplex | None]:
    """The same amounts in the places in which each award, having these and nothing else, would put them."""
    placed: list[Allocation] = []
    limit: TooComplex | None = None
    for problem, allocation in zip(joint.problems, answer[0], strict=True):
        own: dict[Key, Use] = {(use.credential, use.digest): use for use in allocation.uses}
        counts = [(unit, own[key_of(unit)]) for unit in problem.units if key_of(unit) in own]
        units = [
            replace(
                unit,
                candidate=replace(unit.candidate, available=use.amount),
                steps=use.counted.thousandths // unit.step,
            )
            for unit, use in counts
        ]
        alone = state(problem.qualification, units, problem.setting, problem.attempted)
        found = decide(alone, effort.anew(), effort.anew())
        assert found.answer is not None, "a part of an answer stays one by itself"
        placed.append(found.answer)
        limit = limit or found.unordered
    return (tuple(placed), answer[1]), limit


Digits = list[tuple[Terms, int]]


def _unit_digits(joint: JointForm) -> tuple[Digits, list[Digits]]:
    """For each unit in canonical order, what counts of it; and which award it goes to, whole or in part."""
    units: list[tuple[Unit, list[Copy]]] = []
    for credentials in copies_of(joint.problems).values():
        units += [(joint.problems[copies[0][0]].units[copies[0][1]], copies) for copies in credentials.values()]
    units.sort(key=lambda item: order_of(item[0]))
    shareable = {share.key for share in joint.shares}
    counts: Digits = []
    goes: list[Digits] = []
    for unit, copies in units:
        own = [(joint.forms[award], index) for award, index in copies]
        weighed = [(form.amount[index], form.problem.units[index]) for form, index in own]
        if all(one.steps == 1 for _, one in weighed) and key_of(unit) not in shareable:
            counts.append((dict.fromkeys([variable for variable, _ in weighed], 1), 1))
        else:
            counts.append(({variable: one.step for variable, one in weighed}, sum(one.most for _, one in weighed)))
        digits: Digits = [({variable: 1}, one.steps) for variable, one in weighed] if len(own) > 1 else []
        if len(own) > 1:
            digits += [({form.entire[index]: 1}, 1) for form, index in own if form.entire[index] != form.amount[index]]
        goes.append(digits)
    return counts, goes


def _read(joint: JointForm, values: Sequence[int]) -> Answer:
    """The allocations. A unit of which one award counts all that it can is spent in full, as if it stood alone."""
    allocations = [read_answer(form, values) for form in joint.forms]
    taken: dict[Key, dict[int, Credits]] = {}
    for award, form in enumerate(joint.forms):
        for index, unit in enumerate(form.problem.units):
            if count := values[form.amount[index]]:
                whole = unit.can_be_entire and bool(values[form.entire[index]])
                taken.setdefault(key_of(unit), {})[award] = least_own(form.problem, unit, count, entire=whole)
    for award, allocation in enumerate(allocations):
        uses = tuple(
            replace(use, amount=taken[use.credential, use.digest][award])
            if len(taken[use.credential, use.digest]) > 1
            else use
            for use in allocation.uses
        )
        allocations[award] = replace(allocation, uses=uses)
    left = {key_of(unit): unit.candidate.available for problem in joint.problems for unit in problem.units}
    overlaps = []
    for share in joint.shares:
        together = sum((amount.thousandths for amount in taken.get(share.key, {}).values()), start=0)
        if values[share.uses] and together > left[share.key].thousandths:
            amount = Credits(together - left[share.key].thousandths)
            overlaps.append(Overlap(share.key[0], joint.shared[share.decision].id, amount))
    return tuple(allocations), tuple(sorted(overlaps))
