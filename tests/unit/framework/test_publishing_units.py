"""What keeps a unit from being published: the EU's mandatory elements, and whatever does not add up."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sample_units import sample_unit, unit_with

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import Document, Fault, UnitDocument, load_document
from creditbank.framework.publishing import faults_of_publishing
from creditbank.framework.unit import (
    Activity,
    Assessment,
    Content,
    GradingScale,
    LearningOutcome,
    Material,
    Prerequisite,
    QualityAssurance,
    Stackability,
    TemplateRef,
    UnitCredits,
    UnitLevel,
)

Faults = Callable[[UnitDocument], list[Fault]]


@pytest.fixture(scope="module")
def faults() -> Faults:
    catalogue = Catalogue.load(builtin_data("frameworks"))
    frameworks = {name: catalogue.editions(name) for name in catalogue.ids("framework")}
    systems, codes = catalogue.credit_systems(), catalogue.codes()
    return lambda unit: faults_of_publishing(unit, frameworks, systems, codes)


@pytest.mark.parametrize("name", ["statistics", "energy-audit", "listening"])
def test_a_sample_unit_can_be_published(faults: Faults, name: str) -> None:
    assert [str(fault) for fault in faults(sample_unit(name))] == []


MANDATORY = (
    "description", "criteria", "language", "country", "awarding_body", "outcomes", "workload", "credits", "assessments",
    "mode", "quality_assurance", "source_type", "levels",
)  # fmt: skip


@pytest.mark.parametrize("key", MANDATORY)
def test_a_unit_without_a_mandatory_element_cannot_be_published(faults: Faults, key: str) -> None:
    changes: dict[str, Any] = {key: None}
    if key == "outcomes":
        changes |= {"assessments": None, "activities": None, "content": None}
    if key == "language":
        changes |= {"titles": None}
    found = faults(unit_with(**changes))
    assert (key,) in [fault.address for fault in found if fault.slug == "missing-for-publishing"]
    assert all(fault.next_step for fault in found)


def test_a_bare_draft_is_told_everything_it_lacks_at_once(faults: Faults) -> None:
    draft = UnitDocument(document="creditbank/unit/v1", id="urn:example:unit", version="1", title="Statistics")
    assert [fault.path for fault in faults(draft)] == list(MANDATORY)


def test_a_blank_text_is_no_text(faults: Faults) -> None:
    assert [fault.path for fault in faults(unit_with(description="  "))] == ["description"]


def test_a_level_that_does_not_apply_is_explained(faults: Faults) -> None:
    assert faults(unit_with(levels=None, level_explained="No framework was asked.")) == []


def outcome(**more: Any) -> dict[str, Any]:
    return {"id": "summaries", "text": "Explain a mean.", "dimension": "knowledge", **more}


def assessment(**more: Any) -> dict[str, Any]:
    return {"id": "test", "type": "written-exam", "outcomes": ["summaries"], **more}


def small(**changes: Any) -> UnitDocument:
    return unit_with(
        **{"activities": None, "content": None, "outcomes": [outcome()], "assessments": [assessment()], **changes}
    )


PROBLEMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an outcome without dimension": (
        {"outcomes": [outcome(dimension=None)]},
        "outcomes[0]",
        "outcome-without-dimension",
    ),
    "an outcome nobody assesses": (
        {"outcomes": [outcome(), outcome(id="spread")]},
        "outcomes[1]",
        "outcome-not-assessed",
    ),
    "an assessment without type": (
        {"assessments": [assessment(type=None)]},
        "assessments[0]",
        "missing-for-publishing",
    ),
    "an assessment of nothing": (
        {"assessments": [assessment(), assessment(id="b", outcomes=[])]},
        "assessments[1]",
        "missing-for-publishing",
    ),
    "nothing that decides": ({"assessments": [assessment(purpose="formative")]}, "assessments", "nothing-decides"),
    "some weights": (
        {"assessments": [assessment(weight="1/2"), assessment(id="b")]},
        "assessments[1]",
        "weights-incomplete",
    ),
    "a credit system nobody knows": (
        {"credits": [{"system": "xx", "points": "2"}]},
        "credits[0].system",
        "unknown-document-named",
    ),
    "too many credits for the hours": (
        {"credits": [{"system": "in-ncrf", "points": "2.5"}]},
        "credits[0].points",
        "credits-against-workload",
    ),
    "too few credits for the hours": (
        {"credits": [{"system": "eu-ects", "points": "1.5"}]},
        "credits[0].points",
        "credits-against-workload",
    ),
    "too few hours in class": (
        {"credits": [{"system": "kr", "points": "2"}]},
        "credits[0].points",
        "credits-against-workload",
    ),
    "no hours in class at all": (
        {"credits": [{"system": "kr", "points": "2"}], "contact": None},
        "contact",
        "missing-for-publishing",
    ),
    "a framework nobody knows": (
        {"levels": [{"framework": "xx-qf", "version": "1", "code": "5"}]},
        "levels[0].framework",
        "unknown-document-named",
    ),
    "a level without version": (
        {"levels": [{"framework": "in-ncrf", "code": "4.5"}]},
        "levels[0]",
        "missing-for-publishing",
    ),
    "a version nobody knows": (
        {"levels": [{"framework": "in-ncrf", "version": "1999", "code": "4.5"}]},
        "levels[0].version",
        "unknown-version",
    ),
    "a level of another framework": (
        {"levels": [{"framework": "in-ncrf", "version": "2023", "code": "9"}]},
        "levels[0].code",
        "unknown-level",
    ),
    "a country nobody knows": ({"country": "UK"}, "country", "unknown-country"),
    "a language nobody knows": ({"language": "qqx"}, "language", "unknown-language"),
    "a field nobody knows": ({"fields": ["0543"]}, "fields[0]", "unknown-code"),
    "a tag of no list": ({"tags": ["statistics"]}, "tags[0]", "unknown-code"),
    "a version without changelog": ({"version": "2", "supersedes": "1"}, "changelog", "missing-for-publishing"),
}


@pytest.mark.parametrize(("changes", "path", "slug"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_does_not_add_up_keeps_a_unit_from_being_published(
    faults: Faults, changes: dict[str, Any], path: str, slug: str
) -> None:
    assert faults(small()) == []
    assert [(fault.path, fault.slug) for fault in faults(small(**changes))] == [(path, slug)]


def test_credits_beyond_the_hours_can_be_explained(faults: Faults) -> None:
    unit = small(credits=[{"system": "in-ncrf", "points": "2.5"}], workload_explained="A placement counts double.")
    assert faults(unit) == []


def test_the_sentence_names_the_hours_that_the_credits_stand_for(faults: Faults) -> None:
    (fault,) = faults(small(credits=[{"system": "eu-ects", "points": "4"}]))
    assert fault.sentence == "4 credits of eu-ects stand for 100 to 120 hours of work; workload says 60."


@pytest.mark.parametrize(
    "title",
    ["Diploma in Statistics", "Bachelor's Statistics", "MASTER of Data", "Doctoral Methods", "Post-Graduate Statistics",
     "Degree in Numbers", "Undergraduate Statistics"],
)  # fmt: skip
def test_a_micro_credentials_title_does_not_look_like_a_degree(faults: Faults, title: str) -> None:
    assert [(fault.slug, fault.path) for fault in faults(unit_with(title=title))] == [("title-of-a-degree", "title")]
    assert faults(unit_with(title=title, achievement_type="Course")) == []


@pytest.mark.parametrize("title", ["Mastering Statistics", "Degreasing of Metals", "National Parks and Their Numbers"])
def test_words_that_only_look_alike_are_left_alone(faults: Faults, title: str) -> None:
    assert faults(unit_with(title=title)) == []


def test_a_title_in_another_language_is_looked_at_too(faults: Faults) -> None:
    (fault,) = faults(unit_with(titles={"de": "Master der Zahlen"}))
    assert fault.path == "titles.de"


def test_new_zealands_own_words_are_kept_from_its_micro_credentials(faults: Faults) -> None:
    assert [fault.path for fault in faults(unit_with(title="National Statistics", country="NZ"))] == ["title"]


PAGE = (builtin_data("frameworks") / "README.md").read_text(encoding="utf-8")
PARTS = (
    Activity,
    Assessment,
    Content,
    GradingScale,
    LearningOutcome,
    Material,
    Prerequisite,
    QualityAssurance,
    Stackability,
    TemplateRef,
    UnitCredits,
    UnitLevel,
)


def test_the_unit_on_the_registrars_page_can_be_published(faults: Faults) -> None:
    (text,) = re.findall(r"```yaml\n(document: creditbank/unit/v1.*?)```", PAGE, re.DOTALL)
    unit = load_document(text.encode(), "README.md")
    assert isinstance(unit, UnitDocument)
    assert [str(fault) for fault in faults(unit)] == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_of_a_part_of_a_unit_is_named_on_the_registrars_page(part: type[Document]) -> None:
    assert [key for key in part.model_fields if not re.search(rf"\b{key}\b", PAGE)] == []
