"""Documents are read strictly, and who wrote one is told everything that is wrong, with its line."""

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.canonical import UnreadableJson
from creditbank.errors import BadInput
from creditbank.framework import (
    ConversionPolicy,
    DocumentFaults,
    Fault,
    Qualification,
    document_digest,
    load_document,
    read_json,
    read_yaml,
)

CONVERSION = """\
document: creditbank/conversion/v1
id: sample
version: "1"
from_system: uk
to_system: eu-ects
ratio: 1/2
basis: agreement
issuer: did:web:university.example
source: a sample
valid_from: 2024-01-01   # a date stays the text it is
rounding_unit: "0.5"
sample: true
"""

QUALIFICATION = """\
document: creditbank/qualification/v1
id: sample
version: "1"
title: Sample
framework: sample
credit_system: sample
valid_from: 2024-01-01
confidence: L
summary: A sample.
sources: [{name: test}]
calendars:
  year: {starts: [03-01]}
admits: {frameworks: [sample]}
requires:
  id: root
  title: Root
  kind: all
  of:
    - id: units
      title: Units
      kind: requirement
      credits_at_least: "10"
    - id: cap
      title: Cap
      kind: limit
      over: counted
      per: year
      credits_at_most: "5"
"""


def faults_of(text: str | bytes, place: str = "rules.yaml") -> list[Fault]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(DocumentFaults) as refused:
        load_document(data, place)
    return list(refused.value.faults)


def one_fault(text: str | bytes, place: str = "rules.yaml") -> Fault:
    found = faults_of(text, place)
    assert len(found) == 1, [str(fault) for fault in found]
    return found[0]


def changed(old: str, new: str, text: str = QUALIFICATION) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_yaml_and_json_of_one_content_have_one_digest() -> None:
    from_yaml = load_document(CONVERSION.encode(), "policy.yaml")
    assert isinstance(from_yaml, ConversionPolicy)
    as_json = json.dumps(from_yaml.model_dump(mode="json"), indent=4, sort_keys=True).encode()
    assert document_digest(load_document(as_json, "policy.json")) == document_digest(from_yaml)


def test_a_default_that_is_written_out_does_not_change_the_digest() -> None:
    plain = load_document(CONVERSION.encode())
    spelled = load_document((CONVERSION + "rounding: down\nmax_share: null\n").encode())
    assert document_digest(plain) == document_digest(spelled)


def test_another_ratio_changes_the_digest() -> None:
    other = load_document(changed("1/2", "1/3", CONVERSION).encode())
    assert document_digest(other) != document_digest(load_document(CONVERSION.encode()))


def test_a_sound_qualification_is_read() -> None:
    document = load_document(QUALIFICATION.encode(), "rules.yaml")
    assert isinstance(document, Qualification)
    assert [path for path, _ in document.nodes()] == ["root", "root/units", "root/cap"]


def test_an_unquoted_amount_is_refused_with_the_words_to_write() -> None:
    fault = one_fault(changed('"10"', "2.5"))
    assert fault.slug == "float"
    assert (fault.place, fault.path) == ("rules.yaml:22", "requires.of[0].credits_at_least")
    assert '"2.5"' in fault.next_step


def test_an_unquoted_whole_amount_is_refused_with_the_words_to_write() -> None:
    fault = one_fault(changed('"10"', "10"))
    assert (fault.slug, fault.next_step) == ("number-for-text", 'Put it in quotes: "10".')


@pytest.mark.parametrize("amount", ['"-1"', '"1e3"', '"1_000"', '"٥"', '"2.5000"', '""', '"1234567"'])
def test_an_amount_of_another_spelling_is_refused(amount: str) -> None:
    fault = one_fault(changed('"10"', amount))
    assert fault.slug == "wrong-form"
    assert "decimal in quotes" in fault.sentence


def test_an_unknown_construct_is_named_with_what_is_allowed() -> None:
    fault = one_fault(changed("kind: limit", "kind: average"))
    assert (fault.place, fault.path) == ("rules.yaml:25", "requires.of[1].kind")
    assert '"average"' in fault.sentence
    assert "all, any, n-of, requirement, limit" in fault.sentence


def test_an_unknown_key_is_named_with_the_nearest_one() -> None:
    fault = one_fault(changed("credits_at_most", "credit_at_most").replace("kind: limit", "kind: limit"))
    assert fault.slug == "unknown-key"
    assert "units_at_most" in fault.sentence
    assert fault.next_step == "Did you mean `credits_at_most`?"


def test_a_kind_that_is_missing_is_asked_for() -> None:
    found = faults_of(changed("      kind: limit\n", ""))
    assert [fault.slug for fault in found] == ["missing-key"]
    assert "all, any, n-of, requirement, limit" in found[0].sentence


def test_a_missing_key_is_named_at_the_object_that_lacks_it() -> None:
    fault = one_fault(changed("      title: Cap\n", ""))
    assert (fault.slug, fault.path) == ("missing-key", "requires.of[1].title")


def test_an_unknown_kind_of_document_is_told_what_there_is() -> None:
    fault = one_fault("document: creditbank/badge/v1\n")
    assert fault.slug == "unknown-document"
    assert "creditbank/qualification/v1" in fault.sentence


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just words\n", "id: x\n", "null\n"])
def test_what_is_no_document_is_refused(text: str) -> None:
    assert faults_of(text)


def test_a_calendar_that_does_not_exist_is_named() -> None:
    fault = one_fault(changed("per: year", "per: term"))
    assert fault.path == "requires.of[1].per"
    assert "this document's calendars: year" in fault.sentence


def test_a_node_id_that_stands_twice_is_named_at_the_second() -> None:
    fault = one_fault(changed("id: cap", "id: units"))
    assert (fault.place, fault.path) == ("rules.yaml:23", "requires.of[1].id")


def test_a_tree_that_nothing_can_fill_is_refused() -> None:
    text = changed("kind: requirement", "kind: limit\n      over: counted")
    assert one_fault(text).path == "requires.of"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('credits_at_most: "5"', 'credits_at_most: "5"\n      units_at_most: 3'),
        ('credits_at_most: "5"', 'credits_at_least: "5"'),
        ('      credits_at_most: "5"\n', ""),
        ('credits_at_most: "5"', "share_at_most: 3/2"),
        ("kind: all", "kind: n-of"),
        ("kind: all", "kind: n-of\n  n: 3"),
        ("kind: all", "kind: all\n  n: 2"),
        ("over: counted", "over: everything"),
        ("starts: [03-01]", "starts: [02-29]"),
        ("starts: [03-01]", "starts: [09-01, 03-01]"),
        ("starts: [03-01]", "starts: []"),
        ("valid_from: 2024-01-01", "valid_from: 2024-02-30"),
        ("valid_from: 2024-01-01", "valid_from: 2024-01-01\nvalid_until: 2023-01-01"),
        ('      credits_at_least: "10"\n', ""),
        ("admits: {frameworks: [sample]}", "admits: {frameworks: [sample], max_age: P0Y}"),
        ("admits: {frameworks: [sample]}", "admits: {frameworks: sample}"),
        ("sources: [{name: test}]", "sources: []"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(old: str, new: str) -> None:
    assert faults_of(changed(old, new))


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_its_lines() -> None:
    text = changed('version: "1"', "version: 1")
    text = changed("confidence: L", "confidence: X", text)
    text = changed("per: year", "per: term", text)
    text = changed("id: cap", "id: units", text)
    text = changed('"10"', "2.5", text)
    text += "id: again\nwhatever: 1\n"
    found = faults_of(text)
    lines = [int(fault.place.rpartition(":")[2]) for fault in found]
    assert lines == sorted(lines)
    assert [fault.path for fault in found] == [
        "version",
        "confidence",
        "requires.of[0].credits_at_least",
        "requires.of[1].id",
        "requires.of[1].per",
        "id",
        "whatever",
    ]


def test_the_sentence_of_several_faults_names_each_with_its_line() -> None:
    with pytest.raises(DocumentFaults) as refused:
        load_document(changed('"10"', "2.5", changed("kind: limit", "kind: lid")).encode(), "rules.yaml")
    told = str(refused.value)
    assert "rules.yaml: 2 faults:" in told
    assert "rules.yaml:22: requires.of[0].credits_at_least" in told
    assert "rules.yaml:25: requires.of[1].kind" in told


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("a: &x {b: c}\n", "yaml-anchor"),
        ("a: *x\n", "yaml-alias"),
        ("a: !!python/object:os.system {}\n", "yaml-tag"),
        ("a: !!str 5\n", "yaml-tag"),
        ("a: {b: c}\n<<: {d: e}\n", "yaml-merge"),
        ("a: 1\na: 2\n", "duplicate-key"),
        ("a:\n", "no-value"),
        ("a: no\n", "disputed-word"),
        ("a: True\n", "disputed-word"),
        ("a: 017\n", "disputed-word"),
        ("a: 12:30\n", "disputed-word"),
        ("a: 1_000\n", "disputed-word"),
        ("a: .inf\n", "float"),
        ("a: 1e3\n", "float"),
        ("1: a\n", "key-is-not-text"),
        ("a: 99999999999999999999\n", "number-too-large"),
        ("a: b\n---\nc: d\n", "second-document"),
        ("a: b: c\n", "not-yaml"),
        ("\ta: b\n", "not-yaml"),
        ("a: 'open\n", "not-yaml"),
        ("? [a, b]\n: c\n", "key-is-not-text"),
    ],
)
def test_what_yaml_readers_could_disagree_about_is_refused(text: str, slug: str) -> None:
    try:
        _, faults = read_yaml(text.encode(), "file.yaml")
    except DocumentFaults as refused:
        faults = refused.faults
    assert slug in {fault.slug for fault in faults}
    assert all(fault.place.startswith("file.yaml:") for fault in faults)


def test_what_every_yaml_reader_reads_alike_is_taken() -> None:
    text = 'a: [1, -2, 0, true, false, null, "2.5", no way, 2024-01-01]\nb: {c: >-\n    folded\n    text}\n'
    with pytest.raises(DocumentFaults):
        read_yaml(text.encode())  # block text inside braces is no YAML
    located, faults = read_yaml(text.partition("b:")[0].encode())
    assert faults == ()
    assert located.plain() == {"a": [1, -2, 0, True, False, None, "2.5", "no way", "2024-01-01"]}


def test_a_billion_laughs_are_refused_before_anything_grows() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    found = faults_of("\n".join(lines))
    assert {"yaml-anchor", "yaml-alias"} <= {fault.slug for fault in found}


def test_a_cycle_cannot_be_written() -> None:
    found = faults_of("document: &loop [*loop]\n")
    assert {"yaml-anchor", "yaml-alias"} <= {fault.slug for fault in found}


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 10_000_000,
        b"a: " + b"[" * 200_000,
        b"a: {" * 100_000,
        b"document: [" + b"a," * 400_000 + b"a]",
        b"- " * 200_000,
    ],
)
def test_a_file_built_to_exhaust_the_reader_is_refused(data: bytes) -> None:
    assert faults_of(data)[-1].slug in {"too-large", "too-deep", "too-many-values"}


def test_groups_nested_too_deep_are_refused() -> None:
    leaf = {"id": "leaf", "title": "x", "kind": "requirement", "units_at_least": 1}
    for depth in range(20):
        leaf = {"id": f"g{depth}", "title": "x", "kind": "all", "of": [leaf]}  # type: ignore[dict-item]
    document = load_document(QUALIFICATION.encode()).model_dump(mode="json") | {"requires": leaf}
    found = faults_of(json.dumps(document), "rules.json")
    assert any("nested deeper than 16" in fault.sentence for fault in found)


@pytest.mark.parametrize("data", [b"\xff\xfe", "\ufeffa: b".encode(), b"a: \x00"])
def test_bytes_that_are_no_plain_utf8_are_refused(data: bytes) -> None:
    assert faults_of(data)


def test_json_faults_have_lines_too() -> None:
    text = textwrap.dedent(
        """\
        {
          "document": "creditbank/conversion/v1",
          "id": "a [tricky] {string}: with \\"marks\\"",
          "ratio": 0.5,
          "sample": "yes"
        }
        """
    )
    found = {fault.path: fault for fault in faults_of(text, "policy.json")}
    assert found["id"].place == "policy.json:3"
    assert (found["ratio"].place, found["ratio"].slug) == ("policy.json:4", "float")
    assert found["sample"].place == "policy.json:5"
    assert found["issuer"].slug == "missing-key"


def test_json_that_is_none_is_refused_as_json() -> None:
    with pytest.raises(UnreadableJson, match="twice"):
        load_document(b'{"document": "x", "document": "y"}')


@pytest.mark.parametrize("character", ["\\0", "\\x1b", "\\u202e", "\\u2066", "\\u200f"])
def test_text_that_reads_otherwise_than_it_stands_is_refused(character: str) -> None:
    fault = one_fault(changed("title: Sample", f'title: "Sam{character}ple"'))
    assert (fault.slug, fault.path, fault.place) == ("unseen-character", "title", "rules.yaml:4")


def test_a_hidden_character_in_json_is_refused_too() -> None:
    document = load_document(CONVERSION.encode()).model_dump(mode="json") | {"title": "a\u202eb"}
    assert one_fault(json.dumps(document), "policy.json").slug == "unseen-character"


def test_truth_is_not_taken_from_text_or_numbers() -> None:
    assert one_fault(changed("sample: true", 'sample: "true"', CONVERSION)).path == "sample"
    assert one_fault(changed("sample: true", "sample: 1", CONVERSION)).path == "sample"


words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_is_read_as_it_stands(value: object) -> None:
    located, faults = read_json(json.dumps(value, indent=1).encode())
    assert located.plain() == value
    assert {fault.slug for fault in faults} <= {"unseen-character"}


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_give_a_document_or_a_sentence(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        load_document(data, "anything.yaml")
    assert str(refused.value)


@given(st.integers(0, len(QUALIFICATION) - 1), st.sampled_from(":-[]{}&*!|>'\"%@`#,?x1 \n\t"))
def test_any_one_change_to_a_document_gives_a_document_or_a_sentence(index: int, character: str) -> None:
    text = QUALIFICATION[:index] + character + QUALIFICATION[index + 1 :]
    faults: tuple[Fault, ...] = ()
    try:
        load_document(text.encode(), "rules.yaml")
    except DocumentFaults as refused:
        faults = refused.faults
    assert all(fault.place.startswith("rules.yaml") for fault in faults)
