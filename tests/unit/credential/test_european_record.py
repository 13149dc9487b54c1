"""The record in the European Learning Model, judged by the Commission's own shapes (tests/vectors/elm)."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import rdflib
from pyld import jsonld
from sample_units import sample_unit

from creditbank.adapters.catalogue.codes import country_alpha_3, language_alpha_3
from creditbank.canonical import sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    Learned,
    Level,
    Standing,
    build_credential,
    european_record,
    fits_european,
    read_learned,
)
from creditbank.credential.european import CONTEXT
from creditbank.units import CreditAmount, Credits

PUBLISHED = Path(__file__).parents[2] / "vectors" / "elm"
HOLDER = "did:key:z6MkHolder"


def learned(**changes: Any) -> Learned:
    """A unit, read from a credential, with these facts changed."""
    document = build_credential(
        Achievement.of_unit(sample_unit()),
        id="urn:uuid:00000000-0000-4000-8000-000000000001",
        issuer=IssuerProfile("did:web:u.sample.example", "Sample University", None, "EE"),
        subject=HOLDER,
        earned=date(2025, 6, 2),
        valid_from=datetime(2025, 6, 3, tzinfo=UTC),
        status=None,
    )
    found = read_learned(document, file="credentials/001.json", digest=sha256(b"signed"), standing=Standing.STANDS)
    assert found is not None
    return replace(found, **changes)


def record(*lines: Learned) -> dict[str, Any]:
    return european_record(HOLDER, "Ана Андромеда", lines, country=country_alpha_3, language=language_alpha_3)


@cache
def shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(PUBLISHED / "EDC-generic-no-cv.ttl", format="turtle")


def judged(document: dict[str, Any]) -> str:
    """What the shapes find wrong; nothing where it conforms."""
    context = json.loads((PUBLISHED / "edc-ap-context.jsonld").read_bytes())

    def load(url: str, _options: object = None) -> dict[str, Any]:
        assert url == CONTEXT, f"nothing else is asked for, and not {url}"
        return {"contextUrl": None, "documentUrl": url, "document": context}

    quads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": load})
    graph = rdflib.Graph().parse(data=quads, format="nt")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes(), inference="none")
    assert len(graph) > 10, "an empty graph conforms to everything"
    return "" if conforms else text


def test_units_and_awards_conform_to_the_published_shapes() -> None:
    unit = learned(grades=(("scale", "A"), ("", "passed")))
    award = learned(
        credential="urn:uuid:00000000-0000-4000-8000-000000000002",
        award=True,
        credits=None,
        level=Level("eu-eqf", "6"),
        language="",
        mode="",
        workload="",
        outcomes=(),
    )
    half = learned(credential="urn:x:3", credits=CreditAmount("eu-ects", Credits(2500)), issuer_name="Its later name")
    assert judged(record(unit, award, half)) == ""


def test_what_the_record_says_is_what_the_credential_says() -> None:
    (claim,) = record(learned(credits=CreditAmount("eu-ects", Credits(2500)), level=Level("eu-eqf", "5")))["hasClaim"]
    assert claim["creditReceived"]["point"] == "2.5"
    assert claim["specifiedBy"]["eqfLevel"]["id"] == "http://data.europa.eu/snb/eqf/5"
    assert claim["specifiedBy"]["isPartialQualification"] is True
    assert claim["awardedBy"]["awardingDate"] == "2025-06-02T00:00:00Z"
    assert claim["awardedBy"]["awardingBody"]["id"] == "did:web:u.sample.example"
    assert claim["supplementaryDocument"]["contentURL"] == "credentials/001.json"
    assert "not signed" in claim["additionalNote"]["noteLiteral"]["und"]
    other = record(learned(level=Level("in-ncrf", "4.5")))["hasClaim"][0]["specifiedBy"]
    assert "eqfLevel" not in other, "a level of another framework is no European one"
    assert other["nqfLevel"]["id"] == "urn:creditbank:level:in-ncrf:4.5"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("awardedBy", "awardingBody", "location"), None),
        (("awardedBy", "awardingBody", "legalName"), None),
        (("awardedBy", "awardingDate"), "last summer"),
        (("awardedBy",), None),
        (("title",), None),
        (("creditReceived", "framework"), None),
        (("specifiedBy", "isPartialQualification"), "perhaps"),
        (("specifiedBy", "volumeOfLearning"), "sixty hours"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_the_shapes_say_no_where_a_part_is_missing_or_wrong(path: tuple[str, ...], value: object) -> None:
    broken = deepcopy(record(learned()))
    part = broken["hasClaim"][0]
    for name in path[:-1]:
        part = part[name]
    assert part.pop(path[-1])
    if value is not None:
        part[path[-1]] = value
    assert "Conforms: False" in judged(broken)


@pytest.mark.parametrize(
    "changes", [{"country": ""}, {"country": "XX"}, {"standing": Standing.REVOKED}, {"standing": Standing.SUSPENDED}]
)
def test_what_the_model_cannot_say_or_what_no_longer_stands_is_left_out(changes: dict[str, Any]) -> None:
    assert fits_european(learned(), country_alpha_3)
    assert not fits_european(learned(**changes), country_alpha_3)


def test_a_workload_or_language_that_nobody_can_read_is_left_out_and_not_passed_on() -> None:
    odd = learned(workload="forever", language="x y", mode="by post")
    assert judged(record(odd)) == ""
    specified = record(odd)["hasClaim"][0]["specifiedBy"]
    assert not {"volumeOfLearning", "language", "mode"} & specified.keys()
