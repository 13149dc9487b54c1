"""Exceptions at the doors: tried by a registrar, seen by the learner, served to nobody else."""

import uuid
from typing import Any

from doors import CERTIFICATE, House
from starlette.testclient import TestClient

from creditbank.canonical import digest_text
from creditbank.framework import RuleException, document_digest


def exception(house: House, **changes: Any) -> dict[str, Any]:
    rules = house.bank.catalogue.qualification(CERTIFICATE, None)
    return {
        "document": "creditbank/exception/v1",
        "id": "sample-exception",
        "by": house.bodies["deccan"].did,
        "learner": house.learners["minjun"].did,
        "rules": {"id": rules.id, "version": rules.version, "digest": digest_text(document_digest(rules))},
        "node": "certificate/year-one",
        "kind": "waive",
        "decided": "2026-01-15",
        "decided_by": "examination board",
        "reason": "A sample, made for tests.",
        "sample": True,
        **changes,
    }


def weigh(client: TestClient, house: House, *exceptions: dict[str, Any], to: str = "/v1/evaluations") -> Any:
    body = {"learner": house.learners["minjun"].id, "qualification": CERTIFICATE, "exceptions": list(exceptions)}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    return client.post(to, json=body, headers={**house.bearer("deccan-registrar"), **key})


def test_a_registrar_tries_an_exception_and_the_learner_reads_who_decided_what_and_why(
    client: TestClient, house: House
) -> None:
    answer = weigh(client, house, exception(house))
    assert answer.status_code == 201, answer.text
    read = client.get(answer.headers["location"], headers=house.bearer("minjun")).json()["document"]
    assert read["notAdopted"] == ["sample-exception"]
    (told,) = read["result"]["exceptions"]
    assert (told["kind"], told["node"], told["decidedBy"]) == ("waive", "certificate/year-one", "examination board")
    views = {child["path"]: child for child in read["result"]["tree"]["children"]}
    assert views["certificate/year-one"]["status"] == "waived"


def test_a_plan_is_weighed_with_it_too(client: TestClient, house: House) -> None:
    answer = weigh(client, house, exception(house), to="/v1/plans")
    assert answer.status_code == 200, answer.text
    assert "sample-exception" in answer.text


def test_a_faulty_one_is_told_with_its_pointer(client: TestClient, house: House) -> None:
    answer = weigh(client, house, exception(house, valid_until="2020-01-01", credential="urn:x"))
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/exceptions/0/valid_until",
        "/exceptions/0/credential",
    }


def test_one_that_does_not_fit_the_rules_is_told_with_its_address(client: TestClient, house: House) -> None:
    answer = weigh(client, house, exception(house, node="certificate/year-two"))
    assert answer.status_code == 422
    assert "certificate/year-two" in answer.text


def test_two_that_contradict_each_other_are_refused(client: TestClient, house: House) -> None:
    change = {"kind": "change-limit", "bound": "credits_at_least", "value": "4", "id": "sample-other"}
    answer = weigh(client, house, exception(house), exception(house, **change))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/contradicting-exceptions")


def test_a_signed_exception_is_no_public_document(client: TestClient, house: House) -> None:
    """Its address could be told by whoever knows its digest, which every proof that rests on it names."""
    deccan = house.bodies["deccan"]
    one = RuleException.model_validate(exception(house, learner="did:key:z6MkSomebodyElse"))
    made = house.bank.deciding.adopt(deccan.id, one)
    with house.bank.store.transaction() as tx:
        (kept,) = tx.documents("exception")
        decisions = tx.documents("decision")
    assert kept.content == made.content
    assert client.get("/documents", params={"id": decisions[0].id}).status_code == 200
    assert client.get("/documents", params={"id": kept.id}).status_code == 404
