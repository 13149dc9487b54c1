"""Levels have an order, and what one framework says of another is a statement and no more."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from creditbank.framework import Framework, Problems, Recognition, Relation, UnknownLevel


def framework(**given_values: Any) -> Framework:
    values: dict[str, Any] = {
        "document": "creditbank/framework/v1",
        "id": "sample",
        "name": "Sample framework",
        "owner": "nobody",
        "kind": "national",
        "version": "1",
        "valid_from": "2020-01-01",
        "confidence": "L",
        "summary": "for a test",
        "levels": [{"code": "Entry 3"}, {"code": "4"}, {"code": "4.5"}, {"code": "5"}],
        "sources": [{"name": "test"}],
    }
    return Framework(**(values | given_values))


def relation(**given_values: Any) -> Relation:
    values: dict[str, Any] = {
        "document": "creditbank/relation/v1",
        "id": "a-b",
        "kind": "compared",
        "from_framework": "a",
        "to_framework": "b",
        "stated_by": "somebody",
        "year": "2020",
        "confidence": "H",
        "pairs": [{"level": "7", "to": ["7", "8"]}, {"level": "8", "to": []}],
        "sources": [{"name": "test"}],
    }
    return Relation(**(values | given_values))


def test_levels_are_ordered_as_written_and_not_as_numbers() -> None:
    sample = framework()
    assert [sample.order(code) for code in ("Entry 3", "4", "4.5", "5")] == [0, 1, 2, 3]


@pytest.mark.parametrize("code", ["6", "4.50", "4,5", "entry 3", ""])
def test_a_level_the_framework_does_not_have_is_refused_by_name(code: str) -> None:
    with pytest.raises(UnknownLevel, match=r"its levels are: Entry 3, 4, 4\.5, 5"):
        framework().order(code)


def test_a_framework_without_levels_knows_none() -> None:
    with pytest.raises(UnknownLevel, match="none at all"):
        framework(levels=[]).order("1")


def test_a_level_is_as_sure_as_it_says_and_else_as_its_document() -> None:
    levels = [{"code": "1"}, {"code": "2", "confidence": "M"}, {"code": "3", "confidence": "L"}]
    unsure, sure = framework(levels=levels, confidence="L"), framework(levels=levels, confidence="H")
    assert [unsure.is_indicative(code) for code in ("1", "2", "3")] == [True, False, True]
    assert [sure.is_indicative(code) for code in ("1", "2", "3")] == [False, False, True]
    assert (unsure.indicative_levels, sure.indicative_levels) == (("1", "3"), ("3",))
    assert [sure.confidence_of(code) for code in ("1", "2", "3")] == ["H", "M", "L"]
    assert sure.level("2").code == "2"


def test_whether_an_unknown_level_is_indicative_is_no_question() -> None:
    with pytest.raises(UnknownLevel):
        framework().is_indicative("9")
    with pytest.raises(UnknownLevel):
        framework().level("9")


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": [{"code": "1"}, {"code": "1"}]},
        {"levels": [{"code": "1", "summary": {"knowledge": "some"}}]},
        {"qualification_types": [{"code": "x", "title": "X", "level": "9"}]},
        {"qualification_types": [{"code": "x", "title": "X"}, {"code": "x", "title": "Y"}]},
        {"valid_until": "2019-12-31"},
        {"country": "India"},
        {"sources": []},
        {"kind": "continental"},
    ],
)
def test_a_framework_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        framework(**wrong)


def test_every_contradiction_of_a_framework_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        framework(levels=[{"code": "1"}, {"code": "1"}, {"code": "2", "summary": {"skills": "x"}}])
    problems = refused.value.errors()[0]["ctx"]["error"]
    assert isinstance(problems, Problems)
    assert [address for address, _ in problems.found] == [
        ("levels", 1, "code"),
        ("levels", 2, "summary", "skills"),
    ]


def test_none_and_silence_are_different_answers() -> None:
    stated = relation()
    assert stated.counterparts("7") == ("7", "8")
    assert stated.counterparts("8") == ()
    assert stated.counterparts("9") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"pairs": [{"level": "1", "to": []}, {"level": "1", "to": ["2"]}]},
        {"to_framework": "a"},
        {"pairs": []},
        {"year": "20"},
    ],
)
def test_a_relation_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        relation(**wrong)


def test_a_recognition_lasts_from_its_decision_to_its_last_day() -> None:
    decision = Recognition(
        document="creditbank/recognition/v1",
        id="r",
        by="did:web:university.example",
        achievement="urn:uuid:00000000-0000-4000-8000-000000000000",
        framework="in-ncrf",
        level="4.5",
        decided="2025-01-10",
        valid_until="2025-12-31",
        reason="outcomes compared with the syllabus",
    )
    held = [decision.valid_on(date(*day)) for day in ((2025, 1, 9), (2025, 1, 10), (2025, 12, 31), (2026, 1, 1))]
    assert held == [False, True, True, False]
