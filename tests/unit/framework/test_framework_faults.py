"""A framework file that is wrong is refused with every fault of it, each with file, line and path."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from creditbank.adapters.catalogue import Catalogue
from creditbank.framework import DocumentFaults, Fault, Framework, Problems, load_document

FRAMEWORK = """\
document: creditbank/framework/v1
id: sample
name: Sample
owner: nobody
kind: national
version: "1"
valid_from: 2024-01-01
confidence: H
summary: For a test.
domains: [skills]
levels:
  - code: "1"
  - code: "2"
credit_system: sample
qualification_types:
  - code: certificate
    title: Certificate
    level: "1"
    credits_min: "40"
sources:
  - name: the page
"""

SYSTEM = """\
document: creditbank/credit-system/v1
id: sample
name: Sample
full_time_year: "60"
basis: for a test
confidence: H
sources: [{name: test}]
"""

RELATION = """\
document: creditbank/relation/v1
id: sample.other
kind: compared
from_framework: sample
to_framework: other
stated_by: somebody
confidence: H
pairs:
  - {level: "1", to: ["1"]}
sources: [{name: test}]
"""


def told(text: str | bytes, place: str = "sample.yaml") -> list[tuple[str, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(DocumentFaults) as refused:
        load_document(data, place)
    return [(fault.place, fault.path, fault.slug) for fault in refused.value.faults]


def changed(*changes: tuple[str, str], text: str = FRAMEWORK) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def kind(**given: Any) -> dict[str, Any]:
    return {"code": "x", "title": "X", "credits_min": "40", **given}


def framework(*kinds: dict[str, Any], **more: Any) -> Framework:
    values: dict[str, Any] = {
        "document": "creditbank/framework/v1",
        "id": "sample",
        "name": "Sample",
        "owner": "nobody",
        "kind": "national",
        "version": "1",
        "valid_from": "2024-01-01",
        "confidence": "H",
        "summary": "for a test",
        "levels": [{"code": "1"}, {"code": "2"}],
        "qualification_types": kinds,
        "sources": [{"name": "the page"}],
    }
    return Framework(**(values | more))


def folder_with(tmp_path: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return tmp_path


def faults_in(folder: Path) -> list[Fault]:
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(folder)
    return list(refused.value.faults)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('  - code: "2"', '  - code: "1"', ("sample.yaml:13", "levels[1].code", "inconsistent")),
        ('    level: "1"', '    level: "3"', ("sample.yaml:18", "qualification_types[0].level", "inconsistent")),
        (
            "valid_from: 2024-01-01",
            "valid_until: 2023-01-01\nvalid_from: 2024-01-01",
            ("sample.yaml:7", "valid_until", "inconsistent"),
        ),
        ("valid_from: 2024-01-01", "valid_from: 2024-02-30", ("sample.yaml:7", "valid_from", "inconsistent")),
        (
            'credits_min: "40"',
            "credits_min: 40",
            ("sample.yaml:19", "qualification_types[0].credits_min", "number-for-text"),
        ),
        ('credits_min: "40"', "credits_min: 40.5", ("sample.yaml:19", "qualification_types[0].credits_min", "float")),
        (
            'credits_min: "40"',
            'credits_min: "-40"',
            ("sample.yaml:19", "qualification_types[0].credits_min", "wrong-form"),
        ),
        ('  - code: "2"', "  - code: 2.5", ("sample.yaml:13", "levels[1].code", "float")),
        ("confidence: H", "confidence: X", ("sample.yaml:8", "confidence", "unknown-word")),
        ("confidence: H", "confidence: H\nstanding: perhaps", ("sample.yaml:9", "standing", "unknown-word")),
        ("owner: nobody", "owner: nobody\nowners: more", ("sample.yaml:5", "owners", "unknown-key")),
        ("summary: For a test.", "summary: &a For a test.", ("sample.yaml:9", "summary", "yaml-anchor")),
        ("owner: nobody", "owner: *a", ("sample.yaml:4", "owner", "yaml-alias")),
        ("name: Sample", "name: !!str Sample", ("sample.yaml:3", "name", "yaml-tag")),
        ("owner: nobody", "owner: nobody\nowner: somebody", ("sample.yaml:5", "owner", "duplicate-key")),
    ],
)
def test_one_fault_is_told_once_with_file_line_and_path(old: str, new: str, fault: tuple[str, str, str]) -> None:
    assert told(changed((old, new))) == [fault]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = changed(
        ('  - code: "2"', '  - code: "1"\n    summary: {wisdom: some}\n    source: elsewhere'),
        ('    level: "1"', '    level: "9"\n    levels: ["1", "8"]\n    after: diploma'),
        ('    credits_min: "40"', '    credits_min: "40"\n    credits_max: "30"\n    credits_at_level_min: "50"'),
    )
    found = told(text)
    assert [(path, place) for place, path, _ in found] == [
        ("levels[1].code", "sample.yaml:13"),
        ("levels[1].summary.wisdom", "sample.yaml:14"),
        ("levels[1].source", "sample.yaml:15"),
        ("qualification_types[0].level", "sample.yaml:20"),
        ("qualification_types[0].levels[1]", "sample.yaml:21"),
        ("qualification_types[0].levels", "sample.yaml:21"),
        ("qualification_types[0].after", "sample.yaml:22"),
        ("qualification_types[0].credits_min", "sample.yaml:23"),
        ("qualification_types[0].credits_at_level_min", "sample.yaml:25"),
    ]


def test_a_wrong_form_does_not_hide_a_contradiction() -> None:
    text = changed(
        ('  - code: "2"', '  - code: "1"\n  - code: 2'),
        ("confidence: H", "confidence: sure"),
        ('    level: "1"', '    level: "2"\n    after: nothing'),
        ("valid_from: 2024-01-01", "valid_from: 2024-01-01\nvalid_until: 2023-12-31"),
    )
    assert [(path, slug) for _, path, slug in told(text)] == [
        ("valid_until", "inconsistent"),
        ("confidence", "unknown-word"),
        ("levels[1].code", "inconsistent"),
        ("levels[2].code", "number-for-text"),
        ("qualification_types[0].after", "inconsistent"),
    ]
    relation = changed(
        ("kind: compared", "kind: guessed"),
        ('to: ["1"]}', 'to: ["1", "1"]}\nunmatched: ["1", 3, "2", "2"]'),
        text=RELATION,
    )
    assert [(path, slug) for _, path, slug in told(relation)] == [
        ("kind", "unknown-word"),
        ("pairs[0].to[1]", "inconsistent"),
        ("unmatched[1]", "number-for-text"),
        ("unmatched[0]", "inconsistent"),
        ("unmatched[3]", "inconsistent"),
    ]


def test_a_framework_of_ten_megabytes_is_refused_without_being_read_whole() -> None:
    assert [slug for _, _, slug in told(FRAMEWORK.encode() + b"# " + b"x" * 10_000_000)] == ["too-large"]


def test_a_bomb_in_a_framework_names_its_anchors_and_grows_nothing() -> None:
    bomb = "".join(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]\n" for i in range(1, 9))
    found = told(FRAMEWORK + "x0: &x0 [a, b]\n" + bomb)
    assert {"yaml-anchor", "yaml-alias"} <= {slug for _, _, slug in found}
    assert found[0][0] == "sample.yaml:22"


@pytest.mark.parametrize(
    ("wrong", "path", "said"),
    [
        (kind(credits_max="39.5"), ("credits_min",), "40 is more than credits_max, 39.5"),
        (kind(hours_min="10", hours_max="9"), ("hours_min",), "10 is more than hours_max, 9"),
        (kind(years_min="2", years_max="1.5"), ("years_min",), "2 is more than years_max, 1.5"),
        (kind(credits_at_level_min="40.5"), ("credits_at_level_min",), "40.5 is a part of credits_min, 40"),
        (
            kind(credits_min=None, credits_at_level_min="1"),
            ("credits_at_level_min",),
            "1 is a part of credits_min, which is missing",
        ),
        (kind(credits_from_level="3"), ("credits_from_level",), "no level '3' in this framework"),
        (kind(levels=("1", "3")), ("levels", 1), "no level '3' in this framework"),
        (kind(levels=("1", "1")), ("levels", 1), "the level '1' stands twice"),
        (kind(level="1", levels=("2",)), ("levels",), "a kind of award has `level` or `levels`, not both"),
        (kind(uncredited=True), ("uncredited",), "what is awarded without credits has no number of credits"),
        (kind(after="x"), ("after",), "no other type 'x' in this framework"),
        (kind(source="hearsay"), ("source",), "no source 'hearsay' is listed; listed are: the page"),
        (
            kind(sizes=[{"credit_system": "uk", "credits_min": "2", "credits_max": "1"}]),
            ("sizes", 0, "credits_min"),
            "2 is more than credits_max, 1",
        ),
    ],
)
def test_a_kind_of_award_that_contradicts_itself_is_refused(
    wrong: dict[str, Any], path: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        framework(wrong)
    problems = refused.value.errors()[0]["ctx"]["error"]
    assert isinstance(problems, Problems)
    assert problems.found == ((("qualification_types", 0, *path), said),)


@pytest.mark.parametrize(
    "right",
    [
        kind(credits_max="40", credits_at_level_min="40"),
        kind(levels=("1", "2"), source="the page"),
        kind(credits_min=None, uncredited=True, hours_min="1", hours_max="1"),
        kind(years_min="0.5", years_max="0.5", credits_from_level="2"),
    ],
)
def test_a_kind_of_award_at_the_edge_of_its_bounds_is_taken(right: dict[str, Any]) -> None:
    assert framework(right).qualification_types[0].code == "x"
    assert framework(right, kind(code="y", after="x")).qualification_types[1].after == "x"


def test_a_kind_of_award_stands_at_its_level_or_at_its_levels() -> None:
    one, several, none = framework(
        kind(level="2"), kind(code="y", levels=("1", "2")), kind(code="z")
    ).qualification_types
    assert (one.at_levels, several.at_levels, none.at_levels) == (("2",), ("1", "2"), ())


def test_a_credit_system_that_nothing_stands_behind_is_told_wherever_it_is_named(tmp_path: Path) -> None:
    text = changed(
        ("credit_system: sample", "credit_system: moon"),
        ('    credits_min: "40"', '    sizes:\n      - {credit_system: mars, credits_min: "1"}'),
    )
    found = faults_in(folder_with(tmp_path, framework=text, system=SYSTEM))
    assert [(fault.place, fault.path, fault.slug) for fault in found] == [
        (f"{tmp_path / 'framework.yaml'}:14", "credit_system", "unknown-document-named"),
        (
            f"{tmp_path / 'framework.yaml'}:20",
            "qualification_types[0].sizes[0].credit_system",
            "unknown-document-named",
        ),
    ]


def test_a_relation_to_a_level_of_another_version_is_told_with_its_line(tmp_path: Path) -> None:
    other = changed(("id: sample", "id: other"))
    newer = changed(
        ("id: sample", "id: other"),
        ('version: "1"', 'version: "2"\nsupersedes: "1"'),
        ("valid_from: 2024", "valid_from: 2025"),
        ('  - code: "1"\n', '  - code: "0"\n'),
        ('    level: "1"', '    level: "2"'),
    )
    files: dict[str, str | bytes] = {"a": FRAMEWORK, "b": other, "c": newer, "system": SYSTEM}
    (fault,) = faults_in(folder_with(tmp_path, relation=RELATION, **files))
    assert (fault.place, fault.path, fault.slug) == (
        f"{tmp_path / 'relation.yaml'}:9",
        "pairs[0].to[0]",
        "unknown-level",
    )
    assert fault.sentence == "other has no level '1' in version '2'. It stands in version 1."
    bound = changed(("to_framework: other", 'to_framework: other\nto_version: "1"'), text=RELATION)
    assert Catalogue.load(folder_with(tmp_path, relation=bound)).relations()[0].to_version == "1"


def test_nothing_is_taken_in_while_one_file_of_many_is_wrong(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"good": FRAMEWORK, "system": SYSTEM, "bad": "document: nothing\n"}
    files["huge"] = b"a: " + b"x" * 2_000_000
    found = faults_in(folder_with(tmp_path, **files))
    assert [(Path(fault.place).name, fault.slug) for fault in found] == [
        ("bad.yaml:1", "unknown-document"),
        ("huge.yaml", "too-large"),
    ]
