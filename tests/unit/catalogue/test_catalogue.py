"""A catalogue is loaded whole or not at all, and says what is wrong with every file."""

import shutil
from pathlib import Path

import pytest

from creditbank.adapters.catalogue import (
    Catalogue,
    EmptyCatalogue,
    MissingData,
    UnknownDocument,
    UnreadableCatalogue,
    builtin,
    builtin_data,
)
from creditbank.framework import DocumentFaults, document_digest

RECOGNITION = """{
  "document": "creditbank/recognition/v1", "id": "r", "by": "did:web:u.example", "achievement": "urn:x",
  "framework": "in-ncrf", "level": "4.5",
  "decided": "2025-01-01", "reason": "compared"
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "data"
    shutil.copytree(builtin_data("frameworks"), target)
    return target


def faults_in(folder: Path) -> list[str]:
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(folder)
    return [str(fault) for fault in refused.value.faults]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_built_in_data_loads() -> None:
    catalogue = Catalogue.load(builtin_data("frameworks"))
    assert {"in-ncrf", "kr-acbs", "uk-fheq", "eu-eqf"} <= set(catalogue.ids("framework"))
    assert catalogue.framework("uk-fheq").credit_system == "uk"
    assert set(catalogue.frameworks()) == set(catalogue.ids("framework"))
    assert set(catalogue.credit_systems()) == set(catalogue.ids("credit-system"))


def test_a_document_is_found_by_its_digest() -> None:
    catalogue = Catalogue.load(builtin_data("frameworks"))
    rules = catalogue.qualification("kr-acbs-bachelor")
    assert catalogue.by_digest(document_digest(rules)) == rules


def test_one_fault_in_one_file_refuses_all(folder: Path) -> None:
    """Threat 60: files are taken whole, or nothing of them is."""
    edit(folder / "qualifications/kr-acbs/2025/bachelor.yaml", 'credits_at_most: "42"', "credits_at_most: 42.0")
    (told,) = faults_in(folder)
    assert "bachelor.yaml:" in told
    assert "42.0 without quotes" in told


def test_faults_of_several_files_are_told_together(folder: Path) -> None:
    edit(folder / "frameworks/in-ncrf.yaml", "kind: national", "kind: nation")
    edit(folder / "credit-systems/kr.yaml", "hours_kind: class", "hours_kind: lecture")
    told = faults_in(folder)
    assert len(told) == 2
    assert any("in-ncrf.yaml:" in one for one in told)
    assert any("kr.yaml:" in one for one in told)


def test_a_level_of_no_framework_is_named_with_its_line(folder: Path) -> None:
    edit(folder / "qualifications/uk-fheq/2021/bachelor-honours.yaml", 'level: "6"', 'level: "12"')
    told, tightening = faults_in(folder)
    assert "bachelor-honours.yaml:6: level: uk-fheq (2014) has no level '12'; its levels are: 4, 5, 6, 7, 8." in told
    assert "keele-bachelor-honours.yaml:6: level: The level is 6, that of the rules it tightens 12." in tightening


def test_levels_in_rules_exist_and_leave_something(folder: Path) -> None:
    edit(
        folder / "qualifications/uk-fheq/2021/bachelor-honours.yaml",
        'level_at_least: "6"',
        'level_at_least: "6"\n        level_at_most: "5"\n        excluding: {level_at_least: "9"}',
    )
    told = faults_in(folder)
    assert any("No level is at least 6 and at most 5." in one for one in told)
    assert any("has no level '9'" in one for one in told)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("qualifications/kr-acbs/2025/bachelor.yaml", "credit_system: kr", "credit_system: won"),
        ("qualifications/kr-acbs/2025/bachelor.yaml", "framework: kr-acbs", "framework: kr-none"),
        ("qualifications/kr-acbs/2025/bachelor.yaml", "frameworks: [kr-acbs]", "frameworks: [kr-none]"),
        ("frameworks/in-ncrf.yaml", "credit_system: in-ncrf", "credit_system: rupee"),
        ("relations/ie-nfq.eu-eqf.yaml", "to_framework: eu-eqf", "to_framework: eu-none"),
        ("relations/ie-nfq.eu-eqf.yaml", 'to: ["8"]', 'to: ["11"]'),
    ],
)
def test_a_name_that_nothing_stands_behind_is_refused(folder: Path, file: str, old: str, new: str) -> None:
    edit(folder / file, old, new)
    told = faults_in(folder)
    assert all(Path(file).name in one for one in told)


def test_a_conversion_between_unknown_systems_is_refused(folder: Path) -> None:
    (folder / "policy.yaml").write_text(
        "document: creditbank/conversion/v1\nid: p\nversion: '1'\nfrom_system: moon\nto_system: eu-ects\n"
        "ratio: 1/2\nbasis: year\nissuer: did:web:u.example\nsource: s\nvalid_from: 2024-01-01\n",
        encoding="utf-8",
    )
    (told,) = faults_in(folder)
    assert "policy.yaml:4: from_system: No credit system 'moon' is loaded." in told


def test_a_document_that_stands_twice_is_refused(folder: Path) -> None:
    shutil.copy(folder / "frameworks/eu-eqf.yaml", folder / "frameworks/z-copy.yaml")
    (told,) = faults_in(folder)
    assert "z-copy.yaml:2: id: The framework 'eu-eqf' in version '2017' stands in" in told


def test_the_newest_version_is_given_unless_one_is_named(folder: Path) -> None:
    old = folder / "qualifications/uk-fheq/2021/bachelor-honours.yaml"
    new = folder / "qualifications/uk-fheq/2024.yaml"
    text = old.read_text(encoding="utf-8")
    text = text.replace('version: "2021"', 'version: "2024"').replace("valid_from: 2021", "valid_from: 2024")
    new.write_text(text, encoding="utf-8")
    catalogue = Catalogue.load(folder)
    assert catalogue.qualification("uk-fheq-bachelor-honours").version == "2024"
    assert catalogue.qualification("uk-fheq-bachelor-honours", "2021").version == "2021"
    assert [one.version for one in catalogue.qualifications() if one.id == "uk-fheq-bachelor-honours"] == [
        "2021",
        "2024",
    ]
    with pytest.raises(UnknownDocument, match="no version '1999'") as refused:
        catalogue.qualification("uk-fheq-bachelor-honours", "1999")
    assert "2021, 2024" in refused.value.next_step


def test_an_unknown_id_is_answered_with_the_nearest_ones() -> None:
    catalogue = Catalogue.load(builtin_data("frameworks"))
    with pytest.raises(UnknownDocument) as refused:
        catalogue.qualification("kr-acb-bachelor")
    assert "kr-acbs-bachelor" in refused.value.next_step
    with pytest.raises(UnknownDocument):
        catalogue.framework("zzz")
    with pytest.raises(UnknownDocument):
        catalogue.credit_system("zzz")


def test_several_folders_make_one_catalogue(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "r.json").write_text(RECOGNITION, encoding="utf-8")
    assert [one.id for one in Catalogue.load(folder, own).recognitions()] == ["r"]


@pytest.mark.parametrize(("old", "new"), [("in-ncrf", "in-none"), ("4.5", "4.6")])
def test_a_recognition_at_a_level_that_does_not_exist_is_refused(folder: Path, old: str, new: str) -> None:
    (folder / "r.json").write_text(RECOGNITION.replace(old, new), encoding="utf-8")
    (told,) = faults_in(folder)
    assert "r.json:3" in told


def test_a_missing_folder_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCatalogue):
        Catalogue.load(tmp_path / "nowhere")
    (tmp_path / "README.md").write_text("words", encoding="utf-8")
    with pytest.raises(EmptyCatalogue):
        Catalogue.load(tmp_path)


def test_a_large_file_is_refused_without_reading_it_whole(folder: Path) -> None:
    """Threat 60: nor is a file read that is larger than any framework."""
    (folder / "large.yaml").write_bytes(b"a: " + b"x" * 10_000_000)
    (told,) = faults_in(folder)
    assert "large.yaml" in told
    assert "at most 1048576" in told


def test_broken_json_is_told_beside_other_faults(folder: Path) -> None:
    (folder / "broken.json").write_text('{"document": ', encoding="utf-8")
    edit(folder / "credit-systems/kr.yaml", "hours_kind: class", "hours_kind: lecture")
    told = faults_in(folder)
    assert len(told) == 2
    assert any("broken.json: This is not JSON" in one for one in told)


def test_hidden_files_and_schemas_are_no_documents(folder: Path) -> None:
    (folder / ".draft.yaml").write_text("not: a document\n", encoding="utf-8")
    (folder / "schemas" / "more.json").write_text("{}", encoding="utf-8")
    assert Catalogue.load(folder)


def test_installed_data_is_preferred_to_what_lies_beside_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "creditbank"
    package.mkdir(parents=True)
    monkeypatch.setattr(builtin, "_PACKAGE", package)
    with pytest.raises(MissingData):
        builtin_data("frameworks")
    (tmp_path / "frameworks").mkdir()
    assert builtin_data("frameworks") == tmp_path / "frameworks"
    (package / "_data" / "frameworks").mkdir(parents=True)
    assert builtin_data("frameworks") == package / "_data" / "frameworks"
