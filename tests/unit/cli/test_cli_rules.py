"""Rules in plain language."""

import pytest
from rule_samples import nodes, qualification

from creditbank.cli.choices import duration_words, where_words
from creditbank.cli.rules import (
    admission_sentences,
    node_sentence,
    people_sentences,
    shared_sentences,
    standing_sentences,
)
from creditbank.framework import Admission, Group, Limit, Requirement, Where
from creditbank.framework.rules import Exclusion, Prerequisite


def limit(**bound: object) -> Limit:
    return Limit.model_validate({"id": "l", "title": "L", "kind": "limit", "over": "counted"} | bound)


def requirement(**asked: object) -> Requirement:
    return Requirement.model_validate({"id": "r", "title": "R", "kind": "requirement", **asked})


def test_a_requirement_says_how_much_of_what() -> None:
    node = requirement(credits_at_least="60", where={"category": ("kr-acbs:major",)})
    assert node_sentence(node) == "At least 60 credits from units in category kr-acbs:major."


def test_a_requirement_of_nothing_is_told_as_an_offer() -> None:
    assert node_sentence(requirement(credits_at_least="0")) == "Any further credits; none are required here."


def test_a_requirement_can_ask_for_credits_and_units() -> None:
    node = requirement(credits_at_least="10", units_at_least=1)
    assert node_sentence(node) == "At least 10 credits and at least 1 unit from any units."


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        (
            {"share_at_most": "2/5", "where": {"mode": ("online",)}},
            "At most 40 % of the credits that count come from units taken online.",
        ),
        (
            {"share_at_least": "1/3", "where": {"provider": ("awarding",)}},
            "At least 1/3 of the credits that count come from units from the body that awards.",
        ),
        ({"credits_at_least": "140"}, "At least 140 credits count in all."),
        (
            {"credits_at_most": "105", "per": "provider", "where": {"source_type": ("accredited-course",)}},
            "From any one provider, at most 105 credits come from units earned by accredited course.",
        ),
        (
            {"credits_at_most": "42", "per": "academic-year", "where": {"mode": ("online", "blended")}},
            "In any one academic year, at most 42 credits come from units taken online or blended.",
        ),
        ({"units_at_most": 1, "where": {"mode": ("online",)}}, "At most 1 unit is taken online."),
        ({"units_at_least": 2, "where": {"level_at_least": "5"}}, "At least 2 units are at level 5 or above."),
        ({"units_at_most": 1}, "At most 1 unit counts in all."),
        ({"credits_at_most": "8", "per": "provider"}, "From any one provider, at most 8 credits count."),
        ({"credits_at_most": "8", "per": "broad-field"}, "In any one broad field of study, at most 8 credits count."),
        ({"units_at_most": 1, "per": "achievement"}, "Of any one achievement, at most 1 unit counts."),
        (
            {"share_at_most": "1/2", "per": "semester", "base_per": True, "where": {"mode": ("online",)}},
            "In any one semester, at most 50 % of the credits that count there come from units taken online.",
        ),
        (
            {"share_at_most": "1/2", "per": "provider"},
            "From any one provider, at most 50 % of the credits that count come from it.",
        ),
        (
            {"share_at_most": "2/5", "weigh_by": "units", "where": {"mode": ("online",)}},
            "At most 40 % of the units that count are units taken online.",
        ),
        (
            {"share_at_least": "1/2", "base": {"category": ("ma",)}, "where": {"mode": ("online",)}},
            "Of the credits that count of units in category ma, at least 50 % come from units taken online.",
        ),
        ({"distinct_at_least": 2, "per": "provider"}, "What counts comes from at least 2 different providers."),
        ({"distinct_at_most": 1, "per": "academic-year"}, "What counts comes from at most one academic year."),
        (
            {"distinct_at_least": 3, "per": "narrow-field", "where": {"level_at_least": "6"}},
            "Units at level 6 or above come from at least 3 different narrow fields of study.",
        ),
        (
            {"in_one_at_least": "18", "per": "detailed-field"},
            "At least 18 credits come from one and the same detailed field of study, whichever it is.",
        ),
        (
            {"mean_at_least": "2.5", "grading": "letters"},
            "The mean of the grades on the scale letters, weighted by credits, is 2.5 or better.",
        ),
        (
            {"mean_at_least": "2.5", "grading": "abc", "weigh_by": "units", "where": {"level_at_least": "6"}},
            "The mean of the grades of units at level 6 or above on the scale abc, each unit alike, is 2.5 or better.",
        ),
        (
            {
                "mean_at_least": "70",
                "grading": "marks",
                "weights": [
                    {"where": {"level_at_least": "6"}, "times": "3"},
                    {"where": {"mode": ("online",)}, "times": "0.5"},
                ],
            },
            (
                "The mean of the grades on the scale marks, weighted by credits, is 70 or better. In it units at level"
                " 6 or above weigh 3 times; units taken online weigh 0.5 times, the first of these that speaks of a"
                " unit; all others weigh once."
            ),
        ),
        (
            {"points_at_least": "240", "grading": "letters"},
            "Credits times grade points, on the scale letters, come to at least 240.",
        ),
        (
            {"last_at_least": "24", "of_last": "30", "where": {"provider": ("awarding",)}},
            (
                "At least 24 of the last 30 credits, by the day they were earned, come from units from the body"
                " that awards."
            ),
        ),
        (
            {
                "share_at_least": "2/3",
                "where": {"mode": ("online",)},
                "weights": [{"where": {"level_at_least": "6"}, "times": "2"}],
            },
            (
                "At least 2/3 of the credits that count come from units taken online. In it units at level 6 or above"
                " weigh 2 times; all others weigh once."
            ),
        ),
        (
            {"units_at_most": 2, "per": "narrow-field", "within": ("breadth",)},
            "Of what fills breadth: in any one narrow field of study, at most 2 units count.",
        ),
        (
            {"share_at_least": "1/2", "where": {"mode": ("online",)}, "within": ("major", "minor")},
            "Of what fills major or minor: at least 50 % of the credits come from units taken online.",
        ),
        ({"span_at_most": "P6Y"}, "At most 6 years pass from the first to the last unit that counts."),
        (
            {"over": "attempted", "credits_at_most": "180"},
            (
                "Of all units that were given, whether they count or not: at most 180 credits count in all."
                " No credential shows that nothing was left out of what was attempted."
            ),
        ),
    ],
)
def test_a_limit_is_one_sentence(bound: dict[str, object], sentence: str) -> None:
    assert node_sentence(limit(**bound)) == sentence


def test_a_group_says_how_many_of_its_parts_must_hold() -> None:
    parts = [{"id": f"p{n}", "title": "P", "kind": "requirement", "credits_at_least": "1"} for n in range(3)]
    group = Group.model_validate({"id": "g", "title": "G", "kind": "n-of", "n": 2, "of": tuple(parts)})
    assert node_sentence(group) == "Any 2 of these 3:"


def test_every_field_of_a_choice_is_told() -> None:
    where = Where.model_validate(
        {
            "category": ("a", "b"),
            "framework": ("x",),
            "achievement": ("urn:one",),
            "level_at_least": "4",
            "level_at_most": "5",
            "earned_within": "P7Y",
            "excluding": {"mode": ("online",)},
        }
    )
    assert where_words(where) == (
        "in category a or b, of framework x, named urn:one, at levels 4 to 5, earned within the last 7 years,"
        " other than those taken online"
    )


def test_admission_tells_shelf_life_and_whole_units() -> None:
    said = " ".join(admission_sentences(Admission(frameworks=("in-ncrf",), max_age="P7Y")))
    assert "whole or not at all" in said
    assert "7 years" in said
    assert "recognition" in said


def test_one_year_is_singular() -> None:
    assert duration_words("P1Y") == "1 year"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"units_at_least": 1, "where": {"category": ("major",)}}, "At least 1 unit in category major."),
        ({"units_at_least": 2}, "At least 2 units of any kind."),
        (
            {"credits_at_least": "60", "credits_at_most": "90", "units_at_most": 12},
            "At least 60 credits from any units. The place takes at most 90 credits and 12 units.",
        ),
        (
            {"credits_at_least": "6", "same": "provider"},
            "At least 6 credits from any units. All of them are from one and the same provider.",
        ),
        (
            {"credits_at_least": "6", "same": "narrow-field"},
            "At least 6 credits from any units. All of them are in one and the same narrow field of study.",
        ),
    ],
)
def test_a_place_says_what_it_takes(asked: dict[str, object], sentence: str) -> None:
    assert node_sentence(requirement(**asked)) == sentence


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"mode": ("volunteering", "online")}, "taken as volunteering or online"),
        ({"achievement_type": ("Course",)}, "of the kind Course"),
        ({"field": ("06", "0541")}, "in ISCED field 06 or 0541"),
        ({"dimension": ("values",)}, "with an outcome in values and attitudes"),
        ({"language": ("en", "mt")}, "taught in en or mt"),
        ({"country": ("IN",)}, "from country IN"),
        ({"grade": {"scale": "g"}}, "with a grade on the scale g"),
        ({"grade": {"scale": "g", "at_least": "C"}}, "with a grade of C or better on the scale g"),
        ({"grade": {"scale": "g", "at_most": "C"}}, "with a grade of C or worse on the scale g"),
        ({"grade": {"scale": "g", "at_least": "C", "at_most": "B"}}, "with a grade from C to B on the scale g"),
        ({"grade": {"scale": "g", "at_least": "C", "at_most": "C"}}, "with the grade C on the scale g"),
        ({"size_at_least": "1"}, "of at least 1 credit each"),
        ({"size_at_most": "6"}, "of at most 6 credits each"),
        ({"size_at_least": "2", "size_at_most": "6"}, "of 2 to 6 credits each"),
        ({"size_at_least": "6", "size_at_most": "6"}, "of 6 credits each"),
        ({"earned_from": "2020-03-01"}, "earned on 2020-03-01 or later"),
        ({"earned_until": "2020-03-01"}, "earned on 2020-03-01 or earlier"),
        ({"earned_from": "2020-03-01", "earned_until": "2021-03-01"}, "earned from 2020-03-01 to 2021-03-01"),
        ({"earned_from": "2020-03-01", "earned_until": "2020-03-01"}, "earned on 2020-03-01"),
        ({"any_of": ({"mode": ("online",)}, {})}, "either taken online; or of any kind"),
        ({"any_of": ({"mode": ("online",)},)}, "taken online"),
    ],
)
def test_every_further_field_of_a_choice_is_told(where: dict[str, object], words: str) -> None:
    assert where_words(Where.model_validate(where)) == words


@pytest.mark.parametrize("name", Where.model_fields)
def test_no_field_of_a_choice_is_passed_over(name: str) -> None:
    samples = {
        "grade": {"scale": "g"},
        "any_of": ({"mode": ("online",)},),
        "excluding": {"mode": ("online",)},
        "mode": ("online",),
        "dimension": ("skills",),
        "country": ("IN",),
        "field": ("06",),
        "language": ("en",),
        "provider": ("awarding",),
    }
    texts = {"earned_within": "P1Y", "earned_from": "2020-01-01", "earned_until": "2020-01-01"}
    plain = "5" if Where.model_fields[name].default is None else ("x",)
    assert where_words(Where.model_validate({name: samples.get(name, texts.get(name, plain))}))


def prerequisite(**asked: object) -> Prerequisite:
    plain = {"id": "p", "title": "P", "kind": "prerequisite", "over": "counted"}
    return Prerequisite.model_validate(plain | asked)


def test_an_order_says_what_comes_first() -> None:
    later, first = {"category": ("project",)}, {"category": ("basic",)}
    assert node_sentence(prerequisite(where=later, needs=first, units_at_least=1)) == (
        "Each unit in category project counts only if it was earned after at least 1 unit in category basic."
    )
    assert node_sentence(prerequisite(where={}, needs=first, credits_at_least="6", concurrent=True)) == (
        "Each unit counts only if it was earned no earlier than at least 6 credits from units in category basic."
    )
    assert node_sentence(prerequisite(where=later, needs={}, units_at_least=2, over="attempted")) == (
        "Each unit in category project that was given was earned after at least 2 units."
        " No credential shows that nothing was left out of what was attempted."
    )


def test_an_exclusion_names_the_kinds_it_keeps_apart() -> None:
    plain = {"id": "x", "title": "X", "kind": "exclusion", "between": ({"mode": ("online",)}, {"category": ("a",)})}
    assert node_sentence(Exclusion.model_validate(plain | {"over": "counted"})) == (
        "Of these kinds, only one counts: units taken online; units in category a."
    )
    assert node_sentence(Exclusion.model_validate(plain | {"over": "attempted"})) == (
        "Of these kinds, only one may be among the units given, whether they count or not: "
        "units taken online; units in category a."
        " No credential shows that nothing was left out of what was attempted."
    )


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"accredited": True}, "The provider was accredited for the unit's field, level and kind, by a register,"),
        ({"same_achievement": "count-once"}, "An achievement that was earned twice counts once."),
        ({"level_at_least": "4"}, "Every unit is at level 4 or above."),
        ({"where": {"mode": ("online",)}}, "Only units taken online are weighed."),
        ({"where": {"excluding": {"mode": ("online",)}}}, "No unit taken online is weighed."),
        (
            {"where": {"language": ("en",), "excluding": {"mode": ("online",)}}},
            "Only units taught in en, other than those taken online, are weighed.",
        ),
        ({"whole_units": False}, "Part of a unit may count."),
    ],
)
def test_admission_tells_everything_it_asks(keys: dict[str, object], sentence: str) -> None:
    admits = Admission.model_validate({"frameworks": ("sample",)} | keys)
    assert any(said.startswith(sentence) for said in admission_sentences(admits))


def test_what_rules_share_is_told_in_sentences() -> None:
    rules = qualification(
        nodes(
            "id: major, kind: requirement, units_at_least: 1",
            "id: minor, kind: requirement, units_at_least: 1",
            "id: third, kind: requirement, units_at_least: 1",
        ),
        """
calendars: {study-year: {starts: ["08-01"]}, semester: {starts: ["03-01", "09-01"]}}
equivalents: [{id: e, achievements: [a, b]}]
substitutes: [{id: s, instead_of: c, accepted: [d, f]}]
sharing:
  - {id: two, title: Twice, between: [major, minor], units_at_most: 1}
  - {id: all, title: Anywhere, between: [minor, third], credits_at_most: "6"}
checked_by_people: [{id: home, text: Lives here.}]
""",
    )
    assert shared_sentences(rules) == [
        "Each study year begins on 1 August.",
        "A semester begins on 1 March and 1 September.",
        "Grades on the scale letters, the worst first: F (0 points), C (2 points), B (3 points), A (4 points).",
        "Grades on the scale german run from 5, the worst, to 1, the best.",
        "a and b are one in substance: a rule that names one means all, and one of them counts.",
        "Instead of c, d or f is accepted.",
        (
            "Twice: one unit may fill a place in each of «Major» and «Minor»; at most 1 unit may be shared so."
            " In totals it counts once."
        ),
        (
            "Anywhere: one unit may fill a place in each of «Minor» and «Third»; at most 6 credits may be shared so."
            " In totals it counts once."
        ),
    ]
    assert people_sentences(rules) == ["Lives here. [home]"]


def test_how_rules_stand_among_others_is_told() -> None:
    rules = qualification(
        nodes("id: major, kind: requirement, units_at_least: 1"),
        """
tightens: {id: national, version: "2021"}
absorbs: [lower, lowest]
transition: {begun_by: "2027-06-30", until: "2030-12-31"}
""",
        valid_until="2027-12-31",
    )
    tightens, absorbs, transition = standing_sentences(rules)
    assert "contain those of national, version 2021, and are nowhere less strict" in tightens
    assert "stands above lower and lowest" in absorbs
    assert transition == (
        "After 2027-12-31 these rules still serve, until 2030-12-31, whoever had earned a unit that counts here by"
        " 2027-06-30."
    )
