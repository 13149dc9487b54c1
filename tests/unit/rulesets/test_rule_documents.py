"""Every shipped rule document: it loads, it explains itself, and it says where each number comes from."""

import re
from datetime import date

import pytest
from ruleset_samples import TODAY, catalogue, weigh

from creditbank.adapters.catalogue import builtin_data
from creditbank.cli import run
from creditbank.cli.rules import explained_json, rules_json
from creditbank.framework import Limit, Qualification, Requirement
from creditbank.framework.lint import qualification_warnings
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


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_the_linter_has_nothing_to_warn_of(path: object) -> None:
    rules = read(path)
    assert qualification_warnings(rules, catalogue().framework(rules.framework)) == []


def tellings(rules: Qualification) -> dict[str, str]:
    """What the explanation says of each rule, by its path."""
    return {item["path"]: item["sentence"] for item in rules_json(rules)}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_every_rule_is_explained_with_its_number(path: object) -> None:
    rules = read(path)
    told = tellings(rules)
    for address, node in rules.nodes():
        sentence = told[address]
        assert sentence.endswith((".", ":")), address
        assert "None" not in sentence, address
        if isinstance(node, Limit | Requirement):
            for name in ("credits_at_least", "credits_at_most", "units_at_least", "units_at_most"):
                number = getattr(node, name)
                if number is not None and str(number) != "0":
                    assert re.search(rf"\b{re.escape(str(number))}\b", sentence), f"{address}: {sentence}"
    explained = explained_json(rules)
    people = explained["checkedByPeople"]
    assert isinstance(people, list)
    assert len(people) == len(rules.checked_by_people)


ONE_OF_EACH = list({path.parts[-3]: path for path in PATHS}.values())


@pytest.mark.parametrize("path", ONE_OF_EACH, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_the_command_prints_the_explanation(path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qualification", "explain", str(path)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    rules = read(path)
    assert " ".join(rules.title.split()) in said
    for source in rules.sources:
        assert " ".join(source.name.split()) in said


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}-{path.stem}-{path.parts[-2]}")
def test_units_exist_that_meet_every_document(path: object) -> None:
    """With nothing to count the engine still says how many credits the rules can be met with at the least."""
    rules = read(path)
    day = date.fromisoformat(rules.valid_until) if rules.valid_until else TODAY
    found = weigh(rules, [], day=min(day, TODAY))
    assert not found.adds_up
    assert found.totals.needed is not None
