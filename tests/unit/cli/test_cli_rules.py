"""Rules in plain language."""

import pytest

from creditbank.cli.rules import admission_sentences, duration_words, node_sentence, where_words
from creditbank.framework import Admission, Group, Limit, Requirement, Where


def limit(**bound: object) -> Limit:
    return Limit.model_validate({"id": "l", "title": "L", "kind": "limit", "over": "counted", **bound})


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
            "At least 1/3 of the credits that count come from units from the awarding university.",
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
        " but not those taken online"
    )


def test_admission_tells_shelf_life_and_whole_units() -> None:
    said = " ".join(admission_sentences(Admission(frameworks=("in-ncrf",), max_age="P7Y")))
    assert "whole or not at all" in said
    assert "7 years" in said
    assert "recognition" in said


def test_one_year_is_singular() -> None:
    assert duration_words("P1Y") == "1 year"
