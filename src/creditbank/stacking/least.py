"""The fewest credits with which rules can be met at all, whoever holds them."""

from dataclasses import replace

from creditbank.stacking.allocation import formulate
from creditbank.stacking.problem import Problem
from creditbank.stacking.solver import Effort, minimise
from creditbank.stacking.stating import BEGUN, state
from creditbank.units import Credits


def least_credits(problem: Problem, effort: Effort) -> Credits | None:
    """The fewest credits with which these rules can be satisfied at all, by units of the best kind."""
    empty = state(problem.qualification, (), problem.setting)
    empty = replace(empty, bounds=tuple(bound for bound in empty.bounds if bound.portion != BEGUN or bound.node))
    form = formulate(empty, gap=True)
    assert form.extra_credits is not None, "a gap is measured in credits"
    values = minimise(form.model, {form.extra_credits: 1}, effort)
    return None if values is None else Credits(values[form.extra_credits])
