"""Degrees of the United States as catalogues usually have them: hours, grades, an average, and shared courses."""

from collections.abc import Mapping

import pytest
from ruleset_samples import AWARDING, blamed, rules, unit, weigh

from creditbank.stacking import Candidate, Evaluation

ID = "us-sch-bachelor"
GE = "general-education"
UPPER = "upper-division"
AREAS = {
    "humanities": "humanities-fine-arts",
    "social": "social-behavioural-sciences",
    "natural": "natural-sciences-mathematics",
}


def course(
    name: str, hours: str, *categories: str, grade: str = "C", provider: str = "other", achievement: str = ""
) -> Candidate:
    return unit(
        rules(ID),
        name,
        hours,
        categories=[f"us-sch:{category}" for category in categories],
        grade=("letter", grade) if grade else None,
        provider=provider,
        achievement=achievement,
    )


def learner(**changes: Candidate | None) -> list[Candidate]:
    """Exactly 120 hours: a major of 30 taken at the awarding institution, 36 upper-division, 30 of general education.

    Every grade is C, so that the average is exactly 2.0. `changes` replaces courses by name, or takes them away.
    """
    found: dict[str, Candidate] = {
        f"major{n}": course(f"major{n}", "10", "major", UPPER, provider=AWARDING) for n in range(3)
    }
    for name, area in AREAS.items():
        found[name] = course(name, "10", GE, area)
    found["upper"] = course("upper", "6", UPPER)
    for n in range(5):
        found[f"elective{n}"] = course(f"elective{n}", "10")
    found["last"] = course("last", "4")
    kept: Mapping[str, Candidate | None] = {**found, **changes}
    return [one for one in kept.values() if one is not None]


def bachelor(candidates: list[Candidate]) -> Evaluation:
    return weigh(rules(ID), candidates)


def test_exactly_the_usual_numbers_add_up() -> None:
    assert bachelor(learner()).adds_up


@pytest.mark.parametrize(
    ("name", "smaller", "rule"),
    [
        ("last", course("last", "3.999"), "total"),
        ("upper", course("upper", "5.999", UPPER), "upper-division"),
        ("natural", course("natural", "9.999", GE, AREAS["natural"]), "general-education-hours"),
        ("major0", course("major0", "9.999", "major", UPPER, provider=AWARDING), "major"),
    ],
)
def test_a_thousandth_of_an_hour_less_falls_short(name: str, smaller: Candidate, rule: str) -> None:
    more = (
        [] if rule == "total" else [course("spare", "1", UPPER if rule == "major" else "elective", provider=AWARDING)]
    )
    found = bachelor([*learner(**{name: smaller}), *more])
    assert blamed(found) == {rule}


def test_30_hours_come_from_the_institution_that_awards() -> None:
    elsewhere = [course(f"major{n}", "10", "major", UPPER) for n in range(3)]
    moved = learner(major0=elsewhere[0], elective0=course("elective0", "9.999", provider=AWARDING))
    spare = course("spare", "1")
    assert blamed(bachelor([*moved, spare])) == {"residence"}
    assert bachelor(learner(major0=elsewhere[0], elective0=course("elective0", "10", provider=AWARDING))).adds_up


def test_a_quarter_is_of_the_hours_that_are_needed_not_of_those_counted() -> None:
    """Beyond 120 hours the 30 stay 30."""
    long = learner(elective0=course("elective0", "30"))
    assert bachelor(long).adds_up


def test_a_major_wants_c_and_c_minus_is_not_enough() -> None:
    minus = course("major0", "10", "major", UPPER, grade="C-", provider=AWARDING)
    better = course("elective0", "10", grade="A")
    assert blamed(bachelor(learner(major0=minus, elective0=better))) == {"major"}
    plus = course("major0", "10", "major", UPPER, grade="C+", provider=AWARDING)
    assert bachelor(learner(major0=plus)).adds_up


@pytest.mark.parametrize("grade", ["", "P"])
def test_a_course_without_a_grade_of_the_scale_fills_no_place_in_the_major(grade: str) -> None:
    ungraded = course("major0", "10", "major", UPPER, grade=grade, provider=AWARDING)
    assert blamed(bachelor(learner(major0=ungraded))) == {"major"}


def test_an_average_of_exactly_2_adds_up_and_anything_below_does_not() -> None:
    minus = course("last", "4", grade="C-")
    assert blamed(bachelor(learner(last=minus))) == {"average", "total"}, "without that course it is not 120 hours"
    plus = course("elective0", "10", grade="C+")
    assert bachelor(learner(last=minus, elective0=plus)).adds_up
    slight = course("last", "3.999", grade="C"), course("slight", "0.001", grade="C-")
    assert blamed(bachelor([*learner(last=slight[0]), slight[1]])) == {"average", "total"}


def test_the_average_weighs_hours_and_leaves_ungraded_courses_out() -> None:
    balanced = learner(elective0=course("elective0", "10", grade="D"), elective1=course("elective1", "10", grade="B"))
    assert bachelor(balanced).adds_up
    uneven = learner(last=course("last", "4", grade="B"), elective0=course("elective0", "10", grade="D"))
    assert blamed(bachelor(uneven)) == {"average", "total"}
    assert bachelor(learner(elective0=course("elective0", "10", grade=""))).adds_up


def test_a_course_may_count_in_the_major_and_in_general_education() -> None:
    shared = course("major0", "10", "major", UPPER, GE, AREAS["natural"], provider=AWARDING)
    other = course("natural", "10")
    found = bachelor(learner(major0=shared, natural=other))
    assert found.adds_up, "and its hours count once in the total"
    assert blamed(bachelor(learner(major0=shared, natural=course("natural", "9.999")))) == {"total"}


def test_within_general_education_a_course_counts_in_one_area_only() -> None:
    both = course("humanities", "20", GE, AREAS["humanities"], AREAS["social"])
    found = bachelor(learner(humanities=both, social=None))
    assert not found.adds_up
    assert blamed(found) == {"humanities", "social-sciences"}


def test_a_course_in_the_major_still_counts_in_one_area_only() -> None:
    both = course("major0", "10", "major", UPPER, GE, AREAS["humanities"], AREAS["social"], provider=AWARDING)
    hours = course("social", "10", GE)
    found = bachelor(learner(major0=both, humanities=None, social=hours, spare=course("spare", "10")))
    assert not found.adds_up
    assert {"humanities", "social-sciences"} <= blamed(found)


@pytest.mark.parametrize("area", sorted(AREAS))
def test_each_area_of_general_education_needs_a_course(area: str) -> None:
    without = learner(**{area: course(area, "10", GE)})
    missing = {"humanities": "humanities", "social": "social-sciences", "natural": "natural-sciences"}[area]
    assert blamed(bachelor(without)) == {missing}


def test_a_course_taken_twice_counts_once() -> None:
    twice = [course(f"elective{n}", "10", achievement="urn:achievement:the-same") for n in range(2)]
    found = bachelor(learner(elective0=twice[0], elective1=twice[1]))
    assert "total" in blamed(found)


def test_what_is_custom_says_so() -> None:
    nodes = {node.id: node.confidence for _, node in rules(ID).nodes()}
    custom = ("major", "total", "upper-division", "residence", "average")
    assert {nodes[name] for name in custom} == {"M"}
    assert rules(ID).confidence == "M"


def associate(*, last: str = "45", natural: str = "5", **areas: str) -> Evaluation:
    qualification = rules("us-sch-associate")
    sizes = {"humanities": "5", "social": "5", "natural": natural, **areas}
    units = [
        unit(qualification, name, hours, categories=["us-sch:general-education", f"us-sch:{AREAS[name]}"])
        for name, hours in sizes.items()
        if hours != "0"
    ]
    return weigh(qualification, [*units, unit(qualification, "last", last)])


def test_an_associate_has_60_hours_of_which_15_of_general_education() -> None:
    assert associate().adds_up
    assert blamed(associate(last="44.999")) == {"total"}
    assert blamed(associate(last="45.001", natural="4.999")) == {"general-education-hours"}
    assert blamed(associate(last="45", humanities="0", social="10")) == {"humanities"}
