"""Answers of DEQAR become a register, whole or not at all. The files are samples in its shape; all is made up."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.catalogue.deqar import Head, read_deqar
from creditbank.framework import Accreditation, DocumentFaults, Provision, Reason, Refusal, Register, document_digest

SAMPLES = Path(__file__).parent / "deqar_samples"
HEAD = Head("deqar-sample", date(2026, 6, 30), sample=True, dids={"DEQARINST9001": ("did:web:university.example.org",)})
UNIVERSITY = "did:web:university.example.org"
NAMES = ("institution.json", "reports-institutional.json", "reports-programme.json")


def files(*names: str) -> list[tuple[str, bytes]]:
    return [(name, (SAMPLES / name).read_bytes()) for name in names or NAMES]


def register(*names: str, head: Head = HEAD) -> Register:
    return read_deqar(files(*names), head)


def changed(name: str, change: Callable[[Any], object]) -> list[tuple[str, bytes]]:
    """All samples, one of them changed."""
    value = json.loads((SAMPLES / name).read_bytes())
    change(value)
    return [(one, json.dumps(value, indent=2).encode() if one == name else data) for one, data in files()]


def faults(given: list[tuple[str, bytes]], head: Head = HEAD) -> list[tuple[str, str, str]]:
    with pytest.raises(DocumentFaults) as caught:
        read_deqar(given, head)
    return [(fault.slug, fault.place.partition(":")[0], fault.path) for fault in caught.value.faults]


def test_an_institution_is_found_by_its_id_its_other_ids_and_the_did_that_was_given_for_it() -> None:
    found = register()
    for name in ("DEQARINST9001", UNIVERSITY, "eter:XX9001", "erasmus:XX  SAMPLE01", "did:ebsi:zSampleSampleSample"):
        body = found.body(name)
        assert body is not None
        assert body.id == "DEQARINST9001"
    assert found.body("eu-vat:00000000A") is None  # ended in 2020
    assert found.body("local identifier:17") is None


def test_names_country_and_successor_are_taken_over_and_awards_stay_open() -> None:
    body = register().body("DEQARINST9001")
    assert body is not None
    assert body.names == ("Sample University", "Universidad de Muestra", "SU", "Escuela de Muestra")
    assert (body.country, body.successor, body.parent, body.awards) == ("XX", "DEQARINST9003", None, None)


def test_a_positive_obligatory_review_accredits_at_the_institutions_levels_and_no_others() -> None:
    found, day = register(), date(2023, 1, 1)
    granted = found.accreditation(UNIVERSITY, day, field="0613", framework="ehea-qf", level="second", kind="Degree")
    assert isinstance(granted, Accreditation)
    assert granted.id == "DEQAR-900001"
    refused = found.accreditation(UNIVERSITY, day, field="0613", framework="ehea-qf", level="third", kind="Degree")
    assert isinstance(refused, Refusal)


def test_a_voluntary_review_accredits_nothing() -> None:
    found = register().accreditation(
        UNIVERSITY, date(2016, 1, 1), field="0613", framework="ehea-qf", level="first", kind="Degree", programme="x"
    )
    assert isinstance(found, Refusal)
    body = register().body(UNIVERSITY)
    assert body is not None
    assert {one.id: one.decision for one in body.accreditations}["DEQAR-900002"] == "evaluated"


def test_a_positive_decision_of_a_voluntary_or_flagged_review_accredits_nothing_either() -> None:
    for key, value in (("status", "voluntary"), ("flag", "high level")):
        given = changed("reports-institutional.json", lambda page: page["results"][0].update({key: value}))  # noqa: B023
        body = read_deqar(given, HEAD).body("DEQARINST9001")
        assert body is not None
        assert {one.id: one.decision for one in body.accreditations}["DEQAR-900001"] == "evaluated"


def test_each_programme_is_accredited_by_itself_at_its_level_field_and_kind() -> None:
    found, day = register(), date(2025, 1, 1)
    course = Provision(
        ("0613",), (("ehea-qf", "first"),), "MicroCredential", "https://university.example.org/programmes/990002"
    )
    granted = found.accreditation_of("DEQARINST9001", day, course)
    assert isinstance(granted, Accreditation)
    only = register("reports-programme.json")
    for asked, reason in (
        (Provision(("0421",), course.levels, course.kind, course.programme), Reason.OUTSIDE_FIELDS),
        (Provision(course.fields, (("ehea-qf", "second"),), course.kind, course.programme), Reason.OUTSIDE_LEVELS),
        (Provision(course.fields, course.levels, "Degree", course.programme), Reason.OUTSIDE_KINDS),
        (Provision(course.fields, course.levels, course.kind, "urn:other"), Reason.OUTSIDE_PROGRAMMES),
    ):
        refused = only.accreditation_of("DEQARINST9001", day, asked)
        assert isinstance(refused, Refusal)
        assert refused.reason is reason


def test_conditions_and_refusals_keep_their_meaning() -> None:
    body = register().body("DEQARINST9001")
    assert body is not None
    decisions = {one.id: one for one in body.accreditations}
    assert decisions["DEQAR-900003-990001"].decision == "accredited-with-conditions"
    assert decisions["DEQAR-900003-990001"].conditions
    assert decisions["DEQAR-900005-990004"].decision == "refused"


def test_a_joint_programme_stands_at_every_institution_that_offers_it() -> None:
    academy = register().body("DEQARINST9002")
    assert academy is not None
    assert [one.id for one in academy.accreditations] == ["DEQAR-900005-990004"]


def test_a_report_without_an_end_is_good_for_six_years() -> None:
    body = register().body("DEQARINST9001")
    assert body is not None
    ends = {one.id: one.valid_until for one in body.accreditations}
    assert ends["DEQAR-900002"] == "2020-05-02"
    assert ends["DEQAR-900004-990002"] == "2030-02-28"  # from 29 February 2024


def test_answers_of_the_search_are_read_as_those_about_one_institution() -> None:
    def as_in_a_search(page: Any) -> None:
        page["facets"] = {}
        for report in page["results"]:
            report["id"] = str(report["id"])
            report["valid_from"] += "T00:00:00Z"
            report["valid_to_calculated"] = (report.pop("valid_to") or "2020-05-02") + "T00:00:00Z"
            report["flag_level"] = report.pop("flag")
            del report["agency_esg_activities"]

    given = changed("reports-institutional.json", as_in_a_search)
    body, before = read_deqar(given, HEAD).body("DEQARINST9001"), register().body("DEQARINST9001")
    assert body is not None
    assert before is not None
    assert [one.id for one in body.accreditations] == [one.id for one in before.accreditations]
    assert [one.valid_until for one in body.accreditations] == [one.valid_until for one in before.accreditations]


def test_the_order_of_files_does_not_matter_and_a_report_in_two_pages_counts_once() -> None:
    backwards = read_deqar(list(reversed(files())), HEAD)
    twice = read_deqar([*files(), ("again.json", files("reports-programme.json")[0][1])], HEAD)
    assert document_digest(backwards) == document_digest(twice) == document_digest(register())


@pytest.mark.parametrize(
    ("name", "change", "slug", "path"),
    [
        ("reports-institutional.json", lambda page: page.update(count=7, next="…?offset=2"), "missing-pages", "count"),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].update(accredited=True),
            "unknown-key",
            "results[0].accredited",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].update(decision="excellent"),
            "unknown-word",
            "results[0].decision",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][1].update(status="obligatory"),
            "unknown-word",
            "results[1].status",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0]["agency_esg_activities"][0].update(activity_type="N/A"),
            "unknown-word",
            "results[0].agency_esg_activities[0].activity_type",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].update(valid_from="14.09.2018"),
            "wrong-form",
            "results[0].valid_from",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].update(valid_to="2020-01-01"),
            "inconsistent",
            "results[0].valid_to",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].pop("agency_name"),
            "missing-key",
            "results[0]",
        ),
        (
            "reports-institutional.json",
            lambda page: page["results"][0].update(institutions=[]),
            "missing-value",
            "results[0].institutions",
        ),
        (
            "reports-programme.json",
            lambda page: page["results"][0].update(programmes=[]),
            "inconsistent",
            "results[0].agency_esg_activity_type",
        ),
        (
            "reports-programme.json",
            lambda page: page["results"][0]["programmes"][0].update(qf_ehea_level="fourth cycle"),
            "unknown-word",
            "results[0].programmes[0].qf_ehea_level",
        ),
        (
            "reports-programme.json",
            lambda page: page["results"][1]["programmes"][0].update(field_study="computing"),
            "wrong-form",
            "results[1].programmes[0].field_study",
        ),
        (
            "reports-programme.json",
            lambda page: page["results"][0].update(id=900001),
            "duplicate-report",
            "results[0].id",
        ),
        ("institution.json", lambda record: record.update(rank=1), "unknown-key", "rank"),
        (
            "institution.json",
            lambda record: record["identifiers"][0].update(resource="Ångström"),
            "wrong-form",
            "identifiers[0].resource",
        ),
        (
            "institution.json",
            lambda record: record["qf_ehea_levels"][0].update(qf_ehea_level="all"),
            "unknown-word",
            "qf_ehea_levels[0].qf_ehea_level",
        ),
    ],
)
def test_what_has_no_counterpart_is_a_fault_where_it_stands(
    name: str, change: Callable[[Any], object], slug: str, path: str
) -> None:
    assert faults(changed(name, change)) == [(slug, name, path)]


def test_all_faults_of_all_files_are_told_at_once_with_their_lines_and_nothing_is_imported() -> None:
    """Threat 60: a register of others is validated whole before any of it counts."""

    def break_two(page: Any) -> None:
        page["results"][0]["decision"] = "excellent"
        page["results"][2]["status"] = "maybe"

    given = changed("reports-programme.json", break_two)
    given.append(("broken.json", b'{"id": 1, "id": 2}'))
    given.append(("other.json", b'{"document": "something else"}'))
    with pytest.raises(DocumentFaults) as caught:
        read_deqar(given, HEAD)
    found = [(fault.slug, fault.place) for fault in caught.value.faults]
    text = given[2][1].decode().splitlines()
    line = next(number for number, one in enumerate(text, 1) if "excellent" in one)
    assert ("unknown-word", f"reports-programme.json:{line}") in found
    assert {slug for slug, _ in found} == {"unknown-word", "unreadable-json", "not-deqar"}
    assert len(found) == 4


def test_a_did_for_an_institution_that_no_file_names_is_refused() -> None:
    head = Head("deqar-sample", date(2026, 6, 30), dids={"DEQARINST1": ("did:web:other.example.org",)})
    assert faults(files(), head) == [("unknown-institution", "dids", "")]


def test_a_position_on_a_map_is_no_fault_and_any_other_broken_value_is() -> None:
    assert b"41.122694" in files("institution.json")[0][1]
    assert faults(changed("institution.json", lambda record: record.update(eter_id=["XX9001"])))[0][0] == "wrong-type"
    assert faults([("list.json", b"[1, 2]")], Head("x", date(2026, 6, 30))) == [
        ("not-deqar", "list.json", "[0]"),
        ("not-deqar", "list.json", "[1]"),
    ]
