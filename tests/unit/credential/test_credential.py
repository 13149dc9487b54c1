"""Credentials and awards: what is built is read back, and what is missing or hidden is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from creditbank.canonical import canonical_json, load_object, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    Level,
    NotACredential,
    NotAnAward,
    NotAUnit,
    Outcome,
    StatusEntry,
    StatusReference,
    award_facts,
    build_award,
    build_credential,
    credential_digest,
    read_credential,
    related_resource_digest,
    unit_facts,
)
from creditbank.units import CreditAmount, Credits

WHEN = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
ISSUER = IssuerProfile("did:web:sample.example", "Sample University", "https://sample.example/", "EE")
LEARNER = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
ID = "urn:uuid:00000000-0000-4000-8000-000000000001"
LIST = "https://bank.example/status/1"
PROOF = sha256(b"the stacking proof")
UNIT = Achievement(
    id="urn:uuid:00000000-0000-4000-8000-00000000000a",
    version="2",
    name="Introduction to statistics",
    description="A sample unit.",
    criteria="Pass the written examination.",
    credits=CreditAmount("eu-ects", Credits.parse("2.5")),
    level=Level("eu-eqf", "6", "2017"),
    workload="PT65H",
    categories=("kr-acbs:major", "quantitative"),
    source_type="accredited-course",
    mode="online",
    outcomes=(Outcome("Fits a line.", "skills"),),
    assessment="written examination",
    quality_assurance="self-declared",
    supervision="",
    content="statistics-1",
    language="en",
    country="EE",
)


def credential(**changes: Any) -> dict[str, Any]:
    return build_credential(
        UNIT,
        **{
            "id": ID,
            "issuer": ISSUER,
            "subject": LEARNER,
            "earned": date(2026, 6, 30),
            "valid_from": WHEN,
            "status": StatusEntry(LIST, 4711),
            **changes,
        },
    )


def award() -> dict[str, Any]:
    return build_award(
        id=ID,
        issuer=ISSUER,
        subject=LEARNER,
        qualification_id="in-ncrf.ug-certificate",
        version="2021",
        title="Undergraduate certificate",
        framework="in-ncrf",
        level="4.5",
        criteria="Forty credits.",
        valid_from=WHEN,
        status=StatusEntry(LIST, 12),
        proof_id="urn:uuid:00000000-0000-4000-8000-0000000000ff",
        proof_digest=PROOF,
    )


def altered(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy = load_object(canonical_json(document))
    target: Any = copy
    *steps, last = path.split("/")[1:]
    for step in steps:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[last] = value
    return copy


def test_the_facts_of_a_unit_are_those_its_issuer_signed() -> None:
    facts = unit_facts(credential())
    assert facts.credential == facts.first_issue == ID
    assert (facts.issuer, facts.subject) == (ISSUER.did, LEARNER)
    assert (facts.achievement, facts.achievement_version) == (UNIT.id, "2")
    assert facts.title == "Introduction to statistics"
    assert facts.credits == CreditAmount("eu-ects", Credits.parse("2.5"))
    assert facts.level == Level("eu-eqf", "6", "2017")
    assert facts.earned == date(2026, 6, 30)
    assert facts.categories == {"kr-acbs:major", "quantitative"}
    assert (facts.source_type, facts.mode, facts.content) == ("accredited-course", "online", "statistics-1")


def test_a_correction_names_the_first_issue() -> None:
    """Threat 39: a correction is the same credit."""
    first = "urn:uuid:00000000-0000-4000-8000-000000000099"
    assert unit_facts(credential(first_issue=first)).first_issue == first


def test_a_credential_says_who_when_and_where_its_status_stands() -> None:
    view = read_credential(credential(valid_until=datetime(2030, 1, 1, tzinfo=UTC)))
    assert view.id == ID
    assert (view.issuer, view.issuer_name, view.subject) == (ISSUER.did, ISSUER.name, LEARNER)
    assert (view.valid_from, view.valid_until) == (WHEN, datetime(2030, 1, 1, tzinfo=UTC))
    assert view.status == (StatusReference("BitstringStatusListEntry", "revocation", LIST, 4711),)
    assert view.proofs == ()
    assert not view.is_award


def test_the_shape_is_the_one_that_peers_accept() -> None:
    """The peers' conditions: order of contexts, one status object, country of the issuer in native terms."""
    document = credential(result="A")
    vc2, badges, extensions, block = document["@context"]
    assert (vc2, badges, extensions) == (
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    )
    (schema,) = document["credentialSchema"]
    assert schema["type"] == "1EdTechJsonSchemaValidator2019"
    assert isinstance(block, dict)
    assert isinstance(document["credentialStatus"], dict)
    assert document["issuer"]["address"]["addressCountryCode"] == "EE"
    assert document["credentialSubject"]["result"] == [{"type": ["Result"], "value": "A"}]
    assert "validUntil" not in document
    assert "url" not in credential(issuer=replace(ISSUER, url=None))["issuer"]


def test_an_award_is_bound_to_its_stacking_proof() -> None:
    facts = award_facts(award())
    assert (facts.qualification, facts.version, facts.level) == (
        "in-ncrf.ug-certificate",
        "2021",
        Level("in-ncrf", "4.5"),
    )
    assert (facts.proof, facts.proof_digest) == related_resource_digest(award())
    assert facts.proof_digest == PROOF
    assert read_credential(award()).is_award


def test_a_unit_is_no_award_and_an_award_is_no_unit() -> None:
    with pytest.raises(NotAnAward, match="QualificationAward"):
        award_facts(credential())
    with pytest.raises(NotAUnit, match="whole qualification"):
        unit_facts(award())


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("/id", None, "/id"),
        ("/id", "statistics", "/id"),
        ("/@context", [], "/@context"),
        ("/@context", ["https://www.w3.org/2018/credentials/v1"], "/@context"),
        ("/type", ["AchievementCredential"], "/type"),
        ("/type", 7, "/type"),
        ("/issuer", None, "/issuer"),
        ("/issuer/id", "sample", "/issuer/id"),
        ("/credentialSubject", [], "/credentialSubject"),
        ("/credentialSubject", [{}, {}], "/credentialSubject"),
        ("/credentialSubject/id", "me", "/credentialSubject/id"),
        ("/validFrom", "yesterday", "/validFrom"),
        ("/validUntil", "2026-13-01T00:00:00Z", "/validUntil"),
        ("/credentialStatus", "x", "/credentialStatus"),
        ("/credentialStatus/statusListIndex", "-1", "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", "1.0", "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", "007", "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", "٤", "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", 4.0, "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", True, "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusListIndex", "9" * 30, "/credentialStatus/statusListIndex"),
        ("/credentialStatus/statusSize", 2, "/credentialStatus/statusSize"),
        ("/credentialStatus/statusPurpose", None, "/credentialStatus/statusPurpose"),
        ("/credentialStatus/statusListCredential", "list", "/credentialStatus/statusListCredential"),
    ],
)
def test_a_malformed_credential_is_refused_with_its_place(path: str, value: Any, place: str) -> None:
    """Threat 33 for the entry: negative, float, other digits, other sizes."""
    with pytest.raises(NotACredential) as refused:
        read_credential(altered(credential(), path, value))
    assert refused.value.place == place


def test_an_unknown_kind_of_status_is_kept_as_unknown() -> None:
    view = read_credential(altered(credential(), "/credentialStatus/type", "StatusList2021Entry"))
    assert view.status == (StatusReference("StatusList2021Entry", "revocation", "", None),)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("/type", ["VerifiableCredential"], "/type"),
        ("/credentialSubject/id", None, "/credentialSubject/id"),
        ("/credentialSubject/achievement", None, "/credentialSubject/achievement"),
        ("/credentialSubject/achievement/version", None, "/credentialSubject/achievement/version"),
        ("/credentialSubject/achievement/creditPoints", 3, "/credentialSubject/achievement/creditPoints"),
        ("/credentialSubject/achievement/creditPoints", ["3"], "/credentialSubject/achievement/creditPoints"),
        ("/credentialSubject/achievement/creditSystem", None, "/credentialSubject/achievement/creditSystem"),
        ("/credentialSubject/achievement/sourceType", None, "/credentialSubject/achievement/sourceType"),
        ("/awardedDate", "2026-06-30", "/awardedDate"),
        ("/firstIssue", {"id": ID}, "/firstIssue"),
        ("/firstIssue", "again", "/firstIssue"),
        ("/issuer", "nobody", "/issuer"),
    ],
)
def test_a_credential_that_lacks_a_fact_is_no_unit(path: str, value: Any, place: str) -> None:
    with pytest.raises(NotAUnit) as refused:
        unit_facts(altered(credential(), path, value))
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/relatedResource", []),
        ("/relatedResource", [{"id": "urn:x", "digestSRI": "sha256-AAAA"}]),
        ("/relatedResource", [{"id": "urn:x"}]),
        ("/relatedResource", [award()["relatedResource"][0]] * 2),
    ],
)
def test_an_award_without_exactly_one_readable_proof_is_refused(path: str, value: Any) -> None:
    with pytest.raises(NotAnAward):
        award_facts(altered(award(), path, value))


def test_a_status_that_was_moved_out_of_sight_is_noticed() -> None:
    """Threat 6: the same statements, spelled so that a reader of the JSON would find no status."""
    document = credential(first_issue=ID)
    status = document.pop("credentialStatus")
    document["firstIssue"] = {"id": ID, "type": ["VerifiableCredential"], "credentialStatus": status}
    with pytest.raises(NotACredential, match="credentialStatus"):
        read_credential(document)


def test_what_is_not_an_object_is_no_credential() -> None:
    for value in (None, [], "x", 7):
        with pytest.raises(NotACredential):
            read_credential(value)


def test_the_digest_ignores_white_space_and_notices_every_value() -> None:
    document = credential()
    assert credential_digest(document) == credential_digest(load_object(canonical_json(document)))
    assert credential_digest(document) != credential_digest(altered(document, "/name", "Another"))
