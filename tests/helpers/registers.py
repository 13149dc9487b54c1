"""A small register for tests: a college accredited in part, a university that may award, a college that closed."""

from typing import Any

from creditbank.canonical import canonical_json
from creditbank.framework import Register, load_document

COLLEGE = "did:web:college.example.org"
UNIVERSITY = "did:web:university.example.org"
CLOSED = "did:web:closed.example.org"
QUALIFICATION = "sample-certificate"


def register_json(**changed: Any) -> dict[str, Any]:
    """The register as JSON, with keys of its head replaced."""
    return {
        "document": "creditbank/register/v1",
        "id": "sample-register",
        "title": "Sample register",
        "publisher": "Sample Agency",
        "taken": "2026-06-30",
        "sample": True,
        "sources": [{"name": "made up for a test"}],
        "bodies": [college(), university(), closed()],
        **changed,
    }


def college(**changed: Any) -> dict[str, Any]:
    """Accredited for short units in computing up to level 4.5, with a condition; one programme, later withdrawn."""
    return {
        "id": "SAMPLE-0001",
        "dids": [COLLEGE],
        "identifiers": [{"scheme": "eter", "value": "XX0001"}],
        "names": ["Sample College"],
        "country": "IN",
        "accreditations": [
            {
                "id": "A-1",
                "by": "did:web:agency.example.org",
                "kind": "institution",
                "decision": "accredited-with-conditions",
                "fields": ["06", "0541"],
                "levels": [{"framework": "in-ncrf", "codes": ["4", "4.5"]}],
                "kinds": ["micro-credential", "course"],
                "valid_from": "2023-09-01",
                "valid_until": "2025-08-31",
                "conditions": ["A report every year."],
            },
            {
                "id": "A-2",
                "by": "did:web:agency.example.org",
                "kind": "programme",
                "decision": "accredited",
                "programmes": [{"id": "urn:sample:data", "also": ["LOCAL-7"], "title": "Data Work"}],
                "valid_from": "2024-01-01",
                "withdrawn": {"since": "2025-11-15", "reason": "It is no longer taught."},
            },
        ],
        "awards": [],
        **changed,
    }


def university(**changed: Any) -> dict[str, Any]:
    """May award the sample certificate, in one version from 2026 and in another until 2025."""
    return {
        "id": "SAMPLE-0002",
        "dids": [UNIVERSITY],
        "names": ["Sample University"],
        "accreditations": [
            {
                "id": "U-1",
                "by": "did:web:agency.example.org",
                "kind": "institution",
                "decision": "accredited",
                "valid_from": "2020-01-01",
            }
        ],
        "awards": [
            {"qualification": QUALIFICATION, "version": "2026", "valid_from": "2026-01-01"},
            {
                "qualification": QUALIFICATION,
                "version": "2020",
                "valid_from": "2020-01-01",
                "withdrawn": {"since": "2025-01-01", "reason": "The rules were replaced."},
            },
        ],
        **changed,
    }


def closed(**changed: Any) -> dict[str, Any]:
    """Listed without any accreditation; the register is silent about its awards, and names its successor."""
    return {
        "id": "SAMPLE-0003",
        "dids": [CLOSED],
        "names": ["Sample Closed College"],
        "successor": "SAMPLE-0002",
        **changed,
    }


def sample_register(**changed: Any) -> Register:
    """The register, read as a document is read."""
    document = load_document(canonical_json(register_json(**changed)), "register.json")
    assert isinstance(document, Register)
    return document
