"""Registers: who was accredited on a day, who may award, and what a snapshot cannot say."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dates, sampled_from
from registers import CLOSED, COLLEGE, QUALIFICATION, UNIVERSITY, college, register_json, sample_register, university

from creditbank.adapters.catalogue import builtin_data
from creditbank.canonical import canonical_json
from creditbank.framework import (
    Accreditation,
    DocumentFaults,
    Entitlement,
    OtherRegister,
    Provision,
    Reason,
    Refusal,
    Register,
    document_digest,
    kind_of,
    load_document,
    newest,
    register_changes,
)
from creditbank.framework.register import Body, Identifier, LevelScope, Programme, Withdrawal

DAY = date(2024, 5, 2)
WITHIN: dict[str, Any] = {"field": "0613", "framework": "in-ncrf", "level": "4.5", "kind": "MicroCredential"}


def refusal(found: object) -> Refusal:
    assert isinstance(found, Refusal)
    return found


def faults(**changed: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentFaults) as caught:
        load_document(canonical_json(register_json(**changed)), "register.json")
    return [(fault.path, fault.sentence) for fault in caught.value.faults]


def test_what_lies_within_every_limit_is_covered_and_the_conditions_are_shown() -> None:
    found = sample_register().accreditation(COLLEGE, DAY, **WITHIN)
    assert isinstance(found, Accreditation)
    assert (found.id, found.conditions) == ("A-1", ("A report every year.",))


@pytest.mark.parametrize("name", ["SAMPLE-0001", COLLEGE, "eter:XX0001"])
def test_a_body_is_found_by_any_of_its_ids(name: str) -> None:
    assert isinstance(sample_register().accreditation(name, DAY, **WITHIN), Accreditation)


@pytest.mark.parametrize("name", ["XX0001", "Sample College", "did:web:college.example.org:other", ""])
def test_a_body_is_never_found_by_its_name_nor_by_half_an_id(name: str) -> None:
    assert refusal(sample_register().accreditation(name, DAY, **WITHIN)).reason is Reason.UNKNOWN_BODY


@pytest.mark.parametrize(
    ("changed", "reason", "words"),
    [
        ({"field": "0711"}, Reason.OUTSIDE_FIELDS, "not for 0711"),
        ({"field": "0542"}, Reason.OUTSIDE_FIELDS, "0541"),
        ({"level": "5"}, Reason.OUTSIDE_LEVELS, "not for 5 of in-ncrf"),
        ({"kind": "BachelorDegree"}, Reason.OUTSIDE_KINDS, "not for a degree"),
    ],
)
def test_what_lies_outside_one_limit_is_refused_and_the_limit_is_named(
    changed: dict[str, str], reason: Reason, words: str
) -> None:
    asked = Provision(
        (changed.get("field", "0613"),),
        (("in-ncrf", changed.get("level", "4.5")),),
        changed.get("kind", "MicroCredential"),
        "urn:sample:other",
    )
    found = refusal(sample_register().accreditation_of(COLLEGE, DAY, asked))
    assert (found.reason, found.known) == (reason, True)
    assert words in found.sentence


@pytest.mark.parametrize("missing", ["field", "level", "kind"])
def test_what_is_not_told_is_not_covered_where_it_is_limited_but_is_no_known_no(missing: str) -> None:
    found = refusal(sample_register().accreditation(COLLEGE, DAY, **{**WITHIN, missing: ""}, programme="urn:other"))
    assert (found.reason, found.known) == (Reason.NOT_TOLD, False)


def test_a_broader_field_than_the_accreditations_is_not_taken_for_covered() -> None:
    asked = Provision(("05",), (("in-ncrf", "4"),), "course", "urn:other")
    found = refusal(sample_register().accreditation_of(COLLEGE, DAY, asked))
    assert (found.reason, found.known) == (Reason.NOT_TOLD, False)


def test_levels_of_two_frameworks_are_never_compared() -> None:
    found = refusal(
        sample_register().accreditation(COLLEGE, DAY, **{**WITHIN, "framework": "eu-eqf"}, programme="urn:other")
    )
    assert (found.reason, found.known) == (Reason.NOT_TOLD, False)
    assert "4.5 of eu-eqf" in found.sentence


def test_every_field_must_be_covered_and_no_level_of_a_named_framework_may_be_outside() -> None:
    register = sample_register()
    both = Provision(("0613", "0541"), (("eu-eqf", "5"), ("in-ncrf", "4")), "course", "urn:other")
    assert isinstance(register.accreditation_of(COLLEGE, DAY, both), Accreditation)
    for asked, reason in (
        (Provision(("0613", "0911"), (("in-ncrf", "4"),), "course", "urn:other"), Reason.OUTSIDE_FIELDS),
        (Provision(("0613",), (("in-ncrf", "4"), ("in-ncrf", "8")), "course", "urn:other"), Reason.OUTSIDE_LEVELS),
    ):
        assert refusal(register.accreditation_of(COLLEGE, DAY, asked)).reason is reason


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2023, 8, 31), Reason.NOT_YET),
        (date(2025, 9, 1), Reason.LAPSED),
    ],
)
def test_outside_its_days_an_accreditation_does_not_hold_and_the_days_are_told(day: date, reason: Reason) -> None:
    found = refusal(sample_register().accreditation(COLLEGE, day, **WITHIN, programme="urn:other"))
    assert found.reason is reason
    assert day.isoformat() in found.sentence


@pytest.mark.parametrize("day", [date(2023, 9, 1), date(2025, 8, 31)])
def test_both_ends_belong_to_an_accreditation(day: date) -> None:
    assert isinstance(sample_register().accreditation(COLLEGE, day, **WITHIN), Accreditation)


@pytest.mark.parametrize("programme", ["urn:sample:data", "LOCAL-7"])
def test_a_withdrawal_spares_what_was_before_it_and_nothing_after(programme: str) -> None:
    register = sample_register()
    asked = Provision(("0911",), (), "BachelorDegree", programme)
    before = register.accreditation_of(COLLEGE, date(2025, 11, 14), asked)
    assert isinstance(before, Accreditation)
    for day in (date(2025, 11, 15), date(2026, 6, 30)):
        found = refusal(register.accreditation_of(COLLEGE, day, asked))
        assert found.reason is Reason.WITHDRAWN
        assert "It is no longer taught" in found.sentence


def test_the_accreditation_of_a_programme_covers_no_other_programme() -> None:
    asked = Provision(("0911",), (), "BachelorDegree", "urn:sample:law")
    accreditations = [college()["accreditations"][1]]
    register = sample_register(bodies=[college(accreditations=accreditations)])
    assert refusal(register.accreditation_of(COLLEGE, DAY, asked)).reason is Reason.OUTSIDE_PROGRAMMES
    unnamed = refusal(register.accreditation(COLLEGE, DAY, field="", framework="", level="", kind=""))
    assert (unnamed.reason, unnamed.known) == (Reason.NOT_TOLD, False)


@pytest.mark.parametrize(("decision", "reason"), [("refused", Reason.REFUSED), ("evaluated", Reason.NOT_DECIDED)])
def test_a_refusal_or_a_mere_evaluation_covers_nothing(decision: str, reason: Reason) -> None:
    accreditation = {
        "id": "R-1",
        "by": "Sample Agency",
        "kind": "institution",
        "decision": decision,
        "valid_from": "2023-01-01",
    }
    register = sample_register(bodies=[college(accreditations=[accreditation])])
    assert refusal(register.accreditation(COLLEGE, DAY, **WITHIN)).reason is reason


def test_a_body_without_any_accreditation_is_refused_and_its_successor_is_named() -> None:
    found = refusal(sample_register().accreditation(CLOSED, DAY, **WITHIN))
    assert (found.reason, found.known) == (Reason.NOT_ACCREDITED, True)
    assert "SAMPLE-0002 is named as its successor" in found.sentence


def test_silence_about_a_body_is_a_no_only_where_the_register_lists_everybody() -> None:
    for complete in (False, True):
        found = refusal(sample_register(complete=complete).accreditation("did:web:nobody.example", DAY, **WITHIN))
        assert (found.reason, found.known) == (Reason.UNKNOWN_BODY, complete)


@given(dates(min_value=date(2026, 7, 1)), sampled_from([COLLEGE, UNIVERSITY, CLOSED, "did:web:nobody.example"]))
def test_a_snapshot_says_nothing_about_days_after_it(day: date, body: str) -> None:
    register = sample_register(complete=True)
    for found in (
        register.accreditation(body, day, **WITHIN),
        register.may_award(body, QUALIFICATION, "2026", day),
    ):
        assert (refusal(found).reason, refusal(found).known) == (Reason.NOT_KNOWN, False)


def test_a_body_may_award_what_it_is_entitled_to_in_that_version_on_that_day() -> None:
    register = sample_register()
    assert isinstance(register.may_award(UNIVERSITY, QUALIFICATION, "2026", date(2026, 1, 1)), Entitlement)
    assert isinstance(register.may_award(UNIVERSITY, QUALIFICATION, "2020", date(2024, 12, 31)), Entitlement)
    anyone = sample_register(bodies=[university(awards=[{"qualification": "x", "valid_from": "2020-01-01"}])])
    assert isinstance(anyone.may_award(UNIVERSITY, "x", "whatever", DAY), Entitlement)


@pytest.mark.parametrize(
    ("body", "qualification", "version", "day", "reason", "known"),
    [
        (UNIVERSITY, QUALIFICATION, "2026", date(2025, 12, 31), Reason.NOT_YET, True),
        (UNIVERSITY, QUALIFICATION, "2020", date(2025, 1, 1), Reason.WITHDRAWN, True),
        (UNIVERSITY, QUALIFICATION, "2021", date(2026, 2, 1), Reason.OTHER_VERSION, True),
        (UNIVERSITY, "other", "2026", date(2026, 2, 1), Reason.NOT_ENTITLED, True),
        (COLLEGE, QUALIFICATION, "2026", date(2026, 2, 1), Reason.NOT_ENTITLED, True),
        (CLOSED, QUALIFICATION, "2026", date(2026, 2, 1), Reason.SILENT, False),
        ("did:web:nobody.example", QUALIFICATION, "2026", date(2026, 2, 1), Reason.UNKNOWN_BODY, False),
    ],
)
def test_no_body_awards_beyond_its_right(
    body: str, qualification: str, version: str, day: date, reason: Reason, known: bool
) -> None:
    found = refusal(sample_register().may_award(body, qualification, version, day))
    assert (found.reason, found.known) == (reason, known)


def test_of_several_snapshots_the_newest_of_each_register_counts() -> None:
    old, new = sample_register(taken="2026-01-31"), sample_register()
    other = sample_register(id="another-register", taken="2020-01-01")
    assert newest([new, other, old]) == (other, new)
    assert newest([old, new]) == newest([new, old]) == (new,)


def test_a_kind_is_the_registers_word_or_an_achievement_type() -> None:
    assert kind_of("MicroCredential") == kind_of("micro-credential") == "micro-credential"
    assert kind_of("ext:Something") == kind_of("") == kind_of("institution") == ""


def test_every_fault_of_a_register_is_told_at_once_where_it_stands() -> None:
    twice = {"id": "A-1", "by": "X", "kind": "institution", "decision": "accredited", "valid_from": "2024-01-01"}
    found = faults(
        bodies=[
            college(accreditations=[twice, twice]),
            university(
                successor=UNIVERSITY,
                awards=[{"qualification": "q", "valid_from": "2024-01-01", "valid_until": "2023-01-01"}],
            ),
        ]
    )
    assert [path for path, _ in found] == [
        "bodies[0].accreditations[1].id",
        "bodies[1].awards[0].valid_until",
    ]
    assert [path for path, _ in faults(bodies=[college(), university(successor=UNIVERSITY)])] == ["bodies[1].successor"]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"kind": "programme"}, "programmes"),
        ({"programmes": [{"id": "x"}]}, "programmes"),
        ({"conditions": ["Something."]}, "conditions"),
        ({"decision": "accredited-with-conditions"}, "conditions"),
        ({"decision": "refused", "withdrawn": {"since": "2025-01-01", "reason": "x"}}, "withdrawn"),
        ({"valid_until": "2024-06-01", "withdrawn": {"since": "2025-01-01", "reason": "x"}}, "withdrawn.since"),
        ({"fields": ["6"]}, "fields[0]"),
        ({"kinds": ["degrees"]}, "kinds[0]"),
        ({"levels": [{"framework": "in-ncrf", "codes": []}]}, "levels[0].codes"),
        (
            {"levels": [{"framework": "in-ncrf", "codes": ["4"]}, {"framework": "in-ncrf", "codes": ["5"]}]},
            "levels[1].framework",
        ),
    ],
)
def test_an_accreditation_that_does_not_agree_with_itself_is_refused(changed: dict[str, Any], path: str) -> None:
    accreditation = {
        "id": "A-9",
        "by": "Sample Agency",
        "kind": "institution",
        "decision": "accredited",
        "valid_from": "2024-01-01",
        **changed,
    }
    assert [at for at, _ in faults(bodies=[college(accreditations=[accreditation])])] == [
        f"bodies[0].accreditations[0].{path}"
    ]


def test_one_id_belongs_to_one_body() -> None:
    found = faults(bodies=[college(), university(dids=[COLLEGE])])
    assert found == [("bodies[1].id", f"The id '{COLLEGE}' is one of 'Sample College' already.")]


def test_the_spelling_of_a_register_does_not_change_its_digest_and_a_fact_does() -> None:
    register = sample_register()
    spelled = sample_register(complete=False)
    assert document_digest(register) == document_digest(spelled)
    assert document_digest(register) != document_digest(sample_register(complete=True))
    silent, none = sample_register(bodies=[closed_with(None)]), sample_register(bodies=[closed_with([])])
    assert document_digest(silent) != document_digest(none)


def closed_with(awards: list[Any] | None) -> dict[str, Any]:
    body = college()
    del body["awards"]
    return body if awards is None else {**body, "awards": awards}


def test_changes_of_two_snapshots_are_told_in_sentences() -> None:
    old = sample_register()
    first, second = college()["accreditations"]
    later = {**first, "valid_until": "2030-08-31"}
    withdrawn = {**university(), "awards": [], "country": "MY"}
    new = sample_register(
        taken="2026-12-31",
        complete=True,
        bodies=[college(accreditations=[later]), withdrawn, {"id": "SAMPLE-0004", "names": ["New"]}],
    )
    assert second["id"] == "A-2"
    gone = "Sample University (SAMPLE-0002) no longer has the right to award"
    gone += " sample-certificate in version {0} from {0}-01-01."
    assert [(change.kind, change.body, change.sentence) for change in register_changes(old, new)] == [
        (
            "changed",
            "SAMPLE-0001",
            "The accreditation A-1 of Sample College (SAMPLE-0001): valid_until was 2025-08-31 and is 2030-08-31.",
        ),
        ("removed", "SAMPLE-0001", "Sample College (SAMPLE-0001) no longer has the accreditation A-2."),
        ("changed", "SAMPLE-0002", "Sample University (SAMPLE-0002): country was not given and is MY."),
        (
            "removed",
            "SAMPLE-0002",
            gone.format("2026"),
        ),
        (
            "removed",
            "SAMPLE-0002",
            gone.format("2020"),
        ),
        ("added", "SAMPLE-0004", "New (SAMPLE-0004) is listed now, with 0 accreditations."),
        ("removed", "SAMPLE-0003", "Sample Closed College (SAMPLE-0003) is no longer listed."),
        ("changed", "", "The register claims to list everybody who is accredited."),
    ]


def test_a_withdrawal_between_two_snapshots_is_told_with_its_reason() -> None:
    first, second = college()["accreditations"]
    before = {key: value for key, value in second.items() if key != "withdrawn"}
    old = sample_register(taken="2025-10-01", bodies=[college(accreditations=[first, before])])
    new = sample_register(bodies=[college()])
    assert [change.sentence for change in register_changes(old, new)] == [
        "The accreditation A-2 of Sample College (SAMPLE-0001): is withdrawn since 2025-11-15: It is no longer taught."
    ]
    assert register_changes(new, new) == ()


def test_snapshots_of_two_registers_are_not_compared() -> None:
    with pytest.raises(OtherRegister):
        register_changes(sample_register(), sample_register(id="another-register"))


@pytest.mark.parametrize(
    "model", [Register, Body, Identifier, Accreditation, Programme, LevelScope, Withdrawal, Entitlement]
)
def test_the_page_for_registrars_names_every_key_of_a_register(model: type) -> None:
    page = (builtin_data("frameworks") / "README.md").read_text(encoding="utf-8")
    section = page.partition("\n## A register\n")[2].partition("\n## ")[0]
    missing = [key for key in model.model_fields if not re.search(rf"\b{key}\b", section)]  # type: ignore[attr-defined]
    assert missing == []
