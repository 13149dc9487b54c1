"""Whoever asks may stop waiting: then there is no answer, and never another one."""

import random
import time
from collections.abc import Callable

import pytest
from stacking_samples import acbs, acbs_learner, setting_of

from creditbank.stacking import EvaluationAbandoned, evaluate
from creditbank.stacking.solver import Effort, Model, minimise


def after(calls: int) -> Callable[[], bool]:
    """Says stop once it was asked so often."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > calls

    return stop


def balanced(size: int, rows: int) -> tuple[Model, dict[int, int]]:
    """A market split: small to write down, and far beyond what is searched."""
    draw, model = random.Random(size), Model()
    variables = [model.variable(1) for _ in range(size)]
    for _ in range(rows):
        weights = {variable: draw.randrange(100) for variable in variables}
        half = sum(weights.values()) // 2
        model.row(weights, least=half, most=half)
    return model, dict.fromkeys(variables, 1)


def test_a_search_that_is_stopped_at_once_has_no_answer() -> None:
    with pytest.raises(EvaluationAbandoned) as given_up:
        evaluate(acbs(), acbs_learner(34, 13), setting_of(), stop=lambda: True)
    assert "Nothing was stored" in given_up.value.next_step


def test_one_that_is_never_stopped_gives_the_same_answer_to_the_byte() -> None:
    for learner in (acbs_learner(34, 13), acbs_learner(40, 7), acbs_learner(20, 2)):
        free = evaluate(acbs(), learner, setting_of())
        assert evaluate(acbs(), learner, setting_of(), stop=lambda: False).to_json() == free.to_json()


@pytest.mark.parametrize("calls", [1, 2, 5, 20, 100, 100_000])
def test_a_stop_at_any_moment_ends_the_search_or_changes_nothing(calls: int) -> None:
    learner = acbs_learner(40, 5)
    free = evaluate(acbs(), learner, setting_of()).to_json()
    try:
        found = evaluate(acbs(), learner, setting_of(), stop=after(calls)).to_json()
    except EvaluationAbandoned:
        return
    assert found == free


def test_a_stop_is_heard_in_the_midst_of_one_search() -> None:
    model, wish = balanced(50, 5)
    began = time.perf_counter()
    with pytest.raises(EvaluationAbandoned):
        minimise(model, wish, Effort(10**6, lambda: time.perf_counter() > began + 0.2))
    assert time.perf_counter() < began + 15


def test_the_effort_for_another_part_is_as_much_again_with_the_same_stop() -> None:
    effort = Effort(100, lambda: True)
    effort.work = 3
    assert (effort.anew().work, effort.anew().stop) == (100, effort.stop)
