"""Every shipped rule document: it loads, it explains itself, and it says where each number comes from."""

import re

import pytest
from ruleset_samples import catalogue

from creditbank.adapters.catalogue import builtin_data
from creditbank.framework import Limit, Qualification, Requirement
from creditbank.framework.reading import read_document

PATHS = sorted((builtin_data("frameworks") / "qualifications").rglob("*.yaml"))


def read(path: object) -> Qualification:
    found = next(one for one in PATHS if one == path)
    document = read_document(found.read_bytes(), str(found)).document
    assert isinstance(document, Qualification)
    return document


def test_all_of_them_load_together_without_a_fault() -> None:
    assert len(catalogue().qualifications()) == len(PATHS) >= 70


def test_the_rule_sets_of_section_6_are_there() -> None:
    ids = {one.id for one in catalogue().qualifications()}
    assert ids >= {
        "kr-acbs-bachelor",
        "kr-acbs-associate-2",
        "kr-acbs-associate-3",
        "in-ncrf-ug-certificate",
        "in-ncrf-bachelor-honours",
        "cn-shcb-academic-transfer",
        "uk-fheq-bachelor-honours",
        "nz-nzqcf-bachelor",
        "us-sch-bachelor",
        "ehea-qf-master",
        "mt-mqf-qualification-4",
        "eu-eqf-cmf-micro-credential",
    }


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_every_number_of_a_rule_stands_in_its_title_or_its_summary(path: object) -> None:
    """A reader who sees only the titles knows every number that decides."""
    rules = read(path)
    words = {"No": "0", "two": "2", "three": "3", "One": "1", "one": "1", "A": "1"}
    for _, node in rules.nodes():
        if not isinstance(node, Requirement | Limit):
            continue
        said = re.findall(r"[0-9]+(?:\.[0-9]+)?", f"{node.title} {rules.summary}")
        said += [number for word, number in words.items() if word in node.title.split()]
        for name in ("credits_at_least", "credits_at_most", "units_at_least", "units_at_most"):
            number = getattr(node, name)
            if number is not None and str(number) != "0" and not (name == "units_at_least" and number == 1):
                assert str(number) in said, f"{node.id}: {name} {number} is not in «{node.title}»"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_no_rule_rests_on_memory_and_what_is_second_hand_has_a_source_that_says_so(path: object) -> None:
    rules = read(path)
    confidences = [node.confidence for _, node in rules.nodes()]
    assert "L" not in [rules.confidence, *confidences]
    if "M" in confidences:
        assert "M" in [source.confidence for source in rules.sources]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_every_document_names_an_own_id_and_a_known_ladder(path: object) -> None:
    rules = read(path)
    known = {one.id for one in catalogue().qualifications()}
    assert set(rules.absorbs) <= known - {rules.id}
    if rules.tightens is not None:
        assert catalogue().qualification(rules.tightens.id, rules.tightens.version)
