"""From a unit document to a credential and back to the facts that rules ask for, in native words of Open Badges."""

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pyoxigraph
import pytest
from sample_units import sample_unit, unit_with

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import digest_text, json_digest
from creditbank.credential import (
    CREDITBANK_CONTEXT,
    Achievement,
    IssuerProfile,
    Level,
    NotAUnit,
    Outcome,
    Scale,
    StatusEntry,
    Target,
    UnknownGrade,
    UnknownScale,
    UnreadableAchievement,
    build_credential,
    unit_facts,
)
from creditbank.credential.terms import contexts
from creditbank.framework import document_digest
from creditbank.signing import OPEN_BADGES_CONTEXT, PINNED_INLINE, VC2_CONTEXT, canonicalize_rdfc
from creditbank.units import CreditAmount, Credits

LIBRARY = bundled_contexts()
WHEN = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
SCALE = "sample-in-ten-point"
UNIT = Achievement.of_unit(sample_unit())
ADDED = {"endorsementJwt", "prerequisite", "stackability", "supersedes", "suspensionStatus"}
FIRST_BLOCK: dict[str, Any] = {name: word for name, word in CREDITBANK_CONTEXT.items() if name not in ADDED}
CONTEXT_DIGEST = "sha256:a7d6f49ffc64dc7690c7a1b58c41e84b32f30ba836a8807e888e88f3a580c631"
SCHEMA = Path(__file__).parents[4] / "shared" / "schemas" / "1edtech" / "ob_v3p0_achievementcredential_schema.json"


def credential(achievement: Achievement = UNIT, **changes: Any) -> dict[str, Any]:
    return build_credential(
        achievement,
        **{
            "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
            "issuer": IssuerProfile("did:web:sample.example", "Sample University", "https://sample.example/", "IN"),
            "subject": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
            "earned": date(2026, 6, 30),
            "valid_from": WHEN,
            "status": StatusEntry("https://bank.example/status/1", 4711),
            "grades": [(SCALE, "A+")],
            **changes,
        },
    )


def test_a_unit_becomes_an_achievement_that_reads_back_what_it_wrote() -> None:
    assert Achievement.from_json(UNIT.to_json()) == UNIT
    assert (UNIT.credits, UNIT.level) == (CreditAmount("in-ncrf", Credits(2000)), Level("in-ncrf", "4.5", "2023"))
    assert UNIT.outcomes[2].dimension == "values"
    assert UNIT.unit == digest_text(document_digest(sample_unit()))


def test_a_units_fields_bear_their_names_where_the_list_is_at_hand() -> None:
    codes = Catalogue.load(builtin_data("frameworks")).codes()
    assert Achievement.of_unit(sample_unit(), codes).fields == (Target("0542", "Statistics"),)
    assert UNIT.fields == (Target("0542", "Field 0542"),)


def test_an_incomplete_unit_becomes_no_achievement() -> None:
    for missing in ("credits", "workload", "mode", "criteria", "language"):
        changes = {missing: None, "titles": None} if missing == "language" else {missing: None}
        with pytest.raises(UnreadableAchievement) as refused:
            Achievement.of_unit(unit_with(**changes))
        assert refused.value.place == f"/{missing}"


def test_what_open_badges_has_words_for_is_said_in_them() -> None:
    document: Any = UNIT.to_json()
    field = next(entry for entry in document["alignment"] if entry["targetType"] == "ext:FieldOfStudy")
    assert (field["targetFramework"], field["targetCode"]) == ("isced-f-2013", "0542")
    assert field["targetUrl"] == "http://data.europa.eu/snb/isced-f/0542"
    skill = next(entry for entry in document["alignment"] if entry["targetType"] == "ext:Skill")
    assert skill["targetUrl"] == "http://data.europa.eu/esco/skill/2b92a5b2-6758-4ee3-9fb4-b6387a55cc8f"
    (result,) = document["resultDescription"]
    assert result["alignment"][0]["targetCode"] == SCALE
    assert (result["allowedValue"][0], result["allowedValue"][-1], result["requiredValue"]) == ("F", "O", "P")
    assert document["otherIdentifier"][0]["identifier"] == UNIT.unit
    assert document["tag"] == ["isced-f-2013:0542", "open data", "reports"]


def test_further_levels_stand_beside_the_one_that_counts() -> None:
    levels = [
        {"framework": "in-ncrf", "version": "2023", "code": "4.5"},
        {"framework": "eu-eqf", "version": "2017", "code": "5"},
    ]
    achievement = Achievement.of_unit(unit_with(levels=levels))
    assert achievement.further_levels == (Level("eu-eqf", "5", "2017"),)
    assert Achievement.from_json(achievement.to_json()) == achievement
    assert unit_facts(credential(achievement)).level == Level("in-ncrf", "4.5", "2023")


def test_a_scale_that_only_an_assessment_names_is_a_scale() -> None:
    achievement = Achievement.of_unit(unit_with(scales=None))
    assert achievement.scales == (Scale(SCALE, SCALE),)
    assert unit_facts(credential(achievement, grades=[(SCALE, "anything")])).grades == ((SCALE, "anything"),)


def test_achievements_and_credentials_without_the_new_words_keep_their_bytes() -> None:
    """Digests taken before these words were known."""
    old = Achievement(
        id="urn:uuid:00000000-0000-4000-8000-00000000000a", version="2", name="Introduction to statistics",
        description="A sample unit.", criteria="Pass the written examination.",
        credits=CreditAmount("eu-ects", Credits.parse("2.5")), level=Level("eu-eqf", "6", "2017"), workload="PT65H",
        categories=("kr-acbs:major", "quantitative"), source_type="accredited-course", mode="online",
        outcomes=(Outcome("Fits a line.", "skills"),), assessment="written examination",
        quality_assurance="self-declared", supervision="", content="statistics-1", language="en", country="EE",
    )  # fmt: skip
    issuer = IssuerProfile("did:web:sample.example", "Sample University", "https://sample.example/", "EE")
    assert digest_text(json_digest(old.to_json())) == (
        "sha256:e4d8599d53a2d721e57ab1ce5abc6335c5f2437b418becd80385373b1c4c5d21"
    )
    built = credential(old, issuer=issuer, grades=(), result="A")
    assert built.pop("credentialSchema")
    built["@context"] = [VC2_CONTEXT, OPEN_BADGES_CONTEXT, FIRST_BLOCK]
    assert digest_text(json_digest(built)) == "sha256:3bc5d4b3d3102948ab2c849eee426f64829a42a6871d3495cbb4d1bcf61114e3"


def test_the_context_block_only_gains_words_and_the_first_one_stays_pinned() -> None:
    assert digest_text(json_digest(FIRST_BLOCK)) == CONTEXT_DIGEST
    assert {name for name in CREDITBANK_CONTEXT if name not in FIRST_BLOCK} == ADDED
    assert json_digest(FIRST_BLOCK).hex() in PINNED_INLINE


def test_a_credential_of_the_first_block_keeps_its_meaning_and_its_signature() -> None:
    """What was issued before the words were added is accepted as ever."""
    plain = replace(UNIT, prerequisites=(), stackability="")
    old: dict[str, Any] = {**credential(plain), "@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT, FIRST_BLOCK]}
    del old["credentialSchema"]
    new = {**old, "@context": contexts()}
    assert canonicalize_rdfc(old, LIBRARY) == canonicalize_rdfc(new, LIBRARY)


def test_rules_can_ask_for_dimensions_fields_grades_language_country_and_kind() -> None:
    facts = unit_facts(credential())
    assert facts.dimensions == {"knowledge", "skills", "values"}
    assert facts.fields == {"0542"}
    assert facts.grades == ((SCALE, "A+"),)
    assert (facts.grade_on(SCALE), facts.grade_on("another")) == ("A+", None)
    assert (facts.language, facts.country, facts.kind) == ("en", "IN", "MicroCredential")


def test_a_result_on_no_scale_is_no_grade() -> None:
    document = credential(grades=(), result="A+")
    assert document["credentialSubject"]["result"] == [{"type": ["Result"], "value": "A+"}]
    assert unit_facts(document).grades == ()


@pytest.mark.parametrize("grades", [[("another", "A")], [(SCALE, "A"), (SCALE, "B")]])
def test_a_grade_is_stated_once_on_a_scale_of_the_achievement(grades: list[tuple[str, str]]) -> None:
    with pytest.raises(UnknownScale, match="once on each of its scales"):
        credential(grades=grades)


@pytest.mark.parametrize(("grade", "said"), [("Z", "is no grade of"), ("F", "does not pass"), (" ", "is a text")])
def test_a_grade_is_one_of_its_scale_and_passes(grade: str, said: str) -> None:
    with pytest.raises(UnknownGrade, match=said):
        credential(grades=[(SCALE, grade)])
    assert unit_facts(credential(grades=[(SCALE, "P")])).grades == ((SCALE, "P"),)


def forged(change: Any) -> dict[str, Any]:
    document = copy.deepcopy(credential())
    change(document, document["credentialSubject"], document["credentialSubject"]["achievement"])
    return document


def _second_grade(_: Any, subject: Any, achievement: Any) -> None:
    subject["result"].append({**subject["result"][0], "value": "O"})


def _second_description(_: Any, subject: Any, achievement: Any) -> None:
    other = {**achievement["resultDescription"][0], "id": "urn:other"}
    achievement["resultDescription"].append(other)
    subject["result"].append({"type": ["Result"], "resultDescription": "urn:other", "value": "O"})


def _dangling(_: Any, subject: Any, achievement: Any) -> None:
    del achievement["resultDescription"]


def _twin(_: Any, subject: Any, achievement: Any) -> None:
    achievement["resultDescription"].append(copy.deepcopy(achievement["resultDescription"][0]))


def _two_scales(_: Any, subject: Any, achievement: Any) -> None:
    alignment = achievement["resultDescription"][0]["alignment"]
    alignment.append({**alignment[0], "targetCode": "another"})


def _no_value(_: Any, subject: Any, achievement: Any) -> None:
    del subject["result"][0]["value"]


def _a_number(_: Any, subject: Any, achievement: Any) -> None:
    subject["result"][0]["value"] = 10


def _another_grade(_: Any, subject: Any, achievement: Any) -> None:
    subject["result"][0]["value"] = "A++"


def _odd_field(_: Any, subject: Any, achievement: Any) -> None:
    for entry in achievement["alignment"]:
        if entry["targetType"] == "ext:FieldOfStudy":
            entry["targetCode"] = "statistics"


def _grade_moved_away(document: Any, subject: Any, achievement: Any) -> None:
    document["issuer"]["knows"] = {"id": subject["id"], "result": subject.pop("result")}


def _grade_split(document: Any, subject: Any, achievement: Any) -> None:
    (result,) = subject["result"]
    subject["result"] = [{"id": "_:r", "type": ["Result"]}]
    document["issuer"]["knows"] = {"id": "_:r", "value": result["value"]}


def _scale_moved_away(document: Any, subject: Any, achievement: Any) -> None:
    (description,) = achievement["resultDescription"]
    document["issuer"]["knows"] = {"id": description["id"], "alignment": description.pop("alignment")}


def _field_split(document: Any, subject: Any, achievement: Any) -> None:
    field = next(entry for entry in achievement["alignment"] if entry["targetType"] == "ext:FieldOfStudy")
    document["issuer"]["knows"] = {"id": "_:f", "targetType": field.pop("targetType")}
    field["id"] = "_:f"


def _dimension_split(document: Any, subject: Any, achievement: Any) -> None:
    outcome = achievement["learningOutcome"][0]
    document["issuer"]["knows"] = {"id": "_:o", "outcomeDimension": outcome.pop("outcomeDimension")}
    outcome["id"] = "_:o"


ODD = (
    _dimension_split,
    _second_grade, _second_description, _dangling, _twin, _two_scales, _no_value, _a_number, _another_grade, _odd_field,
    _grade_moved_away, _grade_split, _scale_moved_away, _field_split,
)  # fmt: skip


@pytest.mark.parametrize("change", ODD, ids=lambda change: change.__name__.strip("_"))
def test_an_odd_or_hidden_grade_or_field_makes_it_no_unit(change: Any) -> None:
    assert unit_facts(forged(lambda *_: None)).grades == ((SCALE, "A+"),)
    with pytest.raises(NotAUnit):
        unit_facts(forged(change))


def test_a_description_of_no_scale_is_ignored() -> None:
    def change(_: Any, subject: Any, achievement: Any) -> None:
        del achievement["resultDescription"][0]["alignment"]

    assert unit_facts(forged(change)).grades == ()


def test_an_alignment_to_a_field_of_another_list_is_no_field_here() -> None:
    def change(_: Any, subject: Any, achievement: Any) -> None:
        for entry in achievement["alignment"]:
            if entry["targetType"] == "ext:FieldOfStudy":
                entry.update(targetFramework="nzsced", targetCode="030105")

    assert unit_facts(forged(change)).fields == frozenset()


@pytest.mark.parametrize("place", ["targetType", "targetFramework"])
def test_one_text_in_an_array_counts_like_the_text_alone(place: str) -> None:
    """Threat 6: both are one statement in JSON-LD, signed alike, so neither may hide a level, a field or a scale."""

    def wrapped(_: Any, subject: Any, achievement: Any) -> None:
        within = [achievement, *achievement["resultDescription"]]
        for entry in (entry for one in within for entry in one.get("alignment", ())):
            if place == "targetType" or entry["targetType"] == "ext:FieldOfStudy":
                entry[place] = [entry[place]]

    assert facts_with(wrapped) == facts_with(lambda *_: None)


def facts_with(change: Any) -> Any:
    """The facts of the forged credential, whose level, fields and grade are all there."""
    facts = unit_facts(forged(change))
    assert (facts.level, facts.fields, facts.grades) == (Level("in-ncrf", "4.5", "2023"), {"0542"}, ((SCALE, "A+"),))
    return facts


def test_an_outcome_of_no_dimension_adds_none() -> None:
    def change(_: Any, subject: Any, achievement: Any) -> None:
        del achievement["learningOutcome"][2]["outcomeDimension"]

    assert unit_facts(forged(change)).dimensions == {"knowledge", "skills"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"fields": (Target("stat", "x"),)}, "/alignment"),
        ({"skills": (Target("no uri", "x"),)}, "/alignment"),
        ({"occupations": (Target("urn:x", " "),)}, "/alignment"),
        ({"scales": (Scale("a", "A"), Scale("a", "B"))}, "/resultDescription"),
        ({"unit": "sha256:00"}, "/otherIdentifier"),
    ],
)
def test_a_malformed_target_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(UnreadableAchievement) as refused:
        replace(UNIT, **changes)
    assert refused.value.place == place


@pytest.mark.parametrize(
    "scale", [("Ten points", "x"), ("a", " "), ("a", "A", ("x", "x")), ("a", "A", ("x", " ")), ("a", "A", ("x",), "y")]
)
def test_a_malformed_scale_is_refused(scale: Any) -> None:
    with pytest.raises(UnreadableAchievement):
        Scale(*scale)


@pytest.mark.parametrize("name", ["statistics", "energy-audit", "listening"])
def test_the_published_schema_of_open_badges_accepts_a_units_credential(name: str) -> None:
    if not SCHEMA.exists():
        pytest.skip("1EdTech's schema is not here; its licence keeps it out of this repository")
    schema = json.loads(SCHEMA.read_bytes())
    validator = jsonschema.validators.validator_for(schema)(schema)
    achievement = Achievement.of_unit(sample_unit(name))
    grades = [(SCALE, "B")] if name == "statistics" else []
    validator.validate(credential(achievement, grades=grades))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**credential(), "credentialSubject": {"result": "A"}})


def test_every_new_word_is_in_the_signature() -> None:
    statements = canonicalize_rdfc(credential(), LIBRARY)
    parsed = list(pyoxigraph.parse(statements, format=pyoxigraph.RdfFormat.N_QUADS))
    said = {quad.object.value for quad in parsed if isinstance(quad.object, pyoxigraph.Literal)}
    assert {"A+", "0542", SCALE, "isced-f-2013", UNIT.unit, "values", "en", "IN"} <= said
