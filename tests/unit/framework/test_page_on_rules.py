"""The page on rules names every word of the vocabulary, and its examples are what an editor would accept too."""

import json
import re
import runpy
from types import SimpleNamespace
from typing import Any, get_args, get_origin

import jsonschema
import pytest
import yaml

from creditbank.adapters.catalogue import builtin_data
from creditbank.framework import DOCUMENT_KINDS, Qualification, load_document
from creditbank.framework.grading import GradeScale, GradeStep
from creditbank.framework.qualification import (
    Admission,
    Calendar,
    Equivalence,
    PersonCheck,
    Sharing,
    Substitute,
    Tightened,
    Transition,
)
from creditbank.framework.rules import BOUNDS, PORTIONS, Exclusion, Group, Limit, Prerequisite, Requirement
from creditbank.framework.where import GradeRange, Where

DATA = builtin_data("frameworks")
PAGE = (DATA / "README.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## The rules of an award") : PAGE.index("## A framework\n")]
PROSE = re.sub(r"```yaml\n.*?```", "", SECTION, flags=re.DOTALL)
EXAMPLES = re.findall(r"```yaml\n(document: .*?)```", PAGE, re.DOTALL)
RULES: tuple[type[Any], ...] = (
    *(Qualification, Admission, Calendar, Equivalence, PersonCheck, Sharing, Substitute, Tightened, Transition),
    *(Exclusion, Group, Limit, Prerequisite, Requirement, Where, GradeRange, GradeScale, GradeStep),
)


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.__name__)
def test_every_key_is_named_in_the_words_of_the_section_and_not_only_in_its_examples(model: type[Any]) -> None:
    assert [key for key in model.model_fields if f"`{key}`" not in PROSE and f"`{key}:" not in PROSE] == []


def words(annotation: Any) -> list[str]:
    """Every word that a closed list of words allows."""
    if get_origin(annotation) is not None and str(get_origin(annotation)) == "typing.Literal":
        return [str(word) for word in get_args(annotation)]
    return [word for inner in get_args(annotation) for word in words(inner)]


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.__name__)
def test_every_word_of_a_closed_list_stands_in_the_section(model: type[Any]) -> None:
    allowed = {word for field in model.model_fields.values() for word in words(field.annotation)}
    assert {word for word in allowed - {"H", "M", "L"} if word not in PROSE} == set()


def test_every_bound_and_every_portion_stands_in_the_section() -> None:
    assert [word for word in (*BOUNDS, *PORTIONS) if f"`{word}`" not in PROSE] == []


@pytest.fixture(scope="module")
def builder() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(DATA / "build_schemas.py")))


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[1])
def test_every_example_of_the_page_satisfies_its_published_schema(text: str, builder: SimpleNamespace) -> None:
    document = load_document(text.encode()).document
    published = json.loads((DATA / "schemas" / builder.schema_name(document)).read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(yaml.safe_load(text), default=str))
    jsonschema.Draft202012Validator(published).validate(plain)


def test_a_faulty_document_does_not_satisfy_the_schema_either(builder: SimpleNamespace) -> None:
    published = json.loads((DATA / "schemas/qualification.v1.schema.json").read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(yaml.safe_load(EXAMPLES[0]), default=str))
    plain["requires"]["of"][0]["credits_at_leats"] = "8"
    assert not jsonschema.Draft202012Validator(published).is_valid(plain)


def test_an_editor_is_told_what_every_key_of_the_rules_means() -> None:
    schema = DOCUMENT_KINDS["creditbank/qualification/v1"].model_json_schema(by_alias=True)
    silent = [
        f"{name}.{key}"
        for name, model in [("", schema), *schema["$defs"].items()]
        if name != "Source"
        for key, told in model.get("properties", {}).items()
        if "description" not in told and key not in ("id", "confidence")
    ]
    assert silent == []
