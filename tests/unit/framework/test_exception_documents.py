"""Exceptions at the door: what a document must say, and may say about its rules; each fault has its place."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import digest_text
from creditbank.framework import (
    DocumentFaults,
    Qualification,
    RuleException,
    check_exception,
    document_digest,
    load_document,
)
from creditbank.framework.excepting import ExceptedRules, Waived, excepted

CATALOGUE = Catalogue.load(builtin_data("frameworks"))
INDIA = CATALOGUE.qualification("in-ncrf-ug-certificate")
KOREA = CATALOGUE.qualification("kr-acbs-bachelor")


def document(rules: Qualification = INDIA, /, **changes: Any) -> dict[str, Any]:
    values = {
        "document": "creditbank/exception/v1",
        "id": "sample",
        "by": "did:web:university.example",
        "learner": "did:key:z6MkSampleLearner",
        "rules": {"id": rules.id, "version": rules.version, "digest": digest_text(document_digest(rules))},
        "node": "certificate/online",
        "kind": "waive",
        "decided": "2026-01-15",
        "decided_by": "examination board",
        "reason": "for a test",
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def read(**changes: Any) -> RuleException:
    found = load_document(yaml.safe_dump(document(**changes), sort_keys=False).encode(), "exception.yaml")
    assert isinstance(found, RuleException)
    return found


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(DocumentFaults) as refusal:
        read(**changes)
    return {fault.path: fault.sentence for fault in refusal.value.faults}


def beside(**changes: Any) -> list[tuple[str, str]]:
    """The slug and the path of what is wrong with an exception beside the catalogue."""
    return [(fault.slug, fault.path) for fault in CATALOGUE.faults(read(**changes))]


def test_a_good_one_is_read_and_fits() -> None:
    assert beside() == []
    assert read().order == ("2026-01-15", "sample")


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"valid_until": "2026-01-14"}, "valid_until", "before it starts"),
        ({"kind": "forgive"}, "kind", "is not known here"),
        ({"credential": "urn:x"}, "credential", "does not belong to `waive`"),
        ({"kind": "change-limit", "bound": "credits_at_most"}, "value", "needs `value`"),
        ({"kind": "change-limit", "bound": "luck", "value": "1"}, "bound", "is not known here"),
        ({"kind": "change-limit", "bound": "credits_at_most", "value": 10**9}, "value", "whole number up to 1000"),
        ({"kind": "change-limit", "bound": "credits_at_most", "value": "9" * 33}, "value", "whole number up to 1000"),
        ({"kind": "change-limit", "bound": "credits_at_most", "value": ["9"]}, "value", "whole number up to 1000"),
        ({"kind": "pin"}, "kind", "names one unit"),
        ({"kind": "pin", "credential": "urn:x", "achievement": "urn:y"}, "achievement", "names one unit"),
        ({"kind": "substitute", "instead_of": "urn:x"}, "accepted", "needs `accepted`"),
        ({"kind": "substitute", "instead_of": "urn:x", "accepted": ["urn:x"]}, "accepted[0]", "would stand for itself"),
        ({"node": "Certificate/Online"}, "node", "the address of a rule"),
        ({"learner": "Asha"}, "learner", "is not a DID"),
        ({"learner": None}, "learner", "is missing"),
        ({"decided_by": ""}, "decided_by", "at least 1 character"),
        ({"note": "hello"}, "note", "is not known here"),
    ],
)
def test_a_faulty_one_is_refused_with_the_place_of_each_fault(changes: dict[str, Any], path: str, said: str) -> None:
    found = faults(**changes)
    assert said in found[path], found


def test_a_fault_names_its_line() -> None:
    with pytest.raises(DocumentFaults) as refusal:
        read(valid_until="2026-01-14")
    (fault,) = refusal.value.faults
    assert fault.place.startswith("exception.yaml:")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"rules": {"id": "no-such-rules", "version": "1", "digest": f"sha256:{'0' * 64}"}}, "rules.id"),
        ({"rules": {"id": INDIA.id, "version": "1999", "digest": f"sha256:{'0' * 64}"}}, "rules.version"),
        ({"rules": {"id": INDIA.id, "version": INDIA.version, "digest": f"sha256:{'0' * 64}"}}, "rules.digest"),
        ({"node": "certificate/nowhere"}, "node"),
        ({"node": "certificate"}, "node"),
        ({"kind": "pin", "credential": "urn:x"}, "node"),
        ({"kind": "also-allow", "credential": "urn:x", "node": "certificate"}, "node"),
        ({"kind": "substitute", "instead_of": "urn:x", "accepted": ["urn:y"], "node": "certificate"}, "instead_of"),
        ({"kind": "change-limit", "bound": "credits_at_least", "value": "1"}, "bound"),
        ({"kind": "change-limit", "bound": "share_at_most", "value": "2/5"}, "value"),
        ({"kind": "change-limit", "bound": "share_at_most", "value": "5/2"}, "value"),
        ({"kind": "change-limit", "bound": "share_at_most", "value": "0.4"}, "value"),
        ({"kind": "change-limit", "bound": "share_at_most", "value": 1}, "value"),
    ],
)
def test_what_these_rules_do_not_have_is_named_with_a_next_step(changes: dict[str, Any], fault: str) -> None:
    ((_, path),) = beside(**changes)
    assert path == fault


def test_every_fault_says_what_to_do_next() -> None:
    for changes in (
        {"node": "certificate/onlin"},
        {"node": "certificate"},
        {"kind": "pin", "credential": "urn:x"},
        {"kind": "change-limit", "bound": "share_at_most", "value": "5/2"},
    ):
        (fault,) = check_exception(read(**changes), [INDIA])
        assert fault.next_step, fault


def test_a_file_of_exceptions_lies_beside_rules_and_is_checked_with_them(tmp_path: Path) -> None:
    (tmp_path / "exception.yaml").write_text(yaml.safe_dump(document()))
    assert Catalogue.load(builtin_data("frameworks"), tmp_path).ids("exception") == ["sample"]
    (tmp_path / "exception.yaml").write_text(yaml.safe_dump(document(node="certificate/nowhere")))
    with pytest.raises(DocumentFaults) as refusal:
        Catalogue.load(builtin_data("frameworks"), tmp_path)
    assert "exception.yaml:" in str(refusal.value)


def test_rules_with_exceptions_in_them_have_the_digest_of_the_published_text_and_the_same_addresses() -> None:
    rules = excepted(KOREA, [read(rules=document(KOREA)["rules"], node=KOREA.nodes()[1][0])])
    assert isinstance(rules, ExceptedRules)
    assert document_digest(rules) == document_digest(KOREA)
    paths = [path for path, node in rules.nodes() if not isinstance(node, Waived)]
    assert set(paths) < {path for path, _ in KOREA.nodes()}
    assert rules.original is KOREA


def test_without_exceptions_the_rules_are_the_very_same() -> None:
    assert excepted(INDIA, []) is INDIA
