"""Codes of countries, languages and fields: which exist, and what was meant by one that does not."""

import re

import pytest

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.adapters.catalogue.codes import code_lists
from creditbank.framework import DocumentFaults, UnitDocument, load_document
from creditbank.framework.codes import (
    ISCED_F,
    CodeList,
    CodeLists,
    code_faults,
    country_fault,
    language_fault,
    listed_fault,
)


@pytest.fixture(scope="module")
def codes() -> CodeLists:
    path = builtin_data("frameworks") / "code-lists" / "isced-f-2013.yaml"
    fields = load_document(path.read_bytes(), str(path))
    assert isinstance(fields, CodeList)
    return code_lists([fields])


def test_isced_f_has_eleven_broad_29_narrow_and_80_detailed_fields(codes: CodeLists) -> None:
    fields = codes.lists[ISCED_F].codes
    named = [code for code in fields if not code.startswith("99")]
    assert len([code for code in named if len(code) == 2]) == 11
    assert len([code for code in named if re.fullmatch(r"..[1-7]", code)]) == 29
    assert len([code for code in named if re.fullmatch(r"..[1-7][1-7]", code)]) == 80


def test_every_field_has_its_broader_fields(codes: CodeLists) -> None:
    fields = codes.lists[ISCED_F].codes
    assert [code for code in fields if len(code) > 2 and code[:-1] not in fields] == []


@pytest.mark.parametrize("code", ["IN", "GB", "KR", "MT", "ZA"])
def test_a_country_of_iso_3166_is_known(codes: CodeLists, code: str) -> None:
    assert country_fault(code, codes, ("country",)) is None


def test_uk_is_answered_with_gb(codes: CodeLists) -> None:
    fault = country_fault("UK", codes, ("country",))
    assert fault is not None
    assert (fault.slug, fault.address) == ("unknown-country", ("country",))
    assert fault.next_step == "Did you mean GB (United Kingdom)?"


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hant", "yue", "en-150", "sr-Latn-RS"])
def test_a_language_tag_of_bcp_47_is_known(codes: CodeLists, tag: str) -> None:
    assert language_fault(tag, codes, ("language",)) is None


@pytest.mark.parametrize(("tag", "short"), [("eng", "en"), ("ger-AT", "de-AT"), ("deu", "de")])
def test_a_language_with_a_short_code_is_written_short(codes: CodeLists, tag: str, short: str) -> None:
    fault = language_fault(tag, codes, ("language",))
    assert fault is not None
    assert fault.next_step == f"Write {short}."


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("qqx", "qqx is not a language"),
        ("en-Qqqq", "Qqqq in en-Qqqq is not a script"),
        ("en-UK", "In en-UK: UK is not"),
    ],
)
def test_an_unknown_part_of_a_language_tag_is_named(codes: CodeLists, tag: str, said: str) -> None:
    fault = language_fault(tag, codes, ("language",))
    assert fault is not None
    assert fault.sentence.startswith(said)


def test_an_unknown_field_is_answered_with_its_neighbours(codes: CodeLists) -> None:
    fault = listed_fault("0543", ISCED_F, codes, ("fields", 0))
    assert fault is not None
    assert "has no code 0543" in fault.sentence
    assert "0541 (Mathematics)" in fault.next_step
    assert "0542 (Statistics)" in fault.next_step


def test_a_list_that_is_not_loaded_is_named_with_those_that_are(codes: CodeLists) -> None:
    fault = listed_fault("030105", "nzsced", codes, ("tags", 0))
    assert fault is not None
    assert fault.slug == "unknown-code-list"
    assert ISCED_F in fault.sentence


def test_every_unknown_code_of_a_unit_is_told_at_its_own_address(codes: CodeLists) -> None:
    unit = UnitDocument.model_validate_json(
        """{"document": "creditbank/unit/v1", "id": "urn:example:unit", "version": "1", "title": "Statistics",
        "country": "UK", "language": "eng", "titles": {"xx": "T"}, "fields": ["0542", "0543"],
        "tags": ["isced-f-2013:0542", "isced-f-2013:9", "statistics"],
        "content": [{"id": "a", "title": "A", "materials": [{"title": "M", "tags": ["kinds:video"]}]}]}"""
    )
    assert [fault.path for fault in code_faults(unit, codes)] == [
        "country", "language", "titles.xx", "fields[1]", "tags[1]", "tags[2]", "content[0].materials[0].tags[0]",
    ]  # fmt: skip


def test_codes_that_exist_are_no_faults(codes: CodeLists) -> None:
    unit = UnitDocument.model_validate_json(
        """{"document": "creditbank/unit/v1", "id": "urn:example:unit", "version": "1", "title": "Statistics",
        "country": "IN", "language": "en", "titles": {"hi": "सांख्यिकी"}, "fields": ["0542", "05"],
        "tags": ["isced-f-2013:0542"]}"""
    )
    assert code_faults(unit, codes) == []


def test_the_newest_version_of_a_list_counts() -> None:
    def one(version: str, day: str, name: str) -> CodeList:
        return CodeList.model_validate(
            {
                "document": "creditbank/code-list/v1", "id": "kinds", "version": version, "title": "Kinds",
                "owner": "me", "valid_from": day, "confidence": "L", "summary": "s", "licence": "mine",
                "codes": {"video": name}, "sources": ({"name": "made up"},),
            }
        )  # fmt: skip

    lists = code_lists([one("2", "2026-01-01", "new"), one("1", "2025-01-01", "old")])
    assert lists.name_of("video", "kinds") == "new"
    assert lists.name_of("video", "nowhere") == ""


def test_a_code_list_that_ends_before_it_starts_is_refused() -> None:
    text = b"""document: creditbank/code-list/v1
id: kinds
version: "1"
title: Kinds
owner: me
valid_from: 2026-01-02
valid_until: 2026-01-01
confidence: L
summary: s
licence: mine
codes: {"video": Video}
sources: [{name: made up}]
"""
    with pytest.raises(DocumentFaults, match="before it starts") as caught:
        load_document(text)
    assert caught.value.faults[0].path == "valid_until"


def test_the_built_in_catalogue_brings_the_code_lists_along() -> None:
    codes = Catalogue.load(builtin_data("frameworks")).codes()
    assert codes.name_of("0542") == "Statistics"
    assert codes.countries["IN"] == "India"
