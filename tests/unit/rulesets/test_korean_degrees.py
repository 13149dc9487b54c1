"""The degrees of Korea's credit bank (NILE's totals, the caps of the university pages), each rule at its edge."""

from datetime import date
from typing import NamedTuple

import pytest
from ruleset_samples import AWARDING, blamed, less, more, rules, unit, weigh

from creditbank.framework import Qualification
from creditbank.framework.tightening import loosenings
from creditbank.stacking import Candidate
from creditbank.units import Credits

MAJOR, GENERAL, ELECTIVE = "kr-acbs:major", "kr-acbs:general-education", "kr-acbs:elective"


class Degree(NamedTuple):
    """The published numbers: in all, in the major, in general education, from one institution, qualifications."""

    id: str
    total: str
    major: str
    general: str
    one_institution: str
    qualifications: int | None


DEGREES = (
    Degree("kr-acbs-bachelor", "140", "60", "30", "105", 3),
    Degree("kr-acbs-associate-2", "80", "45", "15", "60", 2),
    Degree("kr-acbs-associate-3", "120", "54", "21", "90", None),
)


def named(degree: Degree) -> str:
    return degree.id


class Piece(NamedTuple):
    """Credits that are wanted in a learner's list; without a category they serve whatever is still needed."""

    credits: str
    category: str = ""
    provider: str = "a"
    earned: date = date(2012, 3, 2)
    source: str = "accredited-course"


EXAM = "self-study-exam"


def learner(degree: Degree, *pieces: Piece) -> list[Candidate]:
    """The pieces, and examinations for the rest, so that the published numbers are met exactly."""
    qualification = rules(degree.id)
    needed = {MAJOR: Credits.parse(degree.major), GENERAL: Credits.parse(degree.general)}
    total = Credits.parse(degree.total)
    needed[ELECTIVE] = total - needed[MAJOR] - needed[GENERAL]
    found: list[Candidate] = []

    def add(piece: Piece, credits: Credits, category: str) -> None:
        name = f"{len(found):02d}-{category.partition(':')[2]}"
        found.append(
            unit(
                qualification,
                name,
                str(credits),
                categories=[category],
                provider=piece.provider,
                earned=piece.earned,
                source=piece.source,
            )
        )
        needed[category] = needed[category] - credits if needed[category] >= credits else Credits(0)

    for piece in pieces:
        left = Credits.parse(piece.credits)
        for category in [piece.category] if piece.category else list(needed):
            part = left if piece.category or category == ELECTIVE else min(left, needed[category])
            if part.thousandths:
                add(piece, part, category)
                left = left - part
    for category, credits in list(needed.items()):
        if credits.thousandths:
            add(Piece("", provider="e", source=EXAM), credits, category)
    return found


def with_less(candidates: list[Candidate], category: str) -> list[Candidate]:
    """One thousandth less in the last unit of a category, an examination."""
    last = max(index for index, item in enumerate(candidates) if category in item.facts.categories)
    facts = candidates[last].facts
    assert facts.source_type == EXAM
    qualification = next(rules(degree.id) for degree in DEGREES)
    smaller = unit(qualification, "smaller", less(str(facts.credits.credits)), categories=[category], source=EXAM)
    return [*candidates[:last], smaller, *candidates[last + 1 :]]


def courses(credits: str, *, provider: str = "a", first: int = 2012, size: int = 15) -> list[Piece]:
    """Courses of at most so many credits, one a semester, from spring of a year on."""
    left, found = Credits.parse(credits).thousandths, list[Piece]()
    while left > 0:
        index = len(found)
        day = date(first + index // 2, 9 if index % 2 else 3, 2)
        found.append(Piece(str(Credits(min(size * 1000, left))), provider=provider, earned=day))
        left -= size * 1000
    return found


COURSES = courses("18")


@pytest.mark.parametrize("degree", DEGREES, ids=named)
def test_exactly_the_published_numbers_add_up(degree: Degree) -> None:
    found = weigh(rules(degree.id), learner(degree, *COURSES))
    assert found.adds_up
    assert found.totals.counted == Credits.parse(degree.total)


@pytest.mark.parametrize("degree", DEGREES, ids=named)
@pytest.mark.parametrize(("category", "rule"), [(ELECTIVE, "total"), (MAJOR, "major"), (GENERAL, "general-education")])
def test_a_thousandth_less_falls_short_of_that_rule_alone(degree: Degree, category: str, rule: str) -> None:
    candidates = with_less(learner(degree, *COURSES[:1], Piece("3", MAJOR)), category)
    spare = unit(rules(degree.id), "spare", "10", categories=[ELECTIVE], source=EXAM)
    found = weigh(rules(degree.id), candidates if rule == "total" else [*candidates, spare])
    assert blamed(found) == {rule}
    assert found.gap is not None
    assert found.gap.credits == Credits(1)


@pytest.mark.parametrize("degree", DEGREES, ids=named)
def test_18_credits_come_from_accredited_courses_or_part_time_enrolment(degree: Degree) -> None:
    for source in ("accredited-course", "part-time-enrolment"):
        pieces = [Piece("15", source=source), Piece("3", source=source, earned=date(2012, 9, 1))]
        assert weigh(rules(degree.id), learner(degree, *pieces)).adds_up
    assert blamed(weigh(rules(degree.id), learner(degree, *courses("17.999")))) == {"accredited"}
    pieces = [Piece("18", source="exemption-course")]
    assert blamed(weigh(rules(degree.id), learner(degree, *pieces))) == {"accredited"}


@pytest.mark.parametrize("degree", DEGREES, ids=named)
def test_one_institution_gives_its_cap_and_not_a_thousandth_more(degree: Degree) -> None:
    assert weigh(rules(degree.id), learner(degree, *courses(degree.one_institution))).adds_up
    found = weigh(rules(degree.id), learner(degree, *courses(more(degree.one_institution))))
    assert "one-institution" in blamed(found)
    assert "per-year" not in blamed(found)
    half = str(Credits(Credits.parse(degree.one_institution).thousandths // 2 + 1000))
    two = [*courses(half), *courses(half, provider="b", first=2020)]
    assert weigh(rules(degree.id), learner(degree, *two)).adds_up


def with_certificates(degree: Degree, majors: int, others: int) -> list[Candidate]:
    """Exactly the total, so that every certificate is needed."""
    pieces = [Piece("5", MAJOR, "c", source="qualification")] * majors
    pieces += [Piece("1", GENERAL, "c", source="qualification")] * others
    return learner(degree, *COURSES, *pieces)


@pytest.mark.parametrize("degree", [one for one in DEGREES if one.qualifications], ids=named)
def test_so_many_qualifications_count_and_no_more(degree: Degree) -> None:
    assert degree.qualifications is not None
    assert weigh(rules(degree.id), with_certificates(degree, degree.qualifications, 0)).adds_up
    found = weigh(rules(degree.id), with_certificates(degree, degree.qualifications + 1, 0))
    assert "qualifications" in blamed(found)
    assert "general-qualifications" not in blamed(found)


@pytest.mark.parametrize("degree", [one for one in DEGREES if one.qualifications], ids=named)
def test_of_them_one_lies_outside_the_major_and_not_two(degree: Degree) -> None:
    assert degree.qualifications is not None
    assert weigh(rules(degree.id), with_certificates(degree, degree.qualifications - 1, 1)).adds_up
    found = weigh(rules(degree.id), with_certificates(degree, degree.qualifications - 2, 2))
    assert "general-qualifications" in blamed(found)
    assert "qualifications" not in blamed(found)


def test_the_three_year_associate_bounds_no_number_of_qualifications() -> None:
    associate = DEGREES[2]
    assert weigh(rules(associate.id), with_certificates(associate, 3, 3)).adds_up
    people = {check.id for check in rules(associate.id).checked_by_people}
    assert "number-of-qualifications" in people


def classes(degree: Degree, *days: tuple[date, str], source: str = "accredited-course") -> list[Candidate]:
    """The published numbers exactly, with classes on these days, each at an institution of its own."""
    held = [Piece(size, provider=f"p{index}", earned=day, source=source) for index, (day, size) in enumerate(days)]
    return learner(degree, *COURSES, *held)


BACHELOR = DEGREES[0]


@pytest.mark.parametrize(
    ("first", "second", "one_year"),
    [
        (date(2024, 3, 1), date(2025, 2, 28), True),
        (date(2023, 8, 31), date(2024, 2, 29), True),  # a leap day is the last day of its year
        (date(2024, 2, 29), date(2024, 3, 1), False),
        (date(2025, 2, 28), date(2025, 3, 1), False),
        (date(2024, 8, 31), date(2024, 9, 1), True),
    ],
)
def test_an_academic_year_takes_42_credits_of_classes(first: date, second: date, *, one_year: bool) -> None:
    third = (first, "0.001")
    assert weigh(rules(BACHELOR.id), classes(BACHELOR, (first, "20"), (second, "22"))).adds_up
    found = weigh(rules(BACHELOR.id), classes(BACHELOR, (first, "20"), (second, "22"), third))
    assert found.adds_up is not one_year
    if one_year:
        assert "per-year" in blamed(found)


@pytest.mark.parametrize("degree", DEGREES, ids=named)
def test_every_degree_takes_42_credits_of_classes_a_year_and_24_a_semester(degree: Degree) -> None:
    spring, autumn = date(2024, 3, 2), date(2024, 9, 2)
    assert weigh(rules(degree.id), classes(degree, (spring, "20"), (autumn, "22"))).adds_up
    assert "per-year" in blamed(weigh(rules(degree.id), classes(degree, (spring, "20"), (autumn, "22.001"))))
    assert weigh(rules(degree.id), classes(degree, (spring, "24"))).adds_up
    assert "per-semester" in blamed(weigh(rules(degree.id), classes(degree, (spring, "12"), (spring, "12.001"))))


@pytest.mark.parametrize(
    ("first", "second", "one_semester"),
    [
        (date(2024, 3, 1), date(2024, 8, 31), True),
        (date(2024, 8, 31), date(2024, 9, 1), False),
        (date(2024, 9, 1), date(2025, 2, 28), True),
        (date(2023, 9, 1), date(2024, 2, 29), True),
        (date(2024, 2, 29), date(2024, 3, 1), False),
    ],
)
def test_a_semester_takes_24_credits_of_classes(first: date, second: date, *, one_semester: bool) -> None:
    assert weigh(rules(BACHELOR.id), classes(BACHELOR, (first, "12"), (second, "12"))).adds_up
    found = weigh(rules(BACHELOR.id), classes(BACHELOR, (first, "12"), (second, "12.001")))
    assert found.adds_up is not one_semester
    if one_semester:
        assert "per-semester" in blamed(found)


@pytest.mark.parametrize(
    ("source", "capped"),
    [
        ("accredited-course", True),
        ("part-time-enrolment", True),
        ("exemption-course", True),
        ("prior-university", False),
        ("self-study-exam", False),
        ("intangible-heritage", False),
    ],
)
def test_only_classes_fall_under_the_caps_of_year_and_semester(source: str, *, capped: bool) -> None:
    day = date(2024, 3, 2)
    found = weigh(rules(BACHELOR.id), classes(BACHELOR, (day, "12"), (day, "13"), source=source))
    assert found.adds_up is not capped


def test_credits_of_examinations_do_not_fall_under_the_cap_of_one_institution() -> None:
    qualification = rules(BACHELOR.id)
    units = [unit(qualification, "major", "110", provider="a", categories=[MAJOR], source=EXAM)]
    units.append(unit(qualification, "general", "30", provider="a", categories=[GENERAL], source=EXAM))
    units.append(unit(qualification, "course", "18", provider="b"))
    assert weigh(qualification, units).adds_up


@pytest.mark.parametrize("degree", DEGREES, ids=named)
@pytest.mark.parametrize("same", ["content", "achievement"])
def test_the_same_course_counts_once(degree: Degree, same: str) -> None:
    qualification = rules(degree.id)
    base = learner(degree, *COURSES)
    last = base.pop()
    half = str(Credits(last.facts.credits.credits.thousandths // 2))
    categories = last.facts.categories
    two = [unit(qualification, f"half{n}", half, categories=categories, source=EXAM) for n in range(2)]
    assert weigh(qualification, [*base, *two]).adds_up
    key = {same: "urn:sample:the-same-course"}
    alike = [unit(qualification, f"half{n}", half, categories=categories, source=EXAM, **key) for n in range(2)]
    found = weigh(qualification, [*base, *alike])
    assert "total" in blamed(found)


def second(id: str, major: str, accredited: str = "18") -> list[Candidate]:
    qualification = rules(id)
    exam = str(Credits.parse(major) - Credits.parse(accredited))
    return [
        unit(qualification, "course", accredited, categories=[MAJOR]),
        unit(qualification, "exam", exam, categories=[MAJOR], source=EXAM),
    ]


@pytest.mark.parametrize(("id", "major"), [("kr-acbs-second-bachelor", "48"), ("kr-acbs-second-associate", "36")])
def test_a_second_degree_asks_for_its_major_alone(id: str, major: str) -> None:
    qualification = rules(id)
    assert weigh(qualification, second(id, major)).adds_up
    assert blamed(weigh(qualification, second(id, less(major)))) == {"major"}
    assert blamed(weigh(qualification, second(id, major, "17.999"))) == {"accredited"}
    other = unit(qualification, "other", "18", categories=[GENERAL])
    assert "accredited" in blamed(weigh(qualification, [*second(id, major, "1")[1:], other]))


@pytest.mark.parametrize(("id", "major"), [("kr-acbs-second-bachelor", "48"), ("kr-acbs-second-associate", "36")])
def test_a_second_degree_takes_one_qualification_of_its_major(id: str, major: str) -> None:
    qualification = rules(id)
    base = second(id, str(Credits.parse(major) - Credits.parse("10")))

    def certificate(name: str, credits: str, category: str = MAJOR) -> Candidate:
        return unit(qualification, name, credits, categories=[category], source="qualification")

    assert weigh(qualification, [*base, certificate("one", "10")]).adds_up
    two = weigh(qualification, [*base, certificate("one", "5"), certificate("two", "5")])
    assert blamed(two) == {"major", "qualifications"}
    assert not weigh(qualification, [*base, certificate("one", "10", GENERAL)]).adds_up


def test_what_the_sources_give_at_second_hand_says_so() -> None:
    for id in ("kr-acbs-second-bachelor", "kr-acbs-second-associate"):
        qualification = rules(id)
        assert qualification.confidence == "M"
        major = next(node for _, node in qualification.nodes() if node.id == "major")
        assert major.confidence == "M"


@pytest.mark.parametrize(("own", "adds_up"), [("84", True), ("83.999", False)])
def test_a_university_awards_on_84_credits_of_its_own(own: str, *, adds_up: bool) -> None:
    qualification = rules("kr-acbs-university-bachelor")
    rest = str(Credits.parse("140") - Credits.parse("18") - Credits.parse(own))
    units = [
        unit(qualification, "own", own, provider=AWARDING, source=EXAM, categories=[MAJOR]),
        unit(qualification, "rest", rest, provider="b", source=EXAM, categories=[GENERAL]),
        unit(qualification, "course", "18", provider="b"),
    ]
    found = weigh(qualification, units)
    assert found.adds_up is adds_up
    assert weigh(rules("kr-acbs-bachelor"), units).adds_up
    if not adds_up:
        assert blamed(found) == {"from-the-awarding-university"}


def compulsory(bachelor: Qualification) -> Qualification:
    """A made-up major with two compulsory courses, as a document for one major would name them."""
    document = bachelor.model_dump(mode="json")
    document |= {"id": "kr-acbs-bachelor-sample", "tightens": {"id": bachelor.id, "version": bachelor.version}}
    document["requires"]["of"] += [
        {
            "id": f"compulsory-{name}",
            "title": f"Compulsory course {name}",
            "kind": "limit",
            "over": "counted",
            "where": {"achievement": [f"urn:achievement:{name}"], "category": [MAJOR]},
            "units_at_least": 1,
        }
        for name in ("first", "second")
    ]
    return Qualification.model_validate(document)


def test_a_document_for_one_major_can_name_its_compulsory_courses() -> None:
    national = rules("kr-acbs-bachelor")
    qualification = compulsory(national)
    assert loosenings(qualification, national) == []
    base = learner(BACHELOR, *COURSES)
    major = max(index for index, item in enumerate(base) if MAJOR in item.facts.categories)
    rest = Credits(base[major].facts.credits.credits.thousandths - 6_000)
    base[major] = unit(qualification, "major", str(rest), categories=[MAJOR], source=EXAM)
    first, second, third = (
        unit(qualification, name, "3", categories=[MAJOR], source=EXAM, achievement=f"urn:achievement:{name}")
        for name in ("first", "second", "third")
    )
    assert weigh(qualification, [*base, first, second]).adds_up
    assert weigh(national, [*base, first, third]).adds_up
    assert blamed(weigh(qualification, [*base, first, third])) == {"compulsory-second"}
