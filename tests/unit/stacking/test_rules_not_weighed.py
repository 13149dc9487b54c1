"""Rules that the engine cannot weigh are refused by name: nothing is silently left out of a sum."""

from typing import Any

import pytest
from stacking_samples import rules, setting_of, unit

from creditbank.stacking import RuleNotWeighed, evaluate

NEED = {"id": "need", "title": "Three credits", "kind": "requirement", "credits_at_least": "3"}
ATTEMPTED: list[dict[str, Any]] = [
    {"kind": "limit", "over": "attempted", "credits_at_most": "6"},
    {"kind": "prerequisite", "over": "attempted", "where": {}, "needs": {}, "units_at_least": 1},
    {"kind": "exclusion", "over": "attempted", "between": [{"mode": ["online"]}, {"mode": ["on-site"]}]},
]


@pytest.mark.parametrize("rule", ATTEMPTED, ids=lambda rule: rule["kind"])
def test_a_rule_over_all_attempted_units_is_refused_with_its_path(rule: dict[str, Any]) -> None:
    with pytest.raises(RuleNotWeighed) as refusal:
        evaluate(rules([NEED, {"id": "odd", "title": "Odd", **rule}]), [unit("a")], setting_of())
    assert refusal.value.place == "root/odd"
    assert refusal.value.next_step


def test_the_same_rules_over_counted_units_are_not_refused() -> None:
    cap = {"id": "odd", "title": "Odd", "kind": "limit", "over": "counted", "credits_at_most": "6"}
    assert evaluate(rules([NEED, cap]), [unit("a")], setting_of()).adds_up
