"""What rules rest on besides units: the days they apply, a register, and decisions about what is only indicative."""

import dataclasses
from datetime import date
from typing import Any

import pytest
from stacking_samples import AWARDING, LEARNER, facts_of, recognition, rules, setting_of, ug_certificate, unit

from creditbank.canonical import digest_text
from creditbank.credential import Level
from creditbank.framework import Acceptance, Framework, Qualification, Register, document_digest
from creditbank.stacking import (
    Candidate,
    IndicativeRules,
    RulesNotInForce,
    Setting,
    check,
    evaluate,
    read_proof,
    recount,
    stacking_proof,
)

NEED = {"id": "need", "title": "Six credits", "kind": "requirement", "credits_at_least": "6"}


def proof_of(qualification: Qualification, units: list[Candidate], setting: Setting) -> dict[str, Any]:
    found = evaluate(qualification, units, setting)
    proof: Any = stacking_proof(
        found, qualification, units, setting, id="p", award="a", learner=LEARNER, engine="tests"
    )
    assert check(read_proof(proof), qualification, facts_of(units), setting) == ()
    return proof


def ended(**changes: Any) -> Qualification:
    transition = {"begun_by": "2024-12-31", "until": "2027-12-31"}
    return rules([NEED], valid_until="2025-12-31", transition=transition, **changes)


def test_after_its_last_day_a_version_applies_to_who_had_begun_and_until_its_transition_ends() -> None:
    old, new = unit("a", earned=date(2024, 12, 31)), unit("b", earned=date(2026, 3, 2))
    newer = unit("c", earned=date(2025, 1, 1))
    assert evaluate(ended(), [old, new], setting_of()).adds_up
    found = evaluate(ended(), [new, newer], setting_of())
    assert not found.adds_up
    assert found.proven
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "These rules apply now only to who had begun by 2024-12-31, and no unit of yours that counts is so old."
    )
    assert evaluate(ended(), [new, newer], setting_of(day=date(2025, 12, 31))).verdict is not None
    with pytest.raises(RulesNotInForce):
        evaluate(ended(), [old, new], setting_of(day=date(2028, 1, 1)))
    with pytest.raises(RulesNotInForce):
        evaluate(rules([NEED], valid_until="2025-12-31"), [old, new], setting_of())


def test_before_the_version_ends_nobody_is_asked_when_they_began() -> None:
    late = [unit("a", earned=date(2025, 3, 2)), unit("b", earned=date(2025, 3, 2))]
    assert evaluate(ended(), late, setting_of(day=date(2025, 12, 31))).adds_up
    assert not evaluate(ended(), late, setting_of(day=date(2026, 1, 1))).adds_up


def test_a_unit_counts_to_show_that_one_had_begun_even_if_no_rule_needs_it() -> None:
    units = [unit("a", "3", earned=date(2024, 3, 2)), unit("b", "6", earned=date(2026, 3, 2))]
    found = evaluate(ended(), units, setting_of())
    assert found.adds_up
    assert "urn:uuid:a" in [use.credential for use in found.uses]
    without = tuple(use for use in found.uses if use.credential != "urn:uuid:a")
    faults = recount(ended(), without, facts_of(units), setting_of()).faults
    assert [fault.slug for fault in faults] == ["not-begun"]


def register(**changes: Any) -> Register:
    accreditation = {
        "id": "acc-1",
        "by": "Sample agency",
        "kind": "institution",
        "decision": "accredited",
        "valid_from": "2020-01-01",
        **changes.pop("accreditation", {}),
    }
    return Register.model_validate(
        {
            "document": "creditbank/register/v1",
            "id": "sample-register",
            "title": "Sample register",
            "publisher": "Sample publisher",
            "taken": "2026-05-01",
            "complete": True,
            "sample": True,
            "sources": [{"name": "made for tests"}],
            "bodies": [{"id": "did:web:a.example", "names": ["A"], "accreditations": [accreditation]}],
            **changes,
        }
    )


ACCREDITED: dict[str, Any] = {"admits": {"accredited": True}}


@pytest.mark.parametrize(
    ("snapshot", "about", "slug"),
    [
        (register(), {}, None),
        (register(accreditation={"fields": ["06"]}), {"fields": frozenset({"0612"})}, None),
        (register(accreditation={"fields": ["07"]}), {"fields": frozenset({"0612"})}, "not-accredited"),
        (register(accreditation={"kinds": ["degree"]}), {"kind": "Course"}, "not-accredited"),
        (register(accreditation={"fields": ["07"]}), {}, "accreditation-unknown"),
        (register(accreditation={"valid_until": "2026-01-31"}), {}, "not-accredited"),
        (register(bodies=[]), {}, "not-accredited"),
        (register(bodies=[], complete=False), {}, "accreditation-unknown"),
        (register(taken="2026-01-01"), {}, "accreditation-unknown"),
        (None, {}, "accreditation-unknown"),
    ],
)
def test_only_what_the_register_knows_to_be_accredited_counts_where_the_rules_ask(
    snapshot: Register | None, about: dict[str, Any], slug: str | None
) -> None:
    units = [unit("a", "6", about=about)]
    setting = dataclasses.replace(setting_of(), register=snapshot)
    found = evaluate(rules([NEED], **ACCREDITED), units, setting)
    assert [item.slug for item in found.not_counted] == ([slug] if slug else [])
    assert found.adds_up is (slug is None)
    assert evaluate(rules([NEED]), units, setting).adds_up


def test_a_proof_names_the_register_it_rests_on_and_holds_by_no_other() -> None:
    units = [unit("a", "6")]
    setting = dataclasses.replace(setting_of(), register=register())
    strict = rules([NEED], **ACCREDITED)
    proof = proof_of(strict, units, setting)
    assert [ref["version"] for ref in proof["registers"]] == ["2026-05-01"]
    other = dataclasses.replace(setting, register=register(taken="2026-05-02"))
    faults = check(read_proof(proof), strict, facts_of(units), other)
    assert [fault.slug for fault in faults] == ["other-registers"]
    none = dataclasses.replace(setting, register=None)
    assert check(read_proof(proof), strict, facts_of(units), none)
    assert "registers" not in proof_of(rules([NEED]), units, setting)


def acceptance(document: Qualification | Framework, **changes: Any) -> Acceptance:
    kind = "qualification" if isinstance(document, Qualification) else "framework"
    return Acceptance.model_validate(
        {
            "document": "creditbank/acceptance/v1",
            "id": "sample-acceptance",
            "by": AWARDING,
            "accepts": {
                "kind": kind,
                "id": document.id,
                "version": document.version,
                "digest": digest_text(document_digest(document)),
            },
            "decided": "2026-01-01",
            "decided_by": "examination board",
            "reason": "A sample, made for tests",
            "sample": True,
            **changes,
        }
    )


FAINT: list[tuple[Qualification, str]] = [
    (rules([NEED], confidence="L"), "sample"),
    (rules([{**NEED, "confidence": "L"}]), "root/need"),
    (
        rules(
            [NEED, {**NEED, "id": "more"}],
            sharing=[{"id": "s", "title": "S", "between": ["need", "more"], "confidence": "L"}],
        ),
        "sample",
    ),
]


@pytest.mark.parametrize(("faint", "place"), FAINT)
def test_rules_known_from_memory_only_are_not_weighed_until_a_body_accepts_them(
    faint: Qualification, place: str
) -> None:
    units = [unit("a", "6"), unit("b", "6")]
    with pytest.raises(IndicativeRules) as refusal:
        evaluate(faint, units, setting_of())
    assert refusal.value.place == place
    assert refusal.value.next_step
    late = acceptance(faint, decided="2026-06-02")
    with pytest.raises(IndicativeRules):
        evaluate(faint, units, dataclasses.replace(setting_of(), acceptances=(late,)))
    accepted = dataclasses.replace(setting_of(), acceptances=(acceptance(faint),))
    proof = proof_of(faint, units, accepted)
    assert [ref["id"] for ref in proof["acceptances"]] == ["sample-acceptance"]
    reworded = dataclasses.replace(setting_of(), acceptances=(acceptance(faint, reason="Another text"),))
    faults = check(read_proof(proof), faint, facts_of(units), reworded)
    assert [fault.slug for fault in faults] == ["other-acceptances"]
    assert [fault.slug for fault in check(read_proof(proof), faint, facts_of(units), setting_of())] == [
        "indicative-rules"
    ]


def test_an_acceptance_of_one_rule_accepts_no_other() -> None:
    faint = rules([{**NEED, "confidence": "L"}, {**NEED, "id": "more", "title": "More", "confidence": "L"}])
    units = [unit("a", "6"), unit("b", "6")]
    one = dataclasses.replace(setting_of(), acceptances=(acceptance(faint, nodes=["root/need"]),))
    with pytest.raises(IndicativeRules, match="root/more"):
        evaluate(faint, units, one)
    above = dataclasses.replace(setting_of(), acceptances=(acceptance(faint, nodes=["root"]),))
    assert evaluate(faint, units, above).adds_up


def test_rules_that_need_no_acceptance_name_none() -> None:
    plain = rules([NEED])
    setting = dataclasses.replace(setting_of(), acceptances=(acceptance(plain),))
    assert "acceptances" not in proof_of(plain, [unit("a", "6")], setting)


def faint_framework() -> tuple[Framework, Setting]:
    """The Indian framework with one level that is known from memory only."""
    setting = setting_of()
    framework = setting.frameworks["in-ncrf"]
    levels = tuple(
        level.model_copy(update={"confidence": "L"}) if level.code == "5" else level for level in framework.levels
    )
    faint = framework.model_copy(update={"levels": levels})
    return faint, dataclasses.replace(setting, frameworks={**setting.frameworks, "in-ncrf": faint})


def floor(level: str | None) -> Qualification:
    where = {} if level is None else {"where": {"level_at_least": level}}
    return rules(
        [{**NEED, **where}],
        framework="in-ncrf",
        credit_system="in-ncrf",
        admits={"frameworks": ["in-ncrf"]},
    )


def test_a_level_known_from_memory_only_is_none_until_a_recognition_gives_the_unit_one() -> None:
    _, setting = faint_framework()
    units = [unit("a", "6", system="in-ncrf", level=Level("in-ncrf", "5"))]
    found = evaluate(floor("4.5"), units, setting)
    assert not found.adds_up
    assert [(item.slug, item.sentence) for item in found.not_counted] == [
        (
            "indicative-level",
            (
                "Level 5 of in-ncrf is known from memory only, so a recognition decision has to say at which level this"
                " unit stands."
            ),
        )
    ]
    decided = dataclasses.replace(setting, recognitions=(recognition("urn:achievement:a", level="4.5"),))
    proof = proof_of(floor("4.5"), units, decided)
    assert [use["recognition"] for use in proof["uses"]] == ["sample-recognition"]
    low = dataclasses.replace(setting, recognitions=(recognition("urn:achievement:a", level="4"),))
    assert not evaluate(floor("4.5"), units, low).adds_up
    assert evaluate(floor("4.5"), units, setting_of()).adds_up


def test_where_no_rule_compares_levels_an_indicative_one_needs_no_decision() -> None:
    _, setting = faint_framework()
    units = [unit("a", "6", system="in-ncrf", level=Level("in-ncrf", "5"))]
    decided = dataclasses.replace(setting, recognitions=(recognition("urn:achievement:a", level="4.5"),))
    proof = proof_of(floor(None), units, decided)
    assert [use["recognition"] for use in proof["uses"]] == [None]


def test_the_floor_of_admission_tells_of_the_doubt_too() -> None:
    _, setting = faint_framework()
    strict = ug_certificate()
    strict = strict.model_copy(update={"admits": strict.admits.model_copy(update={"level_at_least": "4.5"})})
    found = evaluate(strict, [unit("a", "6", system="in-ncrf", level=Level("in-ncrf", "5"))], setting)
    assert [item.slug for item in found.not_counted] == ["indicative-level"]


def test_a_rule_that_compares_with_an_indicative_level_needs_an_acceptance_of_that_level() -> None:
    framework, setting = faint_framework()
    units = [unit("a", "6", system="in-ncrf", level=Level("in-ncrf", "5.5"))]
    with pytest.raises(IndicativeRules, match="level 5 of in-ncrf"):
        evaluate(floor("5"), units, setting)
    taken = dataclasses.replace(setting, acceptances=(acceptance(framework, levels=["5"]),))
    assert [ref["id"] for ref in proof_of(floor("5"), units, taken)["acceptances"]] == ["sample-acceptance"]
    other = dataclasses.replace(setting, acceptances=(acceptance(framework, levels=["4.5"]),))
    with pytest.raises(IndicativeRules):
        evaluate(floor("5"), units, other)
