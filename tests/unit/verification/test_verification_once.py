"""What one evidence works out once: a status list speaks for every credential that names it; answers stay the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from verification_samples import LIST, PROVIDER, World, did_document, make_world, status_list

from creditbank.canonical import canonical_json, load_object
from creditbank.credential import UnreadableStatusList
from creditbank.verification import Evidence, Report, Shelf, evidence, proofs, status, verify_credential


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


def test_a_shelf_spares_the_next_verification_the_signature_of_the_same_list(monkeypatch: pytest.MonkeyPatch) -> None:
    world, calls, shelf = make_world(), [], Shelf()
    right = proofs.verify_proof
    monkeypatch.setattr(proofs, "verify_proof", lambda *given: calls.append(1) or right(*given))
    first = asked(world, replace(world.evidence, shelf=shelf))
    before = len(calls)
    assert asked(world, replace(world.evidence, shelf=shelf)) == first == asked(world, world.evidence)
    assert len(calls) == before + (before - 1) + before  # once more without the list's, and once more with it


def test_what_a_shelf_knows_says_nothing_of_other_bytes_another_key_or_another_moment() -> None:
    """Threats 31 and 33: what was good a moment ago is on the shelf, and each of these would be a wrong yes."""
    world, shelf = make_world(), Shelf()

    def now(**changes: object) -> str:
        return outcome(asked(world, replace(world.evidence, shelf=shelf), **changes)[0])

    good = world.documents[LIST]
    assert now() == "passed"
    world.documents[LIST] = status_list(1)
    assert now() == "failed"
    world.documents[LIST] = _with_bits_of(good, status_list(2))
    assert now() == "unchecked"  # another text under a signature that held
    world.documents[LIST] = good
    world.documents[PROVIDER] = did_document(PROVIDER).replace(b"assertionMethod", b"keyAgreement")
    assert now() == "unchecked"  # the same text, and its key serves no longer
    world.documents[PROVIDER] = did_document(PROVIDER)
    assert now(now=world.now - timedelta(days=1)) == "unchecked"  # the same text, at a moment before it was signed
    assert now() == "passed"


def test_a_document_that_only_came_along_is_not_put_on_the_shelf() -> None:
    world, shelf = make_world(), Shelf()
    claimed = replace(world.evidence, documents={}, claims=dict(world.documents), shelf=shelf)
    asked(world, claimed)
    assert len(shelf) == 0


def test_a_shelf_forgets_what_was_met_longest_ago_and_keeps_no_refusal() -> None:
    shelf = Shelf(3)
    for number in range(10):
        assert shelf.once(number, lambda number=number: number) == number
    assert len(shelf) == 3
    assert shelf.once(9, lambda: -1) == 9
    assert shelf.once(0, lambda: -1) == -1
    with pytest.raises(UnreadableStatusList):
        shelf.once("refused", _refuse)
    assert shelf.once("refused", lambda: "now it is answered") == "now it is answered"


def _refuse() -> str:
    raise UnreadableStatusList("Not this one.")


def _with_bits_of(signed: bytes, other: bytes) -> bytes:
    """The signed list with what another says in it."""
    document, bits = load_object(signed), load_object(other)
    document["credentialSubject"] = bits["credentialSubject"]
    return canonical_json(document)
