"""Rules of an institution that tighten national ones: none of them asks less than what it stands on."""

from fractions import Fraction

import pytest
from ruleset_samples import catalogue, rules

from creditbank.framework import Limit, Qualification, Requirement

TIGHTENING = (
    "kr-acbs-university-bachelor",
    "uk-fheq-keele-bachelor-honours",
    "uk-fheq-keele-bachelor-ordinary",
)


def least(qualification: Qualification) -> dict[str, Fraction]:
    """Every least number of credits, by the path of its rule below the root."""
    return {
        path.partition("/")[2]: Fraction(node.credits_at_least)
        for path, node in qualification.nodes()
        if isinstance(node, Requirement | Limit) and node.credits_at_least is not None
    }


def pair(id: str) -> tuple[Qualification, Qualification]:
    """The stricter rules and those they tighten."""
    stricter = rules(id)
    assert stricter.tightens is not None
    return stricter, rules(stricter.tightens.id, stricter.tightens.version)


def test_these_are_all_that_ship() -> None:
    assert {one.id for one in catalogue().qualifications() if one.tightens is not None} == set(TIGHTENING)


@pytest.mark.parametrize("id", TIGHTENING)
def test_no_least_number_is_smaller_than_the_national_one_and_something_is_stricter(id: str) -> None:
    stricter, national = pair(id)
    asked, floor = least(stricter), least(national)
    assert asked.keys() >= floor.keys()
    assert all(asked[path] >= floor[path] for path in floor)
    assert any(asked[path] > floor.get(path, Fraction(0)) for path in asked)


@pytest.mark.parametrize("id", TIGHTENING)
def test_every_other_national_rule_stands_unchanged(id: str) -> None:
    stricter, national = pair(id)
    kept = dict(stricter.nodes())
    for path, node in national.nodes():
        if isinstance(node, Limit) and node.credits_at_least is None:
            assert kept[path] == node
    assert stricter.admits == national.admits
    assert stricter.calendars == national.calendars
