"""Small rule documents for tests: a sound one, and what a test changes in it."""

from typing import Any

import yaml

from creditbank.framework import Framework, Qualification, load_document

FRAMEWORK = load_document(
    b"""\
document: creditbank/framework/v1
id: sample
name: Sample
owner: Sample
country: IN
kind: national
version: "2026"
valid_from: 2026-01-01
confidence: H
summary: A sample.
levels: [{code: "4"}, {code: "5"}, {code: "6"}, {code: "7"}]
sources: [{name: made up}]
"""
)
assert isinstance(FRAMEWORK, Framework)

BASE = """\
document: creditbank/qualification/v1
id: sample
version: "1"
title: Sample
framework: sample
credit_system: sample
valid_from: 2026-01-01
confidence: H
summary: A sample.
sources: [{name: made up}]
calendars:
  year: {starts: [03-01]}
grading:
  letters: {grades: [{code: F, points: "0"}, {code: C, points: "2"}, {code: B, points: "3"}, {code: A, points: "4"}]}
  german: {numbers: ["5", "1"]}
admits: {frameworks: [sample]}
"""


def qualification(nodes: str, head: str = "", **changes: Any) -> Qualification:
    """Rules whose root needs all of `nodes` (YAML items of a list), with `head` (YAML keys) beside the usual ones."""
    plain = yaml.safe_load(BASE.replace("2026-01-01", '"2026-01-01"').replace("03-01", '"03-01"'))
    plain.update(yaml.safe_load(head) or {})
    plain["requires"] = {"id": "root", "title": "Root", "kind": "all", "of": yaml.safe_load(nodes)}
    plain.update(changes)
    return Qualification.model_validate(plain)


def node(text: str) -> str:
    """One node of a list; its title is its id with a capital."""
    name = text.split(",", 1)[0].removeprefix("id: ").strip()
    return f"- {{title: {name.capitalize()}, {text}}}\n"


def nodes(*texts: str) -> str:
    """Nodes of a list, each written as `id: name, kind: ..., key: value`."""
    return "".join(node(text) for text in texts)
