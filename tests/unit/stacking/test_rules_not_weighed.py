"""Rules that the engine cannot weigh are refused by name: nothing is silently left out of a sum."""

import pytest
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import RuleNotWeighed, evaluate

NEED = {"id": "need", "title": "Three credits", "kind": "requirement", "credits_at_least": "3"}


def test_a_rule_whose_scale_is_not_given_is_refused_with_its_path() -> None:
    """Documents that are read never name one; rules that a program built may."""
    mean = {"id": "odd", "title": "Odd", "kind": "limit", "over": "counted", "grading": "l", "mean_at_least": "2"}
    scale = {"l": {"grades": [{"code": "A", "points": "4"}]}}
    whole = rules([NEED, mean], grading=scale)
    assert evaluate(whole, [unit("a", about={"grades": (("l", "A"),)})], setting_of()).adds_up
    with pytest.raises(RuleNotWeighed) as refusal:
        evaluate(whole.model_copy(update={"grading": {}}), [unit("a")], setting_of())
    assert refusal.value.place == "root/odd"
    assert refusal.value.next_step
