"""Documents of the form "so many credits, of which so many at the level": each number, its edge, and its floor.

The numbers are written out from the published tables (QAA 2021, SCQF summary, NZQA rules of 2022, ECTS Users' Guide,
MQF 2024, MFHEA), so that a slip in a document is a failure here.
"""

from typing import NamedTuple

import pytest
from ruleset_samples import blamed, less, more, rules, unit, weigh

from creditbank.stacking import Candidate
from creditbank.units import Credits


class Shape(NamedTuple):
    """A qualification's total; the least number at `high`; `low` is the lowest level that counts, `under` one below."""

    id: str
    total: str
    low: str
    high: str = ""
    at_high: str = ""
    under: str = ""


SPLIT = (
    Shape("uk-fheq-certificate-he", "120", "", "4", "90"),
    Shape("uk-fheq-diploma-he", "240", "4", "5", "90"),
    Shape("uk-fheq-foundation-degree", "240", "4", "5", "90"),
    Shape("uk-fheq-bachelor-ordinary", "300", "4", "6", "60"),
    Shape("uk-fheq-bachelor-honours", "360", "4", "6", "90"),
    Shape("uk-fheq-pg-certificate", "60", "4", "7", "40"),
    Shape("uk-fheq-pg-diploma", "120", "4", "7", "90"),
    Shape("uk-fheq-master", "180", "4", "7", "150"),
    Shape("uk-fheq-integrated-master", "480", "4", "7", "120"),
    Shape("uk-fheq-professional-doctorate", "540", "4", "8", "360"),
    Shape("uk-fheq-keele-bachelor-ordinary", "360", "4", "6", "120"),
    Shape("uk-fheq-keele-bachelor-honours", "360", "4", "6", "120"),
    Shape("uk-scqf-bachelor-ordinary", "360", "7", "9", "60", "6"),
    Shape("uk-scqf-master", "180", "7", "11", "150", "6"),
    Shape("uk-scqf-integrated-master", "600", "7", "11", "120", "6"),
    Shape("uk-scqf-professional-doctorate", "540", "7", "12", "420", "6"),
    Shape("nz-nzqcf-diploma-5", "120", "4", "5", "72", "3"),
    Shape("nz-nzqcf-diploma-6", "120", "5", "6", "72", "4"),
    Shape("nz-nzqcf-graduate-certificate", "60", "5", "7", "40", "4"),
    Shape("nz-nzqcf-graduate-diploma", "120", "5", "7", "72", "4"),
    Shape("nz-nzqcf-bachelor", "360", "5", "7", "72", "4"),
    Shape("nz-nzqcf-pg-diploma", "120", "7", "8", "72", "6"),
    Shape("nz-nzqcf-bachelor-honours", "480", "5", "8", "120", "4"),
    Shape("nz-nzqcf-master-240", "240", "8", "9", "40", "7"),
    Shape("nz-nzqcf-master-180", "180", "8", "9", "40", "7"),
    Shape("nz-nzqcf-master-120", "120", "8", "9", "40", "7"),
    Shape("ehea-qf-master", "90", "first", "second", "60", "short"),
)
PLAIN = (
    Shape("uk-fheq-graduate-certificate", "40", "6", under="5"),
    Shape("uk-fheq-graduate-diploma", "80", "6", under="5"),
    Shape("uk-scqf-hnc", "96", "7", under="6"),
    Shape("uk-scqf-hnd", "240", "7", under="6"),
    *(Shape(f"nz-nzqcf-certificate-{n}", "40", str(n), under=str(n - 1) if n > 1 else "") for n in range(1, 7)),
    Shape("nz-nzqcf-pg-certificate", "60", "8", under="7"),
    Shape("ehea-qf-short-cycle", "90", "short"),
    Shape("ehea-qf-bachelor", "180", "short"),
    Shape("my-mqf-certificate-1", "15", "1"),
    Shape("my-mqf-certificate-2", "30", "2"),
    Shape("my-mqf-certificate-3", "60", "3"),
    Shape("my-mqf-diploma", "90", "4"),
    Shape("my-mqf-advanced-diploma", "40", "5"),
    Shape("my-mqf-graduate-certificate", "34", "6"),
    Shape("my-mqf-graduate-diploma", "64", "6"),
    Shape("my-mqf-bachelor", "120", "6"),
    Shape("my-mqf-pg-certificate", "20", "7"),
    Shape("my-mqf-pg-diploma", "30", "7"),
    Shape("my-mqf-master", "40", "7"),
    Shape("my-mqf-doctorate", "80", "8"),
    Shape("th-nqf-bachelor", "120", ""),
)


def named(shape: Shape) -> str:
    return shape.id


def two(shape: Shape, upper: str, lower: str, *, low: str = "") -> list[Candidate]:
    """One unit at the award's level and one at the lowest that counts (or at another)."""
    qualification = rules(shape.id)
    return [
        unit(qualification, "upper", upper, level=shape.high),
        unit(qualification, "lower", lower, level=low or shape.low or None),
    ]


def rest(shape: Shape) -> str:
    return str(Credits.parse(shape.total) - Credits.parse(shape.at_high))


@pytest.mark.parametrize("shape", SPLIT, ids=named)
def test_exactly_the_numbers_of_the_table_add_up(shape: Shape) -> None:
    found = weigh(rules(shape.id), two(shape, shape.at_high, rest(shape)))
    assert found.adds_up
    assert found.totals.counted == found.totals.needed == Credits.parse(shape.total)


@pytest.mark.parametrize("shape", SPLIT, ids=named)
def test_a_thousandth_less_in_all_falls_short_of_the_total(shape: Shape) -> None:
    found = weigh(rules(shape.id), two(shape, shape.at_high, less(rest(shape))))
    assert blamed(found) == {"credits"}


@pytest.mark.parametrize("shape", SPLIT, ids=named)
def test_a_thousandth_less_at_the_level_falls_short_there(shape: Shape) -> None:
    found = weigh(rules(shape.id), two(shape, less(shape.at_high), more(rest(shape))))
    [rule] = blamed(found)
    assert rule in (f"at-level-{shape.high}", "second-cycle")


@pytest.mark.parametrize("shape", [one for one in SPLIT if one.under], ids=named)
def test_a_unit_below_the_lowest_level_counts_for_nothing(shape: Shape) -> None:
    found = weigh(rules(shape.id), two(shape, shape.at_high, rest(shape), low=shape.under))
    assert not found.adds_up
    assert "level-too-low" in {left.slug for left in found.not_counted}


@pytest.mark.parametrize("shape", PLAIN, ids=named)
def test_exactly_the_credits_of_the_table_add_up(shape: Shape) -> None:
    qualification = rules(shape.id)
    found = weigh(qualification, [unit(qualification, "all", shape.total, level=shape.low or None)])
    assert found.adds_up
    assert found.totals.needed == Credits.parse(shape.total)


@pytest.mark.parametrize("shape", PLAIN, ids=named)
def test_a_thousandth_less_falls_short(shape: Shape) -> None:
    qualification = rules(shape.id)
    found = weigh(qualification, [unit(qualification, "all", less(shape.total), level=shape.low or None)])
    assert blamed(found) == {"credits"}
    assert found.gap is not None
    assert found.gap.credits == Credits(1)


@pytest.mark.parametrize("shape", [one for one in PLAIN if one.under], ids=named)
def test_the_same_credits_one_level_lower_do_not_add_up(shape: Shape) -> None:
    qualification = rules(shape.id)
    found = weigh(qualification, [unit(qualification, "all", shape.total, level=shape.under)])
    assert not found.adds_up
    assert [left.slug for left in found.not_counted] == ["level-too-low"]


def scottish(*credits: tuple[str, str]) -> list[Candidate]:
    honours = rules("uk-scqf-bachelor-honours")
    return [unit(honours, f"at-{level}", size, level=level) for level, size in credits]


def test_scottish_honours_ask_for_180_at_the_two_upper_levels_and_90_at_the_last() -> None:
    honours = rules("uk-scqf-bachelor-honours")
    assert weigh(honours, scottish(("7", "300"), ("9", "90"), ("10", "90"))).adds_up
    assert blamed(weigh(honours, scottish(("7", "299.999"), ("9", "90"), ("10", "90")))) == {"credits"}
    assert blamed(weigh(honours, scottish(("7", "300.001"), ("9", "89.999"), ("10", "90")))) == {"at-levels-9-and-10"}
    assert blamed(weigh(honours, scottish(("7", "300"), ("9", "90.001"), ("10", "89.999")))) == {"at-level-10"}


def test_a_new_zealand_bachelor_counts_no_unit_above_level_7() -> None:
    bachelor = rules("nz-nzqcf-bachelor")
    seven = [unit(bachelor, "five", "288", level="5"), unit(bachelor, "seven", "72", level="7")]
    assert weigh(bachelor, seven).adds_up
    eight = [unit(bachelor, "five", "288", level="5"), unit(bachelor, "eight", "72", level="8")]
    assert "credits" in blamed(weigh(bachelor, eight))


def test_a_national_minimum_is_open_to_what_keele_refuses() -> None:
    for id, total in (("bachelor-honours", "360"), ("bachelor-ordinary", "300")):
        national, keele = rules(f"uk-fheq-{id}"), rules(f"uk-fheq-keele-{id}")
        at = "90" if id == "bachelor-honours" else "60"
        lower = str(Credits.parse(total) - Credits.parse(at))
        learner = [unit(national, "six", at, level="6"), unit(national, "four", lower, level="4")]
        assert weigh(national, learner).adds_up
        assert not weigh(keele, learner).adds_up


def test_the_second_cycle_has_no_upper_bound() -> None:
    master = rules("ehea-qf-master")
    found = weigh(master, [unit(master, "large", "150", level="second")])
    assert found.adds_up
