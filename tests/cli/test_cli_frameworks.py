"""Versions of frameworks, what is known from memory only, and who stated what of a level, on the command line."""

import pytest

from .conftest import Call


def test_a_level_without_counterpart_is_told_with_who_said_so(call: Call) -> None:
    called = call("framework", "relate", "nz-nzqcf", "8", "--to", "eu-eqf")
    assert called.code == 0
    assert "nz-nzqcf 8 → eu-eqf: none: it is stated that there is no counterpart" in called.out
    assert "compared; stated by NZQA and European Commission, 2016; read in the named source" in called.out
    assert "It is not a recognition" in called.out
    assert "hk-hkqf" not in called.out


def test_a_level_nobody_spoke_of_is_told_otherwise(call: Call) -> None:
    called = call("framework", "relate", "au-aqf", "8", "--to", "eu-eqf")
    assert called.code == 0
    assert "Nobody has stated anything about level 8 of au-aqf in eu-eqf" in called.out
    assert "none:" not in called.out


def test_every_statement_about_a_level_is_shown_with_year_and_confidence(call: Call) -> None:
    called = call("framework", "relate", "hk-hkqf", "7", "--to", "eu-eqf")
    assert "hk-hkqf 7 → eu-eqf: 8" in called.out
    assert "Education Bureau of Hong Kong and European Commission, 2016; known or second-hand" in called.out
    several = call("framework", "relate", "uk-fheq", "6").out
    assert [name for name in ("uk-scqf: 9, 10", "uk-rqf: 6", "ehea-qf: first") if name not in several] == []


def test_a_statement_about_an_old_version_is_shown_as_such_and_not_for_the_new(call: Call) -> None:
    assert "ph-pqf (version 2018) 2 → asean-aqrf: 2" in call("framework", "relate", "ph-pqf", "2").out
    newer = call("framework", "relate", "ph-pqf", "2", "--version", "2023").out
    assert "Nobody has stated anything about level 2 of ph-pqf" in newer


def test_a_level_that_is_misspelt_is_not_taken_for_silence(call: Call) -> None:
    called = call("framework", "relate", "nz-nzqcf", "11", "--to", "eu-eqf")
    assert called.code == 2
    assert "nz-nzqcf (2022) has no level '11'" in called.err
    other_version = call("framework", "relate", "in-nheqf", "10", "--version", "2023")
    assert (other_version.code, "has no level '10'" in other_version.err) == (2, True)
    assert call("framework", "relate", "in-nheqf", "10").code == 0


@pytest.mark.parametrize("line", [("nz-nope", "8"), ("nz-nzqcf", "8", "--to", "eu-nope")])
def test_a_framework_that_is_not_there_is_told_with_the_known_ones(call: Call, line: tuple[str, ...]) -> None:
    called = call("framework", "relate", *line)
    assert called.code == 2
    assert "There is no framework" in called.err
    assert "in-ncrf" in called.err


def test_statements_are_given_to_machines_with_none_and_silence_apart(call: Call) -> None:
    (none,) = call("framework", "relate", "nz-nzqcf", "8", "--to", "eu-eqf", "--json").json["statements"]
    assert (none["to"], none["stated_by"], none["confidence"]) == ([], "NZQA and European Commission", "H")
    assert call("framework", "relate", "au-aqf", "8", "--to", "eu-eqf", "--json").json["statements"] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("--on", "2020-01-01"), "In force 2017-12-01 to 2024-07-31"),
        (("--version", "2007"), "In force 2007-01-01 to 2017-11-30"),
        ((), "In force since 2024-08-01"),
        (("--version", "2007"), "Other versions: 2017, 2024."),
    ],
)
def test_a_framework_is_shown_in_the_version_asked_for(call: Call, line: tuple[str, ...], told: str) -> None:
    assert told in call("framework", "show", "my-mqf", *line).out


def test_a_day_without_a_version_is_refused_with_the_versions_there_are(call: Call) -> None:
    called = call("framework", "show", "in-nheqf", "--on", "2022-06-01")
    assert called.code == 2
    assert "2022-draft (a draft); 2023 (from 2023-05-11)" in called.err
    assert call("framework", "show", "in-nheqf", "--on", "june").code == 2
    assert (
        "A draft of 2022-01-30, never in force" in call("framework", "show", "in-nheqf", "--version", "2022-draft").out
    )


def test_what_is_known_from_memory_only_is_marked_where_it_is_listed_and_shown(call: Call) -> None:
    listed = call("framework", "list").out
    (row,) = [line for line in listed.splitlines() if line.startswith("cn-cbof")]
    assert "10 levels, 10 indicative" in row
    assert listed.count("indicative") == 1
    shown = call("framework", "show", "cn-cbof").out
    assert "Indicative: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10. Nothing is stacked on these" in shown
    assert "Indicative" not in call("framework", "show", "pac-pqf").out
    assert call("framework", "show", "cn-cbof", "--json").json["indicativeLevels"][0] == "1"
    assert call("framework", "show", "eu-eqf", "--json").json["indicativeLevels"] == []


def test_sizes_are_shown_in_the_measure_they_were_published_in(call: Call) -> None:
    assert "40 credits at least" in call("framework", "show", "my-mqf").out
    assert "without credits" in call("framework", "show", "my-mqf").out
    assert "1.5 to 2 years full time" in call("framework", "show", "au-aqf").out
    assert "A full-time year: 1200 hours." in call("framework", "show", "au-aqf").out
    micro = call("framework", "show", "emc-cmf").out
    assert "100 to 150 hours; 10 to 15 credits of uk; 4 to 6 credits of eu-ects; 2 to 3 credits of us-sch" in micro
    british = call("framework", "show", "uk-fheq").out
    assert "120 credits at least, of which 90 at its level or above [known or second-hand]" in british
    assert "A full-time year: 120.  [known or second-hand]" in call("framework", "show", "hk-hkqf").out
