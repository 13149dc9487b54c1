"""The decision to use an indicative document: exactly one text, for a time, whole or in named parts."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import digest_text
from creditbank.framework import (
    Acceptance,
    CreditSystem,
    Document,
    DocumentFaults,
    Framework,
    Qualification,
    check_acceptance,
    document_digest,
    load_document,
)

DAY = date(2026, 6, 1)
CATALOGUE = Catalogue.load(builtin_data("frameworks"))
INDIA = CATALOGUE.framework("in-ncrf")
BACHELOR = CATALOGUE.qualification("kr-acbs-bachelor")
KOREA = CATALOGUE.credit_system("kr")


def acceptance(one: Framework | CreditSystem | Qualification = INDIA, **given_values: Any) -> Acceptance:
    kind = {Framework: "framework", CreditSystem: "credit-system", Qualification: "qualification"}[type(one)]
    values: dict[str, Any] = {
        "document": "creditbank/acceptance/v1",
        "id": "sample",
        "by": "did:web:university.example",
        "accepts": {
            "kind": kind,
            "id": one.id,
            "version": getattr(one, "version", ""),
            "digest": digest_text(document_digest(one)),
        },
        "decided": "2026-01-01",
        "decided_by": "examination board",
        "reason": "for a test",
    }
    return Acceptance(**(values | given_values))


@pytest.mark.parametrize("one", [INDIA, BACHELOR, KOREA], ids=lambda one: one.id)
def test_a_whole_document_is_accepted_with_every_part_of_it(one: Framework | CreditSystem | Qualification) -> None:
    decision = acceptance(one)
    assert decision.covers(one, DAY)
    assert decision.covers(one, DAY, node="bachelor/anything")
    assert decision.covers(one, DAY, level="4.5")


def test_another_text_under_the_same_name_is_not_accepted() -> None:
    assert not acceptance().covers(INDIA.model_copy(update={"summary": "Changed."}), DAY)


def test_another_version_or_kind_or_id_is_not_accepted() -> None:
    accepts = acceptance().accepts
    for other in ({"version": "1"}, {"id": "my-mqf"}, {"kind": "qualification"}):
        decision = acceptance(accepts=accepts.model_dump() | other)
        assert not decision.covers(INDIA, DAY)


def test_a_decision_holds_on_both_of_its_end_days_and_on_no_other() -> None:
    decision = acceptance(decided="2026-01-01", valid_until="2026-12-31")
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [decision.covers(INDIA, day) for day in days] == [False, True, True, False]


def test_a_decision_about_a_level_covers_that_level_and_not_its_neighbour_nor_the_whole() -> None:
    decision = acceptance(levels=["4.5"])
    assert decision.covers(INDIA, DAY, level="4.5")
    assert not decision.covers(INDIA, DAY, level="5")
    assert not decision.covers(INDIA, DAY)


def test_a_decision_about_a_group_covers_what_stands_below_it_and_nothing_beside_it() -> None:
    group = BACHELOR.requires.id
    first = BACHELOR.requires.of[0].id
    assert acceptance(BACHELOR, nodes=[group]).covers(BACHELOR, DAY, node=f"{group}/{first}")
    decision = acceptance(BACHELOR, nodes=[f"{group}/{first}"])
    assert decision.covers(BACHELOR, DAY, node=f"{group}/{first}")
    assert not decision.covers(BACHELOR, DAY, node=f"{group}/{first}-two")
    assert not decision.covers(BACHELOR, DAY, node=group)
    assert not decision.covers(BACHELOR, DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nodes": ["bachelor"]},
        {"valid_until": "2025-12-31"},
        {"by": "University"},
        {"decided_by": ""},
        {"reason": ""},
        {"levels": ["4.5"], "accepts": {"kind": "credit-system", "id": "kr", "digest": f"sha256:{'0' * 64}"}},
        {"accepts": {"kind": "framework", "id": "in-ncrf", "version": "2023", "digest": "sha256:00"}},
        {"accepts": {"kind": "relation", "id": "in-ncrf", "version": "2023", "digest": f"sha256:{'0' * 64}"}},
    ],
)
def test_an_acceptance_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        acceptance(**wrong)


@pytest.mark.parametrize(
    ("decision", "slug", "path"),
    [
        (acceptance(levels=["4.6"]), "unknown-level", "levels[0]"),
        (acceptance(BACHELOR, nodes=["total"]), "unknown-node", "nodes[0]"),
        (
            acceptance(accepts=acceptance().accepts.model_dump() | {"digest": f"sha256:{'0' * 64}"}),
            "other-text",
            "accepts.digest",
        ),
        (
            acceptance(accepts=acceptance().accepts.model_dump() | {"version": "1"}),
            "unknown-document-named",
            "accepts.version",
        ),
        (
            acceptance(accepts=acceptance().accepts.model_dump() | {"id": "none"}),
            "unknown-document-named",
            "accepts.id",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_an_acceptance_names_must_be_there_in_that_text(decision: Acceptance, slug: str, path: str) -> None:
    (fault,) = check_acceptance(decision, list(CATALOGUE.digests.values()))
    assert (fault.slug, fault.path) == (slug, path)


def test_an_acceptance_of_what_is_there_has_no_fault() -> None:
    loaded: list[Document] = list(CATALOGUE.digests.values())
    assert check_acceptance(acceptance(levels=["4.5"]), loaded) == []


def test_a_folder_with_an_acceptance_of_another_text_is_refused_with_file_and_line(tmp_path: Path) -> None:
    decision = acceptance(accepts=acceptance().accepts.model_dump() | {"digest": f"sha256:{'0' * 64}"})
    file = tmp_path / "decision.json"
    file.write_text(decision.model_dump_json(exclude_defaults=True), encoding="utf-8")
    with pytest.raises(DocumentFaults) as refused:
        Catalogue.load(builtin_data("frameworks"), tmp_path)
    (fault,) = refused.value.faults
    assert fault.slug == "other-text"
    assert fault.place.startswith(str(file))


def test_the_page_for_registrars_accepts_the_framework_that_stands_on_it() -> None:
    page = (builtin_data("frameworks") / "README.md").read_text(encoding="utf-8")
    documents = [load_document(text.encode()) for text in re.findall(r"```yaml\n(document: .*?)```", page, re.DOTALL)]
    (decision,) = [one for one in documents if isinstance(one, Acceptance)]
    assert check_acceptance(decision, documents) == []
