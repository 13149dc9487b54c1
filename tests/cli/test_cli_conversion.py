"""What is known about credits of two systems: each answer labelled, exact, and called no decision."""

import pytest

from .conftest import Call


def test_the_list_has_every_statement_with_its_author(call: Call) -> None:
    called = call("conversion", "list", "--json")
    found = {one["id"]: one for one in called.json["statements"]}
    assert called.code == 0
    assert found["emc-cmf.uk.eu-ects"]["ratio"] == "2/5"
    assert found["uk-custom.uk.eu-ects"]["ratio"] == "1/2"
    assert "uk-custom.uk.eu-ects" in call("conversion", "list").out


def test_a_statement_is_shown_with_reach_source_and_the_word_that_it_decides_nothing(call: Call) -> None:
    shown = call("conversion", "show", "emc-cmf.uk.eu-ects").out
    assert "One uk credit is worth 0.4 eu-ects credits" in shown
    assert "100 to 150 hours" in shown
    assert "decides nothing" in shown
    assert "read in the named source" in shown


def test_an_unknown_statement_is_refused_with_those_that_are_known(call: Call) -> None:
    called = call("conversion", "show", "emc-cmf")
    assert called.code == 2
    assert "emc-cmf.uk.eu-ects" in called.err


def test_ten_uk_credits_have_four_answers_and_none_is_a_decision(call: Call) -> None:
    shown = call("conversion", "compare", "10", "uk", "eu-ects")
    lines = [line.strip() for line in shown.out.splitlines()]
    assert any(line.startswith("4 ") and "emc-cmf.uk.eu-ects: European MOOC Consortium" in line for line in lines)
    assert any(line.startswith("5 ") and "uk-custom.uk.eu-ects" in line for line in lines)
    assert any(line.startswith("10/3 (about 3.333) to 4 ") and "by the hours" in line for line in lines)
    assert any(line.startswith("5 ") and "full-time year" in line for line in lines)
    assert "None of these is a decision." in shown.out


def test_the_answers_for_machines_are_exact(call: Call) -> None:
    answer = call("conversion", "compare", "15", "uk", "eu-ects", "--json").json
    assert [(one["statement"], one["worth"]) for one in answer["stated"]] == [
        ("emc-cmf.uk.eu-ects", "6"),
        ("uk-custom.uk.eu-ects", "15/2"),
    ]
    assert answer["byHours"] == {"least": "5", "most": "6", "computed": True}
    assert answer["byYear"] == {"worth": "15/2", "computed": True}
    assert answer["decision"] is None


def test_korean_class_hours_are_called_not_comparable(call: Call) -> None:
    shown = call("conversion", "compare", "3", "kr", "eu-ects").out
    assert "not comparable: kr credits count time in class" in shown
    assert "no published statement is known" in shown
    assert call("conversion", "compare", "3", "kr", "eu-ects", "--json").json["byHours"] is None


def test_nothing_is_chained_and_nothing_is_turned_round(call: Call) -> None:
    assert call("conversion", "compare", "3", "us-qch", "eu-ects", "--json").json["stated"] == []
    shown = call("conversion", "compare", "6", "eu-ects", "uk").out
    assert "no published statement is known" in shown
    assert "not turned round here: emc-cmf.uk.eu-ects, uk-custom.uk.eu-ects" in shown


@pytest.mark.parametrize(
    "words", [("ten", "uk", "eu-ects"), ("10", "uk", "uk"), ("10", "uk", "atlantis"), ("-1", "uk", "eu-ects")]
)
def test_what_cannot_be_compared_is_usage(call: Call, words: tuple[str, str, str]) -> None:
    assert call("conversion", "compare", *words).code == 2
