"""Exceptions by command: tried, adopted, shown in the tree and in a line of their own, and taken back."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import digest_text
from creditbank.framework import document_digest

from .conftest import Call, Journey

RULES = Catalogue.load(builtin_data("frameworks")).qualification("in-ncrf-ug-certificate")


@pytest.fixture
def learner(journey: Journey, call: Call) -> Any:
    """A learner of this test's own, with nothing yet."""
    return call("learner", "open", "--name", "Another Learner", "--sample", "--home", str(journey.home), "--json").json


@pytest.fixture
def petition(journey: Journey, call: Call, learner: Any, tmp_path: Path) -> Path:
    listed = call("organisation", "list", "--home", str(journey.home), "--json").json["organisations"]
    university = next(one for one in listed if one["id"] == journey.university)
    file = tmp_path / "petition.yaml"
    document = {
        "document": "creditbank/exception/v1",
        "id": "sample-petition",
        "by": university["did"],
        "learner": learner["did"],
        "rules": {"id": RULES.id, "version": RULES.version, "digest": digest_text(document_digest(RULES))},
        "node": "certificate/online",
        "kind": "waive",
        "decided": "2026-01-15",
        "decided_by": "examination board",
        "reason": "The term was held online.",
        "sample": True,
    }
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def evaluate(call: Call, journey: Journey, learner: Any, *more: str) -> Any:
    words = ("qualification", "evaluate", RULES.id, "--learner", learner["id"], "--university", journey.university)
    return call(*words, "--home", str(journey.home), *more)


def test_an_exception_is_tried_before_anybody_signs_it(
    call: Call, journey: Journey, learner: Any, petition: Path
) -> None:
    tried = evaluate(call, journey, learner, "--decisions", str(petition))
    assert tried.code == 1, tried.err
    assert "~ waived" in tried.out
    assert "Exceptions for this learner" in tried.out
    assert "examination board" in tried.out
    assert "The term was held online." in tried.out
    assert "[certificate/online, sample-petition]" in tried.out
    assert "Exceptions" not in evaluate(call, journey, learner).out


def test_several_awards_at_once_are_weighed_with_it_too(
    call: Call, journey: Journey, learner: Any, petition: Path
) -> None:
    words = ("--learner", learner["id"], "--university", journey.university, "--home", str(journey.home), "--json")
    pair = (RULES.id, "in-ncrf-ug-diploma")
    tried = call("qualification", "together", *pair, *words, "--decisions", str(petition)).json
    assert tried["awards"][0]["qualification"]["id"] == RULES.id
    assert [one["id"] for one in tried["awards"][0]["exceptions"]] == ["sample-petition"]


def test_it_is_adopted_listed_checked_weighed_with_and_taken_back(
    call: Call, journey: Journey, learner: Any, petition: Path, tmp_path: Path
) -> None:
    home, signed = ("--home", str(journey.home)), tmp_path / "signed.json"
    body = ("--organisation", journey.university)
    adopted = call("decision", "adopt", str(petition), *body, "--output", str(signed), *home, "--json")
    assert adopted.code == 0, adopted.err
    assert "exception" in call("decision", "list", *body, *home).out
    trusted = ("--documents", str(journey.kit / "documents"), "--trust", str(journey.trust))
    assert call("decision", "check", str(signed), *trusted).code == 0
    weighed = evaluate(call, journey, learner, "--json").json
    assert [one["id"] for one in weighed["result"]["exceptions"]] == ["sample-petition"]
    assert weighed["notAdopted"] == []
    digest = adopted.json["digest"]
    assert call("decision", "revoke", digest, *body, *home, "--reason", "It was not.").code == 0
    assert "exceptions" not in evaluate(call, journey, learner, "--json").json["result"]


def test_one_for_a_rule_that_is_not_there_names_file_place_and_next_step(
    call: Call, journey: Journey, learner: Any, petition: Path
) -> None:
    petition.write_text(petition.read_text().replace("certificate/online", "certificate/onlyne"))
    refused = call(
        "decision", "adopt", str(petition), "--organisation", journey.university, "--home", str(journey.home)
    )
    assert refused.code == 2, refused.err
    assert "Did you mean certificate/online?" in refused.err
    tried = evaluate(call, journey, learner, "--decisions", str(petition))
    assert tried.code == 2
    assert "Did you mean certificate/online?" in tried.err
