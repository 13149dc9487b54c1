"""Micro-credentials of New Zealand, of the Common Microcredential Framework, and of the Netherlands: least and most."""

from datetime import date

import pytest
from ruleset_samples import TODAY, blamed, less, more, rules, unit, weigh

from creditbank.stacking import RulesNotInForce

SIZES = [
    ("nz-nzqcf-micro-credential", "2018", "5", "40", "5", date(2022, 12, 31)),
    ("eu-eqf-cmf-micro-credential", "2019", "4", "6", "6", TODAY),
    ("eu-eqf-cmf-micro-credential-uk", "2019", "10", "15", "7", TODAY),
    ("nl-microcredentials-higher-education", "2022", "3", "30", "", TODAY),
    ("nl-microcredentials-university-trial", "2025", "1", "30", "", TODAY),
]


@pytest.mark.parametrize(("id", "version", "least", "most", "level", "day"), SIZES)
def test_the_least_and_the_most_add_up_and_nothing_beyond(
    id: str, version: str, least: str, most: str, level: str, day: date
) -> None:
    qualification = rules(id, version)
    earned = date(2021, 3, 2)

    def verdict(credits: str) -> set[str]:
        found = weigh(qualification, [unit(qualification, "it", credits, level=level or None, earned=earned)], day=day)
        return set() if found.adds_up else blamed(found)

    assert verdict(least) == verdict(most) == set()
    assert verdict(less(least)) == {"learning"}
    assert "size" in verdict(more(most))


def test_by_its_rules_of_2022_new_zealand_states_no_least_size() -> None:
    now = rules("nz-nzqcf-micro-credential")
    assert now.version == "2022"
    assert weigh(now, [unit(now, "tiny", "0.001", level="10")]).adds_up
    assert weigh(now, [unit(now, "large", "40", level="1")]).adds_up
    assert blamed(weigh(now, [unit(now, "too-large", "40.001", level="5")])) == {"learning", "size"}
    assert not weigh(now, []).adds_up


@pytest.mark.parametrize(("level", "adds_up"), [("3", False), ("4", True), ("7", True), ("8", False)])
def test_the_common_framework_wants_levels_4_to_7(level: str, *, adds_up: bool) -> None:
    qualification = rules("eu-eqf-cmf-micro-credential")
    assert weigh(qualification, [unit(qualification, "it", "5", level=level)]).adds_up is adds_up
    assert "lower-level" in {check.id for check in qualification.checked_by_people}


@pytest.mark.parametrize(
    ("id", "version", "inside", "outside"),
    [
        ("nz-nzqcf-micro-credential", "2018", [date(2018, 8, 22), date(2022, 12, 31)], [date(2023, 1, 1)]),
        ("nz-nzqcf-micro-credential", "2022", [date(2023, 1, 1)], [date(2022, 12, 31)]),
        (
            "nl-microcredentials-university-trial",
            "2025",
            [date(2025, 5, 1), date(2027, 4, 30)],
            [date(2025, 4, 30), date(2027, 5, 1)],
        ),
    ],
)
def test_a_version_applies_on_its_days_and_on_no_other(
    id: str, version: str, inside: list[date], outside: list[date]
) -> None:
    qualification = rules(id, version)
    credential = [unit(qualification, "it", "20", level="5", earned=date(2017, 12, 1))]
    for day in inside:
        assert weigh(qualification, credential, day=day).adds_up
    for day in outside:
        with pytest.raises(RulesNotInForce):
            weigh(qualification, credential, day=day)
