"""What changed between two versions of a unit, and what only looks different."""

import pytest
from sample_units import sample_unit, unit_with

from creditbank.framework.unit_changes import OtherUnit, unit_changes


def sentences(**changes: object) -> list[str]:
    return [one.sentence for one in unit_changes(sample_unit(), unit_with(**changes))]


def test_two_versions_of_one_content_do_not_differ() -> None:
    assert sentences(version="2", supersedes="1", changelog="Nothing at all.") == []


def test_a_value_that_changed_is_told_with_both() -> None:
    assert sentences(workload="PT65H") == ["workload was PT60H and is PT65H."]


def test_what_is_new_and_what_is_gone_are_told() -> None:
    assert sentences(subject_standard="S 12") == ["subject_standard is new: S 12."]
    assert sentences(cost=None) == ["cost is gone; it was free of charge."]


def test_entries_are_the_same_when_their_id_is() -> None:
    outcomes = [one.model_dump(mode="json", exclude_defaults=True) for one in sample_unit().outcomes]
    turned = [{**outcomes[2], "text": "Choose scales that do not mislead."}, outcomes[0], outcomes[1]]
    (sentence,) = sentences(outcomes=turned)
    assert sentence.startswith("outcomes.honesty.text was Choose scales and comparisons")
    assert sentence.endswith("and is Choose scales that do not mislead..")


def test_credits_of_another_system_are_another_entry() -> None:
    found = unit_changes(sample_unit(), unit_with(credits=[{"system": "uk", "points": "6"}]))
    assert [(one.kind, one.path) for one in found] == [("removed", "credits.in-ncrf"), ("added", "credits.uk")]


def test_versions_of_two_units_are_not_compared() -> None:
    with pytest.raises(OtherUnit):
        unit_changes(sample_unit("statistics"), sample_unit("listening"))
