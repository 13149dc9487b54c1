"""Frameworks and rules on the command line, and every way in which their files can be bad."""

from pathlib import Path

import pytest
import yaml

from .conftest import Call

FRAMEWORKS = Path(__file__).parents[2] / "frameworks"
RULES = FRAMEWORKS / "qualifications/in-ncrf/2021/ug-certificate.yaml"


def test_the_list_names_frameworks_and_credit_systems(call: Call) -> None:
    called = call("framework", "list")
    assert called.code == 0
    assert "in-ncrf" in called.out
    assert "eu-ects" in called.out
    assert called.err == "More: creditbank framework show ID\n"


def test_json_carries_the_whole_documents_with_their_digests(call: Call) -> None:
    documents = call("framework", "list", "--json").json
    assert {item["id"] for item in documents["frameworks"]} >= {"in-ncrf", "kr-acbs", "uk-fheq", "eu-eqf"}
    assert all(item["digest"].startswith("sha256:") for item in documents["creditSystems"])


def test_a_framework_is_shown_with_its_levels_and_its_sources(call: Call) -> None:
    called = call("framework", "show", "in-ncrf")
    assert "4.5" in called.out
    assert "Sources" in called.out
    assert "read in the named source" in called.out


def test_a_credit_system_is_shown_with_its_hours(call: Call) -> None:
    assert "25 to 30 hours" in call("framework", "show", "eu-ects").out


def test_an_unknown_framework_is_told_with_the_known_ones(call: Call) -> None:
    called = call("framework", "show", "narnia")
    assert called.code == 2
    assert "'narnia'" in called.err
    assert "in-ncrf" in called.err


def test_the_built_in_directory_is_in_order(call: Call) -> None:
    called = call("framework", "check", str(FRAMEWORKS))
    assert called.code == 0
    assert "in order" in called.out


def test_a_missing_directory_is_bad_input_with_its_place(call: Call) -> None:
    called = call("framework", "check", "nowhere")
    assert called.code == 2
    assert called.err.startswith("creditbank: nowhere: ")


def test_every_faulty_file_of_a_directory_is_named_at_once(call: Call, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("document: creditbank/framework/v1\nid: X\n")
    (tmp_path / "two.yaml").write_text("document: creditbank/recipe/v1\n")
    called = call("framework", "check", str(tmp_path))
    assert called.code == 2
    assert "one.yaml:2" in called.err
    assert "two.yaml:1" in called.err


def test_a_qualification_is_explained_with_rules_sources_and_confidence(call: Call) -> None:
    called = call("qualification", "explain", "in-ncrf-ug-certificate")
    assert called.code == 0
    assert "At most 40 % of the credits that count come from units taken online." in called.out
    assert "How sure: known or second-hand." in called.out
    assert "Academic Bank of Credits" in called.out


def test_a_file_is_explained_like_a_known_qualification(call: Call) -> None:
    by_file = call("qualification", "explain", str(RULES), "--json").json
    by_id = call("qualification", "explain", "in-ncrf-ug-certificate", "--json").json
    assert by_file == by_id
    assert by_file["rules"][0]["path"] == "certificate"


def test_an_unknown_qualification_comes_with_the_nearest(call: Call) -> None:
    called = call("qualification", "explain", "kr-acbs-bachelr")
    assert called.code == 2
    assert "kr-acbs-bachelor" in called.err


@pytest.mark.slow
def test_every_known_qualification_can_be_explained(call: Call) -> None:
    for item in call("qualification", "list", "--json").json["qualifications"]:
        assert call("qualification", "explain", item["id"]).code == 0


def test_a_missing_rule_file_is_bad_input(call: Call) -> None:
    called = call("qualification", "explain", "missing.yaml")
    assert called.code == 2
    assert called.err.startswith("creditbank: missing.yaml: No such file or directory.")


@pytest.mark.parametrize(
    ("found", "changed", "told"),
    [
        ("kind: limit", "kind: cap", ("requires.of[1].kind", '"cap" is not known here', "limit", "requirement")),
        (
            "share_at_least: 1/2",
            "share_atleast: 1/2",
            ("requires.of[1].share_atleast", "Did you mean `share_at_least`?"),
        ),
        ('credits_at_least: "40"', "credits_at_least: 40", ("requires.of[0].credits_at_least", "in quotes")),
    ],
)
def test_an_unknown_construct_is_refused_with_its_line_and_what_is_allowed(
    call: Call, tmp_path: Path, found: str, changed: str, told: tuple[str, ...]
) -> None:
    text = RULES.read_text()
    assert found in text
    broken = tmp_path / "rules.yaml"
    broken.write_text(text.replace(found, changed, 1))
    called = call("qualification", "explain", str(broken))
    assert called.code == 2
    assert f"{broken}:" in called.err
    for words in told:
        assert words in called.err


def test_broken_json_is_bad_input_with_line_and_column(call: Call, tmp_path: Path) -> None:
    broken = tmp_path / "rules.json"
    broken.write_text('{"document": "creditbank/qualification/v1",\n "id" 3}')
    called = call("qualification", "explain", str(broken), "--json")
    assert called.code == 2
    assert "line 2" in called.json["detail"] or ":2" in called.json["place"]


def test_another_kind_of_document_is_no_qualification(call: Call) -> None:
    called = call("qualification", "explain", str(FRAMEWORKS / "frameworks/in-ncrf.yaml"))
    assert called.code == 2
    assert "not a qualification" in called.err


def test_a_name_nothing_stands_behind_is_noted_for_a_rule_file(call: Call, tmp_path: Path) -> None:
    document = yaml.safe_load(RULES.read_text().replace("2021-07-28", "'2021-07-28'"))
    document["level"] = "99"
    file = tmp_path / "rules.yaml"
    file.write_text(RULES.read_text().replace('level: "4.5"', 'level: "99"', 1))
    called = call("qualification", "explain", str(file))
    assert called.code == 0
    assert "no level '99'" in called.err
