"""A certificate that several awards cannot be had together: the joint question as one problem, refuted like any other.

Each award's units stand in it beside those of the others, its rules under one root that needs all of them. What couples
the awards becomes bounds: of each unit, what they count together takes no more of its own credits than is left. For a
converted unit that bound asks for no more than conversion does, so whoever refutes it refutes the exact question.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations, product
from math import lcm

from creditbank.framework.qualification import Group
from creditbank.stacking.coupling import Copy, copies_of, divisible
from creditbank.stacking.problem import Bound, Either, Problem, Unit
from creditbank.stacking.refutation import refute
from creditbank.stacking.solver import Effort

ROOT = "together"


@dataclass(frozen=True)
class _Merged(Problem):
    """A problem whose sets of units that count once, and permissions to share, were found award by award."""

    groups: tuple[tuple[int, ...], ...] = ()
    permitted: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @cached_property
    def alike(self) -> tuple[tuple[int, ...], ...]:
        """Within each award, and across them."""
        return self.groups

    @cached_property
    def permissions(self) -> Mapping[tuple[str, str], int]:
        """Within each award."""
        return self.permitted


def certified(problems: Sequence[Problem], rules: Mapping[int, Iterable[str]], effort: Effort) -> bool:
    """Whether a certificate was found (and confirmed) that no answer satisfies even these rules of each award."""
    asked = [problems[award] for award in sorted(rules)]
    named = [_moved(asked[at], path) for at, award in enumerate(sorted(rules)) for path in rules[award]]
    return refute(merged(asked), effort, rules=frozenset(named)) is not None


def merged(problems: Sequence[Problem]) -> Problem:
    """The awards as one problem. An answer to all of them together is an answer to it."""
    starts = [sum(len(problem.units) for problem in problems[:at]) for at in range(len(problems))]
    count, first = sum(len(problem.units) for problem in problems), problems[0].qualification
    sharing = tuple(entry for problem in problems for entry in problem.qualification.sharing)
    entries = [sum(len(problem.qualification.sharing) for problem in problems[:at]) for at in range(len(problems))]
    roots = tuple(
        problem.qualification.requires.model_copy(update={"id": problem.qualification.id}) for problem in problems
    )
    root = Group.model_construct(id=ROOT, title=ROOT, kind="all", of=roots)
    bounds = [
        replace(
            bound,
            node=_moved(problem, bound.node),
            within=tuple(_moved(problem, path) for path in bound.within),
            weights=_spread(bound.weights, start, count, 0),
            when=None if bound.when is None else bound.when + start,
            sharing=None if bound.sharing is None else bound.sharing + entry,
        )
        for problem, start, entry in zip(problems, starts, entries, strict=True)
        for bound in problem.bounds
    ]
    return _Merged(
        first.model_copy(update={"id": ROOT, "requires": root, "sharing": sharing}),
        problems[0].setting,
        tuple(chain.from_iterable(problem.units for problem in problems)),
        (*bounds, *_couplings(problems, starts, count)),
        tuple(tuple(_moved(problem, path) for path in own) for problem in problems for own in problem.places),
        tuple(
            replace(rule, node=_moved(problem, rule.node), allowed=_spread(rule.allowed, start, count, None))
            for problem, start in zip(problems, starts, strict=True)
            for rule in problem.alternatives
        ),
        tuple(
            replace(
                rule,
                node=_moved(problem, rule.node),
                portions=_spread(rule.portions, start, count, ()),
                steps=_spread(rule.steps, start, count, 0),
                within=tuple(_moved(problem, path) for path in rule.within),
            )
            for problem, start in zip(problems, starts, strict=True)
            for rule in problem.spreads
        ),
        either=tuple(
            replace(rule, node=_moved(problem, rule.node), cases=_cases(problem, rule, start, count))
            for problem, start in zip(problems, starts, strict=True)
            for rule in problem.either
        ),
        groups=tuple(sorted(_groups(problems, starts))),
        permitted={
            (_moved(problem, one), _moved(problem, other)): number + entry
            for problem, entry in zip(problems, entries, strict=True)
            for (one, other), number in problem.permissions.items()
        },
    )


def _cases(problem: Problem, rule: Either, start: int, count: int) -> tuple[tuple[Bound, ...], ...]:
    return tuple(
        tuple(
            replace(bound, node=_moved(problem, bound.node), weights=_spread(bound.weights, start, count, 0))
            for bound in case
        )
        for case in rule.cases
    )


def _moved(problem: Problem, path: str) -> str:
    """Where a rule of one award stands in the merged tree."""
    if not path:
        return path
    return f"{ROOT}/{problem.qualification.id}{path.removeprefix(problem.qualification.requires.id)}"


def _spread(values: Sequence, start: int, count: int, nothing: object) -> tuple:  # type: ignore[type-arg]
    """What is said of one award's units, said of all: nothing of those of the others."""
    return (*[nothing] * start, *values, *[nothing] * (count - start - len(values)))


def _groups(problems: Sequence[Problem], starts: Sequence[int]) -> set[tuple[int, ...]]:
    """Units of which at most one counts: within an award as its rules say, across them where only all of it counts."""
    found = {
        tuple(index + start for index in group)
        for problem, start in zip(problems, starts, strict=True)
        for group in problem.alike
    }
    for credentials in copies_of(problems).values():
        for copies in credentials.values():
            whole = [
                (award, index)
                for award, index in copies
                if not divisible(problems[award], _unit(problems, award, index))
            ]
            if len(whole) > 1:
                found.add(tuple(sorted(starts[award] + index for award, index in whole)))
        for one, other in combinations(credentials.values(), 2):
            found |= {
                tuple(sorted((starts[award] + index, starts[beside] + position)))
                for (award, index), (beside, position) in product(one, other)
                if award != beside
            }
    return found


def _unit(problems: Sequence[Problem], award: int, index: int) -> Unit:
    return problems[award].units[index]


def _couplings(problems: Sequence[Problem], starts: Sequence[int], count: int) -> list[Bound]:
    """Of each unit that several awards may count: what that takes at least, step by step, is no more than is left."""
    found = []
    for credentials in copies_of(problems).values():
        for (name, _), copies in credentials.items():
            if len(copies) < 2:
                continue
            costs = {starts[award] + index: _cost(problems, (award, index)) for award, index in copies}
            scale = lcm(*(cost.denominator for cost in costs.values()))
            weights = tuple(int(costs[index] * scale) if index in costs else 0 for index in range(count))
            left = _unit(problems, *copies[0]).candidate.available.thousandths
            found.append(Bound("", name, "credits", weights, most=left * scale))
    return found


def _cost(problems: Sequence[Problem], copy: Copy) -> Fraction:
    """What a step of a unit takes of its own credits, at least: a whole that is rounded up takes less a step."""
    problem, unit = problems[copy[0]], _unit(problems, *copy)
    whole = Fraction(unit.candidate.available.thousandths, unit.steps)
    if unit.weighed.conversion is None or not divisible(problem, unit):
        return whole
    return min(whole, unit.step / Fraction(unit.weighed.conversion.ratio))
