"""Templates for tests: small ones made here, and units that fit the shipped ones."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sample_units import unit_with

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import (
    ResolvedTemplate,
    Template,
    TemplateBook,
    UnitDocument,
    resolve,
)

EQF = "eu-eqf"


@cache
def shipped() -> Catalogue:
    """The catalogue that ships."""
    return Catalogue.load(builtin_data("frameworks"))


def template(id: str = "parent", *, extends: str = "", version: str = "1", **says: Any) -> Template:
    """A template with these rules; `extends` names its parent in version 1."""
    plain: dict[str, Any] = {
        "document": "creditbank/template/v1",
        "id": id,
        "version": version,
        "title": id,
        "scope": "institution",
        "owner": "a test",
        "language": "en",
        "summary": "for a test",
        "sources": [{"name": "a test"}],
        "confidence": "L",
        **says,
    }
    if extends:
        plain["extends"] = {"id": extends, "version": "1"}
    return Template.model_validate_json(json.dumps(plain), strict=True)


def book(*templates: Template) -> TemplateBook:
    """These templates, and the frameworks that ship."""
    frameworks = shipped().template_book().frameworks
    return TemplateBook({(one.id, one.version): one for one in templates}, frameworks)


def resolved(*chain: Template) -> ResolvedTemplate:
    """The last of these templates with those before it as parents."""
    return resolve(chain[-1], book(*chain))


def of_shipped(id: str) -> ResolvedTemplate:
    """A shipped template with all it inherits."""
    catalogue = shipped()
    return resolve(catalogue.template(id), catalogue.template_book())


CHECKED = "supervised online or on site with identity check"
ECTS = [{"system": "eu-ects", "points": "4"}]
EQF_6 = [{"framework": EQF, "version": "2017", "code": "6"}]
_SKILL = "http://data.europa.eu/esco/skill/2b92a5b2-6758-4ee3-9fb4-b6387a55cc8f"
_THREE = [
    {"id": "models", "text": "Explain what a model leaves out.", "dimension": "knowledge", "skills": [_SKILL]},
    {"id": "analysis", "text": "Analyse a data set of their own.", "dimension": "skills", "skills": [_SKILL]},
    {"id": "honesty", "text": "Defend what the numbers do not say.", "dimension": "values", "skills": [_SKILL]},
]
_ALL = ["models", "analysis", "honesty"]
_ASSESSED = [
    {
        "id": "work",
        "type": "project",
        "method": "a report",
        "outcomes": _ALL,
        "weight": "1/2",
        "grading": "points",
        "pass_rule": "half of the points",
        "supervision": CHECKED,
    },
    {
        "id": "talk",
        "type": "observation",
        "method": "a talk before two readers",
        "outcomes": _ALL,
        "weight": "1/2",
        "grading": "points",
        "pass_rule": "questions are answered",
        "supervision": CHECKED,
    },
]
_DONE = [
    {
        "id": "do",
        "title": "The work",
        "kind": "practised",
        "outcomes": _ALL,
        "workload": "PT80H",
        "venue": "laboratory",
        "mode": "online",
        "interaction": ["peers", "environment"],
    },
    {
        "id": "meet",
        "title": "Meetings",
        "kind": "taught",
        "outcomes": _ALL,
        "workload": "PT40H",
        "venue": "seminar room",
        "mode": "on-site",
        "interaction": ["teacher"],
    },
]
_CONTENT = [{"id": "all", "title": "All of it", "outcomes": _ALL, "materials": [{"title": "notes"}]}]
_WHOLE: dict[str, Any] = {
    "outcomes": _THREE,
    "assessments": _ASSESSED,
    "scales": None,
    "activities": _DONE,
    "content": _CONTENT,
    "credits": ECTS,
    "levels": EQF_6,
    "workload": "PT120H",
}
_WORK_BASED = [{**_DONE[0], "kind": "work-based"}, _DONE[1]]
_PROFESSION = {
    "type": "professional-accreditation",
    "body": "Sample Chamber",
    "register_name": "Sample register",
    "register_id": "42",
    "valid_from": "2026-01-01",
    "valid_until": "2029-12-31",
}
_HOUSE: dict[str, Any] = {
    "awarding_body": "did:web:university.example",
    "country": "NL",
    "titles": None,
}

FITTING: dict[str, dict[str, Any]] = {
    "eu-micro-credential": {},
    "emc-cmf": {},
    "nl-microcredential": {"country": "NL"},
    "nz-microcredential": {
        "country": "NZ",
        "credits": [{"system": "nz", "points": "12"}],
        "levels": [{"framework": "nz-nzqcf", "version": "2022", "code": "5"}],
        "subject_standard": "NZSCED 010301",
        "valid_until": "2027-12-31",
    },
    "au-national-microcredential": {"country": "AU"},
    "my-micro-credential": {"levels": [{"framework": "my-mqf", "version": "2024", "code": "6"}]},
    "in-swayam-online-course": {
        "country": "IN",
        "mode": "online",
        "credits": [{"system": "in-ncrf", "points": "4"}],
        "assessments": [{**_ASSESSED[0], "type": "online-exam"}, _ASSESSED[1]],
    },
    "unesco-three-dimensions": {},
    "esco-occupation": {},
    "regulated-profession": {"quality_assurance": [_PROFESSION], "subject_standard": "Sample standard, 2026"},
    "mathematics-statistics": {},
    "capstone-project": {},
    "work-placement": {"mode": "work-experience", "activities": _WORK_BASED},
    "sample-university": _HOUSE,
    "sample-faculty-of-science": _HOUSE,
    "sample-statistics-units": _HOUSE,
}
"""What a unit says so that it fits each shipped template, beside what it says anyway."""


def fitting(id: str, **changes: Any) -> UnitDocument:
    """A unit that fits a shipped template, perhaps with some keys changed so that it does not."""
    return unit_with(**{**_WHOLE, **FITTING[id], **changes})


def sentences(faults: Iterable[object]) -> list[str]:
    """Faults as people read them."""
    return [str(fault) for fault in faults]
