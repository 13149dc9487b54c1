"""The least that the solver finds is the least: a model of whole variables for which HiGHS 1.15.1, asked with all of
its presolve, gives 7 as the optimum where 1 is possible. Two of its reductions are not asked.
"""

import pytest
from test_stacking_against_wide_oracle import compare, confined_world

from creditbank.stacking.solver import Effort, Model, minimise

UPPERS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1]
AT_LEAST_NOTHING = [
    {0: -3, 1: 1, 2: 1, 3: 1},
    {0: 1, 1: -1},
    {0: 1, 2: -1},
    {0: 1, 3: -1},
    {3: -2, 4: 1, 5: 1},
    {3: 1, 4: -1},
    {3: 1, 5: -1},
    {5: 1, 7: -1},
    {6: 1, 7: -1},
    {5: 1, 9: -1},
    {8: 1, 9: -1},
    {10: 1, 12: -1},
    {5: 1, 13: -1},
    {10: 1, 13: -1},
    {11: 1, 15: -1},
    {5: 2, 16: -1},
    {14: -1, 16: 1},
    {11: 1, 16: -1},
    {12: -1, 13: 1},
    {15: -1, 16: 1},
    {2: -1, 12: 1},
    {5: -1, 7: 1, 9: 1, 14: 1},
    {1: -1, 15: 1, 18: 1},
    {7: 1, 9: 1, 18: -1},
]
WISH = {11: 6, 12: 1, 14: 1, 15: 1}


def model(tops: tuple[int, int]) -> Model:
    """The model, with the most that two of its variables can be."""
    found = Model()
    for at, upper in enumerate(UPPERS):
        found.variable(tops[at - 14] if at in (14, 15) else upper)
    for terms in AT_LEAST_NOTHING:
        found.row(terms, least=0)
    found.row({5: 2, 7: 1, 9: 1, 16: 1}, most=4)
    found.row({17: 1}, most=1)
    found.row({10: 1}, most=1)
    found.fix(0, 1)
    return found


@pytest.mark.parametrize("tops", [(2, 2), (1, 1)])
def test_the_least_of_a_small_model_is_the_least(tops: tuple[int, int]) -> None:
    asked = model(tops)
    values = minimise(asked, WISH, Effort(1_000_000))
    assert values is not None
    assert asked.holds(values)
    assert sum(weight * values[variable] for variable, weight in WISH.items()) == 1


def test_so_no_unit_is_missing_where_credits_alone_are() -> None:
    compare(501313, confined_world(501313))
