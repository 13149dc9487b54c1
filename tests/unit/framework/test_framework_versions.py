"""Versions of a framework follow each other: one is in force on a day, and a file that blurs this is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.catalogue import Catalogue, UnknownDocument, builtin_data
from creditbank.framework import (
    DocumentFaults,
    Framework,
    check_editions,
    edition_in_force,
    last_day,
    newest_edition,
)

HEAD = """\
document: creditbank/framework/v1
id: sample
name: Sample
owner: nobody
kind: national
confidence: H
summary: For a test.
sources: [{name: test}]
levels: [{code: "1"}]
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(builtin_data("frameworks"))


def edition(version: str, valid_from: str, valid_until: str | None = None, **more: Any) -> Framework:
    values: dict[str, Any] = {
        "document": "creditbank/framework/v1",
        "id": "sample",
        "name": "Sample",
        "owner": "nobody",
        "kind": "national",
        "confidence": "H",
        "summary": "for a test",
        "sources": [{"name": "test"}],
        "version": version,
        "valid_from": valid_from,
        "valid_until": valid_until,
    }
    return Framework(**(values | more))


def faults(*editions: Framework) -> list[tuple[int, str]]:
    return [(place, fault.slug) for place, fault in check_editions(editions)]


@pytest.mark.parametrize(
    ("name", "day", "version"),
    [
        ("my-mqf", "2007-01-01", "2007"),
        ("my-mqf", "2017-11-30", "2007"),
        ("my-mqf", "2017-12-01", "2017"),
        ("my-mqf", "2024-07-31", "2017"),
        ("my-mqf", "2024-08-01", "2024"),
        ("ph-pqf", "2023-11-16", "2018"),
        ("ph-pqf", "2023-11-17", "2023"),
        ("in-nheqf", "2023-05-11", "2023"),
        ("in-ncrf", "2023-04-01", "2023"),
        ("nz-nzqcf", "2022-07-31", "2010"),
        ("nz-nzqcf", "2022-08-01", "2022"),
        ("nz-microcredentials", "2022-12-31", "2018"),
        ("nz-microcredentials", "2023-01-01", "2022"),
        ("eu-eqf", "2099-01-01", "2017"),
    ],
)
def test_on_each_side_of_a_boundary_another_version_is_in_force(
    catalogue: Catalogue, name: str, day: str, version: str
) -> None:
    assert catalogue.framework_on(name, date.fromisoformat(day)).version == version


@pytest.mark.parametrize(
    ("name", "day", "told"),
    [
        ("my-mqf", "2006-12-31", "2007 (from 2007-01-01 to 2017-11-30); 2017 (from 2017-12-01 to 2024-07-31)"),
        ("in-nheqf", "2022-06-01", "2022-draft (a draft); 2023 (from 2023-05-11)"),
        ("in-ncrf", "2023-03-31", "2022-draft (a draft); 2023 (from 2023-04-01)"),
    ],
)
def test_before_the_first_version_and_while_there_is_a_draft_none_is_in_force(
    catalogue: Catalogue, name: str, day: str, told: str
) -> None:
    with pytest.raises(UnknownDocument, match=f"No version of the framework '{name}' is in force on {day}") as refused:
        catalogue.framework_on(name, date.fromisoformat(day))
    assert told in refused.value.next_step


def test_frameworks_of_a_day_are_those_in_force_on_it(catalogue: Catalogue) -> None:
    then = catalogue.frameworks(date(2017, 12, 1))
    assert then["my-mqf"].version == "2017"
    assert "in-ncrf" not in then
    assert "uk-fheq" in then
    assert catalogue.frameworks()["my-mqf"].version == "2024"
    assert catalogue.frameworks(date(1990, 1, 1)) == {}


def test_senior_high_school_came_to_the_second_level_in_november_2023(catalogue: Catalogue) -> None:
    before = catalogue.framework_on("ph-pqf", date(2023, 11, 16)).level("2").title_examples
    after = catalogue.framework_on("ph-pqf", date(2023, 11, 17)).level("2").title_examples
    assert before == ("National Certificate II",)
    assert after == ("senior high school diploma", "National Certificate II")


def test_the_newest_version_is_never_a_draft_unless_there_is_nothing_else(catalogue: Catalogue) -> None:
    draft = edition("2027-draft", "2027-01-01", standing="draft")
    assert newest_edition([draft, edition("2020", "2020-01-01")]).version == "2020"
    assert newest_edition([draft]).version == "2027-draft"
    assert catalogue.framework("in-nheqf").version == "2023"
    assert catalogue.framework("in-nheqf", "2022-draft").standing == "draft"


def test_a_version_that_is_superseded_ends_the_day_before() -> None:
    old, new = edition("1", "2020-01-01"), edition("2", "2024-03-01", supersedes="1")
    assert last_day(old, [old, new]) == "2024-02-29"
    assert last_day(new, [old, new]) == "9999-12-31"
    assert edition_in_force([old, new], date(2024, 2, 29)) == old
    assert edition_in_force([old, new], date(2024, 3, 1)) == new
    assert faults(old, new) == []


def test_a_draft_ends_nothing_and_overlaps_with_nothing() -> None:
    old = edition("1", "2020-01-01")
    draft = edition("2", "2024-03-01", supersedes="1", standing="draft")
    assert last_day(old, [old, draft]) == "9999-12-31"
    assert edition_in_force([old, draft], date(2025, 1, 1)) == old
    assert edition_in_force([draft], date(2025, 1, 1)) is None
    assert faults(old, draft) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("end", [None, "2024-01-01", "2030-01-01"])
def test_two_versions_in_force_on_one_day_are_a_fault_of_the_later(end: str | None, order: tuple[int, int]) -> None:
    pair = (edition("1", "2020-01-01", end), edition("2", "2024-01-01"))
    assert faults(*(pair[place] for place in order)) == [(order.index(1), "overlapping-versions")]


def test_versions_that_meet_without_a_gap_do_not_overlap() -> None:
    assert faults(edition("1", "2020-01-01", "2023-12-31"), edition("2", "2024-01-01")) == []


def test_two_versions_that_start_on_one_day_overlap() -> None:
    assert faults(edition("1", "2024-01-01"), edition("2", "2024-01-01")) == [(1, "overlapping-versions")]


def test_three_versions_that_all_overlap_are_each_told() -> None:
    found = faults(edition("1", "2020-01-01"), edition("2", "2021-01-01"), edition("3", "2022-01-01"))
    assert found == [(1, "overlapping-versions"), (2, "overlapping-versions"), (2, "overlapping-versions")]


def test_a_version_supersedes_one_that_exists_and_is_older() -> None:
    assert faults(edition("2", "2024-01-01", supersedes="1")) == [(0, "unknown-document-named")]
    younger = (edition("1", "2025-01-01"), edition("2", "2024-01-01", "2024-12-31", supersedes="1"))
    assert faults(*younger) == [(1, "inconsistent")]
    with pytest.raises(ValueError, match="supersedes another one, not itself"):
        edition("1", "2024-01-01", supersedes="1")


def test_a_folder_with_overlapping_versions_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(HEAD + 'version: "1"\nvalid_from: 2020-01-01\n', encoding="utf-8")
    (tmp_path / "new.yaml").write_text(HEAD + 'version: "2"\nvalid_from: 2024-01-01\n', encoding="utf-8")
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(tmp_path)
    (fault,) = refused.value.faults
    assert (fault.place, fault.path, fault.slug) == (
        f"{tmp_path / 'new.yaml'}:11",
        "valid_from",
        "overlapping-versions",
    )
    assert fault.next_step == "Give '1' an earlier last day, or write `supersedes: \"1\"` here."
    (tmp_path / "new.yaml").write_text(
        HEAD + 'version: "2"\nvalid_from: 2024-01-01\nsupersedes: "1"\n', encoding="utf-8"
    )
    assert Catalogue.load(tmp_path).framework_on("sample", date(2023, 12, 31)).version == "1"
