"""What one framework says of another is answered from direct statements alone: never backwards, never chained."""

from typing import Any

import pytest

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import Framework, Relation, check_relation, stated_counterparts


@pytest.fixture(scope="module")
def relations() -> tuple[Relation, ...]:
    return Catalogue.load(builtin_data("frameworks")).relations()


def relation(**given: Any) -> Relation:
    values: dict[str, Any] = {
        "document": "creditbank/relation/v1",
        "id": "a.b",
        "kind": "compared",
        "from_framework": "a",
        "to_framework": "b",
        "stated_by": "somebody",
        "confidence": "H",
        "pairs": [{"level": "1", "to": ["1"]}],
        "sources": [{"name": "test"}],
    }
    return Relation(**(values | given))


def framework(name: str, version: str, levels: list[str], start: str, end: str | None = None) -> Framework:
    return Framework(
        document="creditbank/framework/v1",
        id=name,
        name=name,
        owner="nobody",
        kind="national",
        version=version,
        valid_from=start,
        valid_until=end,
        confidence="H",
        summary="for a test",
        levels=[{"code": code} for code in levels],
        sources=[{"name": "test"}],
    )


def test_new_zealand_eight_has_no_counterpart_in_europe_by_any_way(relations: tuple[Relation, ...]) -> None:
    (stated,) = stated_counterparts(relations, "nz-nzqcf", "8", "eu-eqf")
    assert (stated.to, stated.is_none, stated.confidence) == ((), True, "H")
    assert stated.stated_by == "NZQA and European Commission"
    (by_hong_kong,) = stated_counterparts(relations, "nz-nzqcf", "8", "hk-hkqf")
    assert by_hong_kong.is_none


@pytest.mark.parametrize("level", ["7", "8", "10"])
def test_without_the_direct_statement_nothing_is_reached_through_hong_kong(
    relations: tuple[Relation, ...], level: str
) -> None:
    left = [one for one in relations if one.id != "nz-nzqcf.eu-eqf"]
    assert stated_counterparts(left, "nz-nzqcf", "7", "hk-hkqf")[0].to == ("5",)
    assert stated_counterparts(left, "hk-hkqf", "5", "eu-eqf")[0].to == ("6",)
    assert stated_counterparts(left, "nz-nzqcf", level, "eu-eqf") == ()


def test_a_statement_is_not_run_backwards(relations: tuple[Relation, ...]) -> None:
    assert stated_counterparts(relations, "uk-rqf", "8", "eu-eqf")[0].to == ("8",)
    assert stated_counterparts(relations, "eu-eqf", "8", "uk-rqf") == ()


def test_none_is_an_answer_and_silence_another(relations: tuple[Relation, ...]) -> None:
    (none,) = stated_counterparts(relations, "uk-rqf", "Entry 1", "eu-eqf")
    assert none.is_none
    assert stated_counterparts(relations, "au-aqf", "8", "eu-eqf") == ()


def test_one_level_may_have_several_counterparts(relations: tuple[Relation, ...]) -> None:
    assert stated_counterparts(relations, "nz-nzqcf", "7", "ie-nfq")[0].to == ("7", "8")
    assert stated_counterparts(relations, "uk-fheq", "6", "uk-scqf")[0].to == ("9", "10")


def test_statements_of_several_bodies_stand_side_by_side() -> None:
    first = relation(id="a.b.one", stated_by="one body", pairs=[{"level": "1", "to": ["1"]}])
    second = relation(id="a.b.two", stated_by="another", pairs=[{"level": "1", "to": [], "confidence": "L"}])
    found = stated_counterparts([second, first], "a", "1", "b")
    assert [(one.stated_by, one.to, one.confidence) for one in found] == [
        ("one body", ("1",), "H"),
        ("another", (), "L"),
    ]


def test_without_a_target_every_framework_answers(relations: tuple[Relation, ...]) -> None:
    found = stated_counterparts(relations, "uk-fheq", "6")
    assert [one.to_framework for one in found] == ["ehea-qf", "uk-rqf", "uk-scqf"]


def test_a_statement_about_one_version_says_nothing_about_another(relations: tuple[Relation, ...]) -> None:
    asked = {
        version: stated_counterparts(relations, "ph-pqf", "2", "asean-aqrf", from_version=version)
        for version in ("2018", "2023", None)
    }
    assert [one.to for one in asked["2018"]] == [("2",)]
    assert asked["2023"] == ()
    assert [one.from_version for one in asked[None]] == ["2018"]
    assert stated_counterparts(relations, "my-mqf", "6", "asean-aqrf", from_version="2024") == ()
    unbound = stated_counterparts(relations, "nz-nzqcf", "7", "eu-eqf", from_version="2022")
    assert [one.to for one in unbound] == [("6",)]


FRAMEWORKS = {
    "a": [framework("a", "1", ["1", "old"], "2020-01-01", "2023-12-31"), framework("a", "2", ["1", "2"], "2024-01-01")],
    "b": [framework("b", "1", ["1"], "2020-01-01")],
}


def told(one: Relation) -> list[tuple[str, str, str]]:
    return [(fault.slug, fault.path, fault.sentence) for fault in check_relation(one, FRAMEWORKS)]


def test_a_level_of_another_version_is_a_fault_that_names_the_version() -> None:
    assert told(relation(pairs=[{"level": "old", "to": ["1"]}])) == [
        ("unknown-level", "pairs[0].level", "a has no level 'old' in version '2'. It stands in version 1.")
    ]
    assert told(relation(from_version="1", pairs=[{"level": "old", "to": ["1"]}])) == []
    assert told(relation(from_version="1", pairs=[{"level": "2", "to": ["1"]}])) == [
        ("unknown-level", "pairs[0].level", "a has no level '2' in version '1'. It stands in version 2.")
    ]


def test_every_dangling_name_of_a_relation_is_told() -> None:
    found = told(relation(from_version="3", to_framework="c", pairs=[{"level": "9", "to": ["9"]}]))
    assert [(slug, path) for slug, path, _ in found] == [
        ("unknown-document-named", "from_version"),
        ("unknown-document-named", "to_framework"),
    ]
    assert found[0][2] == "No version '3' of 'a' is loaded; loaded are: 1, 2."
    levels = told(relation(pairs=[{"level": "9", "to": ["1", "8"]}], unmatched=["7"]))
    assert [path for _, path, _ in levels] == ["pairs[0].level", "pairs[0].to[1]", "unmatched[0]"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pairs": [{"level": "1", "to": ["1", "1"]}]}, "the level '1' stands twice"),
        ({"unmatched": ["1"]}, "the level '1' has a counterpart above"),
        ({"unmatched": ["2", "2"]}, "the level '2' stands twice"),
        ({"pairs": [{"level": "1", "to": [], "source": "elsewhere"}]}, "no source 'elsewhere' is listed"),
    ],
)
def test_a_relation_that_says_a_thing_twice_or_two_ways_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        relation(**wrong)
