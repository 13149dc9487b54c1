"""India's exits after two, three and four years, with the rules of the Academic Bank of Credits."""

from datetime import date
from typing import NamedTuple

import pytest
from ruleset_samples import AWARDING, TODAY, blamed, less, more, rules, unit, weigh

from creditbank.stacking import Candidate
from creditbank.units import Credits


class Exit(NamedTuple):
    """The published numbers: credits in all, and the level of the exit."""

    id: str
    total: str
    level: str
    lower: tuple[str, ...]


EXITS = (
    Exit("in-ncrf-ug-diploma", "80", "5", ("in-ncrf-ug-certificate",)),
    Exit("in-ncrf-bachelor", "120", "5.5", ("in-ncrf-ug-certificate", "in-ncrf-ug-diploma")),
    Exit(
        "in-ncrf-bachelor-honours",
        "160",
        "6",
        ("in-ncrf-ug-certificate", "in-ncrf-ug-diploma", "in-ncrf-bachelor"),
    ),
)


def named(exit: Exit) -> str:
    return exit.id


def learner(
    exit: Exit,
    *,
    total: str = "",
    at_level: str = "40",
    own: str = "",
    earned: date = date(2026, 1, 5),
    low: str = "4.5",
) -> list[Candidate]:
    """40 credits at the exit's level, the rest at the first year's; half of all from the awarding institution."""
    qualification = rules(exit.id)
    whole = Credits.parse(total or exit.total)
    mine = Credits.parse(own) if own else Credits(whole.thousandths // 2)
    upper = Credits.parse(at_level)
    parts = [("upper", exit.level, AWARDING, upper), ("own", low, AWARDING, mine - upper)]
    parts.append(("other", low, "b", whole - mine))
    return [
        unit(qualification, name, str(credits), level=level, provider=provider, earned=earned)
        for name, level, provider, credits in parts
        if credits.thousandths
    ]


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_exactly_the_credits_of_the_exit_add_up(exit: Exit) -> None:
    found = weigh(rules(exit.id), learner(exit))
    assert found.adds_up
    assert found.totals.counted == Credits.parse(exit.total)
    assert rules(exit.id).level == exit.level


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_a_thousandth_less_in_all_falls_short(exit: Exit) -> None:
    found = weigh(rules(exit.id), learner(exit, total=less(exit.total), own=str(int(exit.total) // 2)))
    assert blamed(found) == {"credits"}


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_a_thousandth_less_at_the_level_of_the_exit_falls_short(exit: Exit) -> None:
    found = weigh(rules(exit.id), learner(exit, at_level="39.999"))
    assert blamed(found) == {"at-level"}


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_half_comes_from_the_institution_that_awards_and_not_a_thousandth_less(exit: Exit) -> None:
    qualification, half = rules(exit.id), str(int(exit.total) // 2)
    exactly = learner(exit, own=half)
    extra = unit(qualification, "extra", "0.001", level="4.5", provider="b")
    assert weigh(qualification, [*exactly, extra]).adds_up, "what is not needed is left out"
    larger = unit(qualification, "other", more(half), level="4.5", provider="b")
    short = [one for one in exactly if one.facts.credential != "urn:uuid:other"]
    assert "from-awarding-institution" in blamed(weigh(qualification, [*short, larger]))


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_school_credits_do_not_count(exit: Exit) -> None:
    assert "credits" in blamed(weigh(rules(exit.id), learner(exit, low="4")))


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_credits_live_seven_years_to_the_day(exit: Exit) -> None:
    oldest = TODAY.replace(year=TODAY.year - 7)
    assert weigh(rules(exit.id), learner(exit, earned=oldest)).adds_up
    found = weigh(rules(exit.id), learner(exit, earned=date(2019, 5, 31)))
    assert not found.adds_up
    assert {left.slug for left in found.not_counted} == {"too-old"}


@pytest.mark.parametrize("exit", EXITS, ids=named)
def test_each_exit_absorbs_those_below_it(exit: Exit) -> None:
    assert rules(exit.id).absorbs == exit.lower


DIPLOMA = EXITS[0]


def semesters(*units: tuple[str, str, date], credits: str = "4") -> list[Candidate]:
    """Units of 4 credits, all needed: mode and day of some are given, the others are on site in earlier semesters."""
    qualification = rules(DIPLOMA.id)
    given = [unit(qualification, name, credits, level="5", mode=mode, earned=earned) for name, mode, earned in units]
    count = (80 - len(given) * int(credits)) // 4
    rest = [unit(qualification, f"r{n:02d}", "4", level="5", earned=date(2022, 3, 2)) for n in range(count)]
    return [*given, *rest]


def online(count: int, day: date) -> list[tuple[str, str, date]]:
    return [(f"o{day}-{n}", "online", day) for n in range(count)]


def on_site(count: int, day: date) -> list[tuple[str, str, date]]:
    return [(f"s{day}-{n}", "on-site", day) for n in range(count)]


def test_two_of_five_courses_of_a_semester_may_be_online_and_three_may_not() -> None:
    day = date(2025, 3, 3)
    diploma = rules(DIPLOMA.id)
    assert weigh(diploma, semesters(*online(2, day), *on_site(3, day))).adds_up
    assert "online" in blamed(weigh(diploma, semesters(*online(3, day), *on_site(2, day))))
    assert "online" in blamed(weigh(diploma, semesters(*online(2, day), *on_site(2, day)))), "half is more than 40 %"


def test_few_online_courses_overall_do_not_make_up_for_a_semester_of_them() -> None:
    """Read over all credits it would be one in twenty; the regulation speaks of each semester."""
    assert "online" in blamed(weigh(rules(DIPLOMA.id), semesters(*online(1, date(2025, 3, 3)))))


def test_courses_are_counted_and_not_their_credits() -> None:
    day = date(2025, 3, 3)
    large = semesters(*online(2, day), *on_site(3, day), credits="8")
    small = [one for one in large if not one.facts.credential.startswith(f"urn:uuid:s{day}")]
    diploma = rules(DIPLOMA.id)
    small += [unit(diploma, f"small{n}", "4", level="5", earned=day) for n in range(3)]
    small += [unit(diploma, f"more{n}", "4", level="5", earned=date(2022, 3, 2)) for n in range(3)]
    assert weigh(diploma, small).adds_up, "16 of 28 credits online, but two of five courses"


@pytest.mark.parametrize(
    ("day", "together"),
    [(date(2025, 6, 30), True), (date(2025, 7, 1), False), (date(2025, 1, 1), True), (date(2024, 12, 31), False)],
)
def test_semesters_change_on_the_first_of_january_and_of_july(day: date, *, together: bool) -> None:
    spring = date(2025, 3, 3)
    found = weigh(rules(DIPLOMA.id), semesters(*online(2, day), *on_site(3, spring)))
    assert found.adds_up is together
    if not together:
        assert "online" in blamed(found)


def test_what_is_second_hand_says_so() -> None:
    for exit in EXITS:
        nodes = {node.id: node for _, node in rules(exit.id).nodes()}
        assert (nodes["from-awarding-institution"].confidence, nodes["at-level"].confidence) == ("M", "M")
        assert nodes["credits"].confidence == "H"
