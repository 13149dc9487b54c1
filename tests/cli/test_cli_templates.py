"""From a template to a reviewed unit, told only by commands."""

import json
from pathlib import Path

import pytest
from sample_reviews import review_bytes
from sample_templates import fitting
from sample_units import sample_unit, unit_bytes

from creditbank.adapters.catalogue import builtin_data

from .conftest import Call

SAMPLE = builtin_data("frameworks") / "units" / "sample-statistics.yaml"
TEMPLATES = builtin_data("frameworks") / "templates"


def test_the_list_has_every_template_with_whom_it_is_for(call: Call) -> None:
    found = {one["id"]: one for one in call("template", "list", "--json").json["templates"]}
    assert set(found) == {path.stem for path in TEMPLATES.glob("*.yaml")}
    assert found["emc-cmf"]["digest"].startswith("sha256:")
    shown = call("template", "list").out
    assert "sample-faculty-of-science" in shown
    assert "occupational" in shown


def test_a_template_is_shown_with_the_origin_of_each_rule(call: Call) -> None:
    shown = call("template", "show", "sample-statistics-units").out
    assert "awarding_body: required; locked at 'did:web:university.example' by sample-university 1" in shown
    assert "workload: required; at least 50 hours; at most 420 hours" in shown
    assert "Of eu-ects: at least 2 and at most 15." in shown
    assert "coherence review: a reviewer found exactly this text coherent (sample-statistics-units 1)" in shown
    rules = {one["path"]: one for one in call("template", "show", "emc-cmf", "--json").json["rules"]}
    assert rules["workload"] == {
        "path": "workload",
        "rule": "required; at least 100 hours; at most 150 hours",
        "origin": "emc-cmf 2019",
        "guidance": "All study time, revision for the final assessment and the assessment itself included.",
    }


def test_an_unknown_template_is_refused_with_those_that_look_alike(call: Call) -> None:
    called = call("template", "show", "eu-microcredential")
    assert called.code == 2
    assert "eu-micro-credential" in called.err
    assert "its versions are: 2022" in call("template", "show", "eu-micro-credential", "--version", "1").err.casefold()


def test_a_teacher_starts_a_draft_and_is_told_what_it_lacks(call: Call) -> None:
    made = call("template", "start", "emc-cmf", "--title", "Reading a Budget", "--output", "unit.yaml")
    assert made.code == 0
    text = Path("unit.yaml").read_text(encoding="utf-8")
    assert 'title: "Reading a Budget"' in text
    assert "# * All study time" in text
    assert (
        call("achievement", "draft", "unit.yaml", "--organisation", "x").code == 2
    )  # no bank here, and yet no traceback
    checked = call("template", "check", "unit.yaml")
    assert checked.code == 1
    assert "unit.yaml:" in checked.out
    assert "`workload` is missing (template emc-cmf 2019)" in checked.out
    assert "All study time, revision" in checked.out


def test_a_draft_never_overwrites_what_is_there(call: Call) -> None:
    Path("unit.yaml").write_text("mine", encoding="utf-8")
    called = call("template", "start", "emc-cmf", "--title", "Reading a Budget", "--output", "unit.yaml")
    assert called.code == 2
    assert "is there already" in called.err
    assert Path("unit.yaml").read_text(encoding="utf-8") == "mine"


def test_a_draft_without_a_file_is_yaml_on_the_screen_and_two_have_two_ids(call: Call) -> None:
    first = call("template", "start", "work-placement", "--title", "On the Ward").out
    second = call("template", "start", "work-placement", "--title", "On the Ward").out
    assert first.startswith("# A draft after the template work-placement 1")
    assert first != second
    chosen = call("template", "start", "work-placement", "--title", "On the Ward", "--id", "urn:example:ward").out
    assert '\nid: "urn:example:ward"\n' in chosen
    assert call("template", "start", "work-placement", "--title", "W", "--id", "no id").code == 2


def test_a_unit_is_checked_against_a_template_it_does_not_name(call: Call) -> None:
    fits = call("template", "check", str(SAMPLE), "--template", "eu-micro-credential")
    assert fits.code == 0
    misses = call("template", "check", str(SAMPLE), "--template", "emc-cmf", "--json")
    assert misses.code == 1
    assert {fault["path"] for fault in misses.json["faults"]} >= {"workload", "credits", "levels"}
    assert call("template", "check", str(SAMPLE)).code == 2


def test_a_template_of_ones_own_is_checked_beside_those_that_ship(call: Call) -> None:
    text = (TEMPLATES / "sample-faculty-of-science.yaml").read_text(encoding="utf-8")
    Path("mine.yaml").write_text(text.replace("id: sample-faculty-of-science", "id: my-faculty"), encoding="utf-8")
    assert call("template", "check", "mine.yaml").code == 0
    looser = text.replace("at_most: PT420H", "at_most: PT900H").replace('at_most: "15"', 'at_most: "40"')
    Path("mine.yaml").write_text(looser, encoding="utf-8")
    called = call("template", "check", "mine.yaml")
    assert called.code == 1
    assert "mine.yaml: 2 to correct" in called.out
    assert "The parent says at most 840 hours" in called.out


def test_a_document_of_another_kind_is_neither(call: Call) -> None:
    called = call("template", "check", str(builtin_data("frameworks") / "credit-systems" / "eu-ects.yaml"))
    assert called.code == 2
    assert "not-a-template" in call("template", "check", str(SAMPLE), "--json").out


def test_a_unit_is_looked_at_point_by_point(call: Call) -> None:
    called = call("achievement", "coherence", str(SAMPLE))
    assert called.code == 1
    assert "✓ Outcomes lie in all three dimensions" in called.out
    assert "✗ Every outcome is practised: does not hold" in called.out
    assert "– Materials are named: not stated" in called.out
    assert "Of 21 points 19 hold, 1 does not hold, 1 is not stated. No reviewer has spoken." in called.out
    told = call("achievement", "coherence", str(SAMPLE), "--json").json
    assert told["review"] is None
    assert {one["state"] for one in told["items"]} == {"holds", "does not hold", "not stated"}


def test_a_whole_unit_is_accepted_and_an_open_one_left_open(call: Call) -> None:
    Path("whole.json").write_bytes(unit_bytes(fitting("unesco-three-dimensions")))
    assert call("achievement", "coherence", "whole.json").code == 0
    Path("open.json").write_bytes(unit_bytes(fitting("unesco-three-dimensions", purpose=None)))
    assert call("achievement", "coherence", "open.json").code == 3


def test_a_review_starts_as_a_form_and_ends_beside_the_machines_part(call: Call) -> None:
    unit = fitting("unesco-three-dimensions", purpose=None)
    Path("unit.json").write_bytes(unit_bytes(unit))
    made = call("achievement", "review", "unit.json", "--role", "programme reviewer", "--output", "review.yaml")
    assert made.code == 0
    form = Path("review.yaml").read_text(encoding="utf-8")
    unsaid = call("achievement", "coherence", "unit.json", "--review", "review.yaml")
    assert unsaid.code == 3
    assert "the review is not concluded" in unsaid.out
    filled = form.replace(
        "findings: []", "findings:\n  - {item: purpose-stated, finding: remark, text: It is in the title.}"
    )
    Path("review.yaml").write_text(filled.replace("conclusion: open", "conclusion: coherent"), encoding="utf-8")
    reviewed = call("achievement", "coherence", "unit.json", "--review", "review.yaml")
    assert reviewed.code == 0
    assert "– The unit says what it is for: not stated" in reviewed.out
    assert "reviewer remarks: It is in the title." in reviewed.out
    assert "Reviewed and found coherent: programme reviewer" in reviewed.out
    Path("unit.json").write_bytes(unit_bytes(fitting("unesco-three-dimensions", purpose=None, title="Changed")))
    stale = call("achievement", "coherence", "unit.json", "--review", "review.yaml", "--json")
    assert stale.code == 3
    assert (stale.json["review"]["ofThisText"], stale.json["review"]["coherent"]) == (False, False)


def test_a_reviewer_who_says_no_rejects(call: Call) -> None:
    unit = fitting("unesco-three-dimensions")
    Path("unit.json").write_bytes(unit_bytes(unit))
    Path("review.json").write_bytes(review_bytes(unit, conclusion="not coherent"))
    assert call("achievement", "coherence", "unit.json", "--review", "review.json").code == 1
    assert call("achievement", "coherence", "unit.json", "--review", "unit.json").code == 2


@pytest.mark.parametrize("role", ["", " ", "reader\x1b[31m"])
def test_a_reviewer_is_named_by_a_readable_role(call: Call, role: str) -> None:
    assert call("achievement", "review", str(SAMPLE), "--role", role).code == 2


def test_what_is_checked_before_publishing_includes_the_template_and_its_review(call: Call) -> None:
    unit = fitting("unesco-three-dimensions", template={"id": "unesco-three-dimensions", "version": "2023"})
    Path("unit.json").write_bytes(unit_bytes(unit))
    waiting = call("achievement", "check", "unit.json")
    assert waiting.code == 1
    assert "a reviewer must have found exactly this text" in waiting.out.casefold()
    Path("review.json").write_bytes(review_bytes(unit))
    assert call("achievement", "check", "unit.json", "--review", "review.json").code == 0
    Path("other.json").write_bytes(review_bytes(sample_unit()))
    assert call("achievement", "check", "unit.json", "--review", "other.json").code == 1


def test_every_fault_for_machines_has_place_path_and_advice(call: Call) -> None:
    told = json.loads(call("template", "check", str(SAMPLE), "--template", "emc-cmf", "--json").out)
    assert all(set(one) == {"slug", "place", "path", "sentence", "nextStep"} for one in told["faults"])
    assert all(one["place"].startswith(str(SAMPLE)) for one in told["faults"])
