"""`qualification check` and `qualification diff`, as a registrar calls them."""

import re
from pathlib import Path

import pytest

from creditbank.adapters.catalogue import builtin_data

from .conftest import Call

FRAMEWORKS = builtin_data("frameworks")
RULES = FRAMEWORKS / "qualifications/in-ncrf/2021/ug-certificate.yaml"
SMALL, LARGE = re.findall(
    r"```yaml\n(document: creditbank/qualification/v1\n.*?)```", (FRAMEWORKS / "README.md").read_text(), re.DOTALL
)
LOWER = SMALL.replace("id: sample-certificate", "id: sample-university-short-course")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def changed(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert text.count(old) == 1
    other = file.with_name(f"changed-{file.name}")
    other.write_text(text.replace(old, new))
    return other


def test_rules_in_order_are_said_to_be_so_with_the_credits_they_need(call: Call, small: Path) -> None:
    called = call("qualification", "check", str(small))
    assert called.code == 0
    assert "✓" in called.out
    assert "They can be met, with 8 credits at the least." in called.out


def test_all_rules_of_a_directory_are_checked_beside_the_known_documents(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in (("small", SMALL), ("large", LARGE), ("lower", LOWER)):
        (folder / f"{name}.yaml").write_text(text)
    called = call("qualification", "check", str(folder), "--json")
    assert called.code == 0
    assert [item["id"] for item in called.json["rules"]] == [
        "sample-university-certificate",
        "sample-university-short-course",
        "sample-certificate",
    ]
    assert all(item["reach"].startswith("They can be met") for item in called.json["rules"])
    assert all(item["warnings"] == [] for item in called.json["rules"])


def test_the_shipped_rules_are_in_order(call: Call) -> None:
    called = call("qualification", "check", str(FRAMEWORKS / "qualifications"), "--json")
    assert called.code == 0
    assert len(called.json["rules"]) >= 5
    assert not [item for item in called.json["rules"] if item["reach"].startswith("No units")]


def test_rules_that_contradict_one_another_are_refused_with_file_and_line(call: Call, small: Path) -> None:
    broken = changed(
        small,
        'credits_at_most: "9"',
        'credits_at_most: "9"\n    - {id: all, title: All, kind: limit, over: counted, credits_at_most: "7"}',
    )
    called = call("qualification", "check", str(broken))
    assert called.code == 2
    assert f"{broken}:" in called.err
    assert "«All» can never hold: «Units in data» asks for at least 8 credits" in called.err


def test_what_is_looser_than_what_it_tightens_is_refused(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in (
        ("small", SMALL),
        ("lower", LOWER),
        ("large", LARGE.replace("share_at_most: 1/3", "share_at_most: 1/2")),
    ):
        (folder / f"{name}.yaml").write_text(text)
    called = call("qualification", "check", str(folder))
    assert called.code == 2
    assert "Its bound is 1/2, and there 2/5." in called.err


def test_a_warning_is_shown_and_refuses_nothing(call: Call, small: Path) -> None:
    idle = changed(small, "calendars:\n", "calendars:\n  unused: {starts: [01-01]}\n")
    called = call("qualification", "check", str(idle))
    assert called.code == 0
    assert "Warning: " in called.out
    assert "No limit is `per: unused`" in called.out
    assert call("qualification", "check", str(idle), "--json").json["rules"][0]["warnings"][0]["slug"] == "unused"


def test_rules_that_no_units_could_meet_are_rejected_by_the_engine(call: Call, tmp_path: Path) -> None:
    """Each of three ways fits below the cap, so that no words collide; two of them never do."""
    file = tmp_path / "rules.yaml"
    head = SMALL[: SMALL.index("requires:")]
    file.write_text(
        head
        + """\
requires:
  id: root
  title: Root
  kind: all
  of:
    - id: two
      title: Two of three
      kind: n-of
      n: 2
      of:
        - {id: a, title: A, kind: requirement, credits_at_least: "5"}
        - {id: b, title: B, kind: requirement, credits_at_least: "5"}
        - {id: c, title: C, kind: requirement, credits_at_least: "5"}
    - {id: cap, title: Cap, kind: limit, over: counted, credits_at_most: "9"}
"""
    )
    called = call("qualification", "check", str(file))
    assert called.code == 1
    assert "No units could ever meet these rules." in called.out


@pytest.mark.parametrize("text", ["document: creditbank/framework/v1\n", ""])
def test_a_file_that_holds_no_rules_is_bad_input(call: Call, tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    assert call("qualification", "check", str(file)).code == 2
    assert call("qualification", "check", str(FRAMEWORKS / "frameworks/in-ncrf.yaml")).code == 2


def test_a_directory_without_rules_is_bad_input(call: Call, tmp_path: Path) -> None:
    called = call("qualification", "check", str(tmp_path))
    assert called.code == 2
    assert "No rule file is here." in called.err


def test_a_changed_number_is_told_before_and_now(call: Call, small: Path) -> None:
    other = changed(small, "share_at_most: 2/5", "share_at_most: 1/2")
    called = call("qualification", "diff", str(small), str(other))
    assert called.code == 1
    assert "certificate/online  changed (looser)" in called.out
    assert "before: At most 40 % of the credits that count come from units taken online." in called.out
    assert "now: At most 50 % of the credits that count come from units taken online." in called.out
    assert "1 change: 1 looser." in called.out


def test_the_same_rules_have_no_changes(call: Call, small: Path) -> None:
    called = call("qualification", "diff", str(small), str(small))
    assert called.code == 0
    assert "Nothing changed." in called.out
    assert call("qualification", "diff", str(small), str(small), "--json").json["changes"] == []


def test_known_rules_are_named_by_id_and_version(call: Call) -> None:
    by_file = call("qualification", "diff", str(RULES), "in-ncrf-ug-certificate@2021")
    assert by_file.code == 0
    assert call("qualification", "diff", "in-ncrf-ug-certificate@2021", "@2021").code == 0
    unknown = call("qualification", "diff", "in-ncrf-ug-certificate@1999", "@2021")
    assert unknown.code == 2
    assert "has no version '1999'" in unknown.err
    assert call("qualification", "explain", "in-ncrf-ug-certificate@2021").code == 0


def test_changes_are_given_to_machines_with_their_sentences(call: Call, tmp_path: Path, small: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text(LARGE)
    called = call("qualification", "diff", str(small), str(large), "--json")
    assert called.code == 1
    assert called.json["old"]["id"] == "sample-certificate"
    by_path = {item["path"]: item for item in called.json["changes"]}
    assert by_path["certificate/data"]["effect"] == "stricter"
    assert by_path["certificate/data"]["before"].startswith("«Units in data»: At least 8 credits")
    assert by_path["certificate/values"]["what"] == "added"
    assert by_path["admits.max_age"]["sentence"] == "Shelf life of a credit: P5Y, now P4Y."


def test_the_explanation_says_everything_that_the_larger_example_asks(call: Call, tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text(LARGE)
    said = call("qualification", "explain", str(large)).out
    for sentence in (
        "These rules contain those of sample-certificate, version 2026, and are nowhere less strict.",
        "On its ladder it stands above sample-university-short-course",
        "After 2028-07-31 these rules still serve, until 2030-07-31",
        "Some of this is indicative: the body that awards has to accept it by name",
        "No unit of the kind Membership is weighed.",
        "[certificate/depth/placement]",
        "Grades on the scale letters, the worst first: F (0 points)",
        "What a person has to check",
        "The learner has spoken with an adviser about the choice of units. [interview]",
    ):
        assert sentence in said
    told = call("qualification", "explain", str(large), "--json").json
    assert told["checkedByPeople"][0].endswith("about the choice of units. [interview]")
    assert len(told["checkedByPeople"]) == 2
    assert len(told["standing"]) == 3
    assert len(told["shared"]) == 5
