"""Decisions by command: adopt, list, revoke, and check from files alone."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.cli.demo import samples

from .conftest import Call, Journey


@pytest.fixture
def policy(journey: Journey, call: Call, tmp_path: Path) -> Path:
    """A policy of the journey's university, each test under a name of its own."""
    university = _university(journey, call)
    document = samples.conversion_policy(university["did"]).model_dump(mode="json", exclude_none=True)
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump({**document, "id": f"sample-{tmp_path.name[:40].rstrip('_').replace('_', '-')}"}))
    return file


def _university(journey: Journey, call: Call) -> Any:
    listed = call("organisation", "list", "--home", str(journey.home), "--json").json["organisations"]
    return next(one for one in listed if one["id"] == journey.university)


def adopt(call: Call, journey: Journey, file: Path, *more: str) -> Any:
    called = call(
        "decision", "adopt", str(file), "--organisation", journey.university, "--home", str(journey.home), *more
    )
    assert called.code == 0, called.err
    return called


def test_a_decision_is_adopted_listed_and_checked_from_files(
    call: Call, journey: Journey, policy: Path, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.json"
    adopted = adopt(call, journey, policy, "--output", str(signed), "--json").json
    assert json.loads(signed.read_text()) == adopted["signed"]
    listed = call("decision", "list", "--home", str(journey.home), "--json").json["decisions"]
    assert adopted["digest"] in [one["digest"] for one in listed if one["holds"]]
    assert adopted["id"] in call("decision", "list", "--home", str(journey.home)).out
    trusted = ("--documents", str(journey.kit / "documents"), "--trust", str(journey.trust))
    checked = call("decision", "check", str(signed), *trusted)
    assert checked.code == 0, checked.out
    assert "decision.in-force" in checked.out
    assert "was adopted on" in checked.out


def test_what_a_decision_would_change_is_shown_before_it_is_adopted(call: Call, journey: Journey, policy: Path) -> None:
    there = ("--organisation", journey.university, "--home", str(journey.home))
    found = call("decision", "simulate", str(policy), *there, "--json").json
    assert (found["lookedAt"] > 0, found["goOnAfter"]) == (True, None)
    listed = call("decision", "list", "--home", str(journey.home), "--json").json["decisions"]
    assert yaml.safe_load(policy.read_text())["id"] not in [one["id"] for one in listed]
    told = call("decision", "simulate", str(policy), *there).out
    assert told.startswith(f"Evaluations looked at: {found['lookedAt']}. The change bears on {found['concerned']};")
    nothing = call("decision", "simulate", *there)
    assert (nothing.code, "Name a file" in nothing.err) == (2, True)


def test_a_second_policy_between_the_same_systems_is_pointed_out(call: Call, journey: Journey, policy: Path) -> None:
    adopt(call, journey, policy)
    first = yaml.safe_load(policy.read_text())["id"]
    policy.write_text(policy.read_text().replace(f"id: {first}", f"id: a-{first}"))
    said = adopt(call, journey, policy).err
    assert first in said
    assert f"the first by id counts, which is a-{first}" in said


def test_without_anybodys_keys_a_check_is_inconclusive(
    call: Call, journey: Journey, policy: Path, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.json"
    adopt(call, journey, policy, "--output", str(signed))
    assert call("decision", "check", str(signed)).code == 3


def test_an_altered_ratio_is_rejected_by_name(call: Call, journey: Journey, policy: Path, tmp_path: Path) -> None:
    signed = tmp_path / "signed.json"
    adopt(call, journey, policy, "--output", str(signed))
    signed.write_text(signed.read_text().replace('"ratio":"1/3"', '"ratio":"2/3"'))
    checked = call("decision", "check", str(signed), "--trust", str(journey.trust), "--json")
    assert checked.code == 1
    (report,) = checked.json["reports"]
    failed = [one["name"] for one in report["report"]["checks"] if one["outcome"] == "failed"]
    assert failed == ["proof.signature"]


def test_a_day_before_it_was_adopted_is_rejected(call: Call, journey: Journey, policy: Path, tmp_path: Path) -> None:
    signed = tmp_path / "signed.json"
    adopt(call, journey, policy, "--output", str(signed))
    checked = call("decision", "check", str(signed), "--trust", str(journey.trust), "--on", "2026-01-01")
    assert checked.code == 1
    assert "after 2026-01-01" in checked.out


def test_a_revoked_decision_is_listed_and_checked_as_one(
    call: Call, journey: Journey, policy: Path, tmp_path: Path
) -> None:
    adopted = adopt(call, journey, policy, "--json").json
    words = ("--organisation", journey.university, "--home", str(journey.home), "--reason", "Replaced.")
    revoked = call("decision", "revoke", adopted["digest"], *words, "--json").json
    assert revoked["revokedFrom"] is not None
    listed = call("decision", "list", "--organisation", journey.university, "--home", str(journey.home)).out
    assert f"revoked from {revoked['revokedFrom']}" in listed
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "decision.json").write_text(json.dumps(revoked["signed"]))
    (folder / "revocation.json").write_text(json.dumps(revoked["revocations"][0]))
    checked = call("decision", "check", str(folder), "--trust", str(journey.trust))
    assert checked.code == 1
    assert "decision.revocation" in checked.out
    again = call("decision", "adopt", str(policy), "--organisation", journey.university, "--home", str(journey.home))
    assert again.code == 1


def test_another_bodys_decision_is_refused(call: Call, journey: Journey, policy: Path) -> None:
    text = policy.read_text().replace(_university(journey, call)["did"], "did:web:another.example")
    policy.write_text(text)
    called = call("decision", "adopt", str(policy), "--organisation", journey.university, "--home", str(journey.home))
    assert called.code == 1
    assert "did:web:another.example" in called.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "{policy}"), "None of these files is a signed decision"),
        (("check", "{policy}", "--on", "soon"), "is not a day"),
        (("revoke", "51ab", "--organisation", "x", "--reason", "y"), "sha256:"),
        (("revoke", f"sha256:{'0' * 64}", "--organisation", "{university}", "--reason", "y"), "no decision"),
        (("list", "--organisation", "urn:uuid:nobody"), "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(
    call: Call, journey: Journey, policy: Path, words: tuple[str, ...], said: str
) -> None:
    spelled = [word.format(policy=policy, university=journey.university) for word in words]
    home = () if words[0] == "check" else ("--home", str(journey.home))
    called = call("decision", *spelled, *home)
    assert called.code == 2
    assert said in called.err
