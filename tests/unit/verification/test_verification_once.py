"""What one evidence works out once: a status list speaks for every credential that names it; answers stay the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from verification_samples import LIST, PROVIDER, World, did_document, make_world, status_list

from creditbank.verification import Evidence, Report, evidence, status, verify_credential


def asked(world: World, given: Evidence, **changes: object) -> list[Report]:
    how = {"policy": world.policy, "now": world.now, **changes}
    return [verify_credential(unit, given, **how) for unit in world.units]  # type: ignore[arg-type]


def outcome(report: Report) -> str:
    return next(check.outcome for check in report.checks if check.name == "status.revocation")


def test_a_list_is_checked_once_for_all_credentials_that_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world, calls = make_world(), []
    right = status.check_signatures
    monkeypatch.setattr(status, "check_signatures", lambda *given: calls.append(1) or right(*given))
    together = world.evidence
    assert asked(world, together) == [report for unit in world.units for report in asked_alone(world, unit)]
    assert len(world.units) > 1
    assert len(calls) == 1 + len(world.units)  # once together, once for each alone


def asked_alone(world: World, unit: object) -> list[Report]:
    alone = replace(world, units=[unit])
    return asked(alone, alone.evidence)


def test_another_list_another_signer_and_another_moment_are_looked_at_anew() -> None:
    world = make_world()
    given = world.evidence
    assert outcome(asked(world, given)[0]) == "passed"
    world.documents[LIST] = status_list(1)
    assert outcome(asked(world, given)[0]) == "failed"
    world.documents[LIST] = status_list()
    world.documents[PROVIDER] = did_document(PROVIDER).replace(b"assertionMethod", b"keyAgreement")
    assert outcome(asked(world, given)[0]) == "unchecked"
    world.documents[PROVIDER] = did_document(PROVIDER)
    assert outcome(asked(world, given, now=world.now - timedelta(days=1))[0]) == "unchecked"
    assert outcome(asked(world, given)[0]) == "passed"


def test_evidence_forgets_rather_than_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_KNOWN", 3)
    given = make_world().evidence
    assert [given.once(number, lambda number=number: number) for number in range(10)] == list(range(10))
    assert len(given._known) <= 3
    assert given == make_world().evidence  # what was worked out is no part of what it is
