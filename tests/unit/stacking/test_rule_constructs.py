"""Every construct of the rules, once where it says yes and once where it says no, each answer confirmed by the checker.

A case is a small qualification and the units of a sample learner, chosen so that the construct alone decides.
"""

from datetime import date
from typing import Any

import pytest
from stacking_samples import LEARNER, facts_of, rules, setting_of, unit

from creditbank.stacking import Candidate, Evaluation, check, evaluate, read_proof, recount, stacking_proof
from creditbank.units import Credits

SCALES = {
    "letters": {
        "grades": [
            {"code": "F", "points": "0"},
            {"code": "C", "points": "2"},
            {"code": "P"},
            {"code": "B", "points": "3"},
            {"code": "A", "points": "4"},
        ]
    },
    "german": {"numbers": ["5.0", "1.0"]},
}


def need(credits: str | None = "6", **changes: Any) -> dict[str, Any]:
    given = {"credits_at_least": credits} if credits is not None else {}
    return {"id": "need", "title": "The place", "kind": "requirement", **given, **changes}


def limit(**bound: Any) -> dict[str, Any]:
    return {"id": "cap", "title": "The limit", "kind": "limit", "over": "counted", **bound}


def graded(id: str, grade: str, credits: str = "3", scale: str = "letters") -> Candidate:
    return unit(id, credits, about={"grades": ((scale, grade),)})


def on(id: str, day: date, credits: str = "3", **about: Any) -> Candidate:
    return unit(id, credits, earned=day, about=about)


def fielded(id: str, *fields: str, credits: str = "3") -> Candidate:
    return unit(id, credits, about={"fields": frozenset(fields)})


def weigh(of: list[dict[str, Any]], units: list[Candidate], **document: Any) -> Evaluation:
    """Weigh, and prove every yes: the proof goes through bytes and is checked from the facts."""
    qualification, setting = rules(of, grading=SCALES, **document), setting_of()
    found = evaluate(qualification, units, setting)
    if found.adds_up:
        proof = stacking_proof(found, qualification, units, setting, id="p", award="a", learner=LEARNER, engine="tests")
        assert check(read_proof(proof), qualification, facts_of(units), setting) == ()
    else:
        assert found.proven or not qualification.admits.whole_units, found.sentence
        assert recount(qualification, found.uses, facts_of(units), setting).faults
    return found


WHERE: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"field": ["06"]}, {"fields": frozenset({"0612"})}, True),
    ({"field": ["0612"]}, {"fields": frozenset({"06"})}, False),
    ({"field": ["07"]}, {"fields": frozenset({"0612"})}, False),
    ({"dimension": ["skills"]}, {"dimensions": frozenset({"knowledge", "skills"})}, True),
    ({"dimension": ["values"]}, {"dimensions": frozenset({"knowledge", "skills"})}, False),
    ({"language": ["en"]}, {"language": "en-GB"}, True),
    ({"language": ["en"]}, {"language": "enm"}, False),
    ({"language": ["en"]}, {}, False),
    ({"country": ["IN"]}, {"country": "IN"}, True),
    ({"country": ["IN"]}, {"country": "KR"}, False),
    ({"achievement_type": ["MicroCredential"]}, {"kind": "MicroCredential"}, True),
    ({"achievement_type": ["MicroCredential"]}, {"kind": "Course"}, False),
    ({"grade": {"scale": "letters"}}, {"grades": (("letters", "F"),)}, True),
    ({"grade": {"scale": "letters"}}, {"grades": (("german", "1.0"),)}, False),
    ({"grade": {"scale": "letters", "at_least": "B"}}, {"grades": (("letters", "A"),)}, True),
    ({"grade": {"scale": "letters", "at_least": "B"}}, {"grades": (("letters", "P"),)}, False),
    ({"grade": {"scale": "letters", "at_least": "B"}}, {"grades": (("letters", "A+"),)}, False),
    ({"grade": {"scale": "letters", "at_least": "B"}}, {}, False),
    ({"grade": {"scale": "letters", "at_most": "C"}}, {"grades": (("letters", "C"),)}, True),
    ({"grade": {"scale": "letters", "at_most": "C"}}, {"grades": (("letters", "A"),)}, False),
    ({"grade": {"scale": "german", "at_least": "2.5"}}, {"grades": (("german", "1.7"),)}, True),
    ({"grade": {"scale": "german", "at_least": "2.5"}}, {"grades": (("german", "2.6"),)}, False),
    ({"size_at_least": "6"}, {}, True),
    ({"size_at_least": "6.001"}, {}, False),
    ({"size_at_most": "6"}, {}, True),
    ({"size_at_most": "5.999"}, {}, False),
    ({"earned_from": "2026-03-02"}, {}, True),
    ({"earned_from": "2026-03-03"}, {}, False),
    ({"earned_until": "2026-03-02"}, {}, True),
    ({"earned_until": "2026-03-01"}, {}, False),
    ({"any_of": [{"country": ["KR"]}, {"mode": ["on-site"]}]}, {}, True),
    ({"any_of": [{"country": ["KR"]}, {"mode": ["online"]}]}, {}, False),
    ({"any_of": [{"mode": ["on-site"]}], "excluding": {"any_of": [{"country": ["KR"]}]}}, {"country": "KR"}, False),
]


@pytest.mark.parametrize(("where", "about", "fits"), WHERE)
def test_a_place_takes_what_its_where_speaks_of(where: dict[str, Any], about: dict[str, Any], *, fits: bool) -> None:
    assert weigh([need(where=where)], [unit("a", "6", about=about)]).adds_up is fits


def test_the_size_of_a_unit_is_all_of_it_however_little_is_left() -> None:
    part = unit("a", "12", available="6")
    loose: dict[str, Any] = {"admits": {"whole_units": False}}
    assert weigh([need(where={"size_at_least": "12"})], [part], **loose).adds_up
    assert not weigh([need(where={"size_at_most": "11"})], [part], **loose).adds_up


def test_what_is_not_admitted_counts_nowhere_and_is_told_why() -> None:
    found = weigh([need()], [unit("a", "6")], admits={"where": {"mode": ["online"]}})
    assert not found.adds_up
    assert [(item.slug, item.sentence) for item in found.not_counted] == [
        ("not-admitted", "It is not among the units that these rules count at all.")
    ]
    assert weigh([need()], [unit("a", "6")], admits={"where": {"mode": ["on-site"]}}).adds_up


def named(*names: str) -> list[Candidate]:
    return [unit(f"u{index}", achievement=name) for index, name in enumerate(names)]


def test_an_achievement_counts_once_where_the_rules_say_so() -> None:
    twice = named("urn:x", "urn:x")
    assert weigh([need()], twice).adds_up
    found = weigh([need()], twice, admits={"same_achievement": "count-once"})
    assert not found.adds_up
    assert [item.slug for item in found.not_counted] == ["same-achievement"]


EQUAL: dict[str, Any] = {"equivalents": [{"id": "same", "achievements": ["urn:x", "urn:y"]}]}
INSTEAD: dict[str, Any] = {"substitutes": [{"id": "old", "instead_of": "urn:x", "accepted": ["urn:z"]}]}


@pytest.mark.parametrize(
    ("wanted", "held", "document", "fits"),
    [
        ("urn:x", "urn:y", EQUAL, True),
        ("urn:y", "urn:x", EQUAL, True),
        ("urn:x", "urn:y", {}, False),
        ("urn:x", "urn:z", INSTEAD, True),
        ("urn:z", "urn:x", INSTEAD, False),  # one way
        ("urn:y", "urn:z", {**EQUAL, **INSTEAD}, True),  # the class of what is substituted
        (
            "urn:x",
            "urn:w",
            {"substitutes": [*INSTEAD["substitutes"], {"id": "more", "instead_of": "urn:z", "accepted": ["urn:w"]}]},
            False,  # one step
        ),
    ],
)
def test_one_achievement_stands_for_another_as_far_as_the_document_says(
    wanted: str, held: str, document: dict[str, Any], *, fits: bool
) -> None:
    found = weigh([need("3", where={"achievement": [wanted]})], named(held), **document)
    assert found.adds_up is fits


def test_of_a_class_of_equivalents_one_unit_counts_and_of_a_substitute_both() -> None:
    found = weigh([need()], named("urn:x", "urn:y"), **EQUAL)
    assert not found.adds_up
    assert [(item.slug, item.sentence) for item in found.not_counted] == [
        ("equivalent", "«Sample unit u0» stands for the same by these rules, and is counted.")
    ]
    assert weigh([need()], named("urn:x", "urn:z"), **INSTEAD).adds_up


def test_a_place_takes_no_more_than_its_most() -> None:
    large = [unit("a", "4"), unit("b", "4")]
    assert not weigh([need(credits_at_most="7")], large).adds_up
    assert weigh([need(credits_at_most="8")], large).adds_up
    small = [unit(name, "2") for name in "abc"]
    assert not weigh([need(units_at_most=2)], small).adds_up
    assert weigh([need(units_at_most=3)], small).adds_up


def test_a_part_that_counts_is_wholly_in_its_place_so_it_goes_round_no_maximum() -> None:
    two = [
        need("2", id="small", credits_at_most="2", where={"mode": ["online"]}),
        limit(credits_at_least="5"),
    ]
    parts: dict[str, Any] = {"admits": {"whole_units": False}}
    assert not weigh(two, [unit("a", "5", mode="online")], **parts).adds_up
    assert weigh(two, [unit("a", "2", mode="online"), unit("b", "3")], **parts).adds_up


def test_all_units_of_a_place_come_from_one_provider_or_one_field() -> None:
    apart = [unit("a", provider="a"), unit("b", provider="b")]
    assert not weigh([need(same="provider")], apart).adds_up
    assert weigh([need(same="provider")], [*apart, unit("c", provider="b")]).adds_up
    assert weigh([need(same="broad-field")], [fielded("a", "0612"), fielded("b", "0721", "0688")]).adds_up
    assert not weigh([need(same="narrow-field")], [fielded("a", "0612"), fielded("b", "0721", "0688")]).adds_up
    assert not weigh([need(same="narrow-field")], [fielded("a", "06"), fielded("b", "06")]).adds_up
    assert not weigh([need(same="broad-field")], [unit("a", "6")]).adds_up


def test_a_unit_of_several_fields_goes_by_one_of_them_at_a_time() -> None:
    chain = [fielded("a", "0611"), fielded("b", "0611", "0711"), fielded("c", "0711")]
    assert weigh([need("6", same="broad-field")], chain).adds_up
    assert not weigh([need("9", same="broad-field")], chain).adds_up


PER: list[tuple[dict[str, Any], list[Candidate], bool]] = [
    ({"per": "broad-field", "credits_at_most": "3"}, [fielded("a", "0611"), fielded("b", "0711")], True),
    ({"per": "broad-field", "credits_at_most": "3"}, [fielded("a", "0611"), fielded("b", "0688")], False),
    ({"per": "narrow-field", "credits_at_most": "3"}, [fielded("a", "0611"), fielded("b", "0688")], True),
    ({"per": "broad-field", "credits_at_most": "3"}, [fielded("a", "0611", "0711"), fielded("b", "0711")], False),
    ({"per": "detailed-field", "units_at_most": 1}, [fielded("a", "0611"), fielded("b", "0611")], False),
    ({"per": "source-type", "units_at_most": 1}, [unit("a", source="x"), unit("b", source="y")], True),
    ({"per": "source-type", "units_at_most": 1}, [unit("a", source="x"), unit("b", source="x")], False),
    ({"per": "achievement", "units_at_most": 1}, named("urn:x", "urn:x"), False),
    ({"per": "achievement", "units_at_most": 1}, named("urn:x", "urn:y"), True),
    ({"per": "provider", "distinct_at_least": 2}, [unit("a"), unit("b", provider="b")], True),
    ({"per": "provider", "distinct_at_least": 2}, [unit("a"), unit("b")], False),
    ({"per": "broad-field", "distinct_at_least": 2}, [fielded("a", "0611", "0711", credits="6")], True),
    ({"per": "provider", "distinct_at_most": 1}, [unit("a"), unit("b", provider="b")], False),
    ({"per": "provider", "distinct_at_most": 1}, [unit("a"), unit("b")], True),
    ({"per": "provider", "in_one_at_least": "6"}, [unit("a"), unit("b", provider="b")], False),
    ({"per": "provider", "in_one_at_least": "6"}, [unit("a"), unit("b")], True),
    ({"per": "year", "in_one_at_least": "6"}, [unit("a"), on("b", date(2024, 3, 2))], False),
]


@pytest.mark.parametrize(("bound", "units", "holds"), PER)
def test_a_limit_is_cut_into_portions(bound: dict[str, Any], units: list[Candidate], *, holds: bool) -> None:
    assert weigh([need(), limit(**bound)], units, calendars={"year": {"starts": ["01-01"]}}).adds_up is holds


def moded(id: str, mode: str, provider: str = "a", credits: str = "3") -> Candidate:
    return unit(id, credits, mode=mode, provider=provider)


SHARES: list[tuple[dict[str, Any], list[Candidate], bool]] = [
    (
        {"where": {"mode": ["online"]}, "base": {"provider": ["did:web:a.example"]}, "share_at_most": "1/2"},
        [moded("a", "online"), moded("b", "on-site"), moded("c", "online", "b"), moded("d", "online", "b")],
        True,
    ),
    (
        {"where": {"mode": ["online"]}, "base": {"provider": ["did:web:b.example"]}, "share_at_most": "1/2"},
        [moded("a", "on-site"), moded("b", "on-site"), moded("c", "online", "b"), moded("d", "online", "b")],
        False,
    ),
    (
        {"where": {"mode": ["online"]}, "per": "provider", "base_per": True, "share_at_most": "1/2"},
        [moded("a", "on-site"), moded("b", "on-site"), moded("c", "online", "b"), moded("d", "online", "b")],
        False,
    ),
    (
        {"where": {"mode": ["online"]}, "per": "provider", "base_per": True, "share_at_most": "1/2"},
        [moded("a", "on-site"), moded("b", "online"), moded("c", "online", "b"), moded("d", "on-site", "b")],
        True,
    ),
    (
        {"where": {"mode": ["online"]}, "share_at_least": "1/2", "weigh_by": "units"},
        [moded("a", "online", credits="1"), moded("b", "on-site", credits="11")],
        True,
    ),
    (
        {"where": {"mode": ["online"]}, "share_at_least": "1/2"},
        [moded("a", "online", credits="1"), moded("b", "on-site", credits="11")],
        False,
    ),
]


@pytest.mark.parametrize(("bound", "units", "holds"), SHARES)
def test_a_share_is_of_what_it_says_by_credits_or_by_units(
    bound: dict[str, Any], units: list[Candidate], *, holds: bool
) -> None:
    assert weigh([need("12"), limit(**bound)], units).adds_up is holds


THREE = {"where": {"achievement": ["urn:achievement:a"]}, "times": "3"}
HALF = THREE | {"times": "0.5"}
MIXED = [graded("a", "A", "4"), graded("b", "C", "4")]
UNEVEN = [graded("a", "A", "2"), graded("b", "C", "6")]

MEANS: list[tuple[dict[str, Any], list[Candidate], bool]] = [
    ({"mean_at_least": "3", "grading": "letters"}, [graded("a", "A", "4"), graded("b", "C", "4")], True),
    ({"mean_at_least": "3", "grading": "letters"}, [graded("a", "A", "3"), graded("b", "C", "5")], False),
    (
        {"mean_at_least": "3", "grading": "letters", "weigh_by": "units"},
        [graded("a", "A", "3"), graded("b", "C", "5")],
        True,
    ),
    ({"mean_at_least": "4", "grading": "letters"}, [graded("a", "A", "4"), graded("b", "P", "4")], True),
    ({"mean_at_least": "1", "grading": "letters"}, [graded("a", "P", "4"), unit("b", "4")], False),
    ({"mean_at_least": "2.5", "grading": "german"}, [graded("a", "2.0", "8", "german")], True),
    ({"mean_at_least": "2.5", "grading": "german"}, [graded("a", "3.0", "8", "german")], False),
    ({"points_at_least": "24", "grading": "letters"}, [graded("a", "A", "4"), graded("b", "C", "4")], True),
    ({"points_at_least": "24.001", "grading": "letters"}, [graded("a", "A", "4"), graded("b", "C", "4")], False),
    # A (4 points) of 4 credits three times and C (2) of 4 once: 56 points over 16.
    ({"mean_at_least": "3.5", "grading": "letters", "weights": [THREE]}, MIXED, True),
    ({"mean_at_least": "3.501", "grading": "letters", "weights": [THREE]}, MIXED, False),
    ({"points_at_least": "56", "grading": "letters", "weights": [THREE]}, MIXED, True),
    ({"points_at_least": "56.001", "grading": "letters", "weights": [THREE]}, MIXED, False),
    # Half as often: A 4 x 0.5, C 4: 16 points over 6. The first entry that speaks of a unit decides.
    ({"mean_at_least": "2.666", "grading": "letters", "weights": [HALF, THREE]}, MIXED, True),
    ({"mean_at_least": "2.667", "grading": "letters", "weights": [HALF, THREE]}, MIXED, False),
    # Each unit alike: three times 4 and once 2.
    ({"mean_at_least": "3.5", "grading": "letters", "weigh_by": "units", "weights": [THREE]}, UNEVEN, True),
    ({"mean_at_least": "3.501", "grading": "letters", "weigh_by": "units", "weights": [THREE]}, UNEVEN, False),
]


@pytest.mark.parametrize(("bound", "units", "holds"), MEANS)
def test_grades_make_means_and_sums_of_points(bound: dict[str, Any], units: list[Candidate], *, holds: bool) -> None:
    assert weigh([need("8"), limit(**bound)], units).adds_up is holds


def test_all_that_counts_was_earned_within_one_span() -> None:
    first, last = on("a", date(2024, 1, 31)), on("b", date(2026, 1, 31))
    assert weigh([need(), limit(span_at_most="P2Y")], [first, last]).adds_up
    found = weigh([need(), limit(span_at_most="P23M")], [first, last])
    assert not found.adds_up
    assert "outside-span" in [item.slug for item in found.not_counted]
    assert weigh([need(), limit(span_at_most="P23M", where={"mode": ["online"]})], [first, last]).adds_up


def before(**changes: Any) -> dict[str, Any]:
    return {
        "id": "order",
        "title": "First the one, then the other",
        "kind": "prerequisite",
        "over": "counted",
        "where": {"achievement": ["urn:two"]},
        "needs": {"achievement": ["urn:one", "urn:two"]},
        "units_at_least": 1,
        **changes,
    }


def ordered(first: date, second: date) -> list[Candidate]:
    return [
        unit("a", achievement="urn:one", earned=first),
        unit("b", achievement="urn:two", earned=second),
    ]


def test_a_unit_counts_only_after_what_it_needs() -> None:
    day, later = date(2025, 5, 1), date(2025, 5, 2)
    assert weigh([need(), before()], ordered(day, later)).adds_up
    found = weigh([need(), before()], ordered(later, day))
    assert not found.adds_up
    assert [item.slug for item in found.not_counted] == ["prerequisite-missing"]
    assert not weigh([need(), before()], ordered(day, day)).adds_up
    assert weigh([need(), before(concurrent=True)], ordered(day, day)).adds_up
    assert not weigh([need("3"), before(concurrent=True)], ordered(day, day)[1:]).adds_up  # not by itself
    enough = before(units_at_least=None, credits_at_least="3")
    assert weigh([need(), enough], ordered(day, later)).adds_up
    assert not weigh([need(), {**enough, "credits_at_least": "3.5"}], ordered(day, later)).adds_up


EITHER = {
    "id": "either",
    "title": "One or the other",
    "kind": "exclusion",
    "over": "counted",
    "between": [{"category": ["x"]}, {"category": ["y"]}],
}


def test_units_of_one_choice_exclude_those_of_another() -> None:
    assert weigh([need(), EITHER], [unit("a", categories=["x"]), unit("b", categories=["x"])]).adds_up
    found = weigh([need(), EITHER], [unit("a", categories=["x"]), unit("b", categories=["y"])])
    assert not found.adds_up
    assert [item.slug for item in found.not_counted] == ["excluded-by"]
    assert weigh([need(), EITHER], [unit("a", categories=["x"]), unit("b")]).adds_up


def test_a_unit_of_two_choices_is_excluded_by_itself() -> None:
    found = weigh([need(), EITHER], [unit("a", "6", categories=["x", "y"])])
    assert not found.adds_up
    assert [(item.slug, item.sentence) for item in found.not_counted] == [
        ("excluded-by", "It belongs to two choices of «One or the other» at once, so it is excluded by itself.")
    ]


def test_a_grade_below_a_floor_is_told() -> None:
    found = weigh([need(where={"grade": {"scale": "letters", "at_least": "B"}})], [graded("a", "C", "6")])
    assert [(item.slug, item.sentence) for item in found.not_counted] == [
        ("below-grade", "Its grade is C, which is not among the grades that «The place» takes.")
    ]


def places(*sizes: str) -> list[dict[str, Any]]:
    return [
        {"id": f"p{index}", "title": f"Place {index}", "kind": "requirement", "credits_at_least": size}
        for index, size in enumerate(sizes)
    ]


def sharing(*between: str, **changes: Any) -> dict[str, Any]:
    return {"sharing": [{"id": "both", "title": "May fill both", "between": between, **changes}]}


def test_a_unit_fills_two_requirements_only_by_permission_and_counts_once() -> None:
    six = [unit("a", "6")]
    assert not weigh(places("6", "6"), six).adds_up
    found = weigh(places("6", "6"), six, **sharing("p0", "p1"))
    assert found.adds_up
    assert found.totals.counted.thousandths == 6_000
    assert [(use.node, use.also) for use in found.uses] == [("root/p0", ("root/p1",))]
    assert not weigh([*places("6", "6"), limit(credits_at_least="12")], six, **sharing("p0", "p1")).adds_up


def test_what_is_shared_is_bounded_in_units_in_credits_and_in_places() -> None:
    two = [unit("a"), unit("b")]
    assert weigh(places("6", "6"), two, **sharing("p0", "p1")).adds_up
    assert weigh(places("6", "6"), two, **sharing("p0", "p1", units_at_most=2)).adds_up
    assert not weigh(places("6", "6"), two, **sharing("p0", "p1", units_at_most=1)).adds_up
    assert weigh(places("6", "6"), two, **sharing("p0", "p1", credits_at_most="6")).adds_up
    assert not weigh(places("6", "6"), two, **sharing("p0", "p1", credits_at_most="5")).adds_up
    three = ("p0", "p1", "p2")
    assert not weigh(places("3", "3", "3"), two[:1], **sharing(*three)).adds_up
    assert weigh(places("3", "3", "3"), two[:1], **sharing(*three, places_at_most=3)).adds_up
    assert weigh(places("3", "3", "3"), two, **sharing(*three)).adds_up


def test_two_requirements_under_one_member_share_nothing() -> None:
    major = {"id": "major", "title": "Major", "kind": "all", "of": places("3", "3")}
    minor = {"id": "minor", "title": "Minor", "kind": "requirement", "credits_at_least": "3"}
    assert not weigh([major, minor], [unit("a")], **sharing("major", "minor")).adds_up
    assert weigh([major, minor], [unit("a"), unit("b")], **sharing("major", "minor")).adds_up


def preponderance(*firsts: str) -> Evaluation:
    """More than half of the credits of two levels are of the first class, each of the last level counted twice, as the
    University of Plymouth asks: of 120 + 2 x 120 that is 181 or more. `firsts` are the units of that class.
    """
    share = limit(where={"grade": {"scale": "letters", "at_least": "A"}}, share_at_least="181/360",
                  weights=[{"where": {"category": ["six"]}, "times": "2"}])  # fmt: skip
    units = [
        unit(name, "20", categories=[level], about={"grades": (("letters", "A" if name in firsts else "B"),)})
        for level in ("five", "six")
        for name in (f"{level}{at}" for at in range(6))
    ]
    return weigh([need("240"), share], units)


def test_a_share_may_count_the_credits_of_one_level_twice() -> None:
    assert preponderance("six0", "six1", "six2", "six3", "five0", "five1").adds_up  # 160 + 40
    assert preponderance("six0", "six1", "six2", "six3", "six4").adds_up  # 200
    half = preponderance("six0", "six1", "six2", "six3", "five0")  # 180 is half, and not more
    assert not half.adds_up
    assert half.gap is not None
    assert half.gap.credits == Credits(1006)  # of the last level: 2.012 more of 362.012
    assert not preponderance(*(f"five{at}" for at in range(6)), "six0").adds_up  # 120 + 40, though 7 of 12 units


def test_a_weighted_share_says_so() -> None:
    node = next(one for one in preponderance("six0").tree.children if one.id == "cap")
    assert node.need.endswith("of the counted credits, weighted")


def test_the_mean_that_is_shown_is_the_weighted_one() -> None:
    node = next(one for one in weigh([need("6"), limit(mean_at_least="3.5", grading="letters", weights=[THREE])],
                                     MIXED).tree.children if one.id == "cap")  # fmt: skip
    assert node.have == "a mean grade of 3.5"
