"""The page for registrars: its examples load, and it names every key there is."""

import re

import pytest

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.framework import (
    DOCUMENT_KINDS,
    Admission,
    FieldRule,
    Group,
    LevelDef,
    LevelPair,
    Limit,
    Qualification,
    QualificationType,
    Remark,
    Requirement,
    Size,
    Where,
    check_qualification,
    load_document,
)

PAGE = (builtin_data("frameworks") / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(document: .*?)```", PAGE, re.DOTALL)
MODELS = (
    *DOCUMENT_KINDS.values(),
    *(Admission, FieldRule, Group, LevelDef, LevelPair, Limit, QualificationType, Remark, Requirement, Size, Where),
)


def test_there_is_an_example_of_every_kind_of_document() -> None:
    assert {type(load_document(text.encode())) for text in EXAMPLES} == set(DOCUMENT_KINDS.values())


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[1])
def test_an_example_loads_and_names_what_exists(text: str) -> None:
    document = load_document(text.encode(), "README.md")
    if isinstance(document, Qualification):
        catalogue = Catalogue.load(builtin_data("frameworks"))
        assert check_qualification(document, catalogue.frameworks(), catalogue.credit_systems()) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_named_on_the_page(model: type) -> None:
    missing = [key for key in model.model_fields if not re.search(rf"\b{key}\b", PAGE)]  # type: ignore[attr-defined]
    assert missing == []
