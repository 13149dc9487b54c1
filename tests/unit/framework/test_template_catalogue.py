"""A folder with templates is taken in whole or not at all, with every fault of every file."""

from pathlib import Path

import pytest

from creditbank.adapters.catalogue import Catalogue, UnknownDocument, builtin_data
from creditbank.framework import DocumentFaults

SHIPPED = builtin_data("frameworks")
HEAD = """document: creditbank/template/v1
id: {id}
version: "1"
title: For a test
scope: faculty
extends: {{id: {parent}, version: "1"}}
owner: a test
language: en
summary: For a test.
sources: [{{name: a test}}]
confidence: L
"""


def write(folder: Path, id: str, parent: str, text: str = "") -> None:
    (folder / f"{id}.yaml").write_text(HEAD.format(id=id, parent=parent) + text, encoding="utf-8")


def faults_of(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(DocumentFaults) as caught:
        Catalogue.load(SHIPPED, folder)
    return [(Path(fault.place).name, fault.slug, fault.path) for fault in caught.value.faults]


def test_templates_of_ones_own_are_loaded_beside_those_that_ship(tmp_path: Path) -> None:
    write(tmp_path, "mine", "sample-university", "fields:\n  workload: {at_least: PT30H}\n")
    catalogue = Catalogue.load(SHIPPED, tmp_path)
    assert catalogue.template("mine").version == "1"
    with pytest.raises(UnknownDocument):
        catalogue.template("mine", "2")


def test_every_fault_between_templates_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "a-looser", "sample-university", "fields:\n  country: {fixed: BE}\n  workload: {at_most: PT999H}\n")
    write(tmp_path, "b-orphan", "nobody")
    write(tmp_path, "c-circle", "d-circle")
    write(tmp_path, "d-circle", "c-circle")
    write(tmp_path, "e-unknown", "sample-university", "credits:\n  one_of: [eu-ects, credits]\n")
    (tmp_path / "f-unit.yaml").write_text(
        'document: creditbank/unit/v1\nid: urn:a:u\nversion: "1"\ntitle: U\ntemplate: {id: nobody, version: "1"}\n',
        encoding="utf-8",
    )
    assert faults_of(tmp_path) == [
        ("a-looser.yaml:13", "loosened", "fields.country.fixed"),
        ("a-looser.yaml:14", "loosened", "fields.workload.at_most"),
        ("b-orphan.yaml:6", "unknown-template", "extends"),
        ("c-circle.yaml:6", "template-circle", "extends"),
        ("d-circle.yaml:6", "template-circle", "extends"),
        ("e-unknown.yaml:13", "unknown-document-named", "credits.one_of[1]"),
        ("e-unknown.yaml:13", "loosened", "credits.one_of[1]"),
        ("f-unit.yaml:5", "unknown-template", "template"),
    ]


def test_a_template_that_names_no_key_of_a_unit_is_refused_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path, "mine", "sample-university", "fields:\n  workload: {at_least: PT30H}\n  work_load: {required: true}\n"
    )
    assert faults_of(tmp_path) == [("mine.yaml:14", "inconsistent", "fields.work_load")]
