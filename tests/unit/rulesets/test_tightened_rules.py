"""Rules of an institution that tighten national ones: none of them asks less than what it stands on."""

from fractions import Fraction

import pytest
from ruleset_samples import blamed, catalogue, rules, unit, weigh

from creditbank.framework import Limit, Qualification, Requirement
from creditbank.framework.tightening import loosenings
from creditbank.units import Credits

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
def test_whatever_satisfies_the_stricter_rules_satisfies_the_national_ones(id: str) -> None:
    stricter, national = pair(id)
    framework = catalogue().framework(stricter.framework)
    assert loosenings(stricter, national, framework) == []
    assert loosenings(national, stricter, framework) != []


@pytest.mark.parametrize("id", TIGHTENING)
def test_every_other_national_rule_stands_unchanged(id: str) -> None:
    stricter, national = pair(id)
    kept = dict(stricter.nodes())
    for path, node in national.nodes():
        if isinstance(node, Limit) and node.credits_at_least is None:
            assert kept[path] == node
    assert stricter.admits == national.admits
    assert stricter.calendars == national.calendars


def with_a_cap_on_prior_learning() -> Qualification:
    """A made-up university that counts at most two thirds from elsewhere, as many do."""
    document = rules("uk-fheq-bachelor-honours").model_dump(mode="json")
    document |= {
        "id": "uk-fheq-sample-bachelor-honours",
        "tightens": {"id": "uk-fheq-bachelor-honours", "version": "2021"},
    }
    document["requires"]["of"].append(
        {
            "id": "prior-learning",
            "title": "At most two thirds from elsewhere",
            "kind": "limit",
            "over": "counted",
            "where": {"excluding": {"provider": ["awarding"]}},
            "share_at_most": "2/3",
        }
    )
    return Qualification.model_validate(document)


@pytest.mark.parametrize(("elsewhere", "adds_up"), [("240", True), ("240.001", False)])
def test_a_university_can_cap_what_comes_from_elsewhere(elsewhere: str, *, adds_up: bool) -> None:
    qualification = with_a_cap_on_prior_learning()
    own = str(Credits.parse("360") - Credits.parse(elsewhere))
    units = [
        unit(qualification, "elsewhere", elsewhere, level="5", provider="b"),
        unit(qualification, "own", own, level="6"),
    ]
    found = weigh(qualification, units)
    assert found.adds_up is adds_up
    assert weigh(rules("uk-fheq-bachelor-honours"), units).adds_up
    if not adds_up:
        assert "prior-learning" in blamed(found)
