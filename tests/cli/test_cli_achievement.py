"""Units on the command line: checked, drafted, published, changed, withdrawn."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sample_units import sample_unit, unit_bytes, unit_with

from creditbank.adapters.catalogue import builtin_data

from .conftest import Call, Journey

SAMPLE = builtin_data("frameworks") / "units" / "sample-statistics.yaml"
SCALE = "sample-in-ten-point"


@dataclass(frozen=True)
class Here:
    """A bank of its own, with one provider and one learner."""

    home: tuple[str, str]
    provider: str
    did: str
    learner: str

    @property
    def own(self) -> tuple[str, ...]:
        return ("--organisation", self.provider, *self.home)


@pytest.fixture
def here(call: Call, tmp_path: Path) -> Here:
    home = ("--home", str(tmp_path / "bank"))
    assert call("init", *home).code == 0
    words = ("--name", "Sample University", "--role", "provider", "--country", "IN", "--json", *home)
    provider = call("organisation", "register", *words).json
    learner = call("learner", "open", "--name", "Sample Learner", "--sample", "--json", *home).json
    return Here(home, provider["id"], provider["did"], learner["id"])


def written(name: str, **changes: Any) -> str:
    Path(name).write_bytes(unit_bytes(unit_with(**changes)))
    return name


def test_a_complete_unit_is_in_order(call: Call) -> None:
    called = call("achievement", "check", str(SAMPLE))
    assert (called.code, called.err) == (0, "")
    assert "complete, and can be published" in called.out
    assert call("achievement", "check", str(SAMPLE), "--json").json["faults"] == []


def test_every_fault_of_an_incomplete_unit_is_told_with_file_line_and_path(call: Call) -> None:
    Path("unit.yaml").write_text(
        'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: Master of Numbers\nfields: ["0543"]\n'
    )
    called = call("achievement", "check", "unit.yaml")
    assert called.code == 1
    assert "unit.yaml:4: title: 'Master' in the title" in called.out
    assert "unit.yaml:5: fields[0]: ISCED Fields of Education and Training 2013 has no code 0543." in called.out
    assert "Did you mean" in called.out
    asked = call("achievement", "check", "unit.yaml", "--json")
    assert asked.code == 1
    told = {fault["path"]: fault["place"] for fault in asked.json["faults"]}
    assert told["fields[0]"] == "unit.yaml:5"
    assert {"workload", "outcomes", "awarding_body", "levels"} <= told.keys()


def test_a_malformed_unit_is_told_all_its_faults_too(call: Call) -> None:
    Path("unit.yaml").write_text(
        'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: S\nworkload: P60M\ncountry: india\n'
    )
    called = call("achievement", "check", "unit.yaml")
    assert called.code == 1
    assert "unit.yaml:5: workload: P60M means 60 months (ISO 8601)" in called.out
    assert "unit.yaml:6: country:" in called.out


def test_what_is_no_unit_is_bad_input(call: Call) -> None:
    system = next((builtin_data("frameworks") / "credit-systems").glob("*.yaml"))
    called = call("achievement", "check", str(system))
    assert called.code == 2
    assert "not a unit" in called.err


def test_an_open_badges_achievement_is_checked_too(call: Call, journey: Journey) -> None:
    listed = call("achievement", "list", "--home", str(journey.home), "--json").json["achievements"]
    Path("badge.json").write_text(json.dumps(listed[0]))
    assert call("achievement", "check", "badge.json").code == 0
    Path("badge.json").write_text(json.dumps({**listed[0], "workload": "P60M"}))
    called = call("achievement", "check", "badge.json")
    assert called.code == 2
    assert "PT60H" in called.err


def test_a_unit_goes_from_draft_to_version_to_withdrawal(call: Call, here: Here) -> None:
    own, home, did = here.own, here.home, here.did
    name = "urn:example:cli:unit"
    draft = written(
        "draft.json", id=name, awarding_body=did, outcomes=None, assessments=None, activities=None, content=None
    )
    called = call("achievement", "draft", draft, *own)
    assert called.code == 0
    assert f"Kept version 1 of {name} as a draft." in called.out
    assert "2 to correct" in called.err
    assert "2 to correct" in call("achievement", "drafts", *own).out
    refused = call("achievement", "publish", draft, *own)
    assert refused.code == 2
    assert "outcomes" in refused.err

    first = written("one.json", id=name, awarding_body=did)
    made = call("achievement", "publish", first, *own, "--json")
    assert made.code == 0
    assert call("achievement", "publish", first, *own, "--json").json == made.json
    assert call("achievement", "drafts", *own, "--json").json == {"drafts": []}
    assert call("achievement", "show", name, "--version", "1", "--unit", *home).out == Path("one.json").read_text()
    assert json.loads(call("achievement", "show", name, "--version", "1", *home).out)["id"] == name

    changed = written("changed.json", id=name, awarding_body=did, title="Describing Data")
    assert call("achievement", "publish", changed, *own).code == 1
    second = written(
        "two.json",
        id=name,
        awarding_body=did,
        title="Describing Data",
        version="2",
        supersedes="1",
        changelog="Shorter.",
    )
    assert "version 2, is published and frozen" in call("achievement", "publish", second, *own).out
    told = call("achievement", "versions", name, *home)
    assert "takes the place of 1: Shorter." in told.out
    compared = call("achievement", "changes", "one.json", "two.json")
    assert "title was Describing Data Honestly and is Describing Data." in compared.out
    assert "1 change." in compared.out

    words = ("--version", "1", *own)
    assert call("achievement", "withdraw", name, *words, "--reason", " ").code == 2
    assert call("achievement", "withdraw", name, *words, "--reason", "Replaced.").code == 0
    versions = call("achievement", "versions", name, *home, "--json").json["versions"]
    assert [("withdrawn" in one, one.get("supersedes")) for one in versions] == [(True, None), (False, "1")]
    assert "Replaced." in call("achievement", "versions", name, *home).out
    assert "withdrawn" in call("achievement", "list", *home).out

    issue = ("credential", "issue", "--learner", here.learner, "--achievement", name, "--earned", "2026-06-02", *own)
    late = call(*issue, "--version", "1")
    assert late.code == 1
    assert "was withdrawn" in late.err
    graded = call(*issue, "--version", "2", "--result", "A+", "--scale", SCALE, "--json")
    assert graded.code == 0
    assert '"value":"A+"' in call("credential", "show", graded.json["id"], *home).out
    assert call(*issue, "--version", "2", "--result", "Z", "--scale", SCALE).code == 2


def test_a_version_without_a_unit_document_says_so(call: Call, journey: Journey) -> None:
    called = call("achievement", "show", "urn:sample:unit-2", "--version", "1", "--unit", "--home", str(journey.home))
    assert called.code == 2
    assert "without a unit document" in called.err


def test_an_unknown_achievement_has_no_versions(call: Call, journey: Journey) -> None:
    called = call("achievement", "versions", "urn:nothing", "--home", str(journey.home))
    assert (called.code, called.out) == (0, "")
    assert "No version of urn:nothing" in called.err


def test_two_units_are_not_compared(call: Call) -> None:
    other = SAMPLE.with_name("sample-listening.yaml")
    called = call("achievement", "changes", str(SAMPLE), str(other))
    assert called.code == 2
    assert "two units" in called.err
    same = call("achievement", "changes", str(SAMPLE), str(SAMPLE), "--json")
    assert same.json["changes"] == []
    assert same.json["id"] == sample_unit().id
