"""Exceptions on the pages: a waived rule is called waived, and each exception has a line with who, why and when."""

from typing import Any

import pytest
from doors import CERTIFICATE, House
from markup import faults_of, read_page
from starlette.testclient import TestClient

from creditbank.canonical import digest_text
from creditbank.framework import RuleException, document_digest
from creditbank_api.web.session import COOKIE


@pytest.fixture
def evaluation(house: House) -> str:
    """What minjun has, weighed with a rule waived and with an exception that has ended."""
    rules = house.bank.catalogue.qualification(CERTIFICATE, None)
    common: dict[str, Any] = {
        "document": "creditbank/exception/v1",
        "by": house.bodies["deccan"].did,
        "learner": house.learners["minjun"].did,
        "rules": {"id": rules.id, "version": rules.version, "digest": digest_text(document_digest(rules))},
        "decided": "2026-01-15",
        "decided_by": "examination board",
        "reason": "The term was <held> online.",
    }
    waive = {**common, "id": "sample-waiver", "kind": "waive", "node": "certificate/online"}
    ended = {**waive, "id": "sample-ended", "valid_until": "2026-01-31", "node": "certificate/year-one"}
    record, _ = house.bank.evaluating.evaluate(
        learner=house.learners["minjun"].id,
        qualification=CERTIFICATE,
        organisation=house.bodies["deccan"].id,
        exceptions=[RuleException.model_validate(waive), RuleException.model_validate(ended)],
    )
    return record.id.removeprefix("urn:uuid:")


def test_the_page_of_an_evaluation_shows_waived_rules_and_every_exception(house: House, evaluation: str) -> None:
    at = f"/learners/{house.learners['minjun'].id.removeprefix('urn:uuid:')}"
    with house.client() as client:
        client.cookies.set(COOKIE, house.tokens["minjun"])
        answer = client.get(f"{at}/qualifications/{CERTIFICATE}?evaluation={evaluation}")
    assert answer.status_code == 200
    page = read_page(answer.text)
    assert faults_of(page) == []
    assert "Waived" in page.text
    assert "Exceptions for this learner" in page.text
    assert "examination board" in page.text
    assert "The term was <held> online." in page.text
    assert "sample-ended" in page.text
    assert "does not hold here" in page.text


def test_without_exceptions_the_page_speaks_of_none(house: House, client: TestClient) -> None:
    at = f"/learners/{house.learners['asha'].id.removeprefix('urn:uuid:')}"
    client.cookies.set(COOKIE, house.tokens["asha"])
    first = house.evaluations[0].id.removeprefix("urn:uuid:")
    page = read_page(client.get(f"{at}/qualifications/{CERTIFICATE}?evaluation={first}").text)
    assert "Exceptions for this learner" not in page.text
