"""The shortest path, what-ifs, and a stored evaluation told again: what the commands show and how they end."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sample_units import unit_bytes, unit_with

from creditbank.canonical import canonical_json
from creditbank.cli import run

from .conftest import Call, Journey, sample_unit

CERTIFICATE = "in-ncrf-ug-certificate"


@dataclass(frozen=True)
class Planner:
    """A bank whose learner has 20 of 40 credits, and providers who offer more."""

    home: Path
    learner: str
    university: str
    evaluation: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("--learner", self.learner, "--university", self.university, "--home", str(self.home))


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    folder = tmp_path_factory.mktemp("plans")
    home = folder / "bank"

    def step(*arguments: str, ends: int = 0) -> Any:
        screen = io.StringIO()
        with contextlib.redirect_stdout(screen):
            code = run([*arguments, "--home", str(home), "--json"])
        assert code == ends, screen.getvalue()
        return json.loads(screen.getvalue())

    step("init")
    roles = ("--role", "provider", "--role", "university")
    body = step("organisation", "register", "--name", "Sample University", *roles, "--country", "IN")
    university = body["id"]
    learner = step("learner", "open", "--name", "Sample Learner", "--sample")["id"]
    for number, credits in enumerate(["20", "12", "12"]):
        file = folder / f"unit-{number}.json"
        file.write_bytes(canonical_json(sample_unit(number, credits, "on-site").to_json()))
        step("achievement", "publish", str(file), "--organisation", university)
    later = unit_with(
        id="urn:sample:advanced",
        title="Advanced unit",
        prerequisites=[{"unit": "urn:sample:unit-1"}],
        credits=[{"system": "in-ncrf", "points": "14"}],
        workload="PT420H",
        awarding_body=body["did"],
        provider=body["did"],
        content_key="sample-advanced",
        template=None,
        stackability=None,
    )
    file = folder / "advanced.json"
    file.write_bytes(unit_bytes(later))
    step("achievement", "publish", str(file), "--organisation", university)
    wanted = ("--organisation", university, "--learner", learner, "--achievement", "urn:sample:unit-0")
    step("credential", "issue", *wanted, "--version", "1", "--earned", "2026-01-30", "--request", "unit-0")
    step("batch", "seal")
    step("anchor", "submit", "--wait")
    weighed = ("--learner", learner, "--university", university)
    evaluation = step("qualification", "evaluate", CERTIFICATE, *weighed, ends=1)["evaluation"]
    return Planner(home, learner, university, evaluation)


def test_a_path_goes_through_terms_and_names_what_could_stand_in_a_steps_place(call: Call, planner: Planner) -> None:
    called = call("qualification", "path", CERTIFICATE, *planner.words, "--per-term", "15", "--terms", "3")
    assert called.code == 0, called.out + called.err
    assert "The shortest way to a yes" in called.out
    assert "With 2 units more it adds up: «Sample unit 1» (12 credits, from" in called.out
    assert "or instead Advanced unit (14 in-ncrf)" in called.out
    assert "That fewer units do not do was proven by a second route." in called.out
    assert "Nothing of it is kept." in called.out


def test_a_path_in_json_states_terms_costs_and_other_ways(call: Call, planner: Planner) -> None:
    words = ("--term", "one=2027-01-01/2027-05-31", "--term", "two=2027-08-01/2027-12-31", "--units-per-term", "1")
    called = call("qualification", "path", CERTIFICATE, *planner.words, *words, "--json")
    assert called.code == 0
    path = called.json["path"]
    assert [(step["title"], step["term"], step["finished"]) for step in path["steps"]] == [
        ("Sample unit 1", 1, "2027-05-31"),
        ("Sample unit 2", 2, "2027-12-31"),
    ]
    assert path["cost"] == "24"
    assert path["taken"] == [{"credits": "24", "system": "in-ncrf"}]
    assert path["time"] == {"used": 2, "of": 2, "finished": "2027-12-31", "until": "2027-12-31", "unitsAtMost": 1}
    [other] = path["others"]
    assert [(step["title"], step.get("after")) for step in other["steps"]] == [
        ("Sample unit 1", None),
        ("Advanced unit", ["Sample unit 1"]),
    ]


def test_a_pace_that_leads_nowhere_is_a_no_with_its_reason(call: Call, planner: Planner) -> None:
    called = call("qualification", "path", CERTIFICATE, *planner.words, "--units-per-term", "1", "--terms", "1")
    assert called.code == 1
    assert "No way to a yes from what is on offer" in called.out
    assert "but not at this pace within 1 term" in called.out


def test_what_is_planned_is_counted_as_a_what_if_and_nothing_is_kept(call: Call, planner: Planner) -> None:
    planned = ("--planned", "urn:sample:unit-1@2027-03-01", "--in-progress", "urn:sample:unit-2@2026-12-20")
    called = call("qualification", "what-if", CERTIFICATE, *planner.words, *planned, "--table")
    assert called.code == 0, called.out + called.err
    assert called.out.startswith("It would add up: 44 credits would be counted")
    assert "weighed as of 2027-03-01. Nothing of it is kept." in called.out
    table = next(line for line in called.out.splitlines() if "First-year credits" in line)
    assert "in progress" in table
    assert "Sample unit 1 (12, planned)" in table
    assert "Sample unit 2 (12, in progress)" in table
    assert "[certificate/year-one]" not in called.out  # the table stands in the place of the tree
    machine = call("qualification", "what-if", CERTIFICATE, *planner.words, *planned, "--json")
    assert machine.json["whatIf"]["asOf"] == "2027-03-01"
    one = call("qualification", "what-if", CERTIFICATE, *planner.words, *planned[:2], "--tree")
    assert one.code == 1
    assert "Even so it would not add up." in one.out
    listed = call("learner", "show", planner.learner, "--home", str(planner.home), "--json")
    assert "whatIf" not in listed.out


def test_a_plan_is_told_in_another_language(call: Call, planner: Planner) -> None:
    planned = ("--planned", "urn:sample:unit-1@2027-03-01", "--planned", "urn:sample:unit-2@2026-12-20")
    called = call("qualification", "what-if", CERTIFICATE, *planner.words, *planned, "--language", "de")
    assert called.code == 0
    assert called.out.startswith("Es würde reichen")
    path = call("qualification", "path", CERTIFICATE, *planner.words, "--terms", "2", "--language", "de", "--json")
    assert "im Abschnitt 1 von 2" in path.json["path"]["sentence"]


def test_a_path_can_start_from_what_is_planned(call: Call, planner: Planner) -> None:
    words = ("--planned", "urn:sample:unit-1@2027-05-31", "--term", "2027-08-01/2027-12-31")
    called = call("qualification", "path", CERTIFICATE, *planner.words, *words, "--json")
    assert called.code == 0
    assert [step["title"] for step in called.json["path"]["steps"]] == ["Sample unit 2"]
    assert [one["title"] for one in called.json["path"]["steps"][0]["alternatives"]] == ["Advanced unit"]


def test_a_stored_evaluation_is_told_again_as_it_was_made(call: Call, planner: Planner) -> None:
    for words in ((planner.evaluation,), ("--evaluation", planner.evaluation)):
        called = call("qualification", "explain", *words, "--home", str(planner.home), "--table", "--tree")
        assert called.code == 1
        assert "[certificate/year-one]" in called.out
        assert "requirement" in called.out
        assert "What is missing" in called.out
        assert "Which rules collide" in called.out
        assert "The shortest way to a yes" in called.out
    machine = call("qualification", "explain", planner.evaluation, "--home", str(planner.home), "--json")
    assert machine.code == 1
    assert machine.json["evaluation"] == planner.evaluation
    assert machine.json["result"]["verdict"] == "falls-short"


def test_an_evaluation_that_adds_up_is_explained_with_its_units(call: Call, journey: Journey) -> None:
    called = call("qualification", "explain", journey.evaluation, "--home", str(journey.home), "--table")
    assert called.code == 0
    assert "Sample unit 0 (20)" in called.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("path", CERTIFICATE, "--per-term", "many"), "no amount of credits"),
        (("path", CERTIFICATE, "--term", "2027"), "is no term"),
        (("path", CERTIFICATE, "--term", "2027-01-02/2027-01-01"), "before it begins"),
        (("path", CERTIFICATE, "--terms", "99"), "1 to 24"),
        (("path", CERTIFICATE, "--terms", "0"), "Ask for 1 to 24 terms"),
        (("what-if", CERTIFICATE), "--planned"),
        (("what-if", CERTIFICATE, "--planned", "urn:sample:unit-1@2027-13-01"), "'2027-13-01' is no day"),
        (("what-if", CERTIFICATE, "--planned", "urn:a@b"), "Nobody offers the achievement urn:a@b"),
        (("evaluate", f"{CERTIFICATE}@2021", "--version", "2020"), "--version names another"),
        (("evaluate", f"{CERTIFICATE}@1999"), "1999"),
        (("what-if", CERTIFICATE, "--planned", "urn:nobody"), "Nobody offers the achievement urn:nobody"),
        (("path", "no-such-rules"), "no-such-rules"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(
    call: Call, planner: Planner, words: tuple[str, ...], said: str
) -> None:
    called = call("qualification", *words, *planner.words)
    assert called.code == 2
    assert said in called.err


@pytest.mark.parametrize("kind", ["learner", "organisation"])
def test_who_is_not_known_is_told_where_to_look(call: Call, planner: Planner, kind: str) -> None:
    words = list(planner.words)
    at = words.index("--learner" if kind == "learner" else "--university") + 1
    called = call("qualification", "path", CERTIFICATE, *words[:at], "nobody", *words[at + 1 :])
    assert called.code == 2
    assert f"There is no {kind} nobody." in called.err
    assert f"creditbank {kind} list" in called.err


def test_explain_wants_rules_or_an_evaluation(call: Call) -> None:
    assert call("qualification", "explain").code == 2
    assert call("qualification", "explain", CERTIFICATE, "--evaluation", "urn:uuid:x").code == 2
    assert call("qualification", "explain", CERTIFICATE).code == 0


def test_a_version_is_named_with_the_id_wherever_rules_are_weighed(call: Call, planner: Planner) -> None:
    for command in (("evaluate",), ("path",), ("what-if", "--planned", "urn:sample:unit-1")):
        name, *words = command
        called = call("qualification", name, f"{CERTIFICATE}@2021", *planner.words, *words, "--json")
        found = called.json.get("result", called.json)
        assert found["qualification"]["version"] == "2021"
