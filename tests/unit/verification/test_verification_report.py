"""Reports, policies and verdicts: what a policy asks for is what decides, and nothing is ticked by default."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from
from verification_samples import AwardWorld, World, presentation

from creditbank.canonical import load_object, pretty_json
from creditbank.verification import (
    ANCHOR_WAYS,
    ARCHIVAL,
    AWARD_CHECKS,
    CREDENTIAL_CHECKS,
    DECISION_CHECKS,
    DENIAL_CHECKS,
    LIVE,
    PRESENTATION_CHECKS,
    UNANCHORED,
    Check,
    Outcome,
    Policy,
    Report,
    UnknownPolicy,
    UnreadablePolicy,
    Verdict,
    Voucher,
    policy_named,
    verdict,
    verify_presentation,
)

SCHEMA = json.loads((files("creditbank.verification") / "report.schema.json").read_bytes())
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def check(name: str, outcome: Outcome) -> Check:
    return Check(name, outcome, "A sentence.", "", "", WHEN)


@given(lists(sampled_from(list(Outcome)), min_size=1, max_size=6))
def test_only_passed_and_not_applicable_are_accepted(found: list[Outcome]) -> None:
    names = CREDENTIAL_CHECKS[: len(found)]
    checks = [check(name, outcome) for name, outcome in zip(names, found, strict=True)]
    judged = verdict(checks, frozenset(names))
    if Outcome.FAILED in found:
        assert judged is Verdict.REJECTED
    elif Outcome.UNCHECKED in found:
        assert judged is Verdict.INCONCLUSIVE
    else:
        assert judged is Verdict.ACCEPTED


def test_a_required_check_that_is_missing_counts_as_not_made() -> None:
    assert verdict([check("proof.signature", Outcome.PASSED)], frozenset({"proof.signature", "dates.valid"})) is (
        Verdict.INCONCLUSIVE
    )


def test_a_check_that_is_not_required_does_not_decide() -> None:
    checks = [check("proof.signature", Outcome.PASSED), check("dates.valid", Outcome.FAILED)]
    assert verdict(checks, frozenset({"proof.signature"})) is Verdict.ACCEPTED


def reports(world: AwardWorld) -> list[Report]:
    world.policy = LIVE
    bare = replace(world.evidence, trust=None, receipts=(), documents={})
    shown = presentation(world.units)
    return [
        world.report(),
        world.report(b"{"),
        world.report(b'{"type": "unknown"}'),
        world.award_report(),
        world.award_report(proof=None),
        verify_presentation(shown, world.evidence, policy=LIVE, now=world.now),
        verify_presentation(shown, bare, policy=LIVE, now=world.now),
        verify_presentation(b"", bare, policy=LIVE, now=world.now),
    ]


def test_every_report_follows_the_published_schema(award_world: AwardWorld) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    for report in reports(award_world):
        validator.validate(json.loads(pretty_json(report.to_json())))


def test_the_schema_knows_exactly_the_checks_there_are() -> None:
    at = CREDENTIAL_CHECKS.index("anchor.on-chain")
    credential = [*CREDENTIAL_CHECKS[:at], *ANCHOR_WAYS, *CREDENTIAL_CHECKS[at:]]
    names = list(dict.fromkeys([*credential, *AWARD_CHECKS, *PRESENTATION_CHECKS, *DECISION_CHECKS, *DENIAL_CHECKS]))
    assert SCHEMA["$defs"]["checkName"]["enum"] == names
    assert len(names) == len(set(names))


def test_a_report_has_every_check_of_its_kind_whatever_went_wrong(award_world: AwardWorld) -> None:
    expected = {
        "credential": CREDENTIAL_CHECKS,
        "award": (*CREDENTIAL_CHECKS, *AWARD_CHECKS),
        "presentation": PRESENTATION_CHECKS,
    }
    for report in reports(award_world):
        for part in report.walk():
            assert tuple(item.name for item in part.checks if item.name not in ANCHOR_WAYS) == expected[part.kind]


def test_every_sentence_ends_and_no_gap_goes_without_one(award_world: AwardWorld) -> None:
    for report in reports(award_world):
        for part in report.walk():
            assert part.headline.endswith(".")
            assert all(item.sentence.endswith(".") for item in part.checks)


def test_a_headline_names_which_check_and_why(world: World) -> None:
    world.change_key(revoked=datetime(2026, 2, 1, tzinfo=UTC))
    headline = world.report().headline
    assert headline.startswith("Rejected. Policy archival: anchor.key-valid failed. ")
    assert "had been revoked 2026-02-01T00:00:00Z" in headline


def test_a_policy_reads_back_as_it_was_written() -> None:
    for policy in (LIVE, ARCHIVAL, UNANCHORED):
        assert Policy.parse(load_object(pretty_json(policy.to_json()))) == policy
        assert policy_named(policy.name) is policy


def test_live_asks_for_a_list_of_the_last_hour_and_archival_takes_any() -> None:
    assert LIVE.status_max_age == timedelta(hours=1)
    assert ARCHIVAL.status_max_age is None
    assert LIVE.required - ARCHIVAL.required == {"dates.valid", "status.current"}


@pytest.mark.parametrize(
    "change",
    [
        {"required": ["proof.signature"]},
        {"required": []},
        {"required": [*sorted(LIVE.required), "proof.beauty"]},
        {"statusMaxAgeSeconds": -1},
        {"statusMaxAgeSeconds": "1"},
        {"vouchers": ["register", "gossip"]},
        {"vouchers": "register"},
        {"acceptsUnanchored": "yes"},
        {"document": "creditbank/policy/v2"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_policy_that_asks_for_too_little_or_for_nonsense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnreadablePolicy) as refused:
        Policy.parse(LIVE.to_json() | change)
    assert refused.value.place == f"/{next(iter(change))}"


def test_a_policy_of_before_these_fields_is_read_as_it_was_meant() -> None:
    old = {name: value for name, value in LIVE.to_json().items() if name not in ("vouchers", "acceptsUnanchored")}
    read = Policy.parse(old)
    assert read == LIVE
    assert Voucher.DOMAIN not in read.vouchers
    assert not read.accepts_unanchored


def test_there_is_no_policy_of_another_name() -> None:
    with pytest.raises(UnknownPolicy, match="lenient"):
        policy_named("lenient")


def test_a_policy_without_anchors_accepts_what_was_not_anchored_and_says_so(world: World) -> None:
    world.receipts = ()
    anchors = {"anchor.included", "anchor.on-chain", "anchor.key-valid", "dates.signed"}
    world.policy = replace(ARCHIVAL, name="unanchored", required=ARCHIVAL.required - anchors)
    report = world.report()
    assert report.verdict is Verdict.ACCEPTED
    assert "unanchored" in report.headline
    assert report.check("anchor.included").outcome is Outcome.UNCHECKED


def test_verification_loads_no_database_solver_server_or_chain_client() -> None:
    """The closure of an offline re-check, in a process of its own."""
    servers = ["fastapi", "starlette", "requests", "httpx2", "typer", "rich"]
    refused = ["sqlalchemy", "alembic", "web3", "eth_tester", "eth", "highspy", "numpy", *servers]
    code = (
        "import sys, creditbank.verification\n"
        f"print([name for name in {refused!r} if name in sys.modules])\n"
        "import creditbank.anchoring.evidence\n"
        f"print([name for name in {refused!r} if name in sys.modules])"
    )
    package = Path(str(files("creditbank"))).parent
    answer = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(package)}, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split("\n")[:2] == ["[]", "[]"]
